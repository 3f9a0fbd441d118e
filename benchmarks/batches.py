"""What many films, and many commentaries, cost at once."""

from __future__ import annotations

import shutil
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
    """What a second commentary costs, and each of several, beside the first."""
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
    costs: dict[int, list[engine.Cost]] = {}
    for turn in range(repeats):
        for count in (1, 2, COMMENTARIES):
            say(f"matching {count} commentaries at once ({turn + 1} of {repeats})")
            out = work / "results" / f"batch-{count}"
            words = ["match", *map(str, cases[:count]), "--index", str(index.absolute())]
            words += ["--output", str(out.absolute()), "--no-render", "--force", "--quiet"]
            costs.setdefault(count, []).append(
                engine.syncclip([*words, *engine.BUILTIN], scratch=work)
            )
    fastest = {count: min(cost.seconds for cost in each) for count, each in costs.items()}
    what = f"{duration_s:.0f} s each against 11 min of film, not rendered"
    figures = [
        Figure(
            what=f"a batch, {what}",
            measure="time of a second commentary ÷ its duration",
            measured=(fastest[2] - fastest[1]) / duration_s,
            at_most=0.3,
        ),
        Figure(
            what=f"a batch of {COMMENTARIES}, {what}",
            measure="time ÷ duration of all",
            measured=fastest[COMMENTARIES] / (COMMENTARIES * duration_s),
        ),
    ]
    runs = {str(count): [asdict(cost) for cost in each] for count, each in costs.items()}
    return figures, {"batch": runs}
