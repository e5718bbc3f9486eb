"""The journal's records: everything that ever happened, and nothing else. State is their fold.

Rules of this file
1. A record says what happened, in the past tense, with the inputs that the decision used.
2. Fields are added at the end with a default; a name or a meaning never changes. Else the codec's
   version rises. A reader refuses a field that it does not know: it loses nothing silently.
3. Parts that folding does not need (checks, raw messages) are kept as raw JSON, so that folding
   need not decode them.
4. A record carries no secret.

Length: one class a kind of record; it is read by searching.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.abilities import Abilities
from core.cash_rows import CashKind
from core.inforce import LimitChange
from core.links import LinkState
from core.loss_rows import LossRule
from core.loss_setup import OnBreach
from core.mismatches import ForeignOrder, Kind
from core.orders import Order, OrderEvent, OrderState, Side
from core.setup import Limits, Setup
from core.signals import QuantityUnit, Signal

NO_CHECKS: Final = msgspec.Raw(b"[]")
NO_EVIDENCE: Final = msgspec.Raw(b"{}")


class _Record(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="t",
):
    at_ns: int


class JournalOpened(_Record, frozen=True, tag="journal_opened"):
    """The first record of every journal: its own name, made once."""

    journal: str
    software: str


class BridgeStarted(_Record, frozen=True, tag="bridge_started"):
    """A process became the writer. Every account is RECOVERING from here on."""

    epoch: int
    software: str
    setup_hash: str


class BridgeStopped(_Record, frozen=True, tag="bridge_stopped"):
    """The writer stopped in an orderly way; a start without it before was a crash."""

    epoch: int


class SetupLoaded(_Record, frozen=True, tag="setup_loaded"):
    """The configuration that decisions depend on, whole, with its effective limits.

    ``limits_file``: the limits as the file has them, where they are not those in force.
    ``limits_waiting``: scope and name of those that are looser in the file, and wait for a person.
    """

    setup: Setup
    setup_hash: str
    limits_file: dict[str, Limits] | None = None
    limits_waiting: tuple[tuple[str, str], ...] = ()


class LimitsChanged(_Record, frozen=True, tag="limits_changed"):
    """A person set limits, or accepted what the file asks for. They are in force from here on."""

    by: str
    reason: str
    changes: tuple[LimitChange, ...]


class CalendarLoaded(_Record, frozen=True, tag="calendar_loaded"):
    """Starts of an account's next days and its scheduled maintenance (begin, end) as UTC times,
    turned from their zones. Good until ``valid_until_ns``."""

    account: str
    days_ns: tuple[int, ...]
    valid_until_ns: int
    source_hash: str
    maintenance_ns: tuple[tuple[int, int], ...] = ()


class DayStarted(_Record, frozen=True, tag="day_started"):
    """An account's day began; losses of the day are counted from this equity."""

    account: str
    day_ns: int
    equity: Decimal


class Marked(_Record, frozen=True, tag="marked"):
    """The account's own figures, at least once a minute while it is exposed."""

    account: str
    balance: Decimal
    equity: Decimal


class LossWarned(_Record, frozen=True, tag="loss_warned"):
    """A loss passed its warning: that of the day, or by ``rule`` a drawdown."""

    account: str
    loss: Decimal
    limit: Decimal
    rule: LossRule = LossRule.DAILY


class LossTripped(_Record, frozen=True, tag="loss_tripped"):
    """A loss reached its limit: entries are refused until the account's next day or, for a
    drawdown, until a person lets it go (a day too, once its limit is another). ``on_breach``: what
    was done besides."""

    account: str
    loss: Decimal
    limit: Decimal
    rule: LossRule = LossRule.DAILY
    on_breach: OnBreach = OnBreach.BLOCK


class LossReleased(_Record, frozen=True, tag="loss_released"):
    """A person let loss limits go that were reached: entries may pass again."""

    account: str
    rules: tuple[LossRule, ...]
    by: str
    reason: str


class AccountArmed(_Record, frozen=True, tag="account_armed"):
    """A person let an account open positions with real money. ``fingerprint``: of the account's own
    configuration; with another one it is armed no more. ``until_ns``: its end, 0 when none was
    asked for."""

    account: str
    fingerprint: str
    by: str
    reason: str
    until_ns: int = 0


class AccountDisarmed(_Record, frozen=True, tag="account_disarmed"):
    """An account with real money opens nothing any more: a person said so, or its arming ended."""

    account: str
    by: str
    reason: str


class EquityPeaked(_Record, frozen=True, tag="equity_peaked"):
    """The highest equity from which a trailing drawdown is counted rose to this."""

    account: str
    equity: Decimal


class BaselineSet(_Record, frozen=True, tag="baseline_set"):
    """From where losses are counted was set: ``what`` is ``start`` (drawdown), ``day`` or
    ``peak``. ``by``: a person, ``configuration``, or ``bridge``: the first figure seen."""

    account: str
    what: str
    value: Decimal
    by: str
    reason: str = ""


class CooldownStarted(_Record, frozen=True, tag="cooldown_started"):
    """So many trades in a row lost: entries of the strategy there wait until ``until_ns``; without
    a strategy all of the account."""

    account: str
    strategy: str
    losses: int
    until_ns: int


class CashBooked(_Record, frozen=True, tag="cash_booked"):
    """An account's balance changed by ``amount`` without a fill of ours. ``balance``: what it is
    now, where a comparison found it. A person who announced it is named in ``by``. ``venue_id``,
    ``venue_ns``: what the venue calls it, and when it says that it was."""

    account: str
    entry: str
    kind: CashKind
    amount: Decimal
    currency: str
    balance: Decimal | None = None
    by: str = ""
    reason: str = ""
    venue_id: str = ""
    venue_ns: int = 0


class CashNamed(_Record, frozen=True, tag="cash_named"):
    """A person, or the venue by its ``venue_id``, said what the booking ``entry`` of ``booked_ns``
    was. From here on it is that."""

    account: str
    entry: str
    kind: CashKind
    amount: Decimal
    currency: str
    booked_ns: int
    by: str
    reason: str
    venue_id: str = ""
    venue_ns: int = 0


class CashAnnounced(_Record, frozen=True, tag="cash_announced"):
    """A person said that the balance will change by ``amount`` (negative: out of the account). It
    is booked when the venue shows it."""

    account: str
    kind: CashKind
    amount: Decimal
    by: str
    reason: str
    until_ns: int


class CashAgreed(_Record, frozen=True, tag="cash_agreed"):
    """The venue's balance is explained: it is above our sums by ``level``. ``split``: how much more
    than we the venue keeps in the cost of open positions."""

    account: str
    level: Decimal
    split: Decimal


class CashSuspected(_Record, frozen=True, tag="cash_suspected"):
    """One comparison did not explain ``amount`` of the balance; 0: the suspicion is over."""

    account: str
    amount: Decimal


class CashBegun(_Record, frozen=True, tag="cash_begun"):
    """The first picture of an account did not agree. Until one does, a change of the balance is
    told by this: the balance was above what our fills earned by ``level``."""

    account: str
    level: Decimal


class SignalReceived(_Record, frozen=True, tag="signal_received"):
    """A signal was admitted for judgement. ``raw``: the message, redacted. ``extra``: names of its
    unknown fields. ``repaired``: what was repaired in it before it was read."""

    signal: str
    route: str
    key: str
    by_id: bool
    body_hash: str
    content: Signal
    raw: str = ""
    extra: tuple[str, ...] = ()
    door_ns: int = 0
    repaired: tuple[str, ...] = ()


class SignalRepeated(_Record, frozen=True, tag="signal_repeated"):
    """The same message came again; nothing was done."""

    signal: str
    route: str


class SignalUnread(_Record, frozen=True, tag="signal_unread"):
    """An authenticated message was no signal, or its id was used before for another body.
    ``like``: the dialect that it plainly is of, where its route reads another one."""

    signal: str
    route: str
    code: str
    value: str
    limit: str
    where: str
    raw: str = ""
    like: str = ""


class SignalRefused(_Record, frozen=True, tag="signal_refused"):
    """An account's verdict that made no order. ``verdict``: ``refused`` or ``no_action``.
    ``instrument``: what the account would have traded; nothing: the symbol led to none."""

    signal: str
    account: str
    verdict: str
    code: str
    value: str = ""
    limit: str = ""
    where: str = ""
    checks: msgspec.Raw = NO_CHECKS
    instrument: str = ""


class SignalServed(_Record, frozen=True, tag="signal_served"):
    """An account's verdict on a cancel, or on an exit that found nothing but entries that had not
    left: these orders were asked to end."""

    signal: str
    account: str
    orders: tuple[str, ...]


class TargetSet(_Record, frozen=True, tag="target_set"):
    """A strategy wants this position, in units, negative when short. ``asked``: the number that it
    was worked out from (``None``: it could not be, and everything is closed); ``ending``: own
    orders that are asked to end for it."""

    signal: str
    account: str
    instrument: str
    strategy: str
    wanted: Decimal
    asked: Decimal | None = None
    unit: QuantityUnit = QuantityUnit.UNITS
    time_ns: int | None = None
    ending: tuple[str, ...] = ()


class TargetCleared(_Record, frozen=True, tag="target_cleared"):
    """The orders that had to end for a target are over."""

    account: str
    instrument: str
    strategy: str


class GapNoted(_Record, frozen=True, tag="gap_noted"):
    """The sender's own position before its order was not what we have, and nothing on its way
    explains it. ``theirs`` is empty when an alert found both alike again."""

    signal: str
    account: str
    instrument: str
    strategy: str
    theirs: str
    ours: str


class ExpectedLoaded(_Record, frozen=True, tag="expected_loaded"):
    """When alerts of a route are expected: from when and by when, as far as it is known."""

    route: str
    expected_ns: tuple[tuple[int, int], ...] = ()
    valid_until_ns: int = 0
    source_hash: str = ""


class RouteSilent(_Record, frozen=True, tag="route_silent"):
    """Nothing came over a route since ``since_ns``. ``due_ns``: it was expected by then, and that
    time is dealt with, whether one came or not; 0: it has been silent for too long."""

    route: str
    since_ns: int
    due_ns: int = 0


class AlertsMissed(_Record, frozen=True, tag="alerts_missed"):
    """Numbers of a script's sequence did not come, and are waited for no longer."""

    route: str
    strategy: str
    symbol: str
    first: int
    last: int
    stream: str = ""


class AlertsCrowded(_Record, frozen=True, tag="alerts_crowded"):
    """So many alerts of a script came in three minutes that TradingView will stop it soon."""

    route: str
    strategy: str
    symbol: str
    count: int
    stream: str = ""


class OrderIntended(_Record, frozen=True, tag="order_intended"):
    """An order was approved: verdict, reservation, and the permission to send it (unless it is
    held). ``value``, ``limit``, ``where``: of the check that holds it, for the sentence."""

    order: Order
    checks: msgspec.Raw = NO_CHECKS
    sizing: str = ""
    value: str = ""
    limit: str = ""
    where: str = ""


class OrderChanged(_Record, frozen=True, tag="order_changed"):
    """Something happened to an order; ``to`` is the state that it led to.

    ``at_ns`` is when the bridge knew, ``venue_ns`` when the venue says it happened
    (of ``sent``: when its ``submit`` was called). ``by``: who
    asked for it. A release carries the order's new ``quantity`` (an exit may be cut),
    ``reference``, ``worst_price`` and whether it is ``opposed``; ``sent`` and ``accepted`` carry
    the market's middle as ``reference``. A replace that is asked for or was made carries all its
    terms. ``transient``: a reject that is known to pass. ``inferred``: of a fill that no execution
    told, or of its taking back. ``base_fee``: what of the fee was taken in the coin itself; ``fee``
    is its worth. ``position``: the ticket that a fill moved, as the venue names it.
    """

    order: str
    event: OrderEvent
    to: OrderState
    venue_ns: int = 0
    venue_order: str = ""
    exec_id: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None
    fee: Decimal | None = None
    reason: str = ""
    by: str = ""
    raw: str = ""
    checks: msgspec.Raw = NO_CHECKS
    reference: Decimal | None = None
    worst_price: Decimal | None = None
    inferred: bool = False
    transient: bool = False
    opposed: bool = False
    base_fee: Decimal | None = None
    position: str = ""


class LookedUp(_Record, frozen=True, tag="looked_up"):
    """A venue was asked for an order and did not show it.

    ``calls``: what was asked, in the venue's words. ``covers_closed``: they would have shown an
    order that is over. ``canary``: the recent order of ours that they did show. ``conclusive``: the
    venue's own books. ``qualified``: the answer counts towards ``not_placed``.
    """

    order: str
    calls: tuple[str, ...] = ()
    covers_closed: bool = False
    canary: str = ""
    qualified: bool = False
    conclusive: bool = False


class LookupAsked(_Record, frozen=True, tag="lookup_asked"):
    """An order that counts as not placed was due to be asked for again."""

    order: str


class EndShown(_Record, frozen=True, tag="end_shown"):
    """A look-up showed an order that is over with exactly the fills that we know: what is left of
    it is certain."""

    order: str
    filled: Decimal


class FollowUpDeclined(_Record, frozen=True, tag="followup_declined"):
    """What was left of an order, or was rejected for a moment, is not tried again; ``code`` says
    why."""

    order: str
    code: str
    value: str = ""
    limit: str = ""
    where: str = ""
    checks: msgspec.Raw = NO_CHECKS


class TermsSeen(_Record, frozen=True, tag="terms_seen"):
    """A look-up showed a working order under other terms than those asked for by a replace."""

    order: str
    quantity: Decimal
    price: Decimal | None = None
    trigger: Decimal | None = None


class Halted(_Record, frozen=True, tag="halted"):
    """The bridge was raised for a scope: ``global``, ``account:NAME`` or ``strategy:NAME``. Only a
    person lowers it."""

    scope: str
    by: str
    reason: str


class Resumed(_Record, frozen=True, tag="resumed"):
    """A person lowered the bridge again."""

    scope: str
    by: str
    reason: str


class FlattenAsked(_Record, frozen=True, tag="flatten_asked"):
    """A person, or a rule of the bridge, asked to close everything in a scope at the market.
    ``whose``: ``ours``, or ``all``: what nobody of ours owns besides. Its orders have ``act`` as
    their origin."""

    act: str
    scope: str
    whose: str
    by: str
    reason: str


class FlattenLate(_Record, frozen=True, tag="flatten_late"):
    """A flatten takes longer than it should; it goes on. ``rest``: what is not flat."""

    act: str
    rest: tuple[str, ...]


class FlattenConfirmed(_Record, frozen=True, tag="flatten_confirmed"):
    """An account is flat in the scope of the act, by our books and by a later picture of its
    venue."""

    act: str
    account: str


class FlattenEnded(_Record, frozen=True, tag="flatten_ended"):
    """A flatten is over. ``outcome``: ``flat``, or ``incomplete``: ``rest`` is for a person."""

    act: str
    outcome: str
    rest: tuple[str, ...] = ()


class LinkChanged(_Record, frozen=True, tag="link_changed"):
    """An account's connection is in another state (``None``: as ``up`` says). ``until_ns``: the end
    of a pause, ``named`` by the venue; ``code``: its kind, or why the link fell."""

    account: str
    up: bool
    reason: str
    state: LinkState | None = None
    until_ns: int = 0
    code: str = ""
    named: bool = False


class AccountRecovered(_Record, frozen=True, tag="account_recovered"):
    """Every order of the account has been compared with its venue; new exposure may pass."""

    account: str
    balance: Decimal
    equity: Decimal
    orders_checked: int


class RejectsPaused(_Record, frozen=True, tag="rejects_paused"):
    """A venue rejected too many orders of a strategy: its entries there wait until ``until_ns``.

    ``rejected`` of the last ``orders``; ``pauses``: of this day, this one included.
    """

    account: str
    strategy: str
    until_ns: int
    rejected: int
    orders: int
    pauses: int


class DriftPaused(_Record, frozen=True, tag="drift_paused"):
    """The own fills of a strategy ran too far in one direction: its entries in that instrument wait
    until ``until_ns``. ``drift`` and ``limit`` in percent of the best fill before."""

    account: str
    instrument: str
    strategy: str
    until_ns: int
    side: Side
    drift: Decimal
    limit: Decimal


class SlippageDrifted(_Record, frozen=True, tag="slippage_drifted"):
    """The orders of a strategy cost more at a venue than it was tested with, and not by chance.

    ``mean`` and ``tested`` in ``unit``, of ``orders``; ``score`` passed ``limit``, and begins anew.
    """

    strategy: str
    venue: str
    unit: str
    mean: Decimal
    tested: Decimal
    orders: int
    score: Decimal
    limit: Decimal


class AlarmRaised(_Record, frozen=True, tag="alarm_raised"):
    """Something that a person should know."""

    code: str
    value: str = ""
    limit: str = ""
    where: str = ""
    raw: str = ""


class DifferenceFound(_Record, frozen=True, tag="difference_found"):
    """A venue's picture differs from our books. ``cause``: why the picture was taken; ``evidence``:
    what it shows.

    ``settled``: what was done about it at once (``applied``, ``adopted``, ``restored``); else it
    stands until ``difference_gone``. ``confirmed``: a second picture shows the same, or somebody
    accepted it. ``sameness``: what a second picture has to show again.
    """

    account: str
    kind: Kind
    key: str
    instrument: str
    ours: str
    theirs: str
    sameness: str = ""
    confirmed: bool = False
    settled: str = ""
    cause: str = ""
    evidence: msgspec.Raw = NO_EVIDENCE


class DifferenceGone(_Record, frozen=True, tag="difference_gone"):
    """A difference is over: the two agree, or our books followed. ``reason`` says which."""

    account: str
    kind: Kind
    key: str
    reason: str


class ForeignOrderShown(_Record, frozen=True, tag="foreign_order_shown"):
    """The venue shows a working order that is not in our books, or shows it with other terms. It
    counts."""

    order: ForeignOrder


class ForeignOrderGone(_Record, frozen=True, tag="foreign_order_gone"):
    """The venue does not show it any more."""

    account: str
    venue_order: str


class ShareCut(_Record, frozen=True, tag="share_cut"):
    """A stranger closed some of what a strategy held, or a spot account oversold it. ``quantity``:
    by how much its share changed; ``price``: its own average price, so that no profit and no loss
    is invented. ``ticket``: of which of its tickets, on a hedging account."""

    account: str
    instrument: str
    strategy: str
    quantity: Decimal
    price: Decimal
    ticket: str = ""


class ExternalChanged(_Record, frozen=True, tag="external_changed"):
    """What the venue holds and none of ours owns changed by ``quantity``; ``theirs``: the net
    position that the venue shows. ``ticket``: in which ticket, on a hedging account."""

    account: str
    instrument: str
    quantity: Decimal
    price: Decimal
    theirs: Decimal
    ticket: str = ""


class PositionMoved(_Record, frozen=True, tag="position_moved"):
    """A person gave a position another owner, at its average price. An empty name is the external
    row; ``quantity`` is negative when short."""

    account: str
    instrument: str
    source: str
    target: str
    quantity: Decimal
    price: Decimal
    by: str
    reason: str


class AccountCompared(_Record, frozen=True, tag="account_compared"):
    """A comparison changed how an account stands. ``baseline``: it was the first one ever.
    ``reducing``: control 19 lets nothing but smaller positions pass; ``clean``: comparisons without
    a difference since."""

    account: str
    cause: str
    baseline: bool = False
    reducing: bool = False
    clean: int = 0


class ReconciliationAccepted(_Record, frozen=True, tag="reconciliation_accepted"):
    """A person said that the venue is right in all that differs; the next picture settles it."""

    account: str
    by: str
    reason: str


class FollowerDiffered(_Record, frozen=True, tag="follower_differed"):
    """A follower holds something else than its ratio of its leader's position, and nothing of
    theirs works. ``alarmed``: it did so for too long, and a person was called."""

    account: str
    instrument: str
    strategy: str
    leader: str
    expected: Decimal
    actual: Decimal
    alarmed: bool = False


class FollowerAgreed(_Record, frozen=True, tag="follower_agreed"):
    """Such a difference is over: they agree, they trade again, or it is not copied any more.
    ``reason`` says which."""

    account: str
    instrument: str
    strategy: str
    reason: str


class ScheduleLoaded(_Record, frozen=True, tag="schedule_loaded"):
    """When an instrument trades, as UTC times (begin, end), turned from zones and read from files.

    ``weekends_ns``: ends of sessions that a weekend follows. ``news_ns``: times around news. All
    of it is known until ``valid_until_ns``. ``fault``: its calendar could not be read, at
    ``where``; what was known before stays.
    """

    instrument: str
    sessions_ns: tuple[tuple[int, int], ...] = ()
    weekends_ns: tuple[int, ...] = ()
    news_ns: tuple[tuple[int, int], ...] = ()
    valid_until_ns: int = 0
    source_hash: str = ""
    fault: str = ""
    where: str = ""


class FlatBegun(_Record, frozen=True, tag="flat_begun"):
    """An account is to be flat in an instrument by ``until_ns``, and was not: a flatten began.
    ``kind``: what follows then (close, weekend, news)."""

    account: str
    instrument: str
    kind: str
    until_ns: int
    act: str


class FlatMissed(_Record, frozen=True, tag="flat_missed"):
    """An account was not flat in an instrument in time. ``rest``: what is open."""

    account: str
    instrument: str
    kind: str
    until_ns: int
    rest: tuple[str, ...] = ()


class ContractRolled(_Record, frozen=True, tag="contract_rolled"):
    """Another contract of a future is the front one from ``due_ns`` on, which its continuous
    symbols mean. ``before``: the one until then. ``rule``: by which it rolls."""

    future: str
    contract: str
    due_ns: int
    before: str = ""
    rule: str = ""


class ContractChosen(_Record, frozen=True, tag="contract_chosen"):
    """A strategy opens by the n-th continuous symbol of a future in this contract. What it holds
    there is meant by that symbol until it is closed, whatever rolls."""

    account: str
    strategy: str
    future: str
    depth: int
    instrument: str


class ContractTold(_Record, frozen=True, tag="contract_told"):
    """A person was told that a contract is held whose ``day`` is near, or has come: its expiry or
    its first notice."""

    account: str
    instrument: str
    day: str
    due_ns: int


class TableTold(_Record, frozen=True, tag="table_told"):
    """A person was told that the table of a future is ``ending`` at ``due_ns``, or has ``ended``:
    no contract follows this one. ``depth``: for its n-th continuous symbol."""

    future: str
    contract: str
    stage: str
    due_ns: int
    depth: int = 1


class VenueDescribed(_Record, frozen=True, tag="venue_described"):
    """An account's venue can do this."""

    account: str
    abilities: Abilities


class PriceNoted(_Record, frozen=True, tag="price_noted"):
    """The market moved: at this price the venue's smallest value is counted in an account from now
    on."""

    account: str
    instrument: str
    price: Decimal


class ProtectionSet(_Record, frozen=True, tag="protection_set"):
    """A protection came into force for a strategy's whole share, instead of the one before.

    ``origin``: the signal that asked for it. ``entry``: the price from which distances count. All
    levels are prices; ``trail`` is a distance. ``shares``: percent of the largest position that
    each target closes.
    """

    account: str
    instrument: str
    strategy: str
    side: Side
    origin: str
    entry: Decimal
    route: str = ""
    stop: Decimal | None = None
    targets: tuple[Decimal, ...] = ()
    shares: tuple[Decimal, ...] = ()
    trail: Decimal | None = None
    trail_after: Decimal | None = None
    break_even_after: Decimal | None = None
    break_even_to: Decimal | None = None


class StopMoved(_Record, frozen=True, tag="stop_moved"):
    """A stop was moved nearer. ``cause``: ``trail`` or ``break_even``; ``price``: the quote that it
    follows."""

    account: str
    instrument: str
    strategy: str
    stop: Decimal
    price: Decimal
    cause: str


class LevelReached(_Record, frozen=True, tag="level_reached"):
    """The bridge saw the price at a level that it keeps itself, and closes for it. ``leg``:
    ``stop`` or ``target N``; ``price``: what the exit would meet; ``quantity``: how much of the
    share it closes. ``trusted``: control 20 believes the quote, else a second one confirmed it."""

    account: str
    instrument: str
    strategy: str
    leg: str
    level: Decimal
    price: Decimal
    quantity: Decimal
    trusted: bool = True


class LegsFailed(_Record, frozen=True, tag="legs_failed"):
    """A venue does not take, or does not keep, the legs of a protection. ``policy``: what the route
    says then, ``flatten`` or ``keep``. ``cause``: ``rejected``, ``lost``, ``close refused``, or
    ``made`` when too many were made."""

    account: str
    instrument: str
    strategy: str
    policy: str
    cause: str


class LegOpened(_Record, frozen=True, tag="leg_opened"):
    """A leg or an exit was filled when there was nothing left to close: it opened ``quantity`` on
    ``side``, which is closed at once. ``order``: which one; ``origin``, ``route``: its own."""

    account: str
    instrument: str
    strategy: str
    side: Side
    origin: str
    order: str
    quantity: Decimal
    price: Decimal
    route: str = ""


class TurnDoubted(_Record, frozen=True, tag="turn_doubted"):
    """A leg or an exit was filled for ``quantity`` more than its strategy holds by our books, while
    entries may have filled more than we know. ``side``: its own. ``order``: which one; ``origin``,
    ``route``, ``price``: its own. ``kept``: its venue takes no such order through flat. ``cut``:
    others seemed to have closed the same, and the fill was told late."""

    account: str
    instrument: str
    strategy: str
    side: Side
    origin: str
    order: str
    quantity: Decimal
    price: Decimal
    route: str = ""
    kept: bool = False
    cut: bool = False


class EntryShown(_Record, frozen=True, tag="entry_shown"):
    """A venue showed since a turn in doubt that an entry has not filled more than we know: it does
    not explain that turn."""

    account: str
    instrument: str
    strategy: str
    order: str


class TurnSettled(_Record, frozen=True, tag="turn_settled"):
    """The doubt about a turn is over, but for ``left``. ``outcome``: ``explained`` by entries that
    were heard, or gone otherwise; ``opened``: so much of it really was; ``left_to_person``: it was,
    unless others closed the same before."""

    account: str
    instrument: str
    strategy: str
    outcome: str
    quantity: Decimal
    left: Decimal


class ProtectionEnded(_Record, frozen=True, tag="protection_ended"):
    """A protection is over: its position is ``flat`` or was ``turned``."""

    account: str
    instrument: str
    strategy: str
    reason: str


class Swept(_Record, frozen=True, tag="swept"):
    """What ended before ``before_ns`` left the state; it stays in the journal."""

    before_ns: int


Record = (
    JournalOpened
    | BridgeStarted
    | BridgeStopped
    | SetupLoaded
    | LimitsChanged
    | CalendarLoaded
    | DayStarted
    | Marked
    | LossWarned
    | LossTripped
    | LossReleased
    | AccountArmed
    | AccountDisarmed
    | EquityPeaked
    | BaselineSet
    | CooldownStarted
    | CashBooked
    | CashNamed
    | CashAnnounced
    | CashAgreed
    | CashSuspected
    | CashBegun
    | SignalReceived
    | SignalRepeated
    | SignalUnread
    | SignalRefused
    | SignalServed
    | TargetSet
    | TargetCleared
    | GapNoted
    | ExpectedLoaded
    | RouteSilent
    | AlertsMissed
    | AlertsCrowded
    | OrderIntended
    | OrderChanged
    | EndShown
    | FollowUpDeclined
    | LookedUp
    | LookupAsked
    | TermsSeen
    | Halted
    | Resumed
    | FlattenAsked
    | FlattenLate
    | FlattenConfirmed
    | FlattenEnded
    | LinkChanged
    | AccountRecovered
    | RejectsPaused
    | DriftPaused
    | SlippageDrifted
    | AlarmRaised
    | DifferenceFound
    | DifferenceGone
    | ForeignOrderShown
    | ForeignOrderGone
    | ShareCut
    | ExternalChanged
    | PositionMoved
    | AccountCompared
    | ReconciliationAccepted
    | FollowerDiffered
    | FollowerAgreed
    | ScheduleLoaded
    | FlatBegun
    | FlatMissed
    | ContractRolled
    | ContractChosen
    | ContractTold
    | TableTold
    | VenueDescribed
    | PriceNoted
    | ProtectionSet
    | StopMoved
    | LevelReached
    | LegsFailed
    | LegOpened
    | TurnDoubted
    | EntryShown
    | TurnSettled
    | ProtectionEnded
    | Swept
)
