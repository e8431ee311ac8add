"""Requests as code: the same request for a shell, Python and JavaScript, as a reader would write it."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from app.pages.docs.contents import ADDRESS

# What a narrow screen shows without scrolling, nearly.
WIDTH: Final = 80
PLAIN: Final = re.compile(r"[\w./?=&-]+", re.ASCII)
# What JSON calls otherwise than Python, outside of texts.
LITERALS: Final = {"true": "True", "false": "False", "null": "None"}
TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b')


class Sent(NamedTuple):
    """A request that an example makes. `needs_key` is false for those that anybody may make."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: Any = None
    needs_key: bool = True

    @property
    def writes(self) -> bool:
        """Tell whether it needs an `Idempotency-Key`."""
        return self.method != "GET"

    @property
    def address(self) -> str:
        """Return where it goes, without what it asks for."""
        return f"{ADDRESS}{self.path}"


def samples(sent: Sent) -> str:
    """Return the fences of a request in every language, one after the other: readers choose one of them."""
    return "\n".join(f"```{name} run\n{make(sent)}\n```" for name, make in WRITERS.items())


def shell(sent: Sent) -> str:
    """Return a request for curl."""
    asked = urlencode(sent.query)
    plain = PLAIN.fullmatch("".join(sent.query.values())) is not None
    parts = []
    if sent.method not in {"GET", "POST"} or (sent.method == "POST" and sent.body is None):
        parts.append(f"-X {sent.method}")
    place = f'"{sent.address}?{asked}"' if asked and plain else sent.address
    if asked and not plain:
        parts.append("-G")
    parts.append(place)
    parts += [f'--data-urlencode "{name}={value}"' for name, value in sent.query.items() if not plain]
    if sent.needs_key:
        parts.append('-H "Authorization: Bearer $DZ_KEY"')
    if sent.writes:
        parts.append('-H "Idempotency-Key: $(uuidgen)"')
    if sent.body is not None:
        parts.append('-H "Content-Type: application/json"')
        parts.append("-d '" + indented(sent.body, "  ").replace("'", "'\\''") + "'")
    first = "curl " + " ".join(parts[: parts.index(place) + 1])
    return " \\\n  ".join([first, *parts[parts.index(place) + 1 :]])


def python(sent: Sent) -> str:
    """Return a request for Python's `requests`."""
    imports = ["import os"] if sent.needs_key else []
    imports += ["import uuid"] if sent.writes else []
    headers = []
    if sent.needs_key:
        headers.append('"Authorization": f"Bearer {os.environ[\'DZ_KEY\']}"')
    if sent.writes:
        headers.append('"Idempotency-Key": str(uuid.uuid4())')
    arguments = [f'"{sent.address}"']
    if sent.query:
        arguments.append(f"params={_python_value(sent.query)}")
    if headers:
        arguments.append("headers={\n        " + ",\n        ".join(headers) + ",\n    }")
    if sent.body is not None:
        arguments.append(f"json={_python_value(sent.body)}")
    lines = "".join(f"    {each},\n" for each in arguments)
    called = f"response = requests.{sent.method.lower()}(\n{lines})"
    standard = "\n".join(imports) + "\n\n" if imports else ""
    return f"{standard}import requests\n\n{called}\nprint(response.json())"


def javascript(sent: Sent) -> str:
    """Return a request for `fetch`, as Node.js, Deno and Bun have it."""
    place = f'"{sent.address}"'
    before = ""
    if sent.query:
        before = f"const query = new URLSearchParams({_script_value(sent.query, '')});\n"
        place = f"`{sent.address}?${{query}}`"
    headers = ["Authorization: `Bearer ${process.env.DZ_KEY}`"] if sent.needs_key else []
    headers += ['"Content-Type": "application/json"'] if sent.body is not None else []
    headers += ['"Idempotency-Key": crypto.randomUUID()'] if sent.writes else []
    options = [f'method: "{sent.method}"'] if sent.writes else []
    if headers:
        options.append("headers: {\n    " + ",\n    ".join(headers) + ",\n  }")
    if sent.body is not None:
        options.append(f"body: JSON.stringify({_script_value(sent.body, '  ')})")
    given = ", {\n" + "".join(f"  {each},\n" for each in options) + "}" if options else ""
    shown = "console.log(JSON.stringify(await response.json(), null, 2));"
    return f"{before}const response = await fetch({place}{given});\n{shown}"


def indented(value: Any, margin: str = "", step: str = "  ") -> str:
    """Return a JSON value, all but its first line behind a margin; what is short stands in one line."""
    short = json.dumps(value, ensure_ascii=False)
    if len(short) + len(margin) <= WIDTH or not isinstance(value, dict | list):
        return short
    inner = margin + step
    if isinstance(value, Mapping):
        lines = [
            f"{json.dumps(name, ensure_ascii=False)}: {indented(each, inner, step)}" for name, each in value.items()
        ]
        return "{\n" + ",\n".join(inner + line for line in lines) + f"\n{margin}}}"
    return "[\n" + ",\n".join(inner + indented(each, inner, step) for each in value) + f"\n{margin}]"


def _python_value(value: Any) -> str:
    text = indented(dict(value), "    ", "    ")
    return TOKEN.sub(lambda found: LITERALS.get(found[0], found[0]), text)


def _script_value(value: Any, margin: str) -> str:
    """Return a value of JavaScript: names without quotes where they need none."""
    return re.sub(r'(^|[{\s])"([A-Za-z_]\w*)": ', r"\1\2: ", indented(dict(value), margin))


WRITERS: Final = {"sh": shell, "python": python, "js": javascript}
