"""Runs a command and says what it cost: ``python -m benchmarks.child REPORT.json COMMAND...``.

A process of its own, and a small one: Linux counts the parent's memory at the time of the fork
into the child's peak.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time


def main(words: list[str]) -> int:
    """Run ``words[1:]``, write its cost to ``words[0]``, and end as it ended."""
    started = time.perf_counter()
    done = subprocess.run(words[1:], check=False)
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    cost = {
        "seconds": seconds,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_memory_mib": used.ru_maxrss * unit / 2**20,
    }
    with open(words[0], "w", encoding="utf-8") as file:  # noqa: PTH123 - imports nothing heavy
        json.dump(cost, file)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
