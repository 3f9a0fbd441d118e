"""Makes or reuses a suite's cases, runs SyncClip on them, and scores what it found."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import engine
from benchmarks.calibration import pooled
from benchmarks.claims import load_predictions
from benchmarks.engine import Cost, Say
from benchmarks.figures import Figure
from benchmarks.footage import prepared_footage
from benchmarks.make import CaseSpec, make_case
from benchmarks.rendered import check_render
from benchmarks.score import film_surveys, score_result
from benchmarks.suites import Asked, Made, Row
from benchmarks.truth import Truth, load_truth
from benchmarks.unfinished import Keep, unfinished

__all__ = ["cached_case", "cases_of", "figures_asked", "indexed", "run_suite"]

_MAKER = (
    "films",
    "survey",
    "lookalikes",
    "places",
    "cursors",
    "piece",
    "plan",
    "effects",
    "styles",
    "paint",
    "decor",
    "looks",
    "panes",
    "treat",
    "studio",
    "dress",
    "make",
    "truth",
)
"""Modules that decide what a case looks like."""

_LOWER_IS_BETTER = ("false", "edge", "rendered.frames", "calibration.ece")


def run_suite(
    rows: Sequence[Row],
    *,
    footage: Path,
    work: Path,
    say: Say,
    pooled_asked: Sequence[Asked] = (),
) -> dict[str, Any]:
    """Figures and scores of all rows.

    Args:
        rows: What to run.
        footage: Folder of the films.
        work: Folder for cases, indexes and results; cases are used again.
        say: Told what is being done.
        pooled_asked: What is asked of all rows together, every claimed frame counting once.
    """
    footage = prepared_footage(rows, footage=footage, work=work)
    indexes, costs = indexed(rows, footage=footage, work=work, say=say)
    results = []
    with unfinished(work / "unfinished" / "accuracy") as keep:
        for row in rows:
            searched = [indexes[movie] for movie in row.movies]
            results.append(_run_row(row, searched, footage=footage, work=work, say=say, keep=keep))
    figures, together = figures_asked(rows, results, pooled_asked)
    return {
        "figures": figures,
        "rows": results,
        "all": together,
        "index_cost": {movie: asdict(cost) for movie, cost in costs.items()},
    }


def indexed(
    rows: Sequence[Row], *, footage: Path, work: Path, say: Say
) -> tuple[dict[str, Path], dict[str, Cost]]:
    """Index every movie that rows search, and what that cost, by its file name."""
    indexes, costs = {}, {}
    for movie in sorted({movie for row in rows for movie in row.movies}):
        say(f"indexing {movie}")
        indexes[movie] = engine.index_path(footage / movie, work=work)
        costs[movie] = engine.index_movie(footage / movie, indexes[movie])
    return indexes, costs


def figures_asked(
    rows: Sequence[Row], results: Sequence[dict[str, Any]], pooled_asked: Sequence[Asked]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Figures of every row and of all together, and the scores of all together.

    Args:
        rows: With what is asked of them.
        results: Of each, with its ``cases`` and their ``scores``.
        pooled_asked: What is asked of all rows together.
    """
    figures = [
        _figure(row.what, asked, result["cases"])
        for row, result in zip(rows, results, strict=True)
        for asked in row.asked
    ]
    cases = [case["scores"]["calibration"] for result in results for case in result["cases"]]
    together = {"calibration": pooled(cases)}
    pool = [{"scores": together}]
    figures += [_figure("all rows together", asked, pool) for asked in pooled_asked]
    return [figure.to_json() for figure in figures], together


def cached_case(spec: CaseSpec, *, work: Path) -> tuple[Path, Truth]:
    """The folder of a case, made unless the same maker made it before."""
    sources = b"".join((Path(__file__).parent / f"{name}.py").read_bytes() for name in _MAKER)
    # By the films and not by their folders: a link to a film is the film.
    sizes = [path.stat().st_size for path in (*spec.films, *spec.inserts)]
    films, inserts = (tuple(Path(p.name) for p in paths) for paths in (spec.films, spec.inserts))
    plain = replace(spec, films=films, inserts=inserts)
    key = hashlib.sha256(f"{plain} {sizes}".encode() + sources).hexdigest()[:12]
    stem = spec.films[0].stem if spec.films else "no-film"
    folder = work / "cases" / f"{stem}-{spec.style}-{spec.seed}-{key}"
    if not (folder / "case.mp4").exists():
        make_case(spec, folder, work=work)
    return folder, load_truth(folder)


def _run_row(
    row: Row, indexes: Sequence[Path], *, footage: Path, work: Path, say: Say, keep: Keep
) -> dict[str, Any]:
    cases = []
    for name, commentary, truth in cases_of(row, footage=footage, work=work):
        say(f"{row.name}: {name}")
        measured = keep(
            f"{row.name}-{name}{'-rendered' if row.render else ''}",
            partial(_run_case, row, name, commentary, truth, indexes, work=work),
        )
        cases.append(
            {
                "case": name,
                "seed": truth.seed if isinstance(row.cases, Made) else None,
                "duration_s": truth.frames / float(truth.fps),
                **measured,
                "rendered": row.render,
            }
        )
    return {"name": row.name, "what": row.what, "movies": list(row.movies), "cases": cases}


def _run_case(
    row: Row, name: str, commentary: Path, truth: Truth, indexes: Sequence[Path], *, work: Path
) -> dict[str, Any]:
    out = work / "results" / f"{row.name}-{name}"
    result, cost = engine.match(commentary, indexes, out, render=row.render)
    surveys = film_surveys(truth, work=work)
    scores = score_result(truth, result, surveys=surveys)
    if row.render:
        video, predictions = engine.rendered_video(out), load_predictions(result)
        scores["rendered"] = check_render(video, truth, predictions, surveys=surveys)
    return {"scores": scores, "cost": asdict(cost)}


def cases_of(row: Row, *, footage: Path, work: Path) -> list[tuple[str, Path, Truth]]:
    """Name, commentary and truth of each case of a row; those not there yet are made."""
    if isinstance(row.cases, Made):
        made = [(spec, *cached_case(spec, work=work)) for spec in row.cases.specs(footage)]
        return [(f"seed {spec.seed}", folder / "case.mp4", truth) for spec, folder, truth in made]
    commentary = footage / row.cases.commentary
    return [(commentary.stem, commentary, row.cases.truth(footage, work))]


def _figure(what: str, asked: Asked, cases: Sequence[dict[str, Any]]) -> Figure:
    """The mean over a row's cases; a case without the measure is left out."""
    values = [_look_up(case["scores"], asked.measure) for case in cases]
    known = [value for value in values if value is not None]
    lower_is_better = asked.measure.startswith(_LOWER_IS_BETTER)
    worst = (max if lower_is_better else min)(known) if len(known) > 1 else None
    return Figure(
        what=what,
        measure=asked.measure,
        measured=float(np.mean(known)) if known else None,
        worst=worst,
        at_least=asked.at_least,
        at_most=asked.at_most,
    )


def _look_up(scores: dict[str, Any], measure: str) -> float | None:
    value: Any = scores
    for part in _parts(measure):
        # A tier that claims nothing has no precision.
        value = None if value is None else value.get(part)
    return None if value is None else float(value)


def _parts(measure: str) -> list[str]:
    """``edge.median`` is two keys, ``f1@0.1s`` one."""
    return [measure] if "@" in measure else measure.split(".")
