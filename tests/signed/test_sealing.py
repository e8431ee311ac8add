"""Sealed secrets: opened by their keys alone, and by every key in use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import sealing
from graph.sealing import Sealer, Unsealable

OLD = "o" * 32
NEW = "n" * 32


class TestSealer:
    @given(st.binary(max_size=500), st.text(min_size=32, max_size=60))
    def test_opens_what_it_sealed(self, plain: bytes, key: str) -> None:
        sealer = Sealer([key])
        sealed = sealer.seal(plain)
        assert sealer.unseal(sealed) == plain
        assert len(plain) < 8 or plain not in sealed

    def test_seals_the_same_differently(self) -> None:
        sealer = Sealer([OLD])
        assert sealer.seal(b"secret") != sealer.seal(b"secret")

    def test_every_change_is_noticed(self) -> None:
        sealer = Sealer([OLD])
        sealed = sealer.seal(b"secret")
        # The last characters of the text have bits that carry nothing.
        for place in range(len(sealed) - 4):
            changed = bytearray(sealed)
            changed[place] ^= 1
            with pytest.raises(Unsealable):
                sealer.unseal(bytes(changed))

    def test_rotation(self) -> None:
        before = Sealer([OLD]).seal(b"before")
        rotated = Sealer([NEW, OLD])
        assert rotated.unseal(before) == b"before"
        after = rotated.seal(b"after")
        assert Sealer([NEW]).unseal(after) == b"after"
        with pytest.raises(Unsealable, match="put that key back"):
            Sealer([NEW]).unseal(before)
        with pytest.raises(Unsealable):
            Sealer([OLD]).unseal(after)


class TestUse:
    def test_takes_effect_at_once(self) -> None:
        sealing.use(OLD)
        sealed = sealing.seal(b"secret")
        assert sealing.unseal(sealed) == b"secret"
        sealing.use(f"{NEW}, {OLD}")
        assert sealing.unseal(sealed) == b"secret"
        sealing.use(NEW)
        with pytest.raises(Unsealable):
            sealing.unseal(sealed)

    @pytest.mark.parametrize("keys", ["", " , ", "short", f"{OLD},short", "x" * 31])
    def test_says_what_is_wrong(self, keys: str) -> None:
        with pytest.raises(ValueError, match="at least 32 characters each") as caught:
            sealing.use(keys)
        assert "short" not in str(caught.value)
        assert "xxx" not in str(caught.value)


class TestSplit:
    def test_blanks_and_empty_ones_go(self) -> None:
        assert sealing.split(f" {OLD} ,, {NEW}\n") == (OLD, NEW)
