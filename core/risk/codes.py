"""The codes of verdicts, of operator's acts and of alarms: what each means, and what to do.

Length: one row a code; the reference is made from it, and it is read by searching.
"""

from __future__ import annotations

from typing import Final

from core.codes import Code, table

CODES: Final = table(
    # --- the message as a whole
    Code(
        "duplicate",
        "This message was served before; nothing was done again.",
        "Nothing to do: TradingView repeats a delivery that it is not sure of.",
    ),
    Code(
        "id_reused",
        "The id {value} was used before with another text, so this is another message under an "
        "old name.",
        "Give each alert its own id: put {{timenow}}, action and size into it, as the ready "
        "messages do.",
        status=422,
    ),
    Code(
        "id_missing",
        "The message has no id, and this route requires one.",
        'Add "id" to the message, or waive it for the route with waive = ["id"].',
        status=422,
    ),
    Code(
        "time_missing",
        "The message has no time, and this route requires one.",
        'Add "time": "{{timenow}}" to the message, or waive it for the route with waive = '
        '["time"].',
        status=422,
    ),
    Code(
        "route_busy",
        "More than {limit} messages came for the route {value}.",
        "It is taken when it comes again in a few seconds; raise rate_per_minute of the route if "
        "this is usual.",
        retryable=True,
        status=503,
    ),
    Code(
        "store_unavailable",
        "The journal cannot be written now, so nothing that adds exposure is accepted.",
        "It is taken when it comes again; see the store's alarm for the cause.",
        retryable=True,
        status=503,
    ),
    Code(
        "not_recovered",
        "The bridge is still reading its journal.",
        "It is taken when it comes again in a few seconds.",
        retryable=True,
        status=503,
    ),
    # --- what is asked for
    Code(
        "symbol_unknown",
        "No instrument of {where} is called {value}.",
        "Add the symbol to the aliases of an instrument, or to symbols of the account; it is "
        "compared exactly.",
    ),
    Code(
        "strategy_not_on_route",
        "The strategy {value} may not use the route {limit}.",
        "Add it to strategies of the route, or correct the message.",
    ),
    Code(
        "nothing_to_close",
        "There is nothing to close: the strategy holds {value} on that side of {where}.",
        "Nothing to do: a repeated or late exit finds the position closed.",
    ),
    Code(
        "nothing_to_cancel",
        "There is no working entry to cancel in {where}.",
        "Nothing to do.",
    ),
    Code(
        "reversal_not_available",
        "It would turn a position of {value} to the other side, which one signal cannot do.",
        'Send two signals: "exit" first, then the new entry.',
    ),
    Code(
        "entry_still_working",
        "An own {limit} of {value} is still working, so it is not clear whether this closes or "
        "opens.",
        'Send "cancel" first, or say what is meant with "effect" or with position and '
        "prev_position.",
    ),
    Code(
        "strategies_opposed",
        "The strategy {value} holds or is entering the other side of {where} in {limit}.",
        "Use another account, or allow it with allow_opposed = true.",
    ),
    Code(
        "price_off_tick",
        "The price {value} is not a positive multiple of the tick {limit} of {where}.",
        "Round the price in the script to the tick: math.round_to_mintick().",
    ),
    Code(
        "order_price_missing",
        "A {value} order needs its {limit}, and the message has none.",
        "Give the price in the message, or send a market order.",
    ),
    Code(
        "exit_unit",
        "An exit is counted in units of the instrument, not in {value}.",
        "Leave out the quantity to close everything, or give it in units.",
    ),
    Code(
        "quantity_missing",
        "The message has no quantity, and the route {limit} has no own.",
        "Add quantity to the message, or quantity to the route.",
    ),
    Code(
        "quantity_below_step",
        "The quantity {value} is below the smallest order of {where}, {limit}.",
        "Ask for more, or trade an instrument with smaller steps.",
    ),
    Code(
        "all_or_none",
        "The route is all or none, and the account {value} refused.",
        "See the verdict of that account.",
    ),
    # --- controls
    Code(
        "limit_missing",
        "{value} is {limit} for this order, and without a limit there is no entry.",
        "Set it in the configuration for the account, the strategy, the instrument or globally.",
    ),
    Code(
        "quantity_over_limit",
        "The quantity {value} is above {limit} per order ({where}).",
        "Send {limit} or less, or raise quantity_max of {where}.",
    ),
    Code(
        "value_over_limit",
        "The order is worth {value}, above {limit} per order ({where}).",
        "Send less, or raise value_max of {where}.",
    ),
    Code(
        "price_outside_collar",
        "The price is {value} away from the market, further than {limit} ({where}).",
        "Check the price and the instrument behind the symbol, or widen collar_percent of {where}.",
    ),
    Code(
        "reference_stale",
        "There is no fresh price to judge it by: {value}, at most {limit} are allowed ({where}).",
        "Check the market data of the account; entries pass again by themselves.",
        retryable=True,
    ),
    Code(
        "position_over_limit",
        "The position could reach {value}, above {limit} ({where}), working orders counted.",
        "Wait for or cancel working orders, send less, or raise position_max of {where}.",
    ),
    Code(
        "gross_over_limit",
        "All positions together could be worth {value}, above {limit} ({where}).",
        "Close something, send less, or raise gross_max of {where}.",
    ),
    Code(
        "open_orders_over_limit",
        "It would be order number {value} that is alive, above {limit} ({where}).",
        "Cancel working orders, or raise open_orders_max of {where}.",
    ),
    Code(
        "currency_mixed",
        "The account {value} keeps its money in another currency than {limit}, so {where} cannot "
        "be added up.",
        "Give gross_max of {where} to accounts of one currency, or to each account.",
    ),
    Code(
        "daily_loss_reached",
        "{where} lost {value} today; its limit is {limit}.",
        "Entries pass again on the account's next day. Exits pass now.",
    ),
    Code(
        "equity_stale",
        "There is no fresh equity of {where}: {value}.",
        "Check the link of the account; entries pass again by themselves.",
        retryable=True,
    ),
    Code(
        "day_not_started",
        "The account's day has no starting equity yet: {value} ({where}).",
        "It starts with the first figures of the venue; try again in a moment.",
        retryable=True,
    ),
    Code(
        "rate_over_limit",
        "Too many at once: {value}, allowed are {limit} ({where}).",
        "Send less often, or raise the rate and burst of {where}.",
        retryable=True,
    ),
    Code(
        "signal_too_old",
        "The signal is {value} old, more than {limit}.",
        "Check the delay of the sender and both clocks, or raise signal_age_max_s of the route.",
    ),
    Code(
        "time_in_future",
        "The signal's time is ahead of ours by more than 5 s ({value}).",
        "Set both clocks by a time server; give times in UTC.",
    ),
    Code(
        "halted",
        "{where} is halted: {value} (by {limit}).",
        "A person lifts it: bascule resume --reason ...",
    ),
    Code(
        "reducing",
        "{where} may only make positions smaller.",
        "Set reducing = false for the account.",
    ),
    Code(
        "recovering",
        "{where} is being compared with its venue; the order waits.",
        "Nothing to do: it is judged again when the comparison ends, or expires.",
    ),
    Code(
        "link_down",
        "The link of {where} is {value}; the order waits.",
        "Nothing to do: it goes when the link is back and compared, or expires. If it lasts, look "
        "at the account's link.",
    ),
    Code(
        "maintenance",
        "The venue of {where} is in maintenance; the order waits.",
        "Nothing to do: it goes when the pause is over and the account is compared, or expires.",
    ),
    Code(
        "throttled",
        "The venue of {where} does not want to be asked for a while; the order waits.",
        "Nothing to do: it goes when that time is over. If it happens often, lower "
        "messages_per_minute of the account.",
    ),
    Code(
        "reject_breaker",
        "The venue of {limit} rejected too many orders of {where}; its entries wait for {value}.",
        "Look at the venue's reasons in the last orders and mend the cause; entries pass again by "
        "themselves. The third pause of a day halts the strategy.",
        retryable=True,
    ),
    Code(
        "market_untrusted",
        "The quotes of {where} cannot be believed now: {value}, allowed is {limit}.",
        "Entries pass again after three calm quotes. If it happens often, look at the market data, "
        "or widen spread_percent_max or jump_factor_max of the instrument.",
        retryable=True,
    ),
    Code(
        "clock_off",
        "Our clock is not to be trusted: {value} against {where}, at most {limit} are allowed.",
        "Let a time server keep the clock of this machine; entries pass again by themselves.",
        retryable=True,
    ),
    Code(
        "strategy_not_allowed",
        "The strategy {value} is {limit}.",
        "Add [strategies.{value}] with its instruments, sides and order types.",
    ),
    Code(
        "instrument_not_allowed",
        "{where} may not trade {value}; it may trade {limit}.",
        "Add it to instruments of the strategy.",
    ),
    Code(
        "side_not_allowed",
        "{where} may not {value}; it may {limit}.",
        "Add it to sides of the strategy.",
    ),
    Code(
        "order_type_not_allowed",
        "{where} may not use {value} orders; it may use {limit}.",
        "Add it to order_types of the strategy.",
    ),
    Code(
        "unknown_outcome",
        "{value} order of {where} has an outcome that nobody knows yet.",
        "Wait until the venue has told, or look at the order; exits pass.",
        retryable=True,
    ),
    Code(
        "held_too_long",
        "The order was held and its time to live is over.",
        "Nothing was sent. Send a new signal if it is still wanted.",
    ),
    Code(
        "not_sent_in_time",
        "The order could not be sent within its time to live.",
        "Nothing was sent. Check the link of the account.",
    ),
    Code(
        "halted_before_send",
        "The bridge was raised before the order had left.",
        "Nothing was sent.",
    ),
    # --- operator's acts
    Code(
        "scope_unknown",
        "There is no scope {value}.",
        "Use global, account:NAME or strategy:NAME with a name of the configuration.",
        status=422,
    ),
    Code(
        "not_halted",
        "{value} is not halted; halted are: {limit}.",
        "See bascule status.",
        status=409,
    ),
    Code(
        "reason_missing",
        "A reason is needed for {value}.",
        "Say why: it is kept in the journal.",
        status=422,
    ),
    Code(
        "order_unknown",
        "There is no order {value} in the last day.",
        "See bascule order list.",
        status=404,
    ),
    Code(
        "order_done",
        "The order {value} is already {limit}.",
        "Nothing to do.",
        status=409,
    ),
    # --- alarms
    Code(
        "restarted_after_crash",
        "The process before this one did not stop in an orderly way; {value} orders were alive.",
        "Each of them is looked up at its venue before new exposure passes. Find out why it ended.",
    ),
    Code(
        "report_unmatched",
        "A venue reported {value} for an order that the journal does not know ({where}).",
        "Look at the account: somebody else trades on it, a second bridge runs, or the journal is "
        "an old copy. News of an order under our name halts the account.",
    ),
    Code(
        "report_impossible",
        "A venue reported {value} for {where}, which cannot be; nothing was changed.",
        "Compare the order with the venue.",
    ),
    Code(
        "order_live_while_held",
        "The order {where} is live at the venue although it was never sent from here.",
        "A second bridge may run on this account: find it.",
    ),
    Code(
        "accept_after_reject",
        "The venue accepted {where} after it had rejected it; it counts as working.",
        "Compare the order with the venue.",
    ),
    Code(
        "late_arrival",
        "The order {where} appeared at the venue after its books had shown that it was not there.",
        "It counts again. Cancel it if it is no longer wanted.",
    ),
    Code(
        "overfill",
        "The venue filled {where} beyond its quantity; the position follows the venue.",
        "Check the position and ask the venue.",
    ),
    Code(
        "fill_after_cancel",
        "A fill of {where} came after its cancel; it counts.",
        "Nothing to do: the two crossed on the way.",
    ),
    Code(
        "fill_after_expiry",
        "A fill of {where} came after its expiry; it counts.",
        "Nothing to do: the two crossed on the way.",
    ),
    Code(
        "fill_after_reject",
        "A fill of {where} came after its reject; it counts.",
        "Compare the order with the venue.",
    ),
    Code(
        "reject_after_accept",
        "The venue rejected {where} after it had accepted it.",
        "See the venue's reason in the order.",
    ),
    Code(
        "reject_after_fill",
        "The venue rejected {where} after it had filled some of it; the fills count.",
        "See the venue's reason in the order.",
    ),
    Code(
        "cancel_unsolicited",
        "The venue cancelled {where}, and nobody here had asked for it.",
        "See the venue's reason in the order.",
    ),
    Code(
        "working_order_not_shown",
        "The venue does not show {where}, which it had accepted.",
        "Compare the order with the venue.",
    ),
    Code(
        "fills_incomplete",
        "The venue says that {value} of {where} is filled, and the fills it shows sum to {limit}.",
        "Compare the order with the venue: a fill has not been told.",
    ),
    Code(
        "fill_busted",
        "The venue took a fill of {where} back ({value}).",
        "The position was moved back; check it against the venue.",
    ),
    Code(
        "fill_corrected",
        "The venue corrected a fill of {where} ({value}).",
        "The position was moved; check it against the venue.",
    ),
    Code(
        "link_paused",
        "The venue of {where} is left alone for {limit}: {value}.",
        "Nothing to do: it is connected and compared when the pause is over. Exits wait with the "
        "rest; close at the venue itself if that is too long.",
    ),
    Code(
        "rejects_paused",
        "The venue rejected {value} of the last {limit} orders of {where}; its entries wait.",
        "Look at the venue's reasons in these orders and mend the cause.",
    ),
    Code(
        "downtime",
        "No alert could be taken for {limit} while something was open: {value}. Routes: {where}.",
        "Look at the alerts that fired meanwhile, and send again what is still wanted.",
    ),
    Code(
        "venue_fatal",
        "The venue refuses to work with {where}: {value}.",
        "The account is halted. Mend the cause, then bascule resume.",
    ),
    Code(
        "daily_loss_warning",
        "{where} lost {value} today; the warning is set at {limit}.",
        "Its entries stop at daily_loss_max.",
    ),
)
"""Every code that the core can give."""
