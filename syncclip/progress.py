"""The record by which long work reports how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["OnProgress", "Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one stage of a long job is."""

    stage: str
    """What is being done, in the words a user reads: ``"Reading movie"``."""
    done: float
    """Units finished."""
    total: float | None
    """Units in all; None where it cannot be known beforehand."""
    unit: str
    """What is counted: ``"frames"``, ``"segments"``, ``"s"``."""


OnProgress = Callable[[Progress], None]
