"""What a form sent: its fields as text, each once or several times, and its files."""

import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from graph.errors import ApiError, Code, bad_request

FIELDS_MAXIMUM: Final = 2_000
CSRF: Final = "csrf"
KEY: Final = "idempotency_key"
KEPT_AS: Final = "form"


class Form:
    """A form as it was sent."""

    def __init__(self, fields: Mapping[str, list[str]], files: Mapping[str, UploadFile]) -> None:
        self._fields = fields
        self.files = files

    def __contains__(self, name: str) -> bool:
        """Tell whether a field was sent, filled or not."""
        return name in self._fields

    def get(self, name: str, default: str = "") -> str:
        """Return a field's text without blanks around it; of one that came several times, the last."""
        values = self._fields.get(name)
        return values[-1].strip() if values else default

    def raw(self, name: str) -> str:
        """Return a field's text as it was typed."""
        values = self._fields.get(name)
        return values[-1] if values else ""

    def all(self, name: str) -> list[str]:
        """Return everything that came under a name: the boxes that are ticked."""
        return self._fields.get(name, [])

    def named(self, beginning: str) -> dict[str, str]:
        """Return the fields whose names begin so, by what follows."""
        return {name[len(beginning) :]: self.get(name) for name in self._fields if name.startswith(beginning)}

    @property
    def key(self) -> bytes:
        """Return what the form is known by, so that it acts once however often it is sent."""
        given = self.get(KEY)
        return given.encode() if 1 <= len(given) <= 100 and given.isascii() and given.isprintable() else new_key()


def new_key() -> bytes:
    """Return what no form was known by before."""
    return secrets.token_hex(16).encode()


async def form_of(request: Request[Any, Any, Any]) -> Form:
    """Return the form of a request, which is read once.

    Raises:
        ApiError: `bad_request` for what no form of ours sends.
    """
    kept: Form | None = request.state.get(KEPT_AS)
    if kept is None:
        kept = request.state[KEPT_AS] = await _read(request)
    return kept


async def _read(request: Request[Any, Any, Any]) -> Form:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        return await _multipart(request)
    if media_type not in ("application/x-www-form-urlencoded", ""):
        raise bad_request("A form is sent as application/x-www-form-urlencoded or multipart/form-data")
    try:
        text = (await request.body()).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAXIMUM)
    except ValueError as error:
        raise bad_request("The form must be percent-encoded UTF-8 of not too many fields") from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return Form(fields, {})


async def _multipart(request: Request[Any, Any, Any]) -> Form:
    try:
        sent = await request.form()
    except RequestEntityTooLarge as error:
        raise ApiError(Code.PAYLOAD_TOO_LARGE, "The form is too large") from error
    except (ClientException, ValueError) as error:
        raise bad_request("The form's parts can't be read") from error
    fields: dict[str, list[str]] = {}
    files: dict[str, UploadFile] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            files[name] = value
        else:
            fields.setdefault(name, []).append(str(value))
    return Form(fields, files)
