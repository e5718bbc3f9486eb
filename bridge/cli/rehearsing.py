"""``bascule rehearse``: the eight classic failures, with the user's own configuration.

Rules of this file
1. Words only: what is played and how it is judged stands in ``bridge.rehearsal``.
2. No secret is shown, in whatever name of the configuration it may stand.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.cli.screen import STATE_TONES, Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import stopped
from bridge.config import Config
from bridge.exits import Exit
from bridge.http.reading import SECRET_CHARS_MIN
from bridge.logs import Redaction
from bridge.rehearsal.programme import PAIRS_MAX, SCENES, Pair, Scene, pairs_of, perform
from bridge.rehearsal.report import Played, Programme, Verdict, worst

INDENT = "     "


def rehearse(screen: Screen, path: Path, *, only: list[str], every: bool, seed: int) -> None:
    """Play the scenes, tell them, and end with a verdict."""
    scenes = _chosen(only)
    config = configuration(path)
    pairs = pairs_of(config, every=every)
    if not pairs:
        raise stopped(Exit.CONFIG, "rehearsal_nothing")
    redaction = Redaction(s for s in config.secrets() if len(s) >= SECRET_CHARS_MIN)
    teller = _Teller(screen, redaction.text)
    if not screen.as_json:
        teller.begin(config)
    programmes: list[Programme] = []
    for pair in pairs[:PAIRS_MAX]:
        programmes.append(perform(config, pair, scenes, seed))
        if not screen.as_json:
            teller.tell(programmes[-1])
    left = pairs[PAIRS_MAX:]
    verdict = worst(played.verdict for one in programmes for played in one.played)
    value = _cleaned(_as_dict(config, programmes, verdict, seed=seed, left=left), redaction.text)
    if not screen.as_json:
        teller.table(programmes, left)
    if verdict is Verdict.FAILED:
        failed = [p.name for one in programmes for p in one.played if p.verdict is verdict]
        names = ", ".join(dict.fromkeys(failed))
        end = stopped(Exit.REHEARSAL, "rehearsal_failed", names)
        end.more = value
        raise end
    if screen.as_json:
        screen.give(value)
    else:
        teller.end(verdict)


def _chosen(only: list[str]) -> list[Scene]:
    known = {scene.name: scene for scene in SCENES}
    for name in only:
        if name not in known:
            raise stopped(Exit.USAGE, "scene_unknown", name, ", ".join(known))
    return [scene for scene in SCENES if not only or scene.name in only]


def _as_dict(
    config: Config, programmes: list[Programme], verdict: Verdict, *, seed: int, left: list[Pair]
) -> dict[str, Any]:
    return {
        "ok": verdict is not Verdict.FAILED,
        "verdict": str(verdict),
        "config": str(config.path),
        "seed": seed,
        "rehearsals": [one.as_dict() for one in programmes],
        "left_out": [_named(pair) for pair in left],
    }


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    """Take what must not be shown out of every text of a value."""
    if isinstance(value, dict):
        return {key: _cleaned(one, clean) for key, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one, clean) for one in value]
    return clean(value) if isinstance(value, str) else value


def _named(pair: Pair) -> str:
    return f"{pair.route.name} / {', '.join(account.name for account in pair.accounts)}"


class _Teller:
    """Tells a rehearsal as text."""

    def __init__(self, screen: Screen, clean: Callable[[str], str]) -> None:
        self._screen, self._clean = screen, clean

    def _line(self, text: str = "", tone: str = "") -> None:
        self._screen.line(self._clean(text), tone)

    def begin(self, config: Config) -> None:
        """Say what this is."""
        self._line(f"Rehearsing {config.path}", "strong")
        self._line(
            "Venues, market and time are made up, everything else is yours. "
            "Nothing is connected, nothing is written.",
            "quiet",
        )

    def tell(self, programme: Programme) -> None:
        """Tell one route."""
        where = f"Route {programme.route}, account {programme.account}: {programme.opening}."
        self._line()
        self._line(where, "strong")
        for note in programme.notes:
            self._line(note, "quiet")
        for number, played in enumerate(programme.played, 1):
            self._scene(number, played)

    def _scene(self, number: int, played: Played) -> None:
        self._line()
        verdict = str(played.verdict)
        self._screen.parts(
            (f"{number}  {played.title}: ", "strong"), (verdict, STATE_TONES[verdict])
        )
        for moment in played.moments:
            self._line(f"{INDENT}{moment.at:>9}  {moment.text}")
        for sentence in played.handled:
            self._line(f"{INDENT}Handled: {sentence}", "good")
        for sentence in played.without:
            self._line(f"{INDENT}Without: {sentence}")
        for advice in played.advice:
            self._line(f"{INDENT}Attention: {advice.sentence}", "warn")
            self._line(f"{INDENT}  {advice.fix}", "warn")
        for sentence in played.wrong:
            self._line(f"{INDENT}Failed: {sentence}", "bad")

    def table(self, programmes: list[Programme], left: list[Pair]) -> None:
        """Sum everything up."""
        self._line()
        several = len(programmes) > 1
        rows = [
            (*((one.route, one.account) if several else ()), played.title, str(played.verdict),
             played.summary)
            for one in programmes
            for played in one.played
        ]  # fmt: skip
        heads = (*(("route", "account") if several else ()), "what", "verdict", "in short")
        self._screen.table(heads, [[self._clean(cell) for cell in row] for row in rows])
        if left:
            names = "; ".join(_named(pair) for pair in left)
            self._line(f"Not rehearsed, because {PAIRS_MAX} are enough at once: {names}.", "warn")

    def end(self, verdict: Verdict) -> None:
        """Say how it went."""
        self._line()
        if verdict is Verdict.OK:
            self._line("Good: every failure was handled as promised.", "good")
        else:
            self._line(
                "Nothing failed. Look at what is marked `attention`: it could not be shown, or the "
                "configuration leaves it open.",
                "warn",
            )
