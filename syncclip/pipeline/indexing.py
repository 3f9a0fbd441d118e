"""Movie in, ``.idx`` file out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from syncclip.config import IndexConfig
from syncclip.encoders import BuiltinEncoder
from syncclip.errors import OutputError
from syncclip.index import MovieIndex, build_index, is_current, open_index
from syncclip.pipeline.damage import damage_notes
from syncclip.progress import OnProgress
from syncclip.video import detect_shots, find_content, fingerprint, open_video

__all__ = ["IndexOutcome", "index_movie"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOutcome:
    """What :func:`index_movie` did."""

    path: Path
    built: bool
    """False where the index was already current."""
    frames: int
    duration_s: float
    bytes: int
    seconds: float
    """Time it took."""
    notes: tuple[str, ...]
    """What the user must know: damage met, borders found."""


def index_movie(
    movie: str | Path,
    output: str | Path | None = None,
    *,
    config: IndexConfig | None = None,
    reader: str = "pyav",
    force: bool = False,
    on_progress: OnProgress | None = None,
) -> IndexOutcome:
    """Read a movie once and write its index.

    A run that was stopped goes on where it was. An index that is already current is left alone.

    Args:
        movie: The movie's file.
        output: The ``.idx`` file; ``<movie stem>.idx`` in the working folder by default.
        config: What goes into the index.
        reader: Decoder: ``"pyav"`` or ``"decord"``.
        force: Index again, whatever stands at ``output``.
        on_progress: Told how far the work is.

    Raises:
        VideoError: Where the movie cannot be read.
        OutputError: Where the index cannot be written, or something else stands in its place.
    """
    began = time.monotonic()
    movie, config = Path(movie), config or IndexConfig()
    output = Path(output) if output is not None else Path(f"{movie.stem}.idx")
    encoders = (BuiltinEncoder(),)
    with open_video(movie, reader=reader) as probe:
        mark = fingerprint(movie)
        if not force and is_current(output, fingerprint=mark, config=config, encoders=encoders):
            return _outcome(output, built=False, began=began)
        if output.exists() and not force:
            raise OutputError(
                f"{output} exists and is not the current index of {movie.name}; "
                "replace it with --force or name another file with -o"
            )
        content = find_content(probe)
    with open_video(movie, reader=reader) as video:
        build_index(
            video,
            output=output,
            config=config,
            fingerprint=mark,
            content=content,
            encoders=encoders,
            detect_shots=detect_shots,
            on_progress=on_progress,
        )
    return _outcome(output, built=True, began=began)


def _outcome(path: Path, *, built: bool, began: float) -> IndexOutcome:
    with open_index(path) as index:
        return IndexOutcome(
            path=path,
            built=built,
            frames=len(index.times),
            duration_s=index.times.end_s,
            bytes=path.stat().st_size,
            seconds=time.monotonic() - began,
            notes=_notes(index),
        )


def _notes(index: MovieIndex) -> tuple[str, ...]:
    made = index.manifest
    notes = []
    whole = (made.info.width_px, made.info.height_px)
    if (made.content.w, made.content.h) != whole:
        rect = made.content
        notes.append(
            f"the picture fills {rect.w}x{rect.h} of {whole[0]}x{whole[1]} pixels "
            f"from ({rect.x}, {rect.y}); the bars around it are left out"
        )
    rate = made.info.frame_rate
    return (*notes, *damage_notes(index.name, made.gaps, frame_rate=rate, rest="indexed"))
