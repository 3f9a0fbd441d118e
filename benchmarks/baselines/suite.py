"""Runs SyncClip and every baseline on the same cases, and sets them side by side."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import engine
from benchmarks.accuracy import cases_of, figures_asked, indexed
from benchmarks.baselines import video_signature as filter_
from benchmarks.baselines.methods import ALIGNERS
from benchmarks.baselines.similarity import (
    MOVIE_INTERVAL_S,
    QUERY_INTERVAL_S,
    Similarity,
    measure,
)
from benchmarks.baselines.tables import INSTEAD
from benchmarks.beside import both_panes
from benchmarks.claims import Prediction, load_beside, load_predictions
from benchmarks.engine import Say
from benchmarks.evaluate import evaluate
from benchmarks.figures import Figure
from benchmarks.footage import prepared_footage
from benchmarks.score import film_surveys
from benchmarks.suites import Asked, Made, Row
from benchmarks.survey import FilmSurvey
from benchmarks.truth import Truth
from benchmarks.unfinished import Keep, unfinished
from syncclip.index import MovieIndex, open_indexes

__all__ = ["ENGINE", "METHODS", "leads", "run_baselines"]

ENGINE = "syncclip"
SIGNATURES: Mapping[str, tuple[str, str, filter_.SignatureSettings]] = {
    "signature": (
        "FFmpeg signature",
        "signature filter for each detected shot, its own thresholds",
        filter_.DEFAULTS,
    ),
    "signature_relaxed": (
        "FFmpeg signature, relaxed",
        "signature filter for each detected shot, without its coarse sieve, frame distance 160",
        filter_.RELAXED,
    ),
}
METHODS: Mapping[str, dict[str, str]] = {
    ENGINE: {"title": "SyncClip", "what": "the command line, as its users run it"},
    **{name: {"title": a.title, "what": a.what} for name, a in ALIGNERS.items()},
    **{name: {"title": title, "what": what} for name, (title, what, _) in SIGNATURES.items()},
}
LED = ("f1@1frame", "f1@0.1s")
"""Measures in which SyncClip has to be ahead of every baseline."""


def run_baselines(
    rows: Sequence[Row],
    *,
    footage: Path,
    work: Path,
    signature: str,
    signature_rows: Sequence[str] = (),
    say: Say,
    pooled_asked: Sequence[Asked] = (),
) -> dict[str, Any]:
    """Scores of every method on every case, and what is asked of SyncClip's own.

    Args:
        rows: Strata.
        footage: Folder of the films.
        work: Folder for cases, indexes and results; cases are used again.
        signature: Cases of each row on which the slow filter is run: ``"none"``, ``"first"`` or
            ``"all"``.
        signature_rows: Parts of the names of the rows that it is run in; every row by default.
        say: Told what is being done.
        pooled_asked: What is asked of all rows together.
    """
    footage = prepared_footage(rows, footage=footage, work=work)
    indexes, _ = indexed(rows, footage=footage, work=work, say=say)
    results = []
    with unfinished(work / "unfinished" / "baselines") as keep:
        for row in rows:
            searched = {movie: indexes[movie] for movie in row.movies}
            of_row = not signature_rows or any(part in row.name for part in signature_rows)
            filtered = signature if of_row else "none"
            results.append(
                _run_row(
                    row, searched, footage=footage, work=work, filtered=filtered, say=say, keep=keep
                )
            )
    figures, together = figures_asked(rows, [_own(result) for result in results], pooled_asked)
    figures += [figure.to_json() for result in results for figure in leads(result)]
    return {
        "kind": "side by side",
        "methods": METHODS,
        "query_interval_s": QUERY_INTERVAL_S,
        "movie_interval_s": MOVIE_INTERVAL_S,
        "signature_cases": signature,
        "signature_rows": list(signature_rows),
        "figures": figures,
        "rows": results,
        "all": together,
    }


def _run_row(
    row: Row,
    indexes: Mapping[str, Path],
    *,
    footage: Path,
    work: Path,
    filtered: str,
    say: Say,
    keep: Keep,
) -> dict[str, Any]:
    """What every method found in every case of a row.

    Args:
        row: Kind of edit.
        indexes: Of the row's movies.
        footage: Folder of the films.
        work: Folder for cases and results.
        filtered: Cases on which the slow filter is run, as :func:`run_baselines` takes it.
        say: Told what is being done.
        keep: Measures a case, or knows what it gave.
    """
    cases = []
    made = cases_of(row, footage=footage, work=work)
    for number, (name, commentary, truth) in enumerate(made):
        say(f"{row.name}: {name}")
        slow = filtered == "all" or (filtered == "first" and number == 0)
        case = f"{row.name}-{name}"
        run = partial(_run_case, case, commentary, truth, indexes, footage=footage, work=work)
        found = keep(f"{case}-filtered" if slow else case, partial(run, filtered=slow))
        seed = truth.seed if isinstance(row.cases, Made) else None
        duration_s = truth.frames / float(truth.fps)
        cases.append({"case": name, "seed": seed, "duration_s": duration_s, "methods": found})
    return {"name": row.name, "what": row.what, "movies": list(row.movies), "cases": cases}


def _own(result: Mapping[str, Any]) -> dict[str, Any]:
    """SyncClip's part of a row's result."""
    return {"cases": [case["methods"][ENGINE] for case in result["cases"]]}


def leads(result: Mapping[str, Any]) -> list[Figure]:
    """How far SyncClip is ahead of the best baseline of a row, on the cases that both ran on.

    Where nothing is from the movie there is no f1: there the one that claims least is the best.
    """
    figures = [figure for name in LED if (figure := _lead(result, name, higher=True))]
    if not figures and (figure := _lead(result, INSTEAD, higher=False)):
        figures.append(figure)
    return figures


def _lead(result: Mapping[str, Any], name: str, *, higher: bool) -> Figure | None:
    """The lead in a measure, of which a ``higher`` value is better, or else a lower one."""
    gaps: dict[str, list[float]] = {}
    for case in result["cases"]:
        own = case["methods"][ENGINE]["scores"][name]
        for method, found in case["methods"].items():
            score = found["scores"][name]
            if method != ENGINE and own is not None and score is not None:
                gaps.setdefault(method, []).append(own - score if higher else score - own)
    if not gaps:
        return None
    best = min(gaps, key=lambda method: float(np.mean(gaps[method])))
    return Figure(
        what=f"{result['what']}: ahead of the best baseline ({METHODS[best]['title']})",
        measure=name,
        measured=float(np.mean(gaps[best])),
        worst=min(gaps[best]) if len(gaps[best]) > 1 else None,
        at_least=0.0,
    )


def _run_case(
    name: str,
    commentary: Path,
    truth: Truth,
    indexes: Mapping[str, Path],
    *,
    footage: Path,
    work: Path,
    filtered: bool,
) -> dict[str, Any]:
    """``{"scores", "seconds"}`` of each method; the making of FFmpeg's small copies not counted."""
    surveys = film_surveys(truth, work=work)
    paths = list(indexes.values())
    result, cost = engine.match(commentary, paths, work / "results" / name)
    own = load_predictions(result)
    found = {ENGINE: _scored(truth, own, surveys, cost.seconds)}
    found[ENGINE]["scores"]["panes"] = both_panes(truth, own, load_beside(result), surveys=surveys)
    started = time.perf_counter()
    similarity = measure(commentary, paths)
    shared_s = time.perf_counter() - started
    for key, aligner in ALIGNERS.items():
        started = time.perf_counter()
        predictions = aligner(similarity)
        seconds = shared_s + time.perf_counter() - started
        found[key] = _scored(truth, predictions, surveys, seconds)
    if filtered:
        copies, movies = _copies(similarity, commentary, truth, indexes, footage, work)
        for key, (_, _, settings) in SIGNATURES.items():
            started = time.perf_counter()
            predictions = filter_.video_signature(similarity, copies, movies, settings)
            found[key] = _scored(truth, predictions, surveys, time.perf_counter() - started)
    return found


def _copies(
    similarity: Similarity,
    commentary: Path,
    truth: Truth,
    indexes: Mapping[str, Path],
    footage: Path,
    work: Path,
) -> tuple[filter_.Clip, dict[str, filter_.Clip]]:
    """Small copies of the commentary and of the movies, without bars."""
    folder = work / "small"
    own = filter_.shrink(
        commentary,
        folder / f"{_mark(commentary)}.mkv",
        frame_rate=truth.fps,
        content=similarity.content.tolist(),
    )
    movies = {}
    for name, path in indexes.items():
        opened = open_indexes([path])[0]
        try:
            rate, content = _picture(opened)
        finally:
            opened.close()
        movies[opened.name] = filter_.shrink(
            footage / name,
            folder / f"{_mark(footage / name)}.mkv",
            frame_rate=rate,
            content=content,
        )
    return own, movies


def _picture(index: MovieIndex) -> tuple[Fraction, list[int]]:
    """Frame rate and content rectangle of a movie."""
    content = index.manifest.content
    return index.manifest.info.frame_rate, [content.x, content.y, content.w, content.h]


def _mark(video: Path) -> str:
    """Name of a small copy: another file gets another one."""
    stat = video.stat()
    key = f"{video.absolute()} {stat.st_size} {stat.st_mtime_ns}".encode()
    return hashlib.sha256(key).hexdigest()[:20]


def _scored(
    truth: Truth,
    predictions: Sequence[Prediction],
    surveys: Mapping[str, FilmSurvey],
    seconds: float,
) -> dict[str, Any]:
    # Decoders may disagree on a last frame: what lies beyond the truth counts for nothing.
    inside = [
        replace(prediction, end_frame=min(prediction.end_frame, truth.frames))
        for prediction in predictions
        if prediction.start_frame < truth.frames
    ]
    return {"scores": evaluate(truth, inside, surveys=surveys), "seconds": seconds}
