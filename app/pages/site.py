"""How a page is made: its language, its template, and the headers that keep a browser from being led astray."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from app.pages import sections
from app.pages.forms import new_key
from app.pages.texts import LANGUAGES, NAMES, Language, accepted, known, refusal, text, texts
from app.web.static import url
from graph.errors import ApiError
from graph.geography import ALGIERS
from rest_compat.status import STATUS

TEMPLATES: Final = Path(__file__).parent / "templates"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The host of a picture that a merchant has elsewhere, and how many of those a page names at most.
PICTURE_HOST: Final = re.compile(r"(https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?)(?:[/?#]|$)")
PICTURE_HOSTS: Final = 50
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    # Forms have to say where they come from, but to nobody else.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
LANGUAGE_COOKIE: Final = "language"
TOLD_COOKIE: Final = "told"
YEAR: Final = 365 * 86_400


class Site:
    """What a page has to know of the process. `public_url` is the address that clients see."""

    public_url: str | None = None

    def is_secure(self, request: Request[Any, Any, Any]) -> bool:
        """Tell whether the browser speaks HTTPS, be it to us or to a proxy before us."""
        return request.scope["scheme"] == "https" or (self.public_url or "").startswith("https://")

    def hosts(self, request: Request[Any, Any, Any]) -> set[str]:
        """Return the hosts that our own pages come from."""
        return {request.headers.get("host", ""), urlsplit(self.public_url or "").netloc} - {""}

    def address(self, request: Request[Any, Any, Any]) -> str:
        """Return the address that clients see, for examples."""
        return (self.public_url or f"{request.scope['scheme']}://{request.headers.get('host', '')}").rstrip("/")


site: Final = Site()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a form was refused: in a sentence, and beside its fields."""

    message: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    status: int = 400
    retry_after: int | None = None


def language_of(request: Request[Any, Any, Any]) -> Language:
    """Return the language that a page speaks: the member's choice, the browser's cookie, or what it likes best."""
    member = request.state.get("member")
    chosen = known(member.session.language) if member is not None else None
    cookie = known(request.cookies.get(LANGUAGE_COOKIE))
    return chosen or cookie or accepted(request.headers.get("accept-language", ""))


def problem_of(request: Request[Any, Any, Any], error: ApiError) -> Problem:
    """Return what a page says of a refusal. A field is called by its path, or by the first or last part of that."""
    language = language_of(request)
    fields = {detail.field: refusal(language, detail.message) for detail in error.details}
    fields = {name.rpartition(".")[2]: said for name, said in fields.items()} | fields
    fields = {name.partition(".")[0]: said for name, said in fields.items()} | fields
    by_code = f"errors.{error.code.value}"
    message = refusal(language, error.message)
    if message == error.message and language != "en" and by_code in texts():
        message = text(language, by_code)
    return Problem(text(language, "errors.form") if fields else message, fields, STATUS[error.code], error.retry_after)


def named(request: Request[Any, Any, Any], values: Iterable[str], key: Callable[[str], str]) -> list[tuple[str, str]]:
    """Return values with the texts of their keys, for a field to choose from."""
    language = language_of(request)
    return [(value, text(language, key(value))) for value in values]


def render(
    request: Request[Any, Any, Any], template: str, *, section: str = "", status: int = 200, **values: Any
) -> Response[str]:
    """Return a page.

    Args:
        request: what is answered.
        template: its file under `templates/`.
        section: which part of the dashboard it is of, for the navigation.
        status: of the answer; a `problem` among the values brings its own.
        values: what the template shows, beside what every page has; `pictures` are the addresses of the store's own
            pictures among it, wherever those are.
    """
    language, member = language_of(request), request.state.get("member")
    problem: Problem | None = values.setdefault("problem", None)
    shown = {
        "t": partial(text, language),
        "language": language,
        "direction": "rtl" if language == "ar" else "ltr",
        "languages": [(each, NAMES[each]) for each in LANGUAGES],
        "path": request.scope["path"] or "/",
        "here": _here(request),
        "member": member,
        "csrf": "" if member is None else member.csrf,
        "groups": sections.seen_by(member.role) if member is not None and (section or problem) else [],
        "section": section,
        "told": _told(request, language),
        "notices": request.state.get("notices", ()),
        "moment": partial(_moment, language),
        "money": partial(_money, language),
        "counted": partial(_number, language),
        "new_key": lambda: new_key().decode(),
        "base_url": site.address(request),
        **values,
    }
    page = environment.get_template(template).render(shown)
    headers = {
        **HEADERS,
        "cache-control": "private, no-cache" if member is None else "no-store",
        "vary": "Cookie, Accept-Language",
        "content-security-policy": _policy(values.get("pictures", ())),
    }
    if problem is not None and problem.retry_after is not None:
        headers["retry-after"] = str(problem.retry_after)
    answer = Response(
        page,
        status_code=status if problem is None else problem.status,
        media_type="text/html",
        headers=headers,
    )
    if TOLD_COOKIE in request.cookies:
        answer.set_cookie(cookie(request, TOLD_COOKIE, "", 0))
    return answer


def _policy(pictures: Iterable[str | None]) -> str:
    """Return what a page may load: beside our own, pictures from just the hosts that it shows some of."""
    matches = [PICTURE_HOST.match(each) for each in pictures if each]
    hosts = dict.fromkeys(match[1] for match in matches if match)
    named = " ".join(list(hosts)[:PICTURE_HOSTS])
    return POLICY.replace("img-src 'self' data:", f"img-src 'self' data: {named}") if named else POLICY


def go(request: Request[Any, Any, Any], path: str, told: str = "", **values: str) -> Response[str]:
    """Return the way to another page, which says the text `told` there once."""
    way = {"hx-redirect": path} if request.headers.get("hx-request") else {"location": path}
    headers = {**HEADERS, **way, "cache-control": "no-store"}
    answer = Response("", status_code=303 if "location" in way else 200, headers=headers)
    if told:
        sent = base64.urlsafe_b64encode(json.dumps([told, values]).encode()).decode()
        answer.set_cookie(cookie(request, TOLD_COOKIE, sent, 60))
    return answer


def cookie(request: Request[Any, Any, Any], name: str, value: str, seconds: int) -> Cookie:
    """Return a cookie that no script reads and no other site's form brings along; with no seconds, one that is gone."""
    secure = site.is_secure(request)
    return Cookie(key=name, value=value, path="/", max_age=seconds, httponly=True, samesite="lax", secure=secure)


def _told(request: Request[Any, Any, Any], language: Language) -> str:
    """Return what the page before wants said here."""
    sent = request.cookies.get(TOLD_COOKIE)
    if not sent:
        return ""
    try:
        key, values = json.loads(base64.urlsafe_b64decode(sent))
        return text(language, key, **{str(name): str(value)[:200] for name, value in values.items()})
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        return ""


def _here(request: Request[Any, Any, Any]) -> str:
    """Return the path of this page with its query: where one comes back to."""
    path, query = quote(request.scope["path"] or "/"), request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _moment(language: Language, value: str | datetime | None, *, day: bool = False, seconds: bool = False) -> Markup:
    """Return a time as it was in Algiers, readable for people and for programs; to the second, as logs have it."""
    if value is None:
        return Markup("&mdash;")
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(ALGIERS)
    shown = f"{local:%Y-%m-%d %H:%M:%S}" if seconds else _day(language, local)
    if not day and not seconds:
        shown = text(language, "layout.moment", day=shown, time=f"{local:%H:%M}")
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(
        at.isoformat(), text(language, "layout.algiers"), Markup(' dir="ltr"') if seconds else "", shown
    )


def _day(language: Language, day: date) -> str:
    """Return a day as people write it; Arabic months have the names that they have in Algeria."""
    months = text(language, "layout.months").split()
    return f"{day.day} {months[day.month - 1]} {day.year}"


def _money(language: Language, value: int | None) -> Markup:
    """Return a sum in dinars."""
    if value is None:
        return Markup("&mdash;")
    return Markup('<span class="number">{}</span>').format(
        text(language, "layout.money", amount=_number(language, value))
    )


def _number(language: Language, value: int) -> str:
    """Return a whole number with its thousands apart, as the language does it."""
    separator = {"en": ",", "fr": "\u00a0", "ar": ","}[language]
    return f"{value:,}".replace(",", separator)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["static"] = url
    return made


environment: Final = _environment()
