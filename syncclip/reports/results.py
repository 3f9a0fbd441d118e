"""The result file: written for editors and programs, read back from anyone.

Of a segment these keys decide: ``youtube_start_frame``, ``youtube_end_frame``, ``movie``,
``movie_start``, ``speed``, ``mirrored``, ``crop`` and ``pane``. The other times and frame numbers
are worked out again from them on reading, so a file edited by hand needs only those changed. A
segment's ``transcript`` follows from the transcript of the whole in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

from syncclip._clock import FrameClock
from syncclip._files import format_json, write_text
from syncclip.errors import ResultError
from syncclip.reports._corrections import corrections_to_json, past_to_json
from syncclip.reports._decode import decode_alternatives, decode_result
from syncclip.reports._transcript import transcript_to_json
from syncclip.reports._validate import GIVE, load_json, validate
from syncclip.reports.quality import quality_info, time_jump_stats
from syncclip.result import Alternative, FinishedVideo, MatchResult, MovieRef, Segment
from syncclip.types import FULL_FRAME, PixelRect, Rect

__all__ = [
    "ALTERNATIVES_FILE",
    "RESULT_FILE",
    "SCHEMA_VERSION",
    "alternatives_to_json",
    "read_result",
    "segment_to_json",
    "to_json",
    "write_result",
]

SCHEMA_VERSION = 1
RESULT_FILE = Path("results/visual_match_results.json")
ALTERNATIVES_FILE = Path("alternative_segments/alternative_segments.json")
RESULT_SCHEMA = "visual_match_results.v1.json"
ALTERNATIVES_SCHEMA = "alternative_segments.v1.json"


def to_json(result: MatchResult) -> dict[str, Any]:
    """The result as ``visual_match_results.json`` holds it; its schema ships with the package."""
    quality = asdict(quality_info(result))
    quality["tiers"] = {tier.value: count for tier, count in quality["tiers"].items()}
    document = {
        "schema_version": SCHEMA_VERSION,
        "version": result.version,
        "quality_info": quality,
        "time_jump_stats": asdict(time_jump_stats(result)),
        "commentary": _commentary_to_json(result),
        "movies": [_movie_to_json(movie, result.shown) for movie in result.movies],
        "encoders": list(result.encoders),
        "settings": _plain(result.settings),
        "timings_s": {name: float(seconds) for name, seconds in result.timings_s.items()},
        "notes": list(result.notes),
        "primary_segments": [segment_to_json(segment) for segment in result.segments],
    }
    if result.transcript:
        document["transcript"] = transcript_to_json(result.transcript)
        for item, segment in zip(document["primary_segments"], result.segments, strict=True):
            item["transcript"] = result.spoken_in(segment)
    if result.pane_segments:
        document["pane_segments"] = [_whole_segment_to_json(pane) for pane in result.pane_segments]
    if result.corrections:
        document["corrections"] = corrections_to_json(result.corrections, _whole_segment_to_json)
    if result.finished is not None:
        document["finished_video"] = _finished_to_json(result.finished)
    if result.past_corrections:
        document["past_corrections"] = past_to_json(result.past_corrections)
    return document


def alternatives_to_json(result: MatchResult) -> dict[str, Any]:
    """Every segment's other places as ``alternative_segments.json`` holds them."""
    return {
        "schema_version": SCHEMA_VERSION,
        "commentary_fingerprint": result.commentary_fingerprint,
        "segments": [
            {
                "segment": number,
                "youtube_start": float(segment.start_s),
                "youtube_end": float(segment.end_s),
                "youtube_start_frame": int(segment.start_frame),
                "youtube_end_frame": int(segment.end_frame),
                "alternatives": [_alternative_to_json(other) for other in segment.alternatives],
            }
            for number, segment in enumerate(result.segments, start=1)
            if segment.alternatives
        ],
    }


def write_result(result: MatchResult, path: Path) -> None:
    """Write the result file, whole or not at all.

    Raises:
        OutputError: Where the file cannot be written.
    """
    write_text(path, format_json(to_json(result)) + "\n")


def read_result(path: Path) -> MatchResult:
    """Read a result file that anyone may have edited.

    The alternatives are read from ``alternative_segments.json`` where that stands at its usual
    place beside the result (or in the same folder); segments whose frames were changed since keep
    none.

    Raises:
        ResultError: Where the file, or the alternatives beside it, cannot be used; the message
            names the JSON path and the value.
    """
    document = load_json(path)
    if not isinstance(document, dict) or "schema_version" not in document:
        raise ResultError(f"{path}: no result file, it has no schema_version; {GIVE}")
    validate(document, RESULT_SCHEMA, path=path, version=SCHEMA_VERSION)
    others: Mapping[tuple[int, int], tuple[Alternative, ...]] = {}
    beside = _alternatives_beside(path)
    if beside is not None:
        listed = load_json(beside)
        validate(listed, ALTERNATIVES_SCHEMA, path=beside, version=SCHEMA_VERSION)
        others = decode_alternatives(listed, result=document, path=beside)
    return decode_result(document, others, path=path)


def _alternatives_beside(path: Path) -> Path | None:
    folder = path.absolute().parent
    places = (folder.parent / ALTERNATIVES_FILE, folder / ALTERNATIVES_FILE.name)
    return next((place for place in places if place.is_file()), None)


def _finished_to_json(video: FinishedVideo) -> dict[str, Any]:
    document = asdict(video)
    for item in (document, *document["unlike"]):
        if item["likeness"] is not None:
            item["likeness"] = _correlation(item["likeness"])
    return document


def _commentary_to_json(result: MatchResult) -> dict[str, Any]:
    runs = [
        run for each in result.corrections for run in (each.before, each.after, each.panes_before)
    ]
    edges = [
        edge
        for run in (result.segments, result.pane_segments, *filter(None, runs))
        for s in run
        for edge in ((s.start_frame, s.start_s), (s.end_frame, s.end_s))
    ]
    return {
        "path": result.commentary,
        "fingerprint": result.commentary_fingerprint,
        "duration_s": float(result.duration_s),
        "frame_rate": str(Fraction(result.frame_rate)),
        "frames": int(result.frames),
        "width_px": int(result.width_px),
        "height_px": int(result.height_px),
        "content": _pixels(result.content),
        "frame_times": _frame_times(edges, result.frame_rate),
    }


def _movie_to_json(movie: MovieRef, segments: Iterable[Segment]) -> dict[str, Any]:
    starts = [
        (s.movie_start_frame, s.movie_start_s)
        for s in segments
        if s.movie == movie.name and s.movie_start_frame is not None and s.movie_start_s is not None
    ]
    return {
        "name": movie.name,
        "path": movie.path,
        "index": movie.index,
        "fingerprint": movie.fingerprint,
        "duration_s": float(movie.duration_s),
        "frame_rate": str(Fraction(movie.frame_rate)),
        "width_px": int(movie.width_px),
        "height_px": int(movie.height_px),
        "content": _pixels(movie.content),
        "frame_times": _frame_times(starts, movie.frame_rate),
    }


def _frame_times(pairs: Iterable[tuple[int, float]], rate: Fraction) -> list[list[float]]:
    """Pairs in order, without those that contradict the ones before them.

    A place set by hand falls between frames, and may be counted as the neighbour of the frame that
    it shows.
    """
    kept: list[tuple[int, float]] = []
    for frame, seconds in sorted({(int(frame), float(seconds)) for frame, seconds in pairs}):
        if not kept or seconds >= kept[-1][1]:
            kept.append((frame, seconds))
    clock = FrameClock.from_pairs(kept, rate)
    return [[frame, seconds] for frame, seconds in clock.pairs()]


def segment_to_json(segment: Segment) -> dict[str, Any]:
    """A segment as ``primary_segments`` holds it."""
    return {
        "youtube_start": float(segment.start_s),
        "youtube_end": float(segment.end_s),
        "youtube_start_frame": int(segment.start_frame),
        "youtube_end_frame": int(segment.end_frame),
        "movie": segment.movie,
        "movie_start": _float(segment.movie_start_s),
        "movie_end": _float(segment.movie_end_s),
        "movie_start_frame": (
            None if segment.movie_start_frame is None else int(segment.movie_start_frame)
        ),
        "speed": float(segment.speed),
        "mirrored": bool(segment.mirrored),
        "crop": _fractions(segment.crop),
        **({} if segment.pane == FULL_FRAME else {"pane": _fractions(segment.pane)}),
        "avg_similarity": _correlation(segment.similarity),
        "certainty": max(0.0, float(segment.certainty)),
        "confidence": min(1.0, max(0.0, float(segment.confidence))),
        "tier": segment.tier.value,
        "alternatives": len(segment.alternatives),
        "offset_slack_s": [float(v) for v in segment.offset_slack_s],
        "still_slack_s": [float(v) for v in segment.still_slack_s],
        "dissolve_in_frames": int(segment.dissolve_in_frames),
        "ambiguous": bool(segment.ambiguous),
        **({} if segment.corrected is None else {"corrected": segment.corrected.value}),
        **_captions(segment),
    }


def _whole_segment_to_json(segment: Segment) -> dict[str, Any]:
    """A segment with its alternatives, which of the result's own stand in a file of their own."""
    others = [_alternative_to_json(other) for other in segment.alternatives]
    return segment_to_json(segment) | {"other_places": others}


def _captions(segment: Segment) -> dict[str, str]:
    """Those that were made: a result without them is as it was before there were any."""
    captions = {"caption": segment.caption, "movie_caption": segment.movie_caption}
    return {key: text for key, text in captions.items() if text is not None}


def _alternative_to_json(other: Alternative) -> dict[str, Any]:
    return {
        "movie": other.movie,
        "movie_start": float(other.movie_start_s),
        "movie_end": float(other.movie_end_s),
        "movie_start_frame": int(other.movie_start_frame),
        "speed": float(other.speed),
        "mirrored": bool(other.mirrored),
        "crop": _fractions(other.crop),
        "similarity": _correlation(other.similarity),
    }


def _fractions(rect: Rect) -> list[float]:
    return [float(v) for v in rect.as_list()]


def _pixels(rect: PixelRect) -> list[int]:
    return [int(v) for v in (rect.x, rect.y, rect.w, rect.h)]


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _correlation(value: float) -> float:
    """Within -1 and 1: single precision sums end a hair outside."""
    return min(1.0, max(-1.0, float(value)))


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON holds several types
    """A setting as JSON can hold it."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path | Fraction):
        return str(value)
    return value
