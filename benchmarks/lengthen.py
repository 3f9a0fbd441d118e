"""A long film made of a short one, packet by packet, without encoding anything."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

__all__ = ["lengthen"]


def lengthen(film: Path, out: Path, *, seconds: float) -> Path:
    """Write ``film``'s picture again and again until it lasts at least ``seconds``."""
    part = out.with_name(f"{out.stem}.part.mp4")
    with av.open(f"file:{film}") as source, av.open(f"file:{part}", "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        assert stream.time_base is not None
        shift = 0
        while shift * stream.time_base < seconds:
            source.seek(0)
            shift += _copy_once(source, target, stream, copy, shift=shift)
    part.replace(out)
    return out


def _copy_once(
    source: av.container.InputContainer,
    target: av.container.OutputContainer,
    stream: av.VideoStream,
    copy: av.VideoStream,
    *,
    shift: int,
) -> int:
    """Append every packet of the film, ``shift`` later; the film's length in its time base."""
    first, end = None, 0
    base = stream.time_base or Fraction(1)
    for packet in source.demux(stream):
        if packet.dts is None or packet.pts is None:
            continue  # the flush at the end
        first = packet.pts if first is None else min(first, packet.pts)
        end = max(end, packet.pts + (packet.duration or 1))
        packet.pts += shift
        packet.dts += shift
        packet.time_base = base
        packet.stream = copy
        target.mux(packet)
    return end - (first or 0)
