"""``baselines``, ``similarity`` and ``plot`` of the benchmarks' command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import engine
from benchmarks.baselines.plots import plot
from benchmarks.baselines.similarity import MOVIE_INTERVAL_S, measure, save_similarity
from benchmarks.baselines.suite import run_baselines
from benchmarks.engine import BenchmarkError
from benchmarks.growth import draw_growth
from benchmarks.reliability import draw_reliability
from benchmarks.suites import POOLED, SUITES, Made, Row
from benchmarks.truth import load_truth

__all__ = ["add_commands"]

Report = Callable[[dict[str, Any], argparse.Namespace], int]


def add_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    *,
    common: argparse.ArgumentParser,
    measuring: argparse.ArgumentParser,
    report: Report,
) -> None:
    """Add the three commands.

    Args:
        commands: What ``add_subparsers`` gave.
        common: Options of every command that needs a work folder.
        measuring: Options of every command that writes a result file.
        report: Writes the result file and prints its figures.
    """
    baselines = commands.add_parser(
        "baselines", parents=[measuring], help="SyncClip and other aligners side by side"
    )
    add = baselines.add_argument
    add("--suite", choices=SUITES, default="engine", help="(%(default)s)")
    add("--row", action="append", default=[], help="only rows with this in their name")
    add("--seed", type=int, action="append", default=[], help="other seeds, to tune on (< 100)")
    add("--signature", choices=("none", "first", "all"), default="first", help=_FILTERED)
    add("--signature-row", action="append", default=[], help=_FILTERED_ROWS)
    baselines.set_defaults(run=lambda arguments: _baselines(arguments, report))
    similarity = commands.add_parser(
        "similarity", parents=[common], help="export query × movie matrices of a case"
    )
    add = similarity.add_argument
    add("case", type=Path, help="folder that make wrote")
    add("--out", type=Path, required=True, help=".npz file to write")
    add("--film", type=Path, action="append", default=[], help="movie to compare (the case's own)")
    add("--movie-interval", type=float, default=MOVIE_INTERVAL_S, help=_INTERVAL)
    similarity.set_defaults(run=_similarity)
    plots = commands.add_parser("plot", help="draw what baselines, accuracy or library wrote")
    plots.add_argument("results", type=Path, help="JSON file that was written")
    plots.add_argument("--out", type=Path, required=True, help="PNG or SVG file to write")
    kinds = plots.add_mutually_exclusive_group()
    kinds.add_argument("--reliability", action="store_true", help="confidence against truth")
    kinds.add_argument("--growth", action="store_true", help="cost as a library grows")
    plots.set_defaults(run=_plot)


_FILTERED = "cases of each row that FFmpeg's slow signature filter is run on (%(default)s)"
_FILTERED_ROWS = "run it only in rows with this in their name (every row)"
_INTERVAL = "seconds between movie samples; 0 takes those that SyncClip looks up (%(default)s)"


def chosen_rows(suite: str, names: Sequence[str], seeds: Sequence[int]) -> list[Row]:
    """Rows of a suite by parts of their names, on other seeds where some are given.

    Raises:
        BenchmarkError: No row is called so.
    """
    rows = [row for row in SUITES[suite] if not names or any(part in row.name for part in names)]
    if seeds:
        rows = [row.with_seeds(seeds) for row in rows if isinstance(row.cases, Made)]
    if not rows:
        raise BenchmarkError(f"no such row of {suite}: {', '.join(names)}")
    return rows


def _baselines(arguments: argparse.Namespace, report: Report) -> int:
    found = run_baselines(
        chosen_rows(arguments.suite, arguments.row, arguments.seed),
        footage=arguments.footage,
        work=arguments.work,
        signature=arguments.signature,
        signature_rows=arguments.signature_row,
        say=lambda line: print(line, file=sys.stderr, flush=True),
        pooled_asked=() if arguments.seed else POOLED.get(arguments.suite, ()),
    )
    return report({"suite": arguments.suite, **found}, arguments)


def _similarity(arguments: argparse.Namespace) -> int:
    films = arguments.film or [Path(film.path) for film in load_truth(arguments.case).films]
    if not films:
        raise BenchmarkError(f"{arguments.case.name} shows no film; name one with --film")
    indexes = [engine.index_path(film, work=arguments.work) for film in films]
    for film, index in zip(films, indexes, strict=True):
        engine.index_movie(film, index)
    interval_s = arguments.movie_interval or None
    similarity = measure(arguments.case / "case.mp4", indexes, movie_interval_s=interval_s)
    save_similarity(similarity, arguments.out)
    for movie in similarity.movies:
        queries, samples = movie.plain.shape
        print(f"{arguments.out}: {queries} queries × {samples} samples of {movie.movie}")
    return 0


def _plot(arguments: argparse.Namespace) -> int:
    draw = plot
    if arguments.reliability:
        draw = draw_reliability
    elif arguments.growth:
        draw = draw_growth
    draw(arguments.results, arguments.out)
    return 0
