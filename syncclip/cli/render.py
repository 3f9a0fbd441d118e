"""``syncclip render``: make the finished video again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncclip.cli import options as o
from syncclip.cli.bars import progress_shown
from syncclip.cli.checked import selfcheck_json
from syncclip.cli.output import one_line, out, out_json, tell_notes
from syncclip.config import RenderConfig

__all__ = ["render"]

RENDERING = o.DEFAULTS


def render(
    result: o.Result,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Video to write.  \\[default: final_output.mp4 of that result]",
            show_default=False,
        ),
    ] = None,
    movie: o.Movies = None,
    no_sheet: o.NoSheet = False,
    audio: o.Audio = RENDERING.audio,
    gaps: o.Gaps = RENDERING.gaps,
    framing: o.Framing = RENDERING.framing,
    retime: o.Retime = RENDERING.retime,
    transition: o.Transition = RENDERING.transition,
    workers: o.Workers = RENDERING.workers,
    crf: o.Crf = RENDERING.crf,
    preset: o.Preset = RENDERING.preset,
    reader: o.Reader = "pyav",
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Make the finished video again, after the result was edited or with other options.

    Of each segment these keys decide and may be edited: youtube_start_frame, youtube_end_frame,
    movie, movie_start, speed, mirrored, crop.
    """
    import syncclip

    config = RenderConfig(
        audio=audio,
        gaps=gaps,
        framing=framing,
        retime=retime,
        transition=transition,
        workers=workers,
        crf=crf,
        preset=preset,
    )
    with progress_shown(quiet=quiet) as on_progress:
        done = syncclip.render(
            result,
            output=output,
            config=config,
            movies=movie or (),
            sheet=not no_sheet,
            reader=reader,
            on_progress=on_progress,
        )
    tell_notes(done.notes)
    if json:
        facts = {"video": done.video, "frames": done.frames, "notes": list(done.notes)}
        out_json(facts | {"selfcheck": selfcheck_json(done.selfcheck)})
    else:
        out(f"{one_line(done.video)}: {done.frames} frames")
