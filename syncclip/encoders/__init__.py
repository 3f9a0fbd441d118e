"""Encoders turn sampled frames into unit vectors for nearest-neighbour search."""

from syncclip.encoders.builtin import BuiltinEncoder

__all__ = ["BuiltinEncoder"]
