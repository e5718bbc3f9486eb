"""The one door to ccxt: the version that the profiles were checked with, or none.

Rules of this file
1. Importing this module loads ccxt (100 MB): only when a crypto account is configured.
"""

from __future__ import annotations

from adapters.ccxt.codes import fix, words
from adapters.ccxt.profile import CCXT_VERSION


class LibraryUnfit(ImportError):
    """ccxt is missing, or another one than was checked. The text says what to do."""

    def __init__(self, code: str, *, value: str) -> None:
        said = words(code, value=value, limit=CCXT_VERSION)
        super().__init__(f"{code}: {said} {fix(code, limit=CCXT_VERSION)}")
        self.code = code


def _checked(version: str) -> None:
    if version != CCXT_VERSION:
        raise LibraryUnfit("ccxt_version_differs", value=version)


try:
    import ccxt
    import ccxt.pro
except ModuleNotFoundError as missing:
    raise LibraryUnfit("ccxt_missing", value=missing.name or "ccxt") from missing

_checked(ccxt.__version__)

venues = ccxt.pro
errors = ccxt
