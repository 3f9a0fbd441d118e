"""What the review on the page asks of the server: rows, pictures, changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from syncclip.errors import SettingsError, SyncClipError
from syncclip.pipeline.correcting import Review
from syncclip.pipeline.stills import SegmentStills
from syncclip.types import Rect
from syncclip.ui.access import Folders
from syncclip.ui.fields import crop, seconds
from syncclip.ui.review_rows import changed_rows, last_correction, result_rows, shown_crop
from syncclip.ui.texts import DEFAULT, error_text

__all__ = ["ReviewCalls"]

Asked = Mapping[str, Any]
Answer = dict[str, Any]


class ReviewCalls:
    """Answers the page; an error is an answer, too.

    Args:
        folders: In which results, and all files that they name, must lie.
    """

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._stills = SegmentStills()
        self._reviews: dict[Path, Review] = {}

    def functions(self) -> list[Callable[[Asked], Answer]]:
        """What a page may call, by its names."""

        def review_load(asked: Asked) -> Answer:
            return self._answered(self._load, asked)

        def review_pictures(asked: Asked) -> Answer:
            return self._answered(self._pictures, asked)

        def review_change(asked: Asked) -> Answer:
            return self._answered(self._change, asked)

        return [review_load, review_pictures, review_change]

    def _answered(self, do: Callable[[Review, Asked], Answer], asked: Asked) -> Answer:
        language = str(asked.get("language", DEFAULT))
        try:
            return do(self._review(str(asked["path"])), asked)
        except SyncClipError as error:
            return {"error": error_text(error, language)}
        except (KeyError, TypeError, ValueError, IndexError) as error:  # no page of ours asks so
            return {"error": f"not understood: {error}"}

    def _review(self, named: str) -> Review:
        """The review of a result that names no file outside the folders."""
        path = self._folders.file(named)
        review = self._reviews.setdefault(path, Review(path))
        self._folders.result_inside(review.result())
        return review

    def _load(self, review: Review, _asked: Asked) -> Answer:
        return result_rows(review.result())

    def _pictures(self, review: Review, asked: Asked) -> Answer:
        result, number = review.result(), int(asked["n"])
        if not 1 <= number <= len(result.segments):
            count = len(result.segments)
            raise SettingsError(f"there is no segment {number}: the result has 1 to {count}")
        return {"pictures": dict(self._stills.of(result, number))}

    def _change(self, review: Review, asked: Asked) -> Answer:
        before = review.result()
        self._folders.result_output(self._folders.file(str(asked["path"])))
        CHANGES[asked["action"]](review, asked)
        after = review.result()
        return {"rows": changed_rows(before, after), "undo": last_correction(after)}


def _swap(review: Review, asked: Asked) -> object:
    return review.swap(int(asked["n"]), to=int(asked["to"]))


def _nudge(review: Review, asked: Asked) -> object:
    frames = {name: int(asked.get(name, 0)) for name in ("in_frames", "out_frames", "slip_frames")}
    return review.nudge(int(asked["n"]), **frames)


def _set(review: Review, asked: Asked) -> object:
    return review.set(
        int(asked["n"]),
        movie=str(asked["movie"]),
        start_s=seconds(str(asked["start"])),
        speed=float(asked["speed"]),
        mirrored=bool(asked["mirrored"]),
        crop=_crop(review, asked),
    )


def _crop(review: Review, asked: Asked) -> Rect:
    """The crop that was typed; the segment's own, exactly, where it was left as it is shown."""
    typed, segments = crop(str(asked.get("crop", ""))), review.result().segments
    number = int(asked["n"])
    own = segments[number - 1].crop if 1 <= number <= len(segments) else typed
    return own if shown_crop(own) == typed.as_list() else typed


CHANGES: Mapping[str, Callable[[Review, Asked], object]] = {
    "accept": lambda review, asked: review.accept(int(asked["n"])),
    "reject": lambda review, asked: review.reject(int(asked["n"])),
    "swap": _swap,
    "nudge": _nudge,
    "set": _set,
    "undo": lambda review, _asked: review.undo(),
}
