"""Makes the finished video: plan, cut, sound, join, count, rename."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path

from syncclip._ffmpeg import FFmpeg, ffmpeg_version, find_ffmpeg, installed_ffmpegs
from syncclip.config import RenderConfig
from syncclip.errors import FFmpegError, OutputError
from syncclip.progress import OnProgress, Progress
from syncclip.rendering.clock import Clock, result_clock
from syncclip.rendering.colour import Colour, movie_colour
from syncclip.rendering.cutter import Cutter, Encoding, remove_pieces
from syncclip.rendering.footage import OpenVideo, load_footage
from syncclip.rendering.mux import CONTAINERS, EncodedPiece, Sound, count_frames, join
from syncclip.rendering.parallel import Job, run_jobs
from syncclip.rendering.plan import Piece, Plan, build_plan
from syncclip.rendering.sound import SoundMaker, remove_sounds
from syncclip.rendering.sources import ReaderPool
from syncclip.result import MatchResult
from syncclip.types import FrameTimes

__all__ = ["RenderReport", "render_result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderReport:
    """What was rendered."""

    output: Path
    frames: int
    """Frames in the file, counted in it; always the commentary's number."""
    width_px: int
    height_px: int
    frame_rate: Fraction
    constant_rate: bool
    """False where the frames keep the varying times of the commentary's."""
    pieces: int
    pieces_reused: int
    """Pieces that an earlier, interrupted run had finished."""
    notes: tuple[str, ...]
    """What the user must know: sound missing, another program used than asked for."""


def render_result(
    result: MatchResult,
    *,
    commentary: Path,
    movies: Mapping[str, Path],
    commentary_times: FrameTimes,
    movie_times: Mapping[str, FrameTimes],
    output: Path,
    work_dir: Path,
    config: RenderConfig,
    open_video: OpenVideo,
    on_progress: OnProgress | None = None,
) -> RenderReport:
    """Cut the commentary's edit out of the movies.

    A run that is stopped leaves its finished pieces in ``work_dir``; the next one continues with
    them. ``output`` appears under its name only when it is complete; then the pieces go.

    Args:
        result: What was matched.
        commentary: The commentary's file.
        movies: File of every movie that a segment names.
        commentary_times: Times of all frames of the commentary.
        movie_times: Times of all frames of those movies.
        output: Video to write: ``.mp4``, ``.mov``, ``.m4v`` or ``.mkv``.
        work_dir: Folder for the pieces; made if it is missing.
        config: How to render.
        open_video: Opens a reader.
        on_progress: Told of every stage.

    Raises:
        FFmpegError: Where ffmpeg is missing or fails.
        InputError: Where the commentary, a movie or the result cannot be used.
        OutputError: Where the output cannot be written.
    """
    container = _prepare(output, work_dir, [commentary, *movies.values()])
    plan = build_plan(result, commentary=commentary_times, movies=movie_times, config=config)
    footage, main = load_footage(
        result, commentary=commentary, movies=movies, config=config, open_video=open_video
    )
    program, notes = _choose_program()
    encoding = _encoding(program, result.frame_rate, movie_colour(main), config)
    notes += _colour_notes(encoding.colour)
    clock = result_clock(commentary_times, result.frame_rate)
    with contextlib.closing(ReaderPool(open_video)) as pool:
        cutter = Cutter(footage=footage, encoding=encoding, pool=pool, folder=work_dir)
        pieces, reused = _cut(plan, cutter, config.workers, on_progress)
    maker = SoundMaker(
        program=program,
        footage=footage,
        clock=clock,
        config=config,
        container=container,
        folder=work_dir,
    )
    sound, sound_notes = maker.make(_reporter(on_progress, "Cutting sound", "segments"))
    _finish(pieces, clock, sound, output, on_progress)
    remove_sounds(work_dir)
    remove_pieces(work_dir)
    return RenderReport(
        output=output,
        frames=plan.frames,
        width_px=footage.size[0],
        height_px=footage.size[1],
        frame_rate=result.frame_rate,
        constant_rate=clock.constant,
        pieces=len(pieces),
        pieces_reused=reused,
        notes=(*notes, *sound_notes),
    )


def _prepare(output: Path, work_dir: Path, sources: list[Path]) -> str:
    """Check that the output can be written; the name of its container."""
    container = CONTAINERS.get(output.suffix.lower())
    if container is None:
        raise OutputError(f"{str(output)!r}: name the result .mp4, .mov, .m4v or .mkv")
    if output.is_dir():
        raise OutputError(f"{str(output)!r} is a folder; name a file")
    for source in sources:
        if output.exists() and source.exists() and output.samefile(source):
            raise OutputError(f"{str(output)!r} is one of the sources; name another file")
    with _writing(output):
        for folder in (output.parent, work_dir):
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".syncclip-write-test"
            probe.touch()
            probe.unlink()
    return container


@contextlib.contextmanager
def _writing(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or output
        reason = error.strerror or str(error)
        raise OutputError(
            f"{str(where)!r} cannot be written: {reason}; choose another place"
        ) from error


def _choose_program() -> tuple[FFmpeg, list[str]]:
    program = find_ffmpeg(encoder="libx264")
    first = installed_ffmpegs()[0]
    if program == first:
        return program, []
    return program, [f"{first.path} cannot encode H.264; {program.path} was used instead"]


def _colour_notes(colour: Colour) -> list[str]:
    if not colour.high_dynamic_range:
        return []
    return ["the movie has high dynamic range; the result keeps its colours in 8 bits per sample"]


def _encoding(program: FFmpeg, rate: Fraction, colour: Colour, config: RenderConfig) -> Encoding:
    return Encoding(
        program=program,
        version=ffmpeg_version(program),
        rate=rate.limit_denominator(1001),
        colour=colour,
        crf=config.crf,
        preset=config.preset,
    )


def _reporter(on_progress: OnProgress | None, stage: str, unit: str) -> Callable[[int, int], None]:
    """Reports of one stage, only when something changed."""
    last: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        if on_progress is not None and last != [(done, total)]:
            last[:] = [(done, total)]
            on_progress(Progress(stage, done, total, unit))

    return report


def _cut(
    plan: Plan, cutter: Cutter, workers: int, on_progress: OnProgress | None
) -> tuple[list[EncodedPiece], int]:
    """Encode all pieces that are not there yet; how many of the pieces were."""
    pieces = [EncodedPiece(cutter.path(piece), piece.frames) for piece in plan.pieces]
    missing: dict[Path, Piece] = {}
    for encoded, piece in zip(pieces, plan.pieces, strict=True):
        if not _is_whole(encoded):
            missing[encoded.path] = piece
    reused = sum(encoded.path not in missing for encoded in pieces)
    done: list[int] = []  # grows by one per frame: appending is atomic among threads
    # Pieces that are the same (two black gaps of one length) are encoded once.
    ready = plan.frames - sum(piece.frames for piece in missing.values())
    report = _reporter(on_progress, "Cutting", "frames")
    run_jobs(
        [_cut_job(cutter, piece, done) for piece in missing.values()],
        workers=workers,
        on_tick=lambda: report(ready + len(done), plan.frames),
    )
    return pieces, reused


def _is_whole(piece: EncodedPiece) -> bool:
    """True where an earlier run left this piece, and left it sound (a power cut may not)."""
    if not piece.path.exists():
        return False
    try:
        return count_frames(piece.path) == piece.frames
    except FFmpegError:
        return False


def _cut_job(cutter: Cutter, piece: Piece, done: list[int]) -> Job:
    return lambda stop: cutter.encode(piece, stop=stop, on_frame=lambda: done.append(1))


def _finish(
    pieces: list[EncodedPiece],
    clock: Clock,
    sound: Sound | None,
    output: Path,
    on_progress: OnProgress | None,
) -> None:
    """Join under a temporary name, count the frames, rename."""
    report = _reporter(on_progress, "Writing", "frames")
    mark = blake2b(os.fsencode(output.name), digest_size=4).hexdigest()
    part = output.with_name(f".syncclip-{output.stem[:24]}-{mark}.part")
    try:
        join(
            pieces,
            clock=clock,
            sound=sound,
            output=part,
            container=CONTAINERS[output.suffix.lower()],
            on_frame=lambda done: report(done, clock.frames),
        )
        found = count_frames(part)
        if found != clock.frames:
            raise FFmpegError(
                f"{str(output)!r}: {found} frames were written instead of {clock.frames}; run again"
            )
        with _writing(output):
            part.replace(output)
    finally:
        part.unlink(missing_ok=True)
