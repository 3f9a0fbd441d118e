"""A measured figure beside the one that was asked for."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Figure", "wilson_lower"]

ONE_SIDED_95 = 1.6449
"""Standard deviations of a normal distribution below which 95 % of it lie."""


def wilson_lower(found: int, of: int) -> float:
    """The share that is not below with 95 % confidence, where so many of so many were found.

    Wilson's score interval (1927), of one side: it holds for shares near 1, too.
    """
    if not 0 <= found <= of or not of:
        raise ValueError(f"{found} of {of} is no share")
    share, spread = found / of, ONE_SIDED_95**2 / of
    root = ONE_SIDED_95 * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, (share + spread / 2 - root) / (1 + spread))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of a table."""

    what: str
    """What was measured on."""
    measure: str
    measured: float | None
    at_least: float | None = None
    at_most: float | None = None
    worst: float | None = None
    """The worst of several runs, where ``measured`` is their mean."""
    unit: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the figure is as asked; None where nothing was asked."""
        if self.at_least is None and self.at_most is None:
            return None
        if self.measured is None:
            return False
        low = self.at_least is None or self.measured >= self.at_least
        return low and (self.at_most is None or self.measured <= self.at_most)

    def to_json(self) -> dict[str, Any]:
        """Fields and verdict."""
        return asdict(self) | {"met": self.met}
