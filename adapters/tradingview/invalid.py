"""The codes of messages that were read and are no valid order: 422."""

from __future__ import annotations

from typing import Final

from core.codes import Code


def _invalid(code: str, sentence: str, fix: str) -> Code:
    return Code(code, sentence, fix, status=422)


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
    _invalid(
        "piece_misplaced",
        "`{where}` is {value}, which cannot stand in that place.",
        "Write the message in this form: {limit}.",
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
        "A side is said by its own field and not by a sign; leave a number out when there is none.",
    ),
    _invalid(
        "number_not_whole",
        "`{where}` is {value}; it must be a whole number from 1 on.",
        "Write {limit}: a number that the script raises by one with each message.",
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
        "Write the bare number. What it counts is said by a unit of its own: in the native alert"
        ' "quantity_unit": "equity_percent" or "stop_unit": "percent".',
    ),
    _invalid(
        "number_suffix",
        "`{where}` is {value}, with a letter for thousands or millions.",
        "In Pine write str.tostring(x) without format.volume.",
    ),
    _invalid(
        "number_arithmetic",
        "`{where}` is {value}: nobody works out a sum in a message.",
        "Work it out in the script, plot it, and send the plot as the value: {{plot_0}}.",
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
        "Delete the field, or write market there. To leave at a price send a buy or a sell that"
        ' only closes: in the native alert one with "effect": "close".',
    ),
    _invalid(
        "quantity_not_allowed",
        "A cancel has no `{where}`: it cancels every working order of its strategy.",
        "Delete the field.",
    ),
    _invalid(
        "heartbeat_with_order",
        "A heartbeat says that the script is alive, and this one has `{where}`, which only an order"
        " has.",
        'Delete the field. If an order was meant, write its action: "action": "buy".',
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

_LEVELS: Final = (
    _invalid(
        "targets_form",
        "`{where}` is {value}, which is no list of targets.",
        "Write numbers with a semicolon between them, each perhaps with a colon and the percent"
        " that it closes: {limit}.",
    ),
    _invalid(
        "targets_many",
        "`{where}` has {value} targets, more than {limit}.",
        "Send fewer.",
    ),
    _invalid(
        "targets_shares",
        "The targets in `{where}` close {value} % of the position, and each needs a part of it.",
        "Let the shares add up to 100 at most, and to less where a target has none: {limit}.",
    ),
    _invalid(
        "unit_not_allowed",
        "`{where}` is {value}, which cannot count {limit}.",
        "An exit is counted in units or in percent of the position, an entry in any other unit."
        " Without a quantity an exit closes everything.",
    ),
    _invalid(
        "level_missing",
        "`{where}` means nothing without the level that it goes with.",
        "Add {limit}, or delete the field.",
    ),
    _invalid(
        "levels_not_allowed",
        "`{where}` protects a position, and this {limit} opens none.",
        "Delete the field. Levels come with what opens a position, and end with it.",
    ),
    _invalid(
        "stop_by_risk",
        "`{where}` is {value}: a stop cannot be a multiple of the distance to itself.",
        "Write {limit}, or another unit.",
    ),
    _invalid(
        "size_needs_stop",
        "`{where}` is {value}, which is counted from the entry to the stop, and there is no stop.",
        "Add {limit}.",
    ),
    _invalid(
        "stop_contradicts_price",
        "`{where}` is {value}, which is not on the side of the loss of the message's own price"
        " {limit}.",
        "Below the price for a long position, above it for a short one. A fixed stop beside a side"
        " that varies is wrong half of the time.",
    ),
    _invalid(
        "stop_contradicts_target",
        "`{where}` is {value}, and a target is {limit}: no entry has its loss and its profit on"
        " those sides.",
        "For a long position the stop is below every target, for a short one above. Fixed levels"
        " beside a side that varies are wrong half of the time.",
    ),
    _invalid(
        "target_contradicts_price",
        "`{where}` has {value}, which is not on the side of the profit of the message's own price"
        " {limit}.",
        "Above the price for a long position, below it for a short one.",
    ),
)

_TARGETS: Final = (
    _invalid(
        "target_position_not_allowed",
        "`{where}` says what position is wanted, and the action {value} says what to order.",
        "Write {limit} to be brought to a position, or delete the field.",
    ),
    _invalid(
        "target_quantity",
        "A target has no `{where}`: how much is ordered follows from the position that is wanted.",
        "Write {limit} instead.",
    ),
    _invalid(
        "position_size_contradicts",
        "`{where}` is {value}, beside a {limit}.",
        "Send size and direction of one position: market_position_size beside market_position. A"
        " flat one is 0, and only a short one may be below it.",
    ),
)

_DIALECTS: Final = (
    _invalid(
        "field_unmapped",
        "The mapping says nothing of `{where}`, and it looks as if it changed the order.",
        "Map it in [mappings.{limit}], or name it under `ignore` there if it does not matter.",
    ),
    _invalid(
        "mapped_missing",
        "`{where}` is not in the message, and the mapping reads {value} from it.",
        "Add it to the message, or write `optional = true` for {value} in [mappings.{limit}].",
    ),
    _invalid(
        "value_unmapped",
        "`{where}` is {value}, which is not in the table of its values: {limit}.",
        "Add the value to the table of the mapping, or correct the message.",
    ),
    _invalid(
        "pattern_unmatched",
        "The message does not fit the pattern of the mapping {limit}: {value}.",
        "Compare it with the mapping's sample; `bascule signal read` tries a message.",
    ),
    _invalid(
        "field_not_of_dialect",
        "The dialect {limit} has no `{where}`, and what is not known may change the order.",
        "Correct its spelling, or delete it.",
    ),
    _invalid(
        "dialect_setting_missing",
        "This alert can only be read when the route says `{where}`, and it does not.",
        "Add {limit} under [routes.NAME.reading] in the configuration, as the sender has it set.",
    ),
    _invalid(
        "option_unsupported",
        "`{where}` is {value}, which changes what is traded and is not done here: {limit}.",
        "Change or delete `{where}` if the order is right then. Else do not send this alert here.",
    ),
)

INVALID: Final = (
    *_PLACEHOLDERS,
    *_FIELDS,
    *_NUMBERS,
    *_TIMES,
    *_ORDERS,
    *_LEVELS,
    *_TARGETS,
    *_DIALECTS,
)
"""All of them."""
