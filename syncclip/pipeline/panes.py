"""Split screens: every pane is a commentary of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.encoders import BuiltinEncoder
from syncclip.errors import SyncClipError
from syncclip.index import MovieIndex, open_indexes
from syncclip.matching import (
    Commentary,
    FinderSettings,
    Overlays,
    build_segments,
    find,
    find_splits,
    may_be_split,
    with_panes,
)
from syncclip.pipeline.closeups import CloseupFiles, VideoCloseups, read_pictures
from syncclip.pipeline.commentary import content_aspect
from syncclip.pipeline.local_tasks import LocalTasks
from syncclip.pipeline.searching import WindowSearch
from syncclip.pipeline.shared import SharedWork
from syncclip.pipeline.sources import movie_sources
from syncclip.pipeline.tasks import Failure, Overall, Task
from syncclip.pipeline.workers import begin_workers, one_blas_thread
from syncclip.progress import OnProgress, Progress
from syncclip.result import Segment
from syncclip.types import PixelRect, Rect, Shot, StreamInfo
from syncclip.video import find_transitions, shots_from

__all__ = ["PaneSearch", "look_into_panes"]

STAGE = "Looking into panes"
WORTH_FRAMES = 300
"""Fewest frames, of all panes together, that processes are begun for: a second or two each."""

Stretch = tuple[int, int]
"""First frame and the one after the last."""
Found = list[tuple[Segment, ...]]
"""Of each stretch, segments that cover it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PaneSearch:
    """What is needed to look for a pane, in any process."""

    files: CloseupFiles
    """Of the whole picture."""
    info: StreamInfo
    """Of the commentary."""
    seconds: NDArray[np.float64]
    """(n,) when each of its frames comes on screen."""
    end_s: float
    settings: FinderSettings
    threshold: float

    def segments(
        self,
        pane: Rect,
        stretches: Sequence[Stretch],
        indexes: Sequence[MovieIndex],
        *,
        shared: SharedWork,
        on_progress: OnProgress,
    ) -> Found:
        """Segments that cover each stretch of one pane, with the commentary's frame numbers."""
        content = inside(pane, self.files.content)
        aspect = content_aspect(self.info, content)
        sources, encoder = movie_sources(indexes), BuiltinEncoder()
        lookup = WindowSearch.over(indexes, [s.aspect for s in sources], aspect, encoder)
        found: Found = []
        for number, (first, last) in enumerate(stretches):
            on_progress(Progress(STAGE, number, len(stretches), "panes"))
            pts = self.files.pts[first:last]
            pictures = read_pictures(self.files.commentary, pts, self.files.size, content)
            shots = shots_from(find_transitions(pictures), len(pictures))
            commentary = Commentary(pictures, self.seconds[first:last], aspect, shots)
            with begin_workers(
                commentary,
                sources,
                indexes,
                self.settings,
                closeups=replace(self.files, content=content, pts=pts),
                count=1,
                shared=shared,
            ) as alone:
                runs = find(commentary, sources, lookup, self.settings, workers=alone)
            segments = build_segments(runs, commentary, sources, threshold=self.threshold)
            found.append(tuple(self._counted_from(first, segment) for segment in segments))
        return found

    def _counted_from(self, first: int, segment: Segment) -> Segment:
        start, end = segment.start_frame + first, segment.end_frame + first
        end_s = float(self.seconds[end]) if end < len(self.seconds) else self.end_s
        return replace(segment, start_frame=start, end_frame=end, end_s=end_s)


def look_into_panes(
    segments: Sequence[Segment],
    shots: Sequence[Shot],
    overlays: Overlays | None,
    search: PaneSearch,
    indexes: Sequence[MovieIndex],
    *,
    workers: int,
    shared: SharedWork,
    on_progress: OnProgress | None,
) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """Look for the panes of split screens among what was not found, or not all of it.

    Args:
        segments: Of the whole picture.
        shots: Stretches between detected cuts of the commentary.
        overlays: What lies over its picture.
        search: How to look for a pane.
        indexes: Movies.
        workers: Processes that search at the same time.
        shared: What this process has read before.
        on_progress: Told how many panes were looked into.

    Returns:
        Segments that cover the commentary, a pane in the place of each split screen, and what was
        found in the other panes.

    Raises:
        VideoError: Where the commentary cannot be read any more.
        SyncClipError: Where a process was ended from outside.
    """
    closeups = VideoCloseups(search.files, indexes, shared.pictures)
    splits = find_splits(closeups, shots, may_be_split(segments, overlays))
    stretches: dict[Rect, list[Stretch]] = {}
    for split in splits:
        for pane in split.panes:
            stretches.setdefault(pane, []).append((split.start_frame, split.end_frame))
    if not stretches:
        return tuple(segments), ()
    few = sum(e - s for of_pane in stretches.values() for s, e in of_pane) < WORTH_FRAMES
    count = 1 if few else min(workers, len(stretches))
    share = {STAGE: (0.0, 1.0)}
    overall = Overall(STAGE, len(stretches), "panes", shares=share, on_progress=on_progress)
    if count > 1:
        done = _side_by_side(search, stretches, indexes, overall, count)
    else:
        done = _in_turn(search, stretches, indexes, overall, shared)
    found = {
        (pane, stretch): segments
        for pane, of_pane in done
        for stretch, segments in zip(stretches[pane], of_pane, strict=True)
    }
    return with_panes(
        segments,
        [
            (split, [found[pane, (split.start_frame, split.end_frame)] for pane in split.panes])
            for split in splits
        ],
    )


def _in_turn(
    search: PaneSearch,
    stretches: Mapping[Rect, Sequence[Stretch]],
    indexes: Sequence[MovieIndex],
    overall: Overall,
    shared: SharedWork,
) -> Iterator[tuple[Rect, Found]]:
    """Look for every pane here."""
    for number, (pane, each) in enumerate(stretches.items()):
        told = partial(overall.reported, number)
        with one_blas_thread():
            yield pane, search.segments(pane, each, indexes, shared=shared, on_progress=told)
        overall.ended(number)


def _side_by_side(
    search: PaneSearch,
    stretches: Mapping[Rect, Sequence[Stretch]],
    indexes: Sequence[MovieIndex],
    overall: Overall,
    count: int,
) -> Iterator[tuple[Rect, Found]]:
    """Look for every pane in one of several processes."""
    paths = [index.path for index in indexes]
    panes = list(stretches)
    tasks: list[Task] = [partial(_in_process, search, p, stretches[p], paths) for p in panes]
    with LocalTasks(count) as processes:
        for number, found in processes.run(tasks, overall.reported):
            if isinstance(found, Failure):
                raise SyncClipError(found.reason)
            yield panes[number], found
            overall.ended(number)


def _in_process(
    search: PaneSearch,
    pane: Rect,
    stretches: Sequence[Stretch],
    indexes: Sequence[Path],
    on_progress: OnProgress,
) -> Found:
    """The task: look for a pane in a process that has opened nothing yet."""
    with ExitStack() as stack:
        opened = open_indexes(indexes)
        for index in opened:
            stack.callback(index.close)
        return search.segments(
            pane, stretches, opened, shared=SharedWork(), on_progress=on_progress
        )


def inside(pane: Rect, content: PixelRect) -> PixelRect:
    """A pane in pixels of the picture."""
    left, right = (round(x * content.w) for x in (pane.x, pane.x + pane.w))
    top, bottom = (round(y * content.h) for y in (pane.y, pane.y + pane.h))
    return PixelRect(content.x + left, content.y + top, max(right - left, 1), max(bottom - top, 1))
