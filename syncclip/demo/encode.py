"""Small video files with sound, through PyAV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from syncclip._ffmpeg import file_url
from syncclip.errors import OutputError

__all__ = ["SAMPLE_RATE", "write_video"]

SAMPLE_RATE = 48_000
CHUNK = 1024
"""Samples of one AAC frame."""


def write_video(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    sound: NDArray[np.float32],
    *,
    size: tuple[int, int],
    frame_rate: int,
    crf: int,
) -> None:
    """Encode pictures and sound, under a temporary name until the file is whole.

    Args:
        path: File to write; its folder must exist.
        pictures: ``(height * 3 / 2, width)`` planes of 4:2:0 luma and chroma.
        sound: ``(samples,)`` at :data:`SAMPLE_RATE`, -1 to 1.
        size: ``(width, height)``, both even.
        frame_rate: Frames per second.
        crf: x264 constant rate factor.

    Raises:
        OutputError: Where the file cannot be written.
    """
    part = path.with_name(f".{path.stem[:40]}.part{path.suffix}")
    try:
        with av.open(file_url(part), "w") as container:
            _encode(container, pictures, sound, size=size, frame_rate=frame_rate, crf=crf)
        part.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot write {path}: {reason}; choose another folder with --output"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _encode(
    container: av.container.OutputContainer,
    pictures: Iterable[NDArray[np.uint8]],
    sound: NDArray[np.float32],
    *,
    size: tuple[int, int],
    frame_rate: int,
    crf: int,
) -> None:
    video = container.add_stream("libx264", rate=frame_rate)
    video.width, video.height = size
    video.pix_fmt = "yuv420p"
    video.options = {"crf": str(crf), "preset": "veryfast"}
    audio = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
    chunks = _sound_frames(sound)
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = number
        frame.time_base = Fraction(1, frame_rate)
        container.mux(video.encode(frame))
        # One chunk of sound is shorter than a frame of picture: two keep the streams together.
        for _ in range(2):
            _mux_sound(container, audio, next(chunks, None))
    for chunk in chunks:
        _mux_sound(container, audio, chunk)
    container.mux(video.encode(None))
    container.mux(audio.encode(None))


def _mux_sound(
    container: av.container.OutputContainer, stream: av.AudioStream, chunk: av.AudioFrame | None
) -> None:
    if chunk is not None:
        container.mux(stream.encode(chunk))


def _sound_frames(sound: NDArray[np.float32]) -> Iterator[av.AudioFrame]:
    for start in range(0, sound.size, CHUNK):
        frame = av.AudioFrame.from_ndarray(
            sound[None, start : start + CHUNK], format="fltp", layout="mono"
        )
        frame.sample_rate = SAMPLE_RATE
        frame.pts = start
        frame.time_base = Fraction(1, SAMPLE_RATE)
        yield frame
