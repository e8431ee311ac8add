"""`dzbuild keys`."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from app.cli.database import sentence, with_database
from app.cli.options import data_option, epilog
from app.supervisor.problems import StartupProblem
from db.engine import engine
from graph import scopes
from graph.api_keys import api_key_create
from graph.errors import ApiError
from graph.keys import key_hold, key_revoke, keys_list
from graph.resealing import reseal as resealed_in_batches
from graph.resealing import sealed_count
from graph.scopes import KeyType
from graph.sealing import NoKeys
from graph.store_admin import operator_context


@click.group()
def keys() -> None:
    """Create, list, change and revoke API keys, and reseal stored secrets."""


@keys.command(
    epilog=epilog(
        "dzbuild keys create dar-el-yasmine --name ERP",
        "dzbuild keys create 1 --name catalogue --scope products:read --scope products:write",
        "dzbuild keys create 1 --name ci --test --expires 2027-01-31",
        "dzbuild keys create 1 --name shop --type public --origin https://shop.example",
        exit_codes="0 created (the token, or a public key's id and signing secret, each on a line, are on standard "
        "output, this once), 1 refused, 2 the database is out of reach, or there is no app key to seal with",
    )
    + f"\n\nScopes of platform keys: {' '.join(scopes.names('platform'))}"
    + f"\n\nScopes of public keys: {' '.join(scopes.names('public'))}"
)
@click.argument("store")
@click.option("--name", required=True, help="What you will know it by, at most 100 characters.")
@click.option(
    "--type",
    "key_type",
    type=click.Choice(get_args(KeyType)),
    default="platform",
    show_default=True,
    help="`public` is for pages and apps: it is no secret, and its writes are signed.",
)
@click.option(
    "--scope",
    "granted",
    multiple=True,
    help="A scope; may come several times.  "
    f"[default: all of them; of a public key {' '.join(scopes.defaults('public'))}]",
)
@click.option(
    "--origin", "origins", multiple=True, help="A web origin that a public key works from; may come several times."
)
@click.option("--test", is_flag=True, help="A key of the store's sandbox.")
@click.option(
    "--registered-operations-only",
    "held",
    is_flag=True,
    help="Over GraphQL it runs its store's registered operations alone (`dzbuild operations register`).",
)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="When it stops working, UTC.")
@data_option
def create(
    store: str,
    name: str,
    key_type: KeyType,
    granted: tuple[str, ...],
    origins: tuple[str, ...],
    test: bool,
    held: bool,
    expires: datetime | None,
    data: Path | None,
) -> None:
    """Create a key for STORE.

    STORE is the store's id or slug. Prints the key, or a public key's id and signing secret, once: nobody can show them
    again.
    """
    if origins and key_type != "public":
        raise click.BadParameter("goes with --type public", param_hint="--origin")
    values: dict[str, Any] = {
        "type": key_type,
        "name": name,
        "livemode": not test,
        "expires_at": expires and expires.replace(tzinfo=UTC),
        "allowed_origins": list(dict.fromkeys(origins)),
    }
    if granted:
        values["scopes"] = list(dict.fromkeys(granted))

    async def work() -> str:
        async with engine.transaction():
            issued = await api_key_create(await operator_context(store), values, registered_operations_only=held)
            if key_type == "platform":
                return issued.secrets["bearer_token"]
            return f"{issued.name}\n{issued.secrets['signing_secret']}"

    try:
        click.echo(with_database(data, work))
    except NoKeys as problem:
        raise StartupProblem(str(problem)) from problem
    except ApiError as error:
        click.secho(sentence(error), fg="red", err=True)
        sys.exit(1)


@keys.command(
    "list",
    epilog=epilog("dzbuild keys list dar-el-yasmine", exit_codes="0 listed, 1 no such store, 2 out of reach"),
)
@click.argument("store")
@data_option
def list_(store: str, data: Path | None) -> None:
    """List the active keys of STORE, its id or slug."""
    table = Table("key id", "type", "mode", "name", "scopes", "last used", "expires")

    async def work() -> None:
        for row in await keys_list((await operator_context(store)).store_id):
            table.add_row(
                row["key_id"],
                row["type"],
                "live" if row["livemode"] else "test",
                row["name"],
                f"{len(row['scopes'])}{', registered operations' if row['registered_operations_only'] else ''}",
                f"{row['last_used_at']:%Y-%m-%d %H:%M}" if row["last_used_at"] else "never",
                f"{row['expires_at']:%Y-%m-%d %H:%M}" if row["expires_at"] else "never",
            )

    try:
        with_database(data, work)
    except ApiError as error:
        click.secho(sentence(error), fg="red", err=True)
        sys.exit(1)
    Console().print(table if table.row_count else "This store has no key: `dzbuild keys create STORE` makes one.")


@keys.command(
    "set",
    epilog=epilog(
        "dzbuild keys set dzpub_live_0123456789abcdef --registered-operations-only",
        "dzbuild keys set dzpub_live_0123456789abcdef --any-operation",
        exit_codes="0 set, 1 there is no active key of this id, 2 the database is out of reach",
    ),
)
@click.argument("key_id")
@click.option(
    "--registered-operations-only/--any-operation",
    "held",
    required=True,
    help="Over GraphQL, whether it runs its store's registered operations alone.",
)
@data_option
def set_(key_id: str, held: bool, data: Path | None) -> None:
    """Change which operations KEY_ID may run.

    The change holds everywhere within a second.
    """

    async def work() -> bool:
        async with engine.transaction():
            return await key_hold(key_id.partition(".")[0], registered_operations_only=held)

    if not with_database(data, work):
        click.secho(f"There is no active key {key_id.partition('.')[0]}.", fg="red", err=True)
        sys.exit(1)
    click.echo("It runs registered operations alone." if held else "It runs any operation.")


@keys.command(
    epilog=epilog(
        "dzbuild keys revoke dzpk_live_0123456789abcdef",
        exit_codes="0 revoked, 1 there is no active key of this id, 2 the database is out of reach",
    )
)
@click.argument("key_id")
@data_option
def revoke(key_id: str, data: Path | None) -> None:
    """Revoke KEY_ID, which stops working everywhere within a second."""

    async def work() -> bool:
        async with engine.transaction():
            return await key_revoke(key_id.partition(".")[0])

    if not with_database(data, work):
        click.secho(f"There is no active key {key_id.partition('.')[0]}.", fg="red", err=True)
        sys.exit(1)
    click.echo("Revoked.")


@keys.command(
    epilog=epilog(
        "DZBUILD_APP_KEYS=new,old dzbuild keys reseal",
        exit_codes="0 everything is sealed by the first key, 1 something was sealed by a key that is not there, "
        "2 the database is out of reach, or there is no app key",
    )
)
@data_option
def reseal(data: Path | None) -> None:
    """Seal every stored secret by the first of DZBUILD_APP_KEYS, so that the others can go.

    Signing secrets, webhooks' secrets, stores' secrets for personal identifiers, and kept answers that hold a secret.
    It can be stopped and begun again; requests go on meanwhile.
    """
    seen = resealed = lost = 0

    async def work() -> None:
        nonlocal seen, resealed, lost
        stderr = Console(stderr=True)
        with Progress("Resealing", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=stderr) as bar:
            task = bar.add_task("secrets", total=await sealed_count())
            async for batch in resealed_in_batches():
                seen, resealed, lost = seen + batch.seen, resealed + batch.resealed, lost + batch.lost
                bar.advance(task, batch.seen)

    try:
        with_database(data, work)
    except NoKeys as problem:
        raise StartupProblem(str(problem)) from problem
    click.echo(f"Of {seen} sealed secrets {resealed} were sealed anew.")
    if lost:
        message = f"{lost} can't be opened: put the key that sealed them last in DZBUILD_APP_KEYS, and run it again."
        click.secho(message, fg="red", err=True)
        sys.exit(1)
