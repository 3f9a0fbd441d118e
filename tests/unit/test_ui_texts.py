"""The two languages of the web app, and that it offers what the command line does."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Any

import pytest

from syncclip.cli.index import index
from syncclip.cli.match import match
from syncclip.errors import InputError
from syncclip.pipeline.overview import IndexFacts
from syncclip.progress import Progress
from syncclip.ui import fields, texts
from syncclip.ui.access import Folders, Refusal
from syncclip.ui.chinese import STAGES
from syncclip.ui.index_tab import index_items
from syncclip.ui.jobs import Item, Job
from syncclip.ui.match_tab import match_items
from syncclip.ui.panel import job_panel
from syncclip.ui.shelf import Shelf

SOURCE = Path(texts.__file__).parent
KEYS = set(texts.TEXTS["en"])


def blanks(text: str) -> list[str]:
    """Names of the values that a text takes."""
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


def test_both_languages_have_the_same_texts() -> None:
    assert set(texts.TEXTS) == {"en", "zh"}
    assert set(texts.TEXTS["zh"]) == KEYS
    for key in KEYS:
        assert blanks(texts.TEXTS["en"][key]) == blanks(texts.TEXTS["zh"][key]), key
        assert texts.TEXTS["en"][key].strip()
        assert texts.TEXTS["zh"][key].strip()


def test_chinese_is_chinese() -> None:
    names = {key for key in KEYS if not re.search("[一-鿿]", texts.TEXTS["zh"][key])}
    assert names <= {"choice.pyav", "choice.otio", "choice.fcpxml", "choice.edl", "choice.csv",
                     "choice.mlt", "choice.fcp7xml"}  # fmt: skip


def test_every_text_that_is_asked_for_is_there() -> None:
    code = "\n".join(path.read_text("utf-8") for path in SOURCE.glob("*_tab.py"))
    code += (SOURCE / "page.py").read_text("utf-8") + (SOURCE / "fields.py").read_text("utf-8")
    asked = set(re.findall(r'put\(\s*gr\.\w+, "([^"]+)"', code))
    asked |= set(re.findall(r'Refusal\(\s*"([^"]+)"', code))
    assert len(asked) > 50
    assert asked <= KEYS
    script = "".join(path.read_text("utf-8") for path in (SOURCE / "assets").glob("*.js"))
    words = set(re.findall(r'word\("([a-z]+)"\)', script))
    assert len(words) > 20
    assert {f"review.page.{word}" for word in words} <= KEYS


def test_refusals_are_said_in_the_users_language() -> None:
    refusal = Refusal("refused.missing", "there is no file {typed}", typed="片.mp4")
    assert texts.error_text(refusal, "en") == "there is no file 片.mp4"
    assert texts.error_text(refusal, "zh") == "文件 片.mp4 不存在"
    assert texts.error_text(InputError("as it is"), "zh") == "as it is"


def test_refusals_in_english_are_the_texts_themselves() -> None:
    for path in SOURCE.glob("*.py"):
        for key, said in re.findall(
            r'Refusal\(\s*"([^"]+)",\s*((?:"[^"]*"\s*)+)', path.read_text()
        ):
            message = "".join(re.findall(r'"([^"]*)"', said))
            assert message == texts.TEXTS["en"][key], key


def test_stages_and_amounts_are_told_in_both_languages() -> None:
    assert texts.stage("Proving", "en") == "Proving"
    assert texts.stage("Proving", "zh") == STAGES["Proving"]
    assert texts.stage("Reading a.mkv", "zh") == "正在读取 a.mkv"
    assert texts.stage("Something new", "zh") == "Something new"
    assert texts.amount(Progress("x", 12, 40, "frames"), "en") == "12 / 40 frames"
    assert texts.amount(Progress("x", 12, None, "frames"), "zh") == "12 帧"


# --- what the tabs hand on


def facts(movie: Path, *models: str) -> IndexFacts:
    size = {"width_px": 16, "height_px": 9, "bytes": 9, "duration_s": 1.0}
    return IndexFacts(name="a.mp4", movie_path=str(movie), frame_rate=Fraction(24),
                      tracks=("builtin",), models=models, **size)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The folders alone: no page is needed to decide what is done."""
    for name in ("a.mp4", "b.mp4", "film.idx", "film.srt", "list.csv"):
        (tmp_path / name).touch()
    folders = Folders([tmp_path])
    shelf = Shelf(folders)
    monkeypatch.setattr(shelf, "facts", lambda _: facts(tmp_path / "a.mp4"))
    return SimpleNamespace(folders=folders, shelf=shelf)


MATCHING: dict[str, Any] = {
    "commentary": ["a.mp4"], "index": [], "threshold": 0.6, "frame_interval": 0.3,
    "shortlist": "always", "no_time_jumps": True, "encoder": "builtin", "clip_model": "",
    "blip_model": "", "device": "cpu", "transcribe": "small", "language": "de",
    "subtitles": ["film.srt"],
    "no_render": False, "audio": "mix", "gaps": "black", "framing": "commentary", "retime": "none",
    "transition": "crossfade", "preset": "fast", "crf": 20, "workers": 3, "output": "",
    "timelines": ["edl"], "movie": ["b.mp4"], "reader": "pyav", "no_sheet": True, "force": True,
    "forget_corrections": True, "jobs": 2,
}  # fmt: skip
INDEXING: dict[str, Any] = {
    "output": "", "encoder": "auto", "clip_model": "", "device": "auto", "captions": False,
    "blip_model": "", "reader": "pyav", "force": False, "jobs": 0,
}  # fmt: skip


def test_the_page_has_every_setting_of_the_command_line() -> None:
    others = {"json", "quiet", "cluster"}  # the page is a display of its own, on this machine
    settings = set(inspect.signature(match).parameters) - others - {"commentaries"}
    assert set(MATCHING) == settings | {"commentary"}
    assert {"movies", *INDEXING} == set(inspect.signature(index).parameters) - others


def test_settings_reach_the_library_as_they_were_made(desk: Any) -> None:
    (item,) = match_items(desk, MATCHING)
    home, options = desk.folders.home, item.options
    assert (item.name, options["commentary"]) == ("a.mp4", home / "a.mp4")
    assert options["output"] == home / "a_synced"
    assert options["index"] == [str(home)]
    assert options["config"] == {
        "threshold": 0.6, "frame_interval_s": 0.3, "time_jumps": False, "shortlist": "always",
        "encoder": "builtin", "clip_model": None, "blip_model": None,
        "transcribe": "small", "language": "de", "subtitles": [str(home / "film.srt")],
    }  # fmt: skip
    assert options["render"] == {
        "audio": "mix", "gaps": "black", "framing": "commentary", "retime": "none",
        "transition": "crossfade", "preset": "fast", "crf": 20, "workers": 3,
    }  # fmt: skip
    rest = ("movies", "timelines", "keep_corrections", "sheet", "workers", "device", "force",
            "jobs")  # fmt: skip
    assert [options[name] for name in rest] == [
        [str(home / "b.mp4")], ["edl"], False, False, 3, "cpu", True, 2
    ]  # fmt: skip
    (without,) = match_items(desk, MATCHING | {"no_render": True, "workers": 0})
    assert (without.options["render"], without.options["workers"]) == (None, None)


def test_many_commentaries_have_a_folder_in_common(desk: Any, tmp_path: Path) -> None:
    many = MATCHING | {"commentary": ["a.mp4", "b.mp4"]}
    assert {item.options["output"] for item in match_items(desk, many)} == {desk.folders.home}
    within = match_items(desk, many | {"output": "all"})
    assert {item.options["output"] for item in within} == {desk.folders.home / "all"}
    (desk.folders.home / "b_synced (2)").symlink_to(tmp_path.parent)
    with pytest.raises(Refusal, match="outside the folders"):
        match_items(desk, many)
    (one,) = match_items(desk, MATCHING | {"output": "mine"})
    assert one.options["output"] == desk.folders.home / "mine"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"commentary": []}, "no_commentary"),
        ({"commentary": ["https://x.example/v"]}, "address"),
        ({"commentary": ["../x.mp4"]}, "outside"),
        ({"commentary": ["list.csv"]}, "list"),
        ({"output": "/tmp"}, "outside"),
        ({"subtitles": ["/etc/passwd"]}, "outside"),
        ({"movie": ["nothing.mp4"]}, "missing"),
        ({"transcribe": "/private/x.pt"}, "outside"),
        ({"clip_model": "ViT-B-32:/private/x.pt"}, "outside"),
        ({"blip_model": "/private/x"}, "outside"),
        ({"index": ["../other.idx"]}, "outside"),
    ],
)
def test_what_a_match_may_not_use_is_refused(desk: Any, changes: dict[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        match_items(desk, MATCHING | changes)
    assert refused.value.key == f"refused.{key}"


def test_an_index_of_a_movie_outside_is_refused(
    desk: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    movie = tmp_path_factory.mktemp("private") / "film.mp4"
    movie.touch()
    monkeypatch.setattr(desk.shelf, "facts", lambda _: facts(movie))
    with pytest.raises(Refusal, match="outside the folders"):
        match_items(desk, MATCHING)
    movie.unlink()  # an index may outlive its movie
    assert match_items(desk, MATCHING)
    for model in ("/private/x", "../x"):
        monkeypatch.setattr(desk.shelf, "facts", lambda _, model=model: facts(movie, model))
        with pytest.raises(Refusal, match="outside the folders"):
            match_items(desk, MATCHING)


def test_movies_are_indexed_beside_each_other(desk: Any) -> None:
    items = index_items(desk, ["a.mp4", "b.mp4"], INDEXING)
    assert {item.options["output"] for item in items} == {desk.folders.home}
    assert [item.options["movie"].name for item in items] == ["a.mp4", "b.mp4"]
    (desk.folders.home / "films.csv").write_text("movie\n/etc/passwd\n")
    (desk.folders.home / "trap").mkdir()
    (desk.folders.home / "trap" / "a.idx").symlink_to("/etc/passwd")
    for films, output, key in (([], "", "no_movie"), (["films.csv"], "", "list"),
                               (["a.mp4"], "..", "outside"),
                               (["a.mp4"], "trap", "outside")):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            index_items(desk, films, INDEXING | {"output": output})
        assert refused.value.key == f"refused.{key}"


@pytest.mark.parametrize(
    ("typed", "seconds"), [("12.5", 12.5), ("1:02", 62), ("1:02:03.5", 3723.5), (" 7 ", 7)]
)
def test_times_are_typed_as_seconds_or_with_colons(typed: str, seconds: float) -> None:
    assert fields.seconds(typed) == seconds


@pytest.mark.parametrize("typed", ["", "x", "-1", "1:2:3:4", "1e9"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(Refusal, match="is no time"):
        fields.seconds(typed)


# --- the panel


def test_names_of_strangers_are_text_on_the_panel() -> None:
    evil = "<img src=x onerror=alert(1)>.mp4"
    outcome = {"files": {"video": f'/a/"{evil}'}, "notes": [evil], "coverage": 0.5,
               "confidence": 90.0, "tiers": {"exact": 2}}  # fmt: skip
    items = (Item(evil, {}, outcome=outcome), Item(evil, {}, error=evil))
    stages = {evil: Progress(evil, 1, 2, evil)}
    for state in ("running", "failed"):
        page = job_panel(Job(1, "match", items, state=state, stages=stages), "en")
        assert "<img" not in page
        assert "&lt;img" in page


def test_a_panel_tells_how_far_a_job_is_and_how_it_ended() -> None:
    items = (Item("a.mp4", {}), Item("b.mp4", {}))
    job = Job(1, "match", items, at=1, stages={"Proving": Progress("Proving", 3, 4, "stretches")})
    page = job_panel(job, "en")
    assert "Matching: 2 files" in page
    assert "Rendering: b.mp4 (2 / 2)" in job_panel(replace(job, kind="render"), "en")
    assert 'max="4" value="3"' in page
    assert "state-" not in job_panel(None, "en")
    ended = Job(
        1, "index", (Item("a.mp4", {}, outcome={"frames": 9, "built": True}),), state="done"
    )
    assert "9 frames read" in job_panel(ended, "en")
    assert "已读取 9 帧" in job_panel(ended, "zh")
