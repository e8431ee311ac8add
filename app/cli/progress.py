"""Progress on standard error, a line a step: standard output is for a command's answer."""

import time

import click


class Progress:
    """Tells a person what is going on and how long it has been."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, sentence: str) -> None:
        """Print a sentence. That nobody reads it any more is no error."""
        try:
            click.secho(f"{time.monotonic() - self._started:5.1f} s  {sentence}", dim=True, err=True)
        except OSError:
            return

    @property
    def seconds(self) -> float:
        """The seconds since the start."""
        return time.monotonic() - self._started
