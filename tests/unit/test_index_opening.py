import shutil
from pathlib import Path

import pytest

from syncclip.config import IndexConfig
from syncclip.errors import IndexFileError, IndexMismatchError
from syncclip.index import open_index, open_indexes, open_searchable
from tests.index_fakes import FakeReader, build, stream_info


def index(folder, name, *, movie=None, fingerprint=None, **options):
    movie = movie or f"{name}.mp4"
    reader = FakeReader(60, info=stream_info(Path("/films") / movie))
    return build(reader, folder / f"{name}.idx", fingerprint=fingerprint or name, **options)


def opened(*paths):
    return [(index.path.name, index.name) for index in open_indexes(paths)]


def test_a_folder_gives_all_its_indexes_by_name(tmp_path):
    for name in ("b", "a", "c"):
        index(tmp_path, name)
    (tmp_path / "notes.txt").write_text("no index")
    assert opened(tmp_path) == [("a.idx", "a.mp4"), ("b.idx", "b.mp4"), ("c.idx", "c.mp4")]


def test_files_keep_the_order_in_which_they_are_named(tmp_path):
    a, b = index(tmp_path, "a"), index(tmp_path, "b")
    assert opened(b, a) == [("b.idx", "b.mp4"), ("a.idx", "a.mp4")]


def test_a_file_named_twice_is_opened_once(tmp_path):
    a = index(tmp_path, "a")
    (tmp_path / "link.idx").symlink_to(a)
    assert opened(a, tmp_path, a) == [("a.idx", "a.mp4")]


def test_movies_of_the_same_name_are_told_apart(tmp_path):
    for name in ("a", "b", "c"):
        index(tmp_path, name, movie="film.mp4")
    index(tmp_path, "bb", movie="film.mp4 (2)")
    assert [name for _, name in opened(tmp_path)] == [
        "film.mp4",
        "film.mp4 (2)",
        "film.mp4 (2) (2)",
        "film.mp4 (3)",
    ]


def test_the_same_movie_indexed_twice_is_refused(tmp_path):
    shutil.copy(index(tmp_path, "a"), tmp_path / "copy.idx")
    with pytest.raises(IndexFileError, match=r"copy.idx and .*a.idx index the same movie"):
        open_indexes([tmp_path])


def test_signatures_of_different_sizes_do_not_mix(tmp_path):
    index(tmp_path, "a")
    index(tmp_path, "b", config=IndexConfig(signature_size=(24, 14)))
    with pytest.raises(IndexMismatchError, match=r"b.idx has signatures of another size"):
        open_indexes([tmp_path])


def test_an_empty_folder_says_how_to_fill_it(tmp_path):
    with pytest.raises(IndexFileError, match=r"holds no .idx file; make one with: syncclip index"):
        open_indexes([tmp_path])


def test_nothing_named_is_refused():
    with pytest.raises(IndexFileError, match="no index was named"):
        open_indexes([])


def test_the_damaged_one_of_many_is_named(tmp_path):
    index(tmp_path, "a")
    damaged = index(tmp_path, "b")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(IndexFileError, match=r"b.idx is not a sound index"):
        open_indexes([tmp_path])


def test_the_name_in_results_is_the_one_told_apart(tmp_path):
    for name in ("a", "b"):
        index(tmp_path, name, movie="film.mp4")
    first, second = open_indexes([tmp_path])
    assert (first.ref.name, second.ref.name) == ("film.mp4", "film.mp4 (2)")
    assert second.signatures.shape == (60, 18, 32)
    assert open_index(second.path).name == "film.mp4"


def searchable(*paths):
    found, notes = open_searchable(paths)
    return [index.path.name for index in found], [note.replace("'", "") for note in notes]


def test_of_a_folder_what_is_no_sound_index_is_left_out_with_a_note(tmp_path):
    index(tmp_path, "b")
    damaged = index(tmp_path, "a")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    shutil.copy(tmp_path / "b.idx", tmp_path / "c.idx")
    index(tmp_path, "small", config=IndexConfig(signature_size=(24, 14)))
    (tmp_path / "subtitles.idx").write_text("# VobSub index file, v7 (do not modify this line!)")
    (tmp_path / "zz.idx").write_text("junk")
    names, notes = searchable(tmp_path)
    assert names == ["b.idx"]
    for note, name in zip(notes, ("a", "c", "small", "zz"), strict=True):
        assert f"{name}.idx" in note
        assert "left out" in note


def test_files_that_are_named_must_be_sound_whatever_folders_hold(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    a, b = index(tmp_path, "a"), index(folder, "b")
    shutil.copy(a, folder / "again.idx")
    names, notes = searchable(folder, a)
    assert names == ["b.idx", "a.idx"]
    assert "again.idx is left out" in notes[0]
    with pytest.raises(IndexFileError, match="index the same movie"):
        open_searchable([a, folder / "again.idx"])
    b.write_text("junk")
    with pytest.raises(IndexFileError, match=r"b.idx is not a SyncClip index"):
        open_searchable([a, b])


def test_a_folder_without_one_sound_index_says_what_is_wrong(tmp_path):
    (tmp_path / "film.idx").write_text("# VobSub index file, v7")
    with pytest.raises(IndexFileError, match="there is no index to search"):
        open_searchable([tmp_path])
    (tmp_path / "zz.idx").write_text("junk")
    with pytest.raises(IndexFileError, match=r"zz.idx is not a SyncClip index"):
        open_searchable([tmp_path])
