"""A measured figure beside the one that was asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Figure"]


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
