"""Many files named at once, and what is made of them called after each."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncclip import pipeline
from syncclip.errors import InputError
from syncclip.pipeline.index_plan import planned_indexes
from syncclip.pipeline.lists import Row, is_many, listed_rows, placed
from syncclip.pipeline.naming import Names, indexed_films, movie_mark
from tests.index_fakes import FakeReader, build


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def a_list(folder: Path, text: str | bytes) -> Path:
    path = folder / "films.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(path: Path) -> list:
    return listed_rows([path], column="movie", others=("output",))


def test_one_file_is_one_and_everything_else_is_many(tmp_path: Path) -> None:
    assert not is_many(["film.mp4"])
    assert not is_many([Path("missing")])
    assert not is_many(["https://example.org/list.csv"])  # the address of a video
    assert is_many(["a.mp4", "b.mp4"])
    assert is_many([tmp_path])
    assert is_many(["Films.CSV"])
    assert is_many(["s3://films/"])


def test_one_file_and_a_store_are_for_what_takes_many() -> None:
    assert is_many(["s3://films/a.mkv"])
    assert is_many(["film.mp4"], places=["indexes", "s3://films/out"])
    assert is_many(["https://example.org/v"], places=["s3://films/out"])
    assert not is_many(["film.mp4"], places=["indexes", Path("out")])


def test_a_folder_gives_its_videos_by_path_and_those_of_its_folders(tmp_path: Path) -> None:
    write(tmp_path, "b.MKV", "a/z.mp4", "a/notes.txt", ".hidden/c.mp4", "._d.mp4")
    write(tmp_path, "x_synced/proceed/final_output.mp4", "e.idx")
    found = [row.name for row in listed_rows([tmp_path], column="movie")]
    assert found == [str(tmp_path / "a/z.mp4"), str(tmp_path / "b.MKV")]


def test_videos_of_cameras_discs_and_recorders_are_known_and_public(tmp_path: Path) -> None:
    known = ("3g2", "3gp", "dv", "m2t", "m2ts", "mpe", "mxf", "qt", "rmvb", "trp", "vob", "wtv")
    write(tmp_path, *(f"a.{ending}" for ending in known), "a.idx", "a.srt", "a.wav", "a.png")
    found = listed_rows([tmp_path], column="movie")
    assert [Path(row.name).suffix[1:] for row in found] == list(known)
    assert {f".{ending}" for ending in known} < pipeline.VIDEO_SUFFIXES


def test_a_folder_without_videos_says_what_is_known(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    with pytest.raises(InputError, match=r"holds no video; .*\.mkv"):
        listed_rows([tmp_path], column="movie")


def test_what_is_named_twice_comes_once_in_the_first_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "a.mp4", "b.mp4")
    names = [row.name for row in listed_rows(["b.mp4", tmp_path, "./b.mp4"], column="movie")]
    assert names == [str(tmp_path / "b.mp4"), str(tmp_path / "a.mp4")]


def test_rows_of_two_lists_are_one_where_they_mean_the_same(tmp_path: Path) -> None:
    lists = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        lists.append(a_list(tmp_path / folder, "commentary,index,language\n/far/c.mp4,x.idx,en\n"))
    found = listed_rows(lists, column="commentary", others=("index", "language"))
    assert [row.base for row in found] == [str(tmp_path / "one"), str(tmp_path / "two")]
    assert found[1].files("index") == (str(tmp_path / "two" / "x.idx"),)
    a_list(tmp_path / "two", "commentary,index,language\n/far/c.mp4,../one/x.idx,en\n")
    assert len(listed_rows(lists, column="commentary", others=("index", "language"))) == 1


def test_a_list_is_read_row_by_row_beside_itself(tmp_path: Path) -> None:
    text = 'Movie,output\n"a, b.mp4",one.idx\n\n/far/c.mkv\ns3://films/d.mkv,,\n'
    first, second, third = rows(a_list(tmp_path, text))
    assert (first.name, first.cells) == (str(tmp_path / "a, b.mp4"), {"output": "one.idx"})
    assert (second.name, second.cells) == ("/far/c.mkv", {})
    assert (third.name, third.where) == ("s3://films/d.mkv", f"{tmp_path / 'films.csv'}, line 5")


def test_a_list_of_a_spreadsheet_has_a_mark_semicolons_and_wide_spaces(tmp_path: Path) -> None:
    (row,) = rows(a_list(tmp_path, "\ufeffmovie;output;\r\n电影\u3000一.mkv;a.idx;\r\n"))
    assert (Path(row.name).name, row.cells) == ("电影\u3000一.mkv", {"output": "a.idx"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("movie,outptu\na.mp4\n", "line 1: 'outptu' is no column; .*: movie, output"),
        ("output\na.idx\n", "line 1: .* it needs movie"),
        ("movie,movie\na.mp4\n", "line 1: names of columns are missing or stand twice"),
        ("", "line 1: "),
        ("movie\n", "lists nothing"),
        ("movie,output\na.mp4\n,b.idx\n", "line 3: no movie is named"),
        ("movie,output\na, b.mp4,c.idx\n", "line 2: 3 cells for 2 columns; .*quotes"),
        ('movie,output\na.mp4,"b.idx\n', "line 2: not a row of CSV"),
        ('movie\n"a\nb.mp4"\n', "line 3: movie holds a line break"),
        (b"movie\na.mp4\n\xff.mp4\n", "line 3: not UTF-8 text"),
    ],
)
def test_a_list_that_is_wrong_is_one_line_that_names_the_row(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    with pytest.raises(InputError, match=said) as raised:
        rows(a_list(tmp_path, text))
    assert str(raised.value).startswith(str(tmp_path / "films.csv"))
    assert "\n" not in str(raised.value)


def test_names_of_a_list_in_a_store_are_beside_it() -> None:
    assert placed("a.mkv", "s3://films/lists") == "s3://films/lists/a.mkv"
    assert placed("s3://b/a.mkv", "/home") == "s3://b/a.mkv"
    assert placed("https://example.org/v", "/home") == "https://example.org/v"


@given(st.lists(st.sampled_from(["film", "Film", "film (2)", "b"]), max_size=12))
def test_no_two_files_are_given_one_name(stems: list[str]) -> None:
    names = Names()
    given_names = []
    for stem in stems:
        name = next(names.candidates(stem, ".idx"))
        assert names.take(name)
        assert name.startswith(stem)
        given_names.append(name.casefold())
    assert len(set(given_names)) == len(stems)
    assert not any(names.take(name) for name in given_names)


def test_indexes_of_a_folder_are_known_by_their_films(tmp_path: Path) -> None:
    index = build(FakeReader(40), tmp_path / "film.idx")
    (tmp_path / "subtitles.idx").write_text("# VobSub index file, v7\n")
    (tmp_path / "torn.idx").write_bytes(index.read_bytes()[:200])
    found = indexed_films(tmp_path)
    assert list(found.values()) == [index]
    assert movie_mark(index) == next(iter(found))
    assert movie_mark(tmp_path / "subtitles.idx") is None
    assert movie_mark(tmp_path / "torn.idx") == ""


def test_an_index_that_cannot_be_read_just_now_is_not_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = build(FakeReader(40), tmp_path / "film.idx")

    def stale(*_: object) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(Path, "open", stale)
    assert movie_mark(index) is None
    assert indexed_films(tmp_path) == {}
    row = Row(name="s3://films/film.mkv", cells={"output": "film.idx"}, base="", where="a list")
    (film,) = planned_indexes([row], str(tmp_path))
    assert film.status == "failed"
    assert "film.idx" in film.reason
