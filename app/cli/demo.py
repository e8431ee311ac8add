"""`dzbuild demo`: everything at once, with a shop in it and something to try."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.json import JSON

from app.cli.options import data_option, epilog, host_option, port_option, workers_option
from app.cli.progress import Progress
from app.cli.seeding import Seeding
from app.settings import given_keys, settings
from app.supervisor.instance import OWN_NETWORKS, Plan, running_instance
from app.supervisor.readiness import get_from

REQUEST = "/v1/products?status=active&limit=1"
QUERY = "{ store { name } products(first: 3) { nodes { databaseId name price stockQuantity } } }"


@click.command(
    epilog=epilog(
        "dzbuild demo",
        "dzbuild demo --port 8080 --workers 2",
        exit_codes="0 stopped, 1 stopped before it was ready, 2 could not start (the sentence says why)",
    )
)
@workers_option
@host_option
@port_option
@data_option
def demo(workers: int | None, host: str | None, port: int | None, data: Path | None) -> None:
    """Run everything with a demo shop in it, and show what to try.

    The first start makes a database and fills it; the data stay in the data folder for the next one. Ctrl-C stops
    everything, a second one at once.
    """
    values = settings()
    progress = Progress()
    folder = data or values.data_dir
    seeding = Seeding("demo", folder, progress)
    plan = Plan(
        data_dir=folder,
        host=host or values.host,
        port=values.port if port is None else port,
        workers=workers or values.workers,
        public_url=values.public_url,
        database_url=values.database_url,
        redis_url=values.redis_url,
        app_keys=given_keys(values),
        prepare=seeding,
        tell=progress,
        quiet=True,
        environment={"DZBUILD_DEMO": "true", **OWN_NETWORKS},
    )

    async def run() -> None:
        async with running_instance(plan) as instance:
            answer = await asyncio.to_thread(_ask, instance.base_url, seeding.secrets.get("platform_key"))
            show(instance.base_url, seeding.secrets, answer, folder, progress.seconds)
            await instance.supervisor.wait()

    asyncio.run(run())
    progress("Stopped; the data are kept in " + str(folder))


def _ask(base_url: str, key: str | None) -> str:
    """Return what the request that is shown really answers."""
    address = urlsplit(base_url)
    answer = get_from(address.hostname or "", address.port or 80, REQUEST, key)
    if answer is None:
        return "(no answer)"
    try:
        return json.dumps(json.loads(answer[1]), ensure_ascii=False, indent=2)
    except ValueError:
        return answer[1].decode(errors="replace")


def show(base_url: str, secrets: Mapping[str, Any], answer: str, folder: Path, seconds: float) -> None:
    """Print addresses, keys, two requests to copy, one answer, and what to do next."""
    # Nothing is wrapped: a command that is broken over two lines can't be copied.
    console = Console(soft_wrap=True, highlight=False)
    authorization = f"-H 'Authorization: Bearer {secrets.get('platform_key', '')}'"
    body = json.dumps({"query": QUERY})

    def heading(text: str) -> None:
        console.print(f"\n[bold]{text}[/bold]")

    heading(f"DZBuild is ready ({seconds:.1f} s)")
    for name, path in (("REST", "/v1"), ("GraphQL", "/graphql"), ("Dashboard", "/dashboard"), ("Health", "/readyz")):
        console.print(f"  {name:<11}[cyan]{base_url}{path}[/cyan]")
    heading("Sign in to the dashboard with")
    for name in ("dashboard_email", "dashboard_password"):
        console.print(f"  {name:<23}{secrets.get(name, '')}", markup=False)
    heading("Demo keys")
    for name, value in secrets.items():
        if name.endswith("_secret") or "_key" in name:
            console.print(f"  {name:<23}{value}", markup=False)
    heading("Try this")
    console.print(f"  curl -s '{base_url}{REQUEST}' {authorization}", markup=False, style="green")
    heading("It answers")
    try:
        console.print(JSON(answer, indent=2, ensure_ascii=False))
    except ValueError:
        console.print(answer, markup=False)
    heading("The same in GraphQL")
    console.print(
        f"  curl -s {base_url}/graphql {authorization} -H 'Content-Type: application/json' -d '{body}'",
        markup=False,
        style="green",
    )
    heading("Next")
    console.print(
        f"  [cyan]{base_url}/api-docs/intro[/cyan] in a browser: the documentation, with the demo key filled in"
    )
    console.print(f"  [cyan]{base_url}/graphql[/cyan] in a browser: queries to try, with the demo key filled in")
    console.print(f"  [cyan]{base_url}/examples/storefront/[/cyan] in a browser: the demo shop, as its shoppers see it")
    console.print("  Send the curl of README.md twice: one product, and the same answer again")
    console.print("  Everything that can be asked: openapi.yaml, schema.graphql and README.md")
    console.print("  More commands: dzbuild --help, make help")
    console.print(f"  The app's log: {folder / 'app.log'}")
    console.print("\n[bold]Ctrl-C[/bold] stops everything.")
