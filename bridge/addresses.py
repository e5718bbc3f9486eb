"""Where the bridge is: the addresses of its two listeners, without any secret."""

from __future__ import annotations

from bridge.config.values import Api, Door


def private_address(api: Api) -> str:
    """Return where pages and API are."""
    return f"http://{_host(api.host)}:{api.port}"


def hook_base(door: Door) -> str:
    """Return where this machine reaches the hooks, without route and token."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(door.host, door.host)  # noqa: S104
    return f"http://{_host(local)}:{door.port}"


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
