"""When the frames of a whole film are on screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from syncclip.types import FrameTimes, StreamInfo

__all__ = ["frame_times"]


def frame_times(info: StreamInfo, pts: NDArray[np.int64]) -> FrameTimes:
    """Times of all frames, the last one lasting a median frame period.

    Args:
        info: The stream.
        pts: (n,) strictly increasing timestamps of every frame.
    """
    pts = np.array(pts, np.int64)
    one_frame = max(1, round(1 / (info.frame_rate * info.time_base)))
    period = int(np.median(np.diff(pts))) if pts.size > 1 else one_frame
    end = int(pts[-1]) + max(1, period) if pts.size else info.start_pts
    return FrameTimes(pts=pts, time_base=info.time_base, start_pts=info.start_pts, end_pts=end)
