"""Files of a store: fetched whole, kept while they are current, put back whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncclip._addresses import is_stored
from syncclip.errors import InputError, OutputError
from syncclip.pipeline import storage
from syncclip.pipeline.storage import (
    address_of,
    cached_path,
    fetched,
    fetched_again,
    fetched_folder,
    may_be_fetched,
    put_back,
    put_back_folder,
    stored_files,
)

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """An empty store at memory://, and a cache of its own."""
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


def names(system: object) -> list[str]:
    return sorted(system.find("/"))


def test_a_path_is_no_address() -> None:
    assert is_stored("s3://films/a.mkv")
    assert not is_stored("films/a.mkv")
    assert not is_stored(Path("s3://films/a.mkv"))


def test_a_file_is_fetched_once_and_again_when_it_has_changed(
    store: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.pipe("/films/a.mkv", b"one")
    gets: list[str] = []
    inner = type(store).get_file
    monkeypatch.setattr(
        type(store), "get_file", lambda *a, **k: (gets.append(a[1]), inner(*a, **k))[1]
    )
    path = fetched("memory://films/a.mkv")
    assert path == fetched("memory://films/a.mkv") == cached_path("memory://films/a.mkv")
    assert (path.read_bytes(), len(gets)) == (b"one", 1)
    store.pipe("/films/a.mkv", b"two, longer")
    assert fetched("memory://films/a.mkv").read_bytes() == b"two, longer"
    path.write_bytes(b"another program was here")
    assert fetched("memory://films/a.mkv").read_bytes() == b"two, longer"
    assert len(gets) == 3
    hidden = [p.name for p in path.parent.iterdir() if p != path]
    assert hidden == [".a.mkv.stamp"]


def test_a_file_that_is_not_there_is_one_line(store: object) -> None:
    with pytest.raises(InputError, match=r"memory://films/a\.mkv cannot be read: no such file"):
        fetched("memory://films/a.mkv")


def test_a_store_that_nobody_knows_is_one_line(store: object) -> None:
    with pytest.raises(InputError, match=r"nostore://a/b cannot be read: .*nostore") as raised:
        fetched("nostore://a/b")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["s3://", "s3://a/../../etc/passwd", "s3://a/./b", "s3://a\\b", "s3://a/\0"]
)
def test_no_address_leaves_the_cache(address: str) -> None:
    with pytest.raises(InputError, match="is not the address of a file or folder"):
        cached_path(address)


@pytest.mark.parametrize("host", ["media.example:9000", "100%3A", "a%:b%25"])
def test_a_host_and_its_port_are_a_name_that_every_system_takes(host: str) -> None:
    address = f"sftp://{host}/films/Alien: 100%.mkv"
    path = cached_path(address)
    assert ":" not in path.parent.parent.name
    assert path.name == "Alien: 100%.mkv"  # films are called after it
    assert address_of(path) == address


def test_a_folder_has_what_the_store_has_and_no_more(store: object) -> None:
    store.pipe({"/idx/a.idx": b"a", "/idx/more/b.idx": b"b"})
    assert stored_files("memory://idx/") == ["memory://idx/a.idx", "memory://idx/more/b.idx"]
    copy = fetched_folder("memory://idx")
    assert (copy / "more" / "b.idx").read_bytes() == b"b"
    store.rm("/idx/a.idx")
    fetched_folder("memory://idx")
    assert [path.name for path in copy.rglob("*.idx")] == ["b.idx"]
    with pytest.raises(InputError, match="holds no file"):
        fetched_folder("memory://nothing")


def test_the_library_of_a_copy_is_its_own_and_stays(store: object) -> None:
    theirs = {"/idx/library.json": b"theirs", "/idx/.library/part-1": b"theirs"}
    store.pipe({"/idx/a.idx": b"a", "/idx/b.idx": b"b", **theirs})
    copy = fetched_folder("memory://idx")
    assert sorted(path.name for path in copy.iterdir() if path.suffix != ".stamp") == [
        *("a.idx", "b.idx")
    ]
    (copy / ".library").mkdir()
    ours = [copy / "library.json", copy / ".library" / "part-2"]
    for path in ours:
        path.write_bytes(b"ours")
    store.rm("/idx/b.idx")
    fetched_folder("memory://idx")
    assert [path.read_bytes() for path in ours] == [b"ours", b"ours"]
    assert [path.name for path in copy.glob("*.idx")] == ["a.idx"]


def test_a_file_that_was_made_is_put_back_under_its_own_name_only(store: object) -> None:
    with put_back("memory://out/a.idx") as path:
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"made")
        assert names(store) == []
    assert names(store) == ["/out/a.idx"]
    assert store.cat("/out/a.idx") == b"made"


def test_what_was_not_changed_or_not_finished_is_not_put_back(
    store: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.pipe("/out/a.idx", b"old")
    monkeypatch.setattr(storage, "_put", lambda *_: pytest.fail("put back"))
    with put_back("memory://out/a.idx") as path:
        assert path.read_bytes() == b"old"

    def fail() -> None:
        with put_back("memory://out/a.idx") as path:
            path.write_bytes(b"half of it")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert fetched("memory://out/a.idx").read_bytes() == b"old"


def test_a_folder_is_put_back_file_by_file_results_last(
    store: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "/out/p/proceed/"
    store.pipe({place + name: b"old" for name in ("same.txt", "gone.srt", "new.txt")})
    order: list[str] = []
    inner = storage._put
    monkeypatch.setattr(storage, "_put", lambda *a: (order.append(a[1]), inner(*a))[1])
    with put_back_folder("memory://out/p") as root:
        folder = root / "proceed"
        (folder / "results").mkdir()
        (folder / "results" / "r.json").write_bytes(b"{}")
        (folder / "new.txt").write_bytes(b"newer")
        (folder / "z.mp4").write_bytes(b"video")
        (folder / ".pieces").mkdir()
        (folder / ".pieces" / "1.part").write_bytes(b"half")
        (folder / "gone.srt").unlink()
    made = ("new.txt", "z.mp4", "results/r.json")
    assert order == [f"memory:/{place}{name}" for name in made]
    assert names(store) == sorted(place + name for name in (*made, "same.txt"))


def test_of_a_folder_in_a_store_only_what_match_writes_is_looked_at(store: object) -> None:
    kept = {
        "/out/p/.git/config": b"the user's",
        "/out/p/film.mkv": b"the user's",
        "/out/p/proceed/.notes": b"the user's",
        "/out/p/proceed/.own/notes.txt": b"the user's",
    }
    store.pipe({**kept, "/out/p/proceed/old.srt": b"old"})
    with put_back_folder("memory://out/p/") as root:
        assert root == cached_path("memory://out/p")
        found = [p for p in root.rglob("*") if p.is_file() and p.suffix != ".stamp"]
        assert found == [root / "proceed" / "old.srt"]
        found[0].unlink()
    assert names(store) == sorted(kept)


def test_a_store_that_takes_nothing_is_one_line_and_leaves_nothing_half(
    store: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("the bucket is full")

    monkeypatch.setattr(type(store), "mv", full)

    def put() -> None:
        with put_back("memory://out/a.idx") as path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"made")

    with pytest.raises(OutputError, match=r"a\.idx cannot be written: the bucket is full"):
        put()
    assert names(store) == []


def test_a_film_is_fetched_again_only_from_the_store_that_its_index_is_of(store: object) -> None:
    store.pipe({"/films/a.mkv": b"film", "/films/a.idx": b"index", "/other/a.mkv": b"film"})
    index = fetched("memory://films/a.idx")
    elsewhere = Path("/home/someone/.cache/syncclip-files/memory/films/a.mkv")
    found = fetched_again(elsewhere, beside=index)
    assert found is not None
    assert found.read_bytes() == b"film"
    other = Path("/home/someone/.cache/syncclip-files/memory/other/a.mkv")
    assert fetched_again(other, beside=index) is None
    assert (
        fetched_again(elsewhere, beside=Path("/library/syncclip-files/memory/films/a.idx")) is None
    )
    assert fetched_again(Path("/films/a.mkv"), beside=index) is None
    gone = Path("/home/someone/.cache/syncclip-files/memory/films/gone.mkv")
    assert fetched_again(gone, beside=index) is None


def test_nothing_is_fetched_on_the_word_of_a_result_whose_index_was_not_fetched(
    store: object,
) -> None:
    store.pipe({"/films/a.mkv": b"film", "/films/a.idx": b"index"})
    film = Path("/x/syncclip-files/memory/films/a.mkv")
    index = cached_path("memory://films/a.idx")
    assert not may_be_fetched(film, beside=index)  # a place in the cache, and nothing there
    index.parent.mkdir(parents=True)
    index.write_bytes(b"index")  # there, and not fetched
    assert not may_be_fetched(film, beside=index)
    assert fetched_again(film, beside=index) is None
    fetched("memory://films/a.idx")
    assert may_be_fetched(film, beside=index)
    index.write_bytes(b"another index")
    assert not may_be_fetched(film, beside=index)
