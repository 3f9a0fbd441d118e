"""Command line of the benchmarks."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.make import CaseSpec, make_case
from benchmarks.styles import STYLES

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
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run one benchmark command."""
    arguments = _parser().parse_args(words)
    status: int = arguments.run(arguments)
    return status


if __name__ == "__main__":
    sys.exit(main())
