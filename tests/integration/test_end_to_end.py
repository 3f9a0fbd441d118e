"""The whole job on small films: index, match, render, report, held against known cuts."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import syncclip
from syncclip.config import MatchConfig, RenderConfig
from syncclip.errors import InputError, MovieChangedError, OutputError
from syncclip.pipeline import MatchOutcome
from syncclip.progress import Progress
from syncclip.video import open_video
from tests.edits import Cut, Film, edges, found_frames, write_commentary

FILM = Film(seed=1)
OTHER = Film(seed=77, shots=3, seconds=6)
STARTS = FILM.starts()
CUTS = (
    Cut(FILM, STARTS[3] + 6, 66),
    Cut(FILM, STARTS[1] + 4, 60, mirrored=True),
    Cut(OTHER, 10, 60),
    Cut(FILM, STARTS[4] + 5, 60, crop=(0.1, 0.08, 0.8, 0.8)),
    Cut(FILM, STARTS[0] + 3, 60, speed=1.25),
)
FAST = RenderConfig(preset="ultrafast")


@dataclass(frozen=True)
class Job:
    movie: Path
    index: Path
    commentary: Path
    outcome: MatchOutcome

    @property
    def result(self) -> Path:
        return self.outcome.files["result"]

    def document(self) -> dict[str, Any]:
        return json.loads(self.result.read_text(encoding="utf-8"))

    def copy(self, folder: Path) -> Path:
        """The reports without the video in another output folder: a run stopped before cutting."""
        shutil.copytree(self.outcome.folder, folder / "proceed")
        (folder / "proceed" / "final_output.mp4").unlink()
        return folder


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("job")
    movie = FILM.write(folder / "movie.mp4")
    commentary = write_commentary(folder / "commentary.mp4", CUTS, sound=True)
    index = syncclip.index_movie(movie, folder / "movie.idx").path
    outcome = syncclip.match(commentary, index, output=folder / "out", render=FAST)
    return Job(movie, index, commentary, outcome)


def frames_of(path: Path) -> int:
    with open_video(path) as video:
        return sum(len(block.pts) for block in video.thumbnails(size=(16, 9)))


def run_cli(*args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "syncclip", *map(str, args)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


# --- what is found


def test_every_frame_of_the_commentary_is_found_to_the_frame(job: Job) -> None:
    found = found_frames(job.outcome.result)
    for cut, start in zip(CUTS, edges(CUTS), strict=False):
        here = found[start : start + cut.frames]
        true = cut.source_frames() if cut.film is FILM else np.full(cut.frames, -1)
        assert np.mean(here == true) >= 0.95, cut
        assert np.abs(here[3:-3] - true[3:-3]).max() <= 1, cut


def test_the_cuts_are_where_they_were_made(job: Job) -> None:
    ends = [segment.end_frame for segment in job.outcome.result.segments]
    assert all(min(abs(end - edge) for end in ends) <= 1 for edge in edges(CUTS)[1:])


def test_mirror_crop_and_speed_are_those_of_the_edit(job: Job) -> None:
    segments = job.outcome.result.segments
    for cut, start in zip(CUTS, edges(CUTS), strict=False):
        middle = start + cut.frames // 2
        found = next(s for s in segments if s.start_frame <= middle < s.end_frame)
        if cut.film is not FILM:
            assert found.movie is None
            continue
        assert found.mirrored == cut.mirrored
        assert found.speed == pytest.approx(cut.speed, abs=0.02)
        assert found.crop.as_list() == pytest.approx(cut.crop, abs=0.02)


def test_the_segments_cover_the_commentary_without_gap_or_overlap(job: Job) -> None:
    segments = job.outcome.result.segments
    assert segments[0].start_frame == 0
    assert segments[-1].end_frame == edges(CUTS)[-1]
    pairs = itertools.pairwise(segments)
    assert all(before.end_frame == after.start_frame for before, after in pairs)


# --- what is written


def test_the_finished_video_has_exactly_the_commentarys_frames(job: Job) -> None:
    assert frames_of(job.outcome.files["video"]) == edges(CUTS)[-1]
    check = job.outcome.selfcheck
    assert check is not None
    assert check.frames == check.frames_expected == edges(CUTS)[-1]
    assert check.mean_correlation == pytest.approx(1, abs=0.05)


def test_the_finished_video_keeps_rate_and_narration(job: Job) -> None:
    with open_video(job.outcome.files["video"]) as video:
        assert video.info.frame_rate == 30
        assert video.info.has_audio


def test_all_files_of_a_result_are_there_and_nothing_else(job: Job) -> None:
    below = (path.relative_to(job.outcome.folder) for path in job.outcome.folder.rglob("*"))
    names = {str(path) for path in below if path.suffix != ".log"}
    assert names == {
        "alternative_segments",
        "alternative_segments/alternative_segments.json",
        "final_output.mp4",
        "logs",
        "match_report.txt",
        "quality_report.txt",
        "results",
        "results/visual_match_results.json",
        "review.html",
        "scene_descriptions.json",
        "segments.csv",
    }


@pytest.mark.parametrize("name", ["visual_match_results", "alternative_segments"])
def test_the_json_files_fit_the_schemas_that_the_package_ships(job: Job, name: str) -> None:
    schema = (files("syncclip.reports") / "schema" / f"{name}.v1.json").read_text(encoding="utf-8")
    (path,) = job.outcome.folder.rglob(f"{name}.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(json.loads(schema)).validate(document)


def test_the_result_file_holds_what_was_promised(job: Job) -> None:
    document = job.document()
    assert set(document["quality_info"]) >= {"confidence", "coverage", "matched_s", "unmatched_s"}
    assert document["quality_info"]["coverage"] == pytest.approx(246 / 306, abs=0.01)
    assert document["time_jump_stats"]["backward_jumps"] == 2
    assert [segment["movie"] for segment in document["primary_segments"]].count(None) == 1
    unmatched = next(s for s in document["primary_segments"] if s["movie"] is None)
    assert unmatched["movie_start"] is None
    assert document["encoders"] == ["builtin"]


def test_the_reports_name_the_movie_and_the_advice(job: Job) -> None:
    report = (job.outcome.folder / "match_report.txt").read_text(encoding="utf-8")
    quality = (job.outcome.folder / "quality_report.txt").read_text(encoding="utf-8")
    assert "movie.mp4" in report
    assert "not in any movie" in report
    assert "Advice" in quality
    assert "306 of 306" in quality  # frames of the finished video


def test_each_run_leaves_its_own_log(job: Job) -> None:
    log = job.outcome.files["log"].read_text(encoding="utf-8")
    assert "segments" in log
    assert log.rstrip().endswith("finished")


def test_rendering_leaves_a_log_too(job: Job, tmp_path: Path) -> None:
    folder = job.copy(tmp_path / "logged") / "proceed"
    syncclip.render(folder / "results" / "visual_match_results.json", config=FAST)
    (log,) = folder.glob("logs/render-*.log")
    text = log.read_text(encoding="utf-8")
    assert "rendered 306 of 306 frames" in text
    assert text.rstrip().endswith("finished")


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of the operating system")
def test_an_output_without_room_is_one_line_and_leaves_what_was_there(
    job: Job, tmp_path: Path
) -> None:
    folder = job.copy(tmp_path / "full")
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    code = (
        "import resource, sys\nfrom syncclip.cli import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\nmain()"
    )
    words = ("match", job.commentary, "-i", job.index, "-o", folder, "-q", "--force", "--no-render")
    command = [sys.executable, "-B", "-c", code, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "File too large; free the space or choose another folder" in done.stderr
    assert {path: path.read_bytes() for path in before} == before


def test_an_output_that_cannot_be_a_folder_is_one_line(job: Job) -> None:
    done = run_cli("match", job.commentary, "-i", job.index, "-o", job.movie, "-q")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written: Not a directory; choose another" in done.stderr


# --- rendering later, again, and after a stop


def test_no_render_then_render_makes_the_same_video_as_at_once(job: Job, tmp_path: Path) -> None:
    folder = job.copy(tmp_path / "later")
    done = run_cli("match", job.commentary, "-i", job.index, "-o", folder, "--no-render", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (folder / "proceed" / "final_output.mp4").exists()
    result = folder / "proceed" / "results" / "visual_match_results.json"
    done = run_cli("render", result, "--preset", "ultrafast", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    video = folder / "proceed" / "final_output.mp4"
    assert done.stdout == f"{video}: 306 frames\n"
    assert video.read_bytes() == job.outcome.files["video"].read_bytes()


def test_a_run_killed_while_it_cuts_goes_on_with_its_finished_pieces(
    job: Job, tmp_path: Path
) -> None:
    folder = job.copy(tmp_path / "killed")
    words = ["match", job.commentary, "-i", job.index, "-o", folder, "--workers", "1", "-q"]
    command = [sys.executable, "-m", "syncclip", *map(str, words)]
    pieces = folder / "proceed" / ".pieces"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(pieces.glob("piece-*.mp4")):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (folder / "proceed" / "final_output.mp4").exists()
    told: list[Progress] = []
    outcome = syncclip.match(
        *(job.commentary, job.index),
        output=folder,
        render=RenderConfig(workers=1),
        on_progress=told.append,
    )
    stages = [progress.stage for progress in told]
    assert "Proving" not in stages  # matched already
    assert told[stages.index("Cutting")].done >= 60  # frames of the first finished piece
    assert frames_of(outcome.files["video"]) == 306
    assert not pieces.exists()


def test_two_videos_of_one_result_are_made_at_once_and_one_video_only_once(
    job: Job, tmp_path: Path
) -> None:
    result = job.copy(tmp_path / "both") / "proceed" / "results" / "visual_match_results.json"
    inner: list[object] = []

    def meanwhile(progress: Progress) -> None:
        if progress.stage == "Cutting" and progress.done and not inner:
            inner.append(None)
            inner.append(syncclip.render(result, output=tmp_path / "two.mp4", config=FAST).frames)
            with pytest.raises(OutputError, match=r"one\.mp4 is being written by another run"):
                syncclip.render(result, output=tmp_path / "one.mp4", config=FAST)

    one = syncclip.render(result, output=tmp_path / "one.mp4", config=FAST, on_progress=meanwhile)
    assert (one.frames, inner) == (306, [None, 306])
    assert not list(result.parents[1].glob(".pieces*"))


def test_a_result_edited_by_hand_is_what_is_rendered(job: Job, tmp_path: Path) -> None:
    folder = job.copy(tmp_path / "edited")
    path = folder / "proceed" / "results" / "visual_match_results.json"
    document = job.document()
    first = document["primary_segments"][0]
    first["movie_start"] = STARTS[2] / 24
    path.write_text(json.dumps(document), encoding="utf-8")
    video = syncclip.render(path, config=FAST).video
    true = next(Cut(FILM, STARTS[2] + 12, 1).pictures()).mean(axis=2)
    with open_video(video) as reader:
        _, shown = next(reader.sample([0.5 + 1 / 60], size=(320, 180)))
    assert np.corrcoef(shown.mean(axis=2).ravel(), true.ravel())[0, 1] > 0.98
    assert frames_of(video) == 306


def test_a_copy_of_a_result_is_rendered_and_replaces_nothing(job: Job, tmp_path: Path) -> None:
    folder = job.copy(tmp_path / "copied") / "proceed"
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    document = job.document()
    document["primary_segments"][0]["mirrored"] = True
    loose = tmp_path / "loose" / "mine.json"
    loose.parent.mkdir()
    for path in (folder / "results" / "second try.json", loose):
        path.write_text(json.dumps(document), encoding="utf-8")
        done = syncclip.render(path, output=path.with_suffix(".mp4"), config=FAST)
        assert done.frames == 306
    assert {path: path.read_bytes() for path in before} == before
    made = {path.name for path in loose.parent.iterdir()}
    assert made == {"mine.json", "mine.mp4", "logs"}


def test_a_video_unlike_the_commentary_is_named_at_once(job: Job, tmp_path: Path) -> None:
    folder = job.copy(tmp_path / "wrong")
    path = folder / "proceed" / "results" / "visual_match_results.json"
    document = job.document()
    document["primary_segments"][0]["movie_start"] = STARTS[2] / 24
    path.write_text(json.dumps(document), encoding="utf-8")
    video = tmp_path / "corrected.mp4"
    done = run_cli("render", path, "-o", video, "--preset", "ultrafast", "-q", "--json")
    assert done.returncode == 0
    assert "does not look like the commentary in these segments: #1 (" in done.stderr
    check = json.loads(done.stdout)["selfcheck"]
    assert (check["frames"], check["frames_expected"]) == (306, 306)
    assert [segment["number"] for segment in check["below_floor"]] == [1]
    quality = (folder / "proceed" / "quality_report.txt").read_text(encoding="utf-8")
    assert str(video) in quality
    assert "\nsegments below 0.90 " in quality
    assert "\n  #1 00:00:00.000 - " in quality
    tiers = [s["tier"] for s in json.loads(path.read_text(encoding="utf-8"))["primary_segments"]]
    assert tiers[0] == "review"
    assert tiers[1:] == [s["tier"] for s in document["primary_segments"][1:]]


def test_an_edit_is_kept_when_the_same_match_is_run_again(job: Job, tmp_path: Path) -> None:
    folder = job.copy(tmp_path / "kept")
    path = folder / "proceed" / "results" / "visual_match_results.json"
    document = job.document()
    document["primary_segments"][0]["mirrored"] = True
    path.write_text(json.dumps(document), encoding="utf-8")
    again = syncclip.match(job.commentary, job.index, output=folder)
    assert again.result.segments[0].mirrored


def test_another_match_does_not_replace_a_result_unasked(job: Job, tmp_path: Path) -> None:
    folder = job.copy(tmp_path / "other")
    with pytest.raises(OutputError, match="--force"):
        syncclip.match(
            job.commentary, job.index, output=folder, config=MatchConfig(time_jumps=False)
        )
    assert (folder / "proceed" / "match_report.txt").exists()


# --- movies that are elsewhere or not the same


def test_a_movie_that_was_moved_is_asked_for_and_given(job: Job, tmp_path: Path) -> None:
    folder = job.copy(tmp_path / "moved")
    path = folder / "proceed" / "results" / "visual_match_results.json"
    document = job.document()
    document["movies"][0]["path"] = str(tmp_path / "gone" / "movie.mp4")
    document["movies"][0]["index"] = str(tmp_path / "gone" / "movie.idx")
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match="--movie"):
        syncclip.render(path, config=FAST)
    elsewhere = shutil.copy(job.movie, tmp_path / "renamed copy.mp4")
    assert syncclip.render(path, config=FAST, movies=[elsewhere]).frames == 306


def test_a_movie_that_changed_since_it_was_indexed_is_refused(job: Job, tmp_path: Path) -> None:
    folder = job.copy(tmp_path / "changed")
    changed = Path(shutil.copy(job.movie, tmp_path / "movie.mp4"))
    changed.write_bytes(changed.read_bytes() + b"\0")
    with pytest.raises(MovieChangedError, match="not the movie"):
        syncclip.match(job.commentary, job.index, output=folder, render=FAST, movies=[changed])
    result = folder / "proceed" / "results" / "visual_match_results.json"
    with pytest.raises(MovieChangedError, match="not the movie"):
        syncclip.render(result, config=FAST, movies=[changed])
    assert not (folder / "proceed" / "final_output.mp4").exists()


def test_a_movie_may_be_given_although_nothing_was_found_in_it(
    job: Job, library: Path, tmp_path: Path
) -> None:
    only = write_commentary(tmp_path / "only.mp4", [Cut(FILM, STARTS[3] + 6, 66)])
    other = shutil.copy(job.movie.with_name("other.mp4"), tmp_path / "moved.mp4")
    outcome = syncclip.match(only, library, output=tmp_path / "o", render=FAST, movies=[other])
    assert {segment.movie for segment in outcome.result.segments} == {"movie.mp4"}
    assert frames_of(outcome.files["video"]) == 66


# --- other commentaries


@pytest.fixture(scope="module")
def library(job: Job, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the indexes of both films."""
    folder = tmp_path_factory.mktemp("library")
    shutil.copy(job.index, folder / "a.idx")
    movie = OTHER.write(job.movie.with_name("other.mp4"))
    syncclip.index_movie(movie, folder / "b.idx")
    return folder


def test_each_shot_is_found_in_the_right_one_of_several_movies(
    job: Job, library: Path, tmp_path: Path
) -> None:
    result = syncclip.match(job.commentary, library, output=tmp_path).result
    found = found_frames(result)
    middles = [(start + end) // 2 for start, end in zip(edges(CUTS), edges(CUTS)[1:], strict=False)]
    movies = [
        next(s.movie for s in result.segments if s.start_frame <= middle < s.end_frame)
        for middle in middles
    ]
    assert movies == ["movie.mp4", "movie.mp4", "other.mp4", "movie.mp4", "movie.mp4"]
    insert = slice(edges(CUTS)[2], edges(CUTS)[3])
    assert np.mean(found[insert] == CUTS[2].source_frames()) >= 0.95
    assert {movie.name for movie in result.movies} == {"movie.mp4", "other.mp4"}


def test_a_commentary_with_nothing_from_the_movie_claims_nothing_and_says_what_was_tried(
    job: Job, tmp_path: Path
) -> None:
    stranger = Film(seed=501, shots=2, seconds=4)
    commentary = write_commentary(tmp_path / "stranger.mp4", [Cut(stranger, 0, 90)])
    outcome = syncclip.match(commentary, job.index, output=tmp_path / "out", render=FAST)
    assert [segment.movie for segment in outcome.result.segments] == [None]
    relaxed = [note for note in outcome.notes if "relaxed" in note]
    assert [note.split()[-1] for note in relaxed] == ["0.65", "0.60", "0.55"]
    quality = (outcome.folder / "quality_report.txt").read_text(encoding="utf-8")
    assert "relaxed to 0.55" in quality
    assert frames_of(outcome.files["video"]) == 90  # the commentary's own picture


def test_without_time_jumps_the_movie_never_goes_back(job: Job, tmp_path: Path) -> None:
    done = run_cli(
        *("match", job.commentary, "-i", job.index, "-o", tmp_path),
        *("--no-time-jumps", "--no-render", "--quiet", "--json"),
    )
    assert done.returncode == 0
    printed = json.loads(done.stdout)
    assert printed["time_jump_stats"]["backward_jumps"] == 0
    document = json.loads(Path(printed["files"]["result"]).read_text(encoding="utf-8"))
    lines = [s for s in document["primary_segments"] if s["movie"] is not None]
    assert len(lines) >= 2
    assert all(
        after["movie_start"] >= before["movie_end"] - 0.05
        for before, after in itertools.pairwise(lines)
    )
    assert document["settings"]["time_jumps"] is False
