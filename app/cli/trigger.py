"""`dzbuild trigger`."""

import json

import click

from app.cli.api_options import EXIT_CODES, api_option, key_option, with_api
from app.cli.options import epilog
from app.developer.api import Api, Refused
from app.developer.triggering import NeverTold, Trigger
from graph.events import EVENTS


@click.command(
    epilog=epilog(
        "export DZ_KEY=dzpk_test_…",
        "dzbuild trigger order.created",
        "dzbuild trigger order.confirmed order.shipped product.stock_low",
        exit_codes=f"0 it happened (the event's row is on standard output, as JSON), {EXIT_CODES}",
    )
    + f"\n\nEvents: {' '.join(EVENTS)}"
)
@click.argument("events", metavar="EVENT...", nargs=-1, required=True, type=click.Choice(list(EVENTS)))
@api_option
@key_option
def trigger(events: tuple[str, ...], api: str, key: str | None) -> None:
    """Make events really happen in a store's sandbox.

    Webhooks, the event log and `dzbuild listen` report them like any other.

    Whatever an event needs is created through the API with a test key: a product, an order and its status changes, a
    stock that runs low, a signup (with a public test key that is revoked at once). Each step prints a line on standard
    error. `POST /v1/test/reset` empties the sandbox again.

    The key needs products:write, orders:write, store:read and webhooks:read, which keys have by default.
    """

    async def work(client: Api) -> None:
        if (await client.get("/whoami"))["livemode"]:
            raise click.UsageError(
                "This makes rows, and the key is a live one: use a test key (`dzbuild keys create STORE --test`)."
            )
        maker = Trigger(client, lambda made: click.secho(f"  made {made}", dim=True, err=True))
        for event in events:
            try:
                click.echo(json.dumps(await maker.fire(event), ensure_ascii=False))
            except NeverTold as problem:
                raise Refused(str(problem), "not_found") from problem

    with_api(api, key, work)
