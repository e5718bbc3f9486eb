"""What an append on a Redis or Valkey server is worth: read from the server's own settings."""

from __future__ import annotations

from typing import Final

from core.store.port import Durability, StoreUnavailable
from core.store.redis_wire import Wire

SETTINGS: Final = (
    ("appendonly", "yes", "it keeps no log of writes"),
    ("appendfsync", "always", "it answers before its log is on the disk"),
    ("no-appendfsync-on-rewrite", "no", "it stops syncing while it rewrites its log"),
    ("maxmemory-policy", "noeviction", "it may drop the journal when memory is short"),
)
"""Name, the only safe value, and what another value means."""


def promise(wire: Wire) -> Durability:
    """Say whether an append survives power loss; if not, what is wrong and what mends it."""
    for name, safe, meaning in SETTINGS:
        try:
            answer = wire.call("CONFIG", "GET", name)
        except StoreUnavailable as error:
            if error.code not in {"store_denied", "store_refused"}:
                raise
            return _weak(wire, "it lets nobody read its settings (CONFIG GET)")
        found = answer[1].decode() if len(answer) == 2 else "not known to it"
        if found != safe:
            mend = f"`CONFIG SET {name} {safe}`, then `CONFIG REWRITE`"
            return _weak(wire, f"`{name}` is `{found}`: {meaning}. Mend it with {mend}")
    facts = _facts(wire)
    if facts.get("role", "master") != "master":
        return _weak(wire, "it is a replica; use the address of the primary server")
    if facts.get("aof_last_write_status", "ok") != "ok":
        return _weak(wire, "it could not write its log the last time; look at its disk and its log")
    return Durability(True, "")


def _facts(wire: Wire) -> dict[str, str]:
    text = ""
    for section in ("replication", "persistence"):
        text += wire.call("INFO", section).decode(errors="replace")
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name: value.strip() for name, _, value in pairs}


def _weak(wire: Wire, why: str) -> Durability:
    return Durability(False, f"The store {wire.where} may lose what was committed: {why}.")
