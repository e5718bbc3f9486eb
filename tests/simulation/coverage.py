"""What a long run has to have met: every kind of fault, often enough to have tested something."""

from __future__ import annotations

from collections import Counter
from typing import Final

RUN_MIN: Final = 1_000
"""Seeds from which on a run is long enough to be judged."""

LEAST: Final = 20
"""Times that each happens at least in such a run: once in fifty seeds."""

KINDS: Final = (
    # the machine and its process
    "kill", "kill_in_recovery", "pause", "takeover", "restart", "exit_fenced", "exit_store",
    "clock_step", "clock_drift", "time_jump",
    # the store
    "store_down", "store_slow", "store_unknown_lost", "store_unknown_written", "store_unsettled",
    "store_sync_failed_lost", "store_sync_failed_written", "append_after_death", "bit_flip",
    "disk_full", "power_cut", "torn_write",
    # the wire
    "request_lost", "request_late", "request_doubled", "reply_lost", "report_lost",
    "report_doubled", "report_overtakes", "report_into_silence", "partition", "link_drop",
    "silence", "gap", "connect_refused",
    # the venue
    "server_error", "server_error_taken", "misleading", "busy", "throttled", "maintenance",
    "maintenance_told", "rejected", "bust", "correction", "overfill", "unsolicited_cancelled",
    "unsolicited_expired", "done_for_day", "halted_market", "cancel_race", "foreign", "liquidation",
    # whoever sends, and persons
    "storm", "duplicate_alert", "odd_signal", "setup_change", "halt", "halt_file", "replace",
    "resolve", "accept", "assign", "flatten", "limit",
    # what happens after the fill
    "protection_set", "leg_stop", "leg_limit", "leg_market", "level_reached", "stop_moved_trail",
    "stop_moved_break_even", "attached_stop", "legs_failed", "target", "target_lost",
    "target_reached", "target_followed", "copied", "transfer", "equity_peaked", "loss_tripped",
)  # fmt: skip
"""Names under which the simulation counts what happened."""


def missing(coverage: Counter[str], seeds: int) -> list[tuple[str, int]]:
    """Return the kinds that happened too seldom in a run that is long enough to be judged."""
    if seeds < RUN_MIN:
        return []
    return [(name, coverage[name]) for name in KINDS if coverage[name] < LEAST]
