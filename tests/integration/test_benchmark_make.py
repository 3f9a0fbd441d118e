"""Commentaries made by the benchmark: what they show is what their truth says."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.claims import Prediction
from benchmarks.lengthen import lengthen
from benchmarks.make import CaseSpec, make_case
from benchmarks.rendered import check_render
from benchmarks.reprise import reprise
from benchmarks.styles import STYLES
from benchmarks.survey import read_thumbnails, survey_film
from benchmarks.truth import NO_FILM, TrueSegment, Truth, load_truth

SIZE = (160, 90)
BITS = 9
"""Cells of the burned-in number; one white and one black cell stand before them."""
CELL = 8


def _cell_centres() -> list[tuple[float, float]]:
    """``(x, y)`` of the cells in pixels: in the middle of the picture, which no zoom cuts away."""
    columns, left, top = 4, 64, 33
    return [(left + CELL * (k % columns) + 4, top + CELL * (k // columns) + 4) for k in range(11)]


def _numbered(number: int) -> np.ndarray:
    """A picture whose cells spell a number."""
    picture = np.full((SIZE[1], SIZE[0]), 110, np.uint8)
    picture[:, : 40 + number % 80] = 140  # something that moves
    values = [1, 0, *((number >> bit) & 1 for bit in range(BITS))]
    for (x, y), value in zip(_cell_centres(), values, strict=True):
        x0, y0 = int(x) - CELL // 2, int(y) - CELL // 2
        picture[y0 : y0 + CELL, x0 : x0 + CELL] = 235 if value else 16
    return picture


def _film(path: Path, *, frames: int = 480, start_pts: int = 0, group: int = 60) -> Path:
    """A 24 fps film with a number in every frame; pts count 1/24000 s."""
    with av.open(f"file:{path}", "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "12", "g": str(group)})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            chroma = np.full((SIZE[1] // 2, SIZE[0]), 128, np.uint8)
            frame = av.VideoFrame.from_ndarray(
                np.vstack([_numbered(number), chroma]), format="yuv420p"
            )
            frame.pts = number + start_pts
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return _film(tmp_path_factory.mktemp("films") / "-numbers 数字's.mp4")


def _read_number(picture: np.ndarray, *, crop, mirrored: bool) -> int:
    """The number in a commentary frame, with its crop and mirror undone."""
    height, width = picture.shape
    values = []
    for x, y in _cell_centres():
        at_x = (x / SIZE[0] - crop[0]) / crop[2]
        at_y = (y / SIZE[1] - crop[1]) / crop[3]
        at_x = 1 - at_x if mirrored else at_x
        column, row = int(at_x * width), int(at_y * height)
        values.append(float(picture[row - 1 : row + 2, column - 1 : column + 2].mean()))
    white, black, *bits = values
    return sum(1 << k for k, value in enumerate(bits) if value > (white + black) / 2)


def _crop_at(segment: TrueSegment, frame: int) -> tuple[float, ...]:
    """The window of a frame: between the first and the last where a still is zoomed."""
    if segment.crop_end is None:
        return segment.crop
    share = (frame - segment.start_frame) / (segment.end_frame - 1 - segment.start_frame)
    first, last = np.array(segment.crop), np.array(segment.crop_end)
    width = first[2] * (last[2] / first[2]) ** share
    return tuple(first + (last - first) * (width - first[2]) / (last[2] - first[2]))


def _luma(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [
            frame.to_ndarray()[: frame.height]
            for frame in container.decode(container.streams.video[0])
        ]


def _true_numbers(truth: Truth, film: Path) -> np.ndarray:
    with av.open(f"file:{film}") as container:
        stamps = sorted(frame.pts for frame in container.decode(video=0))
    return np.searchsorted(stamps, truth.pts[:, 0])


ALL_ALONG = ["clean", "light", "typical", "hard", "vertical", "crop916", "static", "again"]
ALL_ALONG += ["ramps", "stills", "transitions", "recoloured", "framed", "variable-rate", "rates"]


@pytest.mark.parametrize("style", ALL_ALONG)
def test_truth_names_the_frame_that_is_on_screen(film, tmp_path, style):
    spec = CaseSpec(films=(film,), style=style, seed=3, duration_s=12)
    truth = make_case(spec, tmp_path / "case", work=tmp_path)
    pictures = _luma(tmp_path / "case" / "case.mp4")
    assert len(pictures) == truth.frames == round(12 * truth.fps)
    numbers = _true_numbers(truth, film)
    x, y, width, height = truth.settings["picture_px"]
    checked = 0
    for segment in truth.segments:
        for k in range(segment.start_frame, segment.end_frame):
            if truth.film[k, 0] < 0 or truth.film[k, 1] != -2:
                continue  # inserts show no number, dissolves show two
            inside = pictures[k][y : y + height, x : x + width]
            crop = _crop_at(segment, k)
            seen = _read_number(inside, crop=crop, mirrored=segment.mirrored)
            assert seen == numbers[k], f"frame {k} of {segment}"
            checked += 1
    assert checked > 200


def test_segments_of_the_truth_draw_the_line_of_its_frames(film, tmp_path):
    truth = make_case(
        CaseSpec(films=(film,), style="typical", seed=5, duration_s=10), tmp_path, work=tmp_path
    )
    assert truth.segments[0].start_frame == 0
    assert truth.segments[-1].end_frame == truth.frames
    for before, after in zip(truth.segments, truth.segments[1:], strict=False):
        assert before.end_frame == after.start_frame
    for segment in truth.segments:
        inside = slice(segment.start_frame, segment.end_frame)
        assert (truth.film[inside, 0] == segment.film).all()
        if segment.film == NO_FILM:
            continue
        steps = np.arange(segment.end_frame - segment.start_frame)
        line_s = segment.start_s + segment.speed * steps / float(truth.fps)
        stored = truth.films[0]
        assert (stored.seconds(truth.pts[inside, 0]) <= line_s + 1e-9).all()
        assert (stored.seconds(truth.end_pts[inside, 0]) > line_s - 1e-9).all()


def test_dissolves_name_both_sources_around_the_cut(film, tmp_path):
    truth = make_case(
        CaseSpec(films=(film,), style="hard", seed=3, duration_s=20), tmp_path, work=tmp_path
    )
    dissolves = [s for s in truth.segments if s.dissolve_in_frames]
    assert dissolves
    double = truth.film[:, 1] != -2
    for segment in dissolves:
        half = segment.dissolve_in_frames // 2
        middle = segment.start_frame
        assert double[middle - half : middle + half].all()
    assert double.sum() == sum(segment.dissolve_in_frames for segment in dissolves)


def test_split_screens_name_what_stands_in_each_pane(film, tmp_path, monkeypatch):
    plain = dataclasses.replace(STYLES["split"], subtitles=False, zoom=(1.0, 1.0))
    monkeypatch.setitem(STYLES, "split", plain)  # a caption would hide the lower number
    spec = CaseSpec(films=(film,), style="split", seed=3, duration_s=24)
    truth = make_case(spec, tmp_path, work=tmp_path)
    pictures = _luma(tmp_path / "case.mp4")
    with av.open(f"file:{film}") as container:
        stamps = sorted(frame.pts for frame in container.decode(video=0))
    numbers = np.searchsorted(stamps, truth.pts)
    checked = 0
    for segment in truth.segments:
        inside = slice(segment.start_frame, segment.end_frame)
        assert (truth.film[inside, 1] == (-2 if segment.beside is None else 0)).all()
        if segment.beside is None:
            continue
        for column, pane in enumerate((segment, segment.beside)):
            x, y, width, height = pane.box
            if width < SIZE[0] // 2:
                continue  # too small an inset for its number to be read
            for k in range(segment.start_frame, segment.end_frame):
                shown = pictures[k][y : y + height, x : x + width]
                seen = _read_number(shown, crop=pane.crop, mirrored=pane.mirrored)
                assert seen == numbers[k, column], f"frame {k} of {pane}"
                checked += 1
    assert checked > 300


def test_fades_go_through_nothing_and_excuse_who_no_longer_names_the_film(film, tmp_path):
    spec = CaseSpec(films=(film,), style="transitions", seed=4, duration_s=24)
    truth = make_case(spec, tmp_path, work=tmp_path)
    pictures = _luma(tmp_path / "case.mp4")
    _, _, width, height = truth.settings["picture_px"]
    middle = np.s_[height // 4 : height // 2, width // 4 : width // 2]  # no logo, no caption
    faded = [s for s in truth.segments if s.fade_in_frames and s.start_frame]
    assert faded
    for segment in faded:
        at = segment.start_frame
        assert (truth.film[at - 2 : at + 2, 1] == NO_FILM).all()
        assert (truth.film[at - 2 : at + 2, 0] == 0).all()
        end = at + segment.fade_in_frames
        contrast = [float(pictures[k][middle].std()) for k in (at, end)]
        assert contrast[0] < contrast[1] / 3
        assert (truth.film[end : end + 3, 1] == -2).all()


def test_frames_of_a_variable_rate_last_as_long_as_the_truth_says(film, tmp_path):
    spec = CaseSpec(films=(film,), style="variable-rate", seed=1, duration_s=12)
    truth = make_case(spec, tmp_path, work=tmp_path)
    with av.open(str(tmp_path / "case.mp4")) as container:
        times_s = [frame.time for frame in container.decode(video=0)]
    assert np.allclose(times_s, truth.times_s)
    assert len(np.unique(np.diff(truth.times_s).round(3))) > 2
    assert float(truth.fps) == pytest.approx(truth.frames / 12)
    for segment in truth.segments:
        steps_s = truth.times_s[segment.start_frame : segment.end_frame]
        line_s = segment.start_s + segment.speed * (steps_s - steps_s[0])
        inside = slice(segment.start_frame, segment.end_frame)
        stored = truth.films[0]
        assert (stored.seconds(truth.pts[inside, 0]) <= line_s + 1e-9).all()
        assert (stored.seconds(truth.end_pts[inside, 0]) > line_s - 1e-9).all()


@pytest.mark.parametrize("seed", [101, 102, 103, 104, 105])
def test_rates_are_those_of_the_file(film, tmp_path, seed):
    spec = CaseSpec(films=(film,), style="rates", seed=seed, duration_s=2)
    truth = make_case(spec, tmp_path, work=tmp_path)
    with av.open(str(tmp_path / "case.mp4")) as container:
        assert container.streams.video[0].average_rate == truth.fps == STYLES["rates"].rate(seed)


@pytest.mark.parametrize("group", [60, 24])
def test_reprise_shows_stretches_twice_and_the_truth_knows_both_places(tmp_path, group):
    film = _film(tmp_path / "film.mp4", group=group)
    twice = reprise(film, tmp_path / "twice.mp4", seed=1)
    once_frames, twice_frames = _luma(film), _luma(twice)
    added = len(twice_frames) - len(once_frames)
    assert 48 <= added <= 240
    assert len(set(np.diff(read_thumbnails(twice)[0]))) == 1
    known = {frame.tobytes() for frame in once_frames}
    assert all(frame.tobytes() in known for frame in twice_frames)
    spec = CaseSpec(films=(twice,), style="repeated", seed=1, duration_s=12)
    truth = make_case(spec, tmp_path / "case", work=tmp_path)
    again = [s for s in truth.segments if s.elsewhere_s]
    assert again
    for segment in again:
        first = int(np.searchsorted(read_thumbnails(twice)[0], truth.pts[segment.start_frame, 0]))
        for start_s in segment.elsewhere_s:
            other = round(start_s * 24)
            assert abs(other - first) > 96
            shown = [twice_frames[k + 12].astype(int) for k in (first, other)]
            assert np.abs(shown[0] - shown[1]).max() <= 6
    assert load_truth(tmp_path / "case").segments == truth.segments


def test_same_seed_gives_the_same_bytes_and_another_seed_another_edit(film, tmp_path):
    spec = {"films": (film,), "style": "hard", "duration_s": 6}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_case(CaseSpec(**spec, seed=seed), tmp_path / name, work=tmp_path)

    def content(name: str) -> list[bytes]:
        folder = tmp_path / name
        return [(folder / file).read_bytes() for file in ("case.mp4", "truth.json", "truth.npz")]

    assert content("a") == content("b")
    assert content("a")[0] != content("c")[0]


def test_times_of_a_film_that_starts_late_count_from_its_start(tmp_path):
    late = _film(tmp_path / "late.mkv", frames=240, start_pts=48)
    truth = make_case(
        CaseSpec(films=(late,), style="clean", seed=1, duration_s=4), tmp_path / "c", work=tmp_path
    )
    stored = truth.films[0]
    assert stored.start_pts * stored.time_base == Fraction(2)
    first = truth.segments[0]
    assert abs(stored.seconds(truth.pts[:1, 0])[0] - first.start_s) < 1 / 24


def test_commentary_without_the_film_has_no_film_frame(film, tmp_path):
    spec = CaseSpec(films=(), inserts=(film,), style="none", seed=1, duration_s=4)
    truth = make_case(spec, tmp_path, work=tmp_path)
    assert (truth.film[:, 0] == NO_FILM).all()
    assert len(_luma(tmp_path / "case.mp4")) == 120


def test_several_films_are_told_apart(film, tmp_path):
    second = _film(tmp_path / "second.mp4", frames=240)
    spec = CaseSpec(films=(film, second), style="light", seed=1, duration_s=16)
    truth = make_case(spec, tmp_path / "case", work=tmp_path)
    assert {segment.film for segment in truth.segments} == {0, 1}
    assert [stored.name for stored in truth.films] == [film.name, "second.mp4"]


def test_truth_survives_writing_and_reading(film, tmp_path):
    made = make_case(
        CaseSpec(films=(film,), style="hard", seed=2, duration_s=5), tmp_path, work=tmp_path
    )
    read = load_truth(tmp_path)
    for name in ("film", "pts", "end_pts"):
        assert np.array_equal(getattr(made, name), getattr(read, name))
    assert (made.segments, made.films, made.fps) == (read.segments, read.films, read.fps)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"style": "odd"}, "no style 'odd'"),
        ({"films": ()}, "needs a film"),
        ({"until_s": (1.0, 2.0)}, "2 ends for 1 films"),
    ],
)
def test_impossible_cases_are_refused(film, fields, message):
    with pytest.raises(ValueError, match=message):
        CaseSpec(**({"films": (film,), "style": "light", "seed": 1} | fields))


def test_lengthened_film_repeats_every_frame_in_step(film, tmp_path):
    long = lengthen(film, tmp_path / "long.mp4", seconds=50)
    once, again = read_thumbnails(film), read_thumbnails(long)
    assert len(again[0]) == 3 * len(once[0])
    assert len(set(np.diff(again[0]))) == 1
    assert np.array_equal(again[2], np.concatenate([once[2]] * 3))


def test_render_check_tells_the_right_frames_from_others(film, tmp_path):
    # At the film's own rate and size, a clean edit without cuts is the film: a perfect rendering.
    truth = make_case(
        CaseSpec(films=(film,), style="clean", seed=1, duration_s=4), tmp_path, work=tmp_path
    )
    surveys = {film.name: survey_film(film, work=tmp_path)}
    claim = [
        Prediction(start_frame=s.start_frame, end_frame=s.end_frame, movie=film.name)
        for s in truth.segments
    ]
    video = tmp_path / "case.mp4"
    perfect = check_render(video, truth, claim, surveys=surveys)
    assert perfect["frames_off"] == 0
    assert perfect["correlation"] > 0.99
    other = check_render(film, truth, claim, surveys=surveys)
    assert other["frames_off"] == 480 - 96
    assert other["correlation"] < 0.9
    assert check_render(video, truth, [], surveys=surveys)["correlation"] is None


@pytest.mark.parametrize("content", [b"", b"hello, I am no film\n" * 50])
def test_file_that_is_no_video_is_one_line(tmp_path, capsys, content):
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    words = ["make", "--film", str(path), "--out", str(tmp_path / "out"), "--work", str(tmp_path)]
    assert main(words) == 1
    assert capsys.readouterr().err.count("\n") == 1
