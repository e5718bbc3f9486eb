"""Logging: lines for people on a terminal, JSON elsewhere; no secret, no control character.

Rules of this file
1. Redaction comes last before rendering, so that nothing is added behind it.
2. A log line that cannot be written is dropped: a full disk or a closed pipe stops no trade.
3. The door logs names of routes; the servers' access logs, with tokens in addresses, are off.
4. The last words of a process that crashes are a log line too.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, TextIO

import structlog

from bridge.printable import json_text, printable, printable_lines
from core.store.port import StoreFailure

LEVEL_VARIABLE: Final = "BASCULE_LOG"
"""Environment variable with the level: debug, info, warning, error or critical."""

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
"""What may be said in ``BASCULE_LOG``."""

HIDDEN: Final = "***"
"""What stands in place of a secret."""

SECRET_KEYS: Final = (
    "token",
    "secret",
    "password",
    "passphrase",
    "authorization",
    "cookie",
    "api_key",
)
"""A field whose name contains one of these is hidden whatever it holds."""

DEPTH_MAX: Final = 6
"""Levels of a nested value that are looked through; what is deeper is shown as its kind only."""

LOUD: Final = ("uvicorn", "uvicorn.error", "httpx", "httpcore", "asyncio")
"""Loggers of libraries that tell each request or start: only their warnings are wanted."""

Event = MutableMapping[str, Any]


def told(error: BaseException) -> str:
    """Return an error as a log line says it: what a store says is a sentence with its fix."""
    return str(error) if isinstance(error, StoreFailure) else repr(error)


class Redaction:
    """Hides secrets by their values and by the names of their fields."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        """Redact a log event: the processor's form."""
        return {self.text(key): self.of(key, value) for key, value in event.items()}

    def text(self, text: str) -> str:
        """Hide every known secret in a text."""
        for secret in self._secrets:
            if secret in text:  # asked first: hardly any is, and a replacement costs twice as much
                text = text.replace(secret, HIDDEN)
        return text

    def of(self, key: str, value: Any, depth: int = 0) -> Any:
        """Return a value without secrets; what is no plain value becomes its text."""
        name = key.lower().replace("-", "_")
        if any(part in name for part in SECRET_KEYS) and value not in (None, ""):
            return HIDDEN
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if depth >= DEPTH_MAX:
            return type(value).__name__
        if isinstance(value, dict):
            return {self.text(str(k)): self.of(str(k), v, depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.of("", one, depth + 1) for one in value]
        return self.text(str(value))


class _Lines:
    """Where finished lines go. Every level is the same to it."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):  # closed or full: rule 2
            self._stream.write(line + "\n")
            self._stream.flush()

    log = debug = info = warning = error = critical = exception = msg


class _Forward(logging.Handler):
    """Hands what libraries log to us."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            text = str(record.msg)
        structlog.get_logger(record.name).log(record.levelno, text, exc_info=record.exc_info)


def configure(
    secrets: Iterable[str] = (), *, stream: TextIO | None = None, level: str | None = None
) -> None:
    """Set up logging for this process. ``level``: overrules the environment."""
    target = stream if stream is not None else sys.stderr
    asked = (level or os.environ.get(LEVEL_VARIABLE, "")).strip().lower()
    number = LEVELS.get(asked, logging.INFO)
    people = target.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _named,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            Redaction(secrets),
            _console(colours=not os.environ.get("NO_COLOR")) if people else _json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *names: _Lines(target, names[0] if names else ""),
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _crashed
    logging.basicConfig(handlers=[_Forward()], level=number, force=True)
    for name in LOUD:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    logging.getLogger("uvicorn.access").disabled = True
    if asked and asked not in LEVELS:
        structlog.get_logger("logs").warning(
            "level_unknown", value=asked, known=", ".join(LEVELS), variable=LEVEL_VARIABLE
        )


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what ends the process, redacted like everything else."""
    structlog.get_logger("process").critical("crashed", exc_info=(kind, error, trace))


def _named(logger: Any, _method: str, event: Event) -> Event:
    if logger.name:
        event["logger"] = logger.name
    return event


def _json(_logger: object, _method: str, event: Event) -> str:
    return json_text(dict(event))


def _console(*, colours: bool) -> structlog.typing.Processor:
    render = structlog.dev.ConsoleRenderer(colors=colours)

    def rendered(logger: Any, method: str, event: Event) -> str:
        clean = {
            printable(key): (printable_lines if key == "exception" else printable)(value)
            if isinstance(value, str)
            else value
            for key, value in event.items()
        }
        text = render(logger, method, clean)
        return text if isinstance(text, str) else text.decode()

    return rendered
