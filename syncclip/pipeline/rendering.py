"""Result in, finished video out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from syncclip.config import RenderConfig
from syncclip.errors import InputError
from syncclip.index import open_index
from syncclip.pipeline.commentary import read_times
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.movies import locate_movies
from syncclip.progress import OnProgress
from syncclip.rendering import SelfCheck, check_render, render_result
from syncclip.reports import read_result, write_reports
from syncclip.types import FrameTimes, MatchResult, MovieRef
from syncclip.video import fingerprint, open_video

__all__ = ["RenderOutcome", "finish", "render"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOutcome:
    """What :func:`render` did."""

    video: Path
    frames: int
    selfcheck: SelfCheck
    notes: tuple[str, ...]


def render(
    result: str | Path,
    *,
    output: str | Path | None = None,
    config: RenderConfig | None = None,
    movies: Sequence[str | Path] = (),
    reader: str = "pyav",
    on_progress: OnProgress | None = None,
) -> RenderOutcome:
    """Make the finished video of a result file, which may have been edited.

    Args:
        result: ``visual_match_results.json``.
        output: Video to write; ``final_output.mp4`` of the result's folder by default.
        config: How to render.
        movies: Where movies are that were moved since they were indexed.
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
    folder = OutputFolder.of_result(path)
    video = Path(output) if output is not None else folder.video
    commentary = Path(matched.commentary)
    if not commentary.is_file():
        raise InputError(f"{commentary}, the commentary of {path.name}, is not there any more")
    if fingerprint(commentary) != matched.commentary_fingerprint:
        raise InputError(f"{commentary} has changed since it was matched; match it again")
    times = read_times(commentary, reader=reader)
    outcome = finish(
        matched,
        video=video,
        folder=folder,
        times=times,
        config=config or RenderConfig(),
        movies=[Path(movie) for movie in movies],
        reader=reader,
        on_progress=on_progress,
    )
    write_reports(matched, folder.root, selfcheck=outcome.selfcheck)
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
    used = _used(result)
    files = locate_movies(used, movies)
    commentary = Path(result.commentary)
    opener = partial(open_video, reader=reader)
    done = render_result(
        result,
        commentary=commentary,
        movies=files,
        commentary_times=times,
        movie_times=_times(used, files, reader),
        output=video,
        work_dir=folder.work,
        config=config,
        open_video=opener,
        on_progress=on_progress,
    )
    check = check_render(
        result,
        rendered=video,
        commentary=commentary,
        movies=files,
        config=config,
        open_video=opener,
        on_progress=on_progress,
    )
    return RenderOutcome(video=video, frames=done.frames, selfcheck=check, notes=done.notes)


def _used(result: MatchResult) -> list[MovieRef]:
    names = {segment.movie for segment in result.segments}
    return [movie for movie in result.movies if movie.name in names]


def _times(
    used: Sequence[MovieRef], files: Mapping[str, Path], reader: str
) -> dict[str, FrameTimes]:
    """Frame times from the index, or from the movie where the index is gone."""
    times = {}
    for movie in used:
        if Path(movie.index).is_file():
            with open_index(Path(movie.index)) as index:
                if index.manifest.fingerprint == movie.fingerprint:
                    times[movie.name] = index.times
                    continue
        times[movie.name] = read_times(files[movie.name], reader=reader)
    return times
