"""Short clips cut out of movies, and sheets of thumbnails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip._ffmpeg import FFmpeg, file_url, run_ffmpeg
from syncclip.errors import OutputError

__all__ = ["THUMBNAIL_PX", "check_clip_folder", "check_sheet_name", "cut_clip", "write_sheet"]

THUMBNAIL_PX = (320, 180)
"""Width and height of a thumbnail's place on a sheet."""
LABEL_PX = 22
GAP_PX = 8
BACKGROUND, INK = (24, 24, 28), (220, 220, 220)


def check_clip_folder(folder: Path) -> None:
    """See that clips can go into a folder, before anything is searched.

    Raises:
        OutputError: Where something else stands there.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; name a folder for the clips with --cut")


def check_sheet_name(target: Path) -> None:
    """See that a sheet's name is that of a picture.

    Raises:
        OutputError: Where it has another ending.
    """
    if target.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise OutputError(f"{target} is not the name of a PNG or JPEG file; choose one that is")


def cut_clip(program: FFmpeg, movie: Path, target: Path, *, start_s: float, end_s: float) -> Path:
    """Cut a stretch out of a movie, with its sound; the file gets its name once it is whole.

    Args:
        program: With an x264 encoder.
        movie: To cut from.
        target: ``.mp4`` file to write.
        start_s: Seconds as players count them.
        end_s: The same.

    Raises:
        FFmpegError: Where ffmpeg fails.
        OutputError: Where the file cannot be written.
    """
    with _whole(target) as unfinished:
        args = ["-ss", f"{start_s:.6f}", "-i", file_url(movie), "-t", f"{end_s - start_s:.6f}"]
        args += ["-map", "0:v:0", "-map", "0:a:0?", "-sn", "-dn"]
        args += ["-c:v", "libx264", "-crf", "18", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
        args += ["-c:a", "aac", "-movflags", "+faststart", file_url(unfinished)]
        run_ffmpeg(program, args, doing=f"cutting {target.name}")
    return target


def write_sheet(
    target: Path,
    pictures: Sequence[NDArray[np.uint8]],
    labels: Sequence[tuple[str, str]],
    *,
    columns: int = 4,
) -> Path:
    """Draw thumbnails in rows, each over two short texts, left and right.

    Args:
        target: ``.png`` or ``.jpg`` file to write.
        pictures: (height, width, 3) RGB each; fitted into their places.
        labels: What stands under each.
        columns: Thumbnails in a row.

    Raises:
        OutputError: Where the file cannot be written or its name has another ending.
    """
    from PIL import Image, ImageDraw, ImageFont

    check_sheet_name(target)
    columns = max(min(columns, len(pictures)), 1)
    wide, high = THUMBNAIL_PX[0] + GAP_PX, THUMBNAIL_PX[1] + LABEL_PX + GAP_PX
    rows = max(-(-len(pictures) // columns), 1)
    sheet = Image.new("RGB", (columns * wide + GAP_PX, rows * high + GAP_PX), BACKGROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, (picture, (left, right)) in enumerate(zip(pictures, labels, strict=True)):
        x, y = GAP_PX + number % columns * wide, GAP_PX + number // columns * high
        image = Image.fromarray(picture)
        image = image.resize(_fitted(image.size), Image.Resampling.BICUBIC)
        over = ((THUMBNAIL_PX[0] - image.width) // 2, (THUMBNAIL_PX[1] - image.height) // 2)
        sheet.paste(image, (x + over[0], y + over[1]))
        below = y + THUMBNAIL_PX[1] + 4
        room = THUMBNAIL_PX[0] - draw.textlength(right, font=font) - 12
        name = next(
            (cut for cut in _shortened(left) if draw.textlength(cut, font=font) <= room), ""
        )
        draw.text((x, below), name, fill=INK, font=font)
        edge = x + THUMBNAIL_PX[0]
        draw.text((edge, below), right, fill=INK, font=font, anchor="ra")
    with _whole(target) as unfinished:
        sheet.save(unfinished, quality=90)
    return target


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A name to write under, which becomes the target's where nothing fails."""
    unfinished = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        unfinished.replace(target)
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written: {error.strerror or error}; choose another place"
        ) from error
    finally:
        with suppress(OSError):  # where its folder is none, there is nothing to remove
            unfinished.unlink(missing_ok=True)


def _shortened(text: str) -> Iterator[str]:
    """The text, and ever shorter beginnings of it."""
    yield text
    for length in range(len(text) - 1, 0, -1):
        yield text[:length].rstrip() + "…"


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(THUMBNAIL_PX[0] / size[0], THUMBNAIL_PX[1] / size[1])
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
