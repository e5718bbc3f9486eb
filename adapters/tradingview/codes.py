"""Every way in which an alert is refused while it is read.

Rules of this file
1. 400: the text could not be read. 413: too long. 422: read, but it is no valid order.
2. ``{where}`` is the field; it stands only in rows whose fault always has one. ``{limit}`` is the
   piece of template that is right, wherever the fix shows it.
"""

from __future__ import annotations

from typing import Final

from core.codes import Code, table


def _unreadable(code: str, sentence: str, fix: str) -> Code:
    return Code(code, sentence, fix, status=400)


def _invalid(code: str, sentence: str, fix: str) -> Code:
    return Code(code, sentence, fix, status=422)


_UNREADABLE: Final = (
    _unreadable(
        "body_empty",
        "The message is empty.",
        "Paste a message into the alert. With {{strategy.order.alert_message}} each order call in "
        "the script needs its own alert_message.",
    ),
    Code(
        "body_too_large",
        "The message has {value}, more than {limit}.",
        "Send one alert as one short JSON object.",
        status=413,
    ),
    _unreadable(
        "body_not_utf8",
        "The message is not UTF-8 text: {value} cannot be read.",
        "Send the message as UTF-8.",
    ),
    _unreadable(
        "body_array",
        "The message is a list.",
        "Send one JSON object, { … }, for each alert.",
    ),
    _unreadable(
        "body_not_object",
        "The message is {value} and not a JSON object.",
        "Send one JSON object: { … }.",
    ),
    _unreadable(
        "text_default_strategy",
        "The message is TradingView's default text of a strategy, which carries no symbol, no exact"
        " intent and no id.",
        "Replace the whole text in the alert's message box by the strategy message of this bridge.",
    ),
    _unreadable(
        "text_default_price",
        "The message is TradingView's default text of a price alert, which says nothing to trade.",
        "Replace the whole text in the alert's message box by an indicator message of this bridge.",
    ),
    _unreadable(
        "text_key_value",
        "The message is written as key=value text: {value}. This route reads JSON.",
        'Write it as JSON: { "strategy": "…", "symbol": "{{ticker}}", "action": "buy" }.',
    ),
    _unreadable(
        "text_not_json",
        "The message is plain text and not JSON: {value}.",
        "Replace the whole text in the alert's message box by a message of this bridge.",
    ),
    _unreadable(
        "text_before_json",
        "There is text before the JSON: {value}.",
        "Delete everything before the first {. Text for people goes into the field comment.",
    ),
    _unreadable(
        "text_after_json",
        "There is text after the JSON: {value}.",
        "Delete everything after the last }. Send two messages as two alerts.",
    ),
)

_JSON: Final = (
    _unreadable(
        "json_braces_missing",
        "The message is a piece of JSON without its braces: {value}.",
        "Put { before the first field and } after the last.",
    ),
    _unreadable(
        "json_unclosed",
        "The JSON ends too early, at {value}: a closing brace is missing.",
        "End the message with }. If it is there in the alert, the message was cut on its way.",
    ),
    _unreadable(
        "json_trailing_comma",
        "A comma at {value} has nothing after it.",
        "Delete the comma after the last field.",
    ),
    _unreadable(
        "json_comma_missing",
        "A comma is missing before {value}.",
        'Put a comma between two fields: "action": "buy", "symbol": "{{ticker}}".',
    ),
    _unreadable(
        "json_colon_missing",
        "A colon is missing after {value}.",
        'Write each field as "name": "value".',
    ),
    _unreadable(
        "json_key_unquoted",
        "A field name has no quotes: {value}.",
        'Write each field as "name": "value", with straight double quotes.',
    ),
    _unreadable(
        "json_value_unquoted",
        "The value of `{where}` has no quotes: {value}.",
        "Write {limit}.",
    ),
    _unreadable(
        "json_value_missing",
        "The field `{where}` has no value, at {value}: its placeholder was replaced by nothing.",
        "Write {limit}, or delete the field.",
    ),
    _unreadable(
        "json_smart_quotes",
        "There are typographic quotes at {value}.",
        'Type straight quotes, ". They come from text editors and chat: paste as plain text.',
    ),
    _unreadable(
        "json_single_quotes",
        "There are single quotes at {value}.",
        'JSON knows double quotes only: "action": "buy".',
    ),
    _unreadable(
        "json_quotes_doubled",
        "Quotes are doubled at {value}.",
        'Write one quote on each side: "action": "buy".',
    ),
    _unreadable(
        "json_quote_inside",
        "A text ends too early, because it has a double quote inside: {value}.",
        "Take the quotes out of the text: a comment or an order name in the script has them.",
    ),
    _unreadable(
        "json_string_unclosed",
        "A text is not closed on its line: {value}.",
        'Put the closing quote, ", and keep a text on one line.',
    ),
    _unreadable(
        "json_control_character",
        "A text has an invisible control character: {value}.",
        "Delete it: write the field again by hand.",
    ),
    _unreadable(
        "json_escape",
        "A backslash stands before a character that JSON does not escape: {value}.",
        "Delete the backslash.",
    ),
    _unreadable(
        "json_comment",
        "There is a comment in the JSON: {value}.",
        "Delete it: JSON has no comments. Text for people goes into the field comment.",
    ),
    _unreadable(
        "json_ellipsis",
        "There are dots in the JSON: {value}.",
        "Delete them: they stand for fields that an example left out.",
    ),
    _unreadable(
        "json_in_string",
        "There is JSON inside a JSON text: {value}.",
        "Let the message be {{strategy.order.alert_message}} alone, without braces or quotes round"
        " it, or write the fields themselves.",
    ),
    _unreadable(
        "json_duplicate_key",
        "The field `{where}` stands in the message twice.",
        "Delete one of them.",
    ),
    _unreadable(
        "json_too_deep",
        "The JSON is nested deeper than {limit} levels.",
        "Send the fields in one flat object.",
    ),
    _unreadable(
        "json_too_many_keys",
        "An object of the message has {value} fields, more than {limit}.",
        "Send only the fields of the native alert.",
    ),
    _unreadable(
        "json_syntax",
        "The message is not JSON at {value}: {limit} was expected.",
        "Compare the message with a ready one, or paste it into a JSON checker.",
    ),
)

_PLACEHOLDERS: Final = (
    _invalid(
        "placeholder_left",
        "TradingView did not replace {value}.",
        "alert() in a script replaces nothing: build the text there, or send it with"
        " alertcondition(). Placeholders that begin with strategy. work in strategy alerts only.",
    ),
    _invalid(
        "placeholder_unknown",
        "{value} is no placeholder of TradingView.",
        "Write {limit}. Spelling and case must be TradingView's, between two braces.",
    ),
)

_FIELDS: Final = (
    _invalid(
        "version_unknown",
        "The message has version {value}; this bridge reads version 1.",
        'Write "version": 1, or delete the field.',
    ),
    _invalid(
        "field_missing",
        "The field `{where}` is missing.",
        "Add {limit}.",
    ),
    _invalid(
        "field_empty",
        "The field `{where}` is empty.",
        "Write {limit}. A placeholder that has no value is replaced by nothing.",
    ),
    _invalid(
        "field_unknown",
        "The native alert has no field `{where}`, and it looks as if it changed the order.",
        "{limit}",
    ),
    _invalid(
        "feature_not_available",
        "The field `{where}` asks for what this version does not do: {value}. Nothing was ordered.",
        "Delete the field, and keep stops and targets at the venue or as alerts of their own.",
    ),
    _invalid(
        "text_expected",
        "The field `{where}` must be a text; it is {value}.",
        "Put it in quotes: {limit}.",
    ),
    _invalid(
        "text_too_long",
        "The field `{where}` has {value} characters, more than {limit}.",
        "Shorten it.",
    ),
    _invalid(
        "text_characters",
        "The field `{where}` has a character that is not allowed there: {value}.",
        "Use {limit}.",
    ),
    _invalid(
        "word_unknown",
        "`{where}` is {value}, which is not one of its words.",
        "Write one of {limit}.",
    ),
)

_NUMBERS: Final = (
    _invalid(
        "number_expected",
        "The field `{where}` must be a number; it is {value}.",
        "Write {limit}.",
    ),
    _invalid(
        "number_invalid",
        "`{where}` is {value}, which is not a number.",
        "Write {limit}.",
    ),
    _invalid(
        "number_too_long",
        "`{where}` is {value}: more digits, or a larger exponent, than any market has.",
        "Send at most 28 digits and no exponent beyond 28.",
    ),
    _invalid(
        "number_not_finite",
        "`{where}` is {value}: the script had no number at that moment.",
        "Guard it in the script with na(), or delete the field.",
    ),
    _invalid(
        "number_not_positive",
        "`{where}` is {value}; it must be above zero.",
        "The direction is in `action`; leave a number out when there is none.",
    ),
    _invalid(
        "number_separator",
        "`{where}` is {value}, with separators inside, which can be read in two ways.",
        "In Pine write str.tostring(x), not str.format: that one adds commas and cuts to three"
        " decimals.",
    ),
    _invalid(
        "number_decimal_comma",
        "`{where}` is {value}, with a comma for the point.",
        "Write the number with a point: 34.8.",
    ),
    _invalid(
        "number_percent",
        "`{where}` is {value}, with a percent sign.",
        'Write the bare number; a percentage of equity is "quantity_unit": "equity_percent".',
    ),
    _invalid(
        "number_suffix",
        "`{where}` is {value}, with a letter for thousands or millions.",
        "In Pine write str.tostring(x) without format.volume.",
    ),
    _invalid(
        "number_arithmetic",
        "`{where}` is {value}: nobody works out a sum in a message.",
        'Work it out in the script, plot it, and write "{where}": "{{plot_0}}".',
    ),
)

_TIMES: Final = (
    _invalid(
        "time_invalid",
        "`{where}` is {value}, which is not a time that can be read.",
        "Write {limit}, or whole seconds or milliseconds since 1970.",
    ),
    _invalid(
        "time_without_zone",
        "`{where}` is {value}, without a zone: nobody can know whose clock that is.",
        "Write {limit}, which ends in Z for UTC, or end it in an offset such as +02:00.",
    ),
    _invalid(
        "time_ambiguous",
        "`{where}` is {value}, which is neither seconds (10 digits) nor milliseconds (13 digits).",
        "Write {limit}.",
    ),
    _invalid(
        "time_out_of_range",
        "`{where}` is {value}, which is before 1970 or after 2199.",
        "Write {limit}.",
    ),
)

_ORDERS: Final = (
    _invalid(
        "effect_not_allowed",
        "`{where}` is {value}, which does not go with the action {limit}.",
        "Delete the field: it says what a buy or a sell may do to the position.",
    ),
    _invalid(
        "exit_order_type",
        "`{where}` is {value}, and {limit} has no order type but market.",
        'Delete the field, or write "order_type": "market". To leave at a price send a buy or a'
        ' sell with "effect": "close".',
    ),
    _invalid(
        "quantity_not_allowed",
        "A cancel has no `{where}`: it cancels every working order of its strategy.",
        "Delete the field.",
    ),
    _invalid(
        "unit_without_quantity",
        "`{where}` is {value}, but there is no quantity.",
        "Add {limit}, or delete the unit to trade the route's own quantity.",
    ),
    _invalid(
        "price_missing",
        "A {value} order needs its limit in `{where}`.",
        "Add {limit}.",
    ),
    _invalid(
        "trigger_missing",
        "A {value} order needs the price at which it becomes active in `{where}`.",
        "Add {limit}.",
    ),
    _invalid(
        "trigger_not_allowed",
        "A {value} order has no `{where}`.",
        "Write {limit}, or delete the field.",
    ),
    _invalid(
        "position_contradicts_action",
        "The position fields say {value}, which {limit} cannot do.",
        "Send action, position and prev_position of the same order; in a strategy alert take all"
        " three from placeholders. An exit that leaves a part needs its quantity.",
    ),
)

CODES: Final = table(*_UNREADABLE, *_JSON, *_PLACEHOLDERS, *_FIELDS, *_NUMBERS, *_TIMES, *_ORDERS)
"""All of them. ``bridge.codes`` joins this table with the others for the reference."""
