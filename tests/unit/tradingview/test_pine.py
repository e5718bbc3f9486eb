"""The Pine library builds messages that are read, and keeps to what Pine's manual documents."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tradingview import read
from adapters.tradingview.native import FIELDS
from core.levels import Level, LevelUnit, Target
from core.orders import OrderType
from core.signals import Action, Effect, Hint, QuantityUnit
from tests.unit.tradingview import pine
from tests.unit.tradingview.pine import (
    ADDITIONS,
    FOLDER,
    HEAD,
    LIBRARY,
    OPENINGS,
    Message,
    Sender,
    begun,
)

SCRIPTS: Final = sorted(FOLDER.glob("*.pine"))
ALERTS: Final = FOLDER.parent / "alerts"

RESERVED: Final = frozenset(
    re.findall(
        r"\w+",
        """
        and as break by const continue do else enum export false for if import in input method not
        or return series simple switch to true type var varip while
        catch class ellipse is polygon range struct text throw try
        adjustment alert array barmerge barstate box chart color currency dayofweek display
        dividends earnings extend font format hline label line linefill location log map math
        matrix order plot polyline position request scale session settlement_as_close shape size
        splits str strategy syminfo ta table ticker timeframe xloc yloc
        """,
    )
)
"""Words that Pine has or keeps for itself, and its namespaces: a variable may not hide one."""

BUILT_INS: Final = frozenset(
    re.findall(
        r"\S+",
        """
        alert alert.freq_all barstate.isconfirmed barstate.isrealtime close color.blue color.orange
        indicator input.bool input.float input.int input.string library math.abs na plot
        str.length str.replace_all str.substring str.tostring strategy strategy.close
        strategy.entry strategy.long syminfo.ticker ta.atr ta.crossover ta.crossunder ta.sma time
        timeframe.period timenow
        """,
    )
)
"""What the scripts use of Pine, each with a page of its own in the reference manual of version 6.
A new one is looked up there before it is put in."""

HELPERS: Final = {
    "cut": ["str.length(value) > most ? str.substring(value, 0, most) : value"],
    "escaped": [
        r'string one = str.replace_all(value, "\\", "\\\\")',
        r'string two = str.replace_all(one, "\"", "\\\"")',
        r'string three = str.replace_all(two, "\n", "\\n")',
        r'str.replace_all(three, "\t", "\\t")',
    ],
    "field": [r'",\"" + name + "\":\"" + escaped(value) + "\""'],
    "digits": ['na(value) ? "na" : value == 0 ? "0" : str.tostring(value, NUMBER)'],
    "side": [
        'na(held) ? "na" : held > 0 ? "long" : held < 0 ? "short" : "flat"',
    ],
    "word": ["this.fields := this.fields + field(name, value)", "this"],
    "number": ["this.fields := this.fields + field(name, digits(value))", "this"],
    "aim": [
        'this.targets := this.targets == "" ? piece : this.targets + ";" + piece',
        "this",
    ],
    "written": [
        'string symbol = this.symbol == "" ? syminfo.ticker : this.symbol',
        'string stream = this.stream == "" ? timeframe.period : this.stream',
        "string count = str.tostring(this.sequence, WHOLE)",
        'string own = this.stream == "" ? "" : "-" + cut(this.stream, NAME_MAX)',
        'string script = this.strategy + "-" + symbol + "-" + timeframe.period + own',
        'string place = script + "-" + str.tostring(time, WHOLE)',
        r'string head = "{\"version\":1"',
        'head := head + field("id", place + "-" + cut(message.name, NAME_MAX) + "-" + count)',
        'head := head + field("time", str.tostring(timenow, WHOLE))',
        'head := head + field("strategy", this.strategy)',
        'head := head + field("symbol", symbol)',
        'head := head + field("stream", stream)',
        'head := head + field("sequence", count)',
        'string aims = message.targets == "" ? "" : field("targets", message.targets)',
        'head + message.fields + aims + "}"',
    ],
    "send": [
        'string sent = ""',
        "if barstate.isrealtime and barstate.isconfirmed",
        "this.sequence := this.sequence + 1",
        "sent := this.written(message)",
        "alert(sent, alert.freq_all)",
        "sent",
    ],
}
"""What the twin does by hand: a line that changes here changes there too."""


# --- the source -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_written_as_pine_wants_it(path: Path) -> None:
    """Version 6 first, one declaration, plain characters, whole indents and brackets."""
    source = path.read_text("utf-8")
    lines = source.split("\n")
    code = pine.code_lines(source)

    assert "//@version=6" == lines[0]
    assert 1 == sum(re.match(r"(library|indicator|strategy)\(", line) is not None for line in code)
    assert source.isascii() and "\t" not in source and "\r" not in source
    for line in code:
        bare = pine.without_texts(line)
        assert (len(line) - len(line.lstrip())) % 4 == 0
        assert all(bare.count(a) == bare.count(b) for a, b in ("()", "[]", "{}")), line
        assert 0 == bare.replace('""', "").count('"') and "'" not in bare


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_uses_only_documented_names(path: Path) -> None:
    """Every name with a namespace, and every call, is ours or a built-in that the manual has."""
    ours = {*pine.bodies(LIBRARY), "Message", "Sender", "bascule"}
    for line in pine.code_lines(path.read_text("utf-8")):
        bare = pine.without_texts(line)
        if bare.startswith("import "):
            continue
        for name in re.findall(r"(?<![\w.])([a-z]\w*(?:\.\w+)*)(?=\()", bare):
            last = name.rpartition(".")[2]
            known = name in BUILT_INS or last in ours or last == "new"
            assert known, f"{name} in {line}"
        for name in re.findall(r"(?<![\w.])((?:str|math|ta|barstate|syminfo)\.\w+)", bare):
            assert name in BUILT_INS, name


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_makes_no_name_that_pine_keeps(path: Path) -> None:
    """No variable, parameter or function has a reserved word or a namespace for its name."""
    made: set[str] = set()
    kinds = r"(?:string|float|int|bool|Message|Sender|bascule\.Message|bascule\.Sender)"
    is_type = False
    for line in pine.code_lines(path.read_text("utf-8")):
        bare = pine.without_texts(line)
        is_type = "type " in bare if not bare.startswith(" ") else is_type
        if is_type:  # a field may be called as a namespace; it is always written behind a point
            continue
        made |= set(re.findall(rf"\b{kinds} (\w+)", bare))
        head = re.match(r"^(?:export )?(?:method )?(\w+)\(.*=>$", bare)
        made |= {head[1]} if head is not None else set()

    assert made
    assert not made & RESERVED


def test_numbers_have_a_format_of_their_own() -> None:
    """Each number is written by a pattern without commas, never by a default."""
    for path in SCRIPTS:
        source = path.read_text("utf-8")
        calls = re.findall(r"str\.tostring\(([^()]*)\)", source)

        assert "str.format" not in source
        assert all(call.endswith((", NUMBER", ", WHOLE")) for call in calls), calls
    # A library's functions see no global variable that is not a constant.
    assert 'const string NUMBER = "0.########"\n' in LIBRARY
    assert 'const string WHOLE = "0"\n' in LIBRARY
    assert f"const int COMMENT_MAX = {pine.COMMENT_MAX}\n" in LIBRARY
    assert f"const int NAME_MAX = {pine.NAME_MAX}\n" in LIBRARY


def test_the_library_adds_the_fields_of_the_table() -> None:
    """Each function of the library adds the same fields in the same order as the twin."""
    bodies = pine.bodies(LIBRARY)
    builders = {**OPENINGS, **ADDITIONS}

    assert [*OPENINGS, *ADDITIONS, "written", "send"] == pine.exported(LIBRARY)
    assert builders == {name: pine.added(bodies[name]) for name in builders}
    assert HELPERS == {name: lines for name, lines in bodies.items() if name not in builders}
    said = {name for lines in builders.values() for _, name, _ in lines}
    assert said | {*HEAD} <= {*FIELDS}


def test_the_example_of_order_fills_has_our_message() -> None:
    """The line that fills TradingView's message box is the file of the target message."""
    source = (FOLDER / "example_fills.pine").read_text("utf-8")
    (line,) = re.findall(r"^//@strategy_alert_message (.*)$", source, re.MULTILINE)

    assert json.loads((ALERTS / "strategy-target.json").read_text("utf-8")) == json.loads(line)


# --- the messages ---------------------------------------------------------------------------------


def sent(message: Message, sender: Sender | None = None) -> bytes:
    """Write a message by the twin."""
    return (sender or Sender("My strategy")).send(message).encode()


def test_an_entry_with_everything_is_read_field_by_field() -> None:
    """Size by risk, stop, two targets, positions, comment: each arrives as it was meant."""
    message = begun("buy", "cross-up")
    message.add("riskPercent", quantity=1.0).add("seen", price=27455.3)
    message.add("stop", price=27300.1).add("profitShare", price=27600.0, percent=50.0)
    message.add("profit", price=27800.0).add("before", held=0.0).add("after", held=0.5)
    message.add("comment", words='a "quoted" word, a \\ and\na line')
    signal = read(sent(message)).signal

    assert signal is not None
    assert ("My strategy", "BTCUSDT.P") == (signal.strategy, signal.symbol)
    assert "My strategy-BTCUSDT.P-60-1768917600000-cross-up-1" == signal.id
    assert 1_768_919_400_123_000_000 == signal.time_ns
    assert (Action.BUY, Effect.OPEN) == (signal.action, signal.effect)
    assert (Decimal(1), QuantityUnit.RISK_PERCENT) == (signal.quantity, signal.quantity_unit)
    assert Decimal("27455.3") == signal.signal_price
    assert (Hint.FLAT, Hint.LONG) == (signal.prev_position, signal.position)
    assert 'a "quoted" word, a \\ and\na line' == signal.comment
    assert signal.protection is not None
    assert Level(value=Decimal("27300.1")) == signal.protection.stop
    assert (
        Target(level=Level(value=Decimal(27600)), share=Decimal(50)),
        Target(level=Level(value=Decimal(27800))),
    ) == signal.protection.targets


@pytest.mark.parametrize(
    ("message", "action", "effect"),
    [
        (begun("sell").add("units", quantity=2.0), Action.SELL, Effect.OPEN),
        (begun("closeLong").add("positionPercent", quantity=50.0), Action.SELL, Effect.CLOSE),
        (begun("closeShort"), Action.BUY, Effect.CLOSE),
        (begun("exit"), Action.EXIT, Effect.AUTO),
        (begun("cancel"), Action.CANCEL, Effect.AUTO),
        (begun("heartbeat"), Action.HEARTBEAT, Effect.AUTO),
        (begun("target", wanted=-1.5), Action.TARGET, Effect.AUTO),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_is_to_be_done(message: Message, action: Action, effect: Effect) -> None:
    """Each function means one thing, and what closes can never open."""
    signal = read(sent(message)).signal

    assert signal is not None
    assert (action, effect) == (signal.action, signal.effect)


@pytest.mark.parametrize(
    ("method", "given", "order_type"),
    [
        ("limit", {"price": 100.0}, OrderType.LIMIT),
        ("trigger", {"price": 101.0}, OrderType.STOP),
        ("stopLimit", {"price": 101.0, "limit": 102.0}, OrderType.STOP_LIMIT),
    ],
)
def test_at_which_price(method: str, given: dict[str, float], order_type: OrderType) -> None:
    """Kinds of orders with their prices."""
    signal = read(sent(begun("buy").add(method, **given))).signal

    assert signal is not None and order_type == signal.order_type
    assert {*given.values()} == {float(x) for x in (signal.price, signal.trigger) if x is not None}


@pytest.mark.parametrize(
    ("method", "given", "unit"),
    [
        ("stopTicks", {"ticks": 20.0}, LevelUnit.TICKS),
        ("stopPercent", {"percent": 2.5}, LevelUnit.PERCENT),
    ],
)
def test_stops_of_other_units(method: str, given: dict[str, float], unit: LevelUnit) -> None:
    """A distance says what it counts."""
    signal = read(sent(begun("buy").add(method, **given))).signal

    assert signal is not None and signal.protection is not None
    assert signal.protection.stop is not None and unit == signal.protection.stop.unit


def test_targets_by_risk_a_trail_and_a_break_even() -> None:
    """A unit said once holds for all targets; levels that move the stop are read."""
    message = begun("buy").add("stop", price=90.0).add("profit", price=2.0)
    message.add("profitUnit", unit="risk").add("trail", distance=5.0).add("breakEven", price=105.0)
    signal = read(sent(message)).signal

    assert signal is not None and signal.protection is not None
    assert LevelUnit.RISK == signal.protection.targets[0].level.unit
    assert signal.protection.trail is not None and signal.protection.break_even is not None


@pytest.mark.parametrize("size", [1.0, -2.0, 0.0, -0.0])
def test_a_position_is_wanted(size: float) -> None:
    """A target is exact, flat is 0, and the position before shows a missed alert."""
    message = begun("target", wanted=size).add("before", held=-size)
    signal = read(sent(message)).signal

    assert signal is not None and signal.target_position is not None
    assert size == float(signal.target_position)
    assert "-0" != str(signal.target_position)
    assert abs(Decimal(repr(size))) == signal.prev_position_size


NUMBERED: Final = [
    method for method, lines in ADDITIONS.items() if any(kind != "word" for kind, _, _ in lines)
]


@pytest.mark.parametrize("method", NUMBERED)
def test_a_number_that_is_na_is_refused_by_name(method: str) -> None:
    """The library never leaves an na out: the bridge refuses the message and says which field."""
    names = ("price", "limit", "ticks", "percent", "distance", "quantity", "held")
    message = begun("buy").add(method, **dict.fromkeys(names))
    misread = read(sent(message)).misread

    assert misread is not None
    assert misread.code in ("number_not_finite", "word_unknown")
    assert misread.field in {name for _, name, _ in ADDITIONS[method]}


def test_a_target_that_is_na_is_refused() -> None:
    """A position that is not known is not flat."""
    misread = read(sent(begun("target", wanted=None))).misread

    assert misread is not None
    assert ("number_not_finite", "target_position") == (misread.code, misread.field)


def test_messages_are_numbered() -> None:
    """The bridge reads the numbers of a script one after another."""
    sender = Sender("My strategy")
    first, second = (read(sent(begun(name), sender)).signal for name in ("heartbeat", "buy"))

    assert first is not None and second is not None
    assert (1, 2) == (first.sequence, second.sequence)


def test_a_stream_is_the_timeframe_or_a_word_of_ones_own() -> None:
    """Two charts, and two alerts of one chart with other inputs, are counted apart, and none is
    taken for the other's duplicate."""
    hourly, daily, fast = (Sender("My strategy") for _ in range(3))
    daily.chart.period, fast.stream = "1D", "fast"
    read_ = [read(sent(begun("buy"), one)).signal for one in (hourly, daily, fast)]
    signals = [one for one in read_ if one is not None]

    assert ["60", "1D", "fast"] == [one.stream for one in signals]
    assert 3 == len({one.id for one in signals})


def test_ids_tell_messages_apart() -> None:
    """Bar, name and number are in the id: an exit and an entry of one bar are two messages, and a
    script that starts anew at another bar repeats none."""
    sender = Sender("My strategy")
    first = [read(sent(begun(name), sender)).signal for name in ("exit", "buy", "buy")]
    again = Sender("My strategy")
    again.chart.bar += 3_600_000
    first.append(read(sent(begun("exit"), again)).signal)

    assert 4 == len({signal.id for signal in first if signal is not None})


@given(st.floats(min_value=1e-7, max_value=1e12, allow_nan=False, allow_infinity=False))
def test_every_price_is_read_as_it_was(price: float) -> None:
    """No size of number is written with an exponent or a comma, and none loses its digits."""
    signal = read(sent(begun("buy").add("seen", price=price))).signal

    assert signal is not None and signal.signal_price is not None
    assert abs(float(signal.signal_price) - price) <= 0.5e-8 + price * 1e-15


@given(st.text(alphabet=st.characters(exclude_categories=("C", "Z")) | st.just(" "), max_size=600))
def test_no_comment_breaks_a_message(words: str) -> None:
    """Quotes, backslashes, line ends: a comment is a text, whatever it says."""
    reading = read(sent(begun("buy").add("comment", words=f'{words}\n\t"\\')))

    if reading.misread is not None:  # braces or a percent sign look like a placeholder
        assert "placeholder" in reading.misread.code
    else:
        assert reading.signal is not None
        assert f'{words}\n\t"\\'[: pine.COMMENT_MAX] == reading.signal.comment
