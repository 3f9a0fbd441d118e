"""The truth of a commentary: which source frame every one of its frames shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "NO_FILM",
    "NO_SECOND",
    "UNKNOWN",
    "TrueSegment",
    "Truth",
    "TruthFilm",
    "load_truth",
    "save_truth",
]

SCHEMA_VERSION = 1
NO_FILM = -1
"""The picture is from none of the films."""
NO_SECOND = -2
"""The frame shows one picture only."""
UNKNOWN = -3
"""Nobody knows what the frame shows: it is left out of every figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthFilm:
    """A film that pieces were taken from."""

    name: str
    """File name."""
    path: str
    frame_rate: Fraction
    time_base: Fraction
    start_pts: int

    def seconds(self, pts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Seconds of timestamps, counted from the container's start."""
        return (pts - self.start_pts).astype(np.float64) * float(self.time_base)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueSegment:
    """One piece of the edit: half-open in commentary frames."""

    start_frame: int
    end_frame: int
    kind: str
    """``"film"``, or what was shown instead: ``"insert"``, ``"texture"``, ``"card"``."""
    film: int = NO_FILM
    """Number in :attr:`Truth.films`; NO_FILM where the piece is from none of them."""
    start_s: float = 0.0
    """Source second shown by the first frame."""
    end_s: float = 0.0
    speed: float = 1.0
    mirrored: bool = False
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    """``x, y, w, h`` in fractions of the film's whole picture."""
    dissolve_in_frames: int = 0
    fade_in_frames: int = 0
    """Frames that come out of black or white, those of nothing else included."""
    fade_out_frames: int = 0
    ramp: tuple[float, ...] = ()
    """Speeds at evenly spaced moments, straight lines between them; ``speed`` is their mean."""
    crop_end: tuple[float, float, float, float] | None = None
    """``crop`` of the last frame, where it moves from one to the other."""
    elsewhere_s: tuple[float, ...] = ()
    """Seconds at which the film shows the piece once more: every place is right."""
    box: tuple[int, int, int, int] | None = None
    """``x, y, w, h`` in pixels of the commentary's picture, where two pieces share it."""
    beside: TrueSegment | None = None
    """The other of the two: either is right."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """All that is known of a made commentary.

    The arrays have one row per commentary frame and two columns: the second is the other source
    of a dissolve. ``film`` is a number in ``films``, ``NO_FILM``, ``NO_SECOND`` or ``UNKNOWN``.
    """

    style: str
    seed: int
    fps: Fraction
    films: tuple[TruthFilm, ...]
    segments: tuple[TrueSegment, ...]
    film: NDArray[np.int16]
    """(n, 2) film number."""
    pts: NDArray[np.int64]
    """(n, 2) timestamp of the source frame; -1 without film."""
    end_pts: NDArray[np.int64]
    """(n, 2) timestamp at which the source frame leaves the screen."""
    times_s: NDArray[np.float64] | None = None
    """(n,) seconds at which frames appear; None where they come evenly, ``fps`` a second."""
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.times_s is not None and self.times_s.shape != (len(self.film),):
            raise ValueError(f"times_s must be (frames,), got {self.times_s.shape}")
        for name in ("film", "pts", "end_pts"):
            if getattr(self, name).shape != (len(self.film), 2):
                raise ValueError(f"{name} must be (frames, 2), got {getattr(self, name).shape}")

    @property
    def frames(self) -> int:
        """Length of the commentary."""
        return len(self.film)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """(n,) seconds at which frames appear."""
        return np.arange(self.frames) / float(self.fps) if self.times_s is None else self.times_s

    @property
    def cuts(self) -> NDArray[np.int64]:
        """First frame of every segment but the first (the middle of a dissolve)."""
        return np.array([segment.start_frame for segment in self.segments[1:]], np.int64)


def save_truth(truth: Truth, folder: Path) -> None:
    """Write ``truth.json`` and ``truth.npz``."""
    arrays = {"film": truth.film, "pts": truth.pts, "end_pts": truth.end_pts}
    if truth.times_s is not None:
        arrays["times_s"] = truth.times_s
    with (folder / "truth.npz").open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    document = {
        "schema_version": SCHEMA_VERSION,
        "style": truth.style,
        "seed": truth.seed,
        "fps": str(truth.fps),
        "frames": truth.frames,
        "settings": truth.settings,
        "films": [_plain(asdict(film)) for film in truth.films],
        "cuts": truth.cuts.tolist(),
        "segments": [_entry(segment) for segment in truth.segments],
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")


def load_truth(folder: Path) -> Truth:
    """Read what :func:`save_truth` wrote.

    Raises:
        ValueError: The truth was written by another version of the benchmark.
    """
    document = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    if document["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"{folder}: truth has schema {document['schema_version']}; make it again")
    with np.load(folder / "truth.npz") as arrays:
        stored = {name: arrays[name] for name in arrays.files}
    return Truth(
        style=document["style"],
        seed=document["seed"],
        fps=Fraction(document["fps"]),
        films=tuple(_film(entry) for entry in document["films"]),
        segments=_segments(document["segments"]),
        settings=document["settings"],
        **stored,
    )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: str(v) if isinstance(v, Fraction) else v for key, v in values.items()}


def _film(entry: dict[str, Any]) -> TruthFilm:
    rates = {key: Fraction(entry[key]) for key in ("frame_rate", "time_base")}
    return TruthFilm(**{**entry, **rates})


_LATER = ("fade_in_frames", "fade_out_frames", "ramp", "crop_end", "elsewhere_s", "box", "beside")
"""Fields that are written where they say something: older truth goes on having the same bytes."""


def _entry(segment: TrueSegment) -> dict[str, Any]:
    entry = asdict(segment)
    kept = {key: value for key, value in entry.items() if key not in _LATER or value}
    return kept | ({"beside": _entry(segment.beside)} if segment.beside else {})


def _segments(entries: Sequence[dict[str, Any]]) -> tuple[TrueSegment, ...]:
    return tuple(_segment(entry) for entry in entries)


def _segment(entry: dict[str, Any]) -> TrueSegment:
    values: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in entry.items()
    }
    if "beside" in entry:
        values["beside"] = _segment(entry["beside"])
    return TrueSegment(**values)
