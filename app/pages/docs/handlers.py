"""The paths of the documentation."""

import hashlib
import re
from functools import lru_cache, partial
from typing import Any, Final, cast

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup

from app.pages.docs import postman, search
from app.pages.docs.contents import FIRST, PATH, SECTIONS, neighbours
from app.pages.docs.library import index_text, page, whole_text
from app.pages.docs.own_key import demo_key
from app.pages.docs.reference import reference
from app.pages.docs.words import word
from app.pages.signed_in import member_of
from app.pages.site import HEADERS, language_of, render, site
from app.pages.texts import LANGUAGES, Language, text
from graph.schema import schema
from rest_compat.openapi import rendered

MARKDOWN, TEXT, JSON, YAML = "text/markdown", "text/plain", "application/json", "application/yaml"
# A tag of a proxy's compressed answer is a weak one.
WEAK: Final = re.compile(r"\bW/")


@get([PATH, f"{PATH}/"], include_in_schema=False, sync_to_thread=False)
def beginning() -> Redirect:
    """Lead to the first page."""
    return Redirect(f"{PATH}/{FIRST}", status_code=302)


@get(f"{PATH}/{{name:str}}", include_in_schema=False)
async def read(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
    """Return a page, or with `.md` behind its name its Markdown."""
    await member_of(request)
    wanted, _, suffix = name.partition(".")
    language = _language(request)
    found = page(wanted, language)
    if found is None or suffix not in {"", "md"}:
        raise NotFoundException
    base_url = site.address(request)
    if suffix:
        return _file(request, found.markdown(base_url).encode(), MARKDOWN)
    before, after = (None if each is None else page(each, language) for each in neighbours(wanted))
    return _page(
        request,
        "docs/page.html",
        page=found,
        body=Markup(found.html(base_url)),  # noqa: S704  it is made by us, of files of ours
        before=before,
        after=after,
        description=found.rendered.lead,
        own_key=demo_key(request) if found.uses_key else "",
    )


@get(f"{PATH}/search", include_in_schema=False)
async def search_page(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return what is found of `q`, for browsers without script."""
    await member_of(request)
    query = request.query_params.get("q", "").strip()[: search.LONGEST_QUERY]
    language = _language(request)
    return _page(request, "docs/search.html", query=query, found=search.find(query, language), current="search")


@get(f"{PATH}/search/{{name:str}}", include_in_schema=False, sync_to_thread=True)
def search_index(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Return what a browser searches by itself, in one language."""
    language = name.removesuffix(".json")
    if language not in LANGUAGES or language == name:
        raise NotFoundException
    return _file(request, search.index(language), JSON)


@get(f"{PATH}/openapi.yaml", include_in_schema=False, sync_to_thread=True)
def openapi_file(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return what `/v1` is, in machine form."""
    return _file(request, _openapi(), YAML)


@get(f"{PATH}/schema.graphql", include_in_schema=False, sync_to_thread=True)
def schema_file(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the GraphQL schema of platform keys."""
    return _file(request, _schema(), TEXT)


@get(f"{PATH}/postman.json", include_in_schema=False, sync_to_thread=True)
def postman_file(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the operations for Postman."""
    return _file(request, postman.collection(site.address(request)), JSON)


@get("/llms.txt", include_in_schema=False, sync_to_thread=True)
def llms(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return what there is to read, for programs that read."""
    return _file(request, index_text(site.address(request)).encode(), TEXT)


@get("/llms-full.txt", include_in_schema=False, sync_to_thread=True)
def llms_full(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return all pages as one text."""
    return _file(request, whole_text(site.address(request)).encode(), TEXT)


def _language(request: Request[Any, Any, Any]) -> Language:
    """Return the language that is asked for in the address, or else the reader's."""
    asked = request.query_params.get("lang", "")
    return cast("Language", asked) if asked in LANGUAGES else language_of(request)


def _page(request: Request[Any, Any, Any], template: str, **values: Any) -> Response[Any]:
    """Return a page around what a template shows, or 304 to a browser that has it."""
    language = _language(request)
    given = {
        "language": language,
        "sections": SECTIONS,
        "direction": "rtl" if language == "ar" else "ltr",
        "t": partial(text, language),
        "here": request.scope["path"],
        "groups": [],
        "current": values["page"].name if "page" in values else "",
        "description": word("description", language),
        **values,
    }
    answer: Response[Any] = render(request, template, **given)
    if request.state.get("member") is not None or values.get("own_key"):
        answer.headers["cache-control"] = "no-store"
        return answer
    return _tagged(request, answer)


def _file(request: Request[Any, Any, Any], body: bytes, media_type: str) -> Response[bytes]:
    """Return a file that anybody may read and keep for a minute."""
    headers = {
        "cache-control": "public, max-age=60, stale-while-revalidate=3600",
        "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*",
    }
    answer = Response(body, media_type=media_type, headers=headers)
    return _tagged(request, answer)


def _tagged(request: Request[Any, Any, Any], answer: Response[Any]) -> Response[Any]:
    """Return an answer under a validator of its content, or 304 to who has that."""
    content = answer.content if isinstance(answer.content, bytes) else str(answer.content).encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    answer.headers["etag"] = tag
    if tag in WEAK.sub("", request.headers.get("if-none-match", "")):
        kept = {
            name: value for name, value in answer.headers.items() if name in {*HEADERS, "etag", "vary", "cache-control"}
        }
        return Response(b"", status_code=304, headers=kept)
    return answer


@lru_cache(maxsize=1)
def _openapi() -> bytes:
    return rendered().encode()


@lru_cache(maxsize=1)
def _schema() -> bytes:
    return (schema.as_str().rstrip("\n") + "\n").encode()


handlers: Final = [
    beginning,
    read,
    reference,
    search_page,
    search_index,
    openapi_file,
    schema_file,
    postman_file,
    llms,
    llms_full,
]
