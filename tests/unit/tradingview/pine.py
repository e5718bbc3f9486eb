"""Pine, as far as `tradingview/pine` uses it: its source cut into what a test looks at, and a twin
of the library that builds the same messages.

Pine can only be run by TradingView. The twin is written by hand from the same table of fields as
the library; ``test_pine`` holds both to it line by line. What the twin cannot show is whether
TradingView writes a number as its manual says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[3] / "tradingview" / "pine"
LIBRARY: Final = (FOLDER / "bascule.pine").read_text("utf-8")

Line = tuple[str, str, str]
"""How a line adds a field: ``word``, ``number`` or ``aim``; the field; its value in Pine."""

OPENINGS: Final[Mapping[str, tuple[Line, ...]]] = {
    "target": (
        ("word", "action", '"target"'),
        ("number", "target_position", "wanted"),
    ),
    "buy": (("word", "action", '"buy"'), ("word", "effect", '"open"')),
    "sell": (("word", "action", '"sell"'), ("word", "effect", '"open"')),
    "closeLong": (("word", "action", '"sell"'), ("word", "effect", '"close"')),
    "closeShort": (("word", "action", '"buy"'), ("word", "effect", '"close"')),
    "exit": (("word", "action", '"exit"'),),
    "cancel": (("word", "action", '"cancel"'),),
    "heartbeat": (("word", "action", '"heartbeat"'),),
}
"""The functions that begin a message, and the fields that each adds, in this order."""


def _size(unit: str) -> tuple[Line, ...]:
    return (("number", "quantity", "quantity"), ("word", "quantity_unit", f'"{unit}"'))


ADDITIONS: Final[Mapping[str, tuple[Line, ...]]] = {
    "units": _size("units"),
    "worth": _size("quote"),
    "equityPercent": _size("equity_percent"),
    "riskPercent": _size("risk_percent"),
    "riskWorth": _size("risk_quote"),
    "positionPercent": _size("position_percent"),
    "limit": (("word", "order_type", '"limit"'), ("number", "price", "price")),
    "trigger": (("word", "order_type", '"stop"'), ("number", "trigger", "price")),
    "stopLimit": (
        ("word", "order_type", '"stop_limit"'),
        ("number", "trigger", "price"),
        ("number", "price", "limit"),
    ),
    "seen": (("number", "signal_price", "price"),),
    "stop": (("number", "stop", "price"),),
    "stopTicks": (("number", "stop", "ticks"), ("word", "stop_unit", '"ticks"')),
    "stopPercent": (("number", "stop", "percent"), ("word", "stop_unit", '"percent"')),
    "profit": (("aim", "targets", "digits(price)"),),
    "profitShare": (("aim", "targets", 'digits(price) + ":" + digits(percent)'),),
    "profitUnit": (("word", "target_unit", "unit"),),
    "trail": (("number", "trail", "distance"),),
    "breakEven": (("number", "break_even", "price"),),
    "before": (
        ("word", "prev_position", "side(held)"),
        ("number", "prev_position_size", "math.abs(held)"),
    ),
    "after": (
        ("word", "position", "side(held)"),
        ("number", "position_size", "math.abs(held)"),
    ),
    "comment": (("word", "comment", "cut(words, COMMENT_MAX)"),),
}
"""The methods that add to a message."""

HEAD: Final = ("version", "id", "time", "strategy", "symbol", "stream", "sequence")
"""What ``written`` puts before them."""

COMMENT_MAX: Final = 400
NAME_MAX: Final = 40


# --- the source -----------------------------------------------------------------------------------

_FUNCTION: Final = re.compile(r"^(export )?(method )?(\w+)\((.*)\) =>$")
_ADDS: Final = re.compile(r'^(?:this|message)\.(?:(word|number)\("(\w+)", (.*)\)|(aim)\((.*)\))$')
_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def code_lines(source: str) -> list[str]:
    """Return the lines of a script without comments and without empty ones."""
    kept = [_without_comment(line).rstrip() for line in source.split("\n")]
    return [line for line in kept if line.strip()]


def without_texts(line: str) -> str:
    """Return a line of code with every text emptied."""
    return _TEXT.sub('""', line)


def bodies(source: str) -> dict[str, list[str]]:
    """Return the lines of every function, by its name; a leading ``export `` or ``method `` stays
    out of it."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in code_lines(source):
        head = _FUNCTION.match(line)
        if head is not None:
            name = head[3]
            found[name] = []
        elif line.startswith(" ") and name:
            found[name].append(line.strip())
        else:
            name = ""
    return found


def exported(source: str) -> list[str]:
    """Name what a library exports, in its order."""
    heads = (_FUNCTION.match(line) for line in code_lines(source))
    return [head[3] for head in heads if head is not None and head[1]]


def added(lines: list[str]) -> tuple[Line, ...]:
    """Read the lines that add fields; another line than that, or the making of the message, is no
    part of a builder."""
    made: list[Line] = []
    for line in lines:
        adds = _ADDS.match(line)
        if adds is None:
            assert re.fullmatch(r'Message message = Message\.new\((?:name|"\w+")\)', line), line
        elif adds[4]:
            made.append(("aim", "targets", adds[5]))
        else:
            made.append((adds[1], adds[2], adds[3]))
    return tuple(made)


def _without_comment(line: str) -> str:
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|(//)', line):
        if found[1]:
            return line[: found.start()]
    return line


# --- the twin -------------------------------------------------------------------------------------


@dataclass
class Chart:
    """The built-in values of a script: ``now`` and ``bar`` in milliseconds."""

    ticker: str = "BTCUSDT.P"
    period: str = "60"
    bar: int = 1_768_917_600_000
    now: int = 1_768_919_400_123


@dataclass
class Message:
    """The twin of a message: a name, and its fields as they are written."""

    name: str
    fields: str = ""
    targets: str = ""

    def add(self, method: str, **given: float | str | None) -> Message:
        """Call a method of the library."""
        return self.play(ADDITIONS[method], given)

    def play(self, lines: tuple[Line, ...], given: Mapping[str, float | str | None]) -> Message:
        """Add the fields of some lines."""
        for kind, name, value in lines:
            if kind == "aim":
                piece = _value(value, given)
                self.targets = f"{self.targets};{piece}" if self.targets else piece
            else:
                self.fields += _field(name, _value(value, given))
        return self


@dataclass
class Sender:
    """The twin of a sender."""

    strategy: str
    symbol: str = ""
    sequence: int = 0
    stream: str = ""
    chart: Chart = field(default_factory=Chart)

    def send(self, message: Message) -> str:
        """Write a message as it is sent."""
        self.sequence += 1
        symbol = self.symbol or self.chart.ticker
        own = f"-{self.stream[:NAME_MAX]}" if self.stream else ""
        place = f"{self.strategy}-{symbol}-{self.chart.period}{own}-{self.chart.bar}"
        head = '{"version":1'
        head += _field("id", f"{place}-{message.name[:NAME_MAX]}-{self.sequence}")
        head += _field("time", str(self.chart.now))
        head += _field("strategy", self.strategy)
        head += _field("symbol", symbol)
        head += _field("stream", self.stream or self.chart.period)
        head += _field("sequence", str(self.sequence))
        aims = _field("targets", message.targets) if message.targets else ""
        return head + message.fields + aims + "}"


def begun(function: str, name: str = "", **given: float | str | None) -> Message:
    """Call a function of the library that begins a message."""
    return Message(name or function).play(OPENINGS[function], given)


def digits(value: float | str | None) -> str:
    """Write a number by the pattern ``0.########``, as Pine's manual describes it."""
    assert not isinstance(value, str)
    if value is None:
        return "na"
    if value == 0:
        return "0"
    cut = Decimal(repr(value)).quantize(Decimal("1e-8"), rounding=ROUND_HALF_EVEN)
    text = f"{cut:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _side(held: float | str | None) -> str:
    assert not isinstance(held, str)
    if held is None:
        return "na"
    return "long" if held > 0 else "short" if held < 0 else "flat"


def _value(code: str, given: Mapping[str, float | str | None]) -> str:
    """Work out the value of a line: one of the few forms that the library has."""
    if code.startswith('"'):
        return code.strip('"')
    if code == 'digits(price) + ":" + digits(percent)':
        return f"{digits(given['price'])}:{digits(given['percent'])}"
    call = re.fullmatch(r"([\w.]+)\((\w+)(?:, \w+)?\)", code)
    if call is None:
        value = given[code]
        return value if isinstance(value, str) else digits(value)
    value = given[call[2]]
    if call[1] == "side":
        return _side(value)
    if call[1] == "cut":
        return str(value)[:COMMENT_MAX]
    assert call[1] in ("digits", "math.abs"), code
    assert not isinstance(value, str)
    return digits(value if value is None or call[1] == "digits" else abs(value))


def _field(name: str, value: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        value = value.replace(plain, escaped)
    return f',"{name}":"{value}"'
