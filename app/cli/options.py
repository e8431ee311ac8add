"""Options that several commands have. A default that is None is the setting's."""

from pathlib import Path

import click

workers_option = click.option(
    "--workers", type=click.IntRange(1, 256), help="Processes that answer requests.  [default: DZBUILD_WORKERS or 1]"
)
host_option = click.option("--host", help="The address to listen on.  [default: DZBUILD_HOST or 127.0.0.1]")
port_option = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 takes a free one.  [default: DZBUILD_PORT or 8000]",
)
data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the embedded servers keep their data.  [default: DZBUILD_DATA_DIR or .dzbuild]",
)


def epilog(*examples: str, exit_codes: str) -> str:
    """Return the end of a command's help: examples, each on its own line, and what its exit codes mean."""
    return "\n".join(("\b", "Examples:", *(f"  {example}" for example in examples), "", f"Exit codes: {exit_codes}."))
