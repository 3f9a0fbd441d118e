"""Timelines of real files: what melt plays, what JianYing's library reads, what tags say."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest
from typer.testing import CliRunner

import syncclip
from syncclip.cli import app
from syncclip.config import RenderConfig
from syncclip.reports import read_result, write_reports, write_result
from syncclip.result import Alternative, TranscriptLine
from syncclip.types import FULL_FRAME, PixelRect, Rect
from syncclip.video import fingerprint, read_tags
from tests import media
from tests.matched import PLACES, SIZE, a_match, numbers

needs_melt = pytest.mark.skipif(shutil.which("melt") is None, reason="needs melt (Debian: melt)")


def melted(project: Path) -> Path:
    """The project as melt renders it."""
    out = project.with_suffix(".melted.mp4")
    consumer = f"avformat:{out}"
    options = ["vcodec=libx264", "preset=ultrafast", "crf=12", "real_time=-1", "acodec=aac"]
    subprocess.run(
        ["melt", str(project), "-consumer", consumer, *options], check=True, capture_output=True
    )
    return out


@needs_melt
@pytest.mark.parametrize(
    ("movie_rate", "rate"),
    [(24, 30), (Fraction(24000, 1001), Fraction(30000, 1001)), (25, 25), (30, 24)],
    ids=["24 in 30", "23.976 in 29.97", "25 in 25", "30 in 24"],
)
def test_melt_plays_the_frames_of_the_finished_video(
    tmp_path: Path, movie_rate: Fraction, rate: Fraction
) -> None:
    result = a_match(tmp_path, movie_rate=movie_rate, rate=rate)
    options = RenderConfig(gaps="black", preset="ultrafast")
    video = syncclip.render(result, config=options).video
    project = syncclip.export(result, ["mlt"]).files["mlt"]
    played, finished = numbers(melted(project)), numbers(video)
    assert len(played) == len(finished) == 200
    assert played == finished


@needs_melt
@pytest.mark.parametrize(
    ("ticks", "rate"),
    [
        ([round(k * 1000 / 24) for k in range(301)], 30),
        ([k * 1001 // 30 for k in range(301)], 25),
        ([round(k * 1001 / 24) for k in range(301)], Fraction(24000, 1001)),
    ],
    ids=["24 in 30", "29.97 in 25", "23.976 in 23.976"],
)
def test_melt_plays_the_same_frames_of_a_movie_with_timestamps_in_milliseconds(
    tmp_path: Path, ticks: list[int], rate: Fraction
) -> None:
    result = a_match(tmp_path, rate=rate, ticks=ticks, ticks_per_s=1000)
    options = RenderConfig(gaps="black", preset="ultrafast")
    video = syncclip.render(result, config=options).video
    done = syncclip.export(result, ["mlt"])
    assert done.notes == ()
    assert numbers(melted(done.files["mlt"])) == numbers(video)


@needs_melt
def test_melt_shows_crops_and_mirrors_where_they_are_switched_on(tmp_path: Path) -> None:
    path = a_match(tmp_path, movie_rate=25, rate=25)
    found = read_result(path)
    crop = Rect(0.1, 0.2, 0.75, 0.75)
    edited = [replace(s, crop=crop, mirrored=s.start_frame == 0) if s.movie else s
              for s in found.segments]  # fmt: skip
    write_result(replace(found, segments=tuple(edited)), path)
    options = RenderConfig(gaps="black", preset="ultrafast", framing="commentary")
    video = syncclip.render(path, config=options).video
    project = syncclip.export(path, ["mlt"], framing="commentary").files["mlt"]
    a, b = (_small(p) for p in (melted(project), video))
    assert a.shape == b.shape
    assert np.abs(a - b).mean() < 3
    plain = syncclip.export(path, ["mlt"], output=tmp_path / "plain").files["mlt"]
    assert np.abs(_small(melted(plain)) - b).mean() > 15


@needs_melt
@pytest.mark.parametrize("framing", ["movie", "commentary"])
def test_melt_lays_split_screens_together_as_the_finished_video_does(
    tmp_path: Path, framing: str
) -> None:
    path = a_match(tmp_path, movie_rate=25, rate=25)
    found = read_result(path)
    first, second, *others = found.segments
    left = replace(first, pane=Rect(0, 0, 0.5, 1), crop=Rect(0.25, 0, 0.5, 1), mirrored=True)
    right = replace(first, pane=Rect(0.5, 0, 0.5, 1), crop=Rect(0.2, 0.1, 0.5, 0.8),
                    movie_start_s=5.0, movie_end_s=6.6)  # fmt: skip
    # Of the second one, only the lower half was found.
    above = replace(second, pane=Rect(0, 0, 1, 0.5), movie=None, movie_start_s=None,
                    movie_end_s=None, movie_start_frame=None)  # fmt: skip
    below = replace(second, pane=Rect(0, 0.5, 1, 0.5), crop=Rect(0, 0.25, 1, 0.5), mirrored=True)
    split = replace(found, segments=(left, above, *others), pane_segments=(right, below))
    write_reports(split, path.parents[1])
    options = RenderConfig(gaps="black", preset="ultrafast", framing=framing)
    video = syncclip.render(path, config=options).video
    project = syncclip.export(path, ["mlt"], framing=framing).files["mlt"]
    played, finished = _small(melted(project)), _small(video)
    assert played.shape == finished.shape
    assert np.abs(played - finished).mean((1, 2)).max() < 2


@needs_melt
def test_melt_fills_the_commentarys_shape_and_tells_where_it_does_not(tmp_path: Path) -> None:
    path = a_match(tmp_path, movie_rate=25, rate=25)
    found = read_result(path)
    first, *others = found.segments
    left = replace(first, pane=Rect(0, 0, 0.5, 1), crop=Rect(0.25, 0, 0.5, 1))
    wide = replace(found, content=PixelRect(0, 20, 320, 140), segments=(left, *others))
    write_reports(wide, path.parents[1])
    options = RenderConfig(gaps="black", preset="ultrafast", framing="commentary")
    finished = _small(syncclip.render(path, config=options).video)
    done = syncclip.export(path, ["mlt"], framing="commentary")
    apart = np.abs(_small(melted(done.files["mlt"])) - finished).mean((1, 2))
    assert max(apart[:40].max(), apart[160:].max()) < 3  # a pane, and a clip that is not retimed
    (note,) = done.notes
    assert "film.mov has another shape than the sequence" in note
    assert syncclip.export(path, ["otio"], framing="commentary").notes == ()


def _small(path: Path) -> np.ndarray:
    with av.open(str(path)) as file:
        frames = [f.reformat(32, 18, "gray").to_ndarray() for f in file.decode(video=0)]
    return np.stack(frames).astype(float)


def test_a_jianying_draft_is_read_by_its_library_to_the_microsecond(tmp_path: Path) -> None:
    import pyJianYingDraft

    result = a_match(tmp_path)
    folder = syncclip.export(result, ["jianying"]).files["jianying"]
    drafts = pyJianYingDraft.DraftFolder(str(folder.parent))
    script = drafts.load_template(folder.name)
    assert script.duration == round(200 / 30 * 1e6)
    assert (script.width, script.height, script.fps) == (*SIZE, 30)
    movie = script.imported_tracks[0]
    spans = [(s.target_timerange.start, s.target_timerange.end) for s in movie.segments]
    placed = [place for place in PLACES if place[2] is not None]
    assert spans == [(round(a / 30 * 1e6), round(b / 30 * 1e6)) for a, b, _, _ in placed]
    for segment, (start, end, at_s, speed) in zip(movie.segments, placed, strict=True):
        assert segment.source_timerange.start == pytest.approx(at_s * 1e6, abs=1e6 / 24)
        length = (speed or 0.1) * (end - start) / 30 * 1e6
        assert segment.source_timerange.duration == pytest.approx(length, abs=2)
    content = json.loads((folder / "draft_content.json").read_text("utf-8"))
    reference = content["tracks"][-1]["segments"][0]
    assert (reference["clip"]["alpha"], reference["volume"]) == (0.0, 1.0)
    names = {each["id"]: each["material_name"] for each in content["materials"]["videos"]}
    shown = [names[each["material_id"]] for each in content["tracks"][0]["segments"]]
    assert shown == [
        "film.mov #1 likely 90 %",
        "film.mov #2 likely 90 %: speed 1.25x",
        "film.mov #4 likely 90 %: speed 0.8x",
        "film.mov #5 likely 90 %: freeze frame",
        "film.mov #6 likely 90 %",
    ]
    assert names[reference["material_id"]] == "recap.mp4"
    # Written again, the folder is replaced whole.
    again = syncclip.export(result, ["jianying"]).files["jianying"]
    assert sorted(p.name for p in again.iterdir()) == ["draft_content.json", "draft_meta_info.json"]
    assert [p.name for p in again.parent.iterdir()] == [again.name]


def test_a_jianying_draft_holds_what_is_spoken_as_subtitles(tmp_path: Path) -> None:
    import pyJianYingDraft

    from syncclip.reports import read_result

    path = a_match(tmp_path)
    said = [(0.5, 1.25, "他来了"), (1.0, 2.0, "and runs"), (1.5, 1.9, "lost"), (6.0, 99.0, "end")]
    lines = tuple(TranscriptLine(start_s=a, end_s=b, text=text) for a, b, text in said)
    write_result(replace(read_result(path), transcript=lines), path)
    folder = syncclip.export(path, ["jianying"]).files["jianying"]
    script = pyJianYingDraft.DraftFolder(str(folder.parent)).load_template(folder.name)
    (track,) = (t for t in script.imported_tracks if t.track_type is pyJianYingDraft.TrackType.text)
    assert track.name == "Transcript"
    spans = [(s.target_timerange.start, s.target_timerange.end) for s in track.segments]
    assert spans == [(500000, 1250000), (1250000, 2000000), (6000000, round(200 / 30 * 1e6))]
    content = json.loads((folder / "draft_content.json").read_text("utf-8"))
    texts = {text["id"]: text for text in content["materials"]["texts"]}
    shown = [texts[s["material_id"]] for s in content["tracks"][-1]["segments"]]
    assert [json.loads(text["content"])["text"] for text in shown] == ["他来了", "and runs", "end"]
    assert {text["type"] for text in shown} == {"subtitle"}
    assert script.duration == round(200 / 30 * 1e6)


def with_timecode(path: Path, text: str) -> Path:
    """A copy with a timecode track, as cameras and editing programs write it."""
    out = path.with_name(f"coded-{path.name}")
    media.ffmpeg("-i", path, "-c", "copy", "-timecode", text, out)
    return out


@pytest.fixture
def coded(tmp_path: Path) -> Path:
    film = media.film(tmp_path / "f.mov", seconds=2, rate=Fraction(30000, 1001), size=SIZE)
    return with_timecode(film.path, "01:00:00;02")


def test_start_timecode_and_reel_are_read_from_a_file(coded: Path, tmp_path: Path) -> None:
    tags = read_tags(coded)
    assert (tags.timecode, tags.audio_channels) == ("01:00:00;02", 0)
    plain = media.film(tmp_path / "plain.mp4", seconds=1, size=SIZE)
    assert (read_tags(plain.path).timecode, read_tags(plain.path).reel) == (None, None)
    card = tmp_path / "card.mkv"
    media.ffmpeg("-i", plain.path, "-c", "copy", "-metadata", "REEL_NAME=A001C003", card)
    assert read_tags(card).reel == "A001C003"


def test_a_movies_start_timecode_is_in_its_timeline(tmp_path: Path) -> None:
    result = a_match(tmp_path, movie_rate=Fraction(30000, 1001), rate=Fraction(30000, 1001))
    document = json.loads(result.read_text("utf-8"))
    coded = with_timecode(tmp_path / "film.mov", "01:00:00;02")
    document["movies"][0] |= {"path": str(coded), "fingerprint": fingerprint(coded)}
    result.write_text(json.dumps(document), "utf-8")
    done = syncclip.export(result, ["otio", "edl"], drop_frame=True)
    assert done.notes == ()
    timeline = otio.adapters.read_from_file(str(done.files["otio"]))
    first = next(iter(timeline.tracks[0].find_clips()))
    assert first.source_range.start_time.value == 107892 + 2 + 59
    assert "FCM: DROP FRAME" in done.files["edl"].read_text("utf-8")
    assert "01:00:02;01" in done.files["edl"].read_text("utf-8")


def test_a_missing_movie_is_said_and_its_timeline_written_all_the_same(tmp_path: Path) -> None:
    result = a_match(tmp_path)
    (tmp_path / "film.mov").unlink()
    done = CliRunner().invoke(app, ["export", str(result), "--to", "otio,edl", "-q"])
    assert done.exit_code == 0
    assert "note: film.mov is not at hand" in done.stderr
    assert (result.parents[1] / "timelines" / "recap.otio").is_file()
    refused = CliRunner().invoke(app, ["export", str(result), "--to", "jianying", "-q"])
    assert refused.exit_code == 1
    assert "film.mov is not there: a JianYing draft needs every file" in refused.stderr


@pytest.mark.parametrize("named", ["aaf", "", ",", "otio,aaf"])
def test_formats_that_there_are_not_are_refused_by_naming_all(tmp_path: Path, named: str) -> None:
    result = a_match(tmp_path)
    refused = CliRunner().invoke(app, ["export", str(result), "--to", named, "-q"])
    assert refused.exit_code == 1
    assert "choose among: otio, " in refused.stderr
    assert refused.stderr.rstrip().endswith(", srt, review")
    assert not (result.parents[1] / "timelines").exists()


@pytest.mark.parametrize("content", ["{}", "[]", '"x"', '{"a": 1}'])
def test_what_is_no_result_is_told_from_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(content)
    refused = CliRunner().invoke(app, ["export", str(path), "-q"])
    assert refused.exit_code == 1
    assert "give the visual_match_results.json that match wrote" in refused.stderr


def test_a_movie_of_variable_rate_is_placed_by_time_and_that_is_said(tmp_path: Path) -> None:
    steps = np.random.default_rng(5).integers(17, 90, 215)
    ticks = [0, *np.cumsum(steps).tolist()]
    result = a_match(tmp_path, ticks=ticks, ticks_per_s=1000)
    done = syncclip.export(result, ["otio"])
    assert len(done.notes) == 1
    assert "film.mov has a variable frame rate" in done.notes[0]
    timeline = otio.adapters.read_from_file(str(done.files["otio"]))
    placed = [place for place in PLACES if place[2] is not None]
    for clip, (_, _, at_s, _) in zip(timeline.tracks[0].find_clips(), placed, strict=True):
        start = clip.source_range.start_time
        frame = clip.metadata["syncclip"]["movie_frame"]
        assert ticks[frame] / 1000 <= at_s + 1e-4 < ticks[frame + 1] / 1000
        assert abs(start.value / start.rate - ticks[frame] / 1000) < 1 / start.rate


def test_alternatives_of_a_result_file_reach_the_timeline(tmp_path: Path) -> None:
    path = a_match(tmp_path)
    found = read_result(path)
    other = Alternative(movie="film.mov", movie_start_s=1.0, movie_end_s=2.0, movie_start_frame=24,
                        speed=1.0, mirrored=False, crop=FULL_FRAME, similarity=0.5)  # fmt: skip
    first = replace(found.segments[0], alternatives=(other,))
    write_reports(replace(found, segments=(first, *found.segments[1:])), path.parents[1])
    timeline = otio.adapters.read_from_file(str(syncclip.export(path, ["otio"]).files["otio"]))
    assert [track.name for track in timeline.tracks][1] == "Alternatives 1"
