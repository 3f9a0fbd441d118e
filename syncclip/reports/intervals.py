"""Arithmetic of half-open intervals of time: pure functions over pairs of seconds."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

__all__ = ["Interval", "merged", "overlaps", "total"]

Interval = tuple[float, float]
"""``[start, end)``; nothing where the end is not after the start."""

Use = TypeVar("Use", bound=Hashable)


def merged(intervals: Iterable[Interval], *, gap: float = 0.0) -> list[Interval]:
    """What intervals cover together: in order, without overlap.

    Args:
        intervals: In any order.
        gap: Longest distance over which neighbours become one.
    """
    joined: list[Interval] = []
    for start, end in sorted(each for each in intervals if each[0] < each[1]):
        if joined and start <= joined[-1][1] + gap:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def total(intervals: Iterable[Interval]) -> float:
    """Sum of the lengths."""
    return sum(max(0.0, end - start) for start, end in intervals)


def overlaps(
    uses: Sequence[tuple[Interval, Use]], *, longer_than: float = 0.0
) -> list[tuple[Interval, tuple[Use, ...]]]:
    """Stretches that several uses share, each as long as the same ones share it.

    Args:
        uses: Intervals and whose they are.
        longer_than: Length up to which a stretch is left out.

    Returns:
        In order; the uses of each stretch in the order given, two at least.
    """
    edges = sorted(
        (time, opens, number)
        for number, ((start, end), _) in enumerate(uses)
        if start < end
        for time, opens in ((start, True), (end, False))
    )
    found: list[tuple[Interval, tuple[Use, ...]]] = []
    alive: set[int] = set()
    since = 0.0
    for time, opens, number in edges:
        if len(alive) > 1 and time - since > longer_than:
            found.append(((since, time), tuple(uses[n][1] for n in sorted(alive))))
        (alive.add if opens else alive.discard)(number)
        since = time
    return found
