"""Serves a few requests in a process of its own, for the sake of what it logs. Run by `test_logs`."""

import asyncio
import os
import sys

import asyncpg
import httpx

from app.asgi import create_app
from app.settings import Settings
from db.engine import engine
from tests.addresses import fresh_address


async def main(token: str) -> None:
    app = create_app(Settings(log_level="info"))
    await engine.open(os.environ["DATABASE_URL"], size=2)
    outside = await asyncpg.connect(os.environ["DATABASE_URL"])
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(fresh_address(), 1)), base_url="http://test")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "secret-idempotency"}
    answers = [
        await client.post("/v1/products", json={"name": "secret-name", "price": 1}, headers=headers),
        await client.post("/v1/products", json={"name": "secret-name", "price": 1}, headers=headers),
        await client.get("/v1/products", params={"search": "secret-search"}, headers=headers),
        await client.get("/v1/whoami", headers={"Authorization": "Bearer dzpk_live_0.secret-secret"}),
        await client.post("/graphql", json={"query": '{ product(slug: "secret-slug") { id } }'}, headers=headers),
        await client.post("/graphql", json={"query": "{ secretField }"}, headers=headers),
    ]
    await outside.execute("ALTER TABLE products ADD CONSTRAINT closed CHECK (name <> 'secret-crash') NOT VALID")
    crash = {"name": "secret-crash", "price": 1, "description": "secret-description"}
    headers["Idempotency-Key"] = "secret-other"
    answers.append(await client.post("/v1/products", json=crash, headers=headers))
    await outside.execute("ALTER TABLE products DROP CONSTRAINT closed")
    await outside.close()
    await engine.close()
    sys.stdout.write("\n".join(answer.headers["x-request-id"] + f" {answer.status_code}" for answer in answers))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
