"""Where TradingView's own alerts come from, as its pages say. It may change without notice.

Rules of this file
1. Data of a platform with the day on which it was read, and nothing else.
2. Every user of TradingView sends from the same addresses and with the same certificate: neither
   says whose alert it is. The token does.
"""

from __future__ import annotations

from typing import Final

ADDRESSES: Final = ("52.89.214.238", "34.212.75.30", "54.218.53.128", "52.32.178.7")
"""The addresses that alerts are sent from. There is no IPv6 one."""

READ_ON: Final = "2026-11-22"
"""When its page had these addresses and this certificate."""

CERTIFICATE_EMAIL: Final = "webhook-server@tradingview.com"
"""The name in the certificate that it shows over HTTPS: subjectAltName, type email. Its common name
differs from page to page; its issuer and how long it lasts are not published."""
