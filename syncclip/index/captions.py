"""Captions of a movie's shots in the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.index.writer import TensorSource
from syncclip.types import Shot

__all__ = ["CAPTION_TENSORS", "Captions", "caption_tensors", "captions_from"]

CAPTION_TENSORS = ("captions.ends", "captions.frames", "captions.text")
MAX_CAPTION_BYTES = 4000
"""A caption has some dozen words; what comes from a stranger has no more than this."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Captions:
    """What every shot shows, in words."""

    frames: NDArray[np.int64]
    """(n,) the frame of each shot that was captioned."""
    texts: tuple[str, ...]
    """Captions; empty where nothing was to be said."""

    def __post_init__(self) -> None:
        if self.frames.shape != (len(self.texts),) or self.frames.dtype != np.int64:
            raise ValueError(
                f"want a frame for each of {len(self.texts)} captions, got {self.frames.shape} "
                f"{self.frames.dtype}"
            )
        self.frames.setflags(write=False)


def caption_tensors(captions: Captions) -> list[TensorSource]:
    """Captions as the index holds them: one text, and where each caption ends in it."""
    encoded = [_cut(text.encode()) for text in captions.texts]
    ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
    whole = np.frombuffer(b"".join(encoded), np.uint8)
    return [
        TensorSource(name="captions.ends", dtype="I64", shape=ends.shape, data=ends),
        TensorSource(
            name="captions.frames", dtype="I64", shape=captions.frames.shape, data=captions.frames
        ),
        TensorSource(name="captions.text", dtype="U8", shape=whole.shape, data=whole),
    ]


def _cut(text: bytes) -> bytes:
    """Text that is not too long, cut between letters."""
    return text[:MAX_CAPTION_BYTES].decode(errors="ignore").encode()


def captions_from(tensors: Mapping[str, NDArray[np.generic]], shots: Sequence[Shot]) -> Captions:
    """Captions out of a file from anywhere.

    Args:
        tensors: Those of :data:`CAPTION_TENSORS`, types and numbers of dimensions checked.
        shots: The movie's.

    Raises:
        ValueError: Where they cannot be.
    """
    ends, frames = (tensors[name].astype(np.int64) for name in CAPTION_TENSORS[:2])
    whole = tensors["captions.text"].tobytes()
    if not len(ends) == len(frames) == len(shots):
        raise ValueError("its captions are not one for each shot")
    if any(not s.start_frame <= f < s.end_frame for s, f in zip(shots, frames, strict=True)):
        raise ValueError("a caption is of a frame outside its shot")
    edges = np.concatenate([np.zeros(1, np.int64), ends])
    lengths = np.diff(edges)
    if np.any((lengths < 0) | (lengths > MAX_CAPTION_BYTES)) or edges[-1] != len(whole):
        raise ValueError("the ends of its captions are impossible")
    try:
        texts = tuple(whole[a:b].decode() for a, b in zip(edges, ends, strict=False))
    except UnicodeDecodeError:
        raise ValueError("a caption is no text") from None
    return Captions(frames=frames, texts=texts)
