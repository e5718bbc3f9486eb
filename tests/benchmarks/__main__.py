"""``python -m tests.benchmarks``: measure, print the table, and say which goals are met."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from bridge.logs import configure
from tests.benchmarks import (
    core_rows,
    dialect_rows,
    process_rows,
    reading_rows,
    switch_rows,
    venue_rows,
)
from tests.benchmarks.figures import Row, machine

GROUPS: dict[str, Callable[[], list[Row]]] = {
    "throughput": process_rows.throughput,
    "throughput_dialects": dialect_rows.throughput,
    "latency": process_rows.latency,
    "decide": core_rows.decisions,
    "orders": core_rows.order_path,
    "past": core_rows.long_journal,
    "switch": switch_rows.switch,
    "switch_without_store": switch_rows.switch_without_store,
    "startup": process_rows.startup,
    "exchange": venue_rows.overhead,
    "exchange_startup": venue_rows.startup,
    "reading": reading_rows.reading,
}


def main() -> int:
    """Measure the groups that are asked for; all of them when none is."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure the bridge.")
    parser.add_argument("group", nargs="*", choices=[*GROUPS, []], help=", ".join(GROUPS))
    asked = parser.parse_args().group or list(GROUPS)
    configure()  # as the command does: unconfigured, every alert would print a line
    print(f"Bascule, measured on {machine()}", flush=True)
    missed = 0
    for group in asked:
        for row in GROUPS[group]():
            print(row.text(), flush=True)
            missed += row.verdict == "MISSED"
    print(f"{missed} goals missed" if missed else "all goals reached")
    return 0


if __name__ == "__main__":
    sys.exit(main())
