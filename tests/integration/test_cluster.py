"""A real Ray cluster on this machine: what it makes is what processes here make, to the byte."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from syncclip.index import open_index
from tests import media
from tests.edits import Cut, Film, write_commentary

pytest.importorskip("ray")
pytest.importorskip("fsspec")

ROOT = Path(__file__).parents[2]
ALONE = (
    *("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--map-root-user"),
    *("sh", "-c", 'ip link set lo up && exec "$@"', "-"),
)
"""Runs a program in a network of its own, in which there is nothing but loopback; with it ends
whatever it started."""

RECAPS = {"a": (2, 0), "b": (1, 2), "c": (0, 1), "d": (2, 1)}
"""Shots of each commentary."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="clusters of one machine are for Linux"),
]


def in_own_network() -> tuple[str, ...]:
    """What to put before a command; nothing where the system forbids it: then loopback is named."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return ()
    done = subprocess.run([*ALONE, "true"], capture_output=True, check=False)
    return ALONE if done.returncode == 0 else ()


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films that take a while to read, a short one; and commentaries, more than machines."""
    folder = tmp_path_factory.mktemp("job")
    films, recaps, store = (folder / name for name in ("films", "recaps", "store"))
    for each in (films, recaps, store / "films"):
        each.mkdir(parents=True)
    film = Film(seed=1, shots=4, seconds=10)
    film.write(films / "short.mp4")
    shutil.copy(films / "short.mp4", store / "films")
    for seed in (2, 3):
        how = {"seed": seed, "shots": 2, "seconds": 2, "size": (640, 360)}
        media.long_film(films / f"long-{seed}.mp4", times=26, **how)
    starts = film.starts()
    for name, order in RECAPS.items():
        cuts = [Cut(film, starts[shot] + 2, 60, mirrored=shot == 1) for shot in order]
        # Seconds of work each: machines have to be at work at the same time.
        write_commentary(recaps / f"{name}.mp4", cuts * 3)
    return folder


@pytest.fixture(scope="module")
def done(job: Path) -> dict[str, Any]:
    """What became of the same work here, and on a cluster that lost two of its machines."""
    names = [job / name for name in ("films", "recaps", "here", "there")]
    words = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "tests.cluster_run",
        *names,
        f"file://{job}/store",
    ]
    # Paths of sockets have to be short.
    with tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as short:
        finished = subprocess.run(
            [*in_own_network(), *map(str, words)],
            cwd=ROOT,
            env=os.environ
            | {
                "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
                "SYNCCLIP_CACHE": str(job / "cache"),
                "RAY_TMPDIR": short,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
    assert finished.returncode == 0, finished.stderr
    said: dict[str, Any] = json.loads(finished.stdout)  # and nothing of Ray's
    return said


def test_two_machines_were_lost_and_nothing_with_them(done: dict[str, Any]) -> None:
    assert len(done["killed"]) == 2
    assert done["there"] == done["here"]
    assert done["here"] == {"films": ["indexed"] * 3, "recaps": ["matched"] * 4}


def test_indexes_are_the_same_to_the_byte(job: Path, done: dict[str, Any]) -> None:
    for name in ("short.idx", "long-2.idx", "long-3.idx"):
        here, there = (job / where / "idx" / name for where in ("here", "there"))
        assert here.read_bytes() == there.read_bytes()
    assert not [path for path in (job / "there" / "idx").iterdir() if path.suffix != ".idx"]


def test_results_are_the_same_but_for_the_time_they_took(job: Path, done: dict[str, Any]) -> None:
    for name in RECAPS:
        texts = []
        for where in ("here", "there"):
            folder = job / where / "out" / f"{name}_synced" / "proceed"
            result = json.loads((folder / "results" / "visual_match_results.json").read_bytes())
            del result["timings_s"]
            alternatives = folder / "alternative_segments" / "alternative_segments.json"
            texts.append((json.dumps(result), alternatives.read_bytes()))
        assert texts[0] == texts[1]
        assert json.loads(texts[0][0])["quality_info"]["coverage"] > 0.9


def test_a_commentary_whose_machine_was_lost_was_matched_again(
    job: Path, done: dict[str, Any]
) -> None:
    assert len([*(job / "there").rglob("match-*.log")]) > len(RECAPS)


def test_films_and_indexes_may_lie_in_a_store(job: Path, done: dict[str, Any]) -> None:
    assert done["stored"] == ["indexed"]
    assert [path.name for path in (job / "store" / "idx").iterdir()] == ["short.idx"]
    with (
        open_index(job / "store" / "idx" / "short.idx") as stored,
        open_index(job / "here" / "idx" / "short.idx") as here,
    ):
        assert stored.manifest.fingerprint == here.manifest.fingerprint
        assert (stored.signatures == here.signatures).all()
