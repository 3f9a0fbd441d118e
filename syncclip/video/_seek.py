"""Goes to a place in a stream from which frames decode as in an unbroken reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import av
import av.error

from syncclip.video._source import Source

__all__ = ["seek_before"]

# Seeks in MPEG-TS land late, by less than these steps back from the wanted time.
_STEPS_BACK_S = (0.0, 2.0, 10.0, 60.0)
# A key frame comes within this many packets of where a seek lands, or the file has no usable ones.
_MAX_PACKETS_TO_KEY = 2000


class _Units(NamedTuple):
    """How a codec's NAL units tell an instantaneous decoding refresh."""

    types: frozenset[int]
    """Nothing that follows such a unit refers to what came before (ITU-T H.264 and H.265, table 7-1
    of each; of H.265 IDR_W_RADL and IDR_N_LP)."""
    shift: int
    mask: int
    """Where the first byte of a unit holds its type."""
    length_at: int
    """Where the configuration record keeps the length of a length field, less one (ISO/IEC
    14496-15)."""


_UNITS = {
    "h264": _Units(frozenset({5}), 0, 0x1F, 4),
    "hevc": _Units(frozenset({19, 20}), 1, 0x3F, 21),
}


def seek_before(source: Source, target_pts: int) -> int | None:
    """Place ``source`` so that every frame from ``target_pts`` on decodes exactly.

    Reading starts at the key frame before the target where that refers to nothing before itself,
    and else one key frame earlier: with an open group of pictures, the frames shown just before a
    key frame are built from the group before it.

    Returns:
        Timestamp from which decoded frames can be trusted, at or before ``target_pts``; None where
        the source was rewound to its first packet.
    """
    key = _key_at_or_before(source, target_pts)
    if key is not None:
        pts, dts, afresh = key
        if afresh:
            return pts
        earlier = _key_at_or_before(source, min(pts, dts) - 1)
        if earlier is not None and earlier[1] < dts:
            return pts
    source.rewind()
    return None


_Key = tuple[int, int, bool]
"""A key frame's pts and dts, and whether nothing after it refers to what is before it."""


def _key_at_or_before(source: Source, target: int) -> _Key | None:
    """Seek to a key frame shown at or before ``target``.

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


def _land(source: Source, place: int) -> _Key | None:
    """Seek; the first key frame read from there."""
    try:
        source.container.seek(place, stream=source.stream)
        for count, packet in enumerate(source.container.demux(source.stream)):
            if packet.is_keyframe and packet.size:
                if packet.pts is None or packet.dts is None:
                    return None
                return packet.pts, packet.dts, _starts_afresh(source, packet)
            if count >= _MAX_PACKETS_TO_KEY:
                break
    except av.error.FFmpegError:
        return None
    return None


def _starts_afresh(source: Source, packet: av.Packet[av.video.VideoStream]) -> bool:
    """Whether a key frame is known to be an instantaneous decoding refresh."""
    codec = source.stream.codec_context
    units = _UNITS.get(codec.name)
    if units is None:
        return False
    heads = _unit_heads(bytes(packet), codec.extradata or b"", units.length_at)
    return any((head >> units.shift) & units.mask in units.types for head in heads)


def _unit_heads(data: bytes, record: bytes, length_at: int) -> Iterator[int]:
    """First byte of every NAL unit of a packet.

    Args:
        data: The packet.
        record: The codec's configuration; where it begins with 1, units come after their lengths,
            and else after start codes.
        length_at: Where the length of these is told.
    """
    if len(record) > length_at and record[0] == 1:
        size, at = (record[length_at] & 3) + 1, 0
        while at + size < len(data):
            yield data[at + size]
            at += size + int.from_bytes(data[at : at + size], "big")
    else:
        at = data.find(b"\0\0\1")
        while 0 <= at < len(data) - 3:
            yield data[at + 3]
            at = data.find(b"\0\0\1", at + 3)
