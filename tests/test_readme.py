"""The README's promises, kept to: its settings, its commands, its requests."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings
from tests.conftest import Instance

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


class TestSettings:
    def test_the_table_is_the_module(self) -> None:
        rows = []
        for name, field in Settings.model_fields.items():
            alias = field.validation_alias.choices[0] if field.validation_alias else f"DZBUILD_{name.upper()}"
            default = "" if field.default in (None, "") else f"`{field.default}`"
            rows.append(f"| `{alias}` | {default} | {field.description} |")
        assert [row for row in README.splitlines() if re.match(r"\| `[A-Z]", row)] == rows


class TestCommands:
    def commands(self, program: str) -> set[str]:
        return set(re.findall(rf"`({program} [^`]+)`", README)) | set(
            re.findall(rf"^({program} .+)$", README, re.MULTILINE)
        )

    def test_make_has_every_target(self) -> None:
        makefile = (ROOT / "Makefile").read_text()
        targets = {command.split()[1] for command in self.commands("make")}
        assert targets >= {"demo", "test", "help"}
        for target in targets:
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target

    def test_dzbuild_has_every_command_and_option(self) -> None:
        commands = {tuple(shlex.split(command)[1:]) for command in self.commands("dzbuild")}
        assert len(commands) >= 8
        for words in commands:
            depth = 2 if words[0] in ("stores", "keys", "members", "operations", "import") else 1
            command = [sys.executable, "-m", "app.cli", *[word for word in words if word.isalpha()][:depth], "--help"]
            shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
            for option in (word for word in words if word.startswith("--")):
                assert option in shown, (words, option)


class TestRequests:
    def test_every_request_is_answered_as_shown(self, instance: Instance) -> None:
        blocks = re.findall(r"```sh\n(curl .+?)```\s*(?:```json\n(.+?)```)?", README, re.DOTALL)
        assert len(blocks) >= 2
        for command, shown in blocks:
            answer = self.answer(command, instance)
            assert "data" in answer, answer
            assert "errors" not in answer
            if shown:
                assert self.members(answer) == self.members(json.loads(shown))
                assert self.answer(command, instance) == answer

    def answer(self, command: str, instance: Instance) -> dict:
        script = command.replace("http://127.0.0.1:8000", instance.base_url)
        environment = {**os.environ, "DZ_KEY": instance.members["platform_key"]}
        ran = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
        return json.loads(ran.stdout)

    def members(self, value: object) -> object:
        """Return the names and their order, without the values."""
        if isinstance(value, dict):
            return [(name, self.members(member)) for name, member in value.items()]
        return type(value).__name__


@pytest.mark.parametrize("name", ["LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "openapi.yaml", "schema.graphql"])
def test_linked_files_are_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 100
    assert name in README


def test_linked_places_are_there() -> None:
    for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", README):
        assert (ROOT / link).exists(), link
