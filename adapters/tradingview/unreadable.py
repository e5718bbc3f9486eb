"""The codes of messages that could not be read: 400, and 413 for what is too long."""

from __future__ import annotations

from typing import Final

from core.codes import Code


def _unreadable(code: str, sentence: str, fix: str) -> Code:
    return Code(code, sentence, fix, status=400)


_PASTE: Final = (
    'Replace the whole text in the alert\'s message box by: { "strategy": "My strategy", "symbol": '
    '"{{ticker}}", %s, "time": "{{timenow}}", '
    '"id": "{{ticker}}-{{timenow}}-%s" }. For a route of another dialect take what '
    "`bascule tv template --route NAME` prints."
)
_PASTE_STRATEGY: Final = _PASTE % (
    '"action": "{{strategy.order.action}}", "quantity": "{{strategy.order.contracts}}", '
    '"position": "{{strategy.market_position}}", '
    '"prev_position": "{{strategy.prev_market_position}}"',
    "{{strategy.order.id}}-{{strategy.order.action}}-{{strategy.order.contracts}}"
    "-{{strategy.position_size}}",
)
_PASTE_INDICATOR: Final = _PASTE % ('"action": "buy"', "buy")
"""What to paste instead, for an alert of a strategy and for one of an indicator or a price."""

_TEXTS: Final = (
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
        "The message is a list that this dialect does not read.",
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
        _PASTE_STRATEGY,
    ),
    _unreadable(
        "text_default_price",
        "The message is TradingView's default text of a price alert, which says nothing to trade.",
        _PASTE_INDICATOR,
    ),
    _unreadable(
        "text_program",
        "The message is a program of orders, as Alertatron has them: {value}. Its steps wait for"
        " each other, and no single order says what they mean together.",
        "Send one alert for what the position should be after all steps. " + _PASTE_STRATEGY,
    ),
    _unreadable(
        "text_prose",
        "The message is written for people, and nothing of it says for certain what to trade:"
        " {value}.",
        _PASTE_STRATEGY,
    ),
    _unreadable(
        "text_key_value",
        "The message is written as key=value text: {value}. This route reads JSON.",
        'Write it as JSON: { "strategy": "…", "symbol": "{{ticker}}", "action": "buy" }.',
    ),
    _unreadable(
        "text_is_json",
        "The message is JSON: {value}. This route reads text.",
        "Name the dialect of this alert on the route, or write the alert in the route's own.",
    ),
    _unreadable(
        "text_pair_form",
        "A piece of the message has no name and value: {value}.",
        "Write every field as name{limit}value, with the separators of this dialect between them.",
    ),
    _unreadable(
        "text_pieces_many",
        "The message has {value} pieces, more than {limit}.",
        "Send one alert as one short message.",
    ),
    _unreadable(
        "batch_size",
        "The message is a list of {value} signals; from 1 to {limit} can be taken at once.",
        "Send fewer signals in one message.",
    ),
    _unreadable(
        "text_not_json",
        "The message is plain text and not JSON: {value}.",
        _PASTE_STRATEGY,
    ),
    _unreadable(
        "text_deal",
        "The message is for a DCA bot of 3Commas: its direction and its size stand in 3Commas and"
        " not in the message.",
        'Write the order itself: { "strategy": "My strategy", "symbol": "{{ticker}}", "action": '
        '"buy", "quantity": "1" }, or send the message of a signal bot.',
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

_BROKEN: Final = (
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

UNREADABLE: Final = (*_TEXTS, *_BROKEN)
"""All of them."""
