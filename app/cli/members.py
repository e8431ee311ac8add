"""`dzbuild members`."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table

from app.cli.database import sentence, with_database
from app.cli.options import data_option, epilog
from db.engine import engine
from graph import accounts
from graph.errors import ApiError, not_found
from graph.roles import ROLES
from graph.store_admin import operator_context

T = TypeVar("T")

store_option = click.option("--store", required=True, help="The store's id or slug.")
password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, in place of making a temporary one."
)


@click.group()
def members() -> None:
    """Manage who can sign in to a store's dashboard."""


@members.command(
    epilog=epilog(
        "dzbuild members add amina@example.dz --store dar-el-yasmine",
        "dzbuild members add karim@example.dz --store 13 --role developer --password-stdin < password.txt",
        exit_codes="0 added (a temporary password is on standard output), 1 refused, 2 the database is out of reach",
    )
)
@click.argument("email")
@store_option
@click.option("--role", type=click.Choice(list(ROLES)), default="owner", show_default=True, help="What they may do.")
@password_option
@data_option
def add(email: str, store: str, role: str, password_stdin: bool, data: Path | None) -> None:
    """Add a member, by EMAIL.

    Prints a temporary password once, which has to be changed at the first sign-in. Somebody who already has an account
    keeps their password.
    """
    password = _typed_password() if password_stdin else None

    async def work() -> accounts.Added:
        context = await operator_context(store)
        return await accounts.member_add(context.store_id, {"email": email, "role": role}, password)

    added = _done(data, work)
    if added.password is None:
        click.echo(f"{added.email} has an account already, and signs in with its password", err=True)
    elif not password_stdin:
        click.echo(added.password)


@members.command(
    "list",
    epilog=epilog(
        "dzbuild members list --store 13", exit_codes="0 listed, 1 no such store, 2 the database is out of reach"
    ),
)
@store_option
@data_option
def list_(store: str, data: Path | None) -> None:
    """List a store's members."""

    async def work() -> list[accounts.StoredMember]:
        return await accounts.members((await operator_context(store)).store_id)

    table = Table("e-mail", "role", "since", "last seen")
    for each in _done(data, work):
        seen = f"{each.last_seen_at:%Y-%m-%d %H:%M}" if each.last_seen_at else ""
        table.add_row(each.email, each.role, f"{each.created_at:%Y-%m-%d}", seen)
    Console().print(table if table.row_count else "Nobody yet: `dzbuild members add EMAIL` adds somebody.")


@members.command(
    "reset-password",
    epilog=epilog(
        "dzbuild members reset-password amina@example.dz",
        exit_codes="0 done (a temporary password is on standard output), 1 refused, 2 the database is out of reach",
    ),
)
@click.argument("email")
@password_option
@data_option
def reset_password(email: str, password_stdin: bool, data: Path | None) -> None:
    """Give a member a new password, and sign them out everywhere."""
    password = _typed_password() if password_stdin else None

    async def work() -> str:
        return await accounts.password_reset(email, password)

    made = _done(data, work)
    if not password_stdin:
        click.echo(made)


@members.command(
    epilog=epilog(
        "dzbuild members remove karim@example.dz --store 13",
        exit_codes="0 removed, 1 refused (no such member, or the last owner), 2 the database is out of reach",
    )
)
@click.argument("email")
@store_option
@data_option
def remove(email: str, store: str, data: Path | None) -> None:
    """Remove a member, by EMAIL."""

    async def work() -> None:
        store_id = (await operator_context(store)).store_id
        found = [each for each in await accounts.members(store_id) if each.email == accounts.typed(email)]
        if not found:
            raise not_found("Member", email)
        await accounts.member_remove(store_id, found[0].id)

    _done(data, work)


def _done(data: Path | None, work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` in a transaction, or say why it was refused and end."""

    async def run() -> T:
        async with engine.transaction():
            return await work()

    try:
        return with_database(data, run)
    except ApiError as error:
        click.secho(sentence(error), fg="red", err=True)
        sys.exit(1)


def _typed_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")
