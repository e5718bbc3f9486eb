"""The page about the simulator: what it breaks, what it checks, and the bugs that are planted."""

from __future__ import annotations

from tests.simulation.coverage import KINDS, LEAST, RUN_MIN
from tests.simulation.planted_positions import BUGS
from tests.simulation.planting import seeds_kept

HEAD = """\
# The simulator

```
python3 dev.py simulate --seeds 2000            # 2,000 worlds; exit 1 at a violation
python3 dev.py simulate --seeds 1 --start 731   # one of them again
python3 dev.py simulate --planted               # does it find what it should? (long)
```

A seed is a small world of about 400 steps in virtual time: one thread, no sleeping, no sockets,
no files. In it the bridge itself runs: the real `step`, the writer with its emergency file,
dispatch, links, recovery, reconciliation, the opening of the journal. Only what a machine gives
is simulated: the clock, the threads, small files, the disk of the journal, the wire, and venues
with exact books whose rules are drawn anew for each seed (ids unique for ever, among open orders,
or not at all; look-ups that prove absence, or lag; fills listed or not). Some seeds have more:
positions that are protected (at venues with and without stop orders, replace, linked legs, attached
stops), strategies that say what position they want, copies, rules for losses with money paid in and
out. The same seed gives the same journal, byte for byte, under every hash seed of Python; a seed
that fails prints the command that repeats it. Seeds that found something are kept in
`tests/simulation/kept.txt` and run with every test.

The venues, terminals and disks in it are simulated. What it proves, it proves of the bridge, not
of any real venue.

## What must hold

After each step:

- at most one order at the venue for each intent and revision, and never two revisions of one
  intent alive;
- what was answered is in the journal: no acknowledged signal is lost, none is served twice;
- no limit is breached at the venue, counted from the venue's own working orders and fills;
- nothing that adds exposure is sent after a halt is durable, by any process, across restarts and
  takeovers;
- exits are never refused; they may wait, and are cut to what is left to close;
- quantities agree with fills, positions with the sum of fills, exposure with both;
- `unknown` is left by evidence of the venue or by a person, never by time;
- what works to close a share never sums above it at the venue, unless the venue keeps reduce-only
  and nobody else was there when it was judged; nothing that closes opens a position or turns one;
- the stop at the venue covers what is open, and a price beyond a stop is acted on, 15 seconds later
  at most on a calm day: its link ready, no answer outstanding, nothing refused a minute before;
- a stop moves towards the profit and never back, to break-even once; the entry of a reversal goes
  when its position is closed;
- a follower is asked to open no more than its part of the leader's position, rounded down;
- the peak of an equity never falls, no limit of losses is reached that was not lost at the venue
  (money that was paid out is no loss), and a day begins at midnight of its account's own zone;
- the chain of the journal is whole, its replay is the live state, and nobody but the writer of
  the newest epoch appends.

At the end the faults stop. Then bridge and venues come to agree in orders, fills and positions,
nothing stays held, and what is still unknown is what no evidence could settle. No leg is left
without its position, and the legs of each position are as large as it is. Strategies that say what
they want are asked twice for a position each: the first time they get it, the second time nothing
is sent.

Reports of fills that have not been heard, trades that a venue took back, orders that were on their
way for more than two seconds, and the far stop that a venue keeps beside all other legs, excuse by
what they changed: nobody can call them back. So does what strangers do. Where a venue links legs
and two strategies hold the same, a leg that was judged before its group filled, and arrives after,
may be too large for a moment. It is known by count: nothing else excuses a leg of a group.

## What breaks
"""

PLANTED = """
## Planted bugs

A simulator that finds nothing looks just like one that cannot find anything. Each of these bugs
is planted by the tests alone, by replacing a name of the product from outside; the seed that is
kept for it shows a violation with the bug and none without it. `dev.py simulate --planted` looks
for each within 10,000 seeds.

| bug | what it does | seed |
|---|---|---|
"""


def simulator_page() -> str:
    """Write the page."""
    kept = seeds_kept()
    kinds = ", ".join(kind.replace("_", " ") for kind in KINDS)
    lines = [
        HEAD,
        f"Each of these happens at least {LEAST} times in a run of {RUN_MIN:,} seeds or more, else",
        "the run has failed: a fault that never happens tests nothing.",
        "",
        f"{kinds}.",
        PLANTED.rstrip("\n"),
        *(
            f"| {one.name.replace('_', ' ')} | {one.what} | {kept.get(one.name, '')} |"
            for one in BUGS
        ),
    ]
    return "\n".join([*lines, ""])
