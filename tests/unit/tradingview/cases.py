"""Alerts that are refused, each with what is said about it: the rows of the facts, and our own.

Length: one row a fault; it is read by searching.

A row is (body, code, field, value, piece of template or limit). ``None`` where it does not matter.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from adapters.tradingview import BODY_BYTES_MAX


class Refused(NamedTuple):
    """One alert, and the refusal that is expected."""

    body: str | bytes
    code: str
    field: str | None = None
    value: str | None = None
    limit: str | None = None


def alert(**changed: str) -> str:
    """Return a good alert as JSON text with some values written as given; ``''`` takes one out."""
    pieces = {
        "strategy": '"Trend 4h"',
        "symbol": '"BTCUSDT.P"',
        "action": '"buy"',
        "quantity": '"0.5"',
    }
    pieces.update(changed)
    return "{" + ", ".join(f'"{name}": {text}' for name, text in pieces.items() if text) + "}"


_TICKER: Final = '"symbol": "{{ticker}}"'

UNREADABLE: Final = [
    Refused("", "body_empty"),
    Refused(" \r\n\t ", "body_empty"),
    Refused(b"\xef\xbb\xbf", "body_empty"),
    Refused(b'{"strategy": "\xff"}', "body_not_utf8", value="byte 15"),
    Refused(b"\xff\xfe{\x00}\x00", "body_not_utf8", value="byte 1"),
    Refused(
        b'{"a": "' + b"x" * BODY_BYTES_MAX + b'"}',
        "body_too_large",
        value="65545 bytes",
        limit="65536 bytes",
    ),
    Refused(f"[{alert()}, 7]", "body_array"),
    Refused("[]", "batch_size", value="0", limit="16"),
    Refused(f"[{', '.join([alert()] * 17)}]", "batch_size", value="17", limit="16"),
    Refused(f"[{alert()}, {alert(quantity='0')}]", "number_not_positive", "quantity of #2"),
    Refused("27455.3", "body_not_object", value="a number"),
    Refused('"buy"', "body_not_object", value="a text"),
    Refused("true", "body_not_object", value="true"),
    Refused("null", "body_not_object", value="null"),
    Refused(
        "Trend (14, 2): order buy @ 1 filled on BTCUSDT. New strategy position is 1",
        "text_default_strategy",
    ),
    Refused("BTCUSD Greater Than 9000", "text_default_price"),
    Refused("BTCUSDT, 240 Crossing 65,000.00", "text_default_price"),
    Refused("symbol=BTCUSDT action=buy", "text_key_value", value="symbol=BTCUSDT action=buy"),
    Refused("EXCHANGE=binance\nSYMBOL=BTCUSDT\nSIGNAL=BUY", "text_key_value"),
    Refused("buy BTCUSDT now", "text_not_json", value="buy BTCUSDT now"),
    Refused("Stop-buy executed", "text_not_json"),
    Refused(
        "60123456789,buy,EURUSD,risk=1", "text_not_json", value="***********,buy,EURUSD,risk=1"
    ),
    Refused(f"ELITE AI LONG! {alert()}", "text_before_json", value="ELITE AI LONG!"),
    Refused(f"\u200b{alert()}", "text_before_json", value="\\u200b"),
    Refused(f"```json\n{alert()}", "text_before_json", value="```json"),
    Refused(f"{alert()} sent by bot", "text_after_json", value="sent by bot (line 1, column 85)"),
    Refused(f"{alert()}\n{alert()}", "text_after_json"),
]
"""What is no JSON object at all."""

BROKEN: Final = [
    Refused('"symbol": "BTC", "action": "buy"', "json_braces_missing"),
    Refused('""margin_mode": "1", ""symbol": "BTC"', "json_braces_missing"),
    Refused(alert()[:-1], "json_unclosed", value="line 1, column 83"),
    Refused("{", "json_unclosed"),
    Refused(alert()[:-1] + ",}", "json_trailing_comma", "quantity", "line 1, column 83"),
    Refused('{"a": [1, 2,]}', "json_trailing_comma"),
    Refused('{"a": 1,, "b": 2}', "json_trailing_comma"),
    Refused(
        '{\n  "symbol": "BTC"\n  "action": "buy"\n}',
        "json_comma_missing",
        "symbol",
        '"action": "buy"\\n} (line 3, column 3)',
    ),
    Refused('{"symbol" "BTC"}', "json_colon_missing", "symbol"),
    Refused('{"symbol" = "BTC"}', "json_colon_missing", "symbol"),
    Refused('{symbol: "BTC"}', "json_key_unquoted", value="symbol (line 1, column 2)"),
    Refused(
        alert(symbol="BTCPERP"),
        "json_value_unquoted",
        "symbol",
        "BTCPERP (line 1, column 36)",
        _TICKER,
    ),
    Refused('{"ticker": BTCPERP}', "json_value_unquoted", "ticker", None, _TICKER),
    Refused('{"bot": Alpha 7}', "json_value_unquoted", "bot", None, '"bot": "Alpha 7"'),
    Refused(
        alert(time="2026-01-20T14:30:00Z"),
        "json_value_unquoted",
        "time",
        "2026-01-20T14:30:00Z (line 1, column 93)",
        '"time": "{{timenow}}"',
    ),
    Refused(alert(symbol="005930"), "json_value_unquoted", "symbol", None, _TICKER),
    Refused(alert(symbol="MNQ 06-25"), "json_value_unquoted", "symbol", None, _TICKER),
    Refused(alert(price="3."), "json_value_unquoted", "price", None, '"price": "{{close}}"'),
    Refused(alert(price="True"), "json_value_unquoted", "price"),
    Refused(
        '{"token": s3cr3t-s3cr3t}',
        "json_value_unquoted",
        "token",
        "[redacted] (line 1, column 11)",
        '"token": "the token of the route"',
    ),
    Refused('{"passkey_secret": abc}', "json_value_unquoted", None, None, '"passkey_secret": "…"'),
    Refused('{"price": , "a": 1}', "json_value_missing", "price", None, '"price": "{{close}}"'),
    Refused('{"note": }', "json_value_missing", "note", None, '"note": "…"'),
    Refused("{“symbol”: “BTC”}", "json_smart_quotes"),
    Refused("“symbol”: “BTC”", "json_smart_quotes"),
    Refused('{"symbol": “BTC”}', "json_smart_quotes", "symbol", "“BTC”} (line 1, column 12)"),
    Refused('{"symbol”: "BTC", "action": "buy"}', "json_smart_quotes"),
    Refused("{'symbol': 'BTC'}", "json_single_quotes"),
    Refused("{\"symbol\": 'BTC'}", "json_single_quotes", "symbol"),
    Refused('{""symbol"": ""BTC""}', "json_quotes_doubled"),
    Refused('{"symbol": ""BTC""}', "json_quotes_doubled", "symbol"),
    Refused('{"symbol": "BTC""}', "json_quotes_doubled", "symbol"),
    Refused('{"comment": "he said "sell" twice"}', "json_quote_inside", "comment"),
    Refused('{"action": "buy, "symbol": "BTC"}', "json_quote_inside", "action"),
    Refused('{"action": "buy', "json_string_unclosed", "action", '"buy (line 1, column 12)'),
    Refused('{"action": "buy\n}', "json_string_unclosed", "action"),
    Refused('{"action": "buy\x00"}', "json_control_character", "action"),
    Refused('{"action": "b\\uy"}', "json_escape", "action", "\\u (line 1, column 14)"),
    Refused('{"symbol": "C:\\path"}', "json_escape", "symbol", "\\p (line 1, column 15)"),
    Refused('{"symbol": "BTC", // which\n "a": 1}', "json_comment"),
    Refused('{ /* main */ "symbol": "BTC"}', "json_comment"),
    Refused('{ # main\n "symbol": "BTC"}', "json_comment"),
    Refused('{"symbol": "BTC", ...}', "json_ellipsis"),
    Refused('{"symbol": …}', "json_ellipsis"),
    Refused('{"message": "{"symbol": "BTC"}"}', "json_in_string", "message"),
    Refused('"{\\"symbol\\": \\"BTC\\"}"', "json_in_string", "", "the whole message"),
    Refused('"{"symbol": "BTC"}"', "json_in_string", "", "the whole message"),
    Refused(alert(message='"{\\"sl\\": 1}"'), "json_in_string", "message", "in `message`"),
    Refused(alert(actions='"buy"')[:-1] + ', "action": "sell"}', "json_duplicate_key", "action"),
    Refused('{"bar": {"o": 1, "o": 2}}', "json_duplicate_key", "o"),
    Refused('{"\\u0061ction": "buy", "action": "sell"}', "json_duplicate_key", "action"),
    Refused("[" * 9 + "]" * 9, "json_too_deep", limit="8"),
    Refused("[" * 60_000, "json_too_deep"),
    Refused('{"a":' * 12_000, "json_too_deep"),
    Refused(
        "{" + ", ".join(f'"k{n}": 1' for n in range(65)) + "}",
        "json_too_many_keys",
        value="65",
        limit="64",
    ),
    Refused('{"a": 1]', "json_syntax", "a", "] (line 1, column 8)", "a comma or the end"),
    Refused('{{"symbol": "BTC"}}', "json_syntax"),
]
"""What begins as JSON and is not."""

PLACEHOLDERS: Final = [
    Refused(alert(price='"{{close}}"'), "placeholder_left", "price", "{{close}}"),
    Refused(alert(price="{{close}}"), "placeholder_left", "price", "{{close}}"),
    Refused(
        alert(action='"{{strategy.order.action}}"'),
        "placeholder_left",
        "action",
        "{{strategy.order.action}}",
    ),
    Refused(alert(price='"{{plot("Stop")}}"'), "placeholder_left", "price", '{{plot("Stop")}}'),
    Refused(alert(bar='{"o": ["{{open}}"]}'), "placeholder_left", "bar", "{{open}}"),
    Refused(alert(**{"{{ticker}}": "1"}), "placeholder_left", None, "{{ticker}}"),
    Refused("{{strategy.order.alert_message}}", "placeholder_left", "", None),
    Refused(
        alert(quantity='"{{strategy.order.contract}}"'),
        "placeholder_unknown",
        "quantity",
        "{{strategy.order.contract}}",
        "{{strategy.order.contracts}}",
    ),
    Refused(alert(symbol='"{{TICKER}}"'), "placeholder_unknown", "symbol", "{{TICKER}}", _TICKER),
    Refused(alert(symbol='"%ticker%"'), "placeholder_unknown", "symbol", "%ticker%", "{{ticker}}"),
    Refused(alert(note='"{{qqq}}"'), "placeholder_unknown", "note", "{{qqq}}", "the value itself"),
    Refused(alert(comment='"{{"'), "placeholder_unknown", "comment", "{{"),
    Refused(alert(token='"{{s3cr3t-token}}"'), "placeholder_unknown", "token", "[redacted]"),
]
"""What TradingView should have replaced."""

NUMBERS: Final = [
    Refused(alert(quantity="true"), "number_expected", "quantity", "true"),
    Refused(alert(quantity="[1]"), "number_expected", "quantity", "a list"),
    Refused(alert(quantity='{"value": 1}'), "number_expected", "quantity", "an object"),
    Refused(alert(quantity='"two"'), "number_invalid", "quantity", "two"),
    Refused(alert(quantity='" 0.5"'), "number_invalid", "quantity", '" 0.5"'),
    Refused(alert(quantity='"1_000"'), "number_invalid", "quantity"),
    Refused(alert(quantity='"٣"'), "number_invalid", "quantity"),
    Refused(alert(quantity='"0x10"'), "number_invalid", "quantity"),
    Refused(alert(quantity="1e999999"), "number_too_long", "quantity", "1e999999"),
    Refused(alert(quantity='"1e999999"'), "number_too_long", "quantity"),
    Refused(alert(quantity="1e-999999"), "number_too_long", "quantity"),
    Refused(alert(price="1." + "0" * 28), "number_too_long", "price"),
    Refused(alert(price="9" * 60_000), "number_too_long", "price"),
    Refused(alert(quantity="NaN"), "number_not_finite", "quantity", "NaN (line 1, column 78)"),
    Refused(alert(quantity='"NaN"'), "number_not_finite", "quantity", "NaN"),
    Refused(alert(quantity='"na"'), "number_not_finite", "quantity", "na"),
    Refused(alert(price="na"), "number_not_finite", "price"),
    Refused(alert(price="-Infinity"), "number_not_finite", "price"),
    Refused(alert(price='"inf"'), "number_not_finite", "price"),
    Refused(alert(bar="NaN"), "number_not_finite", "bar"),
    Refused(alert(quantity="0"), "number_not_positive", "quantity", "0"),
    Refused(alert(quantity='"0.000"'), "number_not_positive", "quantity"),
    Refused(alert(quantity="-1"), "number_not_positive", "quantity", "-1"),
    Refused(alert(price='"-0.5"'), "number_not_positive", "price"),
    Refused(alert(trigger="0", order_type='"stop"'), "number_not_positive", "trigger"),
    Refused(alert(price='"27,455.3"'), "number_separator", "price", "27,455.3"),
    Refused(alert(price="27,455.3"), "number_separator", "price", "27,455.3 (line 1, column 94)"),
    Refused(alert(price='"1.234.567,8"'), "number_separator", "price"),
    Refused(alert(price='"27 455.3"'), "number_separator", "price"),
    Refused(alert(price="27 455.3"), "number_separator", "price"),
    Refused(alert(quantity='"34,8"'), "number_decimal_comma", "quantity", "34,8"),
    Refused(alert(quantity="34,8"), "number_decimal_comma", "quantity"),
    Refused(alert(quantity='"5%"'), "number_percent", "quantity", "5%"),
    Refused(alert(quantity="5%"), "number_percent", "quantity"),
    Refused(alert(quantity='"1.234M"'), "number_suffix", "quantity", "1.234M"),
    Refused(alert(quantity="1.234M"), "number_suffix", "quantity"),
    Refused(alert(price='"1.5*0.98"'), "number_arithmetic", "price", "1.5*0.98"),
    Refused(alert(stop_loss="1.5*0.98"), "number_arithmetic", "stop_loss"),
    Refused(alert(price="1.5 * 0.98"), "number_arithmetic", "price"),
    Refused(alert(price='"(1.5+1)/2"'), "number_arithmetic", "price"),
]
"""What is no number above zero."""

TIMES: Final = [
    Refused(alert(time='"yesterday"'), "time_invalid", "time", "yesterday", None),
    Refused(alert(time='"2026-13-01T00:00:00Z"'), "time_invalid", "time"),
    Refused(alert(time='"2026-01-20 14:30:00Z"'), "time_invalid", "time"),
    Refused(alert(time='"20.01.2026"'), "time_invalid", "time"),
    Refused(alert(time='"2026-01-20T14:30:00+25:00"'), "time_invalid", "time"),
    Refused(alert(time="1768919400.5"), "time_invalid", "time"),
    Refused(alert(time="-1768919400"), "time_invalid", "time"),
    Refused(alert(time='"2026-01-20T14:30:00"'), "time_without_zone", "time"),
    Refused(alert(time="1768919400000000"), "time_ambiguous", "time"),
    Refused(alert(time='"15"'), "time_ambiguous", "time", "15"),
    Refused(alert(time='"1969-12-31T23:59:59Z"'), "time_out_of_range", "time"),
    Refused(alert(time='"9999-12-31T23:59:59-23:59"'), "time_out_of_range", "time"),
    Refused(alert(time='"0001-01-01T00:00:00+23:59"'), "time_out_of_range", "time"),
    Refused(alert(time="9999999999999"), "time_out_of_range", "time"),
]
"""What is no time that leaves no doubt."""

FIELDS: Final = [
    Refused(alert(version="2"), "version_unknown", "version", "2"),
    Refused(alert(version='"1.0"'), "version_unknown", "version"),
    Refused(alert(version="true"), "version_unknown", "version", "true"),
    Refused("{}", "field_missing", "strategy", None, '"strategy": "My strategy"'),
    Refused(alert(strategy="null"), "field_missing", "strategy"),
    Refused(alert(action=""), "field_missing", "action"),
    Refused(alert(symbol=""), "field_missing", "symbol", None, _TICKER),
    Refused(alert(quantity='""'), "field_empty", "quantity"),
    Refused(alert(id='""'), "field_empty", "id"),
    Refused(alert(token='""'), "field_empty", "token"),
    Refused(alert(position='""'), "field_empty", "position"),
    Refused(alert(symbol="5930"), "text_expected", "symbol", "a number", _TICKER),
    Refused(alert(id="17"), "text_expected", "id"),
    Refused(alert(comment='{"a": 1}'), "text_expected", "comment", "an object"),
    Refused(alert(strategy='{"order_action": "buy"}'), "text_expected", "strategy"),
    Refused(alert(action="false"), "text_expected", "action", "false"),
    Refused(alert(id=f'"{"x" * 201}"'), "text_too_long", "id", "201", "200"),
    Refused(alert(strategy=f'"{"x" * 65}"'), "text_too_long", "strategy", "65", "64"),
    Refused(alert(symbol=f'"{"x" * 65}"'), "text_too_long", "symbol"),
    Refused(alert(comment=f'"{"x" * 501}"'), "text_too_long", "comment", "501", "500"),
    Refused(alert(strategy='"Trend/4h"'), "text_characters", "strategy", "Trend/4h"),
    Refused(alert(symbol='"BTC\\u0000"'), "text_characters", "symbol", "\\x00"),
    Refused(alert(symbol='"\\ud800"'), "text_characters", "symbol", "\\ud800"),
    Refused(alert(comment='"\\u001b[31m"'), "text_characters", "comment", "\\x1b"),
    Refused(alert(token='"s3cr3t\\u0000"'), "text_characters", "token", "[redacted]"),
    Refused(alert(action='"long"'), "word_unknown", "action", "long"),
    Refused(alert(action='" buy"'), "word_unknown", "action", '" buy"'),
    Refused(alert(action='"Close entry(s) order Long"'), "word_unknown", "action"),
    Refused(alert(effect='"reduce"'), "word_unknown", "effect"),
    Refused(alert(quantity_unit='"percent"'), "word_unknown", "quantity_unit"),
    Refused(alert(order_type='"trailing_stop"'), "word_unknown", "order_type"),
    Refused(alert(position='"1"'), "word_unknown", "position"),
    Refused(alert(qty="5"), "field_unknown", "qty"),
    Refused(alert(leverage="5"), "field_unknown", "leverage"),
    Refused(
        alert(stop_loss="40000"),
        "field_unknown",
        "stop_loss",
        None,
        'Write "stop": "{{plot_0}}" instead of it.',
    ),
    Refused(alert(reduce_only='"1"'), "word_unknown", "reduce_only", "1"),
    Refused(alert(reduce_only="1"), "word_unknown", "reduce_only", "a number"),
    Refused(alert(stop_unit='"points"', stop="1"), "word_unknown", "stop_unit", "points"),
    Refused(alert(stop='""'), "field_empty", "stop"),
    Refused(alert(stop='"NaN"'), "number_not_finite", "stop"),
    Refused(alert(stop="0"), "number_not_positive", "stop"),
    Refused(alert(targets='"101;NaN:50"'), "number_not_finite", "targets", "NaN"),
    Refused(alert(targets='"101:-5"'), "number_not_positive", "targets", "-5"),
    Refused(alert(targets='"101,102"'), "number_separator", "targets"),
    Refused(alert(targets="[101, 102]"), "number_expected", "targets", "a list"),
    Refused(
        alert(targets='"101;"'),
        "targets_form",
        "targets",
        "101;",
        '"targets": "{{plot_1}}:50;{{plot_2}}:50"',
    ),
    Refused(alert(targets='"101:"'), "targets_form", "targets"),
    Refused(alert(targets='":50"'), "targets_form", "targets"),
    Refused(alert(targets='"101:50:2"'), "targets_form", "targets"),
    Refused(alert(targets=f'"{";".join(["1"] * 9)}"'), "targets_many", "targets", "9", "8"),
    Refused(alert(position_size='"long"'), "number_invalid", "position_size"),
]
"""What one field may not say."""

ORDERS: Final = [
    Refused(alert(sequence="0"), "number_not_positive", "sequence"),
    Refused(alert(sequence='"1.5"'), "number_not_whole", "sequence", "1.5", '"sequence": "12"'),
    Refused(alert(sequence='"NaN"'), "number_not_finite", "sequence"),
    Refused(alert(sequence=str(10**15 + 1)), "number_not_whole", "sequence"),
    Refused(alert(action='"heartbeat"'), "heartbeat_with_order", "quantity"),
    Refused(alert(action='"heartbeat"', quantity="", stop='"5"'), "heartbeat_with_order", "stop"),
    Refused(
        alert(action='"heartbeat"', quantity="", effect='"open"'), "heartbeat_with_order", "effect"
    ),
    Refused(alert(action='"exit"', effect='"open"'), "effect_not_allowed", "effect", "open"),
    Refused(
        alert(action='"cancel"', quantity="", effect='"close"'), "effect_not_allowed", "effect"
    ),
    Refused(
        alert(action='"exit"', order_type='"limit"', price="1"),
        "exit_order_type",
        "order_type",
        "limit",
    ),
    Refused(alert(action='"cancel"', quantity="", order_type='"stop"'), "exit_order_type"),
    Refused(alert(action='"cancel"'), "quantity_not_allowed", "quantity"),
    Refused(
        alert(action='"cancel"', quantity="", quantity_unit='"units"'),
        "quantity_not_allowed",
        "quantity_unit",
    ),
    Refused(
        alert(quantity="", quantity_unit='"quote"'),
        "unit_without_quantity",
        "quantity_unit",
        "quote",
    ),
    Refused(alert(order_type='"limit"'), "price_missing", "price", "limit", '"price": "{{close}}"'),
    Refused(alert(order_type='"stop_limit"', trigger="1"), "price_missing", "price", "stop_limit"),
    Refused(alert(order_type='"stop"'), "trigger_missing", "trigger", "stop"),
    Refused(alert(order_type='"stop_limit"', price="1"), "trigger_missing", "trigger"),
    Refused(alert(trigger="1"), "trigger_not_allowed", "trigger", "market"),
    Refused(alert(order_type='"limit"', price="1", trigger="1"), "trigger_not_allowed", "trigger"),
    Refused(
        alert(position='"flat"', prev_position='"long"'),
        "position_contradicts_action",
        "position",
        "long to flat",
        "buy",
    ),
    Refused(
        alert(action='"sell"', position='"long"', prev_position='"flat"'),
        "position_contradicts_action",
    ),
    Refused(alert(reduce_only="true", effect='"open"'), "effect_not_allowed", "reduce_only"),
    Refused(alert(reduce_only="false", effect='"close"'), "effect_not_allowed", "reduce_only"),
    Refused(alert(action='"exit"', reduce_only="false"), "effect_not_allowed", "reduce_only"),
    Refused(
        alert(action='"cancel"', quantity="", reduce_only="true"),
        "effect_not_allowed",
        "reduce_only",
        "true",
        "cancel",
    ),
    Refused(alert(reduce_only="true", prev_position='"flat"'), "position_contradicts_action"),
]
"""What the fields may not say together."""


def _wrong(name: str, level: str, **more: str) -> Refused:
    code = "stop_contradicts_price" if name == "stop" else "target_contradicts_price"
    text = level if level.isdigit() else f'"{level}"'
    return Refused(alert(effect='"open"', **{name: text}, **more), code, name)


LEVELS: Final = [
    Refused(alert(stop_unit='"ticks"'), "level_missing", "stop_unit", "", '"stop": "{{plot_0}}"'),
    Refused(alert(target_unit='"ticks"'), "level_missing", "target_unit"),
    Refused(alert(trail_after="2", stop="1"), "level_missing", "trail_after"),
    Refused(alert(trail_unit='"ticks"'), "level_missing", "trail_unit"),
    Refused(alert(break_even_offset="1"), "level_missing", "break_even_offset"),
    Refused(alert(action='"exit"', stop="1"), "levels_not_allowed", "stop", "", "exit"),
    Refused(alert(action='"cancel"', quantity="", trail="1"), "levels_not_allowed", "trail"),
    Refused(alert(effect='"close"', targets="1"), "levels_not_allowed", "targets"),
    Refused(alert(reduce_only="true", break_even="1"), "levels_not_allowed", "break_even"),
    Refused(alert(stop="1", stop_unit='"risk"'), "stop_by_risk", "stop_unit", "risk"),
    Refused(alert(targets="1", target_unit='"risk"'), "size_needs_stop", "target_unit", "risk"),
    Refused(
        alert(quantity_unit='"risk_percent"'),
        "size_needs_stop",
        "quantity_unit",
        "risk_percent",
        '"stop": "{{plot_0}}"',
    ),
    Refused(
        alert(price="100", stop="101", effect='"open"'),
        "stop_contradicts_price",
        "stop",
        "101",
        "100",
    ),
    _wrong("stop", "100", price="100"),
    _wrong("stop", "99", price="100", action='"sell"'),
    _wrong("stop", "101", price="1", signal_price="100", order_type='"market"'),
    _wrong("stop", "101", price="100", order_type='"limit"'),
    _wrong("stop", "101", price="200", trigger="100", order_type='"stop"'),
    _wrong("targets", "101;99", price="100"),
    _wrong("targets", "101:50", price="100", action='"sell"'),
    _wrong("trail_after", "99", trail="1", price="100"),
    _wrong("break_even", "100", price="100"),
    Refused(
        alert(price="100", stop="101", prev_position='"flat"', position='"long"'),
        "stop_contradicts_price",
    ),
    Refused(
        alert(action='"target"', quantity="", target_position="-1", price="100", stop="99"),
        "stop_contradicts_price",
    ),
    Refused(
        alert(action='"target"', quantity="", position='"short"', price="100", stop="99"),
        "stop_contradicts_price",
    ),
]
"""What the levels may not say."""

TARGETS: Final = [
    Refused(alert(target_position="1"), "target_position_not_allowed", "target_position", "buy"),
    Refused(alert(action='"target"', target_position="1"), "target_quantity", "quantity"),
    Refused(alert(action='"target"', quantity=""), "field_missing", "target_position"),
    Refused(
        alert(action='"target"', quantity="", target_position="1", effect='"open"'),
        "effect_not_allowed",
    ),
    Refused(
        alert(action='"target"', quantity="", target_position="1", order_type='"limit"', price="1"),
        "exit_order_type",
    ),
    Refused(
        alert(action='"target"', quantity="", target_position="1", position='"short"'),
        "position_size_contradicts",
        "target_position",
        "1",
        "position short",
    ),
    Refused(alert(position_size="1"), "position_size_contradicts", "position_size", "1"),
    Refused(
        alert(action='"sell"', position='"flat"', position_size="1"), "position_size_contradicts"
    ),
    Refused(alert(position='"long"', position_size="0"), "position_size_contradicts"),
    Refused(alert(position='"long"', position_size="-1"), "position_size_contradicts"),
    Refused(alert(prev_position='"flat"', prev_position_size="2"), "position_size_contradicts"),
]
"""What the position that is wanted, and those before and after, may not say."""

REFUSED: Final = [
    *UNREADABLE,
    *BROKEN,
    *PLACEHOLDERS,
    *NUMBERS,
    *TIMES,
    *FIELDS,
    *ORDERS,
    *LEVELS,
    *TARGETS,
]
"""All of them."""
