"""Keeps account of what one reading of a damaged file lost, and where."""

from __future__ import annotations

import av
import av.video

from syncclip.types import DecodeGap, StreamInfo

__all__ = ["Damage", "Gaps"]

# Frames further apart than this many periods leave a hole.
_HOLE_PERIODS = 2.5
# For so many frames after a sign of damage, a hole belongs to it: threads report errors late.
_WATCHFUL_FRAMES = 48
# So many evenly spaced frames show a constant rate, in which any hole is damage.
_EVEN_FRAMES = 12
# A file that ends this much before its header says has been cut short.
_EARLY_END_S = 0.5


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


class Damage:
    """What one reading lost.

    Signs of damage are errors of the demuxer or decoder, torn packets and frames that the decoder
    marks as damaged. What was lost shows as holes between timestamps; holes are also natural with a
    variable frame rate, so they count only near such signs, where packets went in and no frame came
    out, or where the rate was constant before.
    """

    def __init__(self, info: StreamInfo, gaps: Gaps) -> None:
        self._info = info
        self._gaps = gaps
        self._period = max(1, round(1 / (info.frame_rate * info.time_base)))
        self._waiting: set[int] = set()  # timestamps of packets whose frame has not come
        self._errors = 0  # not yet seen as a hole
        self._errors_after_s = 0.0
        self._watchful = 0
        self._even_frames = 0
        self._last: int | None = None
        self._last_good_s = 0.0
        self._lost_since_good = 0

    def packet(self, packet: av.Packet[av.video.VideoStream]) -> None:
        """A packet goes into the decoder."""
        if packet.is_corrupt:
            self._watchful = _WATCHFUL_FRAMES
        if packet.pts is not None and not packet.is_discard:
            self._waiting.add(packet.pts)

    def error(self) -> None:
        """The demuxer or the decoder failed on a packet."""
        if not self._errors:
            self._errors_after_s = self._last_good_s
        self._errors += 1
        self._watchful = _WATCHFUL_FRAMES

    def frame(self, pts: int, *, damaged: bool) -> None:
        """A frame came out."""
        late = {waiting for waiting in self._waiting if waiting < pts}
        self._waiting -= late | {pts}
        lost = self._lost_before(pts, len(late)) + int(damaged)
        self._watchful = _WATCHFUL_FRAMES if damaged else max(0, self._watchful - 1)
        if lost:
            self._note(max(lost, self._errors))
            self._errors = 0
        elif not self._watchful:
            self._note_errors()
        if not damaged:
            self._last_good_s, self._lost_since_good = self._info.seconds(pts), 0
        self._last = pts

    def _lost_before(self, pts: int, late: int) -> int:
        """Packets lost in the hole before this frame; 0 where there is no hole or a natural one."""
        if self._last is None:
            return 0
        periods = (pts - self._last) / self._period
        if periods <= _HOLE_PERIODS:
            self._even_frames += abs(periods - 1) < 0.3
            self._even_frames *= abs(periods - 1) < 0.6
            return 0
        if self._watchful or self._even_frames >= _EVEN_FRAMES:
            return max(late, round(periods) - 1)
        return late

    def clock_jump(self) -> None:
        """A frame was left out because its timestamp lies far behind."""
        self._note(1)

    def end(self, end_pts_from_header: int | None) -> None:
        """The file has ended: note what the header promised and what was still awaited."""
        self._note_errors()
        if end_pts_from_header is not None:
            end = self._info.start_pts if self._last is None else self._last + self._period
            missing_s = (end_pts_from_header - end) * self._info.time_base
            if missing_s > _EARLY_END_S:
                self._note(round(missing_s * self._info.frame_rate))

    def _note_errors(self) -> None:
        """Errors that made no hole: the decoder covered them up."""
        if self._errors:
            self._gaps.note(self._errors_after_s, self._errors)
            self._errors = 0

    def _note(self, lost: int) -> None:
        self._lost_since_good += lost
        self._gaps.note(self._last_good_s, self._lost_since_good)
