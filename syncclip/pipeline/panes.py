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
    Found,
    build_segments,
    find,
    find_splits,
    may_be_split,
    part_of,
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
from syncclip.types import Rect, StreamInfo
from syncclip.video import find_transitions, shots_from

__all__ = ["PaneSearch", "look_into_panes"]

STAGE = "Looking into panes"
WORTH_FRAMES = 300
"""Fewest frames, of all panes together, that processes are begun for: a second or two each."""
MOST_WINDOWS = 3_000_000
"""Windows of movies that all processes together hold, a gigabyte: a pane of half the width has four
to ten times as many as the whole picture."""
CLAIMED = 0.85
"""Confidence below which a pane is not claimed: that a line divides the picture may be wrong, too,
and a part of a picture is more like another one than the whole. True panes of cases to tune on had
0.89 and more."""

Stretch = tuple[int, int]
"""First frame and the one after the last."""
OfStretches = list[tuple[Segment, ...] | None]
"""Of each stretch, segments that cover it; None where its pictures cannot be read again."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PaneSearch:
    """What is needed to look for a pane, in any process."""

    files: CloseupFiles
    """Of the whole picture."""
    info: StreamInfo
    """Of the commentary."""
    edges_s: NDArray[np.float64]
    """(n + 1,) when each of its frames comes on screen, and when the last one leaves it."""
    settings: FinderSettings
    threshold: float

    def segments(
        self,
        pane: Rect,
        stretches: Sequence[Stretch],
        indexes: Sequence[MovieIndex],
        *,
        shared: SharedWork,
        lookups: SharedWork,
        on_progress: OnProgress,
    ) -> OfStretches:
        """What each stretch of one pane shows, with the commentary's frame numbers.

        Args:
            pane: In fractions of the content rectangle.
            stretches: Frames of the commentary.
            indexes: Movies.
            shared: What this process has read before.
            lookups: What the search for another pane left.
            on_progress: Told how far the search is.
        """
        steps = len(stretches) + 1
        content, aspect = self.files.content.part(pane), self.aspect(pane)
        sources = movie_sources(indexes)

        def described(progress: Progress) -> None:
            on_progress(Progress(STAGE, progress.done / (progress.total or 1), steps, "panes"))

        lookup = lookups.once(
            "windows",
            aspect,
            lambda: WindowSearch.over(
                indexes,
                [source.aspect for source in sources],
                aspect,
                BuiltinEncoder(),
                described,
                most=MOST_WINDOWS,
            ),
        )
        found: OfStretches = []
        for number, (first, last) in enumerate(stretches, 1):
            on_progress(Progress(STAGE, number, steps, "panes"))
            files = replace(self.files, content=content, pts=self.files.pts[first:last])
            pictures = read_pictures(files)
            if pictures is None:
                found.append(None)
                continue
            commentary = Commentary(
                pictures,
                self.edges_s[first:last],
                aspect,
                shots_from(find_transitions(pictures), len(pictures)),
                next_s=float(self.edges_s[last]),
            )
            with begin_workers(
                commentary,
                sources,
                indexes,
                self.settings,
                closeups=files,
                count=1,
                shared=shared,
            ) as alone:
                runs = find(commentary, sources, lookup, self.settings, workers=alone)
            segments = build_segments(
                runs,
                commentary,
                sources,
                threshold=self.threshold,
                least_confidence=CLAIMED,
            )
            found.append(
                tuple(
                    replace(s, start_frame=s.start_frame + first, end_frame=s.end_frame + first)
                    for s in segments
                )
            )
        return found

    def aspect(self, pane: Rect) -> float:
        """Width ÷ height of a pane on screen."""
        return content_aspect(self.info, self.files.content.part(pane))


def look_into_panes(
    segments: Sequence[Segment],
    commentary: Commentary,
    found: Found,
    search: PaneSearch,
    indexes: Sequence[MovieIndex],
    *,
    workers: int,
    shared: SharedWork,
    on_progress: OnProgress | None,
) -> tuple[tuple[Segment, ...], tuple[Segment, ...], tuple[str, ...]]:
    """Look for the panes of split screens among what was not found, or not all of it.

    Args:
        segments: Of the whole picture.
        commentary: All of its frames.
        found: What they were made of.
        search: How to look for a pane.
        indexes: Movies.
        workers: Processes that search at the same time.
        shared: What this process has read before.
        on_progress: Told how many panes were looked into.

    Returns:
        Segments that cover the commentary, a pane in the place of each split screen; what was
        found in the other panes; and what the user must know.

    Raises:
        SyncClipError: Where a process was ended from outside.
    """
    closeups = VideoCloseups(search.files, indexes, shared.pictures)
    suspects = may_be_split(segments, found.overlays, found.confirmed())
    splits = find_splits(closeups, commentary.shots, suspects)
    if not splits:
        return tuple(segments), (), ()
    stretches: dict[Rect, list[Stretch]] = {}
    for split in splits:
        for pane in split.panes:
            stretches.setdefault(pane, []).append((split.start_frame, split.end_frame))
    # Panes of one shape are looked up among the same windows.
    stretches = dict(sorted(stretches.items(), key=lambda each: search.aspect(each[0])))
    overall = Overall(
        STAGE, len(stretches), "panes", shares={STAGE: (0.0, 1.0)}, on_progress=on_progress
    )
    count = _processes(search, stretches, indexes, workers)
    if count > 1:
        done = _side_by_side(search, stretches, indexes, overall, count)
    else:
        done = _in_turn(search, stretches, indexes, overall, shared)
    seen = {
        (pane, stretch): segments
        for pane, of_pane in done
        for stretch, segments in zip(stretches[pane], of_pane, strict=True)
    }
    sources = movie_sources(indexes)
    read, notes = [], []
    for split in splits:
        span = split.start_frame, split.end_frame
        of_panes = [seen[pane, span] for pane in split.panes]
        if None in of_panes:
            notes.append(
                f"the panes of frames {span[0]} to {span[1]} were not looked into: "
                f"{search.files.commentary.name} cannot be read as it was a moment ago"
            )
        else:
            read.append((split, [of_pane for of_pane in of_panes if of_pane is not None]))
    joined, beside = with_panes(
        segments, read, lambda s, start, end: part_of(s, start, end, commentary, sources)
    )
    return joined, beside, tuple(notes)


def _processes(
    search: PaneSearch,
    stretches: Mapping[Rect, Sequence[Stretch]],
    indexes: Sequence[MovieIndex],
    workers: int,
) -> int:
    """How many processes are worth it, and hold what they need together."""
    if sum(end - start for each in stretches.values() for start, end in each) < WORTH_FRAMES:
        return 1
    aspects = [source.aspect for source in movie_sources(indexes)]
    largest = max(
        WindowSearch.windows(indexes, aspects, aspect, BuiltinEncoder())
        for aspect in {search.aspect(pane) for pane in stretches}
    )
    return max(1, min(workers, len(stretches), MOST_WINDOWS // max(largest, 1)))


def _in_turn(
    search: PaneSearch,
    stretches: Mapping[Rect, Sequence[Stretch]],
    indexes: Sequence[MovieIndex],
    overall: Overall,
    shared: SharedWork,
) -> Iterator[tuple[Rect, OfStretches]]:
    """Look for every pane here."""
    lookups = SharedWork()
    for number, (pane, each) in enumerate(stretches.items()):
        told = partial(overall.reported, number)
        with one_blas_thread():
            yield (
                pane,
                search.segments(
                    pane, each, indexes, shared=shared, lookups=lookups, on_progress=told
                ),
            )
        overall.ended(number)


def _side_by_side(
    search: PaneSearch,
    stretches: Mapping[Rect, Sequence[Stretch]],
    indexes: Sequence[MovieIndex],
    overall: Overall,
    count: int,
) -> Iterator[tuple[Rect, OfStretches]]:
    """Look for every pane in one of several processes."""
    paths = [index.path for index in indexes]
    panes = list(stretches)
    tasks: list[Task] = [partial(_in_process, search, p, stretches[p], paths) for p in panes]
    with LocalTasks(count, advice="run again with fewer --workers") as processes:
        for number, found in processes.run(tasks, overall.reported):
            if isinstance(found, Failure):
                raise SyncClipError(found.reason)
            yield panes[number], found
            overall.ended(number)


_shared = SharedWork()
"""Of a process that looks for panes: one of them after the other."""


def _in_process(
    search: PaneSearch,
    pane: Rect,
    stretches: Sequence[Stretch],
    indexes: Sequence[Path],
    on_progress: OnProgress,
) -> OfStretches:
    """The task: look for a pane in a process that has nothing opened."""
    with ExitStack() as stack:
        opened = open_indexes(indexes)
        for index in opened:
            stack.callback(index.close)
        return search.segments(
            pane, stretches, opened, shared=_shared, lookups=_shared, on_progress=on_progress
        )
