"""Rules of how somebody is reached: phone numbers, e-mail and network addresses."""

import ipaddress
import re
from typing import Any

import phonenumbers

from graph.rules import BLANKS, Rule, text

PHONE_LENGTH = 32
# What a number is written with: digits of any script, blanks and signs; an Arabic text marks its direction too.
PHONE_LETTERS = re.compile(r"[\d ().+\u00a0\u200e-]*")
# A mobile number as it is stored, and how one may be written, for JSON Schema; other blanks and digits do too.
STORED_PHONE = re.compile(r"0[567][0-9]{8}")
# The forms that need no library to be read: it takes longer than all else that is checked of an order.
PLAIN_PHONE = re.compile(r"(?:0|\+213|00213)([567][0-9]{8})")
WRITTEN_PHONE = r"^(?:0|\+213 ?|00213 ?)[567](?:[ .-]?[0-9]){8}$"
EMAIL = r"[!-?A-~\u00a1-\uffff]+@[0-9A-Za-z\u00a1-\uffff-]+(?:\.[0-9A-Za-z\u00a1-\uffff-]+)+"


def phone() -> Rule:
    """Return the rule of an Algerian mobile number: `0555 12 34 56`, `+213555123456` and `00213…` are `0555123456`.

    A number is taken by its form (05, 06 or 07 and eight digits), not by whether an operator is known to have it: those
    ranges grow faster than a library's table.
    """

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("must be a string")
        stored = _national(value)
        if not STORED_PHONE.fullmatch(stored):
            raise ValueError("must be an Algerian mobile number such as 0555 12 34 56 or +213 555 12 34 56")
        return stored

    schema = {"type": "string", "maxLength": PHONE_LENGTH, "pattern": WRITTEN_PHONE}
    return Rule(check, schema, from_text=check)


def _national(value: str) -> str:
    """Return a number as it is dialled within Algeria, digits alone; nothing for what is not one of ours."""
    plain = PLAIN_PHONE.fullmatch(value)
    if plain:
        return f"0{plain[1]}"
    if len(value) > PHONE_LENGTH or not PHONE_LETTERS.fullmatch(value):
        return ""
    try:
        parsed = phonenumbers.parse(value, "DZ")
    except phonenumbers.NumberParseException:
        return ""
    foreign = parsed.country_code != phonenumbers.country_code_for_region("DZ")
    return "" if foreign or parsed.extension else f"0{parsed.national_number}"


def email() -> Rule:
    """Return the rule of an e-mail address, by its form alone."""
    return text(3, 254, EMAIL, "must be an e-mail address such as amina@example.dz")


def email_as_typed() -> Rule:
    """Return the rule of an e-mail address as somebody typed it: stored without blanks around it, in lower case."""
    pattern = rf"[{BLANKS}]*{EMAIL}[{BLANKS}]*"
    written = text(3, 254, pattern, "must be an e-mail address such as amina@example.dz")
    return Rule(lambda value: written.check(value).strip(BLANKS).lower(), written.schema)


def internet_address() -> Rule:
    """Return the rule of an IPv4 or IPv6 address, in the form that its library writes."""

    def check(value: Any) -> str:
        try:
            # An address with a zone is of one machine; an integer would be taken for one, too.
            return str(ipaddress.ip_address(value if isinstance(value, str) and "%" not in value else ""))
        except ValueError:
            raise ValueError("must be an IPv4 or IPv6 address such as 105.96.0.1") from None

    return Rule(check, {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]})


def address() -> Rule:
    """Return the rule of an address on the web."""
    return text(8, 2_048, r"https?://[!-~\u00a1-\uffff]+", "must be an http or https address")
