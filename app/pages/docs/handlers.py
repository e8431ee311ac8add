"""The paths of the documentation."""

from functools import lru_cache, partial
from typing import Any, Final, cast

from anyio import to_thread
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup

from app.pages.docs import postman, search
from app.pages.docs.answers import file, tagged
from app.pages.docs.contents import FIRST, PATH, SECTIONS, neighbours
from app.pages.docs.library import Page, index_text, page, whole_text
from app.pages.docs.own_key import demo_key
from app.pages.docs.reference import reference
from app.pages.docs.words import word
from app.pages.signed_in import member_of
from app.pages.site import language_of, render, site
from app.pages.texts import LANGUAGES, Language, text
from graph.schema import schema
from rest_compat.openapi import rendered

# Pages offered in place of one that isn't there.
SUGGESTED: Final = 5
MARKDOWN, TEXT, JSON, YAML = "text/markdown", "text/plain", "application/json", "application/yaml"


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
    # The first reader of a page waits for it, and nobody else does.
    found, before, after = await to_thread.run_sync(_around, wanted, language)
    if found is None or suffix not in {"", "md"}:
        return await _missing(request, wanted)
    base_url = site.address(request)
    if suffix:
        return file(request, found.markdown(base_url).encode(), MARKDOWN, by_language=True)
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
    found = await to_thread.run_sync(search.find, query, language)
    return _page(request, "docs/search.html", query=query, found=found, current="search")


@get(f"{PATH}/search/{{name:str}}", include_in_schema=False, sync_to_thread=True)
def search_index(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Return what a browser searches by itself, in one language."""
    language = name.removesuffix(".json")
    if language not in LANGUAGES or language == name:
        raise NotFoundException
    return file(request, search.index(language), JSON)


@get(f"{PATH}/openapi.yaml", include_in_schema=False, sync_to_thread=True)
def openapi_file(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return what `/v1` is, in machine form."""
    return file(request, _openapi(), YAML)


@get(f"{PATH}/schema.graphql", include_in_schema=False, sync_to_thread=True)
def schema_file(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the GraphQL schema of platform keys."""
    return file(request, _schema(), TEXT)


@get(f"{PATH}/postman.json", include_in_schema=False, sync_to_thread=True)
def postman_file(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the operations for Postman."""
    return file(request, postman.collection(site.address(request)), JSON)


@get("/llms.txt", include_in_schema=False, sync_to_thread=True)
def llms(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return what there is to read, for programs that read."""
    return file(request, index_text(site.address(request)).encode(), TEXT)


@get("/llms-full.txt", include_in_schema=False, sync_to_thread=True)
def llms_full(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return all pages as one text."""
    return file(request, whole_text(site.address(request)).encode(), TEXT)


async def _missing(request: Request[Any, Any, Any], wanted: str) -> Response[Any]:
    """Return the page that says that there is no such one, with those that its name may have meant."""
    query = wanted.replace("-", " ").replace("_", " ")[: search.LONGEST_QUERY].strip()
    found = (await to_thread.run_sync(search.find, query, _language(request)))[:SUGGESTED]
    return _page(request, "docs/missing.html", status=404, query=query, found=found)


def _around(name: str, language: Language) -> tuple[Page | None, Page | None, Page | None]:
    """Return a page, the one before it, and the one after it."""
    found = page(name, language)
    if found is None:
        return None, None, None
    before, after = (None if each is None else page(each, language) for each in neighbours(name))
    return found, before, after


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
    if request.state.get("member") is not None or values.get("own_key") or answer.status_code != 200:
        answer.headers["cache-control"] = "no-store"
        return answer
    return tagged(request, answer)


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
