"""``syncclip index``: read a movie once."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncclip.cli import options as o
from syncclip.cli.bars import progress_shown
from syncclip.cli.output import one_line, out, out_json, tell_notes
from syncclip.encoders.models import DEFAULTS

if TYPE_CHECKING:
    from syncclip.pipeline import IndexOutcome

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
    encoder: o.Encoder = "auto",
    clip_model: o.ClipModel = None,
    captions: Annotated[
        bool,
        typer.Option(
            "--captions",
            help="Caption every shot with BLIP, for match to find scenes by; needs pip install "
            "'syncclip\\[models]'. Added to an index that is there.",
            rich_help_panel=o.MODELS,
        ),
    ] = False,
    blip_model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH",
            help="BLIP model that captions: a name on the Hugging Face hub, or a folder.  "
            f"\\[default: {DEFAULTS['blip']}]",
            show_default=False,
            rich_help_panel=o.MODELS,
        ),
    ] = None,
    device: o.Device = "auto",
    force: o.Force = False,
    reader: o.Reader = "pyav",
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Read a movie once and write its index, which match searches.

    A run that was stopped continues where it was. An index that is already current is left alone.
    """
    import syncclip

    with progress_shown(quiet=quiet) as on_progress:
        done = syncclip.index_movie(
            movie,
            output,
            encoder=encoder,
            clip_model=clip_model,
            captions=captions,
            blip_model=blip_model,
            device=device,
            reader=reader,
            force=force,
            on_progress=on_progress,
        )
    tell_notes(done.notes)
    if json:
        out_json(asdict(done))
        return
    size = f"{done.bytes / 1e6:.1f} MB for {done.frames} frames, {done.duration_s:.1f} s"
    how = f"written in {done.seconds:.1f} s" if done.built else "already current"
    out(f"{one_line(done.path)}: {how}, {size}; {_encoders(done)}")


def _encoders(done: IndexOutcome) -> str:
    """Which encoders ran, and why no other."""
    names = " and ".join(done.encoders)
    return f"encoded by {names} ({one_line(done.why)})" if done.built else f"encoded by {names}"
