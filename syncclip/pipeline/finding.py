"""Commentary and indexes in, result out: no file is written."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from syncclip._version import __version__
from syncclip.config import MatchConfig
from syncclip.encoders import BuiltinEncoder
from syncclip.index import FileState, MovieIndex
from syncclip.matching import (
    CandidateSettings,
    FinderSettings,
    Found,
    Hints,
    PathSettings,
    Source,
    TrackNeighbours,
    build_segments,
    find,
    reconsider,
)
from syncclip.pipeline.closeups import CloseupFiles
from syncclip.pipeline.commentary import ReadCommentary, read_commentary
from syncclip.pipeline.movies import at_hand, used_movies
from syncclip.pipeline.panes import PaneSearch, look_into_panes
from syncclip.pipeline.querying import QueryModel, model_neighbours, query_model
from syncclip.pipeline.searching import WindowSearch
from syncclip.pipeline.shared import SharedWork
from syncclip.pipeline.shot_captions import ShotCaptions, caption_shots, with_captions
from syncclip.pipeline.sources import movie_refs, movie_sources
from syncclip.pipeline.stopwatch import Stopwatch
from syncclip.pipeline.words import Words, heard_words, subtitles_record
from syncclip.pipeline.workers import begin_workers, one_blas_thread
from syncclip.progress import OnProgress, Progress
from syncclip.result import MatchResult, Segment
from syncclip.types import FrameTimes

__all__ = ["Prepared", "matched", "settings_record"]

UNITS = {
    "Looking up": "frames",
    "Voting": "stretches",
    "Proving": "stretches",
    "Weighing": "places",
    "Refining": "runs",
    "Looking closer": "runs",
}
"""What each step of the search counts."""


@dataclass(slots=True, eq=False)
class Prepared:
    """What is known of a commentary whichever films it is compared with; filled in on the way."""

    read: ReadCommentary | None = None
    shown_to: str | None = None
    """Fingerprint of the model that its frames were shown."""
    heard: Words | None = None


def settings_record(config: MatchConfig) -> dict[str, object]:
    """The settings as a result keeps them; what was not asked for is left out.

    Raises:
        InputError: Where a file that is one of them cannot be read.
    """
    record: dict[str, object] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(config).items()
        if value is not None
    }
    del record["subtitles"]
    if record["shortlist"] == MatchConfig().shortlist:
        del record["shortlist"]
    if config.subtitles:
        record["subtitles"] = subtitles_record(config.subtitle_files)
    return record


def matched(
    path: Path,
    mark: str,
    indexes: Sequence[MovieIndex],
    config: MatchConfig,
    reader: str,
    workers: int,
    on_progress: OnProgress | None,
    *,
    offered: Mapping[str, Path],
    device: str,
    shared: SharedWork,
    prepared: Prepared | None = None,
) -> tuple[MatchResult, FrameTimes]:
    """Find every shot.

    Args:
        path: The commentary.
        mark: Its fingerprint.
        indexes: Movies.
        config: How to match.
        reader: Decoder.
        workers: Processes that search at the same time.
        on_progress: Told how far the work is.
        offered: Files of movies that the user named, by fingerprint.
        device: Where a model runs.
        shared: What the match before this one left.
        prepared: What an earlier call found out about the commentary.

    Returns:
        The result, and the times of the commentary's frames.

    Raises:
        VideoError: Where the commentary cannot be read.
        IndexMismatchError: Where an index was made by another encoder.
        SyncClipError: Where a model is wanted and cannot run.
    """
    report = on_progress or (lambda _: None)
    encoder = BuiltinEncoder()
    for index in indexes:
        index.require([encoder])
    clock = Stopwatch()
    prepared = prepared or Prepared()
    words = heard_words(
        path, indexes, config, device=device, on_progress=on_progress, heard=prepared.heard
    )
    prepared.heard = words
    if config.transcribe is not None:
        clock.lap("transcribe")
    query = query_model(indexes, config, device=device, on_progress=on_progress)
    read, shown_to = prepared.read, None if query.encoder is None else query.encoder.fingerprint
    if read is None or shown_to not in (None, prepared.shown_to):
        read = read_commentary(
            path,
            size=config.thumbnail_size,
            reader=reader,
            on_progress=on_progress,
            model=query.encoder,
        )
        prepared.read, prepared.shown_to = read, shown_to
    clock.lap("read")
    sources = movie_sources(indexes)
    aspects = [source.aspect for source in sources]
    search = shared.once(
        "windows",
        (_states(indexes), read.frames.aspect, encoder.fingerprint),
        lambda: WindowSearch.over(indexes, aspects, read.frames.aspect, encoder, on_progress),
    )
    captions = caption_shots(
        path,
        read,
        indexes,
        config,
        clip=query.encoder,
        missing=query.missing,
        device=device,
        reader=reader,
        on_progress=on_progress,
    )
    further = _further(indexes, read, query, words, captions)
    clock.lap("prepare")

    def on_step(step: str, done: int, total: int) -> None:
        report(Progress(step, done, total, UNITS.get(step, "parts")))

    settings = FinderSettings(
        candidates=CandidateSettings(frame_interval_s=config.frame_interval_s),
        path=PathSettings(time_jumps=config.time_jumps),
    )
    closeups = CloseupFiles(
        commentary=path,
        content=read.content,
        pts=read.times.pts,
        size=config.thumbnail_size,
        offered=offered,
        finest=max(settings.closeup.finer),
        threads=1 if workers > 1 else 0,
    )
    with (
        one_blas_thread(),
        begin_workers(
            read.frames,
            sources,
            indexes,
            settings,
            closeups=closeups,
            count=workers,
            shared=shared,
        ) as team,
    ):
        found = find(read.frames, sources, search, settings, on_step, further=further, workers=team)
    pane_search = PaneSearch(
        files=closeups,
        info=read.info,
        edges_s=np.append(read.times.seconds, read.times.end_s),
        settings=settings,
        threshold=config.threshold,
    )
    segments, panes, unread = look_into_panes(
        build_segments(found, read.frames, sources, threshold=config.threshold),
        read.frames,
        found,
        pane_search,
        indexes,
        workers=workers,
        shared=shared,
        on_progress=on_progress,
    )
    notes: Sequence[str] = unread
    if all(segment.movie is None for segment in segments):
        segments, relaxed = _relaxed(found, read, sources, settings, config)
        notes = (*unread, *relaxed)
    clock.lap("find")
    result = MatchResult(
        commentary=str(path.absolute()),
        commentary_fingerprint=mark,
        duration_s=read.times.end_s - float(read.times.seconds[0]),
        frame_rate=read.info.frame_rate,
        frames=len(read.times),
        width_px=read.info.width_px,
        height_px=read.info.height_px,
        content=read.content,
        segments=segments,
        movies=tuple(movie_refs(indexes)),
        encoders=(encoder.id, *(track.track for track in further)),
        settings=settings_record(config),
        timings_s=clock.laps,
        notes=(*read.notes, *words.notes, *query.notes, *captions.notes, *notes),
        transcript=words.transcript,
        pane_segments=panes,
        version=__version__,
    )
    result = with_captions(result, captions.texts, read, indexes)
    absent = _not_looked_at(result, offered)
    return replace(result, notes=(*result.notes, *absent)), read.times


def _states(indexes: Sequence[MovieIndex]) -> Hashable:
    """By which index files are seen to be the same as before."""
    try:
        return tuple((str(index.path), FileState.of(index.path)) for index in indexes)
    except OSError:  # one was taken away since it was opened: like none before
        return object()


def _further(
    indexes: Sequence[MovieIndex],
    read: ReadCommentary,
    query: QueryModel,
    words: Words,
    captions: ShotCaptions,
) -> list[TrackNeighbours | Hints]:
    """What tracks of models, and words, say of the commentary's frames."""
    said = (Hints("captions", captions.hints), Hints("dialogue", words.hints))
    further: list[TrackNeighbours | Hints] = [hints for hints in said if hints.hints]
    if query.encoder is not None and read.shown is not None:
        found = model_neighbours(
            indexes, query.encoder.id, frames=read.shown.frames, vectors=read.shown.vectors
        )
        further = further if found is None else [found, *further]
    return further


def _not_looked_at(result: MatchResult, offered: Mapping[str, Path]) -> list[str]:
    """What is said of movies whose files were not there for a closer look."""
    return [
        f"{movie.name} is not where it was indexed, or has changed: its places are as exact as its "
        "index tells, in slow zooms and pans some frames less; name the file with --movie and "
        "--force"
        for movie in used_movies(result)
        if at_hand(movie, offered) is None
    ]


def _relaxed(
    found: Found,
    read: ReadCommentary,
    sources: Sequence[Source],
    settings: FinderSettings,
    config: MatchConfig,
) -> tuple[tuple[Segment, ...], list[str]]:
    """Segments that pass a threshold which is relaxed step by step until one does; and notes."""
    threshold, notes = config.threshold, []
    segments = build_segments(found, read.frames, sources, threshold=threshold)
    for _ in range(config.relaxations):
        threshold = round(threshold - config.relaxation_step, 6)
        notes.append(f"nothing passed; the threshold was relaxed to {threshold:.2f}")
        found = reconsider(found, read.frames, sources, settings, threshold=threshold)
        segments = build_segments(
            found, read.frames, sources, threshold=threshold, least_confidence=0.0
        )
        if any(segment.movie is not None for segment in segments):
            notes.append("what passed may be more likely wrong than right: look at all of it")
            break
    return segments, notes
