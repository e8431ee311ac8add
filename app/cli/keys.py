"""`dzbuild keys`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from app.cli.database import sentence, with_database
from app.cli.options import data_option, epilog
from db.engine import engine
from graph import scopes
from graph.errors import ApiError
from graph.keys import IssuedKey, key_revoke, keys_list, platform_key_create
from graph.store_admin import operator_context


@click.group()
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command(
    epilog=epilog(
        "dzbuild keys create dar-el-yasmine --name ERP",
        "dzbuild keys create 1 --name catalogue --scope products:read --scope products:write",
        "dzbuild keys create 1 --name ci --test --expires 2027-01-31",
        exit_codes="0 created (the token is on standard output, this once), 1 refused, 2 the database is out of reach",
    )
    + f"\n\nScopes: {' '.join(scopes.names('platform'))}"
)
@click.argument("store")
@click.option("--name", required=True, help="What you will know it by, at most 100 characters.")
@click.option("--scope", "granted", multiple=True, help="A scope; may come several times.  [default: all of them]")
@click.option("--test", is_flag=True, help="A key of the store's sandbox.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="When it stops working, UTC.")
@data_option
def create(
    store: str, name: str, granted: tuple[str, ...], test: bool, expires: datetime | None, data: Path | None
) -> None:
    """Create a platform key of STORE (its id or slug) and print its token, which is shown this once."""
    if not 1 <= len(name) <= 100:
        raise click.BadParameter("must have 1 to 100 characters", param_hint="--name")

    async def work() -> IssuedKey:
        async with engine.transaction():
            context = await operator_context(store)
            return await platform_key_create(
                context.store_id,
                name,
                livemode=not test,
                granted=granted or None,
                expires_at=expires and expires.replace(tzinfo=UTC),
            )

    try:
        click.echo(with_database(data, work).bearer_token)
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
    """List the keys of STORE (its id or slug) that work."""
    table = Table("key id", "type", "mode", "name", "scopes", "last used", "expires")

    async def work() -> None:
        for row in await keys_list((await operator_context(store)).store_id):
            table.add_row(
                row["key_id"],
                row["type"],
                "live" if row["livemode"] else "test",
                row["name"],
                str(len(row["scopes"])),
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
    epilog=epilog(
        "dzbuild keys revoke dzpk_live_0123456789abcdef",
        exit_codes="0 revoked, 1 there is no active key of this id, 2 the database is out of reach",
    )
)
@click.argument("key_id")
@data_option
def revoke(key_id: str, data: Path | None) -> None:
    """Revoke the key KEY_ID. It stops working everywhere within a second."""

    async def work() -> bool:
        async with engine.transaction():
            return await key_revoke(key_id.partition(".")[0])

    if not with_database(data, work):
        click.secho(f"There is no active key {key_id.partition('.')[0]}.", fg="red", err=True)
        sys.exit(1)
    click.echo("Revoked.")
