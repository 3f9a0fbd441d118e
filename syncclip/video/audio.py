"""The sound of a file as speech recognisers take it: one channel, evenly sampled, from second zero.

Nothing but PyAV is needed: no ffmpeg program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from numpy.typing import NDArray

from syncclip.video._source import open_container

__all__ = ["read_sound"]

GAP_S = 0.05
"""Distance between where samples end and the next begin from which the file has a gap there: below,
it is the rounding of its clock."""
TOLD_EVERY_S = 10.0
MOST_FAULTS = 100
"""Places at which the container itself is damaged; reading goes on behind each."""
MOST_S = 24 * 3600.0
"""A stream whose clock is damaged must not fill the memory with silence."""


@dataclass(slots=True)
class _Run:
    """Samples without a gap."""

    start_s: float
    samples: list[NDArray[np.int16]] = field(default_factory=list)

    def add(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            self.samples.append(np.asarray(frame.to_ndarray(), np.int16).reshape(-1))


def read_sound(
    path: Path, *, rate_hz: int = 16_000, on_second: Callable[[float], None] | None = None
) -> NDArray[np.float32] | None:
    """All channels mixed into one, the way FFmpeg mixes them.

    Args:
        path: A local file.
        rate_hz: Samples per second.
        on_second: Told now and then which second was read.

    Returns:
        (n,) samples from -1 to 1, the first at second zero of the file, gaps filled with silence.
        None where there is no sound, or none that can be decoded.

    Raises:
        VideoError: Where the file cannot be read.
    """
    tell = on_second or (lambda _: None)
    with open_container(path) as container:
        stream = container.streams.best("audio")
        if not isinstance(stream, AudioStream) or stream.codec_context is None:
            return None
        zero_s = (container.start_time or 0) / av.time_base
        runs = list(_runs(_frames(container, stream), rate_hz, zero_s, tell))
    return _joined(runs, rate_hz)


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Every frame that can be decoded: damaged packets are left out."""
    for packet in _packets(container, stream):
        try:
            decoded = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from (f for f in decoded if isinstance(f, AudioFrame) and f.samples)


def _packets(container: InputContainer, stream: AudioStream) -> Iterator[Packet[AudioStream]]:
    for _ in range(MOST_FAULTS):
        try:
            yield from container.demux(stream)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            continue
        else:
            return


def _runs(
    frames: Iterator[AudioFrame], rate_hz: int, zero_s: float, tell: Callable[[float], None]
) -> Iterator[_Run]:
    run: _Run | None = None
    resampler = _resampler(rate_hz)
    end_s = told_s = 0.0
    for frame in frames:
        start_s = end_s if frame.time is None else frame.time - zero_s
        if run is None or abs(start_s - end_s) > GAP_S:
            if run is not None:
                run.add(resampler.resample(None))
                yield run
            run, resampler, end_s = _Run(start_s), _resampler(rate_hz), start_s
        run.add(resampler.resample(frame))
        end_s += frame.samples / frame.sample_rate
        if end_s - told_s >= TOLD_EVERY_S:
            told_s = end_s
            tell(end_s)
    if run is not None:
        run.add(resampler.resample(None))
        yield run


def _resampler(rate_hz: int) -> AudioResampler:
    return AudioResampler(format="s16", layout="mono", rate=rate_hz)


def _joined(runs: list[_Run], rate_hz: int) -> NDArray[np.float32] | None:
    """Every run at its own time; where two overlap, the later one counts."""
    placed = []
    for run in runs:
        samples = np.concatenate(run.samples) if run.samples else np.empty(0, np.int16)
        first = round(run.start_s * rate_hz)
        samples, first = samples[max(-first, 0) :], max(first, 0)
        if len(samples) and first + len(samples) <= MOST_S * rate_hz:
            placed.append((first, samples))
    if not placed:
        return None
    sound = np.zeros(max(first + len(samples) for first, samples in placed), np.float32)
    for first, samples in placed:
        sound[first : first + len(samples)] = samples.astype(np.float32) / 32768
    return sound
