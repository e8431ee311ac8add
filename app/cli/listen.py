"""`dzbuild listen`."""

import asyncio
import signal
import sys
from typing import Any

import click

from app.cli.api_options import EXIT_CODES, api_option, key_option, with_api
from app.cli.options import epilog
from app.developer.api import Api
from app.developer.listening import Listener
from graph.events import EVENTS
from graph.webhook_signing import secret_hex, secret_new, secret_of, secret_standard

LIVE_KEY = (
    "This key is a live one: its events are real customers'. Say --live to forward them all the same, or use a test "
    "key (`dzbuild keys create STORE --name laptop --test`)."
)


def _events(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> list[str]:
    names = [name.strip() for each in given for name in each.split(",")]
    for name in names:
        if name not in EVENTS:
            raise click.BadParameter(f"{name!r} is no event. There are: {', '.join(EVENTS)}")
    return sorted(set(names))


def _address(_context: click.Context, _parameter: click.Parameter, given: str) -> str:
    if not given.startswith(("http://", "https://")):
        raise click.BadParameter("begins with http:// or https://")
    return given


def _secret(_context: click.Context, _parameter: click.Parameter, given: str | None) -> bytes:
    try:
        return secret_new() if given is None else secret_of(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command(
    epilog=epilog(
        "export DZ_KEY=dzpk_test_…",
        "dzbuild listen --forward-to http://localhost:3000/webhooks/dzbuild",
        "dzbuild listen --forward-to http://localhost:3000/hook --events order.created,order.shipped",
        "dzbuild trigger order.created          # in another terminal",
        exit_codes=f"0 stopped, {EXIT_CODES}",
    )
    + f"\n\nEvents: {' '.join(EVENTS)}"
)
@click.option(
    "--forward-to",
    required=True,
    metavar="URL",
    callback=_address,
    help="Where to send them, such as http://localhost:3000/hook.",
)
@click.option("--events", multiple=True, callback=_events, help="Only these, separated by commas.  [default: all]")
@click.option("--live", is_flag=True, help="Forward real customers' events: needed with a live key.")
@click.option(
    "--secret",
    callback=_secret,
    envvar="DZ_WEBHOOK_SECRET",
    show_envvar=True,
    help="Sign with this secret (64 hexadecimal digits, or whsec_…).  [default: a new one]",
)
@api_option
@key_option
def listen(forward_to: str, events: list[str], live: bool, secret: bytes, api: str, key: str | None) -> None:
    """Forward a store's webhooks to this machine.

    Needs no public URL, and no webhook in the store. What happens in the store from now on is forwarded as a webhook
    would be: the same body and headers, signed in both ways with the secret printed at the start. Only `delivery_id`
    differs (it is the event's id in the event log), and `occurred_at` is in whole seconds. Events that get no 2xx are
    retried for a minute. While the API is away, nothing is missed.

    Each attempt prints a line: time, event, status of the response, duration, delivery id.

    It polls the event log with the key, which needs webhooks:read. Each poll counts as a request: one a second, one in
    five seconds after a quiet minute, and never more than a quarter of the key's limit per minute. Ctrl-C stops it.
    """

    async def work(client: Api) -> None:
        whoami = await client.get("/whoami")
        if whoami["livemode"] and not live:
            raise click.UsageError(LIVE_KEY)
        listener = Listener(client, whoami, secret, click.echo, lambda told: click.secho(told, fg="yellow", err=True))
        query = await listener.begin(events)
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        _announce(whoami, forward_to, events, secret)
        await listener.run(query, forward_to, stopping)
        click.echo(
            f"Stopped: {listener.delivered} delivered, {listener.given_up} given up, {listener.waiting} left undone"
        )

    with_api(api, key, work)
    sys.exit(0)


def _announce(whoami: dict[str, Any], forward_to: str, events: list[str], secret: bytes) -> None:
    mode = "live events" if whoami["livemode"] else "the sandbox"
    click.echo(f"Listening to {mode} of {whoami['store']['name']}, forwarding {', '.join(events) or 'every event'}")
    click.echo(f"  to      {forward_to}")
    click.echo(f"  secret  {secret_hex(secret)}")
    click.echo(f"          {secret_standard(secret)}  (for the libraries of Standard Webhooks)")
    click.echo("Ready; Ctrl-C stops it")
