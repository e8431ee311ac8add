"""`dzbuild customers`."""

import sys
from pathlib import Path

import click

from app.cli.database import sentence, with_database
from app.cli.options import data_option, epilog
from db.engine import engine
from graph.customer_admin import customer_erase
from graph.errors import ApiError
from graph.store_admin import operator_context


@click.group()
def customers() -> None:
    """Erase a customer's personal data."""


@customers.command(
    epilog=epilog(
        "dzbuild customers erase 311 --store dar-el-yasmine",
        "dzbuild customers erase 311 --store 13 --test --yes",
        exit_codes="0 erased, 1 refused, 2 the database is out of reach",
    )
)
@click.argument("customer", type=click.IntRange(1, 2**53 - 1))
@click.option("--store", required=True, help="The store's id or slug.")
@click.option("--test", "test", is_flag=True, help="In the store's sandbox.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@data_option
def erase(customer: int, store: str, test: bool, yes: bool, data: Path | None) -> None:
    """Erase the personal data of CUSTOMER, an id.

    Its orders keep their sums and their wilaya, not the name, the number, the address or the notes. It can't be undone.
    """
    if not yes:
        click.confirm(f"Erase the personal data of customer {customer} of store {store} for good?", abort=True)

    async def work() -> int:
        async with engine.transaction():
            return await customer_erase(await operator_context(store, livemode=not test), customer)

    try:
        orders = with_database(data, work)
    except ApiError as error:
        click.secho(sentence(error), fg="red", err=True)
        sys.exit(1)
    click.echo(f"Erased customer {customer}; orders that named them: {orders}")
