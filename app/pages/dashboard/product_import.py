"""The import of products from a spreadsheet: sent, looked over, confirmed, reported."""

import csv
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app.pages.asking import act
from app.pages.dashboard.product_edit import require_write
from app.pages.forms import Form, form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import HEADERS, Problem, go, language_of, problem_of, render
from app.pages.texts import refusal
from app.product_table import Line, ProductTable, table_opened
from graph.errors import ApiError, Code, Detail, invalid_fields
from graph.product_forms import CREATE
from graph.product_import import Outcome, names_seen, products_import, products_preview
from graph.product_uploads import Upload, upload_done, upload_find, upload_keep

PATH: Final = "/dashboard/products/import"
SECTION: Final = "products"
WRITE: Final = "products:write"
BATCH: Final = 500
BYTES_MAXIMUM: Final = 5 * 1024 * 1024
ROWS_MAXIMUM: Final = 20_000
# So many rows and errors stand on the page; all errors are in the report.
SAMPLE: Final = 10
ERRORS: Final = 100
WHATS: Final = ("created", "updated", "unchanged", "refused")
# With these a spreadsheet would begin to reckon.
FORMULA: Final = tuple("=+-@\t\r")

Seen = set[tuple[str, str]]
Work = Callable[[int, Sequence[dict[str, str]], Seen], Awaitable[tuple[list[Outcome], Seen]]]


@get(PATH, include_in_schema=False)
async def import_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form that takes a file."""
    require_write(the_member(request), WRITE)
    return _form(request)


def _form(request: Request[Any, Any, Any], problem: Problem | None = None) -> Response[str]:
    return render(
        request,
        "dashboard/product_import.html",
        section=SECTION,
        problem=problem,
        columns=[name for name in CREATE.members if name != "metadata"],
        rows_maximum=ROWS_MAXIMUM,
        megabytes=BYTES_MAXIMUM // 1024 // 1024,
    )


@post(PATH, include_in_schema=False, status_code=200)
async def upload(request: Request[Any, Any, Any]) -> Response[str]:
    """Take a file and look it over; nothing of it is imported yet."""
    member, form = the_member(request), await form_of(request)
    require_write(member, WRITE)
    try:
        name, content = await _file(form)
        table = _table(content)
        lines = list(islice(table.lines, ROWS_MAXIMUM + 1))
        _require_rows(lines)
    except ApiError as error:
        return _form(request, problem_of(request, error))

    async def preview(_: int, rows: Sequence[dict[str, str]], seen: Seen) -> tuple[list[Outcome], Seen]:
        mine = set(seen)
        return await products_preview(member.context, rows, mine), mine

    report = await _report(table.names, lines, preview)

    async def keep() -> dict[str, Any]:
        return {"id": await upload_keep(member.context, name, content, report)}

    sent = {"name": name, "sha256": hashlib.sha256(content).hexdigest()}
    kept = await act(member, "products.upload", form.key, sent, keep)
    return go(request, f"{PATH}/{kept['id']}")


async def _file(form: Form) -> tuple[str, bytes]:
    """Return a file's name and what is in it.

    Raises:
        ApiError: `bad_request` or `payload_too_large`, beside the field.
    """
    sent = form.files.get("file")
    content = await sent.read() if sent is not None else b""
    if sent is None or not content:
        raise invalid_fields([Detail("file", "choose a file that is not empty")])
    if len(content) > BYTES_MAXIMUM:
        message = f"is larger than {BYTES_MAXIMUM // 1024 // 1024} MiB: share it out among several files"
        raise ApiError(Code.PAYLOAD_TOO_LARGE, "The file is too large", details=[Detail("file", message)])
    return "".join(letter for letter in sent.filename if letter.isprintable())[:255], content


def _table(content: bytes) -> ProductTable:
    try:
        return table_opened(content)
    except ValueError as error:
        raise invalid_fields([Detail("file", str(error))]) from error


def _require_rows(lines: Sequence[Line]) -> None:
    if not lines:
        raise invalid_fields([Detail("file", "has a header and no rows")])
    if len(lines) > ROWS_MAXIMUM:
        raise invalid_fields([Detail("file", f"has more than {ROWS_MAXIMUM} rows: share it out among several files")])


async def _report(names: Sequence[str], lines: Sequence[Line], work: Work) -> dict[str, Any]:
    """Return what becomes of a table's lines, a batch at a time.

    Args:
        names: its columns.
        lines: all of them.
        work: takes a batch's place, its rows and what named earlier ones; returns what becomes of each, and what has
            named rows by then.
    """
    counts: Counter[str] = Counter()
    errors: list[tuple[int, str, str]] = []
    sample: list[tuple[int, str, list[str]]] = []
    seen: Seen = set()
    for place, batch in enumerate(_batches(lines)):
        done, seen = await work(place, [line.fields for line in batch if not line.problem], seen)
        outcomes = iter(done)
        for line in batch:
            outcome = Outcome("refused", (Detail("", line.problem),)) if line.problem else next(outcomes)
            counts[outcome.what] += 1
            errors += [(line.number, detail.field, detail.message.replace("\0", "")) for detail in outcome.details]
            if len(sample) < SAMPLE:
                cells = [line.fields.get(name, "").replace("\0", "")[:100] for name in names]
                sample.append((line.number, outcome.what, cells))
    return {"counts": counts, "errors": errors, "names": list(names), "sample": sample}


def _batches(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    for start in range(0, len(lines), BATCH):
        yield lines[start : start + BATCH]


@get(f"{PATH}/{{number:int}}", include_in_schema=False)
async def preview_page(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Show what a file would do, or has done."""
    return _shown(request, await upload_find(the_member(request).context, number))


def _shown(request: Request[Any, Any, Any], found: Upload, problem: Problem | None = None) -> Response[str]:
    report = found.report
    return render(
        request,
        "dashboard/product_preview.html",
        section=SECTION,
        problem=problem,
        upload=found,
        counts=[(what, report["counts"].get(what, 0)) for what in WHATS],
        importable=sum(report["counts"].get(what, 0) for what in ("created", "updated")),
        errors=[_told(request, error) for error in report["errors"][:ERRORS]],
        error_count=len(report["errors"]),
        report=report,
    )


def _told(request: Request[Any, Any, Any], error: Sequence[Any]) -> tuple[int, str, str]:
    line, field, message = error
    return line, field, refusal(language_of(request), message)


@post(f"{PATH}/{{number:int}}", include_in_schema=False, status_code=200)
async def confirm(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Import a file that was looked over, each batch once however often this is sent."""
    member = the_member(request)
    found = await upload_find(member.context, number)
    if found.is_imported:
        return go(request, f"{PATH}/{number}")

    async def work(place: int, rows: Sequence[dict[str, str]], seen: Seen) -> tuple[list[Outcome], Seen]:
        return await _imported(member, (number, place), rows, seen)

    table = table_opened(found.content)
    try:
        report = await _report(table.names, list(table.lines), work)
    except ApiError as error:
        return _shown(request, found, problem_of(request, error))
    await upload_done(member.context, number, report)
    return go(request, f"{PATH}/{number}", "product_import.done")


async def _imported(
    member: Member, batch: tuple[int, int], rows: Sequence[dict[str, str]], seen: Seen
) -> tuple[list[Outcome], Seen]:
    """Import a batch, or say what it did when it was imported."""

    async def run() -> dict[str, Any]:
        outcomes = await products_import(member.context, rows, set(seen))
        return {"outcomes": [(each.what, each.details) for each in outcomes]}

    upload_id, place = batch
    key = f"import-{upload_id}-{place}".encode()
    done = await act(member, "products.import", key, {"upload": upload_id, "place": place}, run)
    after = set(seen)
    names_seen(rows, after)
    outcomes = [Outcome(what, tuple(Detail(*detail) for detail in details)) for what, details in done["outcomes"]]
    return outcomes, after


@get(f"{PATH}/{{number:int}}/report.csv", include_in_schema=False)
async def report_file(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[bytes]:
    """Return every error of a file as a CSV file."""
    found = await upload_find(the_member(request).context, number)
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(("line", "field", "error"))
    for line, field, message in (_told(request, error) for error in found.report["errors"]):
        writer.writerow((line, field, f"'{message}" if message.startswith(FORMULA) else message))
    headers = {
        **HEADERS,
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="import-{number}-errors.csv"',
    }
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


handlers: Final = [import_page, upload, preview_page, confirm, report_file]
