"""The one door to ccxt: the version that the profiles were checked with, and of it only what is
asked for.

Rules of this file
1. ccxt's own packages import more than a hundred venues as soon as one is named. Ours stand in
   their place and import a part when it is asked for: half the memory, half the time.
2. Where ccxt is loaded already, it is taken as it is.
3. Importing this module needs ccxt: only when a crypto account is configured.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from adapters.ccxt.codes import fix, words
from adapters.ccxt.profile import CCXT_VERSION


class LibraryUnfit(ImportError):
    """ccxt is missing, or another one than was checked. The text says what to do."""

    def __init__(self, code: str, *, value: str) -> None:
        said = words(code, value=value, limit=CCXT_VERSION)
        super().__init__(f"{code}: {said} {fix(code, limit=CCXT_VERSION)}")
        self.code = code


_HOMES: Final = {
    "ccxt": ("ccxt.base.errors", "ccxt.base.exchange", "ccxt.base.precise"),
    "ccxt.async_support": ("ccxt.async_support.base.exchange", "ccxt.base.errors"),
    "ccxt.pro": ("ccxt.async_support.base.exchange", "ccxt.base.errors"),
}
"""Where the names of a package are, that are no venues."""


class _Package(ModuleType):
    """A package of ccxt without its contents; a venue's name means its class, as in ccxt."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        for home in _HOMES[self.__name__]:
            found = vars(importlib.import_module(home)).get(name)
            if isinstance(found, type):
                return found
        try:
            importlib.import_module(f"{self.__name__}.{name}")
        except ModuleNotFoundError as missing:
            raise AttributeError(name) from missing
        return vars(self)[name]

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep the class of a venue where Python would keep its module."""
        held = vars(value).get(name) if isinstance(value, ModuleType) else None
        super().__setattr__(name, held if isinstance(held, type) else value)


def _stand_in() -> None:
    """Put our packages in the place of ccxt's."""
    spec = importlib.util.find_spec("ccxt")
    if spec is None or spec.origin is None:
        raise LibraryUnfit("ccxt_missing", value="ccxt")
    folder = Path(spec.origin).parent
    for name in _HOMES:
        made = _Package(name)
        made.__path__ = [str(folder.joinpath(*name.split(".")[1:]))]
        made.__version__ = metadata.version("ccxt")
        sys.modules[name] = made
    for name in ("async_support", "pro"):
        setattr(sys.modules["ccxt"], name, sys.modules[f"ccxt.{name}"])


if "ccxt" not in sys.modules:
    _stand_in()

errors: Final = importlib.import_module("ccxt")
"""ccxt itself: the classes of its errors."""

if errors.__version__ != CCXT_VERSION:
    raise LibraryUnfit("ccxt_version_differs", value=errors.__version__)

try:
    venues: Final = importlib.import_module("ccxt.pro")
    """The venues with their streams, each imported when it is asked for."""
except ModuleNotFoundError as missing:
    raise LibraryUnfit("ccxt_missing", value=missing.name or "ccxt") from missing
