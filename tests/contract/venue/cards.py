"""The contract cards: what every venue adapter does, numbered, each with the test that plays it.

Rules of this file
1. A number is for ever: a card that is no longer played leaves a hole.
2. ``needs`` is what a bench must offer for a card: a capability of the adapter, or ``shorts`` of
   the account. A bench without it skips the card and says so.
3. Each test names its card; tests/tidy holds table and tests together and makes docs/cards.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pytest


class Family(StrEnum):
    """What cards are about."""

    LIFE = "The life of an order"
    DOUBT = "Outcomes in doubt"
    PIECES = "Partial fills"
    RACES = "Cancels, replaces and their races"
    SNAPSHOT = "Snapshot and reconnect"
    THROTTLING = "Throttling"
    MAINTENANCE = "Maintenance"
    PROTECTION = "Protection"
    REDUCE = "Reduce-only"
    OTHERS = "Orders of others"


@dataclass(frozen=True, slots=True)
class Card:
    """One thing that every venue adapter does. ``needs`` empty: of all of them."""

    number: int
    family: Family
    sentence: str
    needs: str = ""


def card(number: int) -> pytest.MarkDecorator:
    """Mark the test that plays a card."""
    return pytest.mark.card(number)


CARDS: Final = (
    Card(
        1,
        Family.LIFE,
        "A market order is accepted first, then filled at the far side, with all that a fill says.",
    ),
    Card(
        2,
        Family.LIFE,
        "A buy limit below the market waits, and fills at its limit or better once it is reached.",
    ),
    Card(3, Family.LIFE, "A sell limit below the bid fills at once, at the bid.", "shorts"),
    Card(
        4,
        Family.LIFE,
        "A sell stop does nothing until the bid reaches it; a gap fills it where the market is.",
        "shorts",
    ),
    Card(
        5,
        Family.LIFE,
        "A gap over trigger and limit leaves the order at its limit until the market returns.",
    ),
    Card(
        6,
        Family.LIFE,
        "An invalid order is rejected; the reason is a code and a sentence.",
    ),
    Card(
        7,
        Family.PIECES,
        "Partial fills have ids of their own, and together they are the order, no more and "
        "no less.",
    ),
    Card(
        8,
        Family.LIFE,
        "After a round trip the account's own figures are the start, the trade and the fees.",
    ),
    Card(
        9,
        Family.DOUBT,
        "An id that comes again, at once or after its end, fills nothing more and is told again.",
        "ids_unique_for_ever",
    ),
    Card(
        10,
        Family.DOUBT,
        "A lookup of a closed order has its end, its terms and each of its fills as it was told.",
        "lookup_by_order_id",
    ),
    Card(
        11,
        Family.DOUBT,
        "None is an answer: the platform does not know the id.",
        "lookup_by_order_id",
    ),
    Card(
        12,
        Family.DOUBT,
        "After submit has returned, a lookup finds the order, whatever the reports still do.",
        "lookup_by_order_id",
    ),
    Card(
        13,
        Family.DOUBT,
        "Both calls prove nothing; the lookup tells them apart, and the same id mends both.",
        "ids_unique_for_ever",
    ),
    Card(
        14,
        Family.DOUBT,
        "A fill that nobody heard is in the lookup and in the position after the link is back.",
    ),
    Card(15, Family.RACES, "A cancel ends a working order; the market no longer moves it."),
    Card(
        16,
        Family.RACES,
        "What is filled stays filled; the answer says that there was nothing to cancel, and why.",
    ),
    Card(17, Family.RACES, "An unknown order answers a cancel, and does not come to exist by it."),
    Card(
        18,
        Family.RACES,
        "Sent in one breath, the order is first filled or first cancelled, never both or neither.",
    ),
    Card(
        19,
        Family.PIECES,
        "A partly filled order that is cancelled is over, and counts what it got.",
    ),
    Card(
        20,
        Family.REDUCE,
        "Without a position on its side it trades nothing and does not stay, either side.",
        "reduce_only",
    ),
    Card(
        21,
        Family.REDUCE,
        "An exit that is too large closes what is there; the rest of it is over, with a reason.",
        "reduce_only",
    ),
    Card(
        22,
        Family.REDUCE,
        "Of two full exits in one breath one closes and the other finds nothing.",
        "reduce_only",
    ),
    Card(
        23,
        Family.REDUCE,
        "A reduce-only stop is over when its position is closed, or trades nothing if it wakes.",
        "reduce_only",
    ),
    Card(
        24,
        Family.REDUCE,
        "When an entry turns the position, the old side's legs are over and never add to the new.",
        "reduce_only",
    ),
    Card(
        25,
        Family.SNAPSHOT,
        "Positions are the sum of the fills, orders are what has no end yet, money is what moved.",
    ),
    Card(
        26,
        Family.SNAPSHOT,
        "A snapshot right behind a submit shows the order: it does not hide what is on its way.",
    ),
    Card(
        27,
        Family.SNAPSHOT,
        "Positions, money, working orders and closed ones are the venue's, not the adapter's.",
    ),
    Card(
        28,
        Family.SNAPSHOT,
        "What rested before fills after, under its own id and with a new execution id.",
    ),
    Card(
        29,
        Family.SNAPSHOT,
        "The same id after a restart makes no second order and tells the same reports.",
        "ids_unique_for_ever",
    ),
    Card(
        30,
        Family.SNAPSHOT,
        "The link is told, quotes pass while it is up, and a closed venue says and takes nothing.",
    ),
    Card(
        31,
        Family.RACES,
        "Price and quantity are those that were asked for, absolute, and last over a restart.",
        "replace",
    ),
    Card(
        32,
        Family.RACES,
        "Moved over the market it takes the far side's price, without waiting for another quote.",
        "replace",
    ),
    Card(
        33,
        Family.PIECES,
        "Of a partly filled order only what is beyond its fills can still trade.",
        "replace",
    ),
    Card(
        34,
        Family.PIECES,
        "An order cannot become smaller than its fills, nor exactly them; it works on as it was.",
        "replace",
    ),
    Card(
        35,
        Family.RACES,
        "New terms that are not valid are rejected: the order works on under those that it had.",
        "replace",
    ),
    Card(
        36,
        Family.RACES,
        "A filled, a cancelled and an unheard order answer a replace, and stay what they are.",
        "replace",
    ),
    Card(
        37,
        Family.RACES,
        "Whichever comes first, the order is over under its last terms and trades nothing.",
        "replace",
    ),
    Card(
        38,
        Family.RACES,
        "A protective stop that was moved does nothing at its old trigger, and all at its new one.",
        "replace",
    ),
    Card(
        39,
        Family.REDUCE,
        "What closes one strategy's share while another holds the other side turns the net: "
        "the venue is not told that it only reduces.",
        "reduce_only",
    ),
    Card(
        41,
        Family.PROTECTION,
        "The stop is cut in the same moment, and told so; the other target keeps its part.",
        "linked_legs",
    ),
    Card(
        42,
        Family.PROTECTION,
        "Legs close their part of the position and never any more of it: the rest is somebody's.",
        "linked_legs",
    ),
    Card(
        43,
        Family.PROTECTION,
        "Once the stop has closed everything, a target that is reached sells nothing.",
        "linked_legs",
    ),
    Card(
        44,
        Family.PROTECTION,
        "What one group fills changes nothing for another, nor for an order of no group.",
        "linked_legs",
    ),
    Card(45, Family.PIECES, "Each piece of a target takes its part off the stop.", "linked_legs"),
    Card(
        46,
        Family.PROTECTION,
        "A resting stop or limit that is larger than the position closes it and turns nothing.",
        "reduce_only",
    ),
    Card(
        47,
        Family.PROTECTION,
        "It is there with the fill, under the name that both sides can work out, in each picture.",
        "attached_stop",
    ),
    Card(
        48,
        Family.PROTECTION,
        "The bridge is dead, the market falls: the position is closed all the same.",
        "attached_stop",
    ),
    Card(
        49,
        Family.PROTECTION,
        "Once the position is closed nothing of it can open another.",
        "attached_stop",
    ),
    Card(
        50,
        Family.PIECES,
        "It is as large as what its entry has filled, also when that comes in pieces.",
        "attached_stop",
    ),
    Card(
        51,
        Family.PROTECTION,
        "It is an order like any other to whoever knows its name.",
        "attached_stop",
    ),
    Card(
        52,
        Family.PROTECTION,
        "What hangs together hangs together after the adapter was made anew.",
        "linked_legs",
    ),
    Card(
        53,
        Family.THROTTLING,
        'A venue that says "too fast" has taken nothing; it says until when to wait, and '
        "the same id goes through then.",
    ),
    Card(
        54,
        Family.MAINTENANCE,
        "A venue that is closed takes nothing, and says so or leaves the order to a look-up; later "
        "it takes the order.",
    ),
    Card(
        55,
        Family.DOUBT,
        "An order whose answer was lost is in doubt, and a look-up finds it: there is one, "
        "with all that it filled.",
        "lookup_by_order_id",
    ),
    Card(
        56,
        Family.DOUBT,
        "An order that was lost on its way is in doubt or not sent, and a look-up does not "
        "find it.",
        "lookup_by_order_id",
    ),
    Card(
        57,
        Family.SNAPSHOT,
        "A stream that breaks is told, and the next snapshot has what was missed meanwhile.",
    ),
    Card(
        58,
        Family.OTHERS,
        "The order that somebody else placed on the account is shown, as nobody of ours.",
        "others",
    ),
    Card(
        59,
        Family.OTHERS,
        "What somebody else trades on the account moves the position that is shown, and no "
        "order of ours.",
        "others",
    ),
    Card(60, Family.OTHERS, "What somebody else cancels of ours is told as its end.", "others"),
    Card(
        61,
        Family.PIECES,
        "A resting order that trades in pieces is told piece by piece, and a look-up agrees "
        "after each.",
        "lookup_by_order_id",
    ),
    Card(
        62,
        Family.DOUBT,
        "A cancel whose answer was lost is in doubt, and a look-up tells that the order is over.",
        "lookup_by_order_id",
    ),
    Card(
        63,
        Family.LIFE,
        "What fits no step is rejected or brought onto it: never more, never at a worse price.",
    ),
    Card(
        64,
        Family.PROTECTION,
        "A stop that rests closes its part while the link is away; the next picture and a look-up "
        "show it.",
        "lookup_by_order_id",
    ),
)
"""Every card, in the order of their numbers."""
