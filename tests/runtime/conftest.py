import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running import LAUNCHER, running

from app.services.running import temporary_folder


@pytest.fixture(scope="module")
def instance():
    """An instance with the tiny application, two workers and both servers."""
    data = temporary_folder() / "data"
    with running((*LAUNCHER, str(data)), data) as started:
        yield started
    shutil.rmtree(data.parent)


@pytest.fixture
def data():
    """The path of a data folder that isn't there yet. (pytest's own are closed to PostgreSQL's account.)"""
    parent = temporary_folder()
    yield parent / "data"
    shutil.rmtree(parent)
