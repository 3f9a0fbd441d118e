"""Facts about a file's video stream."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import av.error

from syncclip.errors import VideoError
from syncclip.types import StreamInfo
from syncclip.video._picture import is_full_range
from syncclip.video._source import Source

__all__ = ["probe"]

_MICROSECOND = Fraction(1, 1_000_000)
# FFmpeg's names of the matrix coefficients of ITU-T H.273.
_COLOUR_SPACES = {
    0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m",
    8: "ycgco", 9: "bt2020nc", 10: "bt2020c",
}  # fmt: skip
# A longer hunt for a first frame means that the file has none worth showing.
_MAX_PACKETS_TO_FRAME = 5000


def probe(path: str | Path) -> StreamInfo:
    """Read the facts of a file's video stream, decoding its first frame.

    Raises:
        VideoError: Where the file is not a video with at least one frame.
    """
    with Source(Path(path)) as source:
        frame = _first_frame(source)
        return _describe(source, frame)


def _first_frame(source: Source) -> av.VideoFrame:
    errors = 0
    packets = source.container.demux(source.stream)
    for _ in range(_MAX_PACKETS_TO_FRAME):
        try:
            packet = next(packets, None)
            frames = [] if packet is None else packet.decode()
        except av.error.FFmpegError:
            errors += 1
            packets = source.container.demux(source.stream)
            continue
        if frames:
            return frames[0]
        if packet is None or not packet.size:
            break
    why = "every frame is damaged" if errors else "its video holds no frames"
    raise VideoError(f"{str(source.path)!r} shows no picture: {why}; copy or export it again")


def _describe(source: Source, frame: av.VideoFrame) -> StreamInfo:
    stream, container = source.stream, source.container
    unit = Fraction(stream.time_base or _MICROSECOND)
    rotation = -frame.rotation % 360
    width, height = frame.width, frame.height
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    if rotation % 180:
        width, height, aspect = height, width, 1 / aspect
    return StreamInfo(
        path=source.path,
        width_px=width,
        height_px=height,
        sample_aspect=aspect,
        rotation_deg=rotation,
        frame_rate=_frame_rate(source),
        time_base=unit,
        start_pts=_start_pts(source, unit),
        duration_s_from_header=_duration_s(source, unit),
        frames_from_header=stream.frames or None,
        codec=stream.codec_context.codec.canonical_name,
        pixel_format=frame.format.name,
        has_audio=bool(container.streams.audio),
        color_range="pc" if is_full_range(frame) else "tv",
        color_space=_COLOUR_SPACES.get(frame.colorspace, "unknown"),
    )


def _frame_rate(source: Source) -> Fraction:
    for rate in (source.stream.average_rate, source.stream.guessed_rate):
        if rate is not None and 0 < rate <= 1000:
            return Fraction(rate)
    return Fraction(25)


def _start_pts(source: Source, unit: Fraction) -> int:
    """The container's start time, exact where the video stream itself begins the file."""
    own, whole = source.stream.start_time, source.container.start_time
    if whole is None:
        return own or 0
    if own is not None and abs(own * unit - whole * _MICROSECOND) <= _MICROSECOND:
        return own
    return round(whole * _MICROSECOND / unit)


def _duration_s(source: Source, unit: Fraction) -> float | None:
    end = source.end_pts_from_header()
    if end is not None:
        return float((end - (source.stream.start_time or 0)) * unit)
    if source.container.duration:
        return float(source.container.duration * _MICROSECOND)
    return None
