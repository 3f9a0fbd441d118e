"""Joins encoded pieces and the sound into one file without encoding again."""

from __future__ import annotations

import errno
import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from syncclip._ffmpeg import file_url
from syncclip.errors import FFmpegError, OutputError
from syncclip.rendering.clock import Clock

__all__ = ["CONTAINERS", "EncodedPiece", "Sound", "count_frames", "join"]

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's name of the container by the result's file ending."""

_REORDER_FRAMES = 2
"""How far x264 sends a frame ahead of its turn: B-pyramid makes it two, nothing makes it more."""

_REPORT_FRAMES = 25


@dataclass(frozen=True, slots=True)
class EncodedPiece:
    """An encoded piece and how many frames it must have."""

    path: Path
    frames: int


@dataclass(frozen=True, slots=True)
class Sound:
    """An encoded sound track to copy."""

    path: Path
    stream: int
    """Number of the stream in the file."""
    zero_s: float
    """Time in the file that is second zero of the result."""


def join(
    pieces: Sequence[EncodedPiece],
    *,
    clock: Clock,
    sound: Sound | None,
    output: Path,
    container: str,
    on_frame: Callable[[int], None],
) -> None:
    """Write the result.

    Every frame gets its time from the clock by its number, so joints add up exactly whatever the
    pieces' own containers say.

    Args:
        pieces: In order; they must have been encoded alike.
        clock: Times of all their frames together.
        sound: Track to copy beside them; cut where the picture ends.
        output: File to write.
        container: FFmpeg's name of its format.
        on_frame: Called with the number of frames written, about once for every second of them.

    Raises:
        FFmpegError: Where the pieces do not fit together or the container refuses them.
        OutputError: Where the file cannot be written.
    """
    options = {"movflags": "+faststart"} if container in ("mp4", "mov") else {}
    try:
        with av.open(file_url(output), "w", format=container, options=options) as target:
            _write(target, pieces, clock, sound, on_frame)
    except av.error.FFmpegError as error:
        raise _readable(error, output) from error


def _readable(error: av.error.FFmpegError, output: Path) -> FFmpegError | OutputError:
    if error.errno == errno.ENOSPC:
        return OutputError(
            f"{str(output)!r}: no space left on the disk; "
            "free some and run again, what is finished is kept"
        )
    return FFmpegError(f"{str(output)!r}: joining the pieces failed ({error.strerror}); run again")


def _write(
    target: OutputContainer,
    pieces: Sequence[EncodedPiece],
    clock: Clock,
    sound: Sound | None,
    on_frame: Callable[[int], None],
) -> None:
    with _open(pieces[0].path) as first:
        picture = target.add_stream_from_template(first.streams.video[0])
        headers = first.streams.video[0].codec_context.extradata
    picture.time_base = clock.time_base
    packets = [_picture_packets(pieces, clock, picture, headers, on_frame)]
    if sound is None:
        _mux(target, packets)
        return
    with _open(sound.path) as source:
        origin = source.streams[sound.stream]
        assert isinstance(origin, AudioStream)
        track = target.add_stream_from_template(origin)
        end_s = float(clock.edges[-1] * clock.time_base)
        packets.append(_sound_packets(source, origin, track, sound.zero_s, end_s))
        _mux(target, packets)


def _mux(target: OutputContainer, tracks: list[Iterator[Packet[Any]]]) -> None:
    """Write tracks side by side in decoding order: the muxer then has nothing to hold back."""
    for packet in heapq.merge(*tracks, key=_decoding_s):
        target.mux_one(packet)


def _decoding_s(packet: Packet[Any]) -> float:
    assert packet.dts is not None
    return float(packet.dts * packet.time_base)


def _open(path: Path) -> InputContainer:
    return av.open(file_url(path))


def _picture_packets(
    pieces: Sequence[EncodedPiece],
    clock: Clock,
    stream: VideoStream,
    headers: bytes | None,
    on_frame: Callable[[int], None],
) -> Iterator[Packet[Any]]:
    """Packets of all pieces in decoding order with the clock's times.

    Decoding times run ``_REORDER_FRAMES`` behind presentation times, at every rate.
    """
    period = int(clock.edges[1] - clock.edges[0])
    lead = clock.edges[0] - period * np.arange(_REORDER_FRAMES, 0, -1)
    decoding = np.concatenate([lead, clock.edges])
    start = 0
    for piece in pieces:
        with _open(piece.path) as source:
            video = source.streams.video[0]
            if video.codec_context.extradata != headers:
                raise _unfit(piece.path)
            for order, (packet, shown) in enumerate(_numbered(source, video, piece)):
                number = start + shown
                packet.stream = stream
                packet.time_base = clock.time_base
                packet.pts = int(clock.edges[number])
                packet.dts = int(decoding[start + order])
                packet.duration = int(clock.edges[number + 1] - clock.edges[number])
                if packet.dts > packet.pts:
                    raise _unfit(piece.path)
                yield packet
                written = start + order + 1
                if written % _REPORT_FRAMES == 0 or written == clock.frames:
                    on_frame(written)
        start += piece.frames


def _numbered(
    source: InputContainer, video: VideoStream, piece: EncodedPiece
) -> Iterator[tuple[Packet[Any], int]]:
    """Packets in decoding order, each with its frame's number in the piece."""
    packets = [packet for packet in source.demux(video) if packet.pts is not None]
    ranks = np.argsort(np.argsort([packet.pts or 0 for packet in packets]))
    if len(packets) != piece.frames or not packets[0].is_keyframe:
        raise _unfit(piece.path)
    yield from zip(packets, ranks.tolist(), strict=True)


def _unfit(path: Path) -> FFmpegError:
    """A piece that does not fit is removed, so that the next run makes it anew."""
    path.unlink(missing_ok=True)
    return FFmpegError(
        f"{str(path)!r} does not fit the others and was removed; run again to make it anew"
    )


def _sound_packets(
    source: InputContainer, origin: AudioStream, track: AudioStream, zero_s: float, end_s: float
) -> Iterator[Packet[Any]]:
    """Packets of the sound, counted from second zero, as far as the picture goes."""
    base = origin.time_base or Fraction(1, origin.rate)
    zero = round(zero_s / base)
    for packet in source.demux(origin):
        if packet.pts is None or packet.dts is None:
            continue
        packet.pts -= zero
        packet.dts -= zero
        if float(packet.pts * base) >= end_s:
            break
        packet.stream = track
        yield packet


def count_frames(path: Path) -> int:
    """How many video frames a file holds, counted packet by packet.

    Raises:
        FFmpegError: Where it cannot be read.
    """
    try:
        with _open(path) as source:
            return sum(packet.size > 0 for packet in source.demux(source.streams.video[0]))
    except (av.error.FFmpegError, IndexError) as error:
        raise FFmpegError(
            f"{str(path)!r}: the result cannot be read back ({error}); run again"
        ) from error
