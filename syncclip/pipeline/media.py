"""The files of a result as timelines refer to them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from syncclip.result import MatchResult, MovieRef
from syncclip.timelines import Media, parse_timecode, snap_rate
from syncclip.types import FrameTimes, PixelRect
from syncclip.video import probe, read_tags

__all__ = ["absent_media", "commentary_media", "file_media"]


def file_media(
    path: Path, *, name: str, times: FrameTimes, content: PixelRect, notes: list[str]
) -> Media:
    """A file that is at hand: its facts, timecode and tape.

    Args:
        path: The file.
        name: What the result calls it.
        times: Of all its frames.
        content: Its picture without bars.
        notes: Gets what the user must know.

    Raises:
        VideoError: Where the file cannot be read.
    """
    info, tags = probe(path), read_tags(path)
    rate = snap_rate(info.frame_rate)
    start_frame, drop_frame = 0, False
    if tags.timecode is not None:
        try:
            start_frame, drop_frame = parse_timecode(tags.timecode, rate)
        except ValueError:
            notes.append(
                f"{name} has the start timecode {tags.timecode!r}, which its rate of "
                f"{float(rate):.6g} frames per second has not; 00:00:00:00 was taken"
            )
    media = Media(
        name=name,
        path=path,
        rate=rate,
        frames=len(times),
        times=times,
        start_frame=start_frame,
        drop_frame=drop_frame,
        reel=tags.reel or path.stem,
        width_px=info.width_px,
        height_px=info.height_px,
        sample_aspect=info.sample_aspect,
        content=content,
        audio_channels=tags.audio_channels,
        audio_rate_hz=tags.audio_rate_hz,
    )
    if not media.constant:
        notes.append(_variable(media))
    return media


def absent_media(movie: MovieRef, times: FrameTimes | None, notes: list[str]) -> Media:
    """A movie that is not at hand, by what the result and the index know of it."""
    notes.append(
        f"{movie.name} is not at hand: its timeline entries start at timecode 00:00:00:00 and have "
        "no sound; say where it is with --movie"
    )
    rate = snap_rate(Fraction(movie.frame_rate))
    return Media(
        name=movie.name,
        path=Path(movie.path),
        rate=rate,
        frames=len(times) if times is not None else max(1, round(movie.duration_s * rate)),
        times=times,
        reel=Path(movie.name).stem,
        width_px=movie.width_px,
        height_px=movie.height_px,
        content=movie.content,
    )


def commentary_media(result: MatchResult, notes: list[str]) -> Media:
    """A commentary that is not at hand, by what the result knows of it."""
    path = Path(result.commentary)
    notes.append(
        f"{path.name} is not where it was matched, or has changed: the timeline refers to it, but "
        "has no narration"
    )
    return Media(
        name=path.name,
        path=path,
        rate=snap_rate(Fraction(result.frame_rate)),
        frames=result.frames,
        times=None,
        reel=path.stem,
        width_px=result.width_px,
        height_px=result.height_px,
        content=result.content,
    )


def _variable(media: Media) -> str:
    return (
        f"{media.name} has a variable frame rate: it is placed by time at "
        f"{float(media.rate):.6g} frames per second, and a program that counts its frames may show "
        "a neighbouring one; a copy with a constant rate is exact"
    )
