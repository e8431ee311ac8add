"""Phone numbers: however they are written, one number is one text."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.contact_rules import STORED_PHONE, email, phone

PHONE = phone()
EIGHT = st.text("0123456789", min_size=8, max_size=8)


@pytest.mark.parametrize(
    "written",
    [
        "0555123456",
        "0555 12 34 56",
        "05 55 12 34 56",
        "0555-12-34-56",
        "0555.12.34.56",
        "+213555123456",
        "+213 555 12 34 56",
        "+213 (0) 555 12 34 56",
        "00213555123456",
        "00213 555 123 456",
        "213555123456",
        " 213555123456",
        "٠٥٥٥١٢٣٤٥٦",
        "\u200e+213555123456",
    ],
)
def test_one_number(written: str) -> None:
    assert PHONE.check(written) == "0555123456"


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "0", "abc", "055512345", "05551234567", "021234567", "+33612345678", "0033612345678", "0155123456"),
        *("0555123456 ext 3", "0555123456\0", "0555\n123456", "0" * 10_000, "\ud800", "+", "1" * 33),
        *(555123456, 0.5, True, [], {}),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_none(written: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        PHONE.check(written)


@given(st.sampled_from("567"), EIGHT)
def test_every_form_of_every_number(operator: str, rest: str) -> None:
    number = f"{operator}{rest}"
    assert {PHONE.check(prefix + number) for prefix in ("0", "+213", "00213", "+213 0")} == {f"0{number}"}


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_refused_or_a_number(text: str) -> None:
    with suppress(ValueError):
        assert STORED_PHONE.fullmatch(PHONE.check(text))


@given(st.from_regex(phone().schema["pattern"], fullmatch=True))
def test_what_the_schema_allows_is_taken(text: str) -> None:
    assert STORED_PHONE.fullmatch(PHONE.check(text.rstrip("\n")))


@pytest.mark.parametrize("written", ["amina@example.dz", "a.b+c@sub.example.co", "بريد@مثال.الجزائر"])
def test_email(written: str) -> None:
    assert email().check(written) == written


@pytest.mark.parametrize(
    "written", ["", "a", "a@b", "@b.dz", "a b@c.dz", "a@b .dz", "a@b..dz", "a@b.dz\n", "a@" + "b" * 260]
)
def test_no_email(written: str) -> None:
    with pytest.raises(ValueError, match="must"):
        email().check(written)
