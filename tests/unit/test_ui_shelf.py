"""What the web app finds in its folders, and what of it is searched."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import syncclip
from syncclip.config import MatchConfig
from syncclip.encoders import BuiltinEncoder
from syncclip.errors import IndexFileError
from syncclip.index import container
from syncclip.pipeline.overview import IndexFacts, index_facts, searchable_indexes
from syncclip.ui.access import Folders, Refusal
from syncclip.ui.index_tab import library_table
from syncclip.ui.jobs import Item, Job
from syncclip.ui.match_tab import library_indexes
from syncclip.ui.review_tab import _results
from syncclip.ui.shelf import RESULT, Shelf
from tests.index_fakes import FakeReader, build, stream_info

VOBSUB = "# VobSub index file, v7 (do not modify this line!)\nsize: 720x576\n" * 9


def an_index(path: Path, seed: int = 0, movie: Path | None = None) -> Path:
    info = stream_info(movie or path.parent / f"film{seed}.mp4")
    return build(FakeReader(60, info=info, seed=seed), path, fingerprint=f"mark{seed}",
                 encoders=[BuiltinEncoder()])  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Two sound indexes, one with damaged data, one with a damaged header, and subtitles."""
    for number, name in enumerate(("a", "b", "data", "header")):
        an_index(tmp_path / f"{name}.idx", number)
    for name, at in (("data", -1), ("header", 200)):
        damaged = bytearray((tmp_path / f"{name}.idx").read_bytes())
        damaged[at] ^= 1
        (tmp_path / f"{name}.idx").write_bytes(damaged)
    (tmp_path / "subtitles.idx").write_text(VOBSUB)
    return tmp_path


def a_desk(*roots: Path) -> Any:
    folders = Folders(roots)
    return SimpleNamespace(folders=folders, shelf=Shelf(folders))


def test_the_header_says_what_describing_says(tmp_path: Path) -> None:
    path = an_index(tmp_path / "a.idx")
    facts, described = index_facts(path), syncclip.describe(path)
    assert facts is not None
    assert (facts.name, facts.movie_path) == (described["movie"], described["movie_path"])
    assert facts.duration_s == pytest.approx(described["duration_s"])
    assert (str(facts.frame_rate), facts.bytes) == (described["frame_rate"], described["bytes"])
    assert facts.tracks == tuple(described["tracks"])


def test_the_page_starts_without_reading_whole_indexes(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "_check_data", lambda *_: pytest.fail("all of it was read"))
    desk = a_desk(library)
    names = [name for name, _ in desk.shelf.library()]
    assert names == ["a.idx", "b.idx", "data.idx", "header.idx"]
    kinds = [type(facts) for _, facts in desk.shelf.library()]
    assert kinds == [IndexFacts, IndexFacts, IndexFacts, str]
    assert ">header.idx is not a sound index" in library_table(desk, "en")
    assert desk.shelf.indexes() == ["./", *names]
    assert library_indexes(desk, []) == [library]


def test_of_a_small_folder_what_is_sound_is_searched(library: Path) -> None:
    an_index(library / "again.idx", 0)
    found, notes = searchable_indexes([library], MatchConfig())
    assert [path.name for path in found] == ["a.idx", "b.idx"]
    assert len(notes) == 3
    for note, name in zip(notes, ("again", "data", "header"), strict=True):
        assert f"{name}.idx" in note
    named, _ = searchable_indexes([library / "data.idx"], MatchConfig())
    assert named == [library / "data.idx"]  # it is opened, and the user told
    for name in ("a", "b", "again"):
        (library / f"{name}.idx").unlink()
    with pytest.raises(IndexFileError, match=r"data\.idx"):
        searchable_indexes([library], MatchConfig())


def test_a_folder_of_many_films_is_searched_as_one(library: Path) -> None:
    always = MatchConfig(shortlist="always")
    assert searchable_indexes([library], always) == ([library], ())


def test_folders_in_folders_list_every_file_once(tmp_path: Path) -> None:
    outer, inner = tmp_path / "proceed" / "films", tmp_path / "proceed" / "films" / "more" / "deep"
    made = inner / "recap_synced" / "proceed"
    for path in (outer / "a.DIVX", inner / "b.mp4", made / "final.mp4", made / "s" / "c.srt",
                 inner / "1" / "2" / "3" / "4" / "5" / "d.mkv"):  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    names = ["a.DIVX", "more/deep/1/2/3/4/5/d.mkv", "more/deep/b.mp4"]
    for roots in ((outer, inner), (outer, inner, outer)):
        shelf = a_desk(*roots).shelf
        assert shelf.videos() == names
        assert shelf.subtitles() == []


def test_a_result_that_goes_while_it_is_listed_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = a_desk(tmp_path).shelf
    (tmp_path / RESULT).touch()
    monkeypatch.setattr(shelf, "_files", lambda: iter([tmp_path / RESULT, tmp_path / "x" / RESULT]))
    assert shelf.results() == [RESULT]


def test_a_new_result_is_opened_once(tmp_path: Path) -> None:
    pytest.importorskip("gradio")
    result, shown = tmp_path / "visual_match_results.json", set[int]()
    item = Item("a.mp4", {}, outcome={"files": {"result": str(result)}})
    desk = a_desk(tmp_path)
    for number in (1, 2):
        desk.jobs = SimpleNamespace(latest=Job(number, "match", (item,)))
        assert "value" not in _results(desk, shown)  # it runs
        desk.jobs = SimpleNamespace(latest=Job(number, "match", (item,), state="done"))
        assert _results(desk, shown)["value"] == result.name
        assert "value" not in _results(desk, shown)  # the user may have chosen another since


def test_several_folders_are_all_searched(tmp_path: Path) -> None:
    for number, name in enumerate(("one", "two")):
        (tmp_path / name).mkdir()
        an_index(tmp_path / name / "film.idx", number)
    desk = a_desk(tmp_path)
    assert library_indexes(desk, []) == [tmp_path / "one", tmp_path / "two"]
    assert library_indexes(desk, ["one/"]) == [tmp_path / "one"]
    assert len(searchable_indexes(library_indexes(desk, []), MatchConfig())[0]) == 2


def test_neither_indexes_nor_their_catalogue_lead_outside(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from syncclip.pipeline.libraries import library_films

    private = tmp_path_factory.mktemp("private") / "film0.mp4"
    an_index(tmp_path / "a.idx", 0, movie=private)
    library_films(tmp_path)  # writes the catalogue
    desk = a_desk(tmp_path)
    assert library_indexes(desk, [])
    private.touch()
    with pytest.raises(Refusal, match="outside the folders"):
        library_indexes(desk, [])
    an_index(tmp_path / "a.idx", 1)  # only the catalogue leads there now
    with pytest.raises(Refusal, match="outside the folders"):
        library_indexes(a_desk(tmp_path), [])
