"""Where MLT is sent for the frames of the finished video."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from syncclip.timelines.cuts import rows
from syncclip.timelines.instants import Instants
from syncclip.types import FrameTimes
from tests.unit.timelines_cases import CASES, FRAMES, a_file, an_edit


def in_milliseconds(rate: Fraction, frames: int) -> FrameTimes:
    pts = np.round(np.arange(frames + 1) * 1000 / float(rate)).astype(np.int64)
    return FrameTimes(pts=pts[:-1], time_base=Fraction(1, 1000), start_pts=0, end_pts=int(pts[-1]))


@pytest.mark.parametrize("name", ["24 in 24", "24 in 30", "23.976 in 29.97 non-drop"])
@pytest.mark.parametrize("whose", ["the movie's", "the commentary's"])
def test_rounded_timestamps_are_met_in_the_middle_of_the_frame_shown(name: str, whose: str) -> None:
    case = CASES[name]
    movie, commentary = in_milliseconds(case.movie, 5000), in_milliseconds(case.record, FRAMES)
    if whose == "the movie's":
        edit = an_edit(case, times=movie)
    else:
        edit = an_edit(case)
        edit = replace(edit, commentary=a_file("r.mp4", case.record, FRAMES, times=commentary))
    for cut in rows(edit)[0].cuts:
        instants, own = Instants(cut, edit.commentary), edit.commentary.times.seconds
        elapsed_s = own[cut.start : cut.end] - own[cut.start]
        shown = cut.media.times.frame_at(cut.source_s + cut.speed * elapsed_s)
        if instants.plain:
            assert shown.tolist() == list(range(cut.position, cut.position + cut.frames))
            continue
        keys = instants.keys()
        seconds = np.interp(np.arange(cut.frames), list(keys), list(keys.values()))
        assert np.floor(seconds * float(case.movie)).tolist() == shown.tolist()


def test_exact_timestamps_are_met_by_a_straight_line() -> None:
    edit = an_edit(CASES["24 in 30"])
    for cut in rows(edit)[0].cuts:
        assert len(Instants(cut, edit.commentary).keys()) == 2


def test_a_movie_of_which_only_the_rate_is_known_has_a_straight_line() -> None:
    edit = an_edit(CASES["24 in 30"], times=None)
    for cut in rows(edit)[0].cuts:
        instants = Instants(cut, edit.commentary)
        assert not instants.plain
        assert len(instants.keys()) == 2
