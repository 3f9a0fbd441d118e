"""What a user is told of a damaged file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from syncclip.types import DecodeGap

__all__ = ["damage_notes"]


def damage_notes(
    name: str, gaps: Sequence[DecodeGap], *, frame_rate: Fraction, rest: str
) -> tuple[str, ...]:
    """One note that says how much was lost and where; none where nothing was.

    Args:
        name: The file.
        gaps: Damage met.
        frame_rate: Of the file: lost frames are also said in seconds.
        rest: What was done with the rest: ``"indexed"``.
    """
    if not gaps:
        return ()
    lost = sum(gap.packets_lost for gap in gaps)
    first = f"after {gaps[0].after_s:.2f} s"
    where = f"in {len(gaps)} places, the first {first}" if len(gaps) > 1 else first
    seconds = float(lost / frame_rate)
    missing = "1 frame is" if lost == 1 else f"about {lost} frames ({seconds:.1f} s) are"
    return (f"{name} is damaged or incomplete {where}: {missing} missing, the rest is {rest}",)
