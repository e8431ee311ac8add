"""Forms that change a row: what was changed in one, and whether somebody else has changed the same meanwhile."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from app.pages.asking import act, ask
from app.pages.forms import Form
from app.pages.signed_in import Member
from graph.errors import ApiError, Code, Detail
from graph.sources import Source, row_hold

# The field in which a form keeps what its others were when it was shown.
WAS: Final = "was"
SHOWN: Final = 200

Texts = Mapping[str, str]


def plain(value: object) -> str:
    """Return a value as a field of a form has it."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    return str(value).replace("\r\n", "\n").strip()


def written(texts: Texts) -> str:
    """Return what a form keeps of the values that it shows."""
    return json.dumps(dict(texts), ensure_ascii=False)


def shown_before(form: Form) -> dict[str, str]:
    """Return what the form's fields were when it was shown."""
    try:
        found = json.loads(form.get(WAS))
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def changed_in(form: Form, typed: Texts) -> dict[str, str]:
    """Return the fields that are others than they were."""
    was = shown_before(form)
    return {name: value for name, value in typed.items() if value != was.get(name)}


async def change(
    member: Member,
    form: Form,
    row: Source,
    changed: Texts,
    now: Callable[[], Awaitable[Texts]],
    document: str,
    **variables: Any,
) -> None:
    """Run a mutation once that changes some fields of a row, unless somebody else has changed the same ones.

    Args:
        member: who acts.
        form: in which `written` says what the fields were.
        row: the one that is changed; it is held meanwhile.
        changed: the fields that are others in the form than they were, as they are there.
        now: returns what all fields of the row are by now.
        document: the mutation.
        variables: the document's.

    Raises:
        ApiError: `precondition_failed`, which tells the newer values, or what the resolver refused.
    """
    was = shown_before(form)

    async def work() -> dict[str, Any]:
        if await row_hold(row):
            there = await now()
            newer = [name for name in changed if there[name] not in (was.get(name), changed[name])]
            if newer:
                raise _outdated({name: there[name] for name in newer})
        return await ask(member, document, **variables)

    await act(member, document, form.key, {**variables, WAS: was}, work)


def _outdated(newer: Texts) -> ApiError:
    return ApiError(
        Code.PRECONDITION_FAILED,
        "Somebody else has changed it meanwhile: look at the newer values, and save again to replace them",
        details=[Detail(name, f"is by now: {value[:SHOWN] or '—'}") for name, value in newer.items()],
    )


def merged(form: Form, typed: Texts, there: Texts, error: ApiError) -> tuple[dict[str, str], str]:
    """Return what a refused form shows, and keeps: what was typed, over what is there by now."""
    changed = changed_in(form, typed)
    if error.code is Code.PRECONDITION_FAILED:
        return {**there, **changed}, written(there)
    return {**there, **typed}, form.get(WAS)


def camel_case(name: str) -> str:
    """Return a member's name as GraphQL has it."""
    first, *others = name.split("_")
    return first + "".join(each.title() for each in others)
