"""What is spoken in a commentary, and the places that it names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import util
from pathlib import Path

from syncclip._subtitles import read_subtitles
from syncclip.config import MatchConfig
from syncclip.encoders.transcript import RATE_HZ, Transcriber
from syncclip.errors import InputError, MissingDependencyError, SettingsError
from syncclip.index import MovieIndex
from syncclip.matching import Hint, find_dialogue
from syncclip.progress import OnProgress, Progress
from syncclip.result import TranscriptLine
from syncclip.video import read_sound

__all__ = ["Words", "heard_words", "subtitles_record", "titled_movies"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is known from words."""

    transcript: tuple[TranscriptLine, ...] = ()
    hints: tuple[Hint, ...] = ()
    """Places where a movie's own dialogue is heard."""
    notes: tuple[str, ...] = ()
    """What the user must know."""
    heard_notes: tuple[str, ...] = ()
    """Those of them that hold for any movie."""


def heard_words(
    path: Path,
    indexes: Sequence[MovieIndex],
    config: MatchConfig,
    *,
    device: str = "auto",
    on_progress: OnProgress | None = None,
    heard: Words | None = None,
) -> Words:
    """Write down what is spoken in a commentary; nothing where that was not asked for.

    Args:
        path: The commentary.
        indexes: Movies, which the subtitles belong to.
        config: Model, language and subtitles.
        device: What the model runs on.
        on_progress: Told how far it is.
        heard: What was written down before, for other movies.

    Raises:
        InputError: Where subtitles or a checkpoint cannot be read.
        SettingsError: Where there is no such model, language or device, or subtitles belong to no
            movie.
        WeightsError: Where the model's weights cannot be had.
        MissingDependencyError: Where a package is not installed.
    """
    if config.transcribe is None:
        return Words()
    titles = _titles(config.subtitle_files, indexes)
    if titles and util.find_spec("rapidfuzz") is None:  # said before the long part, not after it
        raise MissingDependencyError("rapidfuzz", extra="transcribe")
    if heard is None:
        transcriber = Transcriber.load(config.transcribe, device=device, on_progress=on_progress)
        heard = _heard(transcriber, path, config.language, on_progress or (lambda _: None))
        heard = replace(heard, heard_notes=(*transcriber.notes, *heard.notes))
    hints = tuple(find_dialogue(heard.transcript, titles)) if titles else ()
    said = _recognised(hints, config.subtitle_files) if titles and heard.transcript else ()
    return replace(heard, hints=hints, notes=(*heard.heard_notes, *said))


def subtitles_record(paths: Sequence[Path]) -> dict[str, str]:
    """What a result keeps of subtitles: their names, and digests that change with their content.

    Raises:
        InputError: Where one cannot be read.
    """
    record = {}
    for path in paths:
        try:
            record[str(path)] = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
        except OSError as error:
            raise InputError(
                f"{path} cannot be read: {error.strerror or error}; name the movie's subtitles"
            ) from error
    return record


def _heard(transcriber: Transcriber, path: Path, language: str | None, report: OnProgress) -> Words:
    sound = read_sound(
        path,
        rate_hz=RATE_HZ,
        on_second=lambda done_s: report(Progress("Reading sound", done_s, None, "s")),
    )
    if sound is None:
        return Words(notes=("the commentary has no sound that can be read: no transcript",))
    length_s = len(sound) / RATE_HZ
    report(Progress("Reading sound", length_s, length_s, "s"))
    report(Progress("Transcribing", 0, length_s, "s"))
    said = transcriber.transcribe(
        sound,
        language=language,
        on_second=lambda done_s: report(Progress("Transcribing", done_s, length_s, "s")),
    )
    report(Progress("Transcribing", length_s, length_s, "s"))
    notes = []
    if not said.lines:
        notes.append("nobody is heard to speak in the commentary: no transcript")
    elif language is None:
        notes.append(
            f"the transcript is in the language that was heard, {said.language!r}; "
            "name another with --language"
        )
    return Words(transcript=said.lines, notes=tuple(notes))


def _titles(
    paths: Sequence[Path], indexes: Sequence[MovieIndex]
) -> dict[int, tuple[TranscriptLine, ...]]:
    """Subtitles by the number of their movie."""
    titles: dict[int, tuple[TranscriptLine, ...]] = {}
    for path in paths:
        lines = read_subtitles(path)
        for number in titled_movies(path, [index.manifest.name for index in indexes]):
            both = (*titles.get(number, ()), *lines)
            titles[number] = tuple(sorted(both, key=lambda line: line.start_s))
    return titles


def titled_movies(path: Path, names: Sequence[str]) -> list[int]:
    """Numbers of the movies that a subtitle file is named after: ``film.en.srt`` of ``film.mkv``.

    The longest name counts. A single movie may have subtitles of any name.

    Raises:
        SettingsError: Where it is named after none.
    """
    if len(names) == 1:
        return [0]
    stems = [Path(name).stem.casefold() for name in names]
    named = [stem for stem in stems if path.name.casefold().startswith(stem)]
    if not named:
        raise SettingsError(
            f"{path} is named after none of the movies; call it as its movie is called, "
            f"for example {Path(names[0]).stem}.srt"
        )
    longest = max(named, key=len)
    return [number for number, stem in enumerate(stems) if stem == longest]


def _recognised(hints: Sequence[Hint], paths: Sequence[Path]) -> tuple[str, ...]:
    names = ", ".join(path.name for path in paths)
    if not hints:
        return (f"no line of {names} was recognised in what is spoken",)
    places = "1 place" if len(hints) == 1 else f"{len(hints)} places"
    return (f"lines of {names} were recognised at {places} of the commentary",)
