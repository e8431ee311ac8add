"""What no honest client sends to `/v1`: a refusal in the envelope, never a crash, nothing half written."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.conftest import Shop
from tests.rest.answers import given, refused, refused_fields

pytestmark = pytest.mark.anyio

JSON = "application/json"
HUGE = b"1" + b"0" * 400

# A whole body, whatever it is sent to.
BODIES = {
    "empty": b"",
    "blank": b" \n",
    "array": b"[]",
    "array of bodies": b'[{"name": "x", "price": 1}]',
    "null": b"null",
    "string": b'"x"',
    "number": b"5",
    "huge number": HUGE,
    "true": b"true",
    "not JSON": b"name=x&price=1",
    "cut off": b'{"name": "x", "price": 1',
    "two objects": b'{"name": "x"}{"name": "y"}',
    "trailing comma": b'{"name": "x", "price": 1,}',
    "single quotes": b"{'name': 'x'}",
    "comment": b'{"name": "x" /* y */}',
    "member twice": b'{"name": "x", "name": "y", "price": 1}',
    "escaped member twice": b'{"name": "x", "\\u006eame": "y", "price": 1}',
    "member twice below": b'{"name": "x", "price": 1, "metadata": {"a": "1", "a": "2"}}',
    "NaN": b'{"name": "x", "price": NaN}',
    "Infinity": b'{"name": "x", "weight": Infinity, "price": 1}',
    "minus Infinity": b'{"name": "x", "weight": -Infinity, "price": 1}',
    "BOM": b'\xef\xbb\xbf{"name": "x", "price": 1}',
    "UTF-16": '{"name": "x", "price": 1}'.encode("utf-16"),
    "Latin-1": '{"name": "thé", "price": 1}'.encode("latin-1"),
    "overlong UTF-8": b'{"name": "\xc0\xaf", "price": 1}',
    "surrogate in UTF-8": b'{"name": "\xed\xa0\x80", "price": 1}',
    "raw NUL": b'{"name": "a\x00b", "price": 1}',
    "raw line break": b'{"name": "a\nb", "price": 1}',
    "NUL in a member's name": b'{"na\\u0000me": "x", "name": "x", "price": 1}',
    "half a pair in a member's name": b'{"\\ud800": "x", "name": "x", "price": 1}',
    "unknown escape": b'{"name": "\\x41", "price": 1}',
    "100,000 brackets": b"[" * 100_000,
    "100,000 closed brackets": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "100 levels": b'{"name": "x", "price": 1, "metadata": ' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"}",
    "5,000 levels": b'{"name": "x", "price": 1, "metadata": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
    "number of 5,000 digits": b'{"name": "x", "price": ' + b"9" * 5_000 + b"}",
}

# The JSON text of one field of a product.
FIELDS = {
    "price": [
        HUGE,
        b"1e3",
        b"1.0",
        b"1E400",
        b"-0.0",
        b"true",
        b"false",
        b'"5"',
        b"[]",
        b"{}",
        b"null",
        b"-1",
        b"1000000000001",
        b"9223372036854775808",
    ],
    "stock_quantity": [HUGE, b"1e3", b"1.0", b"true", b"2147483648", b"-1", b"1e400"],
    "category_id": [HUGE, b"1.0", b"true", b"0", b"9007199254740992", b"-1", b'"1"'],
    "weight": [HUGE, b"1e400", b"-1e400", b"true", b'"NaN"', b"10001"],
    "name": [
        b'"\\u0000"',
        b'"a\\u0000b"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"a\\udfff"',
        b"5",
        b"true",
        b"[]",
        b"{}",
    ],
    "description": [b'"\\u0000"', b'"\\ud83e"', b"5", b'"' + b"x" * 65_536 + b'"'],
    "sku": [b'"\\u0000"', b'"\\ud800"', b"5"],
    "slug": [b'"a\\u0000"', b'"\\ud800"', b'"../a"', b'"a/b"', b'"A"', b'"a\\n"'],
    "external_id": [b'"\\u0000"', b'"\\ud800"', b"5"],
    "metadata": [b'{"a\\ud800": "x"}', b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b'{"a": true}', b"[]"],
    "images": [
        b"[" + b",".join([b'{"url": "https://x.dz/1"}'] * 10000) + b"]",
        b'[{"url": "https://x.dz/\\ud800"}]',
        b'[{"url": "https://x.dz/\\u0000"}]',
        b'[{"url": "https://x.dz/1", "alt": "\\ud800"}]',
    ],
}

TEXTS = {
    "Arabic with direction marks": "\u200fقميص\u202b أحمر\u202c \u2067x\u2069",
    "emoji of four bytes": "🧶👩🏽‍🚀🇩🇿",
    "combining": "e\u0301\u0323 ك\u0651\u064e",
    "not normalized": "ﬁ ﷺ Å \u212b",
    "zero width": "a\u200b\u200c\u200d\ufeffb",
    "controls": "a\x01\x1b[31m\x7f\x85b",
    "line breaks": "a\r\nb\u2028c\u2029d\te",
    "quotes and code": "'; DROP TABLE x; -- \"\\ ${x} {{y}} %s <b>",
    "beyond and private": "\U0010ffff\ue000\ufffd\ufffe",
    "Tifinagh": "ⴰⵣⵓⵍ",
    "blanks at the ends": " x ",
}


async def post(shop: Shop, content: bytes, media_type: str | None = JSON, path: str = "/v1/products") -> httpx.Response:
    headers = {"Idempotency-Key": "k"} | ({"Content-Type": media_type} if media_type is not None else {})
    return await shop.client.post(path, content=content, headers=headers)


async def names(shop: Shop) -> list[str]:
    return [row["name"] for row in given(await shop.get("/v1/products"))["items"]]


class TestBody:
    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
    async def test_create(self, shop: Shop, body: bytes) -> None:
        refused(await post(shop, body), 400, "bad_request")
        refused(await post(shop, body, path="/v1/categories"), 400, "bad_request")
        assert await names(shop) == []

    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
    async def test_update(self, shop: Shop, body: bytes) -> None:
        product = await shop.create()
        headers = {"Idempotency-Key": "k", "Content-Type": JSON}
        response = await shop.client.patch(f"/v1/products/{product['id']}", content=body, headers=headers)
        refused(response, 400, "bad_request")
        assert given(await shop.get(f"/v1/products/{product['id']}")) == product


class TestField:
    @pytest.mark.parametrize(("field", "value"), [(field, value) for field in FIELDS for value in FIELDS[field]])
    async def test_refused_by_name(self, shop: Shop, field: str, value: bytes) -> None:
        members = {"name": b'"x"', "price": b"1", field: value}
        body = b"{" + b",".join(b'"%s": %s' % (name.encode(), text) for name, text in members.items()) + b"}"
        response = await post(shop, body)
        if len(value) > 31 and value.isdigit():
            refused(response, 400, "bad_request")
        else:
            assert [named.partition(".")[0] for named in refused_fields(response)] == [field]
        assert await names(shop) == []

    async def test_ten_thousand_unknown_fields(self, shop: Shop) -> None:
        response = await post(shop, json.dumps({f"field{number}": 1 for number in range(10_000)}).encode())
        refused(response, 400, "bad_request")


class TestText:
    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    async def test_comes_back_as_it_went_in(self, shop: Shop, text: str) -> None:
        fields: dict[str, Any] = dict.fromkeys(("name", "description", "short_description", "sku", "barcode"), text)
        fields |= {"external_id": text, "metadata": {text: text}, "images": [{"url": "https://x.dz/1", "alt": text}]}
        product = await shop.create(**fields)
        flat = product | product["inventory"]
        assert {name: flat[name] for name in fields if name != "images"} == {
            name: fields[name] for name in fields if name != "images"
        }
        assert product["images"][0]["alt"] == text
        assert given(await shop.get("/v1/products", params={"search": text}))["items"][0]["name"] == text
        assert given(await shop.get("/v1/products", params={"external_id": text}))["items"][0]["sku"] == text


class TestMediaType:
    @pytest.mark.parametrize(
        "media_type",
        [
            None,
            "",
            "text/plain",
            "application/jsonp",
            "application/x-www-form-urlencoded",
            "application/json, text/html",
            "application/json; charset=latin-1",
            "multipart/form-data; boundary=x",
            "*/*",
            "json",
        ],
    )
    async def test_refused(self, shop: Shop, media_type: str | None) -> None:
        refused(await post(shop, b'{"name": "x", "price": 1}', media_type), 415, "unsupported_media_type")
        assert await names(shop) == []

    @pytest.mark.parametrize(
        "media_type",
        ["application/json", "Application/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"'],
    )
    async def test_taken(self, shop: Shop, media_type: str) -> None:
        given(await post(shop, b'{"name": "x", "price": 1}', media_type), 201)


class TestSize:
    LIMIT = 1024 * 1024

    def body(self, size: int) -> bytes:
        """Return a valid body of so many bytes."""
        body = b'{"name": "x", "price": 1}'
        return body + b" " * (size - len(body))

    async def chunks(self, body: bytes) -> AsyncIterator[bytes]:
        for place in range(0, len(body), 65_536):
            yield body[place : place + 65_536]

    async def send(self, shop: Shop, body: bytes, *, chunked: bool) -> httpx.Response:
        headers = {"Idempotency-Key": "k", "Content-Type": JSON}
        content: Any = self.chunks(body) if chunked else body
        return await shop.client.post("/v1/products", content=content, headers=headers)

    @pytest.mark.parametrize("chunked", [False, True])
    async def test_at_the_limit(self, shop: Shop, chunked: bool) -> None:
        given(await self.send(shop, self.body(self.LIMIT), chunked=chunked), 201)

    @pytest.mark.parametrize("chunked", [False, True])
    async def test_over_the_limit(self, shop: Shop, chunked: bool) -> None:
        response = await self.send(shop, self.body(self.LIMIT + 1), chunked=chunked)
        refused(response, 413, "payload_too_large")
        assert await names(shop) == []

    async def test_content_length_that_lies(self, shop: Shop) -> None:
        headers = {"Idempotency-Key": "k", "Content-Type": JSON, "Content-Length": "5"}
        body = self.chunks(self.body(self.LIMIT + 1))
        response = await shop.client.post("/v1/products", content=body, headers=headers)
        refused(response, 413, "payload_too_large")


class TestQueryString:
    @pytest.mark.parametrize("query", ["search=%ff", "search=%ed%a0%80", "%ff=1", "status=%c0%af", "cursor=%80"])
    async def test_not_utf_8(self, shop: Shop, query: str) -> None:
        refused(await shop.get(f"/v1/products?{query}"), 400, "bad_request")

    @pytest.mark.parametrize("query", ["search=%00", "external_id=a%00", "status=%00", "limit=%00", "cursor=%00"])
    async def test_nul(self, shop: Shop, query: str) -> None:
        assert refused_fields(await shop.get(f"/v1/products?{query}")) == [query.split("=", maxsplit=1)[0]]

    @pytest.mark.parametrize("query", ["search=%", "search=%zz", "search=%u0041"])
    async def test_percent_that_escapes_nothing_is_itself(self, shop: Shop, query: str) -> None:
        product = await shop.create(name=query)
        await shop.create(name="other")
        assert [row["id"] for row in given(await shop.get(f"/v1/products?{query}"))["items"]] == [product["id"]]

    @pytest.mark.parametrize("query", ["&", "=", "&&=&", "?", "=x&limit", ";", "a" * 8_000, "&".join(["a=1"] * 5_000)])
    async def test_unknown(self, shop: Shop, query: str) -> None:
        response = await shop.get(f"/v1/products?{query}")
        if "limit" in query:
            assert refused_fields(response) == ["limit"]
        else:
            given(response)

    @pytest.mark.parametrize("path", ["%ff", "%ed%a0%80", "..%2f..%2fetc", "a%2fb", "%0d%0aX-Y:%20z", "\u202e", "1%00"])
    async def test_path(self, shop: Shop, path: str) -> None:
        response = await shop.get(f"/v1/products/{path}")
        refused(response, 404, "not_found")
        assert "x-y" not in response.headers
