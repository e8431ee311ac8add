"""Whatever a key names of another store, or of the other mode, is as nothing: unseen, unchanged, not even there.

Every operation of `openapi.yaml` and every field of both schemas is tried with every id of the other's, in every
argument that can hold one. The answer is that of an id that nobody has.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from db.engine import engine
from graph.connections import parsed_global_id
from graph.schema import Audience
from graph.store_admin import limits_override
from tests.conftest import Shop, ShopMaker
from tests.parity.stores import filled, without_own
from tests.parity.translate import Operation, operations
from tests.signed.clients import Page
from tests.signed.conftest import PageMaker
from tests.tenancy.attempts import (
    base,
    document,
    fields,
    graphql_base,
    graphql_leaves,
    put,
    rest_leaves,
)
from tests.tenancy.victims import MARK, NUMBER_MARK, Victim, ids_apart, made_victim

pytestmark = pytest.mark.anyio

# What empties the attacker's own store comes last.
LAST = ("resetSandbox", "testReset")
TEXT_OR_SENT = re.compile(r'"(?:[^"\\]|\\.)*"|SENT')
SLUG = re.compile(r'("slug": ?"[^"]*?)-\d+"')
# What goes on from one request to the next.
MOVING = frozenset({"rate_limit", "rateLimit", "usage", "rows", "cost", "request_id"})


async def rivals(make_shop: ShopMaker, who: str) -> tuple[Shop, Victim]:
    """Return who attacks, in a store with rows of its own, and whom."""
    await ids_apart()
    livemode = who != "live from test"
    attacker = await make_shop(tier="enterprise", livemode=livemode)
    async with engine.transaction():
        await limits_override(attacker.store_id, {"requests_per_minute": 1_000_000})
    if who == "another store":
        return attacker, await made_victim(await make_shop())
    victim = await made_victim(await make_shop(store_id=attacker.store_id, livemode=not livemode), own_store=False)
    # One way round half of it is tried, the other way the other half: the same conditions of the same statements.
    half = int(livemode)
    return attacker, replace(victim, texts=victim.texts[half::2], numbers=victim.numbers[half::2])


def told(body: Any, sent: Any) -> str:
    """Return an answer without what was sent, and without what differs from one request to the next."""
    text = json.dumps(body, ensure_ascii=False)
    for form in forms(sent):
        text = text.replace(form, "SENT")
    # A number that was sent has left a word outside of all texts.
    text = TEXT_OR_SENT.sub(lambda found: found[0] if found[0].startswith('"') else '"SENT"', text)
    plain = json.dumps(_without(without_own(json.loads(text))), sort_keys=True)
    return SLUG.sub(r'\1"', plain)


def forms(sent: Any) -> list[str]:
    """Return what a value that was sent may look like in an answer: as a number, in an address, decoded."""
    text = str(sent)
    found = [text, text.lstrip("0"), text.lower().replace("_", "-"), parsed_global_id(text)[1], text.lower()]
    return [each for each in dict.fromkeys(found) if len(each) > 4]


def _without(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without(each) for name, each in value.items() if name not in MOVING}
    return [_without(each) for each in value] if isinstance(value, list) else value


def shows(text: str, sent: Any) -> bool:
    """Tell whether an answer has anything of the victim's, beside what was sent."""
    rest = text.replace(json.dumps(sent)[1:-1] if isinstance(sent, str) else str(sent), "")
    return MARK in rest or NUMBER_MARK in rest


async def rest_call(shop: Shop, operation: Operation, call: Mapping[str, Any]) -> tuple[int, str, Any]:
    parameters = call["parameters"]
    path = re.sub(r"{(\w+)}", lambda match: str(parameters[match[1]]), operation.path)
    query = {name: value for name, value in parameters.items() if name not in operation.in_path}
    rest_call.count += 1  # type: ignore[attr-defined]
    headers = {"Idempotency-Key": f"k{rest_call.count}"}  # type: ignore[attr-defined]
    options = {"json": call["body"]} if "body" in call else {}
    response = await shop.client.request(operation.method, path, params=query, headers=headers, **options)
    return response.status_code, response.text, response.json()


rest_call.count = 0  # type: ignore[attr-defined]

WHO = ("another store", "test from live", "live from test")


class TestRest:
    @pytest.mark.parametrize("who", WHO)
    async def test_nothing_of_another(self, who: str, make_shop: ShopMaker) -> None:
        attacker, victim = await rivals(make_shop, who)
        rows, before = await filled(attacker), await victim.checksum()
        seen: Counter[int] = Counter()
        for name, operation in sorted(operations().items(), key=lambda each: (each[0] in LAST, each[1].writes)):
            if name in ("ping", "trackEvent", "trackSignup"):
                continue
            call = base(operation, rows)
            for leaf in rest_leaves(operation):
                for pair in leaf.pairs(victim):
                    answers = []
                    for value in (pair.foreign, pair.none):
                        status, text, body = await rest_call(attacker, operation, put(call, leaf.place, value))
                        seen[status] += 1
                        assert not shows(text, value), (name, leaf, pair, text)
                        assert status < 500, (name, leaf, pair, text)
                        # What a write of one's own rows answers is what was written.
                        done = operation.writes and status < 300
                        answers.append((status, "" if done else told(body, value)))
                    assert answers[0] == answers[1], (name, leaf, pair)
            status, text, _ = await rest_call(attacker, operation, call)
            assert not shows(text, ""), (name, text)
            assert await victim.checksum() == before, name
        # It went as far as the rows: not all of it was refused for its form.
        assert min(seen[200], seen[400], seen[404]) > 20, seen
        assert seen[429] == seen[401] == seen[405] == 0, seen


async def graphql_attack(
    audience: Audience, ask: Callable[[str, Mapping[str, Any]], Any], rows: Any, victim: Victim
) -> Counter[str]:
    """Try everything over GraphQL, and return how often each code was answered."""
    seen: Counter[str] = Counter()
    before = await victim.checksum()
    for kind, name, declared in sorted(fields(audience), key=lambda each: each[1] in LAST):
        plain = graphql_base(name, declared, rows)
        for leaf in graphql_leaves(declared):
            for pair in leaf.pairs(victim):
                answers = []
                for value in (pair.foreign, pair.none):
                    given = put(plain, leaf.place, value)
                    if leaf.name == "slug" and name in ("product", "landingPage"):
                        given.pop("id", None)
                    answer = await ask(document(kind, name, declared, given, audience), given)
                    text = json.dumps(answer, ensure_ascii=False)
                    assert not shows(text, value), (name, leaf, pair, text)
                    codes = [each["extensions"]["code"] for each in answer.get("errors", ())]
                    seen[codes[0] if codes else "data"] += 1
                    assert "internal_error" not in codes, (name, leaf, pair, text)
                    done = kind == "mutation" and not codes
                    answers.append("" if done else told({each: answer.get(each) for each in ("data", "errors")}, value))
                assert answers[0] == answers[1], (name, leaf, pair)
        answer = await ask(document(kind, name, declared, plain, audience), plain)
        assert not shows(json.dumps(answer), ""), (name, answer)
        assert await victim.checksum() == before, name
    return seen


class TestGraphql:
    @pytest.mark.parametrize("who", WHO)
    async def test_nothing_of_another(self, who: str, make_shop: ShopMaker) -> None:
        attacker, victim = await rivals(make_shop, who)
        rows = await filled(attacker)

        async def ask(text: str, variables: Mapping[str, Any]) -> Any:
            return await attacker.graphql(text, dict(variables))

        seen = await graphql_attack("office", ask, rows, victim)
        assert min(seen["data"], seen["bad_request"], seen["not_found"]) > 20, seen
        assert seen["rate_limited"] == seen["unauthorized"] == 0, seen

    @pytest.mark.parametrize("who", WHO)
    async def test_nothing_for_shoppers(self, who: str, make_shop: ShopMaker, make_page: PageMaker) -> None:
        attacker, victim = await rivals(make_shop, who)
        rows = await filled(attacker)
        page: Page = await make_page(
            attacker.store_id, livemode="_live_" in attacker.token, granted=["storefront:read", "events:write"]
        )

        async def ask(text: str, variables: Mapping[str, Any]) -> Any:
            page.move()
            return (await page.graphql(text, dict(variables), idempotency_key=f"{id(variables)}{len(text)}")).json()

        seen = await graphql_attack("storefront", ask, rows, victim)
        assert min(seen["data"], seen["bad_request"], seen["not_found"]) > 5, seen
        assert seen["rate_limited"] == seen["unauthorized"] == 0, seen
