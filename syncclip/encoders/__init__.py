"""Encoders turn frames, and words, into unit vectors for nearest-neighbour search."""

from syncclip.encoders.builtin import BuiltinEncoder
from syncclip.encoders.clip import ClipEncoder
from syncclip.encoders.clip_model import ClipModel, find_clip_model, known_clip_model

__all__ = ["BuiltinEncoder", "ClipEncoder", "ClipModel", "find_clip_model", "known_clip_model"]
