"""Split screens whose lines are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from syncclip.matching.overlays import Overlays
from syncclip.matching.panes import FINER, SplitScreen, find_splits, may_be_split, with_panes
from syncclip.result import Segment
from syncclip.types import FULL_FRAME, Rect, Shot
from tests import media

SIZE = (512, 288)
"""Twice the pictures that are looked at: a line may fall inside their columns."""
LENGTH = 40
LEFT, RIGHT = Rect(0.0, 0.0, 0.5, 1.0), Rect(0.5, 0.0, 0.5, 1.0)


def shot(seed: int, length: int = LENGTH) -> np.ndarray:
    """(length, 288, 512) grey pictures."""
    return np.stack([p[..., 1] for p in media.shot([seed, 0], length, SIZE)]).astype(np.float64)


def beside(*shots: np.ndarray, at: tuple[float, ...], axis: int = 2) -> np.ndarray:
    """Shots in one picture, each in the part of its own picture that lies there."""
    count = shots[0].shape[axis]
    edges = [0, *(round(share * count) for share in at), count]
    parts = [
        np.take(each, range(first, last), axis=axis)
        for each, first, last in zip(shots, edges, edges[1:], strict=False)
    ]
    return np.concatenate(parts, axis=axis)


def small(pictures: np.ndarray) -> np.ndarray:
    """(n, 36 * FINER, 64 * FINER) box means."""
    rows, columns = 36 * FINER, 64 * FINER
    n, height, width = pictures.shape
    boxes = pictures.reshape(n, rows, height // rows, columns, width // columns)
    return np.rint(boxes.mean((2, 4))).astype(np.uint8)


class Finer:
    """Finer pictures of an array."""

    def __init__(self, pictures: np.ndarray) -> None:
        self.pictures = small(pictures)

    def commentary(self, frames: np.ndarray, finer: int) -> np.ndarray:
        assert finer == FINER
        return self.pictures[frames]

    def movie(self, *_: object) -> None:
        raise AssertionError("nobody asks for the movie")


def splits(
    pictures: np.ndarray, shots: tuple[Shot, ...] = (), where: tuple[tuple[int, int], ...] = ()
) -> tuple[SplitScreen, ...]:
    shots = shots or (Shot(0, len(pictures)),)
    return find_splits(Finer(pictures), shots, where or ((0, len(pictures)),))


@pytest.mark.parametrize("at", [0.5, 0.375, 0.401, 2 / 3])
@pytest.mark.parametrize("axis", [1, 2])
def test_a_line_is_found_where_it_is(at: float, axis: int) -> None:
    (split,) = splits(beside(shot(1), shot(2), at=(at,), axis=axis))
    assert (split.start_frame, split.end_frame) == (0, LENGTH)
    first, second = split.panes
    found = first.w if axis == 2 else first.h
    assert found == pytest.approx(at, abs=1 / (2 * 36 * FINER))
    assert second.w * second.h == pytest.approx(1 - found)


def test_three_pictures_and_four() -> None:
    three = beside(shot(1), shot(2), shot(3), at=(1 / 3, 2 / 3))
    assert len(splits(three)[0].panes) == 3
    above, below = (beside(shot(a), shot(b), at=(0.5,)) for a, b in ((1, 2), (3, 4)))
    (four,) = splits(beside(above, below, at=(0.5,), axis=1))
    assert [pane.as_list() for pane in four.panes] == [
        [0, 0, 0.5, 0.5], [0.5, 0, 0.5, 0.5], [0, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_one_picture_is_not_divided(seed: int) -> None:
    assert splits(shot(seed)) == ()


def test_only_what_was_found_nowhere_is_looked_at_and_shots_are_told_apart() -> None:
    divided = beside(shot(1), shot(2), at=(0.5,))
    pictures = np.concatenate([shot(3), divided, divided[::-1], shot(4)])
    shots = tuple(Shot(n * LENGTH, (n + 1) * LENGTH) for n in range(4))
    (both,) = splits(pictures, shots)
    assert (both.start_frame, both.end_frame) == (LENGTH, 3 * LENGTH)
    (part,) = splits(pictures, shots, ((0, LENGTH + 20),))
    assert (part.start_frame, part.end_frame) == (LENGTH, LENGTH + 20)
    assert splits(pictures, shots, ((LENGTH, LENGTH + 5),)) == ()  # too short to say


def test_what_cannot_be_read_again_is_not_divided() -> None:
    class Gone(Finer):
        def commentary(self, *_: object) -> None:
            return None

    divided = beside(shot(1), shot(2), at=(0.5,))
    assert find_splits(Gone(divided), (Shot(0, LENGTH),), ((0, LENGTH),)) == ()


# --- what was found in panes among the segments -------------------------------------------------


def segment(start: int, end: int, movie: str | None = None, **more: object) -> Segment:
    facts = {"start_s": start / 30, "end_s": end / 30, **more}
    return Segment(start_frame=start, end_frame=end, movie=movie, **facts)


WHOLE = (segment(0, 50, "a"), segment(50, 150), segment(150, 200, "b"))


def part_of(s: Segment, start: int, end: int) -> Segment:
    return replace(s, start_frame=start, end_frame=end, start_s=start / 30, end_s=end / 30)


def test_the_pane_of_which_most_was_found_stands_for_the_picture() -> None:
    split = SplitScreen(60, 140, (LEFT, RIGHT))
    left = (segment(60, 100, "c"), segment(100, 140))
    right = (segment(60, 140, "d"),)
    segments, others = with_panes(WHOLE, [(split, [left, right])], part_of)
    assert [(s.start_frame, s.end_frame, s.movie) for s in segments] == [
        (0, 50, "a"), (50, 60, None), (60, 140, "d"), (140, 150, None), (150, 200, "b")
    ]  # fmt: skip
    assert segments[2].pane == RIGHT
    assert {s.pane for s in segments} == {FULL_FRAME, RIGHT}
    assert [(s.start_frame, s.end_frame, s.movie, s.pane) for s in others] == [(60, 100, "c", LEFT)]
    assert (segments[1].end_s, segments[3].start_s) == (2.0, pytest.approx(140 / 30))


def test_holes_in_a_pane_and_around_it_are_one() -> None:
    split = SplitScreen(60, 140, (LEFT, RIGHT))
    left = (segment(60, 80), segment(80, 120, "c"), segment(120, 140))
    segments, others = with_panes(WHOLE, [(split, [left, (segment(60, 140),)])], part_of)
    assert [(s.start_frame, s.end_frame, s.movie) for s in segments] == [
        (0, 50, "a"), (50, 80, None), (80, 120, "c"), (120, 150, None), (150, 200, "b")
    ]  # fmt: skip
    assert others == ()


def test_a_pane_may_fill_the_stretch_and_nothing_found_changes_nothing() -> None:
    split = SplitScreen(50, 150, (LEFT, RIGHT))
    segments, _ = with_panes(
        WHOLE, [(split, [(segment(50, 150, "c"),), (segment(50, 150),)])], part_of
    )
    assert [s.movie for s in segments] == ["a", "c", "b"]
    nothing = [(split, [(segment(50, 150),), (segment(50, 150),)])]
    assert with_panes(WHOLE, nothing, part_of) == (WHOLE, ())


def spans(segments: tuple[Segment, ...]) -> list[tuple[int, int, str | None, Rect]]:
    return [(s.start_frame, s.end_frame, s.movie, s.pane) for s in segments]


def test_where_nothing_was_found_in_one_pane_another_stands_for_the_picture() -> None:
    split = SplitScreen(50, 150, (LEFT, RIGHT))
    left = (segment(50, 110, "c"), segment(110, 150))
    right = (segment(50, 80), segment(80, 120, "d"), segment(120, 130), segment(130, 150, "e"))
    segments, others = with_panes(WHOLE, [(split, [left, right])], part_of)
    assert spans(segments) == [
        (0, 50, "a", FULL_FRAME),
        (50, 110, "c", LEFT),
        (110, 120, "d", RIGHT),
        (120, 130, None, FULL_FRAME),
        (130, 150, "e", RIGHT),
        (150, 200, "b", FULL_FRAME),
    ]
    assert spans(others) == [(80, 110, "d", RIGHT)]


def test_of_three_panes_the_third_fills_what_the_others_leave() -> None:
    panes = tuple(Rect(x / 3, 0.0, 1 / 3, 1.0) for x in range(3))
    split = SplitScreen(50, 150, panes)
    of_panes = [
        (segment(50, 150),),
        (segment(50, 120, "c"), segment(120, 150)),
        (segment(50, 100), segment(100, 150, "d")),
    ]
    segments, others = with_panes(WHOLE, [(split, of_panes)], part_of)
    assert [s.movie for s in segments] == ["a", "c", "d", "b"]
    assert spans(segments)[2] == (120, 150, "d", panes[2])
    assert spans(others) == [(100, 120, "d", panes[2])]


def test_the_larger_pane_goes_before_the_smaller_one() -> None:
    wide, narrow = Rect(0.0, 0.0, 0.75, 1.0), Rect(0.75, 0.0, 0.25, 1.0)
    split = SplitScreen(50, 150, (narrow, wide))
    segments, others = with_panes(
        WHOLE, [(split, [(segment(50, 150, "c"),), (segment(50, 150, "d"),)])], part_of
    )
    assert (segments[1].movie, others[0].movie) == ("d", "c")
    assert replace(others[0], pane=FULL_FRAME) == segment(50, 150, "c")


@pytest.mark.parametrize(
    ("found_to", "taken"), [(150, True), (140, True), (139, False)], ids=["all", "90 %", "less"]
)
def test_the_whole_picture_gives_way_to_a_pane_of_which_as_much_is_found(
    found_to: int, taken: bool
) -> None:
    whole = (segment(0, 50, "a"), segment(50, 150, "c"), segment(150, 200, "b"))
    pane = [segment(50, found_to, "c")]
    pane += [segment(found_to, 150)] if found_to < 150 else []
    split = SplitScreen(50, 150, (LEFT, RIGHT))
    segments, _ = with_panes(whole, [(split, [pane, (segment(50, 150),)])], part_of)
    assert (segments[1].pane == LEFT) is taken
    assert taken or segments == whole


def test_a_segment_is_not_cut_for_a_pane_inside_it() -> None:
    whole = (segment(0, 200, "a"),)
    split = SplitScreen(50, 150, (LEFT, RIGHT))
    panes = [(segment(50, 150, "a"),), (segment(50, 150, "b"),)]
    assert with_panes(whole, [(split, panes)], part_of) == (whole, ())


def test_what_was_found_nowhere_and_what_is_half_hidden_may_be_split() -> None:
    hidden = Overlays.none(200, (18, 32))
    hidden.weights[0:50, 12:] = 0  # a third
    hidden.weights[150:200, 16:] = 0  # subtitles
    confirmed = np.zeros(200, dtype=np.bool_)
    confirmed[150:] = True
    assert may_be_split(WHOLE, hidden, confirmed) == [(0, 50), (50, 150)]
    assert may_be_split(WHOLE, None, confirmed) == [(50, 150)]


def test_what_finer_pictures_confirm_is_no_split_screen() -> None:
    hidden = Overlays.none(200, (18, 32))
    hidden.weights[0:50, 12:] = 0
    confirmed = np.zeros(200, dtype=np.bool_)
    confirmed[0:50] = True
    assert may_be_split(WHOLE, hidden, confirmed) == [(50, 150)]
