"""Settings of every stage. Each number has its evidence beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from syncclip._addresses import is_stored
from syncclip.errors import SettingsError

__all__ = [
    "INDEXES",
    "EncoderName",
    "IndexConfig",
    "MatchConfig",
    "PictureConfig",
    "RenderConfig",
]

INDEXES = Path("indexes")
"""Where a library of films is by default."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureConfig:
    """Which frames a model such as CLIP is shown. Another value makes another track."""

    samples_per_s: float = 2.0
    """Most frames per second: as many as the track without a model has."""
    likeness: float = 0.9
    """Cosine of the built-in vectors from which a frame counts as the one before it. A regraded or
    shrunk frame keeps 0.95 and more. At 0.9, 54 % of the samples of an animated film are left
    (65 a minute, 7,800 for two hours), 66 % of a fast one, 27 % of a silent film of long shots."""

    def __post_init__(self) -> None:
        if not 0 < self.samples_per_s <= 60:
            raise SettingsError(f"samples_per_s must be 0 to 60, got {self.samples_per_s}")
        if not 0 < self.likeness <= 1:
            raise SettingsError(f"likeness must be 0 to 1, got {self.likeness}")


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


EncoderName = Literal["auto", "builtin", "clip"]
"""Which encoders run: the built-in one alone, CLIP beside it, or CLIP too where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchConfig:
    """How a commentary is matched."""

    threshold: float = 0.7
    """Mean correlation of the signatures' detail from which a segment is claimed."""
    relaxations: int = 3
    """Times that the threshold is lowered when nothing passes it."""
    relaxation_step: float = 0.05
    frame_interval_s: float = 0.22
    """Seconds between the commentary frames that are looked up: four to five per second."""
    time_jumps: bool = True
    """False: the source time never decreases along the commentary."""
    thumbnail_size: tuple[int, int] = (64, 36)
    """Width and height in pixels at which the commentary is read: twice the signatures', so that a
    crop of up to twofold zoom still has a pixel for every signature cell."""
    shortlist: Literal["auto", "always", "never"] = "auto"
    """Whether a folder of films is first searched for the few in which it is worth to look;
    ``"auto"``: where they are many."""
    encoder: EncoderName = "auto"
    """Tracks of the index that are searched. ``"auto"``: all whose models can run here."""
    clip_model: str | None = None
    """The model of the CLIP track, as ``index`` takes it; the index knows its name by default."""
    blip_model: str | None = None
    """The model of the captions, as ``index`` takes it; the index knows its name by default."""
    transcribe: str | None = None
    """Whisper model that writes down what is spoken: its size or the path of a checkpoint."""
    language: str | None = None
    """Language that is spoken; None lets Whisper tell."""
    subtitles: tuple[str | Path, ...] = ()
    """Subtitles of movies, whose lines name places where they are heard in the commentary: files,
    and in a batch addresses in a store, too."""

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise SettingsError(f"threshold must be between 0 and 1, got {self.threshold}")
        if not 0.01 <= self.frame_interval_s <= 10:
            raise SettingsError(
                f"frame interval must be 0.01 to 10 seconds, got {self.frame_interval_s}"
            )
        if self.blip_model is not None and self.encoder == "builtin":
            raise SettingsError("a BLIP model was named, and --encoder builtin uses none")
        for name, given in (("--language", self.language), ("--subtitles", self.subtitles)):
            if given and not self.transcribe:
                raise SettingsError(
                    f"{name} is about what is spoken: name a Whisper model with --transcribe, too"
                )

    @property
    def subtitle_files(self) -> tuple[Path, ...]:
        """The files of the subtitles.

        Raises:
            SettingsError: Where an address is named, which only a batch fetches.
        """
        for name in self.subtitles:
            if is_stored(name):
                raise SettingsError(f"{name} is an address; name a file of this machine here")
        return tuple(map(Path, self.subtitles))


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
