"""Fills the demo shops on the way to a running instance, and keeps what was made for the person who asked."""

from pathlib import Path
from typing import Any, Literal

from app.cli.progress import Progress
from app.settings import settings


class Seeding:
    """A step of starting an instance. `secrets` has the demo's keys and stores once it is done."""

    def __init__(self, shops: Literal["demo", "sandbox"], folder: Path, progress: Progress) -> None:
        self.secrets: dict[str, Any] = {}
        self._shops = shops
        self._folder = folder
        self._progress = progress

    async def __call__(self, database_url: str, base_url: str) -> None:
        """Fill what isn't filled yet; `base_url` is the app's own address."""
        from app.demo.seed import seed  # noqa: PLC0415  read in while the servers start

        self._progress("Filling the demo shops")
        self._folder.mkdir(parents=True, exist_ok=True)
        seeded = await seed(
            database_url,
            public_url=base_url,
            shops=self._shops,
            secrets_file=self._folder / "demo-secrets.json",
            log_days=settings().request_log_days,
        )
        self.secrets.update(seeded.as_dict())
