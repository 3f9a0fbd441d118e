"""The one place that runs SyncClip: its own command line, in a process whose cost is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import REPOSITORY

__all__ = [
    "BUILTIN",
    "BenchmarkError",
    "Cost",
    "Say",
    "index_movie",
    "index_path",
    "match",
    "measured",
    "syncclip",
]

Say = Callable[[str], None]
"""Is told what is being done."""
_RESULT = Path("proceed/results/visual_match_results.json")
_VIDEO = Path("proceed/final_output.mp4")


class BenchmarkError(Exception):
    """A command under measurement failed."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process cost."""

    seconds: float
    cpu_s: float
    peak_memory_mib: float
    """Largest resident size of the process or of one of its children."""


def index_path(film: Path, *, work: Path) -> Path:
    """Where the benchmarks keep the index of a film."""
    return work / "indexes" / f"{film.stem}.idx"


BUILTIN = ("--encoder", "builtin")
"""What runs everywhere, and nowhere depends on a model that may be in a cache."""


def index_movie(movie: Path, index: Path, *, encoder: Sequence[str] = BUILTIN) -> Cost:
    """Index a movie anew."""
    index.parent.mkdir(parents=True, exist_ok=True)
    words = ["index", str(movie.absolute()), "--output", str(index.absolute())]
    words += [*encoder, "--force", "--quiet"]
    return syncclip(words, scratch=index.parent)


def match(
    commentary: Path,
    indexes: Sequence[Path],
    out: Path,
    *,
    render: bool = False,
    encoder: Sequence[str] = BUILTIN,
    more: Sequence[str] = (),
) -> tuple[Path, Cost]:
    """Match a commentary anew, with further options; the result file and the cost."""
    out.mkdir(parents=True, exist_ok=True)
    words = ["match", str(commentary.absolute()), "--output", str(out.absolute())]
    for index in indexes:
        words += ["--index", str(index.absolute())]
    # The finished video is checked, not kept: a fast preset shows the same frames.
    words += [
        *encoder,
        *more,
        "--force",
        "--quiet",
        *(["--preset", "veryfast"] if render else ["--no-render"]),
    ]
    return out / _RESULT, syncclip(words, scratch=out)


def rendered_video(out: Path) -> Path:
    """Where a match with rendering leaves its video."""
    return out / _VIDEO


def syncclip(words: Sequence[str], *, scratch: Path) -> Cost:
    """Run a command of SyncClip to its end.

    Raises:
        BenchmarkError: It failed; the message holds what it wrote last.
    """
    return measured([sys.executable, "-m", "syncclip", *words], scratch=scratch)


def measured(words: Sequence[str], *, scratch: Path) -> Cost:
    """Run a command to its end.

    Raises:
        BenchmarkError: It failed; the message holds what it wrote last.
    """
    report = scratch.absolute() / ".cost.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", str(report), *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        raise BenchmarkError(f"{Path(words[0]).name} {' '.join(words[1:4])} failed: {said}")
    cost = Cost(**json.loads(report.read_text(encoding="utf-8")))
    report.unlink()
    return cost
