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

from benchmarks.films import FilmReader
from benchmarks.paint import (
    Overlay,
    Yuv,
    clip_frame,
    draw_caption,
    draw_logo,
    lay_over,
    make_clip,
    title_card,
)
from benchmarks.plan import Piece, plan_edit
from benchmarks.styles import STYLES, Style
from benchmarks.survey import survey_film
from benchmarks.treat import Grading, bar_height, film_frames, window_of, with_blurred_bars
from benchmarks.truth import NO_FILM, NO_SECOND, TrueSegment, Truth, TruthFilm, save_truth

__all__ = ["CaseSpec", "make_case"]

_PORTRAIT = Fraction(9, 16)
_REPEATABLE = {"mbtree": "0"}
"""x264's macroblock tree gave other bits for the same frames wherever a side was no multiple of 16:
up to 11 versions in 24 runs of 480×852, one without it."""
_ENCODER_THREADS = 2
"""Fixed: the number of threads changes the bits that x264 writes."""


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


@dataclass(frozen=True, slots=True)
class _Picture:
    """One source's picture for one commentary frame."""

    yuv: Yuv
    film: int = NO_FILM
    pts: int = -1
    end_pts: int = -1


@dataclass(slots=True)
class _Rows:
    """Truth as it is gathered, frame by frame."""

    film: list[tuple[int, int]] = field(default_factory=list)
    pts: list[tuple[int, int]] = field(default_factory=list)
    end_pts: list[tuple[int, int]] = field(default_factory=list)

    def add(self, first: _Picture, second: _Picture | None) -> None:
        self.film.append((first.film, second.film if second else NO_SECOND))
        self.pts.append((first.pts, second.pts if second else -1))
        self.end_pts.append((first.end_pts, second.end_pts if second else -1))


class _Studio:
    """Open films and the format of the commentary."""

    def __init__(self, spec: CaseSpec, *, style: Style) -> None:
        self.style = style
        self.films = [FilmReader(path) for path in spec.films]
        self.inserts = [FilmReader(path) for path in spec.inserts]
        lead = next(iter((*self.films, *self.inserts)), None)
        self.fps = Fraction(style.fps or (lead.facts.frame_rate if lead else 30))
        aspect = lead.facts.display_aspect if lead else Fraction(16, 9)
        width = style.width_px if lead is None else min(style.width_px, lead.facts.width_px)
        width = width // 2 * 2
        if style.layout == "crop916":
            aspect = _PORTRAIT
        self.picture_size = (width, _even(width / aspect))
        """The film's picture in the commentary."""
        tall = _even(width / _PORTRAIT)
        self.size = (width, tall) if style.layout == "blurred916" else self.picture_size
        """The whole frame."""
        top = bar_height(self.picture_size[1], self.size[1])
        self.picture_at = [0, top, *self.picture_size]
        """``x, y, w, h`` of the film's picture in the whole frame."""

    def reader(self, piece: Piece) -> FilmReader:
        return (self.films if piece.kind == "film" else self.inserts)[piece.source]

    def pictures(self, piece: Piece) -> Iterator[_Picture]:
        """Every frame of a piece, heads and tails too, in its place in the whole frame."""
        for picture in self._bare(piece):
            if self.style.layout == "blurred916":
                yield replace(picture, yuv=with_blurred_bars(picture.yuv, self.size[1]))
            else:
                yield picture

    def _bare(self, piece: Piece) -> Iterator[_Picture]:
        if piece.kind in ("film", "insert"):
            reader = self.reader(piece)
            window = window_of(reader.facts, piece, aspect=Fraction(*self.picture_size))
            size = self.picture_size
            shots = film_frames(reader, piece, window=window, size=size, fps=self.fps)
            for yuv, pts, end_pts in shots:
                if piece.kind == "film":
                    yield _Picture(yuv, piece.source, pts, end_pts)
                else:
                    yield _Picture(yuv)
            return
        rng = np.random.default_rng(piece.source)
        still = title_card(*self.picture_size, rng=rng) if piece.kind == "card" else None
        clip = make_clip(*self.picture_size, rng=rng)
        for number in range(piece.head + piece.frames + piece.tail):
            yield _Picture(still or clip_frame(clip, number))

    def close(self) -> None:
        for reader in (*self.films, *self.inserts):
            reader.close()


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
    studio = _Studio(spec, style=style)
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
        rows = _shoot(studio, pieces, part, rng=rng)
        truth = _truth(spec, studio, pieces, rows)
    finally:
        studio.close()
    save_truth(truth, out)
    part.replace(out / "case.mp4")  # last: a case with its video is a whole case
    return truth


def _shoot(
    studio: _Studio, pieces: Sequence[Piece], path: Path, *, rng: np.random.Generator
) -> _Rows:
    """Encode the commentary and note what every frame shows."""
    rows = _Rows()
    dress = _Dress(studio, rng=rng)
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
            rows.add(first, second)
            frame = _to_frame(dress.put_on(picture, number))
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return rows


def _sequence(
    studio: _Studio, pieces: Sequence[Piece]
) -> Iterator[tuple[Yuv, _Picture, _Picture | None]]:
    """``(picture, source, other source of a dissolve)`` of every commentary frame."""
    # A dissolve has as many frames before its boundary (`head`) as after it (`tail` of the piece
    # before); `tail` here holds all of them, of the piece that goes.
    tail: list[_Picture] = []
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
            yield picture.yuv, picture, None
        tail = list(shown)


def _mix(old: Yuv, new: Yuv, share: float) -> Yuv:
    planes = []
    for a, b in ((old.y, new.y), (old.u, new.u), (old.v, new.v)):
        mixed = a.astype(np.float32) * (1 - share) + b.astype(np.float32) * share
        planes.append(np.round(mixed).astype(np.uint8))
    return Yuv(*planes)


class _Dress:
    """What lies over the whole commentary: grading, host, logo, subtitles."""

    def __init__(self, studio: _Studio, *, rng: np.random.Generator) -> None:
        style, size = studio.style, studio.size
        self._rng = rng
        self._fps = float(studio.fps)
        self._size = size
        self._grading = Grading.draw(style.grading, rng)
        self._logo = draw_logo(*size, rng=rng) if style.logo else None
        self._subtitles = style.subtitles
        self._caption: Overlay | None = None
        self._next_caption = 0
        box = (size[0] // 4 // 2 * 2, size[1] // 4 // 2 * 2)
        self._host = make_clip(*box, rng=rng) if style.host else None
        self._host_at = (0 if rng.random() < 0.5 else size[0] - box[0], size[1] - box[1])

    def put_on(self, picture: Yuv, number: int) -> Yuv:
        """A finished frame."""
        done = self._grading.apply(picture)
        if self._host is not None:
            self._place_host(done, clip_frame(self._host, number))
        if self._logo is not None:
            lay_over(done, self._logo)
        if self._subtitles:
            if number >= self._next_caption:
                self._caption = draw_caption(*self._size, rng=self._rng)
                self._next_caption = number + round(self._fps * self._rng.uniform(2, 3))
            if self._caption is not None:
                lay_over(done, self._caption)
        return done

    def _place_host(self, picture: Yuv, host: Yuv) -> None:
        x, y = self._host_at
        height, width = host.y.shape
        picture.y[y : y + height, x : x + width] = host.y
        half = np.s_[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2]
        picture.u[half], picture.v[half] = host.u, host.v


def _even(pixels: Fraction) -> int:
    return round(pixels / 2) * 2


def _to_frame(picture: Yuv) -> VideoFrame:
    height, width = picture.y.shape
    chroma = np.stack([picture.u, picture.v]).reshape(height // 2, width)
    return VideoFrame.from_ndarray(np.vstack([picture.y, chroma]), format="yuv420p")


def _truth(spec: CaseSpec, studio: _Studio, pieces: Sequence[Piece], rows: _Rows) -> Truth:
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
    return Truth(
        style=spec.style,
        seed=spec.seed,
        fps=studio.fps,
        films=films,
        segments=tuple(_segment(studio, piece) for piece in pieces),
        film=np.array(rows.film, np.int16),
        pts=np.array(rows.pts, np.int64),
        end_pts=np.array(rows.end_pts, np.int64),
        settings={
            "duration_s": spec.duration_s,
            "inserts": [path.name for path in spec.inserts],
            "size_px": list(studio.size),
            "picture_px": studio.picture_at,
        },
    )


def _segment(studio: _Studio, piece: Piece) -> TrueSegment:
    plain = TrueSegment(
        start_frame=piece.start_frame,
        end_frame=piece.end_frame,
        kind=piece.kind,
        mirrored=piece.mirrored,
        dissolve_in_frames=2 * piece.head,
    )
    if piece.kind != "film":
        return plain
    facts = studio.reader(piece).facts
    window = window_of(facts, piece, aspect=Fraction(*studio.picture_size))
    length_s = piece.speed * piece.frames / studio.fps
    return replace(
        plain,
        film=piece.source,
        start_s=float(piece.start_s),
        end_s=float(piece.start_s + length_s),
        speed=float(piece.speed),
        crop=window.fractions(facts),
    )
