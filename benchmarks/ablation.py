"""What each track adds, kind of edit by kind of edit.

Two questions. Which tracks propose the right place, before anything is proven? And what is found in
the end, with and without the further track? Which model ran stands in the result: random weights
have a space of their own and say nothing about trained ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import engine
from benchmarks.accuracy import cases_of
from benchmarks.claims import load_predictions
from benchmarks.embed import random_model
from benchmarks.engine import Say
from benchmarks.evaluate import evaluate
from benchmarks.figures import Figure
from benchmarks.footage import prepared_footage
from benchmarks.rows import Row
from benchmarks.score import film_surveys
from benchmarks.truth import Truth
from syncclip.config import MatchConfig
from syncclip.encoders import BuiltinEncoder, ClipEncoder
from syncclip.index import MovieIndex, open_indexes
from syncclip.matching import (
    FinderSettings,
    Hypothesis,
    Lookup,
    Neighbours,
    Source,
    TrackNeighbours,
)
from syncclip.matching.examination import proposals
from syncclip.pipeline.commentary import ReadCommentary, read_commentary
from syncclip.pipeline.querying import model_neighbours
from syncclip.pipeline.searching import WindowSearch
from syncclip.pipeline.sources import movie_sources

__all__ = ["measure_ablation", "proposed"]

FOUND = ("f1@1frame", "f1@0.1s", "false")
RANDOM = "random weights: they say nothing about a trained model"


def measure_ablation(
    rows: Sequence[Row],
    *,
    footage: Path,
    work: Path,
    model: str | None,
    device: str,
    match: bool,
    say: Say,
) -> dict[str, Any]:
    """Figures of every row, and the scores of every case.

    Args:
        rows: Kinds of edits, each with its cases.
        footage: Folder of the films.
        work: Folder for cases, indexes and results.
        model: CLIP model as ``index`` takes it; random weights of the default's shape by default.
        device: Where it runs.
        match: Whether to match in full too, not only to see what is proposed.
        say: Told what is being done.
    """
    name = model or str(random_model(work / "random-ViT-B-32", say=say))
    footage = prepared_footage(rows, footage=footage, work=work)
    indexes = _indexed(rows, footage=footage, work=work, model=name, device=device, say=say)
    encoder = ClipEncoder.load(name, device=device)
    figures: list[Figure] = []
    told = []
    for row in rows:
        cases = []
        searched = [indexes[movie] for movie in row.movies]
        for case, commentary, truth in cases_of(row, footage=footage, work=work):
            say(f"{row.name}: {case}")
            scores: dict[str, Any] = {"proposed": _proposals(commentary, truth, searched, encoder)}
            if match:
                out = work / "results" / f"ablation-{row.name}-{case}"
                scores |= _found(commentary, truth, searched, name, device, out=out, work=work)
            cases.append({"case": case, "scores": scores})
        figures += _figures(row, cases)
        told.append({"name": row.name, "what": row.what, "cases": cases})
    return {
        "figures": [figure.to_json() for figure in figures],
        "model": model or f"ViT-B-32, {RANDOM}",
        "rows": told,
    }


def proposed(
    proposals: Sequence[Sequence[Hypothesis]],
    truth: Truth,
    movies: Sequence[str],
    *,
    reach_s: float,
) -> float | None:
    """Share of the stretches from a film whose middle frame's place is proposed.

    Args:
        proposals: Hypotheses of every stretch.
        truth: Of the commentary.
        movies: Names of the films in the order of the hypotheses' sources.
        reach_s: How far a proposal may be off to be proven all the same.
    """
    mirrored = np.zeros(truth.frames, bool)
    for segment in truth.segments:
        mirrored[segment.start_frame : segment.end_frame] = segment.mirrored
    right = []
    for stretch in (stretch for stretch in proposals if stretch):
        middle = (stretch[0].start_frame + stretch[0].end_frame) // 2
        film = int(truth.film[middle, 0])
        if film < 0 or truth.films[film].name not in movies:
            continue
        source = movies.index(truth.films[film].name)
        shown_s = float(truth.films[film].seconds(truth.pts[middle : middle + 1, 0])[0])
        at = truth.seconds[middle : middle + 1]
        right.append(
            any(
                h.source == source
                and h.mirrored == mirrored[middle]
                and abs(float(h.line(at)[0]) - shown_s) <= reach_s
                for h in stretch
            )
        )
    return float(np.mean(right)) if right else None


def _indexed(
    rows: Sequence[Row], *, footage: Path, work: Path, model: str, device: str, say: Say
) -> dict[str, Path]:
    indexes = {}
    for movie in sorted({movie for row in rows for movie in row.movies}):
        say(f"indexing {movie} with CLIP")
        path = work / "indexes-clip" / f"{Path(movie).stem}.idx"
        engine.index_movie(
            footage / movie, path, encoder=("--clip-model", model, "--device", device)
        )
        indexes[movie] = path
    return indexes


def _proposals(
    commentary: Path, truth: Truth, paths: Sequence[Path], encoder: ClipEncoder
) -> dict[str, float | None]:
    """Share of places proposed by each track alone, and by both together."""
    config = MatchConfig()
    with ExitStack() as stack:
        indexes = open_indexes(paths)
        for index in indexes:
            stack.callback(index.close)
        read = read_commentary(
            commentary, size=config.thumbnail_size, reader="pyav", on_progress=None, model=encoder
        )
        assert read.shown is not None
        sources = movie_sources(indexes)
        aspects = [source.aspect for source in sources]
        search = WindowSearch.over(indexes, aspects, read.frames.aspect, BuiltinEncoder())
        told = model_neighbours(
            indexes, encoder.id, frames=read.shown.frames, vectors=read.shown.vectors
        )
        further = [] if told is None else [told]
        ways: dict[str, tuple[Lookup, list[TrackNeighbours]]] = {
            "builtin": (search, []),
            "clip": (_blind, further),
            "builtin and clip": (search, further),
        }
        return {
            name: _share(read, sources, indexes, truth, lookup, more)
            for name, (lookup, more) in ways.items()
        }


def _share(
    read: ReadCommentary,
    sources: Sequence[Source],
    indexes: Sequence[MovieIndex],
    truth: Truth,
    lookup: Lookup,
    further: Sequence[TrackNeighbours],
) -> float | None:
    settings = FinderSettings()
    of_stretches = list(proposals(read.frames, sources, lookup, settings, further))
    names = [index.name for index in indexes]
    return proposed(of_stretches, truth, names, reach_s=settings.proof.reach_s)


def _blind(pictures: NDArray[np.uint8], count: int) -> Neighbours:
    """A look-up that recognises nothing: what is left is the further track."""
    nothing = np.zeros((len(pictures), count), np.int64)
    return Neighbours(nothing.astype(np.float32), nothing - 1, nothing, nothing)


def _found(
    commentary: Path,
    truth: Truth,
    indexes: Sequence[Path],
    model: str,
    device: str,
    *,
    out: Path,
    work: Path,
) -> dict[str, Any]:
    """Scores of a whole match, without the further track and with it."""
    ways = {
        "builtin": ("--encoder", "builtin"),
        "builtin and clip": ("--clip-model", model, "--device", device),
    }
    surveys = film_surveys(truth, work=work)
    scores: dict[str, Any] = {}
    for name, words in ways.items():
        result, _ = engine.match(commentary, indexes, out / name.replace(" ", "-"), encoder=words)
        whole = evaluate(truth, load_predictions(result), surveys=surveys)
        scores[name] = {measure: whole.get(measure) for measure in FOUND}
    return {"found": scores}


def _figures(row: Row, cases: Sequence[dict[str, Any]]) -> list[Figure]:
    figures = [
        _figure(
            row.what, f"places proposed by {way}", [c["scores"]["proposed"][way] for c in cases]
        )
        for way in cases[0]["scores"]["proposed"]
    ]
    for way in cases[0]["scores"].get("found", ()):
        figures += [
            _figure(
                row.what,
                f"{measure} with {way}",
                [case["scores"]["found"][way][measure] for case in cases],
            )
            for measure in FOUND
        ]
    return figures


def _figure(what: str, measure: str, values: Sequence[float | None]) -> Figure:
    known = [value for value in values if value is not None]
    return Figure(what=what, measure=measure, measured=float(np.mean(known)) if known else None)
