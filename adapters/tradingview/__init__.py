"""TradingView: the bytes of one alert in, one signal of the domain or one exact refusal out.

Rules of this folder
1. A dialect is one file with one function ``read(body, terms) -> Reading``. The route names it and
   sets its terms; nothing is guessed.
2. The header says nothing: only the bytes are read. No bytes make ``read`` or ``redact`` raise.
3. Nothing is repaired but a byte-order mark and white space round the message, and what the route
   asks for by name.
4. A text that is shown to a person has gone through ``redaction`` and ``shown`` first.
"""

from adapters.tradingview.codes import CODES
from adapters.tradingview.dialects import DIALECTS
from adapters.tradingview.native import read
from adapters.tradingview.reading import BODY_BYTES_MAX, Reading
from adapters.tradingview.redaction import redact
from adapters.tradingview.terms import Terms

__all__ = ["BODY_BYTES_MAX", "CODES", "DIALECTS", "Reading", "Terms", "read", "redact"]
