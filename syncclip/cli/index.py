"""``syncclip index``: read a movie once."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from syncclip.cli.bars import progress_shown
from syncclip.cli.options import Force, Json, Quiet, Reader
from syncclip.cli.output import one_line, out, out_json, tell

__all__ = ["index"]


def index(
    movie: Annotated[
        Path, typer.Argument(metavar="MOVIE", help="The movie's file.", show_default=False)
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Index file to write.  \\[default: <movie name>.idx in this folder]",
            show_default=False,
        ),
    ] = None,
    force: Force = False,
    reader: Reader = "pyav",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read a movie once and write its index, which match searches.

    A run that was stopped continues where it was. An index that is already current is left alone.
    """
    import syncclip

    with progress_shown(quiet=quiet) as on_progress:
        done = syncclip.index_movie(
            movie, output, reader=reader, force=force, on_progress=on_progress
        )
    for note in done.notes:
        tell(f"note: {note}")
    if json:
        out_json(asdict(done))
        return
    size = f"{done.bytes / 1e6:.1f} MB for {done.frames} frames, {done.duration_s:.1f} s"
    how = f"written in {done.seconds:.1f} s" if done.built else "already current"
    out(f"{one_line(done.path)}: {how}, {size}")
