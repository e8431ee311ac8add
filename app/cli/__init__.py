"""`dzbuild`, the command line. Each command has a module of its own, which does its own importing."""

import sys
from typing import Any

import click

from app.cli.lazy import Lazy, LazyGroup
from app.supervisor.problems import StartupProblem, StoppedEarlyError

COMMANDS = {
    "demo": Lazy("app.cli.demo:demo", "Run everything with a demo shop in it, and show what to try."),
    "serve": Lazy("app.cli.serve:serve", "Run the API."),
    "sandbox": Lazy("app.cli.sandbox:sandbox", "Run a whole instance for contract tests, then forget it."),
    "worker": Lazy("app.cli.worker:worker", "Run one of the workers by itself."),
    "events": Lazy("app.cli.events:events", "See what could not be taken in, and try it again."),
    "listen": Lazy("app.cli.listen:listen", "Receive a store's webhooks on this machine."),
    "trigger": Lazy("app.cli.trigger:trigger", "Make an event happen in a store's sandbox."),
    "migrate": Lazy("app.cli.migrate:migrate", "Bring the database up to date."),
    "doctor": Lazy("app.cli.doctor:doctor", "Say what is reachable and what is out of date."),
    "stores": Lazy("app.cli.stores:stores", "Create stores."),
    "members": Lazy("app.cli.members:members", "Say who may use a store's dashboard."),
    "keys": Lazy("app.cli.keys:keys", "Create, change, list and revoke API keys."),
    "operations": Lazy("app.cli.operations:operations", "Register the GraphQL operations that keys are held to."),
    "customers": Lazy("app.cli.customers:customers", "Erase a customer's personal data."),
    "import": Lazy("app.cli.import_products:import_", "Import products from a CSV file."),
    "openapi": Lazy("app.cli.contract_files:openapi", "Write openapi.yaml from the code."),
    "sdl": Lazy("app.cli.contract_files:sdl", "Write schema.graphql from the code."),
    "storefront-sdl": Lazy("app.cli.contract_files:storefront_sdl", "Write storefront.graphql from the code."),
}

HELP = """DZBuild API: a multi-tenant commerce API, GraphQL first, with a REST compatibility layer.

\b
Examples:
  dzbuild demo                            everything, with a demo shop
  dzbuild serve --workers 4 --port 8080   the API alone
  dzbuild sandbox --json                  an instance for tests, its addresses and keys as JSON
  dzbuild doctor                          what is reachable

Without DATABASE_URL and REDIS_URL, an embedded PostgreSQL and Valkey run in the data folder (DZBUILD_DATA_DIR,
.dzbuild by default).

\b
Exit codes:
  0  done
  1  the work was refused, or part of it failed
  2  wrong usage, or something outside the program is in the way of starting
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
