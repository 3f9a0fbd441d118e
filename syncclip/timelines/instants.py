"""The seconds of a movie by which MLT finds the frames that the finished video shows.

MLT counts a file's frames by its nominal rate, the finished video by their own timestamps. Where
these are rounded, as Matroska rounds them to milliseconds, a straight line of seconds falls beside
a frame's edge in the one and before it in the other; the middle of a frame is far from both edges.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from syncclip.timelines.cuts import Cut
from syncclip.timelines.media import Media

__all__ = ["Instants"]

SAMPLING_SLACK = 1e-3
"""Part of a frame period that a time may lie before a frame and still mean it: as everywhere
else, so that rounded seconds find the frame they were made from."""


class Instants:
    """What a clip shows at each of its record frames, and when that is in its file.

    Args:
        cut: The clip.
        commentary: The file whose frames are the record's.
    """

    def __init__(self, cut: Cut, commentary: Media) -> None:
        self._cut = cut
        self._rate: Fraction = commentary.rate
        self._shown = _shown(cut, commentary) if cut.number else None

    @property
    def plain(self) -> bool:
        """Whether the file's frames follow each other as they are counted: no map is needed."""
        cut = self._cut
        if cut.speed != 1 or cut.media.rate != self._rate or not (cut.media.constant or self._own):
            return False
        if self._shown is None:
            return True
        counted = cut.position + np.arange(cut.frames)
        return np.array_equal(self._shown, np.minimum(counted, cut.media.frames - 1))

    @property
    def _own(self) -> bool:
        """Whether this is the commentary itself."""
        return not self._cut.number

    def keys(self) -> dict[int, float]:
        """Seconds after the file's first frame by record frame of the clip: linear in between."""
        cut, media = self._cut, self._cut.media
        start_s = max(0.0, cut.source_s - media.first_s) + SAMPLING_SLACK / float(media.rate)
        speed = cut.speed / float(self._rate)
        line = {0: start_s, cut.frames: start_s + speed * cut.frames}
        if self._shown is None:
            return line
        counted = np.floor((start_s + speed * np.arange(cut.frames)) * float(media.rate))
        if media.constant and np.array_equal(counted, self._shown):
            return line
        return {k: media.middle_s(int(frame)) for k, frame in enumerate(self._shown)}


def _shown(cut: Cut, commentary: Media) -> NDArray[np.int64] | None:
    """(frames,) numbers of the movie's frames in the finished video; None where no one knows."""
    if cut.media.times is None:
        return None
    at = cut.start + np.arange(cut.frames)
    own = commentary.times
    known = own is not None and commentary.constant and cut.end <= len(own)
    seconds = own.seconds[at] if own is not None and known else at / float(commentary.rate)
    return cut.media.times.frame_at(cut.source_s + cut.speed * (seconds - seconds[0]))
