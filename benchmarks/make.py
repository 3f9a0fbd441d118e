"""Edits a commentary with exact truth out of any films."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from benchmarks.dress import Dress
from benchmarks.lookalikes import Twins
from benchmarks.paint import Yuv
from benchmarks.panes import Box, zoom_window
from benchmarks.piece import Piece
from benchmarks.places import other_starts_s
from benchmarks.plan import plan_edit
from benchmarks.studio import Picture, Studio
from benchmarks.styles import STYLES
from benchmarks.survey import FilmSurvey, survey_film
from benchmarks.treat import window_of
from benchmarks.truth import NO_SECOND, TrueSegment, Truth, TruthFilm, save_truth

__all__ = ["CaseSpec", "make_case"]

_REPEATABLE = {"mbtree": "0"}
"""x264's macroblock tree gave other bits for the same frames wherever a side was no multiple of 16:
up to 11 versions in 24 runs of 480×852, one without it."""
_ENCODER_THREADS = 2
"""Fixed: the number of threads changes the bits that x264 writes."""
_STEADY_TICKS = (1, 2, 2, 2, 3, 4)
"""How long frames last in one stretch of a variable-rate commentary, each as likely …"""
_STRETCH_TICKS = (60, 240)
"""… how long such a stretch is …"""
_UNSTEADY = 0.15
"""… and the share of its frames that last a tick longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSpec:
    """What to make. The same specification always gives the same bytes."""

    films: tuple[Path, ...]
    inserts: tuple[Path, ...] = ()
    style: str
    seed: int
    duration_s: float = 150.0
    until_s: tuple[float, ...] = ()
    """Where each film ends for the editor; the whole film by default."""

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise ValueError(f"no style {self.style!r}; there are {', '.join(STYLES)}")
        if not self.films and STYLES[self.style].inserts < 1:
            raise ValueError(f"style {self.style} needs a film")
        if self.until_s and len(self.until_s) != len(self.films):
            raise ValueError(f"{len(self.until_s)} ends for {len(self.films)} films")


@dataclass(slots=True)
class _Rows:
    """Truth as it is gathered, frame by frame."""

    film: list[tuple[int, int]] = field(default_factory=list)
    pts: list[tuple[int, int]] = field(default_factory=list)
    end_pts: list[tuple[int, int]] = field(default_factory=list)

    def add(self, first: Picture, second: Picture | None) -> None:
        self.film.append((first.film, second.film if second else NO_SECOND))
        self.pts.append((first.pts, second.pts if second else -1))
        self.end_pts.append((first.end_pts, second.end_pts if second else -1))


def make_case(spec: CaseSpec, out: Path, *, work: Path) -> Truth:
    """Write ``case.mp4``, ``truth.json`` and ``truth.npz`` into a folder.

    Args:
        spec: What to make.
        out: Folder; made where missing.
        work: Folder for surveys of the films, shared between cases.
    """
    style = STYLES[spec.style]
    rng = np.random.default_rng([zlib.crc32(spec.style.encode()), spec.seed])
    surveys = [survey_film(path, work=work) for path in spec.films]
    insert_surveys = [survey_film(path, work=work) for path in spec.inserts]
    studio = Studio(spec.films, spec.inserts, style=style, rate=style.rate(spec.seed))
    try:
        pieces = plan_edit(
            surveys,
            insert_surveys,
            style=style,
            fps=studio.fps,
            frames=round(spec.duration_s * studio.fps),
            until_s=spec.until_s or tuple(np.inf for _ in spec.films),
            rng=rng,
        )
        out.mkdir(parents=True, exist_ok=True)
        part = out / "case.part.mp4"
        ticks = np.arange(pieces[-1].end_frame)
        if style.variable_rate:
            ticks = _uneven(len(ticks), rng=rng)
        rows = _shoot(studio, pieces, ticks, part, rng=rng)
        truth = _truth(spec, studio, pieces, ticks, rows)
        if style.choose == "repeats":
            truth = _with_other_places(truth, surveys)
    finally:
        studio.close()
    save_truth(truth, out)
    part.replace(out / "case.mp4")  # last: a case with its video is a whole case
    return truth


def _uneven(count: int, *, rng: np.random.Generator) -> NDArray[np.int64]:
    """The ticks at which a frame appears, of ``count``: in stretches of one pace or another."""
    kept: list[int] = []
    at, until, pace = 0, 0, 1
    while at < count:
        if at >= until:
            until = at + int(rng.integers(*_STRETCH_TICKS))
            pace = int(rng.choice(_STEADY_TICKS))
        kept.append(at)
        at += pace + int(rng.random() < _UNSTEADY)
    return np.array(kept, np.int64)


def _shoot(
    studio: Studio,
    pieces: Sequence[Piece],
    ticks: NDArray[np.int64],
    path: Path,
    *,
    rng: np.random.Generator,
) -> _Rows:
    """Encode the commentary and note what every frame shows."""
    rows = _Rows()
    shown = set(ticks.tolist())
    dress = Dress(studio, rng=rng)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264",
            rate=studio.fps,
            options={"crf": str(studio.style.crf), "preset": "veryfast", **_REPEATABLE},
        )
        stream.width, stream.height = studio.size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = _ENCODER_THREADS
        for number, (picture, first, second) in enumerate(_sequence(studio, pieces)):
            if number not in shown:
                continue
            rows.add(first, second)
            frame = _to_frame(dress.put_on(picture, number))
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return rows


def _sequence(
    studio: Studio, pieces: Sequence[Piece]
) -> Iterator[tuple[Yuv, Picture, Picture | None]]:
    """``(picture, source, other source on screen)`` of every commentary frame."""
    # A dissolve has as many frames before its boundary (`head`) as after it (`tail` of the piece
    # before); `tail` here holds all of them, of the piece that goes.
    tail: list[Picture] = []
    for piece in pieces:
        shown = studio.pictures(piece)
        for k, old in enumerate(tail):
            new = next(shown)
            share = (k + 1) / (len(tail) + 1)
            first, second = (old, new) if k < piece.head else (new, old)
            yield _mix(old.yuv, new.yuv, share), first, second
        alone = piece.frames - (len(tail) - piece.head) - piece.tail
        for _ in range(alone):
            picture = next(shown)
            yield picture.yuv, picture, picture.second
        tail = list(shown)


def _mix(old: Yuv, new: Yuv, share: float) -> Yuv:
    planes = []
    for a, b in ((old.y, new.y), (old.u, new.u), (old.v, new.v)):
        mixed = a.astype(np.float32) * (1 - share) + b.astype(np.float32) * share
        planes.append(np.round(mixed).astype(np.uint8))
    return Yuv(*planes)


def _to_frame(picture: Yuv) -> VideoFrame:
    height, width = picture.y.shape
    chroma = np.stack([picture.u, picture.v]).reshape(height // 2, width)
    return VideoFrame.from_ndarray(np.vstack([picture.y, chroma]), format="yuv420p")


def _truth(
    spec: CaseSpec,
    studio: Studio,
    pieces: Sequence[Piece],
    ticks: NDArray[np.int64],
    rows: _Rows,
) -> Truth:
    films = tuple(
        TruthFilm(
            name=reader.facts.path.name,
            path=str(reader.facts.path),
            frame_rate=reader.facts.frame_rate,
            time_base=reader.facts.time_base,
            start_pts=reader.facts.start_pts,
        )
        for reader in studio.films
    )
    total = pieces[-1].end_frame
    steady = len(ticks) == total
    return Truth(
        style=spec.style,
        seed=spec.seed,
        fps=studio.fps * len(ticks) / total,
        films=films,
        segments=tuple(_segment(studio, piece, ticks) for piece in pieces),
        film=np.array(rows.film, np.int16),
        pts=np.array(rows.pts, np.int64),
        end_pts=np.array(rows.end_pts, np.int64),
        times_s=None if steady else ticks / float(studio.fps),
        settings={
            "duration_s": spec.duration_s,
            "inserts": [path.name for path in spec.inserts],
            "size_px": list(studio.size),
            "picture_px": studio.picture_at,
        },
    )


def _segment(studio: Studio, piece: Piece, ticks: NDArray[np.int64]) -> TrueSegment:
    """What the truth says of a piece, in frames that exist."""
    start, end = np.searchsorted(ticks, [piece.start_frame, piece.end_frame])
    plain = TrueSegment(
        start_frame=int(start),
        end_frame=int(end),
        kind=piece.kind,
        mirrored=piece.mirrored,
        dissolve_in_frames=2 * piece.head,
        fade_in_frames=piece.fade_in.frames + piece.fade_in.held if piece.fade_in else 0,
        fade_out_frames=piece.fade_out.frames + piece.fade_out.held if piece.fade_out else 0,
    )
    if piece.kind != "film":
        return plain
    late = int(ticks[start]) - piece.start_frame
    boxes = studio.boxes(piece)
    segment = _from_film(studio, piece, plain, boxes[0], late=late)
    if piece.beside is None:
        return segment
    beside = replace(plain, mirrored=piece.beside.mirrored)
    beside = _from_film(studio, piece.beside, beside, boxes[1], late=late)
    return replace(
        segment, box=boxes[0], beside=replace(beside, box=boxes[1], dissolve_in_frames=0)
    )


def _from_film(
    studio: Studio, piece: Piece, plain: TrueSegment, box: Box, *, late: int
) -> TrueSegment:
    """A piece's line and window; its first frame that exists comes ``late`` frames in."""
    facts = studio.reader(piece).facts
    window = window_of(facts, piece, aspect=Fraction(*box[2:]))
    segment = replace(
        plain,
        film=piece.source,
        start_s=float(piece.source_s(late, studio.fps)),
        end_s=float(piece.source_s(piece.frames, studio.fps)),
        speed=float(piece.speed),
        crop=window.fractions(facts),
        ramp=tuple(float(speed) for speed in piece.ramp),
    )
    if not piece.zoom_to:
        return segment
    wide = window_of(facts, replace(piece, zoom=1.0), aspect=Fraction(*box[2:])).fractions(facts)
    return replace(
        segment,
        crop=_inside(wide, zoom_window(piece, 0)),
        crop_end=_inside(wide, zoom_window(piece, piece.frames - 1)),
    )


def _inside(
    outer: tuple[float, float, float, float], inner: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """A window given in fractions of another one, in fractions of what that one is of."""
    x, y, w, h = outer
    return x + inner[0] * w, y + inner[1] * h, inner[2] * w, inner[3] * h


def _with_other_places(truth: Truth, surveys: Sequence[FilmSurvey]) -> Truth:
    """Note for every piece where else its film shows the same pictures."""
    twins = [Twins(survey) for survey in surveys]
    segments = []
    for segment in truth.segments:
        if segment.film >= 0:
            survey = surveys[segment.film]
            pts = truth.pts[segment.start_frame : segment.end_frame, 0]
            frames = np.searchsorted(survey.pts, pts)
            found = other_starts_s(survey, twins[segment.film], frames)
            segment = replace(segment, elsewhere_s=found)  # noqa: PLW2901
        segments.append(segment)
    return replace(truth, segments=tuple(segments))
