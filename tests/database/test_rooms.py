"""SQL stands in `db/` and `graph/` alone: the surfaces and the chain call functions of those."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("app", "rest_compat") for path in (ROOT / room).rglob("*.py"))
# Making the embedded server's own database is the work of `app/services`.
SQL = re.compile(
    r"\b(SELECT\s+\S|INSERT\s+INTO|UPDATE\s+\S+\s+(\w+\s+)?SET|DELETE\s+FROM|ON\s+CONFLICT|ORDER\s+BY|TRUNCATE\s"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|FUNCTION|TRIGGER)|pg_\w+\()"
)
# Of the engine the app may open, close and begin transactions.
RUNNERS = {"fetch", "fetch_row", "write", "write_alone"}


def texts(tree: ast.AST) -> Iterator[str]:
    """Give the texts of a module that are no docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def statements(source: str) -> list[str]:
    """Return what of a module's source is SQL, or runs some."""
    tree = ast.parse(source)
    calls = [
        f"engine.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in RUNNERS
        and isinstance(node.value, ast.Name)
        and node.value.id == "engine"
    ]
    return [text for text in texts(tree) if SQL.search(text)] + calls


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sql(path: Path) -> None:
    assert statements(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("room", ["db/ledger.py", "db/inbox.py", "db/cleaning.py", "graph/store_admin.py"])
def test_it_would_be_seen(room: str) -> None:
    assert statements((ROOT / room).read_text(encoding="utf-8"))
