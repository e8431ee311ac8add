"""Public keys, as the tests of signed requests make them."""

from tests.signed.conftest import app_keys, make_key, make_page

__all__ = ["app_keys", "make_key", "make_page"]
