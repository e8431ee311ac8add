"""`dzbuild demo`: everything at once, with a shop in it and something to try."""

import asyncio
import json
import sys
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
# Where to look, and what for.
PLACES = (
    ("Documentation", "/api-docs/intro", "with the demo shop's test key in its examples"),
    ("API reference", "/api-docs/reference", "every operation, to try with the demo key"),
    ("GraphQL", "/graphql", "an editor in a browser, with the demo key filled in"),
    ("Dashboard", "/dashboard", "the merchant's side"),
    ("Storefront", "/examples/storefront/", "the demo shop as shoppers see it"),
    ("REST", "/v1", "health is at /readyz"),
)
KEYS = {
    "platform_key": "first shop, plan Pro + API: use this one",
    "platform_key_b": "second shop, which must never see the first",
    "free_key": "third shop, plan Free: 30 requests a minute",
    "test_key": "first shop's sandbox, empty at first",
    "public_key_id": "first shop's public key, for web pages",
    "public_signing_secret": "signs what that public key writes",
}
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
    """Run everything with three demo shops, and print addresses, keys and requests to try.

    The first start creates a database and fills it, with orders and use of the months before, all of it made up; later
    starts use it again. Ctrl-C stops everything; press it twice to stop at once.
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
    key = secrets.get("platform_key", "")
    authorization = f"-H 'Authorization: Bearer {key}'"
    body = json.dumps({"query": QUERY})

    def heading(text: str) -> None:
        console.print(f"\n[bold]{text}[/bold]")

    heading(f"DZBuild is ready ({seconds:.1f} s)")
    for name, path, told in PLACES:
        console.print(f"  {name:<15}[cyan]{base_url}{path}[/cyan]{' ' * (26 - len(path))}{told}")
    heading("Sign in to the dashboard with")
    console.print(f"  {'E-mail':<15}{secrets.get('dashboard_email', '')}", markup=False)
    console.print(f"  {'Password':<15}{secrets.get('dashboard_password', '')}", markup=False)
    heading("API keys")
    for name, told in KEYS.items():
        console.print(f"  {name:<23}{secrets.get(name, '')}  # {told}", markup=False)
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
    heading("For the examples of README.md and of the documentation, in another terminal")
    console.print(f"  export DZ_KEY='{key}'", markup=False, style="green")
    heading("Next")
    console.print(f"  Start with the documentation: [cyan]{base_url}/api-docs/intro[/cyan]")
    console.print(f"  All commands: {Path(sys.argv[0])} --help", markup=False)
    console.print(f"  The app's log: {folder / 'app.log'}", markup=False)
    console.print("\n[bold]Ctrl-C[/bold] stops everything. The data stay for the next start.")
