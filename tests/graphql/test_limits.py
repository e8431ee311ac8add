"""Limits of documents, each refused before any work: no query, little CPU, nothing kept but the refusal."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from graphql import GraphQLError, get_introspection_query, parse

from graph import documents
from graph.costs import MAXIMUM_COST
from graph.documents import LIMITS
from graph.kept import Kept
from tests.conftest import Shop, ShopMaker, Statements
from tests.database.test_statements import KEY_LOOKUP
from tests.graphql.requests import GRAPHQL_JSON, answered, asked, post
from tests.rest.answers import given, refused_query

pytestmark = pytest.mark.anyio

# Seconds of CPU that a hostile document may take once it is parsed.
PATIENCE = 0.02
FIELDS = "fields, those of a fragment counted at each place where it is spread"
SPREADS = "fragments spread in one place, those in them included"
PAIRS = "pairs of fields with one name in one place"
INTROSPECTED = "values of introspection, by a rough count"
ITEMS = "items in one list or object"
NESTING = "levels in a value or type"


def chain(length: int, body: str, on: str = "Query") -> str:
    """Return fragments, each of which spreads the next one (`{0}`)."""
    made = "".join(f"fragment F{number} on {on} {{ {body.format(number + 1)} }} " for number in range(length))
    return made + f"fragment F{length} on {on} {{ __typename }}"


def many(text: str, count: int) -> str:
    """Return text many times, each with its number in the place of `#`."""
    return " ".join(text.replace("#", str(number)) for number in range(count))


# What is too much of what, in a document that is else as small as can be.
OVER: dict[str, tuple[str, str]] = {
    "a long comment": ("bytes", "# " + "x" * 65_536 + "\n{ __typename }"),
    "long Arabic text": ("bytes", '{ product(slug: "' + "ق" * 32_768 + '") { id } }'),
    "1 MB of braces": ("bytes", "{" * 1_000_000),
    "tokens": ("tokens", "{ " + "__typename " * 1_000 + "}"),
    "10,000 aliases": ("tokens", "{ " + many("a#: __typename", 6_000)[: LIMITS["bytes"] - 10] + "}"),
    "definitions": ("definitions", many("query Q# { __typename }", 51)),
    "fragments": ("definitions", "{ ...F0 } " + many("fragment F# on Query { __typename }", 60)),
    "variables": ("variables", f"query({many('$v#: Int', 51)}) {{ __typename }}"),
    "directives": ("directives", "{ __typename " + "@skip(if: false) " * 51 + "}"),
    "directives on everything": ("directives", "{ " + many("a#: __typename @include(if: true)", 51) + "}"),
    "huge list": (ITEMS, "{ products(search: [" + "1 " * 900 + "]) { nodes { id } } }"),
    "huge object": (ITEMS, f"mutation {{ productCreate(input: {{{many('a#: 1', 300)}}}) {{ product {{ id }} }} }}"),
    "deep list": (NESTING, "{ products(search: " + "[" * 17 + "]" * 17 + ") { nodes { id } } }"),
    "deep object": (NESTING, "{ products(search: " + "{a:" * 17 + "1" + "}" * 17 + ") { nodes { id } } }"),
    "deep type": (NESTING, "query($a: " + "[" * 17 + "Int" + "]" * 17 + ") { __typename }"),
    "deeper than can be parsed": (NESTING, "{ products(search: " + "[" * 900),
    "depth": ("levels of fields", "{a" * 13 + "}" * 13),
    "depth in fragments": ("levels of fields", "{ ...F0 } " + chain(13, "a {{ ...F{0} }}")),
    "depth in an unused fragment": ("levels of fields", "{ __typename } " + chain(13, "a {{ ...F{0} }}")),
    "root fields": ("root fields", "{ " + many("a#: __typename", 16) + "}"),
    "root fields in fragments": (
        "root fields",
        "{ ...F0 ...F1 } fragment F0 on Query { "
        + many("a#: __typename", 8)
        + " } fragment F1 on Query { "
        + many("b#: __typename", 8)
        + " }",
    ),
    "aliases": ("aliases", "{ store { " + many("a#: name", 31) + " } }"),
    "aliases in the second operation": (
        "aliases",
        "query A { store { name } } query B { store { " + many("a#: name", 31) + "}}",
    ),
    "aliases in a fragment spread twice": (
        "aliases",
        "{ a: store { ...F } b: store { ...F } } fragment F on Store { " + many("a#: name", 15) + " }",
    ),
    "fragments that double": (FIELDS, "{ ...F0 } " + chain(11, "a {{ ...F{0} }} b {{ ...F{0} }}")),
    "introspection that doubles": (
        FIELDS,
        '{ __type(name: "Product") { ...F0 } } '
        + chain(20, "a: ofType {{ ...F{0} }} b: ofType {{ ...F{0} }}", "__Type"),
    ),
    "introspection under many names": (
        INTROSPECTED,
        "{ __schema { types { "
        + many("a#: fields { type { fields { name description args { name } } } }", 20)
        + " } } }",
    ),
    "introspection in many root fields": (
        INTROSPECTED,
        "{ "
        + many("a#: __schema { types { ...T } }", 15)
        + " } fragment T on __Type { fields { name type { fields { name type { name } } } } }",
    ),
    "fragments in one place": (
        SPREADS,
        "{ store { " + many("...F#", 26) + " } } " + many("fragment F# on Store { name }", 26),
    ),
    "fragments within fragments": (
        SPREADS,
        "{ products { nodes { ...F0 } } } " + chain(40, "category {{ name }} ...F{0}", "Product"),
    ),
    "one field with arguments": (
        PAIRS,
        "{ " + 'products(first: 1, after: "x", search: "y", sort: NEWEST) { nodes { id } } ' * 40 + "}",
    ),
    "one field": (PAIRS, "{ store { " + "name " * 300 + "} }"),
    "one field with fields": (PAIRS, "{ " + ("store { " + "name " * 10 + "} ") * 30 + "}"),
    "one field in inline fragments": (PAIRS, "{ " + "...{ store { name } } " * 99 + "}"),
}
# What is wrong in itself, and dear to look at for who does it naively.
WRONG: dict[str, str] = {
    "64 KB of braces": "{" * 65_000,
    "fragment that spreads itself": "{ ...F } fragment F on Query { ...F }",
    "fragments in a circle": "{ ...F0 } " + chain(20, "store {{ ...F{0} }}").replace("{ __typename }", "{ ...F0 }"),
    "introspection in a circle": "{ __schema { types { ...F } } } fragment F on __Type { ofType { ...F } }",
    "introspection in depth": "{ __schema { types " + "{ fields { type " * 40 + "{ name }" + "} }" * 40 + " } }",
    "long list": "{ products(search: [" + "1 " * 200 + "]) { nodes { id } } }",
    "long object": f"mutation {{ productCreate(input: {{{many('a#: 1', 200)}}}) {{ product {{ id }} }} }}",
    "many unknown arguments": f"{{ products({many('a#: 1', 300)}) {{ nodes {{ id }} }} }}",
    "one argument many times": f"{{ products({'first: 1 ' * 300}) {{ nodes {{ id }} }} }}",
    "many unknown fields": "{ store { " + many("nothing#", 400) + " } }",
    "many spreads of nothing": "{ " + many("...F#", 400) + " }",
    "many fields that differ": "{ " + many("products(first: #) { nodes { id } }", 40) + "}",
    "many wrong literals": f"{{ nodes(ids: [{'{a: 1} ' * 180}]) {{ id }} }}",
}
HOSTILE = {name: text for name, (_, text) in OVER.items()} | WRONG


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No document is known before a test."""
    documents.forget()
    yield
    documents.forget()


class TestLimits:
    @pytest.mark.parametrize("name", OVER)
    async def test_says_the_limit_and_what_was_sent(self, shop: Shop, name: str) -> None:
        limit, text = OVER[name]
        error = refused_query(await answered(shop, text), "bad_request")
        assert limit in error["message"]
        if limit in LIMITS:
            assert error["message"].endswith(f"{LIMITS[limit]:,} is the most")
            assert error["message"].startswith("The document has ")

    def test_every_limit_is_tried(self) -> None:
        tried = {limit for limit, _ in OVER.values() if limit in LIMITS}
        assert tried | {"values in its variables"} == set(LIMITS)

    @pytest.mark.parametrize("name", HOSTILE)
    async def test_without_a_query(self, shop: Shop, statements: Statements, name: str) -> None:
        await shop.get("/v1/whoami")
        for accept, status in ((GRAPHQL_JSON, 400), ("application/json", 200)):
            with statements.counted() as sent:
                response = await post(shop, {"query": HOSTILE[name]}, Accept=accept)
            assert response.status_code == status
            refused_query(response.json(), "bad_request")
            assert [each for each in sent if KEY_LOOKUP not in each] == []

    @pytest.mark.parametrize("name", HOSTILE)
    def test_in_little_time(self, name: str) -> None:
        text = HOSTILE[name]
        documents.understood("{ products { nodes { id } } }", "office")
        spent = []
        for _ in range(3):
            documents.forget()
            begun = time.process_time()
            if len(text) <= LIMITS["bytes"]:
                with suppress(GraphQLError):
                    parse(text, max_tokens=LIMITS["tokens"])
            parsed = time.process_time()
            assert isinstance(documents.understood(text, "office"), documents.Refusal)
            spent.append(time.process_time() - parsed - (parsed - begun))
        assert min(spent) < PATIENCE

    @pytest.mark.parametrize(
        "text",
        [
            "{ " + "a" * 0 + many("a#: __typename", 15) + "}",
            "{ store { " + many("a#: name", 30) + " } }",
            "{ store { " + "name " * 100 + "} }",
            "{ __typename " + "@skip(if: false) " * 1 + "}",
            "{ __typename } # " + "x" * 65_000,
            get_introspection_query(),
            get_introspection_query(
                specified_by_url=True,
                directive_is_repeatable=True,
                schema_description=True,
                input_value_deprecation=True,
            ),
        ],
        ids=lambda text: f"{text[:20]!a} of {len(text)}",
    )
    async def test_within(self, shop: Shop, text: str) -> None:
        await asked(shop, text)

    async def test_introspection_costs_one(self, shop: Shop) -> None:
        answer = await answered(shop, get_introspection_query())
        told = {"requested": 1, "limit": MAXIMUM_COST, "units": 1, "executedAs": "executor"}
        assert answer["extensions"]["cost"] == told


class TestExhausted:
    async def test_its_documents_are_not_looked_at(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(tier="free")
        for _ in range(31):
            last = await shop.get("/v1/whoami")
        assert last.status_code == 429
        documents.forget()
        response = await post(shop, {"query": "{ __typename } # a document of its own"})
        assert response.status_code == 429
        assert refused_query(response.json(), "rate_limited")["extensions"]["retry_after"] >= 1
        assert response.headers["retry-after"]
        assert response.headers["x-ratelimit-remaining"] == "0"
        assert (len(documents._documents), len(documents._refusals)) == (0, 0)


class TestVariables:
    @pytest.mark.parametrize(
        "value",
        [["x"] * 6_000, [["x"] * 70] * 80, {f"m{number}": 1 for number in range(6_000)}],
        ids=["list", "lists", "object"],
    )
    async def test_too_many_values(self, shop: Shop, statements: Statements, value: Any) -> None:
        await shop.get("/v1/whoami")
        with statements.counted() as sent:
            error = refused_query(
                await answered(shop, "query($v: ID!) { product(id: $v) { id } }", v=value), "bad_request"
            )
        assert "values in its variables, and 5,000 is the most" in error["message"]
        assert [each for each in sent if KEY_LOOKUP not in each] == []

    async def test_few_of_many_errors_are_told(self, shop: Shop) -> None:
        query = "mutation($i: ProductCreateInput!) { productCreate(input: $i) { product { id } } }"
        response = await post(
            shop, {"query": query, "variables": {"i": {f"shortDescription{number}": 1 for number in range(4_900)}}}
        )
        errors = response.json()["errors"]
        assert len(errors) == documents.MAXIMUM_ERRORS + 1
        assert "limit reached" in errors[-1]["message"]

    async def test_deep_input(self, shop: Shop) -> None:
        value: Any = {}
        for _ in range(50):
            value = {"metadata": value}
        query = "mutation($i: ProductCreateInput!) { productCreate(input: $i) { product { id } } }"
        refused_query(await answered(shop, query, i=value), "bad_request")
        assert given(await shop.get("/v1/products"))["items"] == []


class TestCost:
    @pytest.mark.parametrize(
        ("query", "variables", "cost"),
        [
            ("{ store { name } }", {}, 1),
            ("{ products(first: 10) { nodes { name } } }", {}, 11),
            ("query($n: Int) { products(first: $n) { nodes { name } } }", {"n": 7}, 8),
            ("query($n: Int) { products(first: $n) { nodes { name } } }", {}, 51),
            ("query($n: Int = 200) { products(first: $n) { nodes { name } } }", {}, 201),
            ("query($n: Int = 200) { products(first: $n) { nodes { name } } }", {"n": 3}, 4),
            ("query($n: Int) { products(first: $n) { nodes { name } } }", {"n": 200.0}, 201),
            ("{ products(first: 2) { nodes { images { url } } } }", {}, 23),
        ],
    )
    async def test_cost(self, shop: Shop, query: str, variables: dict[str, Any], cost: int) -> None:
        answer = await answered(shop, query, **variables)
        told = {"requested": cost, "limit": MAXIMUM_COST, "units": 1, "executedAs": "plan"}
        assert answer["extensions"]["cost"] == told

    @pytest.mark.parametrize(
        "document",
        [
            "mutation { #a #b }",
            "mutation { ...F } fragment F on Mutation { #a #b }",
            "mutation { ... on Mutation { #a } ...F } fragment F on Mutation { #b }",
        ],
    )
    async def test_mutations_wherever_they_stand(self, shop: Shop, document: str) -> None:
        for alias in "ab":
            create = f'{alias}: categoryCreate(input: {{name: "{alias}"}}) {{ category {{ name }} }}'
            document = document.replace(f"#{alias}", create)
        answer = await answered(shop, document)
        assert answer["extensions"]["cost"]["requested"] == 2 * (10 + 1 + 1)

    async def test_too_dear(self, shop: Shop, statements: Statements) -> None:
        query = "{ " + many("p#: products(first: 200) { nodes { images { url } } }", 5) + "}"
        await shop.get("/v1/whoami")
        with statements.counted() as sent:
            error = refused_query(await answered(shop, query), "bad_request")
        assert error["message"].startswith("The operation costs 11005, and 10000 is the most")
        assert [each for each in sent if KEY_LOOKUP not in each] == []


class TestKept:
    async def test_too_slow(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        query = "{ store { currency name } }"
        monkeypatch.setattr(documents, "BUDGET", -1.0)
        for _ in range(2):
            error = refused_query(await answered(shop, query), "bad_request")
            assert "ms to validate" in error["message"]
            # Remembered: it isn't looked at again, whatever that would take now.
            monkeypatch.setattr(documents, "BUDGET", 10.0)
        monkeypatch.setattr(time, "monotonic", lambda now=time.monotonic: now() + documents.TOO_SLOW_FOR)
        assert (await asked(shop, query))["store"]["currency"] == "DZD"

    def test_refused_ones_push_nothing_out(self) -> None:
        text = "{ store { name } }"
        first = documents.understood(text, "office")
        for number in range(3_000):
            documents.understood(f"{{ nothing{number} }}", "office")
        assert documents.understood(text, "office") is first
        assert len(documents._refusals) <= documents.REFUSED_COUNT
        assert documents._refusals.total <= documents.REFUSED_BYTES

    def test_long_ones_are_few(self) -> None:
        for number in range(20):
            assert not isinstance(
                documents.understood("{ __typename } # " + chr(97 + number) * 60_000, "office"), documents.Refusal
            )
        assert 1 <= len(documents._documents) <= documents.UNDERSTOOD_BYTES // (60_000 * documents.TREE_WEIGHT)
        assert documents._documents.total <= documents.UNDERSTOOD_BYTES

    def test_bounds(self) -> None:
        kept: Kept[str, int] = Kept(count=3, weight=80)
        for number, name in enumerate("abcd"):
            kept.put(name, number, 5)
        assert [kept.get(name) for name in "abcd"] == [None, 1, 2, 3]
        kept.get("b")
        kept.put("e", 4, 5)
        assert (kept.get("b"), kept.get("c")) == (1, None)
        kept.put("f", 5, 11)
        assert kept.get("f") is None
        kept.put("b", 6, 9)
        assert (len(kept), kept.total) == (3, 19)
        kept.drop("b")
        assert (len(kept), kept.total, kept.get("b")) == (2, 10, None)
