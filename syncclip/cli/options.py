"""Options that several commands share, each with its help, unit and default in one place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import typer

from syncclip._addresses import is_stored
from syncclip.config import RenderConfig
from syncclip.encoders.devices import DEVICES
from syncclip.encoders.models import CLIP_DEFAULT

__all__ = [
    "FORMATS",
    "Audio",
    "ClipModel",
    "Cluster",
    "Crf",
    "Device",
    "Encoder",
    "Force",
    "Framing",
    "Gaps",
    "Jobs",
    "Json",
    "MatchMovies",
    "MatchWorkers",
    "Movies",
    "NoSheet",
    "Preset",
    "Quiet",
    "Reader",
    "ReaderName",
    "Retime",
    "TimelineFraming",
    "Transition",
    "Workers",
    "listed",
    "place",
    "short_names",
]

DEFAULTS = RenderConfig()
FINISHED_VIDEO = "Finished video"
MODELS = "Models"
MANY = "Many files"

FORMATS = "otio, fcp7xml, fcpxml, edl, mlt, csv, jianying, srt"
"""Names of the timeline formats, for help texts."""

ReaderName = Literal["pyav", "decord"]

Result = Annotated[
    Path,
    typer.Argument(
        metavar="RESULT",
        help="The result that match wrote: visual_match_results.json.",
        show_default=False,
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Of many files: how many at the same time, each in a process of its own.  "
        "\\[default: one for each core]",
        show_default=False,
        rich_help_panel=MANY,
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Do the work on the machines of a Ray cluster: HOST:6379, or auto on one of them. "
        "Files lie in a folder that all machines share, or in a store (s3://…). Needs pip install "
        "'syncclip\\[cluster]'.",
        show_default=False,
        rich_help_panel=MANY,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Force = Annotated[bool, typer.Option("--force", help="Do the work again, even where it is done.")]
Reader = Annotated[
    ReaderName,
    typer.Option(
        help="Decoder: pyav reads everything; decord needs pip install 'syncclip\\[decord]' and "
        "refuses files it reads wrongly."
    ),
]
Encoder = Annotated[
    Literal["auto", "builtin", "clip"],
    typer.Option(
        help="Encoders: builtin needs no model and always runs; clip runs beside it and needs pip "
        "install 'syncclip\\[models]'; auto takes clip where its weights are at hand or can be "
        "fetched.",
        rich_help_panel=MODELS,
    ),
]
ClipModel = Annotated[
    str | None,
    typer.Option(
        metavar="NAME[:PRETRAINED]|PATH",
        help="CLIP model: a name of open_clip's, NAME:CHECKPOINT, or a folder that holds one with "
        f"its configuration.  \\[default: {CLIP_DEFAULT}]",
        show_default=False,
        rich_help_panel=MODELS,
    ),
]
Device = Annotated[
    str,
    typer.Option(
        help=f"Where models run: {DEVICES}. auto takes a graphics card where there is one.",
        rich_help_panel=MODELS,
    ),
]
Movies = Annotated[
    list[Path] | None,
    typer.Option(
        "--movie",
        help="Where a movie is now, if it was moved since it was indexed. Repeat for several.",
        show_default=False,
    ),
]
MatchMovies = Annotated[
    list[str] | None,
    typer.Option(
        "--movie",
        metavar="PATH",
        help="Where a movie is now, if it was moved since it was indexed; or its address in a "
        "store (s3://…). Repeat for several.",
        show_default=False,
    ),
]
NoSheet = Annotated[bool, typer.Option("--no-sheet", help="Make no review sheet (review.html).")]
Audio = Annotated[
    Literal["commentary", "movie", "mix", "none"],
    typer.Option(help="Sound of the finished video.", rich_help_panel=FINISHED_VIDEO),
]
Gaps = Annotated[
    Literal["keep", "black", "slate"],
    typer.Option(
        help="Stretches found in no movie: keep the commentary's picture, black, or a slate.",
        rich_help_panel=FINISHED_VIDEO,
    ),
]
Framing = Annotated[
    Literal["movie", "commentary"],
    typer.Option(
        help="Full frame of the movie, or the commentary's crop and mirror applied to it.",
        rich_help_panel=FINISHED_VIDEO,
    ),
]
TimelineFraming = Annotated[
    Literal["movie", "commentary"],
    typer.Option(
        help="Crops and mirrors of the commentary in timelines: there but off (movie), or on.",
    ),
]
Retime = Annotated[
    Literal["match", "none"],
    typer.Option(
        help="Play the movie at the commentary's speed, or always at its own.",
        rich_help_panel=FINISHED_VIDEO,
    ),
]
Transition = Annotated[
    Literal["cut", "crossfade"],
    typer.Option(
        help="Where the commentary dissolves: cut, or dissolve as it does.",
        rich_help_panel=FINISHED_VIDEO,
    ),
]
Workers = Annotated[
    int,
    typer.Option(min=1, help="Segments encoded at the same time.", rich_help_panel=FINISHED_VIDEO),
]
MatchWorkers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        help="Processes that search, and segments encoded, at the same time.  "
        f"\\[default: one process for each core, {DEFAULTS.workers} segments]",
        show_default=False,
    ),
]
Crf = Annotated[
    int,
    typer.Option(
        min=0,
        max=51,
        help="x264 quality: lower is better and larger; 18 looks like the source.",
        rich_help_panel=FINISHED_VIDEO,
    ),
]
Preset = Annotated[
    str,
    typer.Option(
        help="x264 preset, ultrafast to veryslow: slower is smaller at the same quality.",
        rich_help_panel=FINISHED_VIDEO,
    ),
]


def listed(names: str) -> list[str]:
    """Names with commas between them."""
    return [name for name in (part.strip() for part in names.split(",")) if name]


def place(name: str) -> str | Path:
    """A path, or the address of a file in a store as it is."""
    return name if is_stored(name) else Path(name)


def short_names(names: Sequence[str]) -> list[str]:
    """File names; where two are the same, with the folders in which they differ."""
    short = [name.replace("\\", "/").rpartition("/")[2] for name in names]
    if len(set(short)) == len(short):
        return short
    with suppress(ValueError):  # paths and addresses, or several drives
        shared = os.path.commonpath([os.path.dirname(name) for name in names])  # noqa: PTH120
        return [os.path.relpath(name, shared) for name in names]
    return list(names)
