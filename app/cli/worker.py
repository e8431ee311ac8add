"""`dzbuild worker`: one of the workers that run beside the requests, by itself."""

from pathlib import Path

import click

from app.cli.options import data_option, epilog
from app.services import StartupProblem, reachable_servers
from app.services.app_key import use_app_keys
from app.settings import given_keys, settings
from app.workers.known import WORKERS


def _address(_context: click.Context, _parameter: click.Parameter, given: str | None) -> tuple[str, int] | None:
    if given is None:
        return None
    host, _, port = given.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.BadParameter("is a port, or an address and a port, such as 9101 or 0.0.0.0:9101")
    return host.strip("[]") or "127.0.0.1", int(port)


def _show(host: str, port: int) -> None:
    from prometheus_client import start_http_server  # noqa: PLC0415  slow to import

    try:
        start_http_server(port, host)
    except OSError as error:
        raise StartupProblem(f"Metrics can't be shown at {host}:{port} ({error}): choose another port.") from error


@click.command(
    epilog=epilog(
        *(f"dzbuild worker {name:<10} {known.does}" for name, known in WORKERS.items()),
        "dzbuild worker deliver --metrics 9102",
        exit_codes="0 stopped, 2 could not start (the sentence says why)",
    )
)
@click.argument("name", type=click.Choice(list(WORKERS)))
@click.option(
    "--metrics",
    metavar="[ADDRESS:]PORT",
    callback=_address,
    help="Serve this worker's Prometheus metrics there.  [default address: 127.0.0.1]",
)
@data_option
def worker(name: str, metrics: tuple[str, int] | None, data: Path | None) -> None:
    """Run one background worker by itself.

    It uses the database and Valkey of the settings, or of the instance that runs on the data folder. `serve`, `demo`
    and `sandbox` run one of each already, `serve --without-workers` does not. Several workers share the work, on this
    machine or others. Ctrl-C or SIGTERM stops it.
    """
    import uvloop  # noqa: PLC0415

    from app.logs import configure  # noqa: PLC0415  slow to import
    from app.workers.running import load, work  # noqa: PLC0415
    from db.engine import OUTAGES  # noqa: PLC0415

    values = settings()
    folder = data or values.data_dir
    configure(values)
    with reachable_servers(folder, values.database_url, values.redis_url) as servers:
        use_app_keys(given_keys(values), folder)
        used = values.model_copy(update=servers.__dict__)
        if metrics is not None:
            _show(*metrics)
        try:
            uvloop.run(work(name, load(name), used, supervised=False))
        except OUTAGES as error:
            raise StartupProblem(f"The database is out of reach ({error}): see that DATABASE_URL is right.") from error
