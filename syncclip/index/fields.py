"""Reading JSON that came from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

__all__ = ["Fields"]

MAX_RATIO = 1 << 31
"""Numerators and denominators that FFmpeg can express."""


class Fields:
    """A JSON object from anywhere, read with every type and range checked.

    Every method raises ``ValueError`` where the value is missing, of another type or out of range.

    Args:
        value: What was parsed.
        where: Its name in messages.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping):
            raise ValueError(f"{where} is no object")
        self._value, self._where = value, where

    def _get(self, key: str) -> object:
        if key not in self._value:
            raise ValueError(f"{self._where} lacks {key!r}")
        return self._value[key]

    def _refuse(self, key: str) -> ValueError:
        return ValueError(f"{key!r} of {self._where} is impossible")

    def fields(self, key: str) -> Fields:
        """An object inside this one."""
        return Fields(self._get(key), key)

    def mapping(self, key: str) -> Mapping[str, object]:
        """An object inside this one, its values unchecked."""
        value = self._get(key)
        if not isinstance(value, Mapping):
            raise self._refuse(key)
        return value

    def items(self, key: str) -> Sequence[object]:
        """A list, its items unchecked."""
        value = self._get(key)
        if not isinstance(value, list):
            raise self._refuse(key)
        return value

    def text(self, key: str) -> str:
        """A string that can be handed to the operating system."""
        value = self._get(key)
        if not isinstance(value, str) or "\0" in value:
            raise self._refuse(key)
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """A whole number in ``[low, high]``."""
        value = self._get(key)
        if type(value) is not int or not low <= value <= high:
            raise self._refuse(key)
        return value

    def number(self, key: str, low: float, high: float) -> float:
        """A finite number in ``[low, high]``."""
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refuse(key)
        if not low <= value <= high:  # NaN lies nowhere
            raise self._refuse(key)
        return float(value)

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._get(key)
        if not isinstance(value, bool):
            raise self._refuse(key)
        return value

    def integers(self, key: str, count: int, low: int, high: int) -> list[int]:
        """``count`` whole numbers in ``[low, high]``."""
        values = self.items(key)
        if len(values) != count:
            raise self._refuse(key)
        numbered = Fields({str(n): value for n, value in enumerate(values)}, key)
        return [numbered.integer(str(n), low, high) for n in range(count)]

    def ratio(self, key: str) -> Fraction:
        """A positive fraction, kept as ``[numerator, denominator]``."""
        numerator, denominator = self.integers(key, 2, 1, MAX_RATIO)
        return Fraction(numerator, denominator)

    def holds(self, key: str) -> bool:
        """Whether the key stands there at all."""
        return key in self._value

    def has(self, key: str) -> bool:
        """Whether a value stands there that is not null."""
        return self._get(key) is not None
