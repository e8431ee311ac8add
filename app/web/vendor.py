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
# The licence of packages that name it and bring no text of it.
MIT = """\
MIT License

{copyright}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


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
                package_json = archive.extractfile("package/package.json")
                for name, copyright_line in members.get("licence", {}).items():
                    if package_json is None or json.load(package_json)["license"] != "MIT":
                        raise SystemExit(f"{package} is not under the MIT licence any more")
                    _write(name, MIT.format(copyright=copyright_line).encode())


def _write(name: str, content: bytes) -> None:
    if name.endswith((".LICENSE", ".woff2")):
        (FOLDER / name).write_bytes(content)
        return
    (FOLDER / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    (FOLDER / f"{name}.br").write_bytes(brotli.compress(content, quality=11))


if __name__ == "__main__":
    main()
