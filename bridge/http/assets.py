"""The files that pages load: our own style, script and picture, and nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bridge.http.refusal import Refusal

WEB: Final = Path(__file__).resolve().parents[1] / "web"
"""Where templates, style and script are, in the wheel as in the checkout."""

KINDS: Final = {
    "bascule.css": "text/css",
    "bascule.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""What is served, by name; no path is ever made from an address."""


class Assets:
    """The files, read once."""

    def __init__(self) -> None:
        self._files = {name: (WEB / name).read_bytes() for name in KINDS}

    async def file(self, request: Request) -> Response:
        """Serve one file."""
        name: str = request.path_params["name"]
        if name not in KINDS:
            raise Refusal("address_unknown")
        return Response(self._files[name], media_type=KINDS[name])
