"""WunderTrading, as text: the code alone is the alert.

Rules of this file
1. What the code says stands in ``wundertrading``.
2. How much is traded is set in the bot there, and on the route here.
"""

from __future__ import annotations

from typing import Final

from adapters.tradingview.pairs import refuse_left_over
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.recognised import recognised
from adapters.tradingview.redaction import masked
from adapters.tradingview.terms import Terms
from adapters.tradingview.vocabulary import Read, Vocabulary, read_text
from adapters.tradingview.wundertrading import ACTIONS, EXAMPLE, token_of, values_of

VOCABULARY: Final = Vocabulary(
    dialect="wundertrading_text",
    fields=dict.fromkeys(("action", "exchange", "symbol", "code"), EXAMPLE),
    meant={},
)


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_text(body, terms, token=token_of, signals=_signals)


def _signals(text: str, terms: Terms) -> Read:
    if text[:1] in ("{", "[") and text[:2] != "{{":
        raise Fault("text_is_json", value=masked(text))
    refuse_left_over("", text, VOCABULARY.example)
    if text.partition("_")[0] not in ACTIONS:
        known = recognised(text)
        if known is not None:
            raise known
    return (VOCABULARY.signal({}, values_of(text, terms), terms),), ()
