"""Measures SyncClip: makes commentaries with exact truth, scores what is found, times it.

Command line of the benchmarks: ``python -m benchmarks COMMAND --help``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av

from benchmarks import environment
from benchmarks.ablation import measure_ablation
from benchmarks.accuracy import run_suite
from benchmarks.baselines.commands import add_commands
from benchmarks.batches import measure_batch, measure_index_many
from benchmarks.calibrate import measure_calibration
from benchmarks.claims import load_predictions
from benchmarks.embed import measure_embedding
from benchmarks.engine import BenchmarkError
from benchmarks.figures import Figure
from benchmarks.library import measure_growth, measure_twenty
from benchmarks.make import CaseSpec, make_case
from benchmarks.reprise import reprise
from benchmarks.rows import REPORTED, Row
from benchmarks.score import film_surveys, pieces, score_case
from benchmarks.shortlist import measure_shortlist
from benchmarks.speed import measure_indexing, measure_long_film, measure_matching
from benchmarks.strata import FITTED
from benchmarks.styles import STYLES
from benchmarks.suites import BUNNY, CAMINANDES, POOLED, SUITES, Made
from benchmarks.tables import TableError, documents, fill
from benchmarks.truth import load_truth

SCHEMA_VERSION = 1
PARTS = ("index", "batch", "twenty", "growth", "shortlist")
"""Of the benchmark of libraries."""
SPEED_PARTS = ("index", "match", "long-index", "long-match")
"""Of the benchmark of speed; the last two need a length."""
DEFAULT_WORK = Path(tempfile.gettempdir()) / "syncclip-benchmarks"
DEFAULT_FOOTAGE = Path(os.environ.get("SYNCCLIP_FOOTAGE", "../shared/footage"))
RESULTS = environment.REPOSITORY / "benchmarks" / "results"


def _make(arguments: argparse.Namespace) -> int:
    spec = CaseSpec(
        films=tuple(arguments.film),
        inserts=tuple(arguments.insert),
        style=arguments.style,
        seed=arguments.seed,
        duration_s=arguments.duration,
        until_s=tuple(arguments.until),
    )
    started = time.perf_counter()
    truth = make_case(spec, arguments.out, work=arguments.work)
    taken_s = time.perf_counter() - started
    print(
        f"{arguments.out / 'case.mp4'}: {truth.frames} frames, {len(truth.segments)} pieces, "
        f"{taken_s:.0f} s"
    )
    return 0


def _score(arguments: argparse.Namespace) -> int:
    scores = score_case(arguments.case, arguments.result, work=arguments.work)
    print(json.dumps(scores, indent=1))
    if arguments.pieces:
        truth = load_truth(arguments.case)
        surveys = film_surveys(truth, work=arguments.work)
        for line in pieces(truth, load_predictions(arguments.result), surveys=surveys):
            print(line)
    return 0


def _rows(arguments: argparse.Namespace) -> list[Row]:
    """The rows of a suite that were asked for."""
    rows = [
        row
        for row in SUITES[arguments.suite]
        if not arguments.row or any(part in row.name for part in arguments.row)
    ]
    if not rows:
        raise BenchmarkError(f"no row of {arguments.suite} is called {', '.join(arguments.row)}")
    if arguments.seed:
        rows = [row.with_seeds(arguments.seed) for row in rows if isinstance(row.cases, Made)]
    return rows


def _ablation(arguments: argparse.Namespace) -> int:
    found = measure_ablation(
        _rows(arguments),
        footage=arguments.footage,
        work=arguments.work,
        model=arguments.clip_model,
        device=arguments.device,
        match=arguments.match,
        say=_say,
    )
    return _report({"suite": arguments.suite, **found}, arguments)


def _accuracy(arguments: argparse.Namespace) -> int:
    found = run_suite(
        _rows(arguments),
        footage=arguments.footage,
        work=arguments.work,
        say=_say,
        pooled_asked=POOLED.get(arguments.suite, ()),
    )
    return _report({"suite": arguments.suite, **found}, arguments)


def _reprise(arguments: argparse.Namespace) -> int:
    reprise(arguments.film, arguments.out, seed=arguments.seed)
    return 0


def _calibrate(arguments: argparse.Namespace) -> int:
    found = measure_calibration(FITTED, footage=arguments.footage, work=arguments.work, say=_say)
    return _report(found, arguments)


def _speed(arguments: argparse.Namespace) -> int:
    work, repeats = arguments.work, arguments.repeats
    index_film = arguments.index_film or arguments.footage / CAMINANDES
    match_film = arguments.match_film or arguments.footage / BUNNY
    seed, hours = arguments.seed, arguments.hours
    measure = {
        "index": lambda: measure_indexing(index_film, repeats=repeats, work=work, say=_say),
        "match": lambda: measure_matching(
            match_film, seed=seed, repeats=repeats, work=work, say=_say
        ),
        "long-index": lambda: measure_long_film(index_film, hours=hours, work=work, say=_say),
        "long-match": lambda: measure_matching(
            match_film, seed=seed, repeats=1, work=work, say=_say, hours=hours
        ),
    }
    parts = arguments.part or SPEED_PARTS
    measured = [measure[part]() for part in parts if hours or not part.startswith("long")]
    found: dict[str, Any] = {
        "figures": [figure.to_json() for part in measured for figure in part.figures]
    }
    for part in measured:
        found |= part.runs
    return _report(found, arguments)


def _embed(arguments: argparse.Namespace) -> int:
    found = measure_embedding(
        arguments.film or arguments.footage / CAMINANDES,
        model=arguments.clip_model,
        devices=tuple(arguments.device),
        threads=arguments.threads,
        repeats=arguments.repeats,
        work=arguments.work,
        say=_say,
    )
    return _report(found, arguments)


def _library(arguments: argparse.Namespace) -> int:
    footage, work = arguments.footage, arguments.work
    figures: list[Figure] = []
    runs: dict[str, Any] = {}
    timed = {"footage": footage, "work": work, "repeats": arguments.repeats, "say": _say}
    for part in arguments.part or PARTS:
        if part == "twenty":
            found = measure_twenty(footage=footage, work=work, seeds=REPORTED, say=_say)
        elif part == "growth":
            found = measure_growth(seed=arguments.seed, **timed)
        elif part == "index":
            found = measure_index_many(**timed)
        elif part == "batch":
            found = measure_batch(seed=arguments.seed, **timed)
        else:
            found = measure_shortlist(
                footage=footage,
                work=work,
                films=arguments.films,
                hours=arguments.hours,
                seed=arguments.seed,
                say=_say,
                commentaries=arguments.commentaries,
                seconds=arguments.seconds,
            )
        figures += found[0]
        runs |= found[1]
        # After each part: the next one may take an hour, and may be stopped.
        together = {"figures": [figure.to_json() for figure in figures], **runs}
        _write(together, arguments)
    return _report(together, arguments)


def _table(arguments: argparse.Namespace) -> int:
    old = 0
    for page in arguments.document or documents(environment.REPOSITORY):
        text = page.read_text(encoding="utf-8")
        new = fill(text, results=arguments.results)
        if new == text:
            continue
        if arguments.check:
            print(f"{page.name} is out of date; run: python -m benchmarks table")
            old += 1
        else:
            page.write_text(new, encoding="utf-8")
    return int(old > 0)


def _write(found: dict[str, Any], arguments: argparse.Namespace) -> None:
    """Write the result file."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "environment": environment.describe(arguments.words),
        **found,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1, ensure_ascii=False)
    arguments.out.write_text(text + "\n", encoding="utf-8")


def _report(found: dict[str, Any], arguments: argparse.Namespace) -> int:
    """Write the result file and print its figures; 1 where a figure asked for was missed."""
    _write(found, arguments)
    for figure in found["figures"]:
        verdict = {True: "met", False: "MISSED", None: ""}[figure["met"]]
        value = "-" if figure["measured"] is None else f"{figure['measured']:.4f}"
        print(f"{value:>9s} {verdict:6s} {figure['measure']}: {figure['what']}")
    return int(any(figure["met"] is False for figure in found["figures"]))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--work", type=Path, default=DEFAULT_WORK, help="folder for caches (%(default)s)"
    )
    measuring = argparse.ArgumentParser(add_help=False, parents=[common])
    measuring.add_argument("--out", type=Path, required=True, help="JSON file to write")
    measuring.add_argument(
        "--footage",
        type=Path,
        default=DEFAULT_FOOTAGE,
        help="folder of the films (SYNCCLIP_FOOTAGE, or %(default)s)",
    )
    _add_make(commands.add_parser("make", parents=[common], help="edit a commentary with truth"))
    _add_reprise(commands.add_parser("reprise", help="make a film that shows some shots twice"))
    _add_score(commands.add_parser("score", parents=[common], help="score a result of one case"))
    _add_accuracy(commands.add_parser("accuracy", parents=[measuring], help="score a whole suite"))
    ablation = commands.add_parser("ablation", parents=[measuring], help="what each track adds")
    _add_ablation(ablation)
    calibrate = commands.add_parser(
        "calibrate", parents=[measuring], help="fit the weights of confidence"
    )
    calibrate.set_defaults(run=_calibrate)
    _add_speed(commands.add_parser("speed", parents=[measuring], help="time and memory"))
    _add_embed(commands.add_parser("embed", parents=[measuring], help="cost of a CLIP track"))
    _add_library(commands.add_parser("library", parents=[measuring], help="many films at once"))
    _add_table(commands.add_parser("table", help="fill the tables of README and docs from results"))
    add_commands(commands, common=common, measuring=measuring, report=_report)
    return parser


def _add_make(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--film", type=Path, action="append", default=[], help="repeat for several")
    add("--insert", type=Path, action="append", default=[], help="other film to show now and then")
    add("--style", choices=STYLES, default="typical", help="treatment (%(default)s)")
    add("--seed", type=int, default=1, help="another seed is another edit (%(default)s)")
    add("--duration", type=float, default=150.0, help="seconds (%(default)s)")
    add(
        "--until",
        type=float,
        action="append",
        default=[],
        help="second of each film at which it ends for the editor (the whole film)",
    )
    add("--out", type=Path, required=True, help="folder of the case")
    parser.set_defaults(run=_make)


def _add_reprise(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("film", type=Path, help="any film")
    parser.add_argument("--out", type=Path, required=True, help="film to write")
    parser.add_argument("--seed", type=int, default=1, help="which stretches (%(default)s)")
    parser.set_defaults(run=_reprise)


def _add_score(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", type=Path, help="folder that make wrote")
    parser.add_argument("result", type=Path, help="visual_match_results.json")
    parser.add_argument("--pieces", action="store_true", help="one line per piece, too")
    parser.set_defaults(run=_score)


def _add_ablation(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _add_rows(parser, suite="accuracy")
    add("--clip-model", help="as index takes it (random weights: they say nothing)")
    add("--device", default="auto", help="where it runs (%(default)s)")
    add("--match", action="store_true", help="match in full too, not only what is proposed")
    parser.set_defaults(run=_ablation)


def _add_accuracy(parser: argparse.ArgumentParser) -> None:
    _add_rows(parser, suite="engine")
    parser.set_defaults(run=_accuracy)


def _add_rows(parser: argparse.ArgumentParser, *, suite: str) -> None:
    parser.add_argument("--suite", choices=SUITES, default=suite, help="(%(default)s)")
    parser.add_argument(
        "--row", action="append", default=[], help="only rows with this in their name"
    )
    parser.add_argument(
        "--seed",
        type=int,
        action="append",
        default=[],
        help="made cases of this seed instead of those reported, not rendered: to tune on (< 100)",
    )


def _add_speed(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--index-film", type=Path, help=f"film to decode and index ({CAMINANDES})")
    add("--match-film", type=Path, help=f"film to cut a commentary from ({BUNNY})")
    add("--seed", type=int, default=101, help="of the commentary (%(default)s)")
    add("--repeats", type=int, default=3, help="runs; the fastest counts (%(default)s)")
    add("--hours", type=float, default=0.0, help="also index and search films made this long (not)")
    add("--part", action="append", choices=SPEED_PARTS, help="repeat for several (all)")
    parser.set_defaults(run=_speed)


def _add_embed(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--film", type=Path, help=f"film to index ({CAMINANDES})")
    add("--clip-model", help="as index takes it (random weights of the default's shape)")
    add("--device", action="append", default=[], help="repeat for several (all that are here)")
    add("--threads", type=int, help="of the model on a processor (one for each core)")
    add("--repeats", type=int, default=2, help="runs; the fastest counts (%(default)s)")
    parser.set_defaults(run=_embed)


def _add_library(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--part", choices=PARTS, action="append", default=[], help="repeat for several (all)")
    add("--films", type=int, default=1000, help="simulated films (%(default)s)")
    add("--hours", type=float, default=2.0, help="of each of them (%(default)s)")
    add("--seed", type=int, default=101, help="of commentaries that are timed (%(default)s)")
    add("--repeats", type=int, default=2, help="runs; the fastest counts (%(default)s)")
    add(
        "--commentaries",
        type=int,
        default=2,
        help="looked up in the shortlist, of each style and film (%(default)s)",
    )
    add("--seconds", type=float, default=70.0, help="of each of them (%(default)s)")
    parser.set_defaults(run=_library)


def _add_table(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="fail where a page is out of date")
    parser.add_argument(
        "--document",
        type=Path,
        action="append",
        help="page with the markers; repeat for several (READMEs and docs/*.md)",
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the JSON files")
    parser.set_defaults(run=_table)


def main(words: Sequence[str] | None = None) -> int:
    """Run one benchmark command: 0, or 1 where it failed or a figure was missed."""
    arguments = _parser().parse_args(words)
    arguments.words = list(sys.argv[1:] if words is None else words)
    try:
        status: int = arguments.run(arguments)
    except (BenchmarkError, TableError, OSError, ValueError, av.FFmpegError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
