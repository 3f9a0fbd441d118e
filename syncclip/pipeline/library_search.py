"""Searching indexed movies by words or by a still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip._addresses import local_file
from syncclip._ffmpeg import find_ffmpeg
from syncclip._names import distinct_names
from syncclip.config import EncoderName, MatchConfig
from syncclip.encoders import BuiltinEncoder, ClipEncoder
from syncclip.errors import IndexFileError, InputError, SettingsError
from syncclip.index import (
    IndexHead,
    Place,
    index_files,
    open_index,
    places_in,
    ranked,
    read_head,
)
from syncclip.pipeline.movies import at_hand, offered_movies
from syncclip.pipeline.querying import QueryModel, query_model, without_track
from syncclip.pipeline.sources import movie_refs
from syncclip.progress import OnProgress, Progress
from syncclip.rendering.clips import (
    THUMBNAIL_PX,
    check_clip_folder,
    check_sheet_name,
    cut_clip,
    write_sheet,
)
from syncclip.result import MovieRef
from syncclip.video import open_video, read_still

__all__ = ["FoundPlace", "SearchOutcome", "search"]

LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue (ITU-R BT.601)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace:
    """A place that looks like what was searched for."""

    movie: str
    path: Path | None
    """The movie's file; None where it is not at hand."""
    start_s: float
    at_s: float
    """Its best frame."""
    end_s: float
    score: float
    """Cosine of the best frame and the query: pictures of the same shot reach 0.9, words that fit
    0.25 to 0.35."""
    clip: Path | None = None
    """The clip that was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOutcome:
    """What :func:`search` found, best first."""

    places: tuple[FoundPlace, ...]
    encoder: str
    """What compared: ``"clip"`` or ``"builtin"``."""
    sheet: Path | None
    notes: tuple[str, ...]


def search(
    text: str | None = None,
    *,
    index: str | Path | Sequence[str | Path],
    image: str | Path | None = None,
    count: int = 12,
    encoder: EncoderName = "auto",
    clip_model: str | None = None,
    device: str = "auto",
    movies: Sequence[str | Path] = (),
    sheet: str | Path | None = None,
    cut: str | Path | None = None,
    on_progress: OnProgress | None = None,
) -> SearchOutcome:
    """Find the places of indexed movies that look most like words or a still.

    Hits near each other are one place. Words need a CLIP track in the index; a still is compared
    by CLIP where that can run and every film has such a track, else by the built-in encoder, which
    knows all films: scores of the two cannot be compared. Films are looked at one after the
    other, however many there are. A file of a folder that is not sound, or indexes a movie that is
    there already, is left out with a note.

    Args:
        text: What is to be seen.
        index: An ``.idx`` file, a folder of them, or several of either.
        image: A picture, instead of words.
        count: Places wanted.
        encoder: For a still: what compares.
        clip_model: The model of the CLIP track; the index knows its name by default.
        device: Where it runs.
        movies: Where movies are that were moved since they were indexed.
        sheet: PNG or JPEG file to draw thumbnails of the places into.
        cut: Folder to cut clips of the places into.
        on_progress: Told how far the work is.

    Raises:
        SettingsError: Where not just one of words and picture is given, or words without CLIP.
        IndexFileError: Where an index is not sound, or has no track that can answer.
        VideoError: Where the picture cannot be read.
        SyncClipError: Where a model, a movie or ffmpeg is missing, or a file cannot be written.
    """
    if (text is None) == (image is None) or text == "":
        raise SettingsError("search for words, or for a picture with --image: one of them")
    if text is not None and encoder == "builtin":
        raise SettingsError(
            "words need CLIP: leave --encoder builtin out, or give a picture with --image"
        )
    if cut is not None:
        check_clip_folder(Path(cut))
    if sheet is not None:
        check_sheet_name(Path(sheet))
    paths = [local_file(p) for p in ([index] if isinstance(index, str | Path) else index)]
    asked: EncoderName = encoder if text is None else "clip"
    config = MatchConfig(encoder=asked, clip_model=clip_model)
    films, left_out = _films(paths)
    library = movie_refs(films)
    offered = offered_movies(library, [local_file(movie) for movie in movies])
    query = _model(films, config, device=device, on_progress=on_progress)
    track, vectors = _query(query, text, None if image is None else Path(image))
    places, damaged = _places(films, track, vectors, count, on_progress)
    found = [_found(place, library[place.source], offered) for place in places]
    if cut is not None:
        found = _with_clips(found, Path(cut), on_progress)
    if sheet is not None:
        _draw(Path(sheet), found, places, films)
    return SearchOutcome(
        places=tuple(found),
        encoder=track,
        sheet=None if sheet is None else Path(sheet),
        notes=(*left_out, *damaged, *query.notes),
    )


def _model(
    films: Sequence[IndexHead],
    config: MatchConfig,
    *,
    device: str,
    on_progress: OnProgress | None,
) -> QueryModel:
    """What compares; none where that was left open and some films lack a model's track."""
    lacking = without_track(films)
    some = any(film.model_of(ClipEncoder.id) is not None for film in films)
    if config.encoder == "auto" and config.clip_model is None and some and lacking:
        return QueryModel(encoder=None, notes=lacking)
    return query_model(films, config, device=device, on_progress=on_progress)


def _films(paths: Sequence[Path]) -> tuple[list[IndexHead], list[str]]:
    """Every movie once, by the headers of its indexes, and notes of what is left out."""
    films: list[IndexHead] = []
    notes: list[str] = []
    marks = set()
    for path in index_files(paths):
        try:
            film = read_head(path)
        except IndexFileError as error:
            if path in paths:
                raise
            notes.append(f"left out: {error}")
            continue
        if film.manifest.fingerprint in marks:
            notes.append(f"{path.name} is left out: it indexes a movie that is there already")
            continue
        marks.add(film.manifest.fingerprint)
        films.append(film)
    if not films:
        raise IndexFileError(notes[0].removeprefix("left out: "))
    names = distinct_names(film.name for film in films)
    return [replace(film, name=name) for film, name in zip(films, names, strict=True)], notes


def _places(
    films: Sequence[IndexHead],
    track: str,
    queries: NDArray[np.float32],
    count: int,
    on_progress: OnProgress | None,
) -> tuple[list[Place], list[str]]:
    """The best places of all films, and notes of the films whose data is damaged."""
    report = on_progress or (lambda _: None)
    found: list[Place] = []
    notes: list[str] = []
    for number, film in enumerate(films):
        report(Progress("Searching", number, len(films), "films"))
        try:
            with open_index(film.path, signatures=False) as index:
                here = places_in(index, track, queries, source=number, count=count)
        except IndexFileError as error:
            if len(films) == 1:
                raise
            notes.append(f"left out: {error}")
            continue
        found = ranked([*found, *here])[:count]
    report(Progress("Searching", len(films), len(films), "films"))
    return found, notes


def _query(
    query: QueryModel, text: str | None, image: Path | None
) -> tuple[str, NDArray[np.float32]]:
    """The track to search, and the query's vectors: a picture's, and that of it mirrored."""
    if image is None:
        if query.encoder is None or text is None:
            raise InputError("words cannot be compared without CLIP; give a picture with --image")
        return ClipEncoder.id, query.encoder.describe_text([text])
    picture = read_still(image)
    both = np.stack([picture, picture[:, ::-1]])
    if query.encoder is not None:
        # As the index does: the whole picture in the model's own shape.
        return ClipEncoder.id, query.encoder.describe(_resized(both, query.encoder.picture_size))
    vectors = BuiltinEncoder().describe((both @ LUMA).astype(np.float32))
    if not vectors.any():
        raise InputError(f"{image} is a flat picture, which looks like nothing; take another one")
    return BuiltinEncoder.id, vectors


def _resized(pictures: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    from PIL import Image

    shrunk = [Image.fromarray(p).resize(size, Image.Resampling.BOX) for p in pictures]
    return np.stack([np.asarray(picture) for picture in shrunk])


def _found(place: Place, movie: MovieRef, offered: Mapping[str, Path]) -> FoundPlace:
    return FoundPlace(
        movie=movie.name,
        path=at_hand(movie, offered),
        start_s=place.start_s,
        at_s=place.at_s,
        end_s=place.end_s,
        score=place.score,
    )


def _with_clips(
    found: Sequence[FoundPlace], folder: Path, on_progress: OnProgress | None
) -> list[FoundPlace]:
    """Cut a clip of every place."""
    report = on_progress or (lambda _: None)
    absent = sorted({place.movie for place in found if place.path is None})
    if absent:
        raise InputError(
            f"{absent[0]} is not where it was indexed; say where it is with --movie to cut clips"
        )
    program, cut = find_ffmpeg(encoder="libx264"), []
    for number, place in enumerate(found, start=1):
        report(Progress("Cutting clips", number - 1, len(found), "clips"))
        assert place.path is not None
        at = f"{int(place.start_s) // 3600:02}h{int(place.start_s) // 60 % 60:02}m"
        name = f"{number:02}-{Path(place.movie).stem}-{at}{int(place.start_s) % 60:02}s.mp4"
        clip = cut_clip(
            program, place.path, folder / name, start_s=place.start_s, end_s=place.end_s
        )
        cut.append(replace(place, clip=clip))
    report(Progress("Cutting clips", len(found), len(found), "clips"))
    return cut


def _draw(
    sheet: Path, found: Sequence[FoundPlace], places: Sequence[Place], films: Sequence[IndexHead]
) -> None:
    pictures = [_thumbnail(f, p, films[p.source]) for f, p in zip(found, places, strict=True)]
    labels = [(f.movie, f"{_clock(f.at_s)}  {f.score:.2f}") for f in found]
    write_sheet(sheet, pictures, labels)


def _thumbnail(found: FoundPlace, place: Place, film: IndexHead) -> NDArray[np.uint8]:
    """The frame itself where its movie is at hand, else its signature."""
    if found.path is not None:
        with open_video(found.path) as video:
            info = video.info
            width = min(round(THUMBNAIL_PX[1] * info.display_aspect), THUMBNAIL_PX[0])
            size = (max(width, 2), max(round(width / info.display_aspect), 2))
            for _, picture in video.sample([place.at_s], size=size):
                return picture
    with open_index(film.path) as index:
        grey = np.array(index.signatures[place.frame])
    return np.repeat(grey[:, :, None], 3, axis=2)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:04.1f}"
