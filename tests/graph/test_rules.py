"""What a value may be: for all values, and at each edge."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import rules
from graph.errors import ApiError
from graph.rules import Form, Rule

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=8,
)
RULES = {
    "text": rules.text(1, 20),
    "pattern": rules.text(1, 20, "[a-z]+", "must be letters"),
    "integer": rules.integer(-5, 5),
    "money": rules.money(),
    "number": rules.number(0, 10),
    "boolean": rules.boolean(),
    "choice": rules.choice("a", "b"),
    "identifier": rules.identifier(),
    "moment": rules.moment(),
    "metadata": rules.metadata(),
    "items": rules.items({"url": rules.text(1, 20)}, ("url",), 2),
}


def taken(rule: Rule, value: object) -> bool:
    """Tell whether a rule takes a value; anything but a ValueError is a crash."""
    try:
        rule.check(value)
    except ValueError:
        return False
    return True


class TestEveryRule:
    @pytest.mark.parametrize("name", RULES)
    @given(value=ANYTHING.filter(lambda value: value is not None))
    def test_takes_or_refuses_with_a_reason(self, name: str, value: object) -> None:
        rule = RULES[name]
        if taken(rule, value):
            assert taken(rule, rule.check(value))

    @pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.from_text])
    @given(text=st.text(st.characters(exclude_categories=())) | st.integers().map(str) | st.datetimes().map(str))
    def test_reads_text_or_refuses_it(self, name: str, text: str) -> None:
        rule = RULES[name]
        assert rule.from_text is not None
        try:
            value = rule.from_text(text)
        except ValueError:
            return
        assert taken(rule, value)


class TestText:
    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
    def test_comes_out_as_it_went_in(self, value: str) -> None:
        fits = 1 <= len(value) <= 20 and bool(value.strip(" \t\r\n"))
        assert taken(rules.text(1, 20), value) is fits
        if fits:
            assert rules.text(1, 20).check(value) == value

    @given(st.text(), st.sampled_from(["\0", "\ud800", "\udfff"]), st.text())
    def test_what_cannot_be_stored(self, before: str, wrong: str, after: str) -> None:
        assert not taken(rules.text(), before + wrong + after)

    def test_pattern_is_for_the_whole(self) -> None:
        assert taken(RULES["pattern"], "abc")
        assert not taken(RULES["pattern"], "abc\n")
        assert not taken(RULES["pattern"], "abc1")


class TestInteger:
    @given(st.integers(-20, 20), st.integers(-20, 20), st.integers(-20, 20))
    def test_range(self, minimum: int, maximum: int, value: int) -> None:
        assert taken(rules.integer(minimum, maximum), value) is (minimum <= value <= maximum)

    @given(st.integers())
    def test_text_and_number_agree(self, value: int) -> None:
        rule = rules.integer(-(10**6), 10**6)
        assert rule.from_text is not None
        if taken(rule, value):
            assert rule.from_text(str(value)) == value

    @given(st.booleans() | st.floats() | st.integers().map(str))
    def test_nothing_else_is_one(self, value: object) -> None:
        assert not taken(rules.integer(-(2**63), 2**63), value)

    @pytest.mark.parametrize("text", ["", " 1", "1 ", "+1", "1.0", "1e3", "0x1", "١", "1_0", "--1", "1\n", "9" * 5_000])
    def test_text_that_is_none(self, text: str) -> None:
        read = rules.integer().from_text
        assert read is not None
        with pytest.raises(ValueError, match="must be"):
            read(text)

    def test_money(self) -> None:
        assert [taken(rules.money(), value) for value in (-1, 0, 10**12, 10**12 + 1)] == [False, True, True, False]


class TestNumber:
    @given(st.floats() | st.integers())
    def test_range(self, value: float) -> None:
        assert taken(rules.number(0, 10), value) is (not math.isnan(value) and 0 <= value <= 10)


class TestMoment:
    zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))

    @given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=zones))  # noqa: DTZ001
    def test_round_trip(self, moment: datetime) -> None:
        found = rules.moment().check(moment.isoformat())
        assert found == moment
        assert found.tzinfo == UTC

    @given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)))  # noqa: DTZ001
    def test_without_a_zone_it_is_utc(self, moment: datetime) -> None:
        assert rules.moment().check(moment.isoformat(" ")) == moment.replace(tzinfo=UTC)


class TestMetadata:
    names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=45)

    @given(st.dictionaries(names, names, max_size=60))
    def test_limits(self, value: dict[str, str]) -> None:
        fits = len(value) <= 50 and all(1 <= len(name) <= 40 and name.strip(" \t\r\n") for name in value)
        assert taken(rules.metadata(), value) is fits
        if fits:
            assert rules.metadata().check(value) == value

    @pytest.mark.parametrize("length", [500, 501])
    def test_length_of_a_value(self, length: int) -> None:
        assert taken(rules.metadata(), {"k": "x" * length}) is (length == 500)


class TestForm:
    FORM = Form({"name": rules.text(1, 5), "note": rules.text().or_null(), "count": rules.integer()}, ("name",))

    @given(st.dictionaries(st.sampled_from(["name", "note", "count", "other"]), ANYTHING))
    def test_takes_or_names_each_wrong_field(self, values: dict[str, Any]) -> None:
        try:
            checked = self.FORM.check(values)
        except ApiError as error:
            named = {detail.field for detail in error.details}
            assert named
            assert named <= {"name", "note", "count", "other"}
            assert "name" in named or "name" in values
            return
        assert checked == values

    def test_null(self) -> None:
        assert self.FORM.check({"name": "x", "note": None}) == {"name": "x", "note": None}
        with pytest.raises(ApiError) as refusal:
            self.FORM.check({"name": None, "count": None})
        assert [detail.field for detail in refusal.value.details] == ["name", "count"]

    def test_nullable_schema_says_so(self) -> None:
        assert rules.choice("a").or_null().schema == {"type": ["string", "null"], "enum": ["a", None]}
