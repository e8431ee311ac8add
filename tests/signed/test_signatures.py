"""Signatures by themselves: what is signed, each cause of a refusal, and how the whole source compares secrets."""

import ast
import hashlib
import hmac
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import signatures
from graph.errors import ApiError, Code
from graph.signatures import Signature, read, require_same_nonce, sign, verify

ROOT = Path(__file__).parents[2]
NOW = 1_795_000_000.4
KEY_ID = "dzpub_live_0123456789abcdef"
SIGNING_SECRET = b"a" * 64
NONCE = "00112233445566778899aabbccddeeff"
BODY = '{"name": "page_view", "properties": {"path": "/قميص"}}'.encode()
TIMESTAMP = str(int(NOW))
SIGNED = sign(SIGNING_SECRET, KEY_ID, NONCE, TIMESTAMP, BODY)


def refusal(timestamp: str | None = TIMESTAMP, nonce: str | None = NONCE, signature: str | None = SIGNED) -> str:
    with pytest.raises(ApiError) as caught:
        verify(read(timestamp, nonce, signature, NOW), KEY_ID, SIGNING_SECRET, BODY)
    assert caught.value.code is Code.UNAUTHORIZED
    return caught.value.message


class TestSign:
    def test_is_what_the_contract_says(self) -> None:
        message = f"{KEY_ID}\n{NONCE}\n{TIMESTAMP}\n{hashlib.sha256(BODY).hexdigest()}"
        assert hmac.new(SIGNING_SECRET, message.encode(), "sha256").hexdigest() == SIGNED

    def test_known_answer(self) -> None:
        # Made with `openssl dgst -sha256 -hmac`.
        assert sign(b"0" * 64, "dzpub_test_1", "f" * 32, "1700000000", b"{}") == (
            "e7a4a0f9dc8b9007aea691d8283b220f6c8a997eb7d66cbbe025dc9f13bb8621"
        )


class TestRight:
    def test_passes(self) -> None:
        verify(read(TIMESTAMP, NONCE, SIGNED, NOW), KEY_ID, SIGNING_SECRET, BODY)

    @given(st.binary(max_size=2_000), st.binary(min_size=1, max_size=100), st.binary(min_size=16, max_size=16))
    def test_of_any_body_and_secret(self, body: bytes, secret: bytes, nonce: bytes) -> None:
        signed = sign(secret, KEY_ID, nonce.hex(), TIMESTAMP, body)
        verify(read(TIMESTAMP, nonce.hex(), signed, NOW), KEY_ID, secret, body)

    @pytest.mark.parametrize("off", [-300, -299, 0, 299, 300])
    def test_within_the_tolerance(self, off: int) -> None:
        assert read(str(int(NOW) + off), NONCE, SIGNED, NOW).nonce == NONCE

    def test_nonce_in_capitals_is_the_same_nonce(self) -> None:
        signed = sign(SIGNING_SECRET, KEY_ID, NONCE.upper(), TIMESTAMP, BODY)
        signature = read(TIMESTAMP, NONCE.upper(), signed, NOW)
        verify(signature, KEY_ID, SIGNING_SECRET, BODY)
        assert signature.nonce_bytes == bytes.fromhex(NONCE)


class TestWrong:
    @pytest.mark.parametrize("off", [-10_000, -301, 301, 10_000])
    def test_timestamp_too_far_away(self, off: int) -> None:
        timestamp = str(int(NOW) + off)
        signed = sign(SIGNING_SECRET, KEY_ID, NONCE, timestamp, BODY)
        assert "300 s away" in refusal(timestamp, signature=signed)

    @pytest.mark.parametrize(
        "timestamp", ["", " ", "x", "-1", "+1795000000", "1795000000.5", "1.795e9", "٣", "1795000000 ", "9" * 5000]
    )
    def test_timestamp_malformed(self, timestamp: str) -> None:
        assert "whole seconds" in refusal(timestamp)

    @pytest.mark.parametrize("nonce", ["", NONCE[:-1], NONCE + "0", "g" * 32, NONCE + "\n", "٣" * 32])
    def test_nonce_malformed(self, nonce: str) -> None:
        assert "32 hexadecimal digits" in refusal(nonce=nonce)

    @pytest.mark.parametrize("signature", ["", SIGNED[:-1], SIGNED + "0", SIGNED.upper(), "g" * 64, SIGNED + "\n"])
    def test_signature_malformed(self, signature: str) -> None:
        assert "64 lower-case" in refusal(signature=signature)

    def test_each_missing_header_is_named(self) -> None:
        assert refusal(timestamp=None).endswith("lacks X-DZ-Timestamp")
        assert refusal(nonce=None).endswith("lacks X-DZ-Nonce")
        assert refusal(signature=None).endswith("lacks X-DZ-Signature")
        assert refusal(None, None, None).endswith("X-DZ-Timestamp, X-DZ-Nonce, X-DZ-Signature")

    def test_unknown_key_and_wrong_secret_are_told_alike(self) -> None:
        signature = read(TIMESTAMP, NONCE, SIGNED, NOW)
        messages = set()
        for secret in (None, b"b" * 64):
            with pytest.raises(ApiError) as caught:
                verify(signature, KEY_ID, secret, BODY)
            messages.add(caught.value.message)
        assert len(messages) == 1

    def test_no_secret_signs_for_an_unknown_key(self) -> None:
        forged = sign(signatures.NO_SECRET, KEY_ID, NONCE, TIMESTAMP, BODY)
        with pytest.raises(ApiError):
            verify(read(TIMESTAMP, NONCE, forged, NOW), KEY_ID, None, BODY)

    @pytest.mark.parametrize("part", ["timestamp", "nonce", "signature", "body", "key"])
    def test_every_flipped_bit(self, part: str) -> None:
        sent = {"timestamp": TIMESTAMP, "nonce": NONCE, "signature": SIGNED, "key": KEY_ID}
        raw = BODY if part == "body" else sent[part].encode()
        for bit in range(len(raw) * 8):
            flipped = bytearray(raw)
            flipped[bit // 8] ^= 1 << bit % 8
            changed = {"body": BODY} | ({part: bytes(flipped)} if part == "body" else {part: flipped.decode("latin-1")})
            with pytest.raises(ApiError) as caught:
                self.check(**(sent | changed))
            assert caught.value.code is Code.UNAUTHORIZED

    def check(self, timestamp: str, nonce: str, signature: str, key: str, body: bytes) -> None:
        verify(read(timestamp, nonce, signature, NOW), key, SIGNING_SECRET, body)

    @settings(max_examples=200)
    @given(st.text(), st.text(), st.text())
    def test_nothing_crashes(self, timestamp: str, nonce: str, signature: str) -> None:
        with pytest.raises(ApiError):
            verify(read(timestamp, nonce, signature, NOW), KEY_ID, SIGNING_SECRET, BODY)


class TestNonceInTheBody:
    def test_the_same_or_none(self) -> None:
        signature = Signature(TIMESTAMP, NONCE, SIGNED)
        require_same_nonce(signature, {"name": "x"})
        require_same_nonce(signature, {"nonce": NONCE})

    @pytest.mark.parametrize("nonce", [None, "", 1, NONCE[::-1], NONCE.upper(), [NONCE]])
    def test_another(self, nonce: object) -> None:
        with pytest.raises(ApiError) as caught:
            require_same_nonce(Signature(TIMESTAMP, NONCE, SIGNED), {"nonce": nonce})
        assert caught.value.code is Code.BAD_REQUEST
        assert caught.value.details[0].field == "nonce"


SECRET_NAME = re.compile(r"(^|_)(secret|secret_hash|signature|signed|password|bearer_token|hmac|mac|hexdigest)$")


class TestComparisons:
    """Secrets and signatures are compared by `hmac.compare_digest` alone."""

    def comparisons(self, source: str) -> list[str]:
        """Return the comparisons by value that have a secret's name on either side."""
        return [
            ast.unparse(node)
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Compare)
            and any(isinstance(operator, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for operator in node.ops)
            and any(SECRET_NAME.search(self.name(operand)) for operand in (node.left, *node.comparators))
        ]

    def name(self, operand: ast.expr) -> str:
        match operand:
            case ast.Name():
                return operand.id
            case ast.Attribute():
                return operand.attr
            case ast.Call():
                return self.name(operand.func)
            case ast.Subscript(slice=ast.Constant(value=str() as key)):
                return key
        return ""

    def test_no_operator_compares_one(self) -> None:
        found = {
            str(path.relative_to(ROOT)): compared
            for folder in ("app", "db", "graph", "rest_compat")
            for path in (ROOT / folder).rglob("*.py")
            if (compared := self.comparisons(path.read_text(encoding="utf-8")))
        }
        assert found == {}

    @pytest.mark.parametrize(
        "source",
        [
            "a.signature == b",
            "secret != x",
            "x in (1, 2) or x == row['secret_hash']",
            "sign(x).hexdigest() == given",
            "given_secret in known",
        ],
    )
    def test_the_search_finds_one(self, source: str) -> None:
        assert len(self.comparisons(source)) == 1

    def test_what_compares_them(self) -> None:
        for name in ("graph/keys.py", "graph/signatures.py"):
            assert "hmac.compare_digest(" in (ROOT / name).read_text(encoding="utf-8")
