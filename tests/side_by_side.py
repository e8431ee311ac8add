"""How `pytest -n` shares the tests out: a file's tests to one process, and so those of a few folders."""

from collections import Counter
from typing import Any, Final

import pytest
from _pytest.nodeid import coerce_node_id
from xdist.scheduler import LoadScopeScheduling

# Whose tests share what they made.
SHARED: Final = ("tests/contract/", "tests/database/")
# What takes longest comes first, so that no process is left alone with it.
LONGEST: Final = (
    "tests/contract/",
    "tests/tenancy/test_attack.py",
    "tests/test_contract_page.py",
    "tests/faults/test_storm.py",
    "tests/runtime/test_command_line.py",
    "tests/docs/test_examples.py",
    "tests/database/",
)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each process a whole file, or a whole folder, at a time."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """Return the file of a test, or its folder where the folder's tests share what they made."""
    path = nodeid.partition("::")[0]
    return next((folder for folder in SHARED if path.startswith(folder)), path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Return what shares the tests out."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, and give each test a name of its own."""
    seen: Counter[str] = Counter()
    for item in items:
        name = item.nodeid
        seen[name] += 1
        # Those that schemathesis makes of one function all have its name, of which pytest-xdist would run one.
        if seen[name] > 1:
            item._id = coerce_node_id(f"{name}-{seen[name]}")
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    group = group_of(item.nodeid)
    return LONGEST.index(group) if group in LONGEST else len(LONGEST)
