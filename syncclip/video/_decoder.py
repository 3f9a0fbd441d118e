"""Decodes every frame of a stream, past damage, with strictly increasing timestamps."""

from __future__ import annotations

from collections.abc import Iterator

import av
import av.error
import av.video

from syncclip.types import DecodeGap, StreamInfo
from syncclip.video._seek import seek_before
from syncclip.video._source import Source

__all__ = ["Decoder", "Gaps"]

# A damaged demuxer may fail at every call without moving on.
_MAX_READ_ERRORS_IN_A_ROW = 64
# Frames this far behind the newest are a jump of the clock, not a repeated timestamp.
_BACKWARD_JUMP_S = 1.0
# A file that ends this much before its header says has been cut short.
_EARLY_END_S = 1.0


class Gaps:
    """Damage met by any number of readings of one file, each place counted once."""

    def __init__(self) -> None:
        self._lost_after: dict[float, int] = {}

    def note(self, after_s: float, packets_lost: int) -> None:
        """Record that a reading lost so many packets after this second."""
        known = self._lost_after.get(after_s, 0)
        self._lost_after[after_s] = max(known, packets_lost)

    def __call__(self) -> tuple[DecodeGap, ...]:
        """All gaps in the order of the film."""
        return tuple(DecodeGap(after_s, lost) for after_s, lost in sorted(self._lost_after.items()))


class Decoder:
    """One reading of a source in presentation order.

    Frames whose timestamp does not increase are left out, as players do; frames without a timestamp
    get the one before plus a frame period. Damage is noted in ``gaps`` and passed over.
    """

    def __init__(self, source: Source, info: StreamInfo, gaps: Gaps) -> None:
        self._source = source
        self._info = info
        self._gaps = gaps
        self._period = max(1, round(1 / (info.frame_rate * info.time_base)))
        self._last: int | None = None
        self._trusted_from: int | None = None
        self._lost_here = 0

    def frames(self, *, near_pts: int | None = None) -> Iterator[tuple[int, av.VideoFrame]]:
        """``(pts, frame)`` from the start, or from a safe place before ``near_pts``.

        The first frame of a reading that starts in the middle is at or before ``near_pts``; every
        frame has the pixels that an unbroken reading gives.
        """
        if near_pts is not None:
            self._trusted_from = seek_before(self._source, near_pts)
        for frame in self._decode():
            pts = self._timestamp(frame)
            if pts is not None:
                yield pts, frame
        self._note_early_end()

    def _timestamp(self, frame: av.VideoFrame) -> int | None:
        """The frame's timestamp, or None where it must be left out."""
        pts = frame.pts if frame.pts is not None else frame.dts
        last = self._last
        if pts is None:
            pts = self._info.start_pts if last is None else last + self._period
        if self._trusted_from is not None and pts < self._trusted_from:
            return None
        if last is not None and pts <= last:
            if (last - pts) * self._info.time_base > _BACKWARD_JUMP_S:
                self._note_loss(1)
            return None
        self._last, self._lost_here = pts, 0
        return pts

    def _decode(self) -> Iterator[av.VideoFrame]:
        started = self._trusted_from is None
        for packet in self._packets():
            started = started or packet.is_keyframe
            if not started:
                continue
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self._note_loss(1)
                continue
            yield from frames

    def _packets(self) -> Iterator[av.Packet[av.video.VideoStream]]:
        """Packets up to the end of the file, reading on after errors of the demuxer.

        The last one is empty and makes the decoder give its delayed frames.
        """
        errors = 0
        while errors < _MAX_READ_ERRORS_IN_A_ROW:
            try:
                for packet in self._source.container.demux(self._source.stream):
                    errors = 0
                    yield packet
            except av.error.FFmpegError:
                errors += 1
                self._note_loss(1)
            else:
                return

    def _note_loss(self, packets: int) -> None:
        if self._trusted_from is not None and self._last is None:
            return  # still on the way from the seek to the first trusted frame
        self._lost_here += packets
        after_s = 0.0 if self._last is None else self._info.seconds(self._last)
        self._gaps.note(after_s, self._lost_here)

    def _note_early_end(self) -> None:
        promised = self._source.end_pts_from_header()
        if promised is None:
            return
        end = self._info.start_pts if self._last is None else self._last + self._period
        missing_s = (promised - end) * self._info.time_base
        if missing_s > _EARLY_END_S:
            self._note_loss(round(missing_s * self._info.frame_rate))
