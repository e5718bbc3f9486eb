"""TradingView: the bytes of one alert in, one signal of the domain or one exact refusal out.

Rules of this folder
1. A dialect is one file with one function ``read(body) -> Reading``. The route names it; nothing is
   guessed.
2. The header says nothing: only the bytes are read. No bytes make ``read`` or ``redact`` raise.
3. Nothing is repaired but a byte-order mark and white space round the message.
4. A text that is shown to a person has gone through ``redaction`` and ``shown`` first.
"""

from adapters.tradingview.codes import CODES
from adapters.tradingview.dialects import DIALECTS
from adapters.tradingview.native import read
from adapters.tradingview.reading import BODY_BYTES_MAX, Reading
from adapters.tradingview.redaction import redact

__all__ = ["BODY_BYTES_MAX", "CODES", "DIALECTS", "Reading", "read", "redact"]
