"""Decodes every frame of a stream, past damage, with strictly increasing timestamps."""

from __future__ import annotations

from collections.abc import Iterator

import av
import av.error
import av.video

from syncclip.types import StreamInfo
from syncclip.video._damage import Damage, Gaps
from syncclip.video._seek import seek_before
from syncclip.video._source import Source

__all__ = ["Decoder"]

# A damaged demuxer may fail at every call without moving on.
_MAX_READ_ERRORS_IN_A_ROW = 64
# Frames this far behind the newest are a jump of the clock, not a repeated timestamp.
_BACKWARD_JUMP_S = 1.0


class Decoder:
    """One reading of a source in presentation order.

    Frames whose timestamp does not increase are left out, as players do; frames without a timestamp
    get the one before plus a frame period. Damage is noted in ``gaps`` and passed over.
    """

    def __init__(self, source: Source, info: StreamInfo, gaps: Gaps) -> None:
        self._source = source
        self._info = info
        self._damage = Damage(info, gaps)
        self._period = max(1, round(1 / (info.frame_rate * info.time_base)))
        self._last: int | None = None
        self._trusted_from: int | None = None

    def frames(self, *, near_pts: int | None = None) -> Iterator[tuple[int, av.VideoFrame]]:
        """``(pts, frame)`` from the start, or from a safe place before ``near_pts``.

        The first frame of a reading that starts in the middle is at or before ``near_pts``; every
        frame has the pixels that an unbroken reading gives.
        """
        if near_pts is not None:
            self._trusted_from = seek_before(self._source, near_pts)
        for frame in self._decode():
            pts = self._timestamp(frame)
            if pts is None:
                continue
            self._damage.frame(pts, damaged=frame.is_corrupt)
            self._last = pts
            yield pts, frame
        self._damage.end(self._source.end_pts_from_header())

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
                self._damage.clock_jump()
            return None
        return pts

    def _decode(self) -> Iterator[av.VideoFrame]:
        started = self._trusted_from is None
        for packet in self._packets():
            started = started or packet.is_keyframe
            if not started:
                continue
            self._damage.packet(packet)
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self._note_error()
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
                self._note_error()
            else:
                return

    def _note_error(self) -> None:
        # On the way from a seek to the first trusted frame, errors are no damage.
        if self._trusted_from is None or self._last is not None:
            self._damage.error()
