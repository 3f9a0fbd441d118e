"""What every frame of the result shows, where and when: arithmetic alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncclip.config import RenderConfig
from syncclip.errors import InputError, ResultError
from syncclip.rendering.clock import result_clock
from syncclip.rendering.geometry import crop_pixels, frame_size, pane_box, place, shown_part
from syncclip.rendering.plan import MAX_PIECE_FRAMES, Plan, Source, build_plan
from syncclip.rendering.similarity import Window, robust_correlation
from syncclip.rendering.slate import clock_text, slate, slate_text
from syncclip.rendering.soundtrack import tempo_filters
from syncclip.result import MatchResult, Segment
from syncclip.types import FULL_FRAME, FrameTimes, PixelRect, Rect, StreamInfo

MOVIE_RATE = 24
MOVIE_FRAMES = 240


def times(frames: int, rate: Fraction = Fraction(24), start: int = 0) -> FrameTimes:
    """Frames at a constant rate, timestamps counted in frames' own ticks from ``start``."""
    base = 1 / (rate * 1000)
    pts = start + 1000 * np.arange(frames, dtype=np.int64)
    return FrameTimes(pts, base, start, int(pts[-1]) + 1000)


MOVIE = times(MOVIE_FRAMES, start=7000)


def segment(start: int, end: int, rate: Fraction = Fraction(24), **fields: object) -> Segment:
    return Segment(
        start_frame=start,
        end_frame=end,
        start_s=float(start / rate),
        end_s=float(end / rate),
        **fields,
    )


def matched(start: int, end: int, movie_start_s: float, **fields: object) -> Segment:
    return segment(start, end, movie="m.mp4", movie_start_s=movie_start_s, **fields)


def result(*segments: Segment, rate: Fraction = Fraction(24)) -> MatchResult:
    return MatchResult(
        commentary="talk.mp4",
        commentary_fingerprint="f",
        duration_s=segments[-1].end_s,
        frame_rate=rate,
        frames=segments[-1].end_frame,
        width_px=640,
        height_px=360,
        content=PixelRect(0, 0, 640, 360),
        segments=segments,
        movies=(),
    )


def plan_of(*segments: Segment, rate: Fraction = Fraction(24), **options: str) -> Plan:
    return build_plan(
        result(*segments, rate=rate),
        commentary=times(segments[-1].end_frame, rate),
        movies={"m.mp4": MOVIE},
        config=RenderConfig(**options),
    )


def movie_frames(plan: Plan) -> list[int | None]:
    """Number of the movie frame that each frame's lower layer shows; None for other sources."""
    shown: list[int | None] = []
    for piece in plan.pieces:
        if piece.layer.source is Source.MOVIE:
            shown += ((piece.layer.pts - 7000) // 1000).tolist()
        else:
            shown += [None] * piece.frames
    return shown


# --- which frame


def test_a_segment_shows_the_frames_on_screen_along_its_line():
    plan = plan_of(matched(0, 6, 10 / 24), matched(6, 12, 50 / 24, speed=2.0))
    assert movie_frames(plan) == [10, 11, 12, 13, 14, 15, 50, 52, 54, 56, 58, 60]


def test_frame_rates_are_converted_by_time_not_by_number():
    thirty = Fraction(30)
    plan = plan_of(matched(0, 10, 1.0), rate=thirty)
    assert movie_frames(plan) == [24 + int(24 * n / 30) for n in range(10)]


def test_a_freeze_frame_holds_one_picture():
    assert movie_frames(plan_of(matched(0, 5, 1.02, speed=0.0))) == [24] * 5


def test_natural_speed_ignores_the_segments_speed():
    plan = plan_of(matched(0, 5, 1.0, speed=0.5), retime="none")
    assert movie_frames(plan) == [24, 25, 26, 27, 28]


def test_beyond_either_end_of_the_movie_the_outermost_frame_is_held():
    plan = plan_of(matched(0, 4, -2 / 24), matched(4, 8, (MOVIE_FRAMES - 2) / 24))
    last = MOVIE_FRAMES - 1
    assert movie_frames(plan) == [0, 0, 0, 1, last - 1, last, last, last]


@pytest.mark.parametrize(
    ("gaps", "source"),
    [("keep", Source.COMMENTARY), ("black", Source.BLACK), ("slate", Source.SLATE)],
)
def test_gaps_show_what_was_asked_for(gaps, source):
    plan = plan_of(matched(0, 4, 0.0), segment(4, 9), gaps=gaps)
    gap = plan.pieces[1].layer
    assert gap.source is source
    assert gap.pts.tolist() == ([4000, 5000, 6000, 7000, 8000] if gaps == "keep" else [])


def test_long_segments_are_cut_into_pieces_of_like_length():
    frames = 2 * MAX_PIECE_FRAMES + 1
    plan = plan_of(segment(0, frames))
    assert [piece.frames for piece in plan.pieces] == [400, 400, 401]


# --- dissolves


def test_cuts_ignore_recorded_dissolves():
    plan = plan_of(matched(0, 10, 0.0), matched(10, 20, 5.0, dissolve_in_frames=6))
    assert [piece.over for piece in plan.pieces] == [None, None]


def test_a_crossfade_lies_around_the_boundary_and_both_shots_run_on():
    segments = (matched(0, 10, 0.0), matched(10, 20, 5.0, dissolve_in_frames=4))
    before, mixed, after = plan_of(*segments, transition="crossfade").pieces
    assert (before.start_frame, before.end_frame) == (0, 8)
    assert (mixed.start_frame, mixed.end_frame) == (8, 12)
    assert (after.start_frame, after.end_frame) == (12, 20)
    assert ((mixed.layer.pts - 7000) // 1000).tolist() == [8, 9, 10, 11]
    assert mixed.over is not None
    assert ((mixed.over.pts - 7000) // 1000).tolist() == [118, 119, 120, 121]
    assert (mixed.fade.first, mixed.fade.step) == (0.125, 0.25)


def test_a_dissolve_longer_than_its_segment_keeps_its_own_ramp():
    segments = (matched(0, 2, 0.0), matched(2, 30, 5.0, dissolve_in_frames=10))
    mixed = plan_of(*segments, transition="crossfade").pieces[0]
    assert (mixed.start_frame, mixed.end_frame) == (0, 7)
    assert mixed.fade.first == pytest.approx(0.35)  # the ramp began three frames before


# --- split screens

LEFT, RIGHT = Rect(0.0, 0.0, 0.5, 1.0), Rect(0.5, 0.0, 0.5, 1.0)


def split_plan(*panes: Segment, **options: str) -> Plan:
    whole = (matched(0, 5, 0.0), matched(5, 25, 1.0, pane=LEFT), matched(25, 30, 2.0))
    split = replace(result(*whole), pane_segments=panes)
    return build_plan(
        split, commentary=times(30), movies={"m.mp4": MOVIE}, config=RenderConfig(**options)
    )


def test_panes_lie_beside_each_other_as_long_as_each_is_there():
    plan = split_plan(matched(5, 10, 3.0, pane=RIGHT), matched(10, 25, 4.0, pane=RIGHT))
    assert [(p.start_frame, p.end_frame) for p in plan.pieces] == [
        (0, 5), (5, 10), (10, 25), (25, 30)
    ]  # fmt: skip
    assert [[layer.pane for layer in piece.layers] for piece in plan.pieces] == [
        [None], [LEFT, RIGHT], [LEFT, RIGHT], [None]
    ]  # fmt: skip
    second = plan.pieces[2].layers
    assert [(layer.pts[0] - 7000) // 1000 for layer in second] == [24 + 5, 96]


@pytest.mark.parametrize(
    ("gaps", "below"), [("keep", Source.COMMENTARY), ("slate", Source.SLATE), ("black", None)]
)
def test_what_no_pane_covers_is_filled_as_gaps_are(gaps, below):
    plan = split_plan(matched(5, 10, 3.0, pane=RIGHT), gaps=gaps)
    whole, part = plan.pieces[1:3]
    assert [layer.source for layer in whole.layers] == [Source.MOVIE] * 2
    assert [layer.source for layer in part.layers] == [*([below] if below else []), Source.MOVIE]
    if gaps == "keep":
        assert part.layer.pane == FULL_FRAME  # in the commentary's place, not the whole frame
        assert part.layer.pts.tolist() == [1000 * n for n in range(10, 25)]


def test_panes_that_lie_over_each_other_cover_no_more_than_they_do():
    narrow = matched(5, 25, 3.0, pane=Rect(0.25, 0.0, 0.5, 1.0))
    piece = split_plan(narrow, matched(5, 25, 4.0, pane=Rect(0.0, 0.0, 0.25, 1.0))).pieces[1]
    assert [layer.source for layer in piece.layers] == [Source.COMMENTARY, *[Source.MOVIE] * 3]


@pytest.mark.parametrize("gaps", ["keep", "black"])
def test_panes_beside_a_rejected_one_are_shown(gaps):
    rejected = result(matched(0, 5, 0.0), segment(5, 25, pane=LEFT))
    plan = build_plan(
        replace(rejected, pane_segments=(matched(5, 20, 3.0, pane=RIGHT),)),
        commentary=times(25),
        movies={"m.mp4": MOVIE},
        config=RenderConfig(gaps=gaps),
    )
    below = {"keep": [Source.COMMENTARY], "black": []}[gaps]
    assert [[layer.source for layer in piece.layers] for piece in plan.pieces] == [
        [Source.MOVIE], [*below, Source.MOVIE], [Source(gaps) if gaps == "black" else below[0]]
    ]  # fmt: skip


def test_panes_beside_what_is_no_pane_any_more_are_not_shown():
    whole = result(matched(0, 5, 0.0), segment(5, 25))
    plan = build_plan(
        replace(whole, pane_segments=(matched(5, 25, 3.0, pane=RIGHT),)),
        commentary=times(25),
        movies={"m.mp4": MOVIE},
        config=RenderConfig(),
    )
    assert [len(piece.layers) for piece in plan.pieces] == [1, 1]


def test_panes_are_cut_and_long_ones_in_pieces():
    frames = MAX_PIECE_FRAMES + 10
    parts = (
        matched(0, 10, 0.0),
        matched(10, 10 + frames, 1.0, pane=LEFT, dissolve_in_frames=6),
    )
    plan = build_plan(
        replace(result(*parts), pane_segments=(matched(10, 10 + frames, 3.0, pane=RIGHT),)),
        commentary=times(10 + frames),
        movies={"m.mp4": MOVIE},
        config=RenderConfig(transition="crossfade"),
    )
    assert [piece.over for piece in plan.pieces] == [None] * 3
    assert [piece.frames for piece in plan.pieces] == [10, 305, 305]


def test_a_pane_from_a_movie_that_is_not_there_is_named():
    with pytest.raises(ResultError, match=r"other\.mp4"):
        split_plan(replace(matched(5, 10, 3.0, pane=RIGHT), movie="other.mp4"))


@pytest.mark.parametrize(
    ("pane", "box"),
    [
        (LEFT, PixelRect(100, 0, 200, 300)),
        (RIGHT, PixelRect(300, 0, 200, 300)),
        (Rect(0.0, 0.34, 1.0, 0.66), PixelRect(100, 102, 400, 198)),
        (Rect(0.9995, 0.9995, 0.0005, 0.0005), PixelRect(498, 298, 2, 2)),
    ],
)
def test_panes_stand_in_the_commentarys_place_on_even_pixels(pane, box):
    assert pane_box(pane, PixelRect(100, 0, 400, 300)) == box


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_window_may_be_seen_in_a_part_of_the_commentary(mirrored):
    rng = np.random.default_rng(5)
    left, right = rng.integers(0, 255, (2, 1, 54, 48), dtype=np.uint8)
    commentary = np.concatenate([left, right[:, :, ::-1] if mirrored else right], axis=2)
    window = Window(
        RIGHT, seen=RIGHT, mirrored=mirrored, result_size=(96, 54), commentary_size=(96, 54)
    )
    there = np.concatenate([left, right], axis=2)
    assert window.correlate(there, commentary)[0] == pytest.approx(1.0)
    elsewhere = np.concatenate([right, left], axis=2)
    assert window.correlate(elsewhere, commentary)[0] < 0.3


# --- properties

lengths = st.lists(st.integers(1, 40), min_size=1, max_size=12)


@st.composite
def edits(draw: st.DrawFn) -> tuple[Segment, ...]:
    at, segments = 0, []
    for length in draw(lengths):
        dissolve = draw(st.integers(0, 50))
        if draw(st.booleans()):
            place = draw(st.floats(-1, 12))
            speed = draw(st.floats(0, 3))
            new = matched(at, at + length, place, speed=speed, dissolve_in_frames=dissolve)
        else:
            new = segment(at, at + length, dissolve_in_frames=dissolve)
        segments.append(new)
        at += length
    return tuple(segments)


@given(edits(), st.sampled_from(["cut", "crossfade"]), st.sampled_from(["keep", "black"]))
def test_pieces_cover_every_frame_once_and_weights_stay_in_range(segments, transition, gaps):
    plan = plan_of(*segments, transition=transition, gaps=gaps)
    frames = segments[-1].end_frame
    assert plan.frames == frames
    assert [n for p in plan.pieces for n in range(p.start_frame, p.end_frame)] == list(
        range(frames)
    )
    for piece in plan.pieces:
        for layer in piece.layers:
            assert len(layer.pts) in (0, piece.frames)
            assert np.all(np.diff(layer.pts) >= 0)
            if layer.source is Source.MOVIE:
                assert set(layer.pts.tolist()) <= set(MOVIE.pts.tolist())
        assert (piece.over is None) == (piece.fade is None)
        if piece.fade is not None:
            last = piece.fade.first + (piece.frames - 1) * piece.fade.step
            assert 0 < piece.fade.first <= last < 1


@given(edits())
def test_every_frame_of_a_cut_belongs_to_its_own_segment(segments):
    plan = plan_of(*segments)
    for piece in plan.pieces:
        own = segments[piece.layer.segment]
        assert own.start_frame <= piece.start_frame < piece.end_frame <= own.end_frame


# --- results that cannot be


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        ((matched(0, 5, 0.0), matched(6, 9, 0.0)), "start at frame 5"),
        ((matched(0, 5, 0.0), matched(4, 9, 0.0)), "start at frame 5"),
        ((matched(1, 9, 0.0),), "start at frame 0"),
        ((matched(0, 9, 0.0, speed=-1.0),), "speed -1.0"),
        ((matched(0, 9, float("nan")),), "start time"),
        ((segment(0, 9, movie="m.mp4"),), "start time"),
        ((segment(0, 9, movie="other.mp4", movie_start_s=0.0),), "other.mp4"),
    ],
)
def test_impossible_segments_are_named(segments, words):
    with pytest.raises(ResultError, match=words) as caught:
        plan_of(*segments)
    assert "\n" not in str(caught.value)


def test_a_commentary_with_other_frames_is_refused():
    with pytest.raises(InputError, match="has 8 frames, but the result was made from 9"):
        build_plan(
            result(segment(0, 9)),
            commentary=times(8),
            movies={},
            config=RenderConfig(),
        )


# --- when


def test_a_constant_rate_is_kept_as_a_fraction():
    rate = Fraction(30000, 1001)
    clock = result_clock(times(5, rate), rate)
    assert clock.constant
    assert clock.time_base == Fraction(1, 30000)
    assert clock.edges.tolist() == [0, 1001, 2002, 3003, 4004, 5005]


def test_times_rounded_to_milliseconds_count_as_a_constant_rate():
    rate = Fraction(30000, 1001)
    pts = np.rint(np.arange(500) * 1001 / 30).astype(np.int64)
    clock = result_clock(FrameTimes(pts, Fraction(1, 1000), 0, int(pts[-1]) + 33), rate)
    assert clock.constant
    assert clock.edges[-1] == 500 * 1001


def test_a_frame_left_out_keeps_the_commentarys_own_times():
    pts = np.array([0, 40, 80, 160, 200], np.int64)
    clock = result_clock(FrameTimes(pts, Fraction(1, 1000), 0, 240), Fraction(25))
    assert not clock.constant
    assert clock.edges.tolist() == [0, 40, 80, 160, 200, 240]


def test_a_picture_that_starts_after_second_zero_still_does():
    late = FrameTimes(np.array([6000, 6040], np.int64), Fraction(1, 1000), 5000, 6080)
    assert float(result_clock(late, Fraction(25)).edges[0]) / 25 == 1.0


@given(st.lists(st.integers(1, 10**9), min_size=3, max_size=30))
def test_times_finer_than_players_count_stay_in_order(steps):
    pts = np.cumsum(steps, dtype=np.int64)
    fine = FrameTimes(pts[:-1].copy(), Fraction(1, 10**9), 0, int(pts[-1]))
    clock = result_clock(fine, Fraction(len(pts) * 10**9, int(pts[-1])).limit_denominator(1000))
    assert clock.frames == len(pts) - 1
    assert np.all(np.diff(clock.edges) > 0)


def test_sound_samples_of_segments_add_up_without_drift():
    rate = Fraction(30000, 1001)
    samples = result_clock(times(3000, rate), rate).samples(48_000)
    assert samples[-1] == 3000 * 1001 * 48_000 // 30_000
    assert set(np.diff(samples).tolist()) == {1601, 1602}


@pytest.mark.parametrize(
    ("speed", "count"), [(1.0, 0), (1.25, 1), (0.5, 1), (2.0, 1), (3.0, 2), (0.2, 3)]
)
def test_tempo_filters_multiply_to_the_speed_within_their_range(speed, count):
    factors = [float(name.removeprefix("atempo=")) for name in tempo_filters(speed)]
    assert len(factors) == count
    assert all(0.5 <= factor <= 2 for factor in factors)
    assert np.prod(factors) == pytest.approx(speed, rel=1e-6)


# --- where


def info(width: int, height: int, sample_aspect: Fraction = Fraction(1)) -> StreamInfo:
    return StreamInfo(
        path=None,
        width_px=width,
        height_px=height,
        sample_aspect=sample_aspect,
        rotation_deg=0,
        frame_rate=Fraction(24),
        time_base=Fraction(1, 24),
        start_pts=0,
        duration_s_from_header=None,
        frames_from_header=None,
        codec="h264",
        pixel_format="yuv420p",
        has_audio=False,
        color_range="tv",
        color_space="bt709",
    )


@pytest.mark.parametrize(
    ("movie", "content", "aspect", "framing", "size"),
    [
        (info(1920, 1080), PixelRect(0, 140, 1920, 800), 16 / 9, "movie", (1920, 1080)),
        (info(853, 481), PixelRect(0, 0, 853, 481), 16 / 9, "movie", (852, 480)),
        (info(720, 576, Fraction(64, 45)), PixelRect(0, 0, 720, 576), 1.0, "movie", (1024, 576)),
        (info(1920, 1080), PixelRect(0, 0, 1920, 1080), 16 / 9, "commentary", (1920, 1080)),
        (info(1920, 1080), PixelRect(0, 0, 1920, 1080), 9 / 16, "commentary", (606, 1080)),
        (info(1920, 1080), PixelRect(0, 140, 1920, 800), 16 / 9, "commentary", (1422, 800)),
        (info(1920, 1080), PixelRect(0, 0, 1920, 1080), 2.4, "commentary", (1920, 800)),
    ],
)
def test_the_frame_has_the_right_size(movie, content, aspect, framing, size):
    found = frame_size(movie, content=content, commentary_aspect=aspect, framing=framing)
    assert found == size


def test_a_crop_counts_from_the_content_rectangle_and_stays_inside():
    content = PixelRect(10, 140, 1900, 800)
    assert crop_pixels(Rect(0.25, 0.5, 0.5, 0.5), content) == PixelRect(485, 540, 950, 400)
    assert crop_pixels(Rect(0.9999, 0.9999, 1e-6, 1e-6), content) == PixelRect(1908, 938, 2, 2)


fractions = st.floats(0, 1)


sides = st.integers(2, 4000)


@given(st.tuples(fractions, fractions, fractions, fractions), st.tuples(sides, sides))
def test_every_crop_has_pixels_within_the_content(shape, size):
    (x, y, w, h), (width, height) = shape, size
    crop = Rect(x * 0.999, y * 0.999, max(w * (1 - x), 1e-4), max(h * (1 - y), 1e-4))
    found = crop_pixels(crop, PixelRect(3, 5, width, height))
    assert 3 <= found.x < found.x + found.w <= 3 + width
    assert 5 <= found.y < found.y + found.h <= 5 + height


def test_another_shape_is_centred_and_keeps_its_aspect():
    placement = place(PixelRect(0, 0, 640, 480), Fraction(1), (1920, 1080), fill=False)
    assert placement.box == PixelRect(240, 0, 1440, 1080)
    part = shown_part(Rect(0.5, 0.0, 0.5, 1.0), PixelRect(0, 0, 640, 480), placement)
    assert part.as_list() == pytest.approx([0.5, 0, 0.375, 1])


def test_a_letterboxed_movies_content_stands_between_its_own_bars():
    placement = place(PixelRect(0, 0, 1920, 1080), Fraction(1), (1920, 1080), fill=False)
    part = shown_part(Rect(0, 0, 1, 0.5), PixelRect(0, 140, 1920, 800), placement)
    assert part.as_list() == pytest.approx([0, 140 / 1080, 1, 400 / 1080])


# --- how alike


def scene(seed: int, size: tuple[int, int] = (320, 180)) -> np.ndarray:
    """(h, w) smooth random picture, 0 to 255."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (12, 20))
    y = np.linspace(0, 11, size[1])
    x = np.linspace(0, 19, size[0])
    rows = np.stack([np.interp(x, np.arange(20), row) for row in coarse])
    return np.stack([np.interp(y, np.arange(12), column) for column in rows.T], axis=1)


def shrink(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(1, h, w) block means of a picture whose sides are multiples of ``size``."""
    height, width = picture.shape
    blocks = picture.reshape(size[1], height // size[1], size[0], width // size[0])
    return np.rint(blocks.mean(axis=(1, 3)))[None].astype(np.uint8)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_crop_correlates_with_the_picture_it_was_cut_from(mirrored):
    whole = scene(1)
    crop = whole[45:180, 80:320]  # three quarters, lower right
    if mirrored:
        crop = crop[:, ::-1]
    part = Rect(0.25, 0.25, 0.75, 0.75)
    sizes = {"result_size": (80, 45), "commentary_size": (48, 27)}
    right = Window(part, mirrored=mirrored, **sizes)
    flipped = Window(part, mirrored=not mirrored, **sizes)
    pictures = shrink(whole, (80, 45)), shrink(crop, (48, 27))
    assert right.correlate(*pictures)[0] > 0.99
    assert flipped.correlate(*pictures)[0] < 0.5


def test_another_picture_stays_far_below_the_floor():
    one, other = (shrink(scene(seed), (80, 45)) for seed in (1, 2))
    whole = Window(Rect(0, 0, 1, 1), mirrored=False, result_size=(80, 45), commentary_size=(80, 45))
    assert whole.correlate(one, other)[0] < 0.6


def test_subtitles_and_grading_do_not_count():
    clean = scene(3)
    talk = 30 + 0.7 * clean
    talk[150:170, 60:260] = np.where(scene(9)[150:170, 60:260] > 120, 255, 0)
    plain = np.corrcoef(clean.ravel(), talk.ravel())[0, 1]
    robust = robust_correlation(clean.reshape(1, -1), talk.reshape(1, -1))[0]
    assert plain < 0.95
    assert robust > 0.99


def test_flat_and_tiny_parts_are_not_measured():
    grey = np.full((2, 45, 80), 17, np.uint8)
    noise = np.random.default_rng(0).integers(16, 19, (2, 45, 80)).astype(np.uint8)
    sizes = {"mirrored": False, "result_size": (80, 45), "commentary_size": (80, 45)}
    assert np.isnan(Window(Rect(0, 0, 1, 1), **sizes).correlate(grey, noise)).all()
    rich = np.repeat(shrink(scene(4), (80, 45)), 2, axis=0)
    assert np.isnan(Window(Rect(0.5, 0.5, 0.05, 0.05), **sizes).correlate(rich, rich)).all()


# --- slates


def test_slate_text_says_the_stretch():
    assert slate_text(12.34, 15.0) == ("NOT IN MOVIE", "00:12.3-00:15.0")
    assert clock_text(3725.96) == "1:02:06.0"
    assert clock_text(59.97) == "01:00.0"


@pytest.mark.parametrize("size", [(1920, 1080), (160, 96), (54, 96), (16, 16)])
def test_a_slate_has_text_in_every_size_it_can(size):
    frame = slate(size, slate_text(0.0, 4000.0))
    assert frame.shape == (size[1], size[0], 3)
    ink = (frame > 200).all(axis=2)
    assert 0.005 < ink.mean() < 0.4
    if size[0] > 150:
        columns = np.flatnonzero(ink.any(axis=0))
        assert abs((columns[0] + columns[-1]) / 2 - size[0] / 2) < size[0] * 0.02
