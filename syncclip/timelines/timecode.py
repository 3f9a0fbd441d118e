"""SMPTE 12M timecode: frame numbers as hours, minutes, seconds and frames."""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["can_drop", "format_timecode", "nominal_rate", "parse_timecode", "snap_rate"]

_TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")
_STANDARD = [
    *(Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 100, 120)),
    *(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)),
]
_NEAR = 2e-4
"""Relative distance at which a container's average rate means a standard one. 24 and 23.976 lie
1e-3 apart; averages over a whole film miss by less than one frame in ten thousand."""
_DAY_H = 24


def snap_rate(rate: Fraction) -> Fraction:
    """The standard rate that a container's average stands for, or that average in small numbers."""
    nearest = min(_STANDARD, key=lambda standard: abs(standard - rate))
    if abs(nearest - rate) <= _NEAR * rate:
        return nearest
    return rate.limit_denominator(1001)


def nominal_rate(rate: Fraction) -> int:
    """Frames that timecode counts in a second: 30 for 29.97."""
    return max(1, -(-rate.numerator // rate.denominator))


def can_drop(rate: Fraction) -> bool:
    """Whether drop-frame timecode exists for a rate: 29.97, 59.94 and 119.88."""
    return rate.denominator == 1001 and nominal_rate(rate) % 30 == 0


def format_timecode(frame: int, rate: Fraction, *, drop: bool = False) -> str:
    """``hh:mm:ss:ff`` of a frame, ``hh:mm:ss;ff`` in drop-frame; a day starts again at zero.

    Args:
        frame: Counted from ``00:00:00:00``.
        rate: Exact frame rate.
        drop: Leave numbers out so that timecode keeps to the clock; only for rates that have it.
    """
    base = nominal_rate(rate)
    drop = drop and can_drop(rate)
    if drop:
        frame = _numbered(frame, base)
    seconds, frames = divmod(frame, base)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    mark = ";" if drop else ":"
    return f"{hours % _DAY_H:02}:{minute:02}:{second:02}{mark}{frames:02}"


def parse_timecode(text: str, rate: Fraction) -> tuple[int, bool]:
    """Frame number of a timecode, and whether it is drop-frame.

    Raises:
        ValueError: Where the text is no timecode of this rate.
    """
    found = _TIMECODE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not a timecode: {text!r}")
    hours, minutes, seconds, frames = (int(found[i]) for i in (1, 2, 3, 5))
    base = nominal_rate(rate)
    if minutes > 59 or seconds > 59 or frames >= base:
        raise ValueError(f"not a timecode at {base} frames per second: {text!r}")
    number = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    drop = found[4] in ";," and can_drop(rate)
    if drop:
        whole_minutes = hours * 60 + minutes
        number -= base // 15 * (whole_minutes - whole_minutes // 10)
    return number, drop


def _numbered(frame: int, base: int) -> int:
    """Number in drop-frame timecode: of 30, two are left out each minute but the tenth."""
    left_out = base // 15
    in_minute = base * 60 - left_out
    in_ten = base * 600 - 9 * left_out
    tens, rest = divmod(frame, in_ten)
    minutes = 0 if rest < base * 60 else 1 + (rest - base * 60) // in_minute
    return frame + left_out * (9 * tens + minutes)
