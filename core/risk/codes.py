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
        'Add {{timenow}} to the message: as "time" in the native alert, elsewhere under the name '
        'that the dialect has for it ("timestamp" of a signal bot). Or waive it for the route '
        'with waive = ["time"].',
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
        "symbol_needs_rule",
        "No instrument of {where} is called {value}; one is, if a rule may rewrite it, and nobody "
        "confirmed that rule.",
        "Add the line {limit} to [symbols], or {value} to the aliases of the instrument. bascule "
        "symbols {value} shows what the rule would make of it.",
    ),
    Code(
        "symbol_ambiguous",
        "{value} does not say for sure what is meant in {where}: it could be {limit}.",
        "Send the instrument's own name, or give the symbol to one of them in symbols of the "
        "account. A contract that is held and was opened by another symbol is closed by its name.",
    ),
    Code(
        "contract_missing",
        "There is no contract for {value} now in the table of futures.{limit}.",
        "Add the contracts of the next months to futures.{limit}, each with its instrument.",
    ),
    Code(
        "strategy_not_on_route",
        "The strategy {value} may not use the route {limit}.",
        "Add it to strategies of the route, or correct the message.",
    ),
    Code(
        "nothing_to_close",
        "There is nothing more to close: the strategy holds {value} on that side of {where}, and "
        "its exits on their way count as closed.",
        "Nothing to do if it holds 0, or if its exit works. An exit that is unknown is looked up; "
        "`bascule order resolve` says what became of it, then the next exit passes.",
    ),
    Code(
        "nothing_to_cancel",
        "There is no working entry to cancel in {where}.",
        "Nothing to do.",
    ),
    Code(
        "hints_contradict",
        "A {limit} cannot lead {value}.",
        "Correct position and prev_position of the message: they are the sender's own position "
        "after and before the order.",
    ),
    Code(
        "reversal_size_unclear",
        "The message turns the position, and its quantity {value} is not more than the {limit} "
        "that it would close: what it opens on the other side is not clear. Nothing was opened.",
        "Add position_size (and prev_position_size) to the message, or send a target position.",
    ),
    Code(
        "flat_first",
        "The position of {where} is closed first; the entry on the other side waits until it is "
        "flat.",
        "Nothing to do. If it is not flat within order_life_s of the route, the entry expires.",
    ),
    Code(
        "entries_first",
        "Own entries in {where} that are not wanted any more have to end first.",
        "Nothing to do. If they do not end within order_life_s of the route, the entry expires.",
    ),
    Code(
        "reversal_not_completed",
        "The entry {limit} waited for the position of {where} to be closed, and did not go "
        "({value}).",
        "Look at the exit of the same signal, and at the position. Send the entry again if it is "
        "still wanted.",
    ),
    Code(
        "position_turned",
        "The position was turned to the other side while the entry waited: it would close now "
        "instead of open.",
        "Nothing to do; the strategy's next alert finds the position as it is.",
    ),
    Code(
        "exits_first",
        "Own exits in {where} close more than is wanted now: what is missing is opened when they "
        "are over.",
        "Nothing to do. If they do not end within order_life_s of the route, the entry expires.",
    ),
    Code(
        "alert_missed",
        "Before this alert the sender was {value}, and here it is {limit} ({where}): an earlier "
        "alert did not come, or its order was refused.",
        "Compare both positions. An exit brings both to flat; on_gap of the route says what "
        "entries do until then.",
    ),
    Code(
        "repeated_execution",
        "The strategy entered again after a fill {value} times by itself, and {limit} are allowed "
        "({where}).",
        "It is halted. Find out why it goes on entering; then: bascule resume --scope {where} "
        "--reason ...",
    ),
    Code(
        "orders_over_asked",
        "More went out than was asked for: {value} ({where}).",
        "Everything is halted: this is a defect of the bridge. Compare the signal with its orders, "
        "and report it.",
    ),
    Code(
        "target_missing",
        "The message wants a position and does not say which.",
        "Give target_position, or position with position_size, or a quantity of the route {limit}.",
    ),
    Code(
        "target_superseded",
        "A later alert ({value} later by its own time) wants another position.",
        "Nothing to do: the latest one counts.",
    ),
    Code(
        "target_reached",
        "The position is {value}, as wanted, or on its way there.",
        "Nothing to do.",
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
        "opposite_in_group",
        "In the group {limit} somebody has, or is about to have, the other side of {where}: "
        "{value}.",
        "Close that position first. The group forbids opposite positions with no_opposite = true.",
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
        "self_match",
        "The order would trade with an own order of {where}, at {value}.",
        "Wait until that order is over, or cancel it; both sides of one trade are nobody's gain.",
    ),
    Code(
        "position_mode",
        "The venue of this account keeps its positions as {value}, and the configuration says "
        "{limit}.",
        "Set hedging of the account as its venue has it; until then nothing is opened there.",
    ),
    Code(
        "short_on_spot",
        "A spot account sells what it owns, and this strategy holds {value} there.",
        "Send the sell as an exit, or trade it on an account that can be short.",
    ),
    Code(
        "exit_unit",
        "An exit is counted in units of the instrument or in percent of its position, not in "
        "{value}.",
        "Leave out the quantity to close everything, or give it in units or as position_percent.",
    ),
    Code(
        "entry_unit",
        "An entry cannot be sized in {value}: there is no position yet that it is a part of.",
        "Give the size of an entry in units, by value, or by equity or risk.",
    ),
    Code(
        "basis_over_limit",
        "The signal's own price is {value} away from {where}, further than {limit}: it was made on "
        "another market.",
        "Check the symbol; let prices count as distances with levels = "
        '"offset_from_signal_price", or widen basis_max_percent of the route.',
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
    # --- levels: what a stop, a target, a trailing stop are as prices
    Code(
        "stop_wrong_side",
        "The stop would be at {value}, which is not on the side of the loss of {limit}.",
        "Send the stop of this side: below the price for a long position, above it for a short "
        "one, at least a tick away.",
    ),
    Code(
        "target_wrong_side",
        "A target, or where something begins with profit, would be at {value}, which is not on "
        "the side of the profit of {limit}.",
        "Send the levels of this side: above the price for a long position, below it for a short "
        "one, at least a tick away.",
    ),
    Code(
        "level_not_positive",
        "A level is {value} ({limit}): no price and no distance.",
        "Send a level above zero, or leave it out.",
    ),
    Code(
        "level_unit",
        "The unit {value} means nothing for {limit}.",
        "A stop cannot be counted in multiples of itself; what a trailing stop keeps and what "
        "break-even adds are distances, no prices.",
    ),
    Code(
        "pip_missing",
        "Levels are given in {value}, and nobody said what a pip of {limit} is.",
        "Set pip of the instrument, or send the levels in ticks, percent or prices.",
    ),
    Code(
        "risk_needs_stop",
        "A multiple of the risk, or a size by risk, needs a stop, and this signal has none.",
        "Send the stop with it: the risk is the distance from the entry to the stop.",
    ),
    Code(
        "targets_too_many",
        "There are {value} targets, above {limit}.",
        "Send fewer targets.",
    ),
    Code(
        "target_shares",
        "The targets close {value} % of the position, and all of them need a part of {limit} %.",
        "Let the shares add up to 100 at most, and to less where a target has none of its own.",
    ),
    Code(
        "break_even_beyond",
        "Break-even would put the stop at {value}, beyond the price {limit} that it waits for.",
        "Let it wait for more profit than it secures.",
    ),
    Code(
        "signal_price_missing",
        "Its prices are measured from the signal's own price, and the signal has none.",
        'Send "price": "{{close}}" with the signal, or "signal_price" where price is a limit.',
    ),
    Code(
        "copy_below_step",
        "The copy would be {value}, below the smallest order of {where}, {limit}; the position is "
        "rounded down.",
        "Nothing to do: what rounding takes comes with a later order. For one instead of none, set "
        'minimum = "one" for the account, or give it an equivalent with smaller steps.',
    ),
    Code(
        "leader_declined",
        "The leader {limit} makes no order of it ({value}), so there is nothing to copy.",
        "See the verdict of the leader.",
    ),
    Code(
        "copied_as_equivalent",
        "{where} trades {value} only in place of {limit} on this route.",
        "Send the alert for {limit}, or use a route without this equivalent.",
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
        "Send {limit} or less, or raise it: `bascule limit set {where} quantity_max VALUE"
        " --reason TEXT --yes`.",
    ),
    Code(
        "value_over_limit",
        "The order is worth {value}, above {limit} per order ({where}).",
        "Send less, or raise it: `bascule limit set {where} value_max VALUE --reason TEXT --yes`.",
    ),
    Code(
        "value_below_min",
        "The order is worth {value}, and it has to be worth {limit} at least ({where}).",
        "Send more. It is the smallest value that the venue takes; in a wallet 5 % more, for the"
        " fee is taken from what is bought, and the rest must be enough to be sold.",
    ),
    Code(
        "stop_value_below_min",
        "At its stop the position of {where} would be worth {value}; it has to be {limit} at least"
        " to be sold there.",
        "Send more, or put the stop nearer: a wallet's venue takes no order that is worth less.",
    ),
    Code(
        "price_outside_collar",
        "The price is {value} away from the market, further than {limit} ({where}).",
        "Check the price and the instrument behind the symbol, or widen collar_percent of {where}.",
    ),
    Code(
        "reference_stale",
        "There is no fresh price to judge it by: {value} ({where}).",
        "Check the market data of the account; entries pass again by themselves.",
        retryable=True,
    ),
    Code(
        "position_over_limit",
        "The position could reach {value}, above {limit} ({where}), working orders counted.",
        "Wait for or cancel working orders, send less, or raise it: `bascule limit set {where} "
        "position_max VALUE --reason TEXT --yes`.",
    ),
    Code(
        "gross_over_limit",
        "All positions together could be worth {value}, above {limit} ({where}).",
        "Close something, send less, or raise it: `bascule limit set {where} gross_max VALUE"
        " --reason TEXT --yes`.",
    ),
    Code(
        "open_orders_over_limit",
        "It would be order number {value} that is alive, above {limit} ({where}).",
        "Cancel working orders, or raise it: `bascule limit set {where} open_orders_max VALUE"
        " --reason TEXT --yes`.",
    ),
    Code(
        "currency_mixed",
        "The account {value} keeps its money in another currency than {limit}, so {where} cannot "
        "be added up.",
        "Give gross_max of {where} to accounts of one currency, or to each account.",
    ),
    Code(
        "daily_loss_reached",
        "{where} reached its loss limit of the day; it has lost {value} now, of {limit}.",
        "Entries pass again on the account's next day. If the limit was wrong: raise it (`bascule "
        "limit set`), then `bascule loss release ACCOUNT --reason ...`. Exits pass now.",
    ),
    Code(
        "drawdown_reached",
        "{where} is {value} below its start balance; its limit is {limit}.",
        "Entries pass again when it is above that and a person says so: `bascule loss release "
        "ACCOUNT --reason ...`. Exits pass now.",
    ),
    Code(
        "trailing_drawdown_reached",
        "{where} is {value} below its peak; its limit is {limit}.",
        "Entries pass again when it is above that and a person says so: `bascule loss release "
        "ACCOUNT --reason ...`. Exits pass now.",
    ),
    Code(
        "balance_in_doubt",
        "The balance of {where} changed by {value}, and no fill explains it yet; if it is a loss, "
        "a limit of {limit} is reached.",
        "It is settled by the next comparisons with the venue, within a minute; a transfer is no "
        "loss.",
        retryable=True,
    ),
    Code(
        "baseline_missing",
        "From where the drawdown of {where} is counted is not known yet: {value}.",
        "It is noted with the first figures of the venue; or set it with `bascule baseline set`.",
        retryable=True,
    ),
    Code(
        "margin_short",
        "After this order {where} would have {value} needed margin free; {limit} is asked for.",
        "Send less, close something, or lower margin_free_percent_min of the account.",
    ),
    Code(
        "margin_unknown",
        "Nobody says what {value} needs as margin, and {where} asks for {limit}.",
        "Set margin_percent or margin_per_unit of the instrument.",
    ),
    Code(
        "cooldown",
        "{where} cools down after losing trades ({limit}): {value} left.",
        "Entries pass again by themselves. Exits pass now.",
        retryable=True,
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
        "A person lifts it: bascule resume --scope {where} --reason ...",
    ),
    Code(
        "not_armed",
        "The account {where} trades real money and is not armed.",
        "Look at its positions, its limits and the page; then: bascule arm ACCOUNT --reason ...",
    ),
    Code(
        "live_differs",
        "The venue of {where} says of itself that it is {value}, and the account is configured as "
        "{limit}.",
        "Correct `live` or the venue's table of the account; nothing is opened while they differ.",
    ),
    Code(
        "arming_ended",
        "The account {limit} is not armed any more: {value}.",
        "Its exits and legs still pass. Look at it; then: bascule arm ACCOUNT --reason ...",
    ),
    Code(
        "arm_not_live",
        "The account {value} trades no real money: it needs no arming.",
        "Nothing to do.",
        status=409,
    ),
    Code(
        "arm_not_armed",
        "The account {value} is not armed.",
        "Nothing to do.",
        status=409,
    ),
    Code(
        "arm_time_over",
        "The time until which {value} would be armed is over.",
        "Name a time that is still to come, or none.",
        status=422,
    ),
    Code(
        "arm_store_weak",
        "The account {value} cannot be armed: the journal may lose its last writes when power "
        "fails.",
        "Mend the store, as `bascule check` says, or waive it by name: `store.waive = "
        '["durability"]`.',
        status=409,
    ),
    Code(
        "reducing",
        "{where} may only make positions smaller.",
        "Set reducing = false for the account.",
    ),
    Code(
        "books_differ",
        "Our books of {where} have differed from the venue's for {value}.",
        "See bascule reconcile show. It lifts itself after two comparisons that agree; bascule "
        "reconcile accept ends it now. Exits pass.",
        retryable=True,
    ),
    Code(
        "recovering",
        "{where} is being compared with its venue; the order waits.",
        "Nothing to do: it is judged again when the comparison ends, or expires.",
    ),
    Code(
        "fills_first",
        "Exits closed more than is heard of the entries before them; what the others of "
        "these entries hold is not known yet, and the exit waits for that.",
        "Nothing to do: it goes as soon as their fills are known, cut to what is there.",
    ),
    Code(
        "entry_on_its_way",
        "Nothing is held as far as is known, but an entry before the exit is not over: what it "
        "fills is closed then, and the exit waits for that.",
        "Nothing to do: it goes as soon as the entry is over, cut to what is there. An entry that "
        "is unknown is looked up; `bascule order resolve` says what became of it.",
    ),
    Code(
        "legs_first",
        "A protective leg could close the same {value} of the position ({where}); the order waits "
        "until the leg is smaller.",
        "Nothing to do: it goes as soon as the venue has confirmed the smaller leg.",
    ),
    Code(
        "others_first",
        "A leg and an exit of another strategy ({where}) could close {value} more than that one "
        "holds, and with it what this entry opens; the entry waits.",
        "Nothing to do: the other leg is made smaller, and the entry goes as soon as the venue has "
        "confirmed that, or expires.",
    ),
    Code(
        "stop_missing",
        "The entry of {value} carries no stop, and the route {limit} requires one.",
        "Add a stop to the message, or set require_stop = false for the route.",
    ),
    Code(
        "link_down",
        "The link of {where} is {value}; the order waits.",
        "Nothing to do: it goes when the link is back and compared, or expires. If it lasts, look "
        "at the account's link.",
    ),
    # --- 25: the calendar
    Code(
        "session_closed",
        "{limit} does not trade now: it is outside its sessions for another {value}.",
        "Send the signal within the sessions of bascule calendar. With hold = "
        '["session_closed"] at the account an entry waits for the opening instead, for as long as '
        "order_life_s of the route allows.",
    ),
    Code(
        "news",
        "There is news about {limit} now; nothing is opened for another {value}.",
        'Wait, or take the news out of its calendars. With hold = ["news"] at the account an entry '
        "waits for the end instead, for as long as order_life_s of the route allows.",
    ),
    Code(
        "calendar_stale",
        "The calendar of {where} says nothing about now ({value} {limit}).",
        "Put a calendar there that covers today, or mend the file; it is read again by itself. "
        "bascule calendar shows how far each one reaches. Exits pass meanwhile.",
    ),
    Code(
        "flat_before_close",
        "{where} is to be flat in {limit} when its session ends in {value}; nothing is opened any "
        "more.",
        "Wait for the next session, or lower flat_before_close_s of the account.",
    ),
    Code(
        "flat_before_weekend",
        "{where} is to be flat in {limit} over the weekend, which begins in {value}; nothing is "
        "opened any more.",
        "Wait for the next session, or lower flat_before_weekend_s of the account.",
    ),
    Code(
        "flat_before_news",
        "{where} is to be flat in {limit} before news in {value}; nothing is opened any more.",
        "Wait for the end of the news, or lower flat_before_news_s of the account.",
    ),
    Code(
        "not_flat_in_time",
        "{where} is not flat for {limit}: {value}.",
        "Close it in the venue's own terminal if it has to be flat, and look why it was not: the "
        "orders of the flatten say it. Then compare with bascule reconcile show.",
    ),
    Code(
        "contract_closed",
        "Entries in {limit} ended {value} ago; it is only closed any more.",
        "Send the next contract, or the continuous symbol; correct last_entry in its futures table "
        "if this is too early.",
    ),
    Code(
        "contract_not_front",
        "The symbol means {limit} for an entry now, and the strategy is still in {value}.",
        "Close {value} first: exits by the same symbol go there. Then entries go to {limit}.",
    ),
    Code(
        "roll_guard",
        "{limit} becomes the front contract about now, and charts may have rolled earlier or "
        "later; nothing is opened by a continuous symbol for another {value}.",
        "Wait, send the contract's own name, or lower guard_days of the future. Exits pass.",
    ),
    Code(
        "rolled_while_held",
        "{limit}: the front contract is another one, and {where} holds the former ({value}).",
        "Exits by the continuous symbol still go to what is held, and entries are refused until it "
        "is closed. Close it, or let the strategy do so.",
    ),
    Code(
        "first_notice_near",
        "The first notice of a contract that is held ({value}) comes, {limit} left: {where}.",
        "Close it in time: who holds it then may have to take or make delivery.",
    ),
    Code(
        "expiry_near",
        "A contract that is held ({value}) expires, {limit} left: {where}.",
        "Close it, or know how it is settled. Its orders end with it.",
    ),
    Code(
        "contracts_ending",
        "The table of the future {where} ends with {value}, {limit} left: no contract follows.",
        "Add the next contracts to futures.{where} in the file, each with its instrument, and "
        "start the bridge anew. From the end on nothing is opened by its continuous symbols; exits "
        "pass.",
    ),
    Code(
        "contracts_ended",
        "The table of the future {where} ended with {value} {limit} ago: no contract follows.",
        "Nothing is opened by its continuous symbols any more; exits pass. Add the next contracts "
        "to futures.{where} in the file, each with its instrument, and start the bridge anew.",
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
        "banned",
        "The venue of {where} shut the door for this address or these keys; the order waits.",
        "Nothing is sent until the ban is over: `bascule status` says when. Look whether other "
        "programs use the same address or keys.",
    ),
    Code(
        "drift_breaker",
        "The own fills of {where} ran too far away from each other in {limit}; its entries there "
        "wait for {value}.",
        "Look at what the strategy is running after; entries pass again by themselves.",
        retryable=True,
    ),
    Code(
        "drift_over_limit",
        "This order would be filled {value} worse than the best own fill of the last minutes; the "
        "most is {limit}.",
        "Wait until the market has come back or the fills are older than drift_window_s; or raise "
        "drift_collars_max of the strategy.",
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
        "{value} orders of {where} have an outcome that nobody knows yet; from {limit} on entries "
        "are refused.",
        "Wait until the venue has told, or say what you see there: bascule order resolve. Exits "
        "pass.",
        retryable=True,
    ),
    Code(
        "not_shown",
        "The venue does not show the order, and nothing proves yet that it is not there.",
        "It is asked for again by itself; bascule signal explain shows the answers so far.",
    ),
    Code(
        "unknown_needs_person",
        "Nobody knows for {value} s what became of the order {where}; {limit} answers of the venue "
        "that count did not show it.",
        "Look for it on the venue's own pages, then say what you saw: bascule order resolve.",
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
    Code(
        "account_unknown",
        "There is no account {value}.",
        "Use a name of the configuration.",
        status=404,
    ),
    Code(
        "strategy_unknown",
        "There is no strategy {value}.",
        "Use a name of the configuration.",
        status=404,
    ),
    Code(
        "nothing_differs",
        "Nothing of account {value} waits to be accepted.",
        "See bascule reconcile show.",
        status=409,
    ),
    Code(
        "nothing_to_move",
        "{value} holds nothing of {where} that could be moved there.",
        "See bascule position list.",
        status=409,
    ),
    Code(
        "move_over_position",
        "{value} is not between nothing and the {limit} that there are of {where}.",
        "Ask for {limit} or less, without a sign.",
        status=409,
    ),
    Code(
        "move_opposed",
        "The strategy {limit} holds {value}, which is the other side of {where}.",
        "Close one of the two first.",
        status=409,
    ),
    Code(
        "order_not_working",
        "The order {value} is {limit}: its venue has not said that it works.",
        "Wait until it is accepted, or cancel it.",
        retryable=True,
        status=409,
    ),
    Code(
        "order_pending",
        "A {limit} of the order {value} is pending already.",
        "Wait until the venue has answered; a cancel is possible at any time.",
        retryable=True,
        status=409,
    ),
    Code(
        "replace_not_offered",
        "The venue of {where} cannot change a working order.",
        "Cancel the order and send a new one.",
        status=409,
    ),
    Code(
        "replace_price_unused",
        "A {value} order has no {limit} that could be changed.",
        "Change its quantity, or cancel it.",
        status=422,
    ),
    Code(
        "replace_same",
        "The order {value} has these terms already.",
        "Nothing to do.",
        status=409,
    ),
    Code(
        "replace_filled",
        "The order cannot become {value}: {limit} of it is filled already.",
        "Ask for more than is filled, or cancel the rest.",
        status=409,
    ),
    Code(
        "quantity_off_step",
        "The quantity {value} is not a tradable quantity of {where}; its step is {limit}.",
        "Ask for whole steps.",
        status=422,
    ),
    Code(
        "exit_may_not_grow",
        "An exit of {limit} cannot become {value}: it may only become smaller or move its price.",
        "Send another exit for the rest.",
        status=409,
    ),
    Code(
        "replace_not_seen",
        "The venue kept showing the order under its old terms, so the replace was given up.",
        "Ask again if it is still wanted. Should it turn up late, it is followed, with an alarm.",
    ),
    Code(
        "nothing_left",
        "Nothing that could be traded was left of the order.",
        "Nothing to do.",
    ),
    Code(
        "revisions_over_limit",
        "The order was tried ten times already; {value} is left.",
        "See the reasons of its revisions. Send a new signal if it is still wanted.",
    ),
    Code(
        "followup_too_late",
        "What was left, {value}, could not be sent within its time to live.",
        "Nothing was sent. Send a new signal if it is still wanted.",
    ),
    Code(
        "newer_signal",
        "A later message of the strategy wants the position that the exit would have closed: "
        "{value}.",
        "Nothing to do if the later one is right; else send an exit, or close the position.",
    ),
    Code(
        "lost_too_often",
        "The exit was lost on its way to the venue several times in a row; {value} is left.",
        "See why requests to this venue are lost; close the position by hand, or flatten it.",
    ),
    Code(
        "replace_too_late",
        "The order was filled before its replace arrived.",
        "Nothing to do.",
    ),
    Code(
        "confirm_missing",
        "It needs a second confirmation: {value}.",
        "Ask once more with --yes, with confirm = true by the API, or with the box ticked.",
        status=409,
    ),
    Code(
        "limit_scope_unknown",
        "There is no scope {value} for a limit.",
        "Use global, group:NAME, account:NAME, strategy:NAME, instrument:NAME or "
        "account:NAME/instrument:NAME with names of the configuration.",
        status=422,
    ),
    Code(
        "limit_unknown",
        "There is no limit {value} in {where}.",
        "Use one of: {limit}.",
        status=422,
    ),
    Code(
        "limit_invalid",
        "{value} is no value for {limit}.",
        "Give an amount of zero or more, a whole number where things are counted, or none.",
        status=422,
    ),
    Code(
        "limit_same",
        "Nothing changes: {value}.",
        "Nothing to do; bascule limit show lists what is in force.",
        status=409,
    ),
    Code(
        "limits_not_waiting",
        "No limit of the file waits ({value}).",
        "Nothing to do; bascule limit show lists what is in force and what waits.",
        status=409,
    ),
    Code(
        "flatten_scope",
        "Nothing can be flattened in {value}.",
        "Use global, account:NAME, account:NAME/instrument:NAME or strategy:NAME with names of the "
        "configuration, of ours or of all; a strategy has only its own.",
        status=422,
    ),
    Code(
        "flatten_running",
        "{value} is being flattened already ({limit}).",
        "Nothing to do: it goes on until it is flat or calls you.",
        status=409,
    ),
    # --- alarms
    Code(
        "exit_sent_again",
        "The exit {limit} of {where} never reached its venue; it was sent again as {value}.",
        "Look whether it is filled now. If exits keep getting lost, see the link of the account.",
    ),
    Code(
        "exit_not_placed",
        "The exit {limit} of {where} never reached its venue and is not sent again: {value}. The "
        "position is still open.",
        "Close it: send an exit, or bascule flatten. Its stop, if it has one, stays.",
    ),
    Code(
        "flatten_incomplete",
        "The flatten of {where} has not closed everything: {value}.",
        "Look at the venue and close by hand what is left there; bascule flatten tries again. "
        "Where its venue keeps reduce-only, what is left has its stop.",
    ),
    Code(
        "flatten_uncollared",
        "There was no fresh quote or no collar for {where}, so {value} closes at any price.",
        "Look at the price of its fills; set collar_percent, and mend the market data.",
    ),
    Code(
        "limits_wait",
        "The file allows more than is in force, so {limit} of its limits wait: {value}.",
        "bascule limit accept --reason ... puts them in force; or take them back in the file.",
    ),
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
        "The order {where} appeared at the venue after it had counted as not placed.",
        "It counts again. An entry that still works is asked to end, unless late_arrival of its "
        "route keeps it.",
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
        "revision_overfill",
        "A late fill of {where} makes the sum of its revisions exceed the intent by {value}.",
        "The later revision was asked to end. Check the position.",
    ),
    Code(
        "revision_revived",
        "{where} works again at its venue although {value} was made for what was left of it.",
        "It was asked to end. Compare both orders with the venue.",
    ),
    Code(
        "replaced_unasked",
        "The venue gave {where} other terms ({value}) than were asked for; they are followed.",
        "Look for who changed it: a person at the venue, a second bridge, or a replace that was "
        "given up and came late.",
    ),
    Code(
        "working_order_not_shown",
        "The venue does not show {where}, which it had accepted.",
        "Compare the order with the venue.",
    ),
    Code(
        "leg_failed",
        "The venue does not take or does not keep the legs of {where} ({value}); on_leg_failure = "
        "{limit}.",
        "With flatten the position is closed at the market, with keep the bridge watches the "
        "levels. Look for why the venue refuses stops there, or who ends them.",
    ),
    Code(
        "stop_in_doubt",
        "CRITICAL: the stop {limit} of {where} got no answer, and nobody knows whether it is at "
        "its venue: {value}.",
        "Look for it among the venue's own stop orders. If it is not there: bascule order resolve "
        "{limit} not_placed, and another one is placed; if you cannot look, close the position.",
        critical=True,
    ),
    Code(
        "stop_beside",
        "The stop {limit} of {where} was not shown for a minute, so a second one, {value}, was "
        "placed beside it: both may only make the position smaller.",
        "Look at the venue's own stop orders; cancel one of the two if both are there.",
    ),
    Code(
        "leg_opened",
        "A leg or an exit ({limit}) was filled when there was nothing left to close: {where} holds "
        "{value} now.",
        "What it opened is closed at once, unless somebody else seemed to have closed the same "
        "before: then compare the position with the venue, and close it yourself.",
    ),
    Code(
        "turn_in_doubt",
        "By our books {where} holds {value} on the wrong side since the exit {limit} was heard. "
        "Entries of which nothing is heard may explain it; it has been in doubt for two minutes.",
        "Compare the position with the venue, and look for the entries in doubt there: bascule "
        "order resolve says what became of one. What was opened is closed once that is known.",
    ),
    Code(
        "attached_stop_filled",
        "The far stop that the venue keeps for an entry was reached: {where} was closed at {value} "
        "or beyond.",
        "Find out why nothing nearer had closed it: the bridge was away, or the market jumped.",
    ),
    Code(
        "protection_impossible",
        "No price follows from the levels of the position in {where} ({value}): nothing protects "
        "it.",
        "Set a stop at the venue or close the position, then look at the levels of the signal.",
    ),
    Code(
        "fills_incomplete",
        "The venue says that {value} of {where} is filled, and the fills it shows sum to {limit}.",
        "Compare the order with the venue: a fill has not been told.",
    ),
    Code(
        "person_contradicted",
        "The venue shows the order {where} otherwise than a person had said ({value}); the venue "
        "counts.",
        "Look at the order: it may be alive. An entry is asked to end as one that turns up late.",
    ),
    Code(
        "cancel_refused",
        "The venue refused to cancel {where} ({value}).",
        "The order may be over or may still work: it is asked for now. Cancel it at the venue if "
        "it works.",
    ),
    Code(
        "order_not_ended",
        "The venue does not end {limit} of {where}: it may still trade {value}, more than is "
        "wanted there.",
        "It is asked again, each minute at last. Cancel it at the venue: what it closes beyond "
        "what is held opens a position, which the bridge closes again.",
    ),
    Code(
        "order_not_in_doubt",
        "The order {value} is {limit}: what became of it is not in doubt.",
        "Nothing to resolve. An order that works is ended with bascule order cancel.",
    ),
    Code(
        "resolve_impossible",
        "The order {where} cannot be {value}: {limit}.",
        "Give what the venue shows: the quantity that is filled in all, and its price.",
    ),
    Code(
        "fill_inferred",
        "{value} of {where} must have been filled, and the venue tells no execution of it; it "
        "counts, marked as inferred.",
        "Compare the order with the venue. An execution that is told later takes its place.",
    ),
    Code(
        "inferred_contradicted",
        "The venue shows less of {where} filled than was inferred: {limit} instead of {value}.",
        "The position follows the venue. Compare the order with it.",
    ),
    Code(
        "bust_inferred",
        "The venue does not list the fill {value} of {where} any more; it was taken back.",
        "The position was moved back. Compare the order with the venue; what is listed again "
        "counts again.",
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
        "old_backup_or_second_bridge",
        "The venue shows our order {value}, and the journal does not know it ({where}).",
        "Stop any second bridge; if the journal was restored from a backup, compare all positions "
        "before resuming.",
    ),
    Code(
        "position_differs",
        "The venue holds {value} of {where}; by our fills it should be {limit}.",
        "Somebody else trades on the account, or the journal is an older copy. Our books followed "
        "the venue: see bascule position list, then: bascule resume --scope account:NAME "
        "--reason ...",
    ),
    Code(
        "external_baseline",
        "At the first comparison the venue held {value} of {where}, and our books {limit}.",
        "What nobody of ours owns is kept apart, as external. bascule position adopt gives it to a "
        "strategy.",
    ),
    Code(
        "share_cut",
        "Somebody else closed {value} of what our strategies held of {where}; {limit} is left.",
        "Nothing was sent. See who did it: by hand, a liquidation, the broker's risk desk.",
    ),
    Code(
        "oversold",
        "A buy was taken back after its coins were sold: {limit} sold {value} of {where} that "
        "others held, and their shares and legs are cut to what is left.",
        "Nothing was sent. Ask the venue why it took the trade back.",
    ),
    Code(
        "fee_inferred",
        "The venue holds {value} less of {where} than was bought, and told no fee: up to {limit} "
        "counts as the fees of these fills.",
        "Nothing was sent. If it was no fee, somebody took it: look at the venue's own list.",
    ),
    Code(
        "foreign_order",
        "An order works in {where} that is not ours: {value}.",
        "It counts against the limits and is never cancelled from here.",
    ),
    Code(
        "order_differs",
        "The venue says otherwise of {where} ({value}) than our books ({limit}).",
        "Compare the order with the venue; bascule reconcile accept takes the venue's word.",
    ),
    Code(
        "link_paused",
        "The venue of {where} is left alone for {limit}: {value}.",
        "Nothing to do: it is connected and compared when the pause is over. Exits wait with the "
        "rest; close at the venue itself if that is too long.",
    ),
    Code(
        "drift_paused",
        "The own fills of {where} ran {value} away from each other within minutes, more than "
        "{limit}; its entries wait.",
        "Nothing to do if the market itself moved: the pause ends by itself. Else look at what the "
        "strategy is running after; its settings are drift_collars_max, drift_window_s and "
        "drift_pause_s.",
    ),
    Code(
        "slippage_drift",
        "The orders of {where} cost {value} on average; it was tested with {limit}, and this is no "
        "chance.",
        "Look at where the price is lost (alert, bridge, wire, venue) with bascule pnl and the "
        "traces of its orders, and test the strategy again with what it really costs.",
    ),
    Code(
        "rejects_paused",
        "The venue rejected {value} of the last {limit} orders of {where}; its entries wait.",
        "Look at the venue's reasons in these orders and mend the cause.",
    ),
    Code(
        "follower_differs",
        "A follower holds {value} where its leader's position comes to {limit}: {where}.",
        "See bascule copies for what it should hold and why it may not. Nothing is sent by itself: "
        "close or open the difference, or leave it to the next signals.",
    ),
    Code(
        "heartbeat_heard",
        "The script {value} says that it is alive.",
        "Nothing to do: a heartbeat makes no order.",
    ),
    Code(
        "route_silent",
        "No alert for {limit} over the route {where}: {value}.",
        "Look into TradingView's alert log: is the alert still active, and does its webhook status "
        "say delivered? An alert that was stopped has to be started by hand.",
    ),
    Code(
        "alert_overdue",
        "No alert came over the route {where} by {limit}: {value}.",
        "Look into TradingView's alert log, and at the position: what the script holds and what "
        "the account holds may differ now.",
    ),
    Code(
        "sequence_gap",
        "Alerts are missing in the sequence of {where}: {value}; the last that came is {limit}.",
        "Look into TradingView's alert log for those that were not delivered, and compare the "
        "script's position with the account's. A target alert heals at the next one.",
    ),
    Code(
        "sequence_again",
        "The number {value} came twice in the sequence of {where}, under another id; the last is "
        "{limit}.",
        "Look whether two alerts of TradingView run the same script here: each needs a stream of "
        "its own in its message (the timeframe), or a strategy name. After an edit of the script "
        "this comes once.",
    ),
    Code(
        "alerts_crowded",
        "{value} from {where}. TradingView stops a script alert that fires more than {limit}, for "
        "good.",
        "Let the script alert less often (once a bar), or split it; and look into TradingView's "
        "alert log whether it is still active.",
    ),
    Code(
        "downtime",
        "No alert could be taken for {limit} while something was open: {value}. Routes: {where}.",
        "Look at the alerts that fired meanwhile, and send again what is still wanted.",
    ),
    Code(
        "account_refused",
        "The venue of {where} does not let the bridge in: {value}.",
        "Mend what it says: a new key goes into the keys file, and the bridge connects with it by "
        "itself, without a restart.",
    ),
    Code(
        "account_refused_exposed",
        "CRITICAL: the venue of {where} does not let the bridge in ({value}), and this is open "
        "there: {limit}. The bridge can close nothing and move no stop.",
        "Guard or close it by hand on the venue's own pages now. Then mend what it says: a new key "
        "goes into the keys file, and the bridge connects with it by itself and checks the stops.",
        critical=True,
    ),
    Code(
        "venue_fatal",
        "The venue refuses to work with {where}: {value}.",
        "The account is halted. Mend the cause, then: bascule resume --scope {where} --reason ...",
    ),
    Code(
        "daily_loss_warning",
        "{where} lost {value} today; the warning is set at {limit}.",
        "Its entries stop at its daily loss limit.",
    ),
    Code(
        "drawdown_warning",
        "{where} is {value} below its start balance; the warning is set at {limit}.",
        "Its entries stop at its drawdown limit, until a person lets it go.",
    ),
    Code(
        "trailing_drawdown_warning",
        "{where} is {value} below its peak; the warning is set at {limit}.",
        "Its entries stop at its trailing drawdown limit, until a person lets it go.",
    ),
    Code(
        "cooldown_started",
        "{value} trades in a row lost ({where}): its entries wait for {limit}.",
        "Look why. Entries pass again by themselves; exits pass now.",
    ),
    Code(
        "balance_differs",
        "The balance of {where} changed by {value}, and no fill and no announced transfer explains "
        "it. It counts as no profit and no loss.",
        "Say what it was: `bascule transfer note ACCOUNT KIND --entry {limit} --reason ...`.",
    ),
    # --- acts about money
    Code(
        "cash_kind_unknown",
        "{value} is no kind of movement that a person can name.",
        "Use one of: {limit}.",
    ),
    Code(
        "cash_entry_unknown",
        "No booking {value} waits for a name.",
        "These wait: {limit}.",
    ),
    Code(
        "cash_amount_missing",
        "Neither a booking nor an amount of {value} was named.",
        "Give the amount, negative when it leaves the account; or the booking with `--entry`.",
    ),
    Code(
        "cash_too_many",
        "{value} announced movements of {where} have not been seen yet.",
        "They are forgotten after a week; a change that comes unannounced is told and named then.",
    ),
    Code(
        "baseline_unknown",
        "A baseline cannot be set to that: {value}.",
        "Set one of {limit} to an amount above 0.",
    ),
    Code(
        "loss_not_reached",
        "No loss limit of {value} is reached.",
        "Nothing to do: `bascule loss show` says what is lost of how much.",
    ),
    Code(
        "loss_still_reached",
        "{where} is still {value} down, and its limit is {limit}.",
        "Set the baseline (`bascule baseline set`) or the limit (`bascule limit set`) first, if "
        "they are not what they should be.",
    ),
    Code(
        "daily_loss_holds",
        "{where} reached its loss limit of the day and is {value} down now, but its limit is "
        "{limit}, and nobody allowed more since.",
        "It lifts on the account's next day. If the limit was wrong, raise it (`bascule limit "
        "set`) or set the firm's number (`bascule baseline set ACCOUNT day`), then release it.",
    ),
)
"""Every code that the core can give."""
