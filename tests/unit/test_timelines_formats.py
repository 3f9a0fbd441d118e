"""Every format, written and read back by a reader that is not ours, equal to the frame."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio
import pysubs2
import pytest

from syncclip import corrections
from syncclip.errors import MissingDependencyError, SettingsError
from syncclip.timelines import (
    Edit,
    build_edit,
    fcpxml,
    known_formats,
    parse_timecode,
    write_timelines,
)
from syncclip.timelines import model as timelines_model
from syncclip.timelines.edl import to_edl
from syncclip.timelines.fcp7 import to_fcp7
from syncclip.timelines.fcpxml import to_fcpxml
from syncclip.timelines.subtitles import to_srt
from syncclip.timelines.tables import to_csv
from syncclip.types import FULL_FRAME, Rect
from tests.unit.fcpxml_definition import DEFINITION
from tests.unit.timelines_cases import (
    CASES,
    CROP,
    EXPECTED,
    FRAMES,
    Case,
    Expected,
    a_cut,
    a_file,
    a_result,
    an_edit,
)

PLACED = [expected for expected in EXPECTED if expected.frame is not None]

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def record_spans(track: otio.schema.Track, rate: Fraction) -> list[tuple[float, float]]:
    """Record frames at which each clip starts and ends."""
    spans = []
    for clip in track.find_clips():
        where = clip.range_in_parent()
        start, length = (
            t.value_rescaled_to(float(rate)) for t in (where.start_time, where.duration)
        )
        spans.append((pytest.approx(start, abs=1e-6), pytest.approx(start + length, abs=1e-6)))
    return spans


def wanted_spans() -> list[tuple[int, int]]:
    return [(expected.start, expected.end) for expected in PLACED]


# --- OpenTimelineIO ----------------------------------------------------------------------------


@every_case
def test_otio_keeps_every_frame(case: Case) -> None:
    text = an_edit(case).timeline.to_json_string()
    timeline = otio.adapters.read_from_string(text, "otio_json")
    movie = timeline.tracks[0]
    assert wanted_spans() == record_spans(movie, case.record)
    assert movie.duration().value == FRAMES
    for clip, expected in zip(movie.find_clips(), PLACED, strict=True):
        start = clip.source_range.start_time
        assert (start.value, start.rate) == (case.start_frame + expected.frame, float(case.movie))
        assert clip.metadata["syncclip"]["movie_frame"] == expected.frame
        warps = [e for e in clip.effects if isinstance(e, otio.schema.LinearTimeWarp)]
        assert [w.time_scalar for w in warps] == ([] if expected.speed == 1 else [expected.speed])


def test_otio_has_alternatives_and_reference_dark_above_and_the_narration_below() -> None:
    tracks = an_edit(CASES["24 in 30"]).timeline.tracks
    seen = [(t.name, t.kind, t.enabled, [c.enabled for c in t.find_clips()]) for t in tracks]
    assert seen == [
        ("Movie", "Video", True, [True] * 6),
        ("Alternatives 1", "Video", False, [False]),
        ("Alternatives 2", "Video", False, [False]),
        ("Commentary (reference)", "Video", False, [False]),
        ("Narration", "Audio", True, [True]),
    ]
    other = next(iter(tracks[2].find_clips()))
    assert other.range_in_parent().start_time.value == 425
    assert other.source_range.start_time.value == 1500
    assert [type(e).__name__ for e in other.effects] == ["LinearTimeWarp", "Effect"]


def test_otio_has_the_panes_of_split_screens_dark_on_tracks_of_their_own() -> None:
    case = CASES["24 in 30"]
    whole = a_result(case)
    left, right = Rect(0.0, 0.0, 0.5, 1.0), Rect(0.5, 0.0, 0.5, 1.0)
    first = replace(whole.segments[0], pane=left)
    panes = (
        a_cut(case, Expected(0, 40, 700), pane=right),
        a_cut(case, Expected(30, 90, 800), pane=right),
        a_cut(case, Expected(50, 100, 900), pane=right),
    )
    split = replace(whole, segments=(first, *whole.segments[1:]), pane_segments=panes)
    tracks = an_edit(case, result=split).timeline.tracks
    assert [(t.name, t.enabled) for t in tracks[:4]] == [
        ("Movie", True), ("Panes 1", False), ("Panes 2", False), ("Alternatives 1", False)
    ]  # fmt: skip
    spans = [
        [(c.range_in_parent().start_time.value, c.duration().value) for c in t.find_clips()]
        for t in tracks[1:3]
    ]
    assert spans == [[(0, 40), (50, 50)], [(30, 60)]]
    assert all(track.duration().value == FRAMES for track in tracks[:3])
    clips = [next(iter(track.find_clips())) for track in tracks[:2]]
    assert [list(clip.metadata["syncclip"]["pane"]) for clip in clips] == [
        left.as_list(), right.as_list()
    ]  # fmt: skip
    assert clips[1].metadata["syncclip"]["segment"] == 1
    assert clips[1].markers[0].name.startswith("#1 likely 93 %: pane 50.0 x 100.0 % at 50.0, 0.0")


def test_a_pane_ends_with_the_split_screen_that_a_correction_made_shorter() -> None:
    case = CASES["24 in 30"]
    whole = a_result(case)
    first = replace(whole.segments[0], pane=Rect(0.0, 0.0, 0.5, 1.0))
    pane = a_cut(case, Expected(0, 100, 700, 1.25), pane=Rect(0.5, 0.0, 0.5, 1.0))
    split = replace(whole, segments=(first, *whole.segments[1:]), pane_segments=(pane,))
    shorter = corrections.nudge(split, 1, out_frames=-10, made="2026-11-27T02:20:18Z")
    edit = an_edit(case, result=shorter)
    clip = next(iter(edit.timeline.tracks[1].find_clips()))
    assert (clip.range_in_parent().start_time.value, clip.duration().value) == (0, 90)
    below = replace(split.segments[0], pane=FULL_FRAME, end_frame=30, end_s=1.0)
    later = replace(split.segments[0], start_frame=30, start_s=1.0)
    cut = replace(split, segments=(below, later, *split.segments[1:]))
    edit = an_edit(case, result=cut)
    clip = next(iter(edit.timeline.tracks[1].find_clips()))
    assert (clip.range_in_parent().start_time.value, clip.duration().value) == (30, 70)
    assert clip.source_range.start_time.value == 700 + 30


def test_edl_tells_panes_from_alternatives() -> None:
    case = CASES["24 in 24"]
    whole = a_result(case)
    first = replace(whole.segments[0], pane=Rect(0.0, 0.0, 0.5, 1.0))
    pane = a_cut(case, Expected(0, 40, 700), pane=Rect(0.5, 0.0, 0.5, 1.0))
    split = replace(whole, segments=(first, *whole.segments[1:]), pane_segments=(pane,))
    told = [
        line.split(":")[0] for line in to_edl(an_edit(case, result=split)).splitlines()
        if "ALTERNATIVE" in line or "PANE" in line
    ]  # fmt: skip
    hole = replace(first, movie=None, movie_start_s=None, movie_end_s=None, alternatives=())
    rejected = replace(split, segments=(hole, *whole.segments[1:]))
    lines = to_edl(an_edit(case, result=rejected)).splitlines()
    assert sum(line.startswith("* PANE") for line in lines) == 1
    assert told[0] == "* PANE"
    assert told.count("* PANE") == 1
    assert "* ALTERNATIVE" in told


def test_otio_says_in_markers_and_colours_how_sure_a_place_is() -> None:
    timeline = an_edit(CASES["24 in 24"]).timeline
    clips = list(timeline.tracks[0].find_clips())
    assert [clip.markers[0].color for clip in clips[:2]] == ["YELLOW", "CYAN"]
    assert clips[0].markers[0].name == "#1 review 40 % | Once <upon> a time"
    assert clips[2].markers[0].name == (
        "#4 likely 93 %: mirrored, crop 75.0 x 75.0 % at 10.0, 20.0, dissolves in over 8 frames"
    )
    assert [m.name for m in timeline.tracks.markers] == ["#3 in no movie", "#8 in no movie"]
    assert [m.marked_range.start_time.value for m in timeline.tracks.markers] == [180, 650]
    freeze = clips[4].effects[0]
    assert isinstance(freeze, otio.schema.FreezeFrame)


# --- Final Cut Pro 7 XML -----------------------------------------------------------------------


@every_case
def test_fcp7_read_by_its_adapter_keeps_every_record_frame(case: Case) -> None:
    timeline = otio.adapters.read_from_string(to_fcp7(an_edit(case)), "fcp_xml")
    movie = timeline.tracks[0]
    assert wanted_spans() == record_spans(movie, case.record)
    for clip, expected in zip(movie.find_clips(), PLACED, strict=True):
        start = clip.source_range.start_time
        assert start.rate == pytest.approx(float(case.movie))
        in_frame = start.value - case.start_frame
        # In is counted in frames of the retimed clip: what it stands for is the frame wanted.
        frame = in_frame * (expected.speed or 1)
        assert expected.frame <= frame < expected.frame + max(1, expected.speed)
        if expected.speed in (0, 1):
            assert frame == expected.frame
        assert clip.media_reference.target_url == "file:///films/film.mov"
        available = clip.media_reference.available_range
        assert available.start_time.value == case.start_frame


@every_case
def test_fcp7_says_rates_and_timecodes_as_they_are(case: Case) -> None:
    root = ET.fromstring(to_fcp7(an_edit(case)).split("\n", 2)[2])
    sequence = root.find("sequence")
    base, ntsc = sequence.findtext("rate/timebase"), sequence.findtext("rate/ntsc")
    exact = Fraction(int(base)) * (Fraction(1000, 1001) if ntsc == "TRUE" else 1)
    assert exact == case.record
    assert sequence.findtext("timecode/displayformat") == ("DF" if case.drop_record else "NDF")
    file = next(f for f in root.iter("file") if f.findtext("name") == "film.mov")
    code = file.find("timecode")
    assert parse_timecode(code.findtext("string"), case.movie) == (
        case.start_frame,
        case.drop_movie,
    )
    assert code.findtext("reel/name") == "A001"


def test_fcp7_keeps_alternatives_dark_and_tells_retimes_crops_and_mirrors() -> None:
    for framing, on in (("movie", "FALSE"), ("commentary", "TRUE")):
        root = ET.fromstring(to_fcp7(an_edit(CASES["24 in 24"], framing=framing)).split("\n", 2)[2])
        tracks = root.findall("sequence/media/video/track")
        lit = [{c.findtext("enabled") for c in t.iter("clipitem")} for t in tracks]
        assert lit == [{"TRUE"}, {"FALSE"}, {"FALSE"}, {"FALSE"}]
        clips = tracks[0].findall("clipitem")
        speed = {
            p.findtext("parameterid"): p.findtext("value") for p in clips[1].iter("parameter")
        }["speed"]
        assert float(speed) == 125
        effects = {
            f.findtext("effect/name"): f.findtext("enabled") for f in clips[2].findall("filter")
        }
        assert (effects["Crop"], effects["Flop"]) == (on, on)
        sides = {
            p.findtext("parameterid"): float(p.findtext("value"))
            for p in clips[2].iter("parameter")
            if p.findtext("parameterid") in ("left", "right", "top", "bottom")
        }
        assert sides == pytest.approx({"left": 10, "right": 15, "top": 20, "bottom": 5})
        assert clips[0].findtext("labels/label2") == "Mango"


# --- Final Cut Pro XML -------------------------------------------------------------------------


def seconds(text: str) -> Fraction:
    return Fraction(text.removesuffix("s"))


def storyline(edit: Edit) -> list[ET.Element]:
    root = ET.fromstring(to_fcpxml(edit).split("\n", 2)[2])
    return list(root.find("event/project/sequence/spine"))


def faults(edit: Edit) -> list[str]:
    """What a file breaks of Apple's definition, by lxml, which validates by a DTD."""
    etree = pytest.importorskip("lxml.etree", reason="needs lxml, of the extra dev")
    definition = etree.DTD(io.StringIO(DEFINITION))
    definition.validate(etree.fromstring(to_fcpxml(edit).encode()))
    return [entry.message for entry in definition.error_log]


@every_case
@pytest.mark.parametrize("framing", ["movie", "commentary"])
def test_fcpxml_keeps_to_apples_definition(case: Case, framing: str) -> None:
    assert faults(an_edit(case, framing=framing)) == []
    assert faults(an_edit(case, framing=framing, sample_aspect=Fraction(4, 3))) == []
    assert faults(an_edit(case, framing=framing, audio_channels=0)) == []
    left, right = Rect(0.0, 0.0, 0.5, 1.0), Rect(0.5, 0.0, 0.5, 1.0)
    whole = a_result(case)
    first = replace(whole.segments[0], pane=left)
    panes = (a_cut(case, Expected(0, 40, 700), pane=right, crop=CROP),)
    split = replace(whole, segments=(first, *whole.segments[1:]), pane_segments=panes)
    assert faults(an_edit(case, framing=framing, result=split)) == []


def test_what_breaks_apples_definition_is_found(monkeypatch) -> None:
    edit = an_edit(CASES["24 in 30"])
    monkeypatch.setattr(fcpxml, "_order", lambda item: item[:].reverse())
    assert any("asset-clip content" in fault for fault in faults(edit))


@every_case
def test_fcpxml_times_are_whole_frames_of_what_they_count_in(case: Case) -> None:
    """Final Cut Pro warns of items that do not lie on an edit frame boundary."""

    def visit(item: ET.Element) -> None:
        for name in ("offset", "duration"):
            at_s = seconds(item.get(name))
            if item.get("lane"):  # in the time of what it hangs on
                at_s -= seconds(parents[item].get("start")) if name == "offset" else 0
            assert (at_s * case.record).denominator == 1
        rate = case.record if item.get("ref") in (None, commentary) else case.movie
        assert (seconds(item.get("start")) * rate).denominator == 1

    root = ET.fromstring(to_fcpxml(an_edit(case)).split("\n", 2)[2])
    parents = {inner: outer for outer in root.iter() for inner in outer}
    commentary = next(a.get("id") for a in root.iter("asset") if a.get("name") == "recap.mp4")
    at_s = Fraction(0)
    for item in root.find("event/project/sequence/spine"):
        visit(item)
        assert seconds(item.get("offset")) == at_s
        at_s += seconds(item.get("duration"))
        for hanging in item.findall("asset-clip"):
            visit(hanging)
    assert (
        at_s == seconds(root.find("event/project/sequence").get("duration")) == FRAMES / case.record
    )


@every_case
def test_fcpxml_is_exact_in_fractions_of_a_second(case: Case) -> None:
    items = storyline(an_edit(case))
    assert [item.tag for item in items] == [
        "gap" if expected.frame is None else "asset-clip" for expected in EXPECTED
    ]
    for item, expected in zip(items, EXPECTED, strict=True):
        assert seconds(item.get("offset")) == expected.start / case.record
        assert seconds(item.get("duration")) == (expected.end - expected.start) / case.record
        if expected.frame is not None:
            _assert_source(item, expected, case)


def _assert_source(item: ET.Element, expected: Expected, case: Case) -> None:
    start_s = (case.start_frame + expected.frame) / case.movie
    points = item.findall("timeMap/timept")
    if expected.speed == 1:
        assert seconds(item.get("start")) == start_s
        assert not points
        return
    (t0, v0), (t1, v1) = ((seconds(p.get("time")), seconds(p.get("value"))) for p in points)
    assert start_s <= v0 < start_s + 1 / case.movie / 10
    assert (t0, t1) == (0, seconds(item.get("duration")))
    assert float((v1 - v0) / t1) == pytest.approx(expected.speed, abs=2e-3)
    assert all(value.denominator < 2**31 for value in (t0, t1, v0, v1))


@pytest.mark.parametrize("rates", [(24, 24), (24, 30), (25, 50)], ids=str)
def test_fcpxml_of_whole_rates_is_read_by_its_adapter(rates: tuple[int, int]) -> None:
    """Its reader knows nothing of lanes, and counts lengths in whole frames of the movie.

    That is its own rounding: Apple's reference has an item's duration in the time of its sequence,
    and 25 frames at 50 a second are 12.5 frames at 25. What the times really are is read by
    fractions in the tests around this one.
    """
    movie, record = (Fraction(rate) for rate in rates)
    edit = an_edit(Case(record, movie, start_frame=240))
    del edit.timeline.tracks[1:]  # its reader misplaces what hangs on the storyline
    read = otio.adapters.read_from_string(to_fcpxml(edit), "fcpx_xml")
    timeline = next(iter(read.find_children(descended_from_type=otio.schema.Timeline)), read)
    clips = [c for c in timeline.find_clips() if c.name.endswith("film.mov")]
    lengths = [(e.end - e.start) / record * movie // 1 for e in PLACED]
    assert [c.duration().value for c in clips] == lengths
    plain = [(c, e) for c, e in zip(clips, PLACED, strict=True) if e.speed == 1]
    assert [c.source_range.start_time.value for c, _ in plain] == [240 + e.frame for _, e in plain]


def test_fcpxml_hangs_alternatives_reference_and_narration_on_the_storyline() -> None:
    case = CASES["23.976 in 29.97 non-drop"]
    items = storyline(an_edit(case))
    hanging = [
        (c.get("lane"), c.get("enabled"), c.get("srcEnable"), _record_of(c, item))
        for item in items
        for c in item.findall("asset-clip")
    ]
    assert hanging == [
        ("3", "0", "video", 0),
        ("-1", None, "audio", 0),
        ("1", "0", "video", 425 / case.record),
        ("2", "0", "video", 425 / case.record),
    ]
    assert items[3].find("adjust-crop").get("enabled") == "0"
    assert items[3].find("adjust-transform").get("scale") == "-1 1"
    shown = storyline(an_edit(case, framing="commentary"))[3]
    assert shown.find("adjust-crop").get("enabled") is None


def _record_of(clip: ET.Element, item: ET.Element) -> Fraction:
    within = seconds(clip.get("offset")) - seconds(item.get("start") or "0s")
    return seconds(item.get("offset")) + within


# --- CMX 3600 ----------------------------------------------------------------------------------


def events(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line[:3].isdigit():
            yield line.split()


@every_case
def test_edl_records_add_up_to_the_commentary(case: Case) -> None:
    picture = [event for event in events(to_edl(an_edit(case))) if event[2] == "V"]
    at = 0
    for event, expected in zip(picture, EXPECTED, strict=True):
        start, end = (parse_timecode(text, case.record) for text in event[6:8])
        assert (start[0], end[0]) == (at, expected.end)
        assert start[1] == case.drop_record
        at = end[0]
    assert at == FRAMES


@every_case
def test_edl_read_by_its_adapter_keeps_every_record_frame(case: Case) -> None:
    text = to_edl(an_edit(case))
    timeline = otio.adapters.read_from_string(text, "cmx_3600", rate=float(case.record))
    movie = next(t for t in timeline.tracks if t.kind == otio.schema.TrackKind.Video)
    assert record_spans(movie, case.record) == [(e.start, e.end) for e in EXPECTED]
    narration = next(t for t in timeline.tracks if t.kind == otio.schema.TrackKind.Audio)
    assert record_spans(narration, case.record) == [(0, FRAMES)]


@every_case
def test_edl_sources_are_in_the_movies_own_timecode(case: Case) -> None:
    # A list cannot hold more frames a second than its own: 59.94 is counted at 29.97 there.
    rate = min(case.movie, case.record) if case.movie > 50 else case.movie
    picture = [event for event in events(to_edl(an_edit(case))) if event[1] == "A001"]
    for event, expected in zip(picture, PLACED, strict=True):
        (first, drop), (last, _) = (parse_timecode(text, rate) for text in event[4:6])
        frame = (case.start_frame + expected.frame) / case.movie * rate
        assert (first, drop) == (int(frame), case.drop_movie)
        length_s = (expected.end - expected.start) / case.record
        plays = length_s * Fraction(expected.speed) * rate
        assert abs(last - first - max(1 if rate == case.movie else 0, plays)) <= 1


def test_edl_tells_retimes_places_and_what_a_list_cannot_show() -> None:
    lines = to_edl(an_edit(CASES["24 in 24"])).splitlines()
    assert lines[:2] == ["TITLE: recap", "FCM: NON-DROP FRAME"]
    assert "M2   A001           030.0      01:00:50:01" in lines
    assert "* * FREEZE FRAME" in lines
    assert "* FROM CLIP NAME:  film.mov" in lines
    assert any(
        line.startswith("* LOC: 00:00:08:08 CYAN    #4 likely 93 %: mirrored") for line in lines
    )
    assert "* ALTERNATIVE: A001 01:01:02:12 film.mov" in lines


def test_edl_gives_every_file_a_reel_of_its_own_of_eight_letters() -> None:
    case = CASES["24 in 24"]
    result = a_result(case)
    films = {
        "film.mov": a_file("film.mov", case.movie, 5000, reel="a very long name 1"),
        "other.mov": a_file("other.mov", case.movie, 5000, reel="a very long name 2"),
    }
    segments = list(result.segments)
    segments[3] = replace(segments[3], movie="other.mov")
    commentary = a_file("解说.mp4", case.record, FRAMES, reel="解说")
    edit = build_edit(replace(result, segments=tuple(segments)), commentary=commentary,
                      movies=films, size_px=(1920, 1080))  # fmt: skip
    reels = {event[1] for event in events(to_edl(edit))}
    assert reels == {"AVERYLON", "AVERYLO2", "REEL", "BL"}


# --- tables, subtitles, names ------------------------------------------------------------------


@every_case
def test_csv_counts_frames_as_the_timeline_does(case: Case) -> None:
    table = list(csv.DictReader(io.StringIO(to_csv(an_edit(case)))))
    movie = [row for row in table if row["track"] == "Movie"]
    for row, expected in zip(movie, PLACED, strict=True):
        assert (int(row["record_in_frame"]), int(row["record_out_frame"])) == (
            expected.start,
            expected.end,
        )
        assert int(row["source_in_frame"]) == expected.frame
        assert parse_timecode(row["source_in"], case.movie)[0] == case.start_frame + expected.frame
    assert [float(movie[2][f"crop_{side}"]) for side in "xywh"] == CROP.as_list()


@every_case
def test_srt_has_a_label_for_every_stretch(case: Case) -> None:
    labels = pysubs2.SSAFile.from_string(to_srt(an_edit(case)), "srt")
    assert [(e.start, e.end) for e in labels] == [
        tuple(round(1000 * float(f / case.record)) for f in (e.start, e.end)) for e in EXPECTED
    ]
    assert labels[2].plaintext == "#3 in no movie"
    assert "film.mov" in labels[0].plaintext


AWKWARD = 'a <b>&"\x07\x0b\ufffe 电影.mov'


@pytest.mark.parametrize("write", [to_fcp7, to_fcpxml])
def test_names_of_strangers_break_no_xml(write) -> None:
    case = CASES["24 in 24"]
    result = a_result(case)
    segments = tuple(
        replace(s, movie=None if s.movie is None else AWKWARD, alternatives=())
        for s in result.segments
    )
    film = a_file(AWKWARD, case.movie, 5000, reel=AWKWARD)
    edit = build_edit(
        replace(result, segments=segments),
        commentary=a_file("recap.mp4", case.record, FRAMES),
        movies={AWKWARD: film},
        size_px=(1920, 1080),
    )
    root = ET.fromstring(write(edit).split("\n", 2)[2])
    names = {e.get("name") or e.findtext("name") for e in [*root.iter("asset"), *root.iter("file")]}
    assert 'a <b>&"\ufffd\ufffd\ufffd 电影.mov' in names


def test_files_are_written_under_the_commentarys_name(tmp_path) -> None:
    edit = an_edit(CASES["24 in 24"])
    files = write_timelines(edit, tmp_path / "t", ["edl", "csv", "otio"])
    assert {name: path.name for name, path in files.items()} == {
        "edl": "recap.edl",
        "csv": "recap.csv",
        "otio": "recap.otio",
    }
    assert sorted(p.name for p in (tmp_path / "t").iterdir()) == [
        "recap.csv",
        "recap.edl",
        "recap.otio",
    ]


def test_an_unknown_format_is_refused_by_naming_the_known_ones() -> None:
    assert known_formats(["edl", "otio", "edl"]) == ("edl", "otio")
    with pytest.raises(SettingsError, match="unknown format 'aaf'; choose among: otio, fcp7xml"):
        known_formats(["edl", "aaf"])


def test_without_opentimelineio_the_install_command_is_named(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentimelineio", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'syncclip\[timelines\]'"):
        timelines_model.opentimelineio()


def test_a_commentary_of_variable_rate_is_laid_out_by_time() -> None:
    case = CASES["24 in 30"]
    edit = an_edit(case)
    import numpy as np

    from syncclip.types import FrameTimes

    pts = np.arange(FRAMES, dtype=np.int64)
    pts[300:] += 150  # five seconds in which no frame comes
    times = FrameTimes(pts=pts, time_base=1 / case.record, start_pts=0, end_pts=FRAMES + 150)
    commentary = a_file("recap.mp4", case.record, FRAMES, times=times)
    varied = build_edit(a_result(case), commentary=commentary, movies=edit.movies, size_px=(64, 36))
    assert record_spans(varied.timeline.tracks[0], case.record)[-2:] == [(550, 575), (575, 800)]
    assert varied.timeline.tracks[0].duration().value == FRAMES + 150
