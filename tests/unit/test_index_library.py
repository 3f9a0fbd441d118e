import json
import multiprocessing
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from syncclip.config import IndexConfig
from syncclip.errors import IndexFileError, OutputError
from syncclip.index import (
    DescribeFilm,
    catalogue,
    ivfpq,
    library,
    locked,
    open_library,
    put_in,
    upkeep,
)
from syncclip.index.ivfpq import CodeIndex, Quantiser
from syncclip.index.parts import Part, StoredRows
from tests.index_fakes import FakeReader, build, stream_info
from tests.unit.test_index_search import unit_rows

DIM = 32


def index(folder, name, *, fingerprint=None, **options):
    reader = FakeReader(60, info=stream_info(Path("/films") / f"{name}.mp4"))
    return build(reader, folder / f"{name}.idx", fingerprint=fingerprint or name, **options)


class Describing:
    """Rows drawn from the film's name, and which films were read."""

    def __init__(self, rows=20, fingerprint="rows-1"):
        self.rows, self.fingerprint, self.read = rows, fingerprint, []

    def vectors(self, name):
        return unit_rows(self.rows, DIM, seed=sum(name.encode()))

    def __call__(self, opened):
        self.read.append(opened.path.stem)
        rows = self.vectors(opened.path.stem)
        return rows, -rows[:3]

    @property
    def film(self):
        return DescribeFilm(self, self.fingerprint)


@pytest.fixture
def shelf(tmp_path):
    folder = tmp_path / "indexes"
    folder.mkdir()
    for name in ("a", "b", "c"):
        index(folder, name)
    return folder


def nearest(opened, name, made):
    """The film whose row each row of a film is found to be."""
    _, films = opened.shortlist().search(made.vectors(name), 1)
    return {opened.names[number] for number in films[:, 0]}


def test_every_film_is_found_by_its_own_rows(shelf):
    made = Describing()
    opened = open_library(shelf, made.film)
    assert [film.file for film in opened.films] == ["a.idx", "b.idx", "c.idx"]
    assert opened.names == ("a.mp4", "b.mp4", "c.mp4")
    assert opened.rows == 3 * 23
    assert len(opened.shortlist(1).film) == 9
    for name in "abc":
        assert nearest(opened, name, made) == {f"{name}.mp4"}


def test_rows_of_zeros_find_nothing(shelf):
    similarity, films = (
        open_library(shelf, Describing().film).shortlist().search(np.zeros((2, DIM), np.float32), 3)
    )
    assert films.tolist() == [[-1] * 3] * 2
    assert (similarity == -1).all()


def test_a_library_that_stands_is_opened_without_reading_its_films(shelf, monkeypatch):
    open_library(shelf, Describing().film)
    monkeypatch.setattr(upkeep, "open_index", lambda path: pytest.fail(f"{path} was read"))
    again = Describing()
    assert open_library(shelf, again.film).names == ("a.mp4", "b.mp4", "c.mp4")
    assert again.read == []


def test_only_films_that_came_or_changed_are_read(shelf):
    open_library(shelf, Describing().film)
    index(shelf, "d")
    (shelf / "b.idx").unlink()
    index(shelf, "c", fingerprint="another cut of c")
    made = Describing()
    opened = open_library(shelf, made.film)
    assert made.read == ["c", "d"]
    assert opened.names == ("a.mp4", "c.mp4", "d.mp4")
    assert nearest(opened, "d", made) == {"d.mp4"}
    assert nearest(opened, "b", made) <= {"a.mp4", "c.mp4", "d.mp4"}


def test_what_was_read_of_many_films_is_kept_when_the_run_is_stopped(shelf, monkeypatch):
    monkeypatch.setattr(upkeep, "KEEP_EVERY", 2)

    class Stopped(Describing):
        def __call__(self, opened):
            if opened.path.stem == "c":
                raise KeyboardInterrupt
            return super().__call__(opened)

    with pytest.raises(KeyboardInterrupt):
        open_library(shelf, Stopped().film)
    made = Describing()
    opened = open_library(shelf, made.film)
    assert made.read == ["c"]
    for name in "abc":
        assert nearest(opened, name, made) == {f"{name}.mp4"}


def test_many_parts_are_joined_and_old_ones_removed(shelf, monkeypatch):
    monkeypatch.setattr(upkeep, "MOST_PARTS", 3)
    made = Describing()
    for name in "defghi":
        index(shelf, name)
        opened = open_library(shelf, made.film)
        assert len(list((shelf / ".library").glob("*.part"))) <= 3
    assert len(made.read) == 9
    for name in "abcdefghi":
        assert nearest(opened, name, made) == {f"{name}.mp4"}


def test_rows_are_encoded_once_they_are_many(shelf, monkeypatch):
    monkeypatch.setattr(ivfpq, "LISTS", 4)
    monkeypatch.setattr(upkeep, "TRAIN_ROWS", 700)
    made = Describing(rows=250)
    opened = open_library(shelf, made.film)
    assert opened.quantised
    index(shelf, "d")
    later = open_library(shelf, made.film)
    assert made.read == ["a", "b", "c", "d"]
    for name in "abcd":
        similarity, films = later.shortlist().search(made.vectors(name), 1)
        assert np.mean(films[:, 0] == "abcd".index(name)) > 0.9
        assert similarity[:, 0].mean() > 0.85
    assert open_library(shelf, Describing().film).quantised


def test_vectors_of_many_films_are_encoded_while_they_are_read(shelf, monkeypatch):
    monkeypatch.setattr(ivfpq, "LISTS", 4)
    monkeypatch.setattr(upkeep, "TRAIN_ROWS", 500)
    monkeypatch.setattr(upkeep, "KEEP_EVERY", 2)
    for name in "defg":
        index(shelf, name)
    made, held, written = Describing(rows=250), [], []
    saving = upkeep.save

    def save(folder, state):
        saving(folder, state)
        held.extend(film.source for part in state.parts.values() for film in part.films)
        written.append(state.quantiser_file)

    monkeypatch.setattr(library, "save", save)
    opened = open_library(shelf, made.film)
    assert all(isinstance(source, StoredRows) for source in held)  # mapped, not in memory
    assert len(written) == 4
    assert len(set(written)) == 1  # trained once
    assert written[0] is not None
    for number, name in enumerate("abcdefg"):
        _, films = opened.shortlist().search(made.vectors(name), 1)
        assert np.mean(films[:, 0] == number) > 0.8


def test_rows_made_in_another_way_are_made_again(shelf):
    open_library(shelf, Describing().film)
    other = Describing(fingerprint="rows-2")
    open_library(shelf, other.film)
    assert other.read == ["a", "b", "c"]


def test_a_film_indexed_twice_stands_once(shelf):
    shutil.copy(shelf / "a.idx", shelf / "copy.idx")
    opened = open_library(shelf, Describing().film)
    assert [film.file for film in opened.films] == ["a.idx", "b.idx", "c.idx"]
    assert opened.twins == {"copy.idx": "a.idx"}
    assert "copy.idx is left out" in opened.notes[0]


def test_a_damaged_index_is_left_out_and_not_read_again_and_again(shelf):
    data = (shelf / "b.idx").read_bytes()
    (shelf / "b.idx").write_bytes(data[:-10])
    index(shelf, "z", config=IndexConfig(signature_size=(24, 14)))
    opened = open_library(shelf, Describing().film)
    assert opened.names == ("a.mp4", "c.mp4")
    assert "cut short" in opened.unsound["b.idx"]
    assert "another size" in opened.unsound["z.idx"]
    again = Describing()
    assert open_library(shelf, again.film).unsound == opened.unsound
    assert again.read == []
    (shelf / "b.idx").write_bytes(data)
    assert open_library(shelf, again.film).names == ("a.mp4", "b.mp4", "c.mp4")


def test_an_index_replaced_after_opening_is_told(shelf):
    opened = open_library(shelf, Describing().film)
    index(shelf, "b", fingerprint="another film")
    with pytest.raises(IndexFileError, match=r"b\.idx was replaced"):
        opened.open([0, 1])


@pytest.mark.parametrize("kind", ["catalogue", "part"])
def test_what_is_damaged_names_the_remedy_which_works(shelf, kind):
    made = Describing()
    open_library(shelf, made.film)
    path = (
        shelf / "library.json" if kind == "catalogue" else next((shelf / ".library").glob("*.part"))
    )
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(IndexFileError, match="syncclip library verify --repair"):
        open_library(shelf, made.film)
    opened = open_library(shelf, made.film, rebuild=True)
    assert nearest(opened, "a", made) == {"a.mp4"}
    assert open_library(shelf, made.film).stored


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d | {"format": "other"},
        lambda d: d | {"version": 99},
        lambda d: d | {"parts": ["../../etc/passwd"]},
        lambda d: d | {"parts": [".."]},
        lambda d: d | {"parts": ["x"], "quantiser": 7},
        lambda d: d | {"films": [{}]},
        lambda d: d | {"films": [d["films"][0] | {"file": "../a.idx"}]},
        lambda d: d | {"films": [d["films"][0] | {"rows": -1}]},
        lambda d: [d],
        lambda d: "a string",
    ],
)
def test_a_catalogue_from_a_stranger_is_not_believed(shelf, change):
    open_library(shelf, Describing().film)
    path = shelf / "library.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(IndexFileError, match="no sound catalogue"):
        catalogue.read_catalogue(shelf)


def test_a_catalogue_is_read_as_it_was_written(shelf):
    open_library(shelf, Describing().film)
    read = catalogue.read_catalogue(shelf)
    assert read is not None
    assert catalogue.Catalogue.from_json(read.to_json()) == read


def test_a_part_with_other_rows_than_it_names_is_refused(shelf, tmp_path):
    open_library(shelf, Describing().film)
    part = Part.read(next((shelf / ".library").glob("*.part")))
    short = [film.rows[:-1] if n == 0 else film.rows for n, film in enumerate(part.films)]
    from syncclip.index.writer import TensorSource, write_container

    data = np.concatenate(short)
    write_container(
        tmp_path / "x.part",
        [TensorSource(name="rows", dtype="F16", shape=data.shape, data=data)],
        {
            "kind": "shortlist",
            "encoder": "e",
            "quantiser": "",
            "films": [[film.fingerprint, *film.counts] for film in part.films],
        },
    )
    with pytest.raises(IndexFileError, match="other rows"):
        Part.read(tmp_path / "x.part")


def test_what_a_library_holds_is_told_without_reading_the_shortlist(shelf):
    made = Describing()
    whole = open_library(shelf, made.film)
    part = next((shelf / ".library").glob("*.part"))
    data = bytearray(part.read_bytes())
    data[-1] ^= 1
    part.write_bytes(data)
    opened = open_library(shelf, made.film)
    assert opened.names == whole.names
    assert (opened.rows, opened.shortlist_bytes) == (whole.rows, whole.shortlist_bytes)
    assert opened.shortlist_bytes == 3 * 23 * DIM * 2
    for reads in (opened.check, opened.shortlist, lambda: opened.shortlist(1)):
        with pytest.raises(IndexFileError, match=r"'rows' is damaged.* --repair"):
            reads()
    open_library(shelf, made.film, rebuild=True).check()
    open_library(shelf, made.film).check()


@pytest.mark.skipif(sys.platform == "win32", reason="there, files that are mapped stay")
def test_a_shortlist_that_was_opened_stays_whole_while_a_writer_joins_its_parts(shelf, monkeypatch):
    made = Describing()
    open_library(shelf, made.film)
    opened = open_library(shelf, made.film)
    before = set((shelf / ".library").glob("*.part"))
    monkeypatch.setattr(upkeep, "MOST_PARTS", 1)
    index(shelf, "d")
    open_library(shelf, made.film)
    assert not before & set((shelf / ".library").glob("*.part"))
    for name in "abc":
        assert nearest(opened, name, made) == {f"{name}.mp4"}


def test_where_nothing_can_be_written_the_library_works_and_says_so(shelf, monkeypatch):
    def refuse(*_, **__):
        raise OutputError("cannot write indexes: Read-only file system")

    monkeypatch.setattr(library, "locked", refuse)
    made = Describing()
    opened = open_library(shelf, made.film)
    assert not opened.stored
    assert "Read-only" in opened.notes[0]
    assert nearest(opened, "b", made) == {"b.mp4"}
    assert not (shelf / "library.json").exists()


def test_a_writer_waits_for_another_and_gives_up_in_the_end(shelf, monkeypatch):
    monkeypatch.setattr(library, "PATIENCE_S", 0.3)
    made = Describing()
    with locked(shelf / ".library", output=shelf):
        opened = open_library(shelf, made.film)
    assert "being written by another run" in opened.notes[0]
    assert open_library(shelf, made.film).stored


def test_a_killed_writer_leaves_a_library_that_opens(shelf, monkeypatch):
    made = Describing()
    open_library(shelf, made.film)
    index(shelf, "d")

    def killed(self, folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(catalogue.Catalogue, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        open_library(shelf, made.film)
    monkeypatch.undo()
    opened = open_library(shelf, made.film)
    assert opened.names == ("a.mp4", "b.mp4", "c.mp4", "d.mp4")
    named = set(catalogue.read_catalogue(shelf).parts)
    assert {path.name for path in (shelf / ".library").glob("*.part")} == named


def add_films(folder, names):
    for name in names:
        index(folder, name)
        open_library(folder, Describing().film)


def test_writers_and_readers_at_the_same_time_lose_nothing(shelf):
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=add_films, args=(shelf, [f"{start}{n}" for n in range(6)]))
        for start in ("x", "y")
    ]
    for writer in writers:
        writer.start()
    made = Describing()
    while any(writer.is_alive() for writer in writers):
        opened = open_library(shelf, made.film)
        assert {"a.mp4", "b.mp4", "c.mp4"} <= set(opened.names)
        assert len(opened.shortlist().film) + len(opened.shortlist(1).film) == opened.rows
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(open_library(shelf, made.film).films) == 15


def put_same(folder, start, file, movie):
    """Take an index as another run does that found the folder without its movie a moment ago."""
    start.wait()
    put_in(folder, file, fingerprint=movie, known={})


def test_runs_that_take_the_same_film_at_once_leave_it_once(tmp_path):
    source = tmp_path / "from"
    source.mkdir()
    files = {name: index(source, name) for name in ("a", "b")}
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    runs = [
        context.Process(target=put_same, args=(shelf, start, file, name))
        for name, file in files.items()
        for _ in range(2)
    ]
    for run in runs:
        run.start()
    start.set()
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [0] * 4
    assert sorted(path.name for path in shelf.glob("*.idx")) == ["a.idx", "b.idx"]


def test_a_damaged_index_keeps_no_sound_one_of_its_film_out(shelf, tmp_path):
    sound = Path(shutil.copy(shelf / "a.idx", tmp_path))
    (shelf / "a.idx").write_bytes(sound.read_bytes()[:-1])
    known = {}
    put = put_in(shelf, sound, fingerprint="a", known=known)
    assert put == shelf / "a (2).idx"
    assert put_in(shelf, sound, fingerprint="a", known=known) is None
    put.unlink()
    assert put_in(shelf, sound, fingerprint="a", known=known) == put


def test_codes_are_those_that_faiss_writes_itself():
    rows = unit_rows(4000, 16)
    quantiser = Quantiser.train(rows)
    codes = quantiser.encode(rows)
    assert codes.shape == (4000, quantiser.code_bytes)
    plain = quantiser.empty_index()
    plain.add(rows)
    plain.nprobe = len(quantiser.centroids)
    wanted, _ = plain.search(rows[:50], 5)
    index_ = CodeIndex(quantiser, codes)
    index_._index.nprobe = len(quantiser.centroids)
    found, _ = index_.search(rows[:50], 5)
    assert np.allclose(found, wanted, atol=0.05)


def test_codes_that_name_no_list_are_refused():
    rows = unit_rows(400, 16)
    quantiser = Quantiser.train(rows)
    codes = quantiser.encode(rows)
    codes[3, 0] = 255
    with pytest.raises(ValueError, match="names a list"):
        CodeIndex(quantiser, codes)
