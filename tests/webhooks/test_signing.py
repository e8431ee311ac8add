"""Both signatures: fixed vectors, and the library of Standard Webhooks."""

import json
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from graph.webhook_signing import SECRET_BYTES, secret_hex, secret_new, secret_standard, signed_headers

SECRET = bytes(range(32))
OTHER = bytes(range(32, 64))
BODY = '{"event":"order.created","data":{"customer":"أمينة"}}'.encode()
OWN = "a2fa15c01208f40ae98867d4ef35365b23703904336ffd3f591d252105417647"
STANDARD = "ia06dfXIrl0wHK7Xbq1cvIEd8304t3gjQduthTwqYAk="


def headers(*keys: bytes, timestamp: int = 1_777_777_777, body: bytes = BODY) -> dict[str, str]:
    return signed_headers(keys or (SECRET,), delivery_id=42, event="order.created", timestamp=timestamp, body=body)


class TestSecret:
    def test_forms(self) -> None:
        assert secret_hex(SECRET) == "".join(f"{each:02x}" for each in range(32))
        assert secret_standard(SECRET) == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        assert len(secret_new()) == SECRET_BYTES
        assert secret_new() != secret_new()


class TestVectors:
    """Made with `openssl dgst -sha256 -mac HMAC`, not with the code under test."""

    def test_own(self) -> None:
        sent = headers()
        assert sent["X-DZ-Signature"] == OWN
        assert (sent["X-DZ-Timestamp"], sent["X-DZ-Delivery"], sent["X-DZ-Event"]) == (
            "1777777777",
            "42",
            "order.created",
        )

    def test_standard(self) -> None:
        sent = headers()
        assert sent["webhook-signature"] == f"v1,{STANDARD}"
        assert (sent["webhook-id"], sent["webhook-timestamp"]) == ("42", "1777777777")


class TestStandardWebhooks:
    @pytest.mark.parametrize("secret", [SECRET, OTHER])
    def test_either_secret_verifies(self, secret: bytes) -> None:
        sent = headers(SECRET, OTHER, timestamp=int(time.time()))
        assert Webhook(secret_standard(secret)).verify(BODY, sent) == json.loads(BODY)

    def test_another_does_not(self) -> None:
        with pytest.raises(WebhookVerificationError):
            Webhook(secret_standard(bytes(32))).verify(BODY, headers(SECRET, OTHER, timestamp=int(time.time())))

    def test_another_body_does_not(self) -> None:
        with pytest.raises(WebhookVerificationError):
            Webhook(secret_standard(SECRET)).verify(BODY + b" ", headers(timestamp=int(time.time())))
