"""Indexing and matching on a Ray cluster of three machines, two of which are killed meanwhile.

python -W error -m tests.cluster_run FILMS RECAPS HERE THERE

Prints, as JSON, what happened. Run in a network namespace, all traffic stays in it.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import syncclip
from syncclip.progress import Progress
from tests.processes import children, kill

LOOPBACK = "127.0.0.2"
"""As good as 127.0.0.1, in whose place Ray puts the address by which others reach the machine."""


def main(films: Path, recaps: Path, here: Path, there: Path, store: str) -> None:
    """Do the same work with processes of this machine and on the cluster."""
    local = work(films, recaps, here, killer=lambda *_: None)
    with warnings.catch_warnings():  # the cluster is Ray's own code
        warnings.simplefilter("ignore")
        from ray.cluster_utils import Cluster

        how = {"node_ip_address": LOOPBACK, "object_store_memory": 80 << 20}
        cluster = Cluster(
            initialize_head=True, head_node_args={**how, "num_cpus": 1, "include_dashboard": False}
        )
        lent = [cluster.add_node(num_cpus=1, **how) for _ in range(2)]
    killed: list[float] = []

    def lose(progress: Progress, at: int) -> None:
        """Kill a machine while all that are left are at work."""
        busy = (films_begun, recaps_begun)[at](there)
        if len(killed) == at and busy == 2:
            killed.append(progress.done)
            switch_off(lent[at].all_processes["raylet"][0].process.pid)
            cluster.remove_node(lent[at], allow_graceful=False)

    remote = work(films, recaps, there, cluster=cluster.address, killer=lose)
    stored = syncclip.index_movies(
        [f"{store}/films/short.mp4"], f"{store}/idx", cluster=cluster.address
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster.shutdown()
    said = {"killed": killed, "here": local, "there": remote}
    json.dump({**said, "stored": [film.status for film in stored.films]}, sys.stdout)


def switch_off(raylet: int) -> None:
    """Kill a machine's daemon and all that it started, at once, as a cut of the power does.

    Left to themselves, its workers go on for up to a second and may end what they were at.
    """
    kill([raylet, *(process.number for process in children(raylet))])


def films_begun(folder: Path) -> int:
    """Long films that are being read."""
    return len([*folder.glob("idx/.long*.part")])


def recaps_begun(folder: Path) -> int:
    """Commentaries that are being matched: each run has a log, which says when it has ended."""
    logs = [log.read_text(encoding="utf-8") for log in folder.glob("out/*/proceed/logs/*.log")]
    return sum(not log.rstrip().endswith("finished") for log in logs)


def work(
    films: Path,
    recaps: Path,
    folder: Path,
    *,
    killer: Callable[[Progress, int], None],
    **how: Any,
) -> dict[str, list[str]]:
    """Index and match; how each film and commentary ended."""
    indexed = syncclip.index_movies(
        films, folder / "idx", on_progress=lambda told: killer(told, 0), **how
    )
    matched = syncclip.match_many(
        recaps,
        # The same indexes for both, so that results name the same files.
        folder.parent / "here" / "idx",
        output=folder / "out",
        sheet=False,
        on_progress=lambda told: killer(told, 1),
        **how,
    )
    return {
        "films": [f"{film.status} {film.reason}".strip() for film in indexed.films],
        "recaps": [f"{entry.status} {entry.reason}".strip() for entry in matched.entries],
    }


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]), sys.argv[5])
