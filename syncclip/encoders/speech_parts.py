"""Long sound cut where it is quiet, and silence told from sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Part", "is_silent", "parts_of"]

PART_S = 180.0
"""Longest part. Windows are half a minute long and the last of a part is often not full: with six
of them little is lost, and how far the work is can be told every few minutes of sound."""
REACH_S = 25.0
"""How far before the longest a part may end."""
HOP_S = 0.02
QUIET_S = 0.3
"""A pause between sentences lasts about as long."""
SILENCE = 10 ** (-60 / 20)
"""Loudest sample of what nobody hears: 60 dB below full scale."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A piece of the sound."""

    start: int
    """Its first sample."""
    sound: NDArray[np.float32]
    """(n,) a view of the whole."""


def is_silent(sound: NDArray[np.float32]) -> bool:
    """Whether nothing can be heard."""
    return not sound.size or float(np.abs(sound).max()) < SILENCE


def parts_of(sound: NDArray[np.float32], rate_hz: int) -> Iterator[Part]:
    """The sound in order, cut at its quietest places."""
    start, longest = 0, round(PART_S * rate_hz)
    while len(sound) - start > longest:
        from_sample = start + longest - round(REACH_S * rate_hz)
        end = from_sample + _quietest(sound[from_sample : start + longest], rate_hz)
        yield Part(start, sound[start:end])
        start = end
    if start < len(sound):
        yield Part(start, sound[start:])


def _quietest(sound: NDArray[np.float32], rate_hz: int) -> int:
    """The middle of the quietest moment, in samples."""
    hop = round(HOP_S * rate_hz)
    energy = np.square(sound[: len(sound) // hop * hop].reshape(-1, hop)).mean(axis=1)
    width = round(QUIET_S / HOP_S)
    around = np.convolve(energy, np.ones(width) / width, mode="valid")
    return int((np.argmin(around) + width / 2) * hop)
