"""The smallest application that a worker can serve: it says which process answered."""

import asyncio
import os


def create_app():
    async def application(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
        if scope["path"] == "/slow":
            await send({"type": "http.response.body", "body": b"soon", "more_body": True})
            await asyncio.sleep(60)
        await send({"type": "http.response.body", "body": str(os.getpid()).encode()})

    return application


def create_broken():
    message = "this application can't be made"
    raise RuntimeError(message)
