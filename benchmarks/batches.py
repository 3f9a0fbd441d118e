"""What many films, and many commentaries, cost at once."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import engine
from benchmarks.accuracy import cached_case
from benchmarks.engine import Say
from benchmarks.figures import Figure
from benchmarks.make import CaseSpec
from benchmarks.rows import BUNNY, CAMINANDES
from benchmarks.speed import decode_cost

__all__ = ["measure_batch", "measure_index_many"]

INDEXED = (
    BUNNY,
    CAMINANDES,
    "bbb_divx_gapped_640x360_24fps.mp4",
    "sintel_trailer_1280x720_letterbox_av1.webm",
)
"""Films of several sizes and codecs."""
COMMENTARIES = 4
IN_ONE = ("--jobs", "1", "--workers", "1")
"""One commentary after the other in one process."""


def measure_index_many(
    *, footage: Path, work: Path, repeats: int, say: Say
) -> tuple[list[Figure], dict[str, Any]]:
    """Time to index films side by side ÷ the sum of the times to decode each of them alone.

    The fastest of each counts; they take turns, so that a busy machine disturbs both alike.
    """
    films = [footage / name for name in INDEXED]
    folder = work / "index-many"
    decoding, indexing = [], []
    for turn in range(repeats):
        say(f"decoding and indexing {len(films)} films ({turn + 1} of {repeats})")
        decoding.append([decode_cost(film, scratch=work) for film in films])
        shutil.rmtree(folder, ignore_errors=True)
        words = ["index", *map(str, films), "--output", str(folder.absolute()), *engine.BUILTIN]
        indexing.append(engine.syncclip([*words, "--quiet"], scratch=work))
    decode_s = sum(min(turn[number].seconds for turn in decoding) for number in range(len(films)))
    figure = Figure(
        what=f"indexing {len(films)} films side by side",
        measure="time ÷ sum of decode-only times",
        measured=min(cost.seconds for cost in indexing) / decode_s,
        at_most=1.2,
    )
    return [figure], {
        "decode_alone": [[asdict(cost) for cost in turn] for turn in decoding],
        "index_many": [asdict(cost) for cost in indexing],
    }


def measure_batch(
    *, footage: Path, work: Path, seed: int, repeats: int, say: Say
) -> tuple[list[Figure], dict[str, Any]]:
    """What a second commentary costs, and each of several, beside the first.

    Two are matched side by side, and one after the other in one process: there, what the first has
    left for the second is all that makes both together faster than each alone.
    """
    index = engine.index_path(footage / BUNNY, work=work)
    if not index.exists():
        engine.index_movie(footage / BUNNY, index)
    cases, duration_s = [], 0.0
    for number in range(COMMENTARIES):
        spec = CaseSpec(films=(footage / BUNNY,), style="typical", seed=seed + number)
        folder, truth = cached_case(spec, work=work)
        cases.append(work / "batch" / f"commentary-{number}.mp4")
        cases[-1].parent.mkdir(exist_ok=True)
        shutil.copyfile(folder / "case.mp4", cases[-1])
        duration_s = truth.frames / float(truth.fps)
    runs: dict[str, list[str]] = {
        str(count): [*map(str, cases[:count])] for count in (1, 2, COMMENTARIES)
    }
    in_one = {"first": cases[:1], "second": cases[1:2], "both": cases[:2]}
    runs |= {name: [str(_listed(name, each)), *IN_ONE] for name, each in in_one.items()}
    costs: dict[str, list[engine.Cost]] = {}
    for turn in range(repeats):
        for name, words in runs.items():
            say(f"matching commentaries: {name} ({turn + 1} of {repeats})")
            out = work / "results" / f"batch-{name}"
            how = ["--index", str(index.absolute()), "--output", str(out.absolute())]
            how += ["--no-render", "--force", "--quiet", *engine.BUILTIN]
            costs.setdefault(name, []).append(
                engine.syncclip(["match", *words, *how], scratch=work)
            )
    return _batch_figures(costs, duration_s), {
        "batch": {name: [asdict(cost) for cost in each] for name, each in costs.items()}
    }


def _listed(name: str, commentaries: Sequence[Path]) -> Path:
    """A list of commentaries: one alone would be matched without the process of a batch."""
    path = commentaries[0].with_name(f"{name}.csv")
    rows = [commentary.name for commentary in commentaries]
    path.write_text("\n".join(["commentary", *rows, ""]), encoding="utf-8")
    return path


def _batch_figures(costs: Mapping[str, Sequence[engine.Cost]], duration_s: float) -> list[Figure]:
    fastest = {name: min(cost.seconds for cost in each) for name, each in costs.items()}
    what = f"{duration_s:.0f} s each against 11 min of film, not rendered"
    in_one = f"two in one process, one after the other, {what}"
    return [
        Figure(
            what=f"a batch, {what}",
            measure="time of a second commentary ÷ its duration",
            measured=(fastest["2"] - fastest["1"]) / duration_s,
            at_most=0.3,
        ),
        Figure(
            what=f"a batch of {COMMENTARIES}, {what}",
            measure="time ÷ duration of all",
            measured=fastest[str(COMMENTARIES)] / (COMMENTARIES * duration_s),
        ),
        Figure(
            what=in_one,
            measure="time of the second commentary ÷ its duration",
            measured=(fastest["both"] - fastest["first"]) / duration_s,
        ),
        Figure(
            what=in_one,
            measure="time of the second commentary ÷ that of it alone",
            measured=(fastest["both"] - fastest["first"]) / fastest["second"],
        ),
    ]
