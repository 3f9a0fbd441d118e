"""``syncclip demo``: the whole job, held against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncclip.cli.bars import progress_shown
from syncclip.cli.options import Json, Quiet, Reader
from syncclip.cli.outcome import Exit
from syncclip.cli.output import columns, out, out_json, print_table, tell_notes

if TYPE_CHECKING:
    from syncclip.demo import DemoOutcome, Verdict

__all__ = ["demo"]

HEAD = ("commentary", "truth: movie", "speed", "mirror", "found: movie", "speed", "mirror", "tier")


def demo(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for everything the demo makes.")
    ] = Path("syncclip-demo"),
    movie: Annotated[
        Path | None,
        typer.Option(
            help="A film of yours to edit the commentary from; by default a small one is made.",
            show_default=False,
        ),
    ] = None,
    reader: Reader = "pyav",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Edit a commentary out of a film, find it again, and print what was found beside the truth.

    Ends with exit code 1 where something was found wrongly.
    """
    from syncclip.demo import run_demo

    with progress_shown(quiet=quiet) as on_progress:
        done = run_demo(output, movie=movie, reader=reader, on_progress=on_progress)
    tell_notes((*done.index.notes, *done.match.notes))
    if json:
        out_json(_as_json(done))
    else:
        _print(done)
    if not done.passed:
        raise typer.Exit(Exit.FAILED)


def _print(done: DemoOutcome) -> None:
    print_table([*HEAD, "frames right"], [_row(verdict) for verdict in done.verdicts])
    right = sum(verdict.passed for verdict in done.verdicts)
    out(f"{right} of {len(done.verdicts)} pieces right.")
    out()
    files = {"film": done.movie, "commentary": done.commentary, "index": done.index.path}
    out(columns([*files.items(), *done.match.files.items()]))


def _row(verdict: Verdict) -> tuple[str, ...]:
    from syncclip.demo.recap import FRAME_RATE

    piece, found = verdict.piece, verdict.found
    start_s, end_s = piece.start_frame / FRAME_RATE, piece.end_frame / FRAME_RATE
    # The segment may start elsewhere than the piece: its line is read where the piece starts.
    found_s = None
    if found.movie_start_s is not None:
        found_s = found.movie_start_s + found.speed * (start_s - found.start_s)
    return (
        f"{start_s:6.2f} - {end_s:6.2f} s",
        *_place(piece.movie_start_s, piece.speed, piece.mirrored),
        *_place(found_s, found.speed, found.mirrored),
        found.tier.value,
        f"{verdict.right:.0%}" + ("" if verdict.passed else "  WRONG"),
    )


def _place(movie_s: float | None, speed: float, mirrored: bool) -> tuple[str, str, str]:
    if movie_s is None:
        return ("not in the film", "", "")
    return (f"{movie_s:.2f} s", f"{speed:.2f}x", "yes" if mirrored else "no")


def _as_json(done: DemoOutcome) -> dict[str, Any]:
    return {
        "passed": done.passed,
        "movie": done.movie,
        "commentary": done.commentary,
        "index": done.index.path,
        "files": dict(done.match.files),
        "pieces": [
            {
                "youtube_start_frame": verdict.piece.start_frame,
                "youtube_end_frame": verdict.piece.end_frame,
                "movie_start": verdict.piece.movie_start_s,
                "speed": verdict.piece.speed,
                "mirrored": verdict.piece.mirrored,
                "found_movie": verdict.found.movie,
                "found_movie_start": verdict.found.movie_start_s,
                "found_speed": verdict.found.speed,
                "found_mirrored": verdict.found.mirrored,
                "tier": verdict.found.tier.value,
                "frames_right": verdict.right,
                "passed": verdict.passed,
            }
            for verdict in done.verdicts
        ],
    }
