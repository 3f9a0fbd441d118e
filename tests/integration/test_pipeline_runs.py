"""One match after another: what is checked first, what the next run keeps, what is logged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import syncclip
from syncclip.config import RenderConfig
from syncclip.errors import FFmpegError, InputError, MovieChangedError
from syncclip.progress import Progress
from tests.edits import Film
from tests.integration.test_pipeline_progress import FAST, Job, job

__all__ = ["job"]

OTHER = Film(seed=78, shots=2, seconds=4)


@pytest.fixture
def library(job: Job, tmp_path: Path) -> Path:
    """Indexes of two films, which lie beside them: ``movie.mp4``, which is used, and ``b.mp4``."""
    folder = tmp_path / "library"
    folder.mkdir()
    shutil.copy(job.movie, folder / "movie.mp4")
    syncclip.index_movie(OTHER.write(folder / "b.mp4"), folder / "b.idx")
    syncclip.index_movie(folder / "movie.mp4", folder / "movie.idx")
    return folder


def quality(folder: Path) -> str:
    return (folder / "proceed" / "quality_report.txt").read_text(encoding="utf-8")


# --- what would fail at the end is said at the beginning


@pytest.mark.parametrize("change", ["missing", "changed"])
def test_the_only_movie_is_looked_for_before_the_search(
    job: Job, tmp_path: Path, change: str
) -> None:
    movie = Path(shutil.copy(job.movie, tmp_path / "movie.mp4"))
    index = syncclip.index_movie(movie, tmp_path / "movie.idx").path
    if change == "missing":
        movie.unlink()
    else:
        movie.write_bytes(movie.read_bytes()[:-1] + b"x")
    told: list[Progress] = []
    with pytest.raises(InputError, match="--movie"):
        syncclip.match(
            *(job.commentary, index), output=tmp_path / "o", render=FAST, on_progress=told.append
        )
    assert told == []
    assert not (tmp_path / "o").exists()
    done = syncclip.match(
        job.commentary, index, output=tmp_path / "o", render=FAST, movies=[job.movie]
    )
    assert done.files["video"].is_file()


def test_without_rendering_no_movie_is_needed(job: Job, tmp_path: Path) -> None:
    movie = Path(shutil.copy(job.movie, tmp_path / "movie.mp4"))
    index = syncclip.index_movie(movie, tmp_path / "movie.idx").path
    movie.unlink()
    note, sheet = syncclip.match(job.commentary, index, output=tmp_path / "o").notes
    assert note.startswith("movie.mp4 is not where it was indexed, or has changed: ")
    assert sheet == "no review sheet was made, as these movies are not at hand: movie.mp4"
    given = syncclip.match(job.commentary, index, output=tmp_path / "p", movies=[job.movie])
    assert given.notes == ()


def test_a_film_in_which_nothing_is_found_need_not_be_there(
    job: Job, library: Path, tmp_path: Path
) -> None:
    (library / "b.mp4").unlink()
    moved = (library / "movie.mp4").rename(tmp_path / "elsewhere.mp4")
    done = syncclip.match(
        job.commentary, library, output=tmp_path / "o", render=FAST, movies=[moved]
    )
    assert done.files["video"].is_file()
    said = "nothing was found in these movies, which are missing or have changed: b.mp4"
    assert said in done.notes
    assert "WARNING b.mp4 is not where it was" in done.files["log"].read_text(encoding="utf-8")


def test_a_film_of_several_that_is_needed_and_missing_fails_and_keeps_what_was_found(
    job: Job, library: Path, tmp_path: Path
) -> None:
    moved = (library / "movie.mp4").rename(tmp_path / "elsewhere.mp4")
    with pytest.raises(InputError, match=r"movie\.mp4 is not there any more; .*--movie"):
        syncclip.match(job.commentary, library, output=tmp_path / "o", render=FAST)
    told: list[Progress] = []
    done = syncclip.match(
        *(job.commentary, library),
        output=tmp_path / "o",
        render=FAST,
        movies=[moved],
        on_progress=told.append,
    )
    assert done.files["video"].is_file()
    assert "Proving" not in {progress.stage for progress in told}


def test_a_file_that_is_none_of_several_movies_is_refused_before_the_search(
    job: Job, library: Path, tmp_path: Path
) -> None:
    with pytest.raises(MovieChangedError, match=r"commentary\.mkv is none of the movies"):
        syncclip.match(
            job.commentary, library, output=tmp_path / "o", render=FAST, movies=[job.commentary]
        )
    assert not (tmp_path / "o").exists()


# --- the next run


@pytest.fixture
def rendered(job: Job, tmp_path: Path) -> Path:
    """The output folder of a match with a finished video."""
    folder = tmp_path / "rendered"
    syncclip.match(job.commentary, job.index, output=folder, render=FAST)
    assert "Finished video" in quality(folder)
    return folder


def test_a_render_that_fails_leaves_the_check_of_the_video_that_is_there(
    job: Job, rendered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in rendered.rglob("*.*") if path.is_file()}

    def fails(*_: object, **__: object) -> None:
        raise FFmpegError("it broke")

    monkeypatch.setattr("syncclip.pipeline.rendering.render_result", fails)
    with pytest.raises(FFmpegError, match="it broke"):
        syncclip.match(
            job.commentary, job.index, output=rendered, render=RenderConfig(gaps="black")
        )
    assert {path: path.read_bytes() for path in before} == before


def test_the_check_of_the_video_stays_in_the_reports_which_say_when_the_result_is_edited(
    job: Job, rendered: Path
) -> None:
    result = rendered / "proceed" / "results" / "visual_match_results.json"
    syncclip.match(job.commentary, job.index, output=rendered)
    assert "Finished video" in quality(rendered)
    assert "render it again" not in quality(rendered)
    document = json.loads(result.read_text(encoding="utf-8"))
    document["primary_segments"][0]["mirrored"] = True
    result.write_text(json.dumps(document), encoding="utf-8")
    files = syncclip.match(job.commentary, job.index, output=rendered).files
    assert "Finished video" in quality(rendered)
    assert "The result was corrected after the video was made: render it again." in quality(
        rendered
    )
    assert " yes " in files["match_report"].read_text(encoding="utf-8")


def test_a_video_that_is_gone_is_not_reported(job: Job, rendered: Path) -> None:
    (rendered / "proceed" / "final_output.mp4").unlink()
    syncclip.match(job.commentary, job.index, output=rendered)
    assert "Finished video" not in quality(rendered)


# --- what is written down of a run


def test_the_result_holds_how_long_each_part_took(job: Job, rendered: Path) -> None:
    result = rendered / "proceed" / "results" / "visual_match_results.json"
    timings = json.loads(result.read_text(encoding="utf-8"))["timings_s"]
    assert set(timings) == {"read", "prepare", "find", "render", "check"}
    assert all(seconds >= 0 for seconds in timings.values())
    assert "render: " in quality(rendered)
    done = syncclip.render(result, config=FAST)
    again = json.loads(result.read_text(encoding="utf-8"))["timings_s"]
    assert {name: again[name] for name in ("render", "check")} == dict(done.timings_s)
    assert again["find"] == timings["find"]


def test_the_log_of_a_match_tells_files_settings_what_was_found_and_times(
    job: Job, tmp_path: Path
) -> None:
    done = syncclip.match(job.commentary, job.index, output=tmp_path, render=FAST, workers=1)
    log = done.files["log"].read_text(encoding="utf-8")
    (movie,) = done.result.movies
    for words in (
        f"commentary {job.commentary}, fingerprint {done.result.commentary_fingerprint}",
        f"movie movie.mp4, fingerprint {movie.fingerprint}, index {job.index}",
        "threshold=0.7",
        "reader pyav, 1 processes",
        "encoders builtin",
        "2 segments: 2 exact, 0 likely, 0 review, 0 unmatched",
        "coverage 1.0000",
        "preset='ultrafast'",
        "ffmpeg ",
        f"rendered 80 of 80 frames to {done.files['video']}",
        "0 segments below 0.9",
        "'find': ",
        "'render': ",
        "finished",
    ):
        assert words in log, words


def test_the_log_of_a_render_tells_files_settings_and_times(job: Job, rendered: Path) -> None:
    syncclip.render(rendered / "proceed" / "results" / "visual_match_results.json", config=FAST)
    (path,) = rendered.glob("proceed/logs/render-*.log")
    log = path.read_text(encoding="utf-8")
    for words in ("movie movie.mp4, fingerprint", "crf=18", "reader pyav", "'check': "):
        assert words in log, words
