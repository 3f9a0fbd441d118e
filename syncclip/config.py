"""Settings of every stage. Each number has its evidence beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from syncclip.errors import SettingsError

__all__ = ["IndexConfig", "RenderConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexConfig:
    """What goes into an ``.idx`` file. Another value makes another file."""

    signature_size: tuple[int, int] = (32, 18)
    """Width and height of the frame signatures in pixels."""
    samples_per_s: float = 2.0
    """Frames per second of film that the encoder tracks describe."""

    def __post_init__(self) -> None:
        if not all(8 <= side <= 128 for side in self.signature_size):
            raise SettingsError(
                f"signature_size must be 8 to 128 pixels each way, got {self.signature_size}"
            )
        if not 0 < self.samples_per_s <= 60:
            raise SettingsError(f"samples_per_s must be 0 to 60, got {self.samples_per_s}")


X264_PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderConfig:
    """How the finished video is made."""

    audio: Literal["commentary", "movie", "mix", "none"] = "commentary"
    gaps: Literal["keep", "black", "slate"] = "keep"
    framing: Literal["movie", "commentary"] = "movie"
    retime: Literal["match", "none"] = "match"
    transition: Literal["cut", "crossfade"] = "cut"
    workers: int = 2
    """Segments encoded at the same time."""
    crf: int = 18
    """x264 constant rate factor: 18 is visually lossless for most films."""
    preset: str = "medium"
    """One of :data:`X264_PRESETS`: a slower one makes a smaller file of the same quality."""
    check_floor: float = 0.9
    """Mean signature correlation below which the self-check names a segment."""

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise SettingsError(f"workers must be at least 1, got {self.workers}")
        if not 0 <= self.crf <= 51:
            raise SettingsError(f"crf must be 0 to 51, got {self.crf}")
        if self.preset not in X264_PRESETS:
            raise SettingsError(
                f"unknown preset {self.preset!r}; choose one of: {', '.join(X264_PRESETS)}"
            )
