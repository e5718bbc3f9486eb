"""Public streams of Binance: subscribing, and what prices and trades look like there.

Rules of this file
1. A stream is ``<symbol in small letters>@<what>``; the answer to a subscription is one frame for
   all of its streams.
2. Who subscribes to prices gets those of now at once: on the venue the next change is never far.
3. The combined form (``/stream``) wraps each frame with the name of its stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from adapters.exchange.sessions import Session

Form = dict[str, object]

STREAMS_MAX: Final = 1_024
"""Streams of one connection, as documented for spot (USD-M has 200 and is never stricter here)."""


class Paths:
    """The paths on which a product speaks WebSocket, by their beginnings."""

    def __init__(self, *beginnings: str) -> None:
        self._beginnings = beginnings

    def __contains__(self, path: object) -> bool:
        """Say whether a path is one of them or lies below one."""
        return isinstance(path, str) and any(
            path == one or path.startswith(f"{one}/") for one in self._beginnings
        )


def asked_in_url(session: Session) -> list[str]:
    """Return the streams that a connection named in its address."""
    streams = session.params.get("streams", "")
    if streams:
        return [one for one in streams.split("/") if one]
    _, found, tail = session.path.partition("/ws/")
    # A number is how connections are told apart by clients; a name with an @ is a stream.
    return [one for one in tail.split("/") if "@" in one] if found else []


def publish(session: Session, stream: str, frame: Form) -> None:
    """Send a frame of a stream to one who asked for it, in the form of his connection."""
    if stream not in session.topics:
        return
    if session.path.endswith("/stream"):
        session.publish({"stream": stream, "data": frame})
    else:
        session.publish(frame)


def invalid(number: object, message: str) -> Form:
    """Write the answer to a message that is not understood."""
    return {"error": {"code": 2, "msg": f"Invalid request: {message}"}, "id": number}


def said(
    session: Session,
    message: object,
    *,
    known: Callable[[str], bool],
    now: Callable[[Session, Iterable[str]], None],
) -> None:
    """Take a subscription, the end of one, or a question for them.

    ``known``: whether a stream exists. ``now``: sends what new streams show at this moment.
    """
    if not isinstance(message, Mapping):
        session.send(invalid(None, "not a valid JSON object"))
        return
    number, method = message.get("id"), message.get("method")
    params = message.get("params", [])
    if method == "LIST_SUBSCRIPTIONS":
        session.send({"result": sorted(session.topics), "id": number})
        return
    if not isinstance(params, list) or not all(isinstance(one, str) for one in params):
        session.send(invalid(number, "params must be an array of strings"))
        return
    streams: list[str] = [str(one) for one in params]
    if method == "UNSUBSCRIBE":
        session.topics.difference_update(streams)
        session.send({"result": None, "id": number})
    elif method == "SUBSCRIBE":
        if not all(known(one) for one in streams) or len(streams) > STREAMS_MAX:
            session.send(invalid(number, "invalid stream"))
            return
        session.topics.update(streams)
        session.send({"result": None, "id": number})
        now(session, streams)
    else:
        session.send(invalid(number, "unknown method"))
