"""Timecode against OpenTimelineIO's, and frame positions of variable rates."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentimelineio import opentime

from syncclip.timelines import format_timecode, parse_timecode, snap_rate
from syncclip.timelines.timecode import can_drop
from syncclip.types import FrameTimes
from tests.unit.timelines_cases import a_file

NTSC = [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)]
RATES = [*NTSC, *(Fraction(rate) for rate in (24, 25, 30, 50, 60))]
frames = st.integers(0, 12 * 3600 * 23)


@given(frame=frames, rate=st.sampled_from(RATES), drop=st.booleans())
def test_timecode_is_what_opentimelineio_writes(frame: int, rate: Fraction, drop: bool) -> None:
    drop = drop and can_drop(rate)
    time = opentime.RationalTime(frame, float(rate))
    theirs = opentime.to_timecode(time, float(rate), drop)
    assert format_timecode(frame, rate, drop=drop) == theirs


@given(frame=frames, rate=st.sampled_from([*RATES, Fraction(25, 2)]), drop=st.booleans())
def test_timecode_read_back_is_the_same_frame(frame: int, rate: Fraction, drop: bool) -> None:
    drop = drop and can_drop(rate)
    assert parse_timecode(format_timecode(frame, rate, drop=drop), rate) == (frame, drop)


@pytest.mark.parametrize("text", ["", "1:2:3", "00:60:00:00", "00:00:00:24", "aa:00:00:00"])
def test_what_is_no_timecode_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a timecode"):
        parse_timecode(text, Fraction(24))


def test_an_average_rate_stands_for_the_standard_one_beside_it() -> None:
    assert snap_rate(Fraction(19001, 317)) == Fraction(60000, 1001)
    assert snap_rate(Fraction(2997, 100)) == Fraction(30000, 1001)
    assert snap_rate(Fraction(24)) == 24
    assert snap_rate(Fraction(15)) == 15


@given(st.lists(st.integers(10, 90), min_size=2, max_size=60))
def test_a_frame_of_variable_rate_stands_where_it_is_on_screen(steps: list[int]) -> None:
    pts = np.concatenate([[0], np.cumsum(steps)]).astype(np.int64)
    times = FrameTimes(pts=pts, time_base=Fraction(1, 1000), start_pts=0, end_pts=int(pts[-1]) + 40)
    media = a_file("v.mkv", Fraction(25), len(pts), times=times)
    edges = np.append(pts, times.end_pts) / 1000
    for frame in range(len(pts)):
        tick_s = media.position(frame) / 25
        long_enough = edges[frame + 1] - edges[frame] >= 1 / 25
        if not media.constant and long_enough:
            assert edges[frame] - 1e-3 / 25 <= tick_s + 1e-9 < edges[frame + 1]
        assert abs(tick_s - edges[frame]) <= 1 / 25 + edges[frame + 1] - edges[frame]
    assert media.edge(0) == 0
    assert abs(media.edge(len(pts)) / 25 - edges[-1]) <= 0.5 / 25 + 1e-9 or media.constant


def test_a_file_of_constant_rate_is_counted_frame_by_frame() -> None:
    media = a_file("c.mp4", Fraction(24000, 1001), 5000)
    assert media.constant
    assert [media.position(f) for f in (0, 1, 4999)] == [0, 1, 4999]
    assert media.frame_at(1000 * 1001 / 24000) == 1000
