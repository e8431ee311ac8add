"""`dzbuild operations`."""

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from app.cli.database import sentence, with_database
from app.cli.options import data_option, epilog
from db.engine import engine
from graph.errors import ApiError, Code
from graph.keys import store_of_key
from graph.registered import MAXIMUM, register, registered_list, remove
from graph.store_admin import operator_context

T = TypeVar("T")
SUFFIXES = (".graphql", ".gql")
LARGEST_MANIFEST = 16 * 1024 * 1024

store_option = click.option("--store", help="The store, by its id or slug.")
key_option = click.option("--key", help="A key of the store, in the store's place.")


@click.group()
def operations() -> None:
    """Manage the GraphQL operations that keys are restricted to.

    A key made with `dzbuild keys create --registered-operations-only` runs these alone, sent as their text or as
    Apollo's persisted-query hash (SHA-256 of the text).
    """


@operations.command(
    "register",
    epilog=epilog(
        "dzbuild operations register queries/ --store dar-el-yasmine",
        "dzbuild operations register persisted-query-manifest.json --key dzpub_live_0123456789abcdef",
        exit_codes="0 registered (each hash with its name is on standard output), 1 refused: nothing was registered, "
        "2 the database is out of reach",
    ),
)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@store_option
@key_option
@data_option
def register_(path: Path, store: str | None, key: str | None, data: Path | None) -> None:
    """Register the operations in PATH.

    PATH is a .graphql file, a folder of them, or a JSON manifest.

    A manifest is Apollo's (`operations` with `name` and `body`), or an object of documents by their ids, as Relay's
    compiler writes it. A document is known by the SHA-256 of its text, exactly as clients send it.
    """
    given = _documents(path)

    async def work(store_id: int) -> None:
        done = await register(store_id, given)
        for name, hash_ in done.hashes.items():
            click.echo(f"{hash_}  {name}")
        click.echo(f"{len(done.hashes)} registered, {done.new} of them new.", err=True)

    _with_store(data, store, key, work)


@operations.command(
    "list", epilog=epilog("dzbuild operations list --store 1", exit_codes="0 listed, 1 no such store, 2 out of reach")
)
@store_option
@key_option
@data_option
def list_(store: str | None, key: str | None, data: Path | None) -> None:
    """List a store's operations.

    Each line has an operation's hash, time, size and name.
    """

    async def work(store_id: int) -> list[str]:
        return [
            f"{row['sha256']}  {row['created_at']:%Y-%m-%d %H:%M}  {row['bytes']:>6}  {row['name']}"
            for row in await registered_list(store_id)
        ]

    lines = _with_store(data, store, key, work)
    if lines:
        click.echo("\n".join(lines))
    else:
        click.echo("There is none: `dzbuild operations register` registers them.", err=True)


@operations.command(
    "remove",
    epilog=epilog(
        "dzbuild operations remove 3f5a9c --store dar-el-yasmine",
        "dzbuild operations remove --all --store dar-el-yasmine",
        exit_codes="0 removed, 1 refused: nothing was removed, 2 the database is out of reach",
    ),
)
@click.argument("hashes", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All of the store's.")
@store_option
@key_option
@data_option
def remove_(hashes: tuple[str, ...], everything: bool, store: str | None, key: str | None, data: Path | None) -> None:
    """Remove operations, by the beginning of their HASHES.

    They stop working everywhere within a second.
    """
    if bool(hashes) == everything:
        raise click.UsageError("Say which by the first digits of their hashes, or --all.")

    async def work(store_id: int) -> None:
        removed = await remove(store_id, None if everything else list(hashes))
        click.echo(f"{len(removed)} removed.")

    _with_store(data, store, key, work)


def _with_store(data: Path | None, store: str | None, key: str | None, work: Callable[[int], Awaitable[T]]) -> T:
    """Run `work` in a transaction, on the store that was named by itself or by one of its keys."""
    if (store is None) == (key is None):
        raise click.UsageError("Say which store: --store, or --key with one of its keys.")

    async def run() -> T:
        async with engine.transaction():
            if key is None:
                return await work((await operator_context(str(store))).store_id)
            store_id = await store_of_key(key.partition(".")[0])
            if store_id is None:
                raise ApiError(Code.NOT_FOUND, f"There is no active key {key.partition('.')[0]}")
            return await work(store_id)

    try:
        return with_database(data, run)
    except ApiError as error:
        click.secho(sentence(error), fg="red", err=True)
        sys.exit(1)


def _documents(path: Path) -> dict[str, str]:
    """Return the documents of a file or folder by their names."""
    files = sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES) if path.is_dir() else [path]
    found: dict[str, str] = {}
    for file in files:
        if file.suffix == ".json":
            found |= _manifest(file)
        else:
            found[file.relative_to(path).as_posix() if path.is_dir() else file.name] = _text(file)
    if not found:
        raise click.BadParameter(f"has no document: give {' or '.join(SUFFIXES)} files, or a JSON manifest")
    if len(found) > MAXIMUM:
        raise click.BadParameter(f"has {len(found):,} documents, and {MAXIMUM:,} is the most")
    return found


def _manifest(file: Path) -> dict[str, str]:
    """Return a manifest's documents: Apollo's list of operations, or documents by their ids."""
    try:
        content = json.loads(_text(file))
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"{file} is not valid JSON: {error}") from error
    listed = content.get("operations") if isinstance(content, dict) else None
    if isinstance(listed, list):
        pairs = [(each.get("name") or each.get("id"), each.get("body")) for each in listed if isinstance(each, dict)]
    else:
        pairs = list(content.items()) if isinstance(content, dict) else []
    if not pairs or not all(isinstance(name, str) and isinstance(body, str) for name, body in pairs):
        raise click.BadParameter(
            f"{file} is no manifest: an object of documents by their ids, or Apollo's `operations`"
        )
    return {str(name): str(body) for name, body in pairs}


def _text(file: Path) -> str:
    if file.stat().st_size > LARGEST_MANIFEST:
        raise click.BadParameter(f"{file} has more than {LARGEST_MANIFEST:,} bytes")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{file} is not UTF-8") from error
