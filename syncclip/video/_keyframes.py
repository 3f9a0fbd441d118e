"""A few pictures spread over a video, for the price of their key frames."""

from __future__ import annotations

from collections.abc import Iterator

import av
import av.error
import numpy as np

from syncclip.types import StreamInfo
from syncclip.video._source import Source

__all__ = ["key_frames"]

_MAX_PACKETS_TO_KEY = 2000


def key_frames(info: StreamInfo, count: int) -> Iterator[av.VideoFrame]:
    """Key frames near ``count`` evenly spread times, each once.

    Fewer come where the video has fewer or cannot seek; what does not decode is passed over.
    """
    duration_s = info.duration_s_from_header or 0.0
    seen: set[int] = set()
    with Source(info.path) as source:
        source.stream.codec_context.thread_type = "SLICE"  # no delay of one frame per thread
        for time_s in (np.arange(count) + 0.5) / count * duration_s:
            frame = _key_frame(source, info.start_pts + round(float(time_s) / info.time_base), seen)
            if frame is not None:
                yield frame


def _key_frame(source: Source, pts: int, seen: set[int]) -> av.VideoFrame | None:
    """The key frame that a seek to ``pts`` finds, unless it was ``seen`` before."""
    context = source.stream.codec_context
    try:
        source.container.seek(pts, stream=source.stream)
        for number, packet in enumerate(source.container.demux(source.stream)):
            place = packet.pts if packet.pts is not None else packet.dts
            if packet.is_keyframe and packet.size and place is not None:
                if place in seen:
                    return None
                seen.add(place)
                frames = [*context.decode(packet), *context.decode(None)]
                return frames[0] if frames else None
            if number > _MAX_PACKETS_TO_KEY:
                break
    except av.error.FFmpegError:
        return None
    return None
