"""The self-check of a finished video, as ``--json`` prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncclip.rendering import SelfCheck

__all__ = ["selfcheck_json"]


def selfcheck_json(check: SelfCheck | None) -> dict[str, Any] | None:
    """The figures, and the segments under the floor by the numbers that the reports give them."""
    if check is None:
        return None
    return {
        "frames": check.frames,
        "frames_expected": check.frames_expected,
        "mean_correlation": check.mean_correlation,
        "floor": check.floor,
        "below_floor": [
            {"number": segment.number + 1, "correlation": segment.correlation}
            for segment in check.below_floor
        ],
    }
