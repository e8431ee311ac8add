"""The page at `/graphql` to try queries in: GraphiQL, with the cost of each answer beside it (`contract.md §9`)."""

import json
from html import escape
from ipaddress import ip_address
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from app.chain.address import addresses
from app.chain.request import Answer, Request
from app.web.static import url

TEMPLATE = Template((Path(__file__).parent / "graphql_page.html").read_text(encoding="utf-8"))
FILES = ("react.js", "react-dom.js", "graphiql.js", "try.js", "graphiql.css", "try.css")
SECRETS = "demo-secrets.json"
# Scripts and styles are files of ours; GraphiQL's style sheet has its fonts and two pictures in it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src data:; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept"),
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class GraphqlPage:
    """The page. `demo_folder` is where the demo has its keys, and None for any other instance."""

    def __init__(self) -> None:
        self.demo_folder: Path | None = None

    def answer(self, request: Request) -> Answer:
        """Return the page, with the demo shop's key in it for a browser on this machine."""
        names = {name.replace(".", "_").replace("-", "_"): url(name) for name in FILES}
        body = TEMPLATE.substitute(names, key=escape(self.key_for(request))).encode()
        return Answer(200, body, b"text/html; charset=utf-8", list(HEADERS))

    def key_for(self, request: Request, name: str = "platform_key") -> str:
        """Return one of the demo shop's keys for a browser on this machine, and nothing for any other."""
        return self._demo_key(name) if self.demo_folder is not None and _is_local(request) else ""

    def _demo_key(self, name: str) -> str:
        try:
            secrets = json.loads(((self.demo_folder or Path()) / SECRETS).read_text(encoding="utf-8"))
            return str(secrets[name])
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _is_local(request: Request) -> bool:
    """Tell whether the client is on this machine, and has asked for it by a name that no other site can take."""
    host = urlsplit("//" + request.headers.get(b"host", b"").decode("latin-1")).hostname or ""
    try:
        return ip_address(addresses.of(request)).is_loopback and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


page = GraphqlPage()
