"""What the library says when it fails, as the Chinese page says it."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from syncclip import corrections
from syncclip._ffmpeg import FFmpeg, find_ffmpeg, run_ffmpeg
from syncclip._files import write_text
from syncclip.errors import MissingDependencyError, OutputError, SyncClipError
from syncclip.index._messages import writing
from syncclip.index.container import PREFIX, read_manifest
from syncclip.pipeline.movies import movie_at_hint
from syncclip.reports import read_result, write_result
from syncclip.types import FULL_FRAME
from syncclip.ui.chinese_errors import said_in_chinese
from syncclip.ui.jobs import Item, Job
from syncclip.ui.panel import job_panel
from syncclip.video import probe
from tests.unit.results_strategies import a_movie
from tests.unit.timelines_cases import CASES, a_result

MADE = "2026-11-27T02:20:18Z"
DAMAGED = (9000).to_bytes(8, "little") + PREFIX
RESULT = a_result(CASES["24 in 30"])


def a_file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def a_full_disk(folder: Path) -> None:
    with writing(folder / "片.idx"):
        raise OSError(errno.ENOSPC, "No space left on device")


def an_endless_output(folder: Path) -> None:
    run_ffmpeg(FFmpeg(find_ffmpeg().path, "x"), ["-i", str(folder / "no.mp4")], doing="cutting x")


def placed(folder: Path, **place: object) -> object:
    where = {"movie": "film.mov", "start_s": 1.0, "crop": FULL_FRAME, "made": MADE}
    return corrections.set_place(RESULT, 1, **(where | place))


def a_newer_result(folder: Path) -> object:
    write_result(RESULT, folder / "r.json")
    document = json.loads((folder / "r.json").read_text())
    newer = json.dumps(document | {"schema_version": 999})
    return read_result(a_file(folder, "r.json", newer.encode()))


FAILURES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda f: probe(f / "片.mp4"), "片.mp4 不存在"),
    "empty": (lambda f: probe(a_file(f, "片.mp4", b"")), "是空文件"),
    "folder": (probe, "是文件夹，不是视频"),
    "no video": (lambda f: probe(a_file(f, "片.mp4", b"words " * 99)), "不是可读取的视频"),
    "cut short": (lambda f: probe(a_file(f, "a.mp4", b"\0\0\0\x20ftypisom" + bytes(99))), "不完整"),
    "moved": (lambda f: movie_at_hint(a_movie("a.mov", path=str(f / "a.mov"))), "已不在原处"),
    "damaged index": (lambda f: read_manifest(a_file(f, "a.idx", DAMAGED)), "已损坏"),
    "no index": (lambda f: read_manifest(a_file(f, "a.idx", b"words" * 9)), "不是 SyncClip 索引"),
    "no result": (lambda f: read_result(f / "r.json"), "r.json 不存在"),
    "broken result": (lambda f: read_result(a_file(f, "r.json", b"{")), "不是有效的结果文件"),
    "newer result": (a_newer_result, "请更新 SyncClip"),
    "full disk": (a_full_disk, "片.idx：磁盘空间不足"),
    "no folder": (lambda f: write_text(a_file(f, "a", b"") / "b.txt", "x"), "无法写入"),
    "segment": (lambda f: corrections.accept(RESULT, 99, made=MADE), "没有片段 99"),
    "outside": (lambda f: placed(f, start_s=900.0), "900 秒超出 film.mov 的范围"),
    "speed": (lambda f: placed(f, speed=-1.0), "速度 -1.0 无效"),
    "movie": (lambda f: placed(f, movie="b.mov"), "b.mov 不在查找过的电影中"),
    "rejected": (lambda f: corrections.reject(RESULT, 3, made=MADE), "片段 3 已标为"),
    "other": (lambda f: corrections.swap(RESULT, 1, to=2, made=MADE), "没有第 2 个其他位置"),
    "first": (lambda f: corrections.nudge(RESULT, 1, in_frames=1, made=MADE), "第一个片段"),
    "last": (lambda f: corrections.nudge(RESULT, 8, out_frames=1, made=MADE), "最后一个片段"),
    "no frame": (lambda f: corrections.nudge(RESULT, 2, in_frames=80, made=MADE), "没有剩余的帧"),
    "no slip": (lambda f: corrections.nudge(RESULT, 3, slip_frames=1, made=MADE), "无法移动源画面"),
    "no undo": (lambda f: corrections.undo(RESULT), "没有可以撤销的修正"),
    "ffmpeg": (an_endless_output, "ffmpeg 出错"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_users_meet_is_said_in_chinese(name: str, tmp_path: Path) -> None:
    fail, words = FAILURES[name]
    with pytest.raises(SyncClipError) as failed:
        fail(tmp_path)
    said = said_in_chinese(str(failed.value))
    assert words in said
    assert not re.search("; (check|give|name|make|rebuild|free)", said)


def test_packages_that_are_missing_are_named_with_their_command() -> None:
    said = said_in_chinese(str(MissingDependencyError("open_clip", extra="clip")))
    assert said == "未安装 open_clip；请运行：pip install 'syncclip[clip]'"


@pytest.mark.parametrize("message", ["something {new}", "", "{0}", "a cannot b"])
def test_what_is_not_known_stays_as_it_is(message: str) -> None:
    assert said_in_chinese(message) == message


def test_a_name_with_braces_breaks_nothing() -> None:
    assert said_in_chinese("no such file: '{x}'; check the path") == "文件 {x} 不存在，请检查路径"


def test_a_job_that_failed_says_why_in_the_users_language() -> None:
    why = "/a/out.mp4: no space left on the disk; free some and run again, what is finished is kept"
    job = Job(1, "render", (Item("a.mp4", {}, error=str(OutputError(why))),), state="failed")
    assert "磁盘空间不足" in job_panel(job, "zh")
    assert "no space left on the disk" in job_panel(job, "en")
