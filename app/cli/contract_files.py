"""`dzbuild openapi` and `dzbuild sdl`: the files that say what the API is, written from the code."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from app.cli.options import epilog

ROOT = Path(__file__).parents[2]


def _contract_command(name: str, file_name: str, help_text: str, render: Callable[[], str]) -> click.Command:
    @click.command(
        name,
        help=help_text,
        epilog=epilog(
            f"dzbuild {name}",
            f"dzbuild {name} --output -",
            f"dzbuild {name} --check",
            exit_codes="0 written, or up to date; 1 with --check: the file would change",
        ),
    )
    @click.option(
        "--output",
        type=click.Path(dir_okay=False, allow_dash=True),
        help=f"Where to write it; - is standard output.  [default: {file_name} of this checkout]",
    )
    @click.option("--check", is_flag=True, help="Write nothing; tell whether the file would change.")
    def command(output: str | None, check: bool) -> None:
        text = render()
        if output == "-" and not check:
            click.echo(text, nl=False)
            return
        path = Path(output or ROOT / file_name)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            click.echo(f"{path.name} is up to date.")
        elif check:
            click.secho(f"{path.name} is not what the code makes: run `dzbuild {name}`.", fg="red", err=True)
            sys.exit(1)
        else:
            path.write_text(text, encoding="utf-8")
            click.echo(f"{path.name} written.")

    return command


def _openapi() -> str:
    from rest_compat.openapi import rendered  # noqa: PLC0415  help comes without reading the whole API

    return rendered()


def _sdl() -> str:
    from graph.schema import schema  # noqa: PLC0415

    return schema.as_str().rstrip("\n") + "\n"


def _storefront_sdl() -> str:
    from graph.schema import storefront_schema  # noqa: PLC0415

    return storefront_schema.as_str().rstrip("\n") + "\n"


openapi = _contract_command("openapi", "openapi.yaml", "Write openapi.yaml, which describes /v1.", _openapi)
sdl = _contract_command("sdl", "schema.graphql", "Write schema.graphql, the GraphQL schema of platform keys.", _sdl)
storefront_sdl = _contract_command(
    "storefront-sdl", "storefront.graphql", "Write storefront.graphql, what public keys see of it.", _storefront_sdl
)
