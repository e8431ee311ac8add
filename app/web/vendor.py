"""`make vendor`: fetch the files of others that our pages load, as `vendored.json` pins them, and check them.

They come from the npm registry that the environment has set up. A package's `integrity` is npm's own (SHA-512 of its
tarball): another content under the same version is refused. What is kept is compressed already, as it is served; a
licence and a font stay as they are.
"""

import base64
import gzip
import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]

HERE = Path(__file__).parent
PINNED = HERE / "vendored.json"
FOLDER = HERE / "static" / "vendored"


def main() -> None:
    """Fetch every package and write its files."""
    pinned: dict[str, Any] = json.loads(PINNED.read_text())
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for package, members in pinned.items():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603, S607
            (tarball,) = Path(folder).glob("*.tgz")
            content = tarball.read_bytes()
            integrity = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
            if integrity != members["integrity"]:
                raise SystemExit(f"{package} is not what was pinned: its integrity is {integrity}")
            with tarfile.open(tarball) as archive:
                for inside, name in members["files"].items():
                    file = archive.extractfile(f"package/{inside}")
                    if file is None:
                        raise SystemExit(f"{package} has no {inside}")
                    _write(name, file.read())


def _write(name: str, content: bytes) -> None:
    if name.endswith((".LICENSE", ".woff2")):
        (FOLDER / name).write_bytes(content)
        return
    (FOLDER / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    (FOLDER / f"{name}.br").write_bytes(brotli.compress(content, quality=11))


if __name__ == "__main__":
    main()
