"""`python -m app.cli` is `dzbuild`."""

from app.cli import main

main(prog_name="dzbuild")
