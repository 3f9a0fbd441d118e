"""The self-check of a finished video, in the shape that the reports need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SelfCheckFigures", "self_check_figures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheckFigures:
    """How the finished video compares with the commentary."""

    frames: int
    expected_frames: int
    mean_correlation: float | None
    """Mean signature correlation of the matched segments; None where nothing was matched."""
    segment_correlation: Mapping[int, float] = field(default_factory=dict)
    """Mean signature correlation by index into ``MatchResult.segments``."""
    below_floor: tuple[int, ...] = ()
    """Indices of segments below the floor that was asked for."""


def self_check_figures(selfcheck: object | None) -> SelfCheckFigures | None:
    """Take the figures out of a mapping or a record with these names; None for None.

    Raises:
        KeyError: Where a frame count is missing.
    """
    if selfcheck is None or isinstance(selfcheck, SelfCheckFigures):
        return selfcheck
    get: Any = selfcheck.get if isinstance(selfcheck, Mapping) else _attributes(selfcheck)
    frames, expected = get("frames"), get("expected_frames")
    if frames is None or expected is None:
        raise KeyError("a self-check has frames and expected_frames")
    mean = get("mean_correlation")
    return SelfCheckFigures(
        frames=int(frames),
        expected_frames=int(expected),
        mean_correlation=None if mean is None else float(mean),
        segment_correlation=dict(get("segment_correlation") or {}),
        below_floor=tuple(int(number) for number in get("below_floor") or ()),
    )


def _attributes(record: object) -> Any:  # noqa: ANN401 - mirrors Mapping.get
    return lambda name: getattr(record, name, None)
