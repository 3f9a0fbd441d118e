"""``syncclip export``: timelines for editing programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncclip.cli import options as o
from syncclip.cli.bars import progress_shown
from syncclip.cli.output import columns, out, out_json, tell_notes

__all__ = ["export"]


def export(
    result: o.Result,
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help=f"Formats, with commas between them: {o.FORMATS}; review for the review sheet.",
        ),
    ] = "otio",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "--out",
            "-o",
            help="Folder for the files.  \\[default: timelines, beside that result's reports; the "
            "review sheet among those]",
            show_default=False,
        ),
    ] = None,
    framing: o.TimelineFraming = "movie",
    drop_frame: Annotated[
        bool | None,
        typer.Option(
            "--drop-frame/--non-drop-frame",
            help="Record timecode at 29.97 and 59.94 frames per second.  "
            "\\[default: as the commentary's own timecode, else non-drop]",
            show_default=False,
        ),
    ] = None,
    movie: o.Movies = None,
    reader: o.Reader = "pyav",
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write a result, edited or not, as timelines that editing programs open, or as a page."""
    import syncclip

    with progress_shown(quiet=quiet) as on_progress:
        done = syncclip.export(
            result,
            o.listed(to),
            output=output,
            framing=framing,
            drop_frame=drop_frame,
            movies=movie or (),
            reader=reader,
            on_progress=on_progress,
        )
    tell_notes(done.notes)
    if json:
        out_json({"files": dict(done.files), "notes": list(done.notes)})
    else:
        out(columns(done.files.items()))
