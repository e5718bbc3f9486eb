"""The application: configuration, wiring, runtime, the door, the pages and the command."""

from typing import Final

__version__: Final = "0.1.0"
