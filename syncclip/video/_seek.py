"""Goes to a place in a stream from which frames decode as in an unbroken reading."""

from __future__ import annotations

import av.error

from syncclip.video._source import Source

__all__ = ["seek_before"]

# Seeks in MPEG-TS land late, by less than these steps back from the wanted time.
_STEPS_BACK_S = (0.0, 2.0, 10.0, 60.0)
# A key frame comes within this many packets of where a seek lands, or the file has no usable ones.
_MAX_PACKETS_TO_KEY = 2000


def seek_before(source: Source, target_pts: int) -> int | None:
    """Place ``source`` so that every frame from ``target_pts`` on decodes exactly.

    Reading starts one key frame earlier than the one before the target: with an open group of
    pictures, the frames shown just before a key frame are built from the group before it.

    Returns:
        Timestamp from which decoded frames can be trusted, at or before ``target_pts``; None where
        the source was rewound to its first packet.
    """
    key = _key_at_or_before(source, target_pts)
    if key is not None:
        pts, dts = key
        earlier = _key_at_or_before(source, min(pts, dts) - 1)
        if earlier is not None and earlier[1] < dts:
            return pts
    source.rewind()
    return None


def _key_at_or_before(source: Source, target: int) -> tuple[int, int] | None:
    """Seek to a key frame shown at or before ``target``; its pts and dts.

    Leaves the source placed so that this key frame is the first one read.
    """
    unit = source.stream.time_base
    if unit is None:
        return None
    for step_s in _STEPS_BACK_S:
        place = target - round(step_s / unit)
        key = _land(source, place)
        if key is not None and key[0] <= target:
            source.container.seek(place, stream=source.stream)
            return key
    return None


def _land(source: Source, place: int) -> tuple[int, int] | None:
    """Seek; pts and dts of the first key frame read from there."""
    try:
        source.container.seek(place, stream=source.stream)
        for count, packet in enumerate(source.container.demux(source.stream)):
            if packet.is_keyframe and packet.size:
                exact = packet.pts is not None and packet.dts is not None
                return (packet.pts, packet.dts) if exact else None  # type: ignore[return-value]
            if count >= _MAX_PACKETS_TO_KEY:
                break
    except av.error.FFmpegError:
        return None
    return None
