"""`/v1` and GraphQL are one: the same answers, the same errors, the same effects, by as many statements.

Whatever `openapi.yaml` and the schema have is tested, or refused for having no counterpart (`contract.md §10`).
"""

import json
from collections import defaultdict
from typing import Any

import httpx
import pytest

from db.engine import engine
from graph.identity import identity_secret
from graph.schema import field_name, storefront_schema
from graph.scopes import defaults
from rest_compat.routes import ROUTES
from tests.conftest import Shop, ShopMaker, Statements
from tests.parity.cases import CASES, SANDBOXED, SIGNED, Case
from tests.parity.stores import Rows, filled, held, with_rows, without_own
from tests.parity.surfaces import Answer, _without, counted, over_graphql, over_rest, plain, same
from tests.parity.table import ONLY_GRAPHQL, ONLY_REST, PAIRS
from tests.parity.translate import (
    SCHEMA,
    Arguments,
    Operation,
    answer_of,
    argument_name,
    legacy,
    operations,
    query_of,
    root_field,
)
from tests.rest.answers import given
from tests.signed.conftest import PageMaker

pytestmark = pytest.mark.anyio

SCOPES = {route.documentation.operation_id: route.documentation.scope for route in ROUTES}
# What REST has to read of the query before it can ask for anything: a mistake in it comes before a missing scope.
READ_FIRST = {"getUsageHistory": "its answer tells the span that was meant"}
# Those that refuse a row too many, once there is no room: they have a test of their own, or one case does not show it.
ROOM = frozenset({"createKey", "createWebhook"})
READS = [name for name in CASES if not operations()[name].writes]
WRITES = [name for name in CASES if operations()[name].writes]
DONE = [
    pytest.param(name, case, id=f"{name}-{place}")
    for name in WRITES
    for place, case in enumerate(CASES[name])
    if case.status < 300
]
REFUSED = [name for name in WRITES if any(case.status >= 300 for case in CASES[name])]


class TestTable:
    def test_every_operation_of_rest_has_its_field(self) -> None:
        assert set(operations()) == {*PAIRS, *ONLY_REST}

    def test_every_field_has_its_operation(self) -> None:
        assert SCHEMA.query_type is not None
        assert SCHEMA.mutation_type is not None
        fields = {*SCHEMA.query_type.fields, *SCHEMA.mutation_type.fields}
        assert fields == {*(pair.field for pair in PAIRS.values()), *ONLY_GRAPHQL}

    def test_a_storefront_has_no_field_of_its_own_but_those_for_shoppers(self) -> None:
        front = storefront_schema._schema
        assert front.query_type is not None
        known = {*(pair.field for pair in PAIRS.values()), *ONLY_GRAPHQL}
        assert set(front.query_type.fields) <= known | {"landingPage", "orderTrack"}

    def test_every_operation_has_cases(self) -> None:
        assert {*CASES, *SIGNED} == set(PAIRS)
        for name, cases in CASES.items():
            assert cases[0].status < 300, name

    def test_documented_refusals_have_cases(self) -> None:
        """What is documented of rows and fields; the codes of the whole surface have a test for all operations."""
        for route in ROUTES:
            documented = route.documentation
            if documented.operation_id in ONLY_REST:
                continue
            known = {case.status for case in CASES.get(documented.operation_id, ())}
            if "not_found" in documented.codes:
                assert 404 in known, documented.operation_id
            if {"conflict", "invalid_transition"} & set(documented.codes) and documented.operation_id not in ROOM:
                assert 409 in known, documented.operation_id

    @pytest.mark.parametrize("name", PAIRS)
    def test_arguments(self, name: str) -> None:
        operation, pair = operations()[name], PAIRS[name]
        declared = root_field(pair.field).args
        given = {argument_name(pair, each) for each in operation.parameters if each not in pair.less}
        body = {field_name(each) for each in (operation.body or {}).get("properties", ())}
        if pair.spread:
            given |= body
        elif operation.body is not None:
            # `nonce` is what a page signs with: GraphQL has it in the header alone.
            assert set(declared["input"].type.of_type.fields) == body - {"nonce"}
            given.add("input")
        assert set(declared) == given | pair.more

    def test_a_gap_would_be_seen(self) -> None:
        told = operations()["getProduct"]
        more = {**told.answer, "properties": {**told.answer["properties"], "colour": {"type": "string"}}}
        wider = Operation("getProduct", told.method, told.path, told.parameters, None, more)
        with pytest.raises(AssertionError, match="has no colour"):
            query_of(wider, Arguments({"product_id": 1}))


async def shop_for(name: str, make_shop: ShopMaker, scopes: list[str] | None = None) -> Shop:
    return await make_shop(scopes, livemode=name not in SANDBOXED)


def filled_in(case: Case, rows: Rows) -> Arguments:
    given = case.arguments
    return Arguments(with_rows(given.parameters, rows), None if given.body is None else with_rows(given.body, rows))


class TestReads:
    @pytest.mark.parametrize("name", READS)
    async def test_same_rows(self, name: str, make_shop: ShopMaker, statements: Statements) -> None:
        """Both are asked of one store: the values are equal to the letter, ids and cursors too."""
        shop, operation = await make_shop(), operations()[name]
        rows = await filled(shop)
        for case in CASES[name]:
            given = filled_in(case, rows)
            rest = await over_rest(shop, operation, given, statements)
            graphql = await over_graphql(shop, operation, given, statements)
            assert (rest.code is None) == (case.status < 300), rest
            same(operation, rest, graphql)

    @pytest.mark.parametrize("name", ["listProducts", "listOrders", "listCustomers", "listCategories", "listKeys"])
    async def test_a_cursor_of_one_goes_on_in_the_other(
        self, name: str, make_shop: ShopMaker, statements: Statements
    ) -> None:
        shop, operation = await make_shop(), operations()[name]
        await filled(shop)
        first = await over_rest(shop, operation, Arguments({"limit": "1"}), statements)
        given = Arguments({"limit": "1", "cursor": first.data["next_cursor"]})
        rest = await over_rest(shop, operation, given, statements)
        graphql = await over_graphql(shop, operation, given, statements)
        assert rest.data["items"] != first.data["items"]
        same(operation, rest, graphql)


class TestWrites:
    @pytest.mark.parametrize(("name", "case"), DONE)
    async def test_same_effects(self, name: str, case: Case, make_shop: ShopMaker, statements: Statements) -> None:
        """The same happens in two stores that are alike, over one surface each: they are alike afterwards."""
        operation = operations()[name]
        one, other = await shop_for(name, make_shop), await shop_for(name, make_shop)
        one_rows, other_rows = await filled(one), await filled(other)
        assert await held(one) == await held(other)
        rest = await over_rest(one, operation, filled_in(case, one_rows), statements)
        graphql = await over_graphql(other, operation, filled_in(case, other_rows), statements)
        assert rest.code is None, rest
        same(operation, *map(alike, (rest, graphql)))
        assert await held(one) == await held(other)

    @pytest.mark.parametrize("name", REFUSED)
    async def test_refused_alike(self, name: str, make_shop: ShopMaker, statements: Statements) -> None:
        """In one store: nothing happens in it, and both say why in the same words."""
        shop, operation = await shop_for(name, make_shop), operations()[name]
        rows = await filled(shop)
        before = await held(shop)
        for case in CASES[name]:
            if case.status < 300:
                continue
            given = filled_in(case, rows)
            rest = await over_rest(shop, operation, given, statements)
            graphql = await over_graphql(shop, operation, given, statements)
            assert rest.code is not None, given
            same(operation, rest, graphql)
        assert await held(shop) == before


def alike(answer: Answer) -> Answer:
    """Return an answer without what is a store's own."""
    data = json.loads(json.dumps(answer.data))
    own = without_own(data)
    if isinstance(data, dict):
        # A member that is there on one surface alone is seen, whatever its value.
        own |= {f"has {name}": each is not None for name, each in data.items()}
        if "store" in own:
            own["store"] = _without(own["store"], {"slug"})
        own = _without(own, {"slug", "subdomain", "public_url"} if "custom_domain" in own else set())
    return Answer(
        own,
        answer.code,
        answer.scope,
        answer.fields,
        answer.message,
        answer.statements,
    )


class TestScopes:
    @pytest.mark.parametrize("name", CASES)
    async def test_without_its_scope(self, name: str, make_shop: ShopMaker, statements: Statements) -> None:
        scope = SCOPES[name]
        if scope is None:
            pytest.skip("needs none")
        full = await shop_for(name, make_shop)
        rows = await filled(full)
        others = [each for each in defaults("platform") if each != scope]
        poor = await make_shop(others, store_id=full.store_id, livemode="_live_" in full.token)
        before, operation = await held(full), operations()[name]
        for case in CASES[name]:
            given = filled_in(case, rows)
            rest = await over_rest(poor, operation, given, statements)
            graphql = await over_graphql(poor, operation, given, statements)
            assert (rest.code, rest.scope) == ("forbidden", scope) or case.status == 400
            if rest.code == "forbidden" or name not in READ_FIRST:
                same(operation, rest, graphql)
        assert await held(full) == before

    @pytest.mark.parametrize("name", CASES)
    async def test_with_its_scope_alone(self, name: str, make_shop: ShopMaker, statements: Statements) -> None:
        """Together with the other test: of all scopes it needs this one, and no other."""
        operation = operations()[name]
        answers = []
        for surface in (over_rest, over_graphql):
            full = await shop_for(name, make_shop)
            rows = await filled(full)
            granted = [SCOPES[name] or "store:read"]
            poor = await make_shop(granted, store_id=full.store_id, livemode="_live_" in full.token)
            answers.append(alike(await surface(poor, operation, filled_in(CASES[name][0], rows), statements)))
        same(operation, *answers)
        assert answers[0].code is None

    @pytest.mark.parametrize("name", CASES)
    async def test_without_a_key(self, name: str, shop: Shop) -> None:
        operation = operations()[name]
        given = filled_in(CASES[name][0], defaultdict(lambda: "1"))
        text, variables = query_of(operation, given)
        headers = {"Authorization": "Bearer dzpk_live_nobody.nothing", "Idempotency-Key": "k"}
        rest: httpx.Response = await shop.client.request(
            operation.method, operation.path.format(**given.parameters), headers=headers, json=given.body
        )
        graphql = await shop.client.post(
            "/graphql", json={"query": text, "variables": variables}, headers={**headers, "Accept": "*/*"}
        )
        told, said = rest.json()["error"], graphql.json()["errors"][0]
        assert (rest.status_code, told["code"]) == (401, "unauthorized")
        assert (said["extensions"]["code"], said["message"]) == (told["code"], told["message"])


class TestWebhooks:
    async def test_no_room_for_more(self, shop: Shop, statements: Statements) -> None:
        await filled(shop)
        async with engine.transaction():
            await engine.write(
                "INSERT INTO webhooks (store_id, livemode, url, events, secret)"
                " SELECT w.store_id, w.livemode, w.url, w.events, w.secret FROM webhooks w, generate_series(1, 4)"
                " WHERE w.store_id = $1",
                shop.store_id,
            )
        operation, before = operations()["createWebhook"], await held(shop)
        given = CASES["createWebhook"][0].arguments
        rest = await over_rest(shop, operation, given, statements)
        graphql = await over_graphql(shop, operation, given, statements)
        assert rest.code == "conflict"
        same(operation, rest, graphql)
        assert await held(shop) == before


class TestDeliveries:
    """In REST a list below a webhook, in GraphQL a field of it."""

    ASKED = (
        "query($id: ID!, $first: Int, $after: String, $status: WebhookDeliveryStatus) { webhook(id: $id) { deliveries("
        "first: $first, after: $after, status: $status) { nodes { databaseId event status attempts responseStatus"
        " durationMs error nextAttemptAt createdAt deliveredAt responseBody } pageInfo { hasNextPage endCursor } } } }"
    )

    async def test_same_rows(self, shop: Shop) -> None:
        rows = await filled(shop)
        cursor = given(await shop.get(f"/v1/webhooks/{rows['webhook']}/deliveries?limit=1"))["next_cursor"]
        lengths = []
        for hook, query in (
            ("webhook", {}),
            ("webhook", {"limit": 1}),
            ("webhook", {"limit": 1, "cursor": cursor}),
            ("webhook", {"status": "dead"}),
            ("paused", {}),
        ):
            rest = given(await shop.get(f"/v1/webhooks/{rows[hook]}/deliveries", params=query))
            asked = {"id": str(rows[hook]), "first": query.get("limit"), "after": query.get("cursor")}
            asked["status"] = query["status"].upper() if "status" in query else None
            found = (await shop.graphql(self.ASKED, asked))["data"]["webhook"]["deliveries"]
            assert [legacy(SCHEMA.type_map["WebhookDelivery"], each) for each in found["nodes"]] == rest["items"]
            assert found["pageInfo"]["hasNextPage"] == rest["has_more"]
            assert (found["pageInfo"]["endCursor"] if rest["has_more"] else None) == rest["next_cursor"]
            lengths.append(len(rest["items"]))
        assert lengths == [2, 1, 1, 1, 0]

    @pytest.mark.parametrize(
        ("query", "code"),
        [("limit=201", "bad_request"), ("cursor=forged", "bad_request"), ("", "not_found"), ("", "forbidden")],
    )
    async def test_refused_alike(self, query: str, code: str, shop: Shop, make_shop: ShopMaker) -> None:
        rows = await filled(shop)
        asker = await make_shop(["store:read"], store_id=shop.store_id) if code == "forbidden" else shop
        hook = 999_999_999 if code == "not_found" else rows["webhook"]
        rest = (await asker.get(f"/v1/webhooks/{hook}/deliveries?{query}")).json()["error"]
        asked: dict[str, Any] = {"id": str(hook)}
        asked |= {"limit=201": {"first": 201}, "cursor=forged": {"after": "forged"}}.get(query, {})
        (error,) = (await asker.graphql(self.ASKED, asked))["errors"]
        assert (rest["code"], error["extensions"]["code"]) == (code, code)
        assert error["extensions"].get("required_scope") == rest.get("required_scope")
        if not query.startswith("limit"):
            assert plain(error["message"]) == plain(rest["message"])


class TestSigned:
    """What a page's code sends: over REST and over the storefront's GraphQL.

    GraphQL wants an `Idempotency-Key` of every mutation, REST does not here (`contract.md §5`).
    """

    TRACK = "mutation($input: EventTrackInput!) { answer: eventTrack(input: $input) { status kind storeId } }"

    @pytest.mark.parametrize(
        "body",
        [
            {"name": "page_view", "properties": {"path": "/قميص", "n": [1.5, None]}},
            {"name": "x"},
            {"name": ""},
            {"name": "x" * 65},
            {"name": "x", "properties": [1]},
            {"name": "x", "properties": {"x": "y" * 16_384}},
        ],
        ids=lambda body: json.dumps(body)[:30],
    )
    async def test_same(self, body: Any, make_page: PageMaker, statements: Statements) -> None:
        page = await make_page()
        # A process asks for it once a store, whichever surface comes first.
        await identity_secret(page.key.store_id)
        with statements.counted() as rest_sent:
            rest = await page.track(json.dumps(body).encode())
        with statements.counted() as graphql_sent:
            graphql = (await page.graphql(self.TRACK, {"input": body}, idempotency_key="k")).json()
        noted = [json.loads(json.dumps({**row}, default=str)) for row in await page.key.inbox()]
        for row in noted:
            row.pop("id"), row.pop("nonce", None), row.pop("received_at", None), row.pop("occurred_at", None)
        if "errors" in graphql:
            error, told = rest.json()["error"], graphql["errors"][0]["extensions"]
            assert (rest.status_code, noted) == (400, [])
            assert (told["code"], told.get("details")) == (error["code"], error.get("details"))
        else:
            assert rest.status_code == 202
            assert answer_of(operations()["trackEvent"], graphql["data"]["answer"]) == rest.json()["data"]
            assert len(noted) == 2
            assert noted[0] == noted[1]
        # Here alone the numbers differ: an event joins the process's batch, a mutation is in the ledger's transaction.
        assert (counted(rest_sent), counted(graphql_sent)) == ((1, 5) if noted else (0, 5))

    async def test_without_its_scope(self, make_page: PageMaker) -> None:
        page = await make_page(granted=["signups:write"])
        rest = (await page.track(b'{"name": "x"}')).json()["error"]
        graphql = (await page.graphql(self.TRACK, {"input": {"name": "x"}}, idempotency_key="k")).json()["errors"][0]
        assert graphql["extensions"] == {name: rest[name] for name in ("code", "required_scope")}
        assert graphql["message"] == rest["message"]
        assert await page.key.inbox() == []
