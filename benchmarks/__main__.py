"""The one command: prints a table for each row asked for, then how many budgets hold."""

import argparse
import os
import sys

from . import batch, footprint, growth, replay, scalar, vectorised
from .measure import Effort, Table

ROWS = {
    "expression": scalar.expression,
    "loops": scalar.loops,
    "step-30": vectorised.step_30,
    "step-12288": vectorised.step_12288,
    "replay-loops": replay.loops,
    "replay-compile": replay.compiling,
    "replay-30": replay.step_30,
    "replay-12288": replay.step_12288,
    "batch": batch.products,
    "batch-loops": batch.loops,
    "batch-memory": batch.memory,
    "rosenbrock": replay.rosenbrock,
    "narrow": replay.narrow,
    "growth": growth.growth,
    "memory": footprint.memory,
    "million": footprint.million,
    "import": footprint.importing,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    usual = [name for name in ROWS if name != "growth"]
    parser.add_argument("--only", nargs="+", choices=ROWS, default=usual, metavar="ROW",
                        help=f"of {', '.join(ROWS)}; all but growth, unless told")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="a glance: few rounds, small sizes")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    effort = Effort(rounds=5, span=1e-3, scale=0.1) if options.quick else Effort()
    tables: list[Table] = []
    for name in options.only:
        tables.append(ROWS[name](effort))
        print(tables[-1], flush=True)
    verdicts = [verdict for table in tables for verdict in table.verdicts]
    print(f"{sum(verdicts)} of {len(verdicts)} budgets hold")


if __name__ == "__main__":
    sys.exit(main())
