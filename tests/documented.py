"""A folder with everything that the commands of the documentation are about, all of it tiny.

The names are those that ``syncclip demo`` gives its files and that the pages go on with: a film, a
commentary of six pieces that was cut from it, its index, and the result of a match.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import syncclip
from syncclip.config import RenderConfig
from tests import media

__all__ = ["ENCODER", "FILM", "prepare"]

SIZE = (320, 180)
FILM_RATE, RATE = 24, 30
SHOT_FRAMES = 28
SHOTS = (0, 1, 2, 3, 5, 2)
"""The third shot comes again at the end: a segment of it has another place to swap it for."""
PIECES = (0, 3, 2, 5, None, 1)
"""The shot that each piece of the commentary shows; the fifth is in no movie."""
PIECE_FRAMES = 18
FILM = "demo-film.mp4"
ENCODER = "builtin"
"""Models are not asked for: whether one is at hand must not decide what a test does."""


def prepare(folder: Path) -> Path:
    """Make the folder, and give it back."""
    film, recap = folder / FILM, folder / "demo-commentary.mp4"
    _write(film, _film(SHOTS), rate=FILM_RATE)
    _write(recap, _recap(), rate=RATE)
    (folder / "indexes").mkdir()
    other = folder / "other-film.mp4"
    _write(other, _film((20, 21)), rate=FILM_RATE)
    syncclip.index_movie(other, folder / "indexes" / "other-film.idx", encoder=ENCODER)
    syncclip.index_movie(film, folder / "film.idx", encoder=ENCODER)
    for copy in ("demo-film.idx", "indexes/demo-film.idx"):
        shutil.copy(folder / "film.idx", folder / copy)
    for name in ("films", "films/old", "recaps"):
        (folder / name).mkdir()
    shutil.copy(film, folder / "films" / "harbour.mp4")
    shutil.copy(other, folder / "films" / "old" / "harbour.mp4")
    shutil.copy(recap, folder / "recaps" / "wednesday.mp4")
    (folder / "film.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nThe train is leaving.\n")
    syncclip.match(
        recap,
        folder / "film.idx",
        output=folder / "found",
        render=RenderConfig(preset="ultrafast"),
        workers=1,
    )
    return folder


def _film(shots: tuple[int, ...]) -> Iterator[media.Picture]:
    for seed in shots:
        yield from media.shot([7, seed], SHOT_FRAMES, SIZE)


def _recap() -> Iterator[media.Picture]:
    for shot in PIECES:
        pictures = list(media.shot([7, 40 if shot is None else shot], SHOT_FRAMES, SIZE))
        for frame in range(PIECE_FRAMES):
            yield pictures[4 + frame * FILM_RATE // RATE]


def _write(path: Path, pictures: Iterator[media.Picture], *, rate: int) -> None:
    """Write a film with a tone for its sound."""
    silent = path.with_name(f"silent-{path.name}")
    media.encode(silent, pictures, rate=rate, options={"preset": "veryfast"})
    tone = ("-f", "lavfi", "-i", "sine=frequency=330")
    media.ffmpeg("-i", silent, *tone, "-c:v", "copy", "-shortest", path)
    silent.unlink()
