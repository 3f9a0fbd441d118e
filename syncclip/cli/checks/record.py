"""What a check of this machine found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Check", "State", "size_text"]


class State(StrEnum):
    """How a check ended."""

    WORKS = "works"
    ABSENT = "absent"
    """Optional and not there."""
    BROKEN = "broken"
    """The main job needs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, what was found, and what to do."""

    group: str
    name: str
    state: State
    found: str
    remedy: str | None = None


def size_text(count: float) -> str:
    """Bytes as people write them."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
