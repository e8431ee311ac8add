"""Cursors, global ids and slugs, for all values."""

import base64
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.connections import database_id, parsed_global_id
from graph.context import Context
from graph.errors import ApiError
from graph.fields import entity_of
from graph.product_forms import ORDERS
from graph.products import Product, products
from graph.scopes import names
from graph.slugs import SLUG_LENGTH, STEM_LENGTH, candidates, slug_of, slug_rule
from graph.sources import BY_CHANGE, NEWEST, Source, _decode_cursor, _encode_cursor, _fingerprint

CONTEXT = Context(
    store_id=1,
    livemode=True,
    api_key_id=1,
    key_id="dzpk_live_0",
    key_type="platform",
    key_name="",
    scopes=frozenset(names("platform")),
    expires_at=None,
)
LIST = Source(entity_of(Product), CONTEXT)
BIGINTS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300)
TIMES = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def round_trip(source: Source, keys: tuple[object, ...]) -> tuple[object, ...]:
    """Return what a cursor of these keys says to its own list."""
    found: tuple[object, ...] = _decode_cursor(source, _encode_cursor(_fingerprint(source), keys), "cursor")
    return found


class TestCursor:
    @given(BIGINTS)
    def test_by_id(self, key: int) -> None:
        assert round_trip(replace(LIST, order=NEWEST), (key,)) == (key,)

    @given(TEXTS, BIGINTS)
    def test_by_name(self, name: str, key: int) -> None:
        assert round_trip(replace(LIST, order=ORDERS["name"]), (name, key)) == (name, key)

    @given(TIMES, BIGINTS)
    def test_by_time(self, moment: datetime, key: int) -> None:
        assert round_trip(replace(LIST, order=BY_CHANGE), (moment, key)) == (moment, key)

    @pytest.mark.parametrize("name", ORDERS)
    @given(raw=st.binary(max_size=60))
    def test_forged_behind_the_right_mark(self, name: str, raw: bytes) -> None:
        source = replace(LIST, order=ORDERS[name])
        cursor = base64.urlsafe_b64encode(_fingerprint(source) + raw).rstrip(b"=").decode()
        with suppress(ApiError):
            assert len(_decode_cursor(source, cursor, "cursor")) == len(source.order.columns)

    @given(st.text(st.characters(exclude_categories=())))
    def test_any_text(self, cursor: str) -> None:
        with pytest.raises(ApiError) as refusal:
            _decode_cursor(LIST, cursor, "after")
        assert [detail.field for detail in refusal.value.details] == ["after"]

    def test_each_list_has_its_own_mark(self) -> None:
        sources = [
            LIST,
            products(CONTEXT, status="active"),
            products(CONTEXT, status="draft"),
            products(CONTEXT, external_id="active"),
            products(CONTEXT, search="active"),
            products(CONTEXT, search="ac"),
            products(CONTEXT, sort="oldest"),
            products(CONTEXT, updated_since=datetime(2020, 1, 1, tzinfo=UTC)),
            replace(LIST, context=replace(CONTEXT, store_id=2)),
            replace(LIST, context=replace(CONTEXT, livemode=False)),
        ]
        assert len({_fingerprint(source) for source in sources}) == len(sources)

    def test_mark_is_of_the_store_not_the_key(self) -> None:
        colleague = replace(LIST, context=replace(CONTEXT, api_key_id=2, key_id="dzpk_live_1"))
        assert _fingerprint(colleague) == _fingerprint(LIST)


class TestGlobalId:
    @given(st.integers(0, 2**53 - 1))
    def test_either_form(self, number: int) -> None:
        encoded = base64.b64encode(f"Product:{number}".encode()).decode()
        assert database_id("Product", str(number)) == database_id("Product", encoded) == number
        assert parsed_global_id(encoded) == ("Product", str(number))
        assert database_id("Category", encoded) is None

    @given(st.text(st.characters(exclude_categories=())) | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
    def test_anything_else_is_nothing_or_a_number(self, text: str) -> None:
        number = database_id("Product", text)
        assert number is None or 0 <= number < 2**53


class TestSlug:
    @given(TEXTS)
    def test_is_one_that_a_client_could_choose(self, name: str) -> None:
        slug = slug_of(name, "product")
        assert slug_rule().check(slug) == slug
        assert len(slug) <= STEM_LENGTH

    @given(TEXTS)
    def test_of_a_slug_is_itself(self, name: str) -> None:
        slug = slug_of(name, "product")
        assert slug_of(slug, "product") == slug

    @pytest.mark.parametrize("window", range(4))
    @pytest.mark.parametrize("stem", ["a", "ق" * STEM_LENGTH])
    def test_candidates_fit(self, stem: str, window: int) -> None:
        tried = candidates(stem, window)
        assert len(set(tried)) == len(tried) == 64
        assert all(slug_rule().check(slug) == slug and len(slug) <= SLUG_LENGTH for slug in tried)

    def test_windows_do_not_overlap(self) -> None:
        tried = [slug for window in range(4) for slug in candidates("a", window)]
        assert len(set(tried)) == len(tried)
