"""``syncclip search``: find places of indexed movies by words or by a still."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncclip.cli import options as o
from syncclip.cli.bars import progress_shown
from syncclip.cli.output import one_line, out, out_json, print_table, tell_notes

if TYPE_CHECKING:
    from syncclip.pipeline import FoundPlace

__all__ = ["search"]


def search(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="[WORDS]",
            help='What is to be seen: "a man jumps off a train". Needs a CLIP track in the index.',
            show_default=False,
        ),
    ] = None,
    *,
    index: Annotated[
        list[Path],
        typer.Option(
            "--index",
            "-i",
            help="An .idx file, or a folder of them. Repeat for several.",
            show_default=False,
        ),
    ],
    image: Annotated[
        Path | None,
        typer.Option(
            help="A picture to search for, instead of words: PNG, JPEG, …; of a video, its "
            "first frame.",
            show_default=False,
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="Places to find.")] = 12,
    sheet: Annotated[
        Path | None,
        typer.Option(
            help="Draw thumbnails of the places into this PNG or JPEG file.", show_default=False
        ),
    ] = None,
    cut: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Cut a clip of every place, with its sound, into this folder.",
            show_default=False,
        ),
    ] = None,
    encoder: o.Encoder = "auto",
    clip_model: o.ClipModel = None,
    device: o.Device = "auto",
    movie: o.Movies = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Find the places of indexed movies that look most like words or like a picture.

    Hits near each other are one place: the shot around the best frame, ten seconds at most.
    """
    import syncclip

    with progress_shown(quiet=quiet) as on_progress:
        done = syncclip.search(
            text,
            index=index,
            image=image,
            count=top,
            encoder=encoder,
            clip_model=clip_model,
            device=device,
            movies=movie or (),
            sheet=sheet,
            cut=cut,
            on_progress=on_progress,
        )
    tell_notes(done.notes)
    if json:
        out_json(asdict(done))
        return
    head = ("", "movie", "from", "best frame", "to", "score")
    print_table(head, [_row(number, place) for number, place in enumerate(done.places, start=1)])
    for place in done.places:
        if place.clip is not None:
            out(one_line(place.clip))
    if done.sheet is not None:
        out(one_line(done.sheet))


def _row(number: int, place: FoundPlace) -> tuple[str, ...]:
    seconds = (f"{value:.2f} s" for value in (place.start_s, place.at_s, place.end_s))
    return (str(number), place.movie, *seconds, f"{place.score:.3f}")
