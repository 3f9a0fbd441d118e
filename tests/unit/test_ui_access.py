"""Which paths the web app may use, and what a request must bring."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncclip.errors import InputError
from syncclip.ui.access import Folders, Refusal
from syncclip.ui.guard import Guard
from syncclip.ui.uploads import UPLOADS, cleared, kept, scratch
from tests.unit.results_strategies import a_result


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Two folders beside a third that is none of the app's."""
    for name in ("films", "more", "private"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "film.mp4").touch()
    return Folders([tmp_path / "films", tmp_path / "more"])


@pytest.mark.parametrize("typed", ["film.mp4", " film.mp4 ", "./film.mp4", "x/../film.mp4"])
def test_paths_count_from_the_first_folder(folders: Folders, typed: str) -> None:
    assert folders.file(typed) == folders.home / "film.mp4"


def test_full_paths_into_any_folder_are_taken(folders: Folders, tmp_path: Path) -> None:
    assert folders.file(tmp_path / "more" / "film.mp4").parent.name == "more"
    assert folders.file("../more/film.mp4").parent.name == "more"
    assert folders.shown(tmp_path / "films" / "a" / "b.idx") == str(Path("a/b.idx"))
    assert folders.shown(tmp_path / "more" / "b.idx") == str(tmp_path / "more" / "b.idx")


@pytest.mark.parametrize(
    "typed", ["../private/film.mp4", "/etc/passwd", "..", "/", "../films-2/film.mp4", "a/../../b"]
)
def test_what_lies_outside_is_refused(folders: Folders, typed: str) -> None:
    with pytest.raises(Refusal, match="outside the folders"):
        folders.inside(typed)


@pytest.mark.parametrize("typed", ["a\0b", "x" * 5000])
def test_what_is_no_path_is_refused(folders: Folders, typed: str) -> None:
    with pytest.raises(Refusal):
        folders.file(typed)


def test_links_are_followed_before_they_are_judged(folders: Folders, tmp_path: Path) -> None:
    (folders.home / "link.mp4").symlink_to(tmp_path / "private" / "film.mp4")
    (folders.home / "elsewhere").symlink_to(tmp_path / "private")
    (folders.home / "inner.mp4").symlink_to(folders.home / "film.mp4")
    for typed in ("link.mp4", "elsewhere/film.mp4", "elsewhere/new.idx"):
        with pytest.raises(Refusal, match="outside the folders"):
            folders.inside(typed)
    assert folders.file("inner.mp4") == folders.home / "film.mp4"


def test_a_folder_for_results_may_lead_nowhere_else(folders: Folders, tmp_path: Path) -> None:
    assert folders.output("recap_synced") == folders.home / "recap_synced"
    (folders.home / "trap" / "proceed").mkdir(parents=True)
    (folders.home / "trap" / "proceed" / "results").symlink_to(tmp_path / "private")
    with pytest.raises(Refusal, match="outside the folders"):
        folders.output("trap")


@pytest.mark.parametrize("name", [".pieces", "results", "timelines/draft"])
def test_a_result_is_changed_in_its_own_folder_only(
    folders: Folders, tmp_path: Path, name: str
) -> None:
    root = folders.home / "recap_synced" / "proceed"
    for path in (root / "results" / "visual_match_results.json", folders.home / "copy.json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert folders.result_output("recap_synced/proceed/results/visual_match_results.json") == root
    assert folders.result_output("copy.json") == folders.home
    for place, result in ((root, root / "other.json"), (folders.home, Path("copy.json"))):
        link = place / name
        if link.is_dir():
            link /= " inner "
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(tmp_path / "private")
        with pytest.raises(Refusal, match="outside the folders"):
            folders.result_output(result)


def test_a_missing_file_and_a_folder_are_no_files(folders: Folders) -> None:
    for typed in ("nothing.mp4", "."):
        with pytest.raises(Refusal, match="there is no file"):
            folders.file(typed)


def test_the_app_starts_with_folders_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        Folders([tmp_path / "missing"])


@pytest.mark.parametrize(
    "named", ["/etc/passwd", "~/model", "ViT-B-32:/etc/passwd", "../private", "x:../../y"]
)
def test_models_are_names_or_lie_inside(folders: Folders, named: str) -> None:
    assert folders.model("ViT-B-32:laion2b_s34b_b79k") == "ViT-B-32:laion2b_s34b_b79k"
    assert folders.model("film.mp4") == str(folders.home / "film.mp4")
    with pytest.raises(Refusal):
        folders.model(named)


def test_a_result_that_names_a_file_outside_is_refused(folders: Folders, tmp_path: Path) -> None:
    inside = replace(a_result(), commentary=str(folders.home / "film.mp4"))
    folders.result_inside(inside)
    with pytest.raises(Refusal, match="outside the folders"):
        folders.result_inside(replace(inside, commentary=str(tmp_path / "private" / "film.mp4")))
    movies = [replace(m, path=str(tmp_path / "private" / "film.mp4")) for m in inside.movies]
    with pytest.raises(Refusal, match="outside the folders"):
        folders.result_inside(replace(inside, movies=tuple(movies)))


def test_nothing_is_fetched_from_a_store_because_a_result_says_so(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCCLIP_CACHE", str(folders.home / "cache"))
    store = Path("syncclip-files/https/evil.example")
    inside = replace(a_result(), commentary=str(folders.home / "film.mp4"))
    for cache in (folders.home / "cache", tmp_path / "elsewhere"):
        hint = cache / store / "film.mkv"
        movies = [replace(m, path=str(hint), index=str(hint.with_suffix(".idx")))
                  for m in inside.movies]  # fmt: skip
        with pytest.raises(Refusal, match="stays off the network"):
            folders.result_inside(replace(inside, movies=tuple(movies)))
    index = folders.home / "cache" / store / "film.idx"
    folders.index_inside(index, str(index.with_suffix(".mkv")))  # was not fetched: nor is its film
    index.parent.mkdir(parents=True)
    index.write_bytes(b"as it was fetched")
    facts = index.stat()
    stamp = f"of the store {(facts.st_size, facts.st_mtime_ns)}"
    index.with_name(f".{index.name}.stamp").write_text(stamp)
    with pytest.raises(Refusal, match="stays off the network"):
        folders.index_inside(index, str(index.with_suffix(".mkv")))
    folders.index_inside(folders.home / "film.idx", str(index.with_suffix(".mkv")))  # not asked for


def test_files_that_arrive_replace_none(folders: Folders, tmp_path: Path) -> None:
    arrived = []
    for name in ("film.mp4", "-x.mp4", ".hidden.mp4"):
        path = scratch(folders) / "some" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("new")
        arrived.append(str(path))
    names = [path.name for path in kept(folders, arrived)]
    assert names == ["film (2).mp4", "x.mp4", "hidden.mp4"]
    assert (folders.home / "film.mp4").read_text() == ""
    with pytest.raises(Refusal, match="was not uploaded"):
        kept(folders, [str(tmp_path / "private" / "film.mp4")])


def test_two_apps_on_one_folder_leave_each_other_alone(folders: Folders) -> None:
    killed = folders.home / UPLOADS / "killed"
    killed.mkdir(parents=True)
    (killed / "film.mp4").touch()
    other = Folders([folders.home])
    for each in (folders, other):
        (scratch(each) / "film.mp4").write_text("arriving")
        assert scratch(each) == scratch(each)
    with pytest.raises(Refusal, match="was not uploaded"):
        kept(folders, [str(scratch(other) / "film.mp4")])
    assert not killed.exists()
    cleared(folders)
    assert (scratch(other) / "film.mp4").is_file()
    cleared(other)
    assert not (folders.home / UPLOADS).exists()


# --- requests


async def _app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def answer(guard: Guard, path: str = "/", **headers: str) -> tuple[int, dict[bytes, bytes]]:
    """Status and headers of an answer."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    named = {"host": "127.0.0.1:7866", **headers}
    scope = {"type": "http", "path": path,
             "headers": [(k.encode(), v.encode()) for k, v in named.items()]}  # fmt: skip
    asyncio.run(guard(scope, None, send))  # type: ignore[arg-type]
    return sent[0]["status"], dict(sent[0]["headers"])


HOSTS = frozenset(("localhost", "127.0.0.1", "::1"))


def test_only_a_page_of_this_machine_may_ask() -> None:
    guard = Guard(_app, hosts=HOSTS, auth=None)
    assert answer(guard)[0] == 200
    assert answer(guard, host="localhost:7866")[0] == 200
    assert answer(guard, host="[::1]:7866")[0] == 200
    assert answer(guard, host="evil.example:7866")[0] == 403  # a name pointed at this machine
    assert answer(guard, origin="http://127.0.0.1:7866")[0] == 200
    for origin in ("http://evil.example", "http://127.0.0.1:9999", "null"):
        assert answer(guard, origin=origin)[0] == 403


def test_pages_may_load_nothing_from_elsewhere() -> None:
    policy = answer(Guard(_app, hosts=HOSTS, auth=None))[1][b"content-security-policy"].decode()
    assert policy.startswith("default-src 'self'")
    assert "http" not in policy


def test_this_machine_fetches_nothing_for_a_page() -> None:
    guard = Guard(_app, hosts=HOSTS, auth=None)
    for path in ("/gradio_api/proxy=https://x.hf.space/", "/gradio_api/file=https://x.example/y"):
        assert answer(guard, path)[0] == 404


def test_user_and_password_are_asked_for_everywhere() -> None:
    guard = Guard(_app, hosts=None, auth="ada:päss:word")

    def basic(text: str) -> str:
        return "Basic " + base64.b64encode(text.encode()).decode()

    status, headers = answer(guard, host="studio.example")
    assert (status, headers[b"www-authenticate"][:5]) == (401, b"Basic")
    for wrong in (basic("ada:other"), basic("ada"), "Bearer x", "Basic ***", "Basic"):
        assert answer(guard, "/files", authorization=wrong)[0] == 401
    assert answer(guard, host="studio.example", authorization=basic("ada:päss:word"))[0] == 200
