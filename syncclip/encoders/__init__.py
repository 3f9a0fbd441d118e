"""Encoders turn frames, and words, into unit vectors for nearest-neighbour search."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncclip.encoders.builtin import BuiltinEncoder
    from syncclip.encoders.clip import ClipEncoder
    from syncclip.encoders.clip_model import ClipModel, find_clip_model, known_clip_model

__all__ = ["BuiltinEncoder", "ClipEncoder", "ClipModel", "find_clip_model", "known_clip_model"]

_MODULES = {
    "BuiltinEncoder": "builtin",
    "ClipEncoder": "clip",
    "ClipModel": "clip_model",
    "find_clip_model": "clip_model",
    "known_clip_model": "clip_model",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever an encoder's module offers
    """Import an encoder on first use: names of models and devices need no arrays."""
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
