"""The example of a storefront, served by the demo alone, with the demo shop's public key in its `config.js`."""

import json
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

PATH = "/examples/storefront"
FOLDER = Path(__file__).resolve().parents[2] / "examples" / "storefront"
PAGE, CONFIGURATION = "index.html", "config.js"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
# Pictures are wherever a merchant has them; everything else is this server's.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: http: https:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Storefront:
    """The page. `secrets` is the demo's file of keys, and None for any other instance, which has no such page."""

    def __init__(self) -> None:
        self.secrets: Path | None = None

    def answer(self, name: str) -> Response[bytes]:
        """Return one of the page's files.

        Raises:
            NotFoundException: there is none of this name, or this is no demo.
        """
        path = FOLDER / name
        if self.secrets is None or path.parent != FOLDER or path.suffix not in TYPES or not path.is_file():
            raise NotFoundException
        body = self._configuration(self.secrets) if name == CONFIGURATION else path.read_bytes()
        return Response(body, media_type=TYPES[path.suffix], headers=HEADERS)

    def _configuration(self, secrets: Path) -> bytes:
        """Return `config.js` as the demo needs it: this server, and the key of its shop's page."""
        kept = json.loads(secrets.read_text(encoding="utf-8"))
        told = {"api": "", "key": kept["public_key_id"], "secret": kept["public_signing_secret"]}
        return f"export default {json.dumps(told, indent=2)};\n".encode()


storefront = Storefront()


@get(PATH, include_in_schema=False, sync_to_thread=True)
def storefront_page(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return the page, under an address that its files are beside."""
    # Of `path` the framework has taken the last slash.
    if not request.scope["raw_path"].endswith(b"/"):
        return Redirect(f"{PATH}/") if storefront.secrets is not None else storefront.answer("")
    return storefront.answer(PAGE)


@get(f"{PATH}/{{name:str}}", include_in_schema=False, sync_to_thread=True)
def storefront_file(name: FromPath[str]) -> Response[bytes]:
    """Return a file of the page."""
    return storefront.answer(name)
