"""Whether the right films are on the shortlist among a thousand, and what finding them costs.

Run as ``python -m benchmarks.shortlist JOB.json`` it is the process that is measured.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import engine
from benchmarks.accuracy import cached_case
from benchmarks.crowd import crowd_views, rows_of
from benchmarks.engine import Say
from benchmarks.figures import Figure, wilson_lower
from benchmarks.library import FILMS, indexed, real_signatures
from benchmarks.make import CaseSpec
from benchmarks.rows import BUNNY, CAMINANDES, INSERTS, REPORTED
from benchmarks.truth import load_truth
from syncclip.config import MatchConfig
from syncclip.index import open_index
from syncclip.index.ivfpq import TRAIN_ROWS, Quantiser
from syncclip.index.parts import (
    VIEWS,
    FilmRows,
    Part,
    quantiser_digest,
    read_quantiser,
    write_quantiser,
)
from syncclip.index.shortlist import Shortlist
from syncclip.matching import Commentary, ShortlistSettings, shortlisted, view_of
from syncclip.pipeline.commentary import read_commentary
from syncclip.pipeline.shortlisting import describe_films, votes_for_films
from syncclip.pipeline.workers import one_blas_thread
from syncclip.types import Shot

__all__ = ["measure_shortlist"]

FILMS_A_PART = 50
STYLES = ("light", "typical", "hard", "vertical", "crop916")
"""Strata whose commentaries are looked up."""
LONG_S = 600.0
PIECE_S = 15.0
"""Of the pieces of commentaries that are looked up by themselves: making a commentary takes half a
minute, looking one up less than a second, and a few films in a few commentaries say little of how
often one is missed."""
SHOWN_FRAMES = 30
"""A film that is shown for less than a second is not missed."""


def measure_shortlist(
    *,
    footage: Path,
    work: Path,
    films: int,
    hours: float,
    seed: int,
    say: Say,
    commentaries: int = 2,
    seconds: float = 70.0,
) -> tuple[list[Figure], dict[str, Any]]:
    """Recall of the shortlist, and time and memory of the search among simulated films.

    Args:
        footage: Folder of the real films.
        work: Folder for caches.
        films: Simulated ones.
        hours: Of each of them.
        seed: Of the long commentary.
        say: Told what is done.
        commentaries: Short ones of each stratum and film, with the seeds from the first reported.
        seconds: Of each of them.
    """
    real = indexed(FILMS, footage=footage, work=work, say=say)
    folder = work / f"crowd-views-{films}-{hours:g}h"
    if not (folder / "whole").exists():
        _make_rows(folder, real, films=films, hours=hours, say=say)
    cases = [("typical, 10 minutes", _case("typical", FILMS, seed, LONG_S, footage, work, say))]
    for style in STYLES:
        for film in (BUNNY, CAMINANDES):
            for number in range(REPORTED[0], REPORTED[0] + commentaries):
                case = _case(style, (film,), number, seconds, footage, work, say)
                cases.append((style, case))
    job = {
        "rows": str(folder.absolute()),
        "real": [str(path.absolute()) for path in real],
        "cases": [[style, str(case.absolute())] for style, case in cases],
    }
    paths = (work / "shortlist-job.json", work / "shortlist-answer.json")
    paths[0].write_text(json.dumps(job), encoding="utf-8")
    say("looking the commentaries up")
    cost = engine.measured(
        [sys.executable, "-m", "benchmarks.shortlist", *map(str, paths)], scratch=work
    )
    answer = json.loads(paths[1].read_text(encoding="utf-8"))
    return _figures(answer, cost.peak_memory_mib, films, hours, seconds), {
        "shortlist": answer,
        "shortlist_cost": asdict(cost),
    }


def _figures(
    answer: dict[str, Any], peak_mib: float, films: int, hours: float, seconds: float
) -> list[Figure]:
    what = f"{films} films of {hours:g} h"
    long, *short = answer["cases"]
    figures = [
        Figure(
            what=f"{what}, commentary of 10 minutes",
            measure="films shown that are on the shortlist",
            measured=long["recall"],
            at_least=0.99,
        ),
        Figure(
            what=f"{what}, commentary of 10 minutes",
            measure="looking its frames up",
            measured=long["search_s"],
            at_most=10.0,
            unit="s",
        ),
        Figure(
            what=what,
            measure="peak memory of the search",
            measured=peak_mib / 1024,
            at_most=4.0,
            unit="GiB",
        ),
        Figure(what=what, measure="reading the shortlist", measured=answer["load_s"], unit="s"),
    ]
    for style in STYLES:
        chosen = [case for case in short if case["style"] == style]
        figures.append(
            Figure(
                what=f"{what}, {len(chosen)} commentaries of {seconds:g} s, {style}",
                measure="films shown that are on the shortlist",
                measured=float(np.mean([case["recall"] for case in chosen])),
            )
        )
        figures += _recall(f"{what}, {style}", chosen)
    figures += _recall(f"{what}, all styles", answer["cases"])
    figures.append(
        Figure(
            what=what,
            measure="films on a shortlist",
            measured=float(np.mean([len(case["shortlist"]) for case in answer["cases"]])),
        )
    )
    return figures


def _recall(what: str, cases: Sequence[dict[str, Any]]) -> list[Figure]:
    """Recall over pieces of commentaries, and what it is at least with some confidence."""
    pieces = [piece for case in cases for piece in case["pieces"]]
    found, shown = (sum(numbers) for numbers in zip(*pieces, strict=True)) if pieces else (0, 0)
    if not shown:
        return []
    what = f"{what}, {len(pieces)} pieces of {PIECE_S:g} s"
    measure = "films shown that are on the shortlist"
    return [
        Figure(what=what, measure=measure, measured=found / shown),
        Figure(
            what=what,
            measure=f"{measure}, at least (95 %)",
            measured=wilson_lower(found, shown),
        ),
    ]


def _case(
    style: str,
    films: Sequence[str],
    seed: int,
    duration_s: float,
    footage: Path,
    work: Path,
    say: Say,
) -> Path:
    inserts = tuple(footage / name for name in INSERTS)
    spec = CaseSpec(
        films=tuple(footage / name for name in films),
        inserts=inserts,
        style=style,
        seed=seed,
        duration_s=duration_s,
    )
    say(f"{style}, {', '.join(films)}, seed {seed}")
    return cached_case(spec, work=work)[0]


def _make_rows(folder: Path, real: Sequence[Path], *, films: int, hours: float, say: Say) -> None:
    """Codes of a crowd, by a quantiser trained on the first films, as in a library that grows."""
    folder.mkdir(parents=True, exist_ok=True)
    signatures = real_signatures(real)
    each = rows_of(hours)
    rng = np.random.default_rng(films)

    def rows(count: int) -> NDArray[np.float16]:
        """Of both views, one after the other."""
        return np.concatenate(crowd_views(signatures, count, rng)).astype(np.float16)

    say("training the quantiser")
    quantiser = Quantiser.train(rows(TRAIN_ROWS // 2))
    write_quantiser(quantiser, folder / "quantiser")
    mark, made = quantiser_digest(quantiser), describe_films().fingerprint
    for start in range(0, films, FILMS_A_PART):
        say(f"making rows of films from number {start}")
        some = [
            FilmRows(f"crowd-{start + n}", quantiser.encode(rows(each)), (each, each))
            for n in range(min(FILMS_A_PART, films - start))
        ]
        Part(tuple(some), made, mark).write(folder / f"{start:06}.part")
    (folder / "whole").touch()


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    """What the measured process does: read the shortlist, and look commentaries up."""
    began = time.perf_counter()
    quantiser, mark = read_quantiser(Path(job["rows"]) / "quantiser")
    parts = [Part.read(path) for path in sorted(Path(job["rows"]).glob("*.part"))]
    describe, real, names = describe_films(), [], []
    for path in map(Path, job["real"]):
        with open_index(path) as index:
            views = describe.describe(index)
            codes = quantiser.encode(np.concatenate(views))
            counts = tuple(map(len, views))
            real.append(FilmRows(index.manifest.fingerprint, codes, counts))
            names.append(index.name)
    parts.insert(0, Part(tuple(real), describe.fingerprint, mark))
    films = [film.fingerprint for part in parts for film in part.films]
    shortlist = Shortlist(parts, films, quantiser, view=0)
    load_s = time.perf_counter() - began
    rows = len(shortlist.film)
    found: dict[int, dict[str, Any]] = {}
    for view in range(VIEWS):
        if view:  # one at a time, as a match has it
            shortlist = Shortlist(parts, films, quantiser, view=view)
        for number, (style, case) in enumerate(job["cases"]):
            if looked := _looked_up(style, Path(case), shortlist, view, names, len(films)):
                found[number] = looked
    cases = [found[number] for number in range(len(job["cases"]))]
    return {"films": len(films), "rows": rows, "load_s": load_s, "cases": cases}


def _looked_up(
    style: str, case: Path, shortlist: Shortlist, view: int, names: Sequence[str], films: int
) -> dict[str, Any] | None:
    """A commentary among one view of the films; None where it is looked up among the other."""
    settings = ShortlistSettings()
    read = read_commentary(
        case / "case.mp4", size=MatchConfig().thumbnail_size, reader="pyav", on_progress=None
    )
    if view_of(read.frames.aspect, settings) != view:
        return None
    began = time.perf_counter()
    with one_blas_thread():
        votes = votes_for_films(read.frames, shortlist, films, settings)
        chosen = shortlisted(votes, settings)
    search_s = time.perf_counter() - began
    truth = load_truth(case)
    shown = [names.index(Path(film.path).name) for film in truth.films]
    wanted = _wanted(truth.film, shown)
    pieces = []
    for first, last in _stretches(read.frames, PIECE_S):
        with one_blas_thread():
            of_piece = votes_for_films(_piece(read.frames, first, last), shortlist, films, settings)
        there = _wanted(truth.film[first:last], shown)
        kept = shortlisted(of_piece, settings)
        pieces.append((sum(number in kept for number in there), len(there)))
    total = votes.total()
    order = np.argsort(-total, kind="stable").tolist()
    return {
        "style": style,
        "case": case.name,
        "seconds": read.times.end_s,
        "search_s": search_s,
        "shortlist": chosen,
        "recall": float(np.mean([number in chosen for number in wanted])) if wanted else 1.0,
        "ranks": [order.index(number) for number in wanted],
        "votes": [float(total[number]) for number in wanted],
        "best_other": float(max(np.delete(total, wanted))),
        "pieces": pieces,
    }


def _wanted(film: NDArray[np.int16], shown: Sequence[int]) -> list[int]:
    """Of the films that a commentary shows, those that these rows of its truth show long enough."""
    frames = [int(np.sum(np.any(film == n, axis=-1))) for n in range(len(shown))]
    return [number for number, count in zip(shown, frames, strict=True) if count >= SHOWN_FRAMES]


def _stretches(commentary: Commentary, length_s: float) -> list[tuple[int, int]]:
    """First and last frames of pieces of about such a length; a rest that is shorter is left."""
    start_s, end_s = commentary.seconds[0], commentary.seconds_of(len(commentary.grey))
    edges_s = start_s + length_s * np.arange(int((end_s - start_s) / length_s + 1e-6) + 1)
    edges = np.searchsorted(commentary.seconds, edges_s - 1e-6)
    return [(int(first), int(last)) for first, last in itertools.pairwise(edges) if last > first]


def _piece(commentary: Commentary, first: int, last: int) -> Commentary:
    """Some frames as a commentary of their own."""
    shots = [
        Shot(max(shot.start_frame, first) - first, min(shot.end_frame, last) - first)
        for shot in commentary.shots
        if shot.start_frame < last and shot.end_frame > first
    ]
    return Commentary(
        commentary.grey[first:last],
        commentary.seconds[first:last],
        commentary.aspect,
        tuple(shots),
        next_s=commentary.seconds_of(last),
    )


if __name__ == "__main__":
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(json.dumps(_answer(document)), encoding="utf-8")
