"""What the reports read of the self-check of a finished video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

__all__ = ["CheckedSegment", "SelfCheck", "below_floor"]


class CheckedSegment(Protocol):
    """How well one segment of the finished video fits the commentary."""

    @property
    def number(self) -> int:
        """Position in ``MatchResult.segments``."""
        ...

    @property
    def correlation(self) -> float | None:
        """Mean correlation of its frames; None where none could be measured."""
        ...

    @property
    def verdict(self) -> str:
        """``"below"`` where the segment is under the floor."""
        ...


class SelfCheck(Protocol):
    """How well the finished video fits the commentary."""

    @property
    def frames(self) -> int:
        """Frames of the finished video."""
        ...

    @property
    def frames_expected(self) -> int:
        """Frames of the commentary."""
        ...

    @property
    def mean_correlation(self) -> float | None:
        """Mean correlation of all frames that could be measured."""
        ...

    @property
    def floor(self) -> float:
        """Correlation below which a segment is named."""
        ...

    @property
    def segments(self) -> Sequence[CheckedSegment]:
        """Every segment."""
        ...


def below_floor(check: SelfCheck) -> list[CheckedSegment]:
    """The segments under the floor, in commentary order."""
    return [segment for segment in check.segments if segment.verdict == "below"]
