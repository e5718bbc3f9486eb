"""The baseline of the door: a bare ASGI application that parses the JSON, on the same server."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from bridge.http.servers import _server, bind


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Parse the body and say yes."""
    message = await receive()
    if message["body"]:
        json.loads(message["body"])
    body = b'{"ok":true}'
    headers = [(b"content-type", b"application/json"), (b"content-length", b"11")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def main() -> None:
    """Serve until killed."""
    await _server(app).serve(sockets=[bind("127.0.0.1", int(sys.argv[1]))])


if __name__ == "__main__":
    asyncio.run(main())
