"""Runs examples against a real server: in a shell, in Python, Node.js, PHP and Go, as whoever copies them would."""

import ast
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest

from app.pages.docs.contents import ADDRESS
from tests.docs.fences import Fence, Group
from tests.waiting import until

# Where `uuidgen` is not installed; readers have it, or their own way.
PRELUDE = "command -v uuidgen >/dev/null || uuidgen() { cat /proc/sys/kernel/random/uuid; }\n"
PROGRAMS = {"sh": "bash", "js": "node", "php": "php", "go": "go"}
# What later examples of a page call a row by.
CALLED = ("id", "key_id", "order_number", "orderNumber")
CSV = "name,price,sku,stock\nزيت الزيتون,1200,OIL-1,10\nMiel,6500,HONEY-1,4\n"


def has(language: str) -> bool:
    """Tell whether there is what runs a language. In CI there has to be."""
    program = PROGRAMS.get(language)
    return program is None or shutil.which(program) is not None or bool(os.environ.get("CI"))


def require(language: str) -> None:
    """Skip a test where its language can't be run."""
    if not has(language):
        pytest.skip(f"there is no {PROGRAMS[language]} to run these examples with")


@dataclass
class Reader:
    """Somebody who goes through a page in one language, with keys of a store of their own."""

    base_url: str
    keys: Mapping[str, str]
    folder: Path
    go: Mapping[str, Path]
    language: str = "sh"
    called: dict[str, str] = field(default_factory=dict)

    def follow(self, group: Group) -> Any:
        """Run an example and compare its answer with the one that is shown; return what came."""
        fence = group.in_language(self.language)
        printed = self.run(fence)
        answer = parsed(printed)
        code, codes = fence.option("error"), fence.option("errors")
        if code:
            assert answer["error"]["code"] == code, printed
        elif codes:
            assert answer["errors"][0]["extensions"]["code"] == codes, printed
        elif isinstance(answer, dict):
            assert "data" in answer, (fence.code, printed)
            assert "errors" not in answer, (fence.code, printed)
        if group.answer is not None:
            alike(answer, group.answer, excerpt=group.excerpt)
            self.learn(group.answer, answer)
        return answer

    def run(self, fence: Fence) -> str:
        """Run a block of code and return what it prints; it fails where the code does."""
        code = fence.code.replace(ADDRESS, self.base_url)
        for shown, real in self.called.items():
            code = re.sub(rf"(?<![\w.-]){re.escape(shown)}(?![\w.-])", real, code)
        environment = {
            "DZ_KEY": self.keys["test_key" if "test" in fence.words else "platform_key"],
            "DZ_PUBLIC_KEY": self.keys["public_key_id"],
            "DZ_SIGNING_SECRET": self.keys["public_signing_secret"],
        }
        if "csv" in fence.words:
            (self.folder / "products.csv").write_text(CSV, encoding="utf-8")
        if fence.language == "python":
            return in_python(code, environment, self.folder)
        if fence.language == "graphql":
            return self.ask(code)
        if fence.language == "js":
            return node.run(code, environment, self.folder)
        return in_process(self.command(fence, code), environment, self.folder)

    def miss(self, shown: str) -> None:
        """Ask for a product that isn't there, and remember what that request is called in the log."""
        headers = {"Authorization": f"Bearer {self.keys['platform_key']}"}
        with httpx.Client(base_url=self.base_url, headers=headers) as client:
            missed = client.get("/v1/products/999999999").json()["meta"]["request_id"]
            until(lambda: client.get(f"/v1/request-log/{missed}").status_code == 200)
        self.called[shown] = missed

    def command(self, fence: Fence, code: str) -> list[str]:
        """Return how a program runs the code."""
        if fence.language == "go":
            return [str(self.go[fence.code])]
        if fence.language == "sh":
            return ["bash", "-euo", "pipefail", "-c", PRELUDE + code]
        path = self.folder / "example.php"
        path.write_text(code, encoding="utf-8")
        return [PROGRAMS["php"], str(path)]

    def ask(self, document: str) -> str:
        """Run a GraphQL document with the public key."""
        headers = {"Authorization": f"DZ-Public {self.keys['public_key_id']}"}
        return httpx.post(f"{self.base_url}/graphql", json={"query": document}, headers=headers).text

    def learn(self, shown: Any, real: Any) -> None:
        """Remember what rows of the page are called in truth."""
        if isinstance(shown, dict):
            for name, value in shown.items():
                if name in CALLED and value is not None and name in real:
                    self.called[str(value)] = str(real[name])
                elif name in {"data", "items", "orderPlace", "order"} and name in real:
                    self.learn(value, real[name])
        elif isinstance(shown, list):
            for one, other in zip(shown, real, strict=False):
                self.learn(one, other)


def in_python(code: str, environment: Mapping[str, str], folder: Path) -> str:
    """Run Python, as a script would run."""
    printed = io.StringIO()
    with (
        mock.patch.dict(os.environ, environment),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(printed),
    ):
        exec(compile(code, "<example>", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


class Node:
    """One Node.js that runs module after module."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._count = 0

    def run(self, code: str, environment: Mapping[str, str], folder: Path) -> str:
        """Run a module and return what it printed; it fails where the module does."""
        if self._process is None:
            command = [PROGRAMS["js"], str(Path(__file__).parent / "node.mjs")]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._count += 1
        path = folder / f"example{self._count}.mjs"
        path.write_text(code, encoding="utf-8")
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"path": str(path), "environment": environment}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["failed"] is None, (code, answer)
        return str(answer["printed"])

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.communicate()


node = Node()


def in_process(command: list[str], environment: Mapping[str, str], folder: Path) -> str:
    """Run a program; a shell's curl is quiet where nobody looks."""
    (folder / ".curlrc").write_text("silent\nshow-error\n")
    given = os.environ | {"CURL_HOME": str(folder), **environment}
    ran = subprocess.run(command, env=given, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, (command, ran.stdout, ran.stderr)
    return ran.stdout


def parsed(printed: str) -> Any:
    """Return what was printed, if that is one value of JSON or of Python."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(printed.strip())
        except (ValueError, SyntaxError):
            continue
    return printed


def alike(real: Any, shown: Any, name: str = "", *, excerpt: bool = False) -> None:
    """Compare an answer with the one shown: the same members in the same order, of the same types.

    What is null in one of them may be something in the other; of lists the first items are compared.
    """
    if shown is None or real is None:
        return
    kinds = {bool: "boolean", int: "number", float: "number"}
    assert kinds.get(type(real), type(real)) == kinds.get(type(shown), type(shown)), (name, real, shown)
    if isinstance(shown, dict):
        if name not in {"metadata", "error"}:
            # What a GraphQL answer cost is told on a page of its own.
            assert [each for each in real if each != "extensions"] == list(shown), name
        for member, value in shown.items():
            alike(real[member], value, member, excerpt=excerpt)
    elif isinstance(shown, list):
        for one, other in zip(real, shown, strict=False):
            alike(one, other, name, excerpt=excerpt)
    elif name in {"code", "message", "field"}:
        assert real == shown, name


def built(sources: set[str], base_url: str, folder: Path) -> dict[str, Path]:
    """Return each Go program, built: one module, one build."""
    if not sources or shutil.which("go") is None:
        return {}
    (folder / "go.mod").write_text("module examples\n\ngo 1.19\n")
    made = {}
    for number, source in enumerate(sorted(sources)):
        place = folder / f"example{number}"
        place.mkdir()
        (place / "main.go").write_text(source.replace(ADDRESS, base_url), encoding="utf-8")
        made[source] = folder / "bin" / place.name
    environment = os.environ | {"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOPROXY": "off"}
    command = ["go", "build", "-o", f"{folder / 'bin'}{os.sep}", "./..."]
    ran = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    return made


STORES = """
import asyncio, json, os, sys
from db.engine import engine
from graph import sealing
from graph.keys import platform_key_create
from graph.public_keys import public_key_create
from graph.store_admin import store_create

async def main():
    sealing.use(os.environ["DZBUILD_APP_KEYS"])
    await engine.open(os.environ["DATABASE_URL"], size=2)
    made = []
    async with engine.transaction():
        for name in json.load(sys.stdin):
            store = await store_create({"name": name, "subdomain": name, "tier": "pro_plus"})
            key = await platform_key_create(store, "docs")
            test = await platform_key_create(store, "docs", livemode=False)
            scopes = ["signups:write", "events:write", "storefront:read", "checkout:write"]
            public = await public_key_create(store, "docs", granted=scopes)
            made.append({"platform_key": key.bearer_token, "test_key": test.bearer_token,
                "public_key_id": public.key_id, "public_signing_secret": public.signing_secret})
    print(json.dumps(made))
    await engine.close()

asyncio.run(main())
"""


def stores(members: Mapping[str, Any], app_keys: str, names: list[str]) -> dict[str, dict[str, str]]:
    """Return the keys of new stores by name, made in one process beside the server."""
    environment = os.environ | {"DATABASE_URL": members["database_url"], "DZBUILD_APP_KEYS": app_keys}
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", STORES],
        input=json.dumps(names),
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(names, json.loads(ran.stdout), strict=True))
