"""Command line of the benchmarks."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.claims import load_predictions
from benchmarks.make import CaseSpec, make_case
from benchmarks.score import film_surveys, pieces, score_case
from benchmarks.styles import STYLES
from benchmarks.truth import load_truth

DEFAULT_WORK = Path(tempfile.gettempdir()) / "syncclip-benchmarks"


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    make = commands.add_parser("make", help="edit a commentary with exact truth out of films")
    make.add_argument("--film", type=Path, action="append", default=[], help="repeat for several")
    make.add_argument(
        "--insert", type=Path, action="append", default=[], help="other film to show now and then"
    )
    make.add_argument("--style", choices=STYLES, default="typical")
    make.add_argument("--seed", type=int, default=1)
    make.add_argument("--duration", type=float, default=150.0, help="seconds (150)")
    make.add_argument(
        "--until",
        type=float,
        action="append",
        default=[],
        help="second of each film at which it ends for the editor (the whole film)",
    )
    make.add_argument("--out", type=Path, required=True, help="folder of the case")
    make.add_argument("--work", type=Path, default=DEFAULT_WORK, help=f"caches ({DEFAULT_WORK})")
    make.set_defaults(run=_make)
    score = commands.add_parser("score", help="score a result of one case")
    score.add_argument("case", type=Path, help="folder that make wrote")
    score.add_argument("result", type=Path, help="visual_match_results.json")
    score.add_argument("--pieces", action="store_true", help="one line per piece, too")
    score.add_argument("--work", type=Path, default=DEFAULT_WORK, help=f"caches ({DEFAULT_WORK})")
    score.set_defaults(run=_score)
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run one benchmark command."""
    arguments = _parser().parse_args(words)
    status: int = arguments.run(arguments)
    return status


if __name__ == "__main__":
    sys.exit(main())
