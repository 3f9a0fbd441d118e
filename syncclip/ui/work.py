"""The process in which a job of the app runs: one line of JSON in, progress and outcomes out.

A job has a process of its own so that the page stays quick and a stop is a stop: closing this
process's input raises in it what Ctrl-C raises in the command line, and what that leaves behind is
gone on with alike. It also ends when the app is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from syncclip.config import MatchConfig, RenderConfig
from syncclip.errors import SyncClipError
from syncclip.progress import OnProgress, Progress

if TYPE_CHECKING:
    from syncclip.pipeline import IndexedFilm
    from syncclip.reports import BatchEntry
    from syncclip.result import MatchResult

__all__ = ["main"]

TELL_EVERY_S = 0.1
"""Seconds between reports of one stage: as often as a page is drawn anew."""

Options = dict[str, Any]
Ended = dict[str, Any]
"""``{"outcome": …}`` or ``{"error": …}`` of an item."""


class Told:
    """Writes messages, a line each, from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._lock = stream, threading.Lock()
        self._last: tuple[str, float] = ("", 0.0)

    def say(self, **message: object) -> None:
        """Send one message."""
        with self._lock:
            self._stream.write(json.dumps(message, default=str) + "\n")
            self._stream.flush()

    def progress(self, progress: Progress) -> None:
        """Send a report, unless one of the same stage was sent a moment ago."""
        now, (stage, at) = time.monotonic(), self._last
        ended = progress.total is not None and progress.done >= progress.total
        if progress.stage == stage and now - at < TELL_EVERY_S and not ended:
            return
        self._last = (progress.stage, now)
        self.say(progress=[progress.stage, progress.done, progress.total, progress.unit])


def _index(items: Sequence[Options], on_progress: OnProgress, _told: Told) -> list[Ended]:
    """Films side by side, into one folder, where each keeps the index that is its own."""
    import syncclip

    movies = [item["movie"] for item in items]
    how = {name: value for name, value in items[0].items() if name != "movie"}
    done = syncclip.index_movies(movies, on_progress=on_progress, **how)
    by_name = {film.movie: film for film in done.films}
    return [_indexed(by_name[movie]) for movie in movies]


def _indexed(film: IndexedFilm) -> Ended:
    if film.status == "failed":
        return {"error": film.reason}
    notes = (*filter(None, [film.reason]), *film.notes)
    return {"outcome": {"files": {"index": film.index}, "notes": notes, "frames": film.frames,
                        "built": film.status == "indexed"}}  # fmt: skip


def _match(options: Options, on_progress: OnProgress) -> Options:
    import syncclip

    commentary, left_out = options.pop("commentary"), _made_ready(options)
    options.pop("jobs")
    done = syncclip.match(commentary, on_progress=on_progress, **options)
    return _matched(done.result, done.files, (*left_out, *done.notes))


def _match_many(items: Sequence[Options], on_progress: OnProgress, told: Told) -> list[Ended]:
    """Commentaries side by side, each into a folder of its own, and reports over all of them."""
    import syncclip

    names = [item["commentary"] for item in items]
    options = {name: value for name, value in items[0].items() if name != "commentary"}
    left_out = _made_ready(options)
    done = syncclip.match_many(names, on_progress=on_progress, **options)
    told.say(reports=dict(done.files))
    by_name = {entry.commentary: entry for entry in done.entries}
    return [_ended(by_name[name], left_out) for name in names]


def _ended(entry: BatchEntry, left_out: tuple[str, ...]) -> Ended:
    if entry.result is None:
        return {"error": entry.reason}
    return {"outcome": _matched(entry.result, entry.files, (*left_out, *entry.notes))}


def _made_ready(options: Options) -> tuple[str, ...]:
    """Turn plain values into what the library takes; notes of indexes that are left out."""
    config = options["config"]
    config = {**config, "subtitles": tuple(Path(path) for path in config["subtitles"])}
    options["config"] = MatchConfig(**config)
    if options["render"] is not None:
        options["render"] = RenderConfig(**options["render"])
    options["index"], left_out = _searchable(options["index"], options["config"])
    return left_out


def _matched(result: MatchResult, files: Mapping[str, Any], notes: tuple[str, ...]) -> Options:
    from syncclip.reports import quality_info

    quality = quality_info(result)
    tiers = {tier.value: count for tier, count in quality.tiers.items()}
    return {"files": dict(files), "notes": notes, "coverage": quality.coverage,
            "confidence": quality.confidence, "tiers": tiers}  # fmt: skip


def _searchable(names: Sequence[str], config: MatchConfig) -> tuple[list[Path], tuple[str, ...]]:
    from syncclip.pipeline.overview import searchable_indexes

    return searchable_indexes([Path(name) for name in names], config)


def _render(options: Options, on_progress: OnProgress) -> Options:
    import syncclip

    config = RenderConfig(**options.pop("render"))
    done = syncclip.render(options.pop("result"), config=config, on_progress=on_progress, **options)
    return {"files": {"video": done.video}, "notes": done.notes, "frames": done.frames}


def _export(options: Options, on_progress: OnProgress) -> Options:
    import syncclip

    result, formats = options.pop("result"), options.pop("formats")
    done = syncclip.export(result, formats, on_progress=on_progress, **options)
    return {"files": dict(done.files), "notes": done.notes}


def _search(options: Options, on_progress: OnProgress) -> Options:
    import syncclip

    # Words and pictures are compared with every film.
    options["index"], left_out = _searchable(options["index"], MatchConfig(shortlist="never"))
    done = syncclip.search(options.pop("text"), on_progress=on_progress, **options)
    places = [[p.movie, p.start_s, p.at_s, p.end_s, p.score] for p in done.places]
    clips = {place.clip.name: place.clip for place in done.places if place.clip is not None}
    return {"files": {"sheet": done.sheet, **clips}, "notes": (*left_out, *done.notes),
            "places": places}  # fmt: skip


KINDS: Mapping[str, Callable[[Options, OnProgress], Options]] = {
    "match": _match,
    "render": _render,
    "export": _export,
    "search": _search,
}
"""What is done with one item after the other."""
TOGETHER: Mapping[str, Callable[[Sequence[Options], OnProgress, Told], list[Ended]]] = {
    "index": _index,
    "match": _match_many,
}
"""What is done with all items at once. A commentary alone tells more of how far it is."""


def main() -> None:
    """Do the job that stands on the first line of the input, item after item."""
    told = Told(_kept_for_messages())
    line = sys.stdin.readline()
    if not line:
        return
    job = json.loads(line)
    threading.Thread(target=_stop_with_input, daemon=True).start()
    try:
        if job["kind"] in TOGETHER and (len(job["items"]) > 1 or job["kind"] not in KINDS):
            _do_all(job["kind"], job["items"], told)
            return
        for number, item in enumerate(job["items"]):
            told.say(begun=number)
            _do(KINDS[job["kind"]], item, number, told)
    except KeyboardInterrupt:
        told.say(stopped=True)


def _do(work: Callable[[Options, OnProgress], Options], item: Options, at: int, told: Told) -> None:
    """One item; where it fails, the others still have their turn."""
    try:
        told.say(done=at, outcome=work(dict(item), told.progress))
    except Exception as error:
        told.say(failed=at, error=_reason(error))


def _do_all(kind: str, items: Sequence[Options], told: Told) -> None:
    """All items at once; what keeps the whole from being done, each of them failed by."""
    try:
        ended = TOGETHER[kind](items, told.progress, told)
    except Exception as error:
        ended = [{"error": _reason(error)}] * len(items)
    for at, each in enumerate(ended):
        told.say(**{"failed" if "error" in each else "done": at}, **each)


def _reason(error: Exception) -> str:
    if isinstance(error, SyncClipError):
        return str(error)
    traceback.print_exception(error)  # a bug: said on the page, shown where the app was started
    return f"{type(error).__name__}: {error}"


def _kept_for_messages() -> TextIO:
    """The output, for messages alone: whatever libraries print goes where errors go."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return kept


def _stop_with_input() -> None:
    """Stop like Ctrl-C does once the app closes the input, or is gone."""
    while os.read(0, 1024):  # not by sys.stdin, whose lock would be held when the process ends
        pass
    if hasattr(signal, "pthread_kill"):
        # To the main thread, so that it also wakes from waiting.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    main()
