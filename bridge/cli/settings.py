"""The configuration of a command: found, read, or all that is wrong with it told."""

from __future__ import annotations

import os
from pathlib import Path

from bridge.cli.stopped import Stopped, stopped
from bridge.config import Config, Problem, load
from bridge.exits import Exit


def configuration(path: Path) -> Config:
    """Read the configuration, exactly as the start does."""
    found = load(path, os.environ)
    if isinstance(found, Config):
        return found
    raise told(path, found)


def told(path: Path, problems: list[Problem]) -> Stopped:
    """Turn what is wrong into the end of a command."""
    if len(problems) == 1:
        only = problems[0]
        meant = f" Did you mean {only.suggestion!r}?" if only.suggestion else ""
        place = f"{only.place}: " if only.line else ""
        end = Stopped(Exit.CONFIG, only.code, f"{place}{only.sentence}{meant}", only.fix)
    else:
        end = stopped(Exit.CONFIG, "config_problems", f"{len(problems)} problems", where=str(path))
        end.lines = tuple(problem.text for problem in problems)
    end.more = {"problems": [as_dict(problem) for problem in problems]}
    return end


def as_dict(problem: Problem) -> dict[str, object]:
    """Return a problem as JSON shows it."""
    return {
        "code": problem.code,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "key": problem.path,
        "sentence": problem.sentence,
        "suggestion": problem.suggestion,
        "fix": problem.fix,
    }
