"""A film that shows some of its shots twice, made of any film packet by packet.

Nothing is encoded: a repeated stretch has the very pictures of its first showing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

__all__ = ["reprise"]

_SHARE = 0.15
"""Share of the film that comes again."""
_LEAST_S = 1.5
_MOST_S = 12.0
"""Shortest and longest stretch between key frames that is repeated."""
_APART_S = 10.0
"""Least film time between two showings of a stretch."""

_Packet: TypeAlias = "av.Packet[Any]"  # no generic when it runs
Group = tuple[int, int]
"""Half-open packet numbers from one key frame to the next."""


def reprise(film: Path, out: Path, *, seed: int = 1) -> Path:
    """Write ``film``'s picture with some stretches shown again, later in the film.

    Args:
        film: Any film whose key frames stand alone (closed groups of pictures).
        out: The file to write; its container is taken from its name.
        seed: Another seed repeats other stretches.

    Raises:
        ValueError: The film has too few groups of pictures that can be repeated.
    """
    part = out.with_name(f"{out.stem}.part{out.suffix}")
    with av.open(f"file:{film}") as source:
        stream = source.streams.video[0]
        base = stream.time_base or Fraction(1)
        packets = [p for p in source.demux(stream) if p.pts is not None and p.dts is not None]
        groups = _groups(packets)
        order = _order(groups, packets, base, name=film.name, rng=np.random.default_rng(seed))
        with av.open(f"file:{part}", "w") as target:
            copy = target.add_stream_from_template(stream)
            for packet in _laid_out([packets[a:b] for a, b in order]):
                packet.stream = copy
                packet.time_base = base
                target.mux(packet)
    part.replace(out)
    return out


def _groups(packets: Sequence[_Packet]) -> list[Group]:
    """Packets from one key frame to the next that nothing earlier needs and that need nothing."""
    stamps = np.array([packet.pts for packet in packets])
    earliest_after = np.minimum.accumulate(stamps[::-1])[::-1]
    latest_before = np.append(-np.inf, np.maximum.accumulate(stamps)[:-1])
    closed = [
        k
        for k, packet in enumerate(packets)
        if packet.is_keyframe and earliest_after[k] == stamps[k] and latest_before[k] < stamps[k]
    ]
    return list(zip(closed, [*closed[1:], len(packets)], strict=True))


def _order(
    groups: Sequence[Group],
    packets: Sequence[_Packet],
    base: Fraction,
    *,
    name: str,
    rng: np.random.Generator,
) -> list[Group]:
    """All groups, and some of them a second time at least ten seconds later."""
    starts_s = _starts_s(groups, packets, base)
    if len(groups) > 1 and np.diff(starts_s).max() < _LEAST_S:  # a key frame every second
        groups = _joined(groups, starts_s)
        starts_s = _starts_s(groups, packets, base)
    lengths_s = np.diff(starts_s)  # the last group has no known end and is not repeated
    fitting = np.flatnonzero((lengths_s >= _LEAST_S) & (lengths_s <= _MOST_S))
    rng.shuffle(fitting)
    again: dict[int, list[Group]] = {}
    left_s = _SHARE * starts_s[-1]
    for k in fitting.tolist():
        later = np.flatnonzero(starts_s >= starts_s[k] + lengths_s[k] + _APART_S)
        if left_s <= 0 or not len(later):
            continue
        again.setdefault(int(rng.choice(later)), []).append(groups[k])
        left_s -= float(lengths_s[k])
    if not again:
        raise ValueError(f"{name} has no stretch between key frames to show twice; take another")
    return [each for k, group in enumerate(groups) for each in (*again.get(k, ()), group)]


def _starts_s(
    groups: Sequence[Group], packets: Sequence[_Packet], base: Fraction
) -> NDArray[np.float64]:
    return np.array([float((packets[first].pts or 0) * base) for first, _ in groups])


def _joined(groups: Sequence[Group], starts_s: NDArray[np.float64]) -> list[Group]:
    """Neighbouring groups made into ones that are long enough to be repeated."""
    firsts = [0]
    for k in range(1, len(groups)):
        if starts_s[k] - starts_s[firsts[-1]] >= _LEAST_S:
            firsts.append(k)
    ends = [*(groups[k][0] for k in firsts[1:]), groups[-1][1]]
    return [(groups[k][0], end) for k, end in zip(firsts, ends, strict=True)]


def _laid_out(parts: Sequence[Sequence[_Packet]]) -> Iterator[_Packet]:
    """Copies of the packets, each part starting where the one before ends."""
    at = min(packet.pts or 0 for packet in parts[0])
    last_dts: int | None = None
    for packets in parts:
        stamps = [packet.pts or 0 for packet in packets]
        first = min(stamps)
        for packet in packets:
            moved = av.Packet(bytes(packet))
            moved.pts = (packet.pts or 0) - first + at
            moved.dts = (packet.dts or 0) - first + at
            # Groups reorder their frames more or less; decoding times only have to rise.
            if last_dts is not None and moved.dts <= last_dts:
                moved.dts = min(last_dts + 1, moved.pts)
            last_dts = moved.dts
            moved.duration = packet.duration or 0
            moved.is_keyframe = packet.is_keyframe
            yield moved
        at += max(stamps) - first + (packets[stamps.index(max(stamps))].duration or 1)
