"""The audits of GraphQL over HTTP that npm's graphql-http ships (`serverAudits`), against a running instance."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import Instance

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parent / "audits" / "audits.mjs"
# Where make installs graphql-http.
MODULES = Path(sys.prefix) / "audits" / "node_modules"


def test_every_audit_passes(instance: Instance, tmp_path: Path) -> None:
    if (shutil.which("node") is None or not MODULES.is_dir()) and not os.environ.get("CI"):
        pytest.skip("the audits need Node.js and npm, and make test to install graphql-http")
    shutil.copy(SCRIPT, tmp_path)
    (tmp_path / "node_modules").symlink_to(MODULES)
    asked = {"AUDITED_URL": instance.members["graphql_url"], "AUDITED_KEY": instance.members["unlimited_key"]}
    ran = subprocess.run(
        ["node", tmp_path / SCRIPT.name],
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=True,
    )
    results = json.loads(ran.stdout)
    assert [each for each in results if each["status"] != "ok"] == []
    assert Counter(each["name"].split()[0] for each in results) == {"MUST": 13, "SHOULD": 23, "MAY": 25}
