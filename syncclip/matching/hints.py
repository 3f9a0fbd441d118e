"""Places that something other than pictures names: words, captions."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Hint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A stretch of the commentary that may come from a place in a movie.

    A hint proposes: signatures prove the place or do not.
    """

    start_s: float
    """Commentary second."""
    end_s: float
    source: int
    """Number of the movie."""
    source_s: float
    """Movie second at ``start_s``; from there the movie runs at about its own speed."""
    weight: float
    """How sure it is, above 0 and up to 1."""

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 1:
            raise ValueError(f"a hint's weight must be above 0 and up to 1, got {self.weight}")
