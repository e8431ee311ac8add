"""Keys in processes of their own: what one process was told holds in the others, and one in use costs no query."""

import secrets
import time
from typing import Any

import httpx
import pytest

from app.chain.credentials import KEY_LIFETIME
from tests.conftest import Instance
from tests.waiting import until

# Within so many seconds a revoked key stops everywhere.
EVERYWHERE = 1.0


@pytest.fixture
def merchant(instance: Instance) -> httpx.Client:
    headers = {"Authorization": f"Bearer {instance.members['unlimited_key']}"}
    return httpx.Client(base_url=instance.base_url, headers=headers, timeout=30)


def made(merchant: httpx.Client, **body: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    return merchant.post("/v1/keys", json={"type": "platform", "name": "short", **body}, headers=headers).json()["data"]


def statuses_from(moment: float, ask: Any) -> int:
    """Ask until the key is refused; what was asked a second after the moment must be."""
    while True:
        asked = time.monotonic()
        status: int = ask().status_code
        if status == 401:
            return status
        assert asked - moment < EVERYWHERE


def test_revoked(instance: Instance, second_process: str, merchant: httpx.Client) -> None:
    key = made(merchant)
    headers = {"Authorization": f"Bearer {key['bearer_token']}"}
    with httpx.Client(base_url=second_process, headers=headers, timeout=30) as other:
        for _ in range(3):
            assert other.get("/v1/whoami").status_code == 200
        gone = merchant.delete(f"/v1/keys/{key['key_id']}", headers={"Idempotency-Key": secrets.token_hex(8)})
        assert gone.status_code == 200
        moment = time.monotonic()
        assert statuses_from(moment, lambda: other.get("/v1/whoami")) == 401
        assert "revoked" in other.get("/v1/whoami").json()["error"]["message"]
        document = {"query": "{ viewer { name } }"}
        assert other.post("/graphql", json=document).json()["errors"][0]["extensions"]["code"] == "unauthorized"


def test_a_key_in_use_costs_no_query(instance: Instance) -> None:
    """However seldom it asks, what is kept comes without a statement."""
    headers = {"Authorization": f"Bearer {instance.members['platform_key_b']}"}
    with httpx.Client(base_url=instance.base_url, headers=headers, timeout=30) as client:

        def from_the_cache() -> bool:
            client.get("/v1/store")
            # Longer than a key is believed.
            time.sleep(KEY_LIFETIME + 0.2)
            answer = client.get("/v1/store")
            return answer.headers["x-cache"] == "HIT" and '"0 statements"' in answer.headers["server-timing"]

        until(from_the_cache)
