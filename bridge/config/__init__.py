"""The configuration: one TOML file, and what the environment overrules; read whole, refused whole.

Rules of this folder
1. All that is wrong is told at once, each with its line, what was expected and what was perhaps
   meant.
2. Secrets are in ``Config`` alone; no problem, no repr and no reference shows one.
3. ``check`` and boot run the same ``load``: what one accepts, the other does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bridge.config.problems import Problem
from bridge.config.values import Config

__all__ = ["Config", "Problem", "load"]


def load(path: Path, environ: Mapping[str, str]) -> Config | list[Problem]:
    """Read a configuration: the whole of it, or everything that is wrong with it."""
    # plugins of other distributions would see every value, and looking for them takes 20 ms
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from bridge.config.loading import load_file  # brings pydantic, which `--help` does not need

    return load_file(path, environ)
