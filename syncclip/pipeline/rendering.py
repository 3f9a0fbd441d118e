"""Result in, finished video out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from syncclip._addresses import local_file
from syncclip.config import RenderConfig
from syncclip.errors import InputError, OutputError
from syncclip.index import locked
from syncclip.matching import tier_of
from syncclip.pipeline.changing import changing
from syncclip.pipeline.commentary import read_times
from syncclip.pipeline.extras import write_extras
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.logs import RunLog, log_job, run_log
from syncclip.pipeline.movies import locate_movies, used_movies
from syncclip.pipeline.stopwatch import Stopwatch
from syncclip.pipeline.times import movie_times
from syncclip.progress import OnProgress
from syncclip.rendering import SelfCheck, check_render, render_result
from syncclip.reports import read_result, unlike_segments, write_reports
from syncclip.result import FinishedVideo, MatchResult, Segment, Tier, UnlikeStretch
from syncclip.types import FrameTimes
from syncclip.video import fingerprint, open_video

__all__ = ["RenderOutcome", "finish", "log_video", "render", "settled"]


LISTED = 10
"""Segments unlike the commentary that a note names before it only counts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOutcome:
    """What :func:`render` did."""

    video: Path
    frames: int
    selfcheck: SelfCheck
    notes: tuple[str, ...]
    timings_s: Mapping[str, float]
    """Seconds that rendering and checking took."""


def render(
    result: str | Path,
    *,
    output: str | Path | None = None,
    config: RenderConfig | None = None,
    movies: Sequence[str | Path] = (),
    sheet: bool = True,
    reader: str = "pyav",
    on_progress: OnProgress | None = None,
) -> RenderOutcome:
    """Make the finished video of a result file, which may have been edited.

    The reports beside the result follow its edits. A copy under another name or in another folder
    is only rendered: no report is written from it, so that the result it came from stays.

    Args:
        result: ``visual_match_results.json``, or a copy of it.
        output: Video to write; ``final_output.mp4`` of the result's folder by default.
        config: How to render.
        movies: Where movies are that were moved since they were indexed.
        sheet: Make the review sheet anew, too.
        reader: Decoder.
        on_progress: Told how far the work is.

    Raises:
        ResultError: Where the result file is not sound.
        InputError: Where the commentary or a movie is not found or has changed.
        OutputError: Where the video cannot be written.
        FFmpegError: Where ffmpeg is missing or fails.
    """
    path = Path(result)
    matched = read_result(path)
    before = path.read_bytes()
    folder = OutputFolder.of_result(path)
    video = Path(output) if output is not None else folder.video
    own = folder.result.is_file() and folder.result.samefile(path)
    if not own:  # what the run needs lies beside its video
        folder = OutputFolder(video.absolute().parent)
    commentary = Path(matched.commentary)
    if not commentary.is_file():
        raise InputError(
            f"{commentary}, the commentary of {path.name}, is not there any more; "
            "put it back, or match it again where it is now"
        )
    if fingerprint(commentary) != matched.commentary_fingerprint:
        raise InputError(f"{commentary} has changed since it was matched; match it again")
    with run_log(folder.logs, "render") as log:
        log.info("result %s, made by %s", path.absolute(), matched.version)
        log_job(log, matched.commentary, matched.commentary_fingerprint, matched.movies)
        log.info("%s, reader %s", config or RenderConfig(), reader)
        times = read_times(commentary, reader=reader, on_progress=on_progress)
        given = [local_file(movie) for movie in movies]
        outcome = finish(
            matched,
            video=video,
            folder=folder,
            times=times,
            config=config or RenderConfig(),
            movies=given,
            reader=reader,
            on_progress=on_progress,
        )
        if own:
            checked, more = settled(matched, outcome, folder, before=before)
            extras = write_extras(
                checked,
                folder,
                sheet=sheet,
                times=times,
                movies=given,
                reader=reader,
                on_progress=on_progress,
            )
            outcome = replace(outcome, notes=(*outcome.notes, *more, *extras.notes))
        log_video(log, outcome)
    return outcome


def finish(
    result: MatchResult,
    *,
    video: Path,
    folder: OutputFolder,
    times: FrameTimes,
    config: RenderConfig,
    movies: Sequence[Path],
    reader: str,
    on_progress: OnProgress | None,
) -> RenderOutcome:
    """Cut a result out of its movies and check the video against the commentary."""
    clock = Stopwatch()
    used = used_movies(result)
    files = locate_movies(used, movies, others=result.movies)
    commentary = Path(result.commentary)
    opener = partial(open_video, reader=reader)
    work = folder.work(video)
    with _alone(work, video):
        done = render_result(
            result,
            commentary=commentary,
            movies=files,
            commentary_times=times,
            movie_times=movie_times(used, files, reader=reader, on_progress=on_progress),
            output=video,
            work_dir=work,
            config=config,
            open_video=opener,
            on_progress=on_progress,
        )
    clock.lap("render")
    check = check_render(
        result,
        rendered=video,
        commentary=commentary,
        movies=files,
        config=config,
        open_video=opener,
        on_progress=on_progress,
    )
    clock.lap("check")
    return RenderOutcome(
        video=video,
        frames=done.frames,
        selfcheck=check,
        notes=(*done.notes, *_unlike(check)),
        timings_s=clock.laps,
    )


def with_check(result: MatchResult, done: RenderOutcome) -> MatchResult:
    """The result with what rendering took; what does not look like the commentary wants review.

    Of a split screen, all panes do: the check tells how like they are together. What an earlier
    video was unlike in, and this one is not, has the tier of its confidence again.
    """
    check = done.selfcheck
    weak = [result.segments[each.number] for each in check.below_floor]
    earlier = [segment for _, segment, _ in unlike_segments(result)]
    unlike, mended = (
        [s for segment in chosen for s in (segment, *result.panes_beside(segment))]
        for chosen in (weak, earlier)
    )

    def checked(segment: Segment) -> Segment:
        if segment.corrected is not None:  # a person has looked already
            return segment
        if segment in unlike:
            return replace(segment, tier=Tier.REVIEW)
        if segment in mended and segment.movie is not None:
            tier = tier_of(segment.confidence, ambiguous=segment.ambiguous)
            return replace(segment, tier=tier)
        return segment

    finished = FinishedVideo(
        path=str(done.video.absolute()),
        edit=result.edit,
        frames=check.frames,
        frames_expected=check.frames_expected,
        likeness=check.mean_correlation,
        floor=check.floor,
        unlike=tuple(
            UnlikeStretch(
                start_frame=segment.start_frame,
                end_frame=segment.end_frame,
                likeness=each.correlation,
            )
            for segment, each in zip(weak, check.below_floor, strict=True)
        ),
    )
    return replace(
        result,
        segments=tuple(map(checked, result.segments)),
        pane_segments=tuple(map(checked, result.pane_segments)),
        timings_s={**result.timings_s, **done.timings_s},
        finished=finished,
    )


def settled(
    result: MatchResult, done: RenderOutcome, folder: OutputFolder, *, before: bytes
) -> tuple[MatchResult, tuple[str, ...]]:
    """Write the reports of a result that was rendered, with what its check says.

    What people corrected while the video was made stays: the video shows the result as it was.

    Args:
        result: What was rendered.
        done: What came of it.
        folder: Of the result and its reports.
        before: The result file when rendering began.

    Returns:
        The result as it stands now, and what the user must know.

    Raises:
        OutputError: Where a report cannot be written.
    """
    with changing(folder.result):
        if folder.result.is_file() and folder.result.read_bytes() != before:
            note = "the result was corrected while the video was made: render it again"
            return read_result(folder.result), (note,)
        checked = with_check(result, done)
        write_reports(checked, folder.root)
    return checked, ()


def log_video(log: RunLog, done: RenderOutcome) -> None:
    """What was rendered and how like the commentary it is."""
    check = done.selfcheck
    log.info("rendered %d of %d frames to %s", done.frames, check.frames_expected, done.video)
    log.info(
        "likeness to the commentary %s; %d segments below %s",
        check.mean_correlation,
        len(check.below_floor),
        check.floor,
    )
    for note in done.notes:
        log.info("note: %s", note)
    log.info("seconds: %s", dict(done.timings_s))


@contextmanager
def _alone(folder: Path, video: Path) -> Iterator[None]:
    """Keep two runs from making one video at once."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, output=video))
        except OSError as error:
            raise OutputError(
                f"{folder} cannot be written: {error.strerror}; choose another place"
            ) from error
        yield


def _unlike(check: SelfCheck) -> list[str]:
    """What the self-check says against the video."""
    weak = [f"#{s.number + 1} ({s.correlation or 0:.2f})" for s in check.below_floor]
    if not weak:
        return []
    named = ", ".join(weak[:LISTED]) + (f" and {len(weak) - LISTED} more" * (len(weak) > LISTED))
    return [f"the video does not look like the commentary in these segments: {named}"]
