"""`dzbuild`, the command line. Each command has a module of its own, which does its own importing."""

import sys
from typing import Any

import click

from app.cli.lazy import Lazy, LazyGroup
from app.supervisor.problems import StartupProblem, StoppedEarlyError

COMMANDS = {
    "demo": Lazy("app.cli.demo:demo", "Run everything with demo shops, and print what to try."),
    "serve": Lazy("app.cli.serve:serve", "Run the API."),
    "sandbox": Lazy("app.cli.sandbox:sandbox", "Run a whole temporary instance, for tests."),
    "worker": Lazy("app.cli.worker:worker", "Run one background worker by itself."),
    "events": Lazy("app.cli.events:events", "Look at signups and events that failed, and retry them."),
    "listen": Lazy("app.cli.listen:listen", "Forward a store's webhooks to this machine."),
    "trigger": Lazy("app.cli.trigger:trigger", "Make an event happen in a store's sandbox."),
    "migrate": Lazy("app.cli.migrate:migrate", "Bring the database up to date."),
    "doctor": Lazy("app.cli.doctor:doctor", "Check what is reachable and up to date, and how to fix it."),
    "stores": Lazy("app.cli.stores:stores", "Create and list stores."),
    "members": Lazy("app.cli.members:members", "Manage who can sign in to a store's dashboard."),
    "keys": Lazy("app.cli.keys:keys", "Create, change, list and revoke API keys."),
    "operations": Lazy("app.cli.operations:operations", "Manage the GraphQL operations that keys are restricted to."),
    "customers": Lazy("app.cli.customers:customers", "Erase a customer's personal data."),
    "import": Lazy("app.cli.import_products:import_", "Import products from a CSV file."),
    "openapi": Lazy("app.cli.contract_files:openapi", "Write openapi.yaml from the code."),
    "sdl": Lazy("app.cli.contract_files:sdl", "Write schema.graphql from the code."),
    "storefront-sdl": Lazy("app.cli.contract_files:storefront_sdl", "Write storefront.graphql from the code."),
}

HELP = """DZBuild: a commerce API for many stores, over GraphQL and REST.

\b
Examples:
  dzbuild demo                            try it, with demo shops
  dzbuild serve --workers 4 --port 8080   run the API
  dzbuild sandbox --json                  a temporary instance for tests; addresses and keys as JSON
  dzbuild doctor                          what is reachable and up to date, and how to fix it

Without DATABASE_URL and REDIS_URL, an embedded PostgreSQL and Valkey run in the data folder (DZBUILD_DATA_DIR,
.dzbuild by default).

\b
Exit codes:
  0  done
  1  refused, or part of the work failed
  2  wrong usage, or it could not start (the message says why)
"""


class Root(LazyGroup):
    """The root of all commands: what keeps one from starting is printed as its sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exit with 2 on a start-up problem, with 1 when stopped before being ready."""
        try:
            return super().invoke(ctx)
        except StartupProblem as problem:
            click.secho(problem.message, fg="red", err=True)
            sys.exit(2)
        except StoppedEarlyError:
            sys.exit(1)


@click.group(
    cls=Root,
    commands_by_name=COMMANDS,
    help=HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.version_option(package_name="dzbuild-api", prog_name="dzbuild")
def main() -> None:
    """Do nothing by itself; see HELP."""
