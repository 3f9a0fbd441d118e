"""Jobs of the web app in processes of their own, and what the app answers requests for files."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from syncclip.errors import InputError, MissingDependencyError, OutputError, SettingsError
from syncclip.index import open_index
from syncclip.reports import read_result, write_result
from syncclip.result import Action
from syncclip.types import FULL_FRAME, Rect
from syncclip.ui.access import Folders, Refusal
from syncclip.ui.app import serve
from syncclip.ui.desk import Desk
from syncclip.ui.jobs import Item, Job, Jobs
from syncclip.ui.match_tab import match_items
from syncclip.ui.panel import job_panel
from syncclip.ui.review_calls import ReviewCalls
from syncclip.ui.review_rows import changed_rows, result_rows
from syncclip.ui.shelf import Shelf
from tests import media
from tests.edits import Cut, Film, write_commentary
from tests.matched import a_match
from tests.unit.test_ui_texts import MATCHING

HOW = {"encoder": "builtin", "clip_model": None, "captions": False, "blip_model": None,
       "device": "cpu", "reader": "pyav", "force": False, "jobs": None}  # fmt: skip


def an_item(movie: Path) -> Item:
    return Item(movie.name, {**HOW, "movie": movie, "output": movie.parent})


def ended(jobs: Jobs, timeout_s: float = 120) -> Job:
    """The job, once it has ended."""
    deadline = time.monotonic() + timeout_s
    job = jobs.latest
    while job is None or job.active:
        assert time.monotonic() < deadline
        job = jobs.wait(job, 0.5)
    return job


@pytest.fixture
def jobs(tmp_path: Path) -> Any:
    made = Jobs(tmp_path)
    yield made
    made.close()


def test_films_are_indexed_together_and_one_that_fails_stops_none(
    jobs: Jobs, tmp_path: Path
) -> None:
    films = [media.film(tmp_path / f"{seed}.mp4", seconds=2, seed=seed).path for seed in (1, 2)]
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    begun = jobs.begin("index", [an_item(films[0]), an_item(broken), an_item(films[1])])
    assert begun.state == "running"
    with pytest.raises(Refusal, match="another job"):
        jobs.begin("index", [an_item(films[0])])
    job = ended(jobs)
    assert job.state == "failed"  # one of them
    assert [bool(item.error) for item in job.items] == [False, True, False]
    assert "broken.mp4" in str(job.items[1].error)
    assert job.items[0].outcome is not None
    assert job.items[0].outcome["frames"] == 48
    assert [path.name for _, _, path in job.files] == ["1.idx", "2.idx"]
    for film in films:
        open_index(film.with_suffix(".idx")).close()


def test_films_of_one_name_keep_an_index_each(jobs: Jobs, tmp_path: Path) -> None:
    items = []
    for seed, name in enumerate("ab"):
        (tmp_path / name).mkdir()
        film = media.film(tmp_path / name / "film.mp4", seconds=2, seed=seed).path
        items.append(Item("film.mp4", {**HOW, "movie": film, "output": tmp_path}))
    for number in range(2):  # also where the second comes later
        jobs.begin("index", items[number:])
        assert ended(jobs).state == "done"
    films = {}
    for name in ("film.idx", "film (2).idx"):
        with open_index(tmp_path / name) as index:
            films[name] = index.manifest.info.path.parent.name
    assert films == {"film.idx": "a", "film (2).idx": "b"}
    assert len(list(tmp_path.glob("*.idx"))) == 2


def test_many_commentaries_are_matched_as_the_command_line_does(jobs: Jobs, tmp_path: Path) -> None:
    film = Film(21, shots=4, seconds=8)
    film.write(tmp_path / "film.mp4")
    for number, name in enumerate("ab"):
        (tmp_path / name).mkdir()
        cut = Cut(film, film.starts()[number + 1] + 4, 40)
        write_commentary(tmp_path / name / "recap.mp4", (cut,))
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    jobs.begin("index", [an_item(tmp_path / "film.mp4")])
    assert ended(jobs).state == "done"
    (tmp_path / "film-subtitles.idx").write_text("# VobSub index file, v7\n" * 9)
    folders = Folders([tmp_path])
    desk: Any = SimpleNamespace(folders=folders, shelf=Shelf(folders))
    wanted = MATCHING | {
        "commentary": ["a/recap.mp4", "b/recap.mp4", "broken.mp4"], "transcribe": "",
        "language": "", "subtitles": [], "movie": [], "timelines": [], "no_render": True,
        "shortlist": "always",
    }  # fmt: skip
    jobs.begin("match", match_items(desk, wanted))
    job = ended(jobs)
    assert [bool(item.error) for item in job.items] == [False, False, True], job
    found = [path for _, name, path in job.files if name == "result"]
    assert [path.parents[2].name for path in found] == ["recap_synced", "recap_synced (2)"]
    assert all(read_result(path).segments[0].movie == "film.mp4" for path in found)
    assert all("library" in read_result(path).settings for path in found)  # in two stages
    assert {Path(path).name for path in job.reports.values()} == {
        "batch_report.json", "batch_report.txt"
    }  # fmt: skip
    assert "batch_report.txt" in job_panel(job, "en")


def test_a_job_that_is_stopped_goes_on_to_the_same_bytes(jobs: Jobs, tmp_path: Path) -> None:
    film = media.long_film(tmp_path / "film.mp4", times=200, seconds=2, size=(640, 360))
    jobs.begin("index", [an_item(film)])
    job = None
    while not any(p.done > 0 for p in (job.stages.values() if job is not None else ())):
        job = jobs.wait(job, 5)
        assert job is not None
        assert job.active
    jobs.stop()
    assert ended(jobs).state == "stopped"
    index = film.with_suffix(".idx")
    assert not index.exists()
    jobs.begin("index", [an_item(film)])
    assert ended(jobs).state == "done"
    whole = index.read_bytes()
    index.unlink()
    jobs.begin("index", [an_item(film)])
    assert ended(jobs).state == "done"
    assert index.read_bytes() == whole


def test_a_process_that_dies_is_a_failure_with_its_last_words(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.begin("nonsense", [Item("x", {})])
    job = ended(jobs)
    assert job.state == "failed"
    assert "KeyError" in str(job.items[0].error)


def test_neither_a_start_that_fails_nor_a_line_cut_off_blocks_the_next_job(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_process(_: Path) -> Any:
        raise OSError(12, "Cannot allocate memory")

    with monkeypatch.context() as patched:
        patched.setattr("syncclip.ui.jobs._started", no_process)
        with pytest.raises(OutputError, match="Cannot allocate memory"):
            jobs.begin("nonsense", [Item("x", {})])
    words = ("{", "5", "{}", '{"progress": [1]}', '{"done": 0, "outcome": {"notes": []}}')
    told = f"print({chr(10).join(words)!r})"

    def talks(_: Path) -> Any:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen([sys.executable, "-c", told], encoding="utf-8", **pipes)

    monkeypatch.setattr("syncclip.ui.jobs._started", talks)
    jobs.begin("nonsense", [Item("x", {})])
    assert ended(jobs).state == "done"


def test_a_job_ends_with_the_app(tmp_path: Path) -> None:
    film = media.film(tmp_path / "film.mp4", seconds=40, shots=9).path
    code = (
        "import sys, time, pathlib\nfrom tests.integration.test_ui_jobs import an_item\n"
        "from syncclip.ui.jobs import Jobs\njobs = Jobs(pathlib.Path(sys.argv[1]).parent)\n"
        "jobs.begin('index', [an_item(pathlib.Path(sys.argv[1]))])\n"
        "print(jobs._process.pid, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(film)], stdout=subprocess.PIPE, text=True
    ) as app:
        assert app.stdout is not None
        child = int(app.stdout.readline())
        app.kill()
    deadline = time.monotonic() + 60
    while _lives(child) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not _lives(child)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().split()[2] != "Z"


# --- the review's questions


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_match(tmp_path_factory.mktemp("match"))


def calls(result: Path) -> dict[str, Any]:
    made = ReviewCalls(Folders([result.parents[2]]))
    return {function.__name__: function for function in made.functions()}


def test_the_review_is_told_rows_pictures_and_changes(result: Path) -> None:
    ask, path = calls(result), {"path": str(result), "language": "zh"}
    found = ask["review_load"](path)
    assert [row["n"] for row in found["segments"]] == [1, 2, 3, 4, 5, 6]
    assert found["undo"] is None
    pictures = ask["review_pictures"](path | {"n": 1})["pictures"]
    assert set(pictures) == {f"{side}-{part}" for side in ("commentary", "movie")
                             for part in ("start", "middle", "end")}  # fmt: skip
    assert all(uri.startswith("data:image/jpeg;base64,") for uri in pictures.values())
    changed = ask["review_change"](path | {"n": 2, "action": "nudge", "in_frames": 3})
    assert [row["n"] for row in changed["rows"]] == [1, 2]
    assert changed["undo"] == {"action": "nudge", "n": 2}
    assert read_result(result).segments[1].corrected is Action.NUDGE
    undone = ask["review_change"](path | {"n": 2, "action": "undo"})
    assert (len(undone["rows"]), undone["undo"]) == (2, None)


def test_a_place_set_by_hand_keeps_the_crop_that_stands_there(result: Path, tmp_path: Path) -> None:
    crop, copy = Rect(1 / 3, 0.1234567, 1 / 7, 0.5), tmp_path / "copy.json"
    found = read_result(result)
    first = replace(found.segments[0], crop=crop)
    write_result(replace(found, segments=(first, *found.segments[1:])), copy)
    asked = {"path": str(copy), "n": 1, "action": "set", "movie": "film.mov", "start": "2.5",
             "speed": 1, "mirrored": True}  # fmt: skip
    ask = {f.__name__: f for f in ReviewCalls(Folders([tmp_path, result.parents[2]])).functions()}
    shown = ask["review_load"]({"path": str(copy)})["segments"][0]["place"]["crop"]
    for typed, kept in (
        (", ".join(map(str, shown)), crop),
        ("0.1，0.2，0.5，0.5", Rect(0.1, 0.2, 0.5, 0.5)),
        ("", FULL_FRAME),
    ):
        ask["review_change"](asked | {"crop": typed})
        assert read_result(copy).segments[0].crop.as_list() == pytest.approx(kept.as_list())
    for typed in ("0.1, 0.2", "0, 0, 2, 1", "x, 0, 1, 1"):
        assert "is no crop" in ask["review_change"](asked | {"crop": typed})["error"]


def test_the_review_is_told_where_a_split_screen_shows_a_segment(result: Path) -> None:
    found, pane = read_result(result), Rect(0.5, 0, 0.5, 0.6)
    first, *others = found.segments
    split = replace(found, segments=(replace(first, pane=pane), *others))
    panes = [row["pane"] for row in result_rows(split)["segments"]]
    assert panes == [[0.5, 0, 0.5, 0.6], *[[0, 0, 1, 1]] * 5]
    assert [row["n"] for row in changed_rows(found, split)] == [1]


def test_pictures_that_were_missing_are_there_when_their_file_is(result: Path) -> None:
    ask, wanted = calls(result)["review_pictures"], {"path": str(result), "n": 1}
    for name, missing in (("film.mov", "movie"), ("recap.mp4", "commentary")):
        film = result.parents[2] / name
        away = film.rename(film.with_suffix(".away"))
        try:
            some = ask(wanted)["pictures"]
        finally:
            away.rename(film)
        assert some
        assert not any(side.startswith(missing) for side in some)
        assert len(ask(wanted)["pictures"]) == 6
        ask = calls(result)["review_pictures"]


@pytest.mark.parametrize(
    "asked",
    [
        {"n": 99, "action": "accept"},
        {"n": 3, "action": "reject"},
        {
            "n": 1,
            "action": "set",
            "movie": "other.mov",
            "start": "1",
            "speed": 1,
            "mirrored": False,
        },
        {"n": 1, "action": "set", "movie": "film.mov", "start": "x", "speed": 1, "mirrored": False},
        {"n": 1, "action": "unheard of"},
        {"n": "x", "action": "accept"},
        {},
    ],
)
def test_what_cannot_be_done_is_answered_and_changes_nothing(result: Path, asked: Any) -> None:
    before = result.read_bytes()
    assert calls(result)["review_change"]({"path": str(result), **asked})["error"]
    assert result.read_bytes() == before


def test_a_result_outside_or_about_files_outside_is_not_opened(
    result: Path, tmp_path: Path
) -> None:
    ask = {f.__name__: f for f in ReviewCalls(Folders([tmp_path])).functions()}
    assert "outside" in ask["review_load"]({"path": str(result)})["error"]
    copy = tmp_path / "copy.json"
    copy.write_bytes(result.read_bytes())
    assert "outside" in ask["review_load"]({"path": "copy.json"})["error"]
    assert "outside" in ask["review_pictures"]({"path": "copy.json", "n": 1})["error"]


def test_a_correction_is_written_to_no_place_outside(result: Path, tmp_path: Path) -> None:
    private, logs = tmp_path / "private", result.parents[1] / "timelines"
    private.mkdir()
    logs.symlink_to(private)
    try:
        asked = {"path": str(result), "n": 1, "action": "accept"}
        assert "outside" in calls(result)["review_change"](asked)["error"]
    finally:
        logs.unlink()


def test_a_warning_and_its_title_are_in_the_users_language() -> None:
    import gradio

    desk = Desk(*[None] * 7)  # only its words are needed
    with pytest.raises(gradio.Error) as failed, desk.told("zh"):
        raise InputError("no such file: 'x.mp4'; check the path")
    assert (failed.value.title, failed.value.message) == (
        "出错了",
        "文件 x.mp4 不存在，请检查路径",
    )


# --- starting the app


def test_the_app_says_what_keeps_it_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="could use the app; set --auth"):
        serve([tmp_path], host="0.0.0.0")
    for auth in ("ada", "ada:", ":secret"):
        with pytest.raises(SettingsError, match="USER:PASSWORD"):
            serve([tmp_path], auth=auth)
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'syncclip\[ui\]'"):
        serve([tmp_path])


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    import socket

    pytest.importorskip("gradio")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = f"import sys\nfrom syncclip.ui.app import serve\nserve([sys.argv[1]], port={port})"
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
        )
    assert OutputError.__name__ in done.stderr
    assert "choose another with --port" in done.stderr
