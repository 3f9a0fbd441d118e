"""What one match leaves for the next."""

from __future__ import annotations

import numpy as np

from syncclip.pipeline.shared import PictureCache, SharedWork
from syncclip.types import FrameBlock


def block(*pts: int) -> FrameBlock:
    """Pictures of 100 bytes that show their timestamps."""
    grey = np.stack([np.full((10, 10), at, np.uint8) for at in pts])
    return FrameBlock(np.array(pts, np.int64), grey)


def known(cache: PictureCache, movie: str, *pts: int) -> dict[int, set[int]]:
    found = cache.known(movie, np.array(pts, np.int64))
    return {at: set(picture.ravel().tolist()) for at, picture in found.items()}


def test_a_thing_is_made_again_only_of_something_else() -> None:
    shared, made = SharedWork(), []

    def make() -> str:
        made.append(len(made))
        return f"thing {len(made)}"

    assert [shared.once("thing", key, make) for key in ("a", "a", "b", "b", "a")] == [
        *("thing 1", "thing 1", "thing 2", "thing 2", "thing 3")
    ]
    assert shared.once("another", "a", make) == "thing 4"
    assert shared.once("thing", "a", make) == "thing 3"


def test_pictures_are_those_of_their_movie() -> None:
    cache = PictureCache()
    cache.keep("one", block(1, 2))
    cache.keep("two", block(3))
    assert known(cache, "one", 1, 2, 3) == {1: {1}, 2: {2}}
    assert known(cache, "two", 1, 2, 3) == {3: {3}}


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    cache = PictureCache(limit_bytes=300)
    cache.keep("one", block(1, 2, 3))
    assert known(cache, "one", 1) == {1: {1}}
    cache.keep("one", block(4))
    assert known(cache, "one", 1, 2, 3, 4) == {1: {1}, 3: {3}, 4: {4}}
    cache.keep("one", block(3, 4))  # known already: takes no more room
    assert len(known(cache, "one", 1, 2, 3, 4)) == 3
