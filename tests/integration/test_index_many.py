"""Many films indexed at once: the same indexes, one bad one aside, gone on with, stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import syncclip
from syncclip.cli import app
from syncclip.errors import InputError, OutputError
from syncclip.index import locked
from syncclip.progress import Progress
from tests import media
from tests.edits import Film
from tests.processes import left_of_session

BAD = "bad.mp4"


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films of one name, one that is none, and a copy."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "other").mkdir()
    Film(seed=1, shots=2, seconds=3).write(folder / "film.mp4")
    Film(seed=2, shots=2, seconds=4).write(folder / "other" / "film.mp4")
    shutil.copy(folder / "film.mp4", folder / "same.mp4")
    (folder / BAD).write_text("no film\n" * 40)
    return folder


def ends(done: syncclip.IndexManyOutcome, films: Path) -> dict[str, tuple[str, str | None]]:
    """Status and index of every film."""
    return {
        Path(film.movie).relative_to(films).as_posix(): (
            film.status,
            film.index and Path(film.index).name,
        )
        for film in done.films
    }


def test_a_folder_is_indexed_as_each_film_alone_would_be(films: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    done = syncclip.index_movies(films, tmp_path / "idx", jobs=2, on_progress=told.append)
    assert ends(done, films) == {
        "bad.mp4": ("failed", None),
        "film.mp4": ("indexed", "film.idx"),
        "other/film.mp4": ("indexed", "film (2).idx"),
        "same.mp4": ("current", None),
    }
    (bad,) = [film for film in done.films if film.status == "failed"]
    assert "not a video that can be read" in bad.reason
    assert "the same film as" in done.films[-1].reason
    for film in done.films[1:3]:
        alone = syncclip.index_movie(film.movie, tmp_path / "alone.idx", force=True)
        assert Path(str(film.index)).read_bytes() == alone.path.read_bytes()
    names = [path.name for path in (tmp_path / "idx").iterdir()]
    assert sorted(names) == ["film (2).idx", "film.idx"]
    assert {progress.stage for progress in told} == {"Indexing films"}
    assert (told[0].done, told[-1].done, told[-1].total) == (0, 3, 3)


def test_what_is_current_is_left_alone_wherever_its_film_is_now(
    films: Path, tmp_path: Path
) -> None:
    syncclip.index_movies(films, tmp_path / "idx")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "idx").iterdir()}
    moved = tmp_path / "moved" / "renamed.mkv"
    moved.parent.mkdir()
    shutil.copy(films / "other" / "film.mp4", moved)
    again = syncclip.index_movies([films / "film.mp4", moved], tmp_path / "idx")
    assert [film.status for film in again.films] == ["current", "current"]
    assert Path(str(again.films[1].index)).name == "film (2).idx"
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "idx").iterdir()} == before


def test_no_film_ever_gets_the_index_of_another_not_even_by_force(
    films: Path, tmp_path: Path
) -> None:
    syncclip.index_movies([films / "film.mp4"], tmp_path)
    first = (tmp_path / "film.idx").read_bytes()
    done = syncclip.index_movies([films / "other" / "film.mp4"], tmp_path, force=True)
    assert [Path(str(film.index)).name for film in done.films] == ["film (2).idx"]
    assert (tmp_path / "film.idx").read_bytes() == first
    listed = tmp_path / "list.csv"
    listed.write_text(f"movie,output\n{films / 'other' / 'film.mp4'},film.idx\n")
    (tmp_path / "film (2).idx").unlink()
    (film,) = syncclip.index_movies(listed, tmp_path, force=True).films
    assert film.status == "failed"
    assert film.reason.startswith(f"film.idx in {tmp_path} is of another film")
    assert (tmp_path / "film.idx").read_bytes() == first


def test_a_list_names_outputs_and_films_beside_it(films: Path, tmp_path: Path) -> None:
    listed = films / "list.csv"
    listed.write_text("movie,output\nother/film.mp4,Second.idx\nfilm.mp4\nmissing.mp4\n")
    try:
        done = syncclip.index_movies(listed, tmp_path)
    finally:
        listed.unlink()
    assert [film.index and Path(film.index).name for film in done.films] == [
        *("Second.idx", "film.idx", None)
    ]
    assert "no such file" in done.films[2].reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("movie,output\na.mp4,x.idx\nb.mp4,X.idx\n", r"line 3: X\.idx is the output of .*line 2"),
        ("movie,output\na.mp4,../x.idx\n", r"line 2: output is '\.\./x\.idx'; .* without a folder"),
        ("movie,output\na.mp4,film.mkv\n", r"line 2: output is 'film\.mkv'"),
    ],
)
def test_outputs_that_cannot_be_are_said_before_anything_is_done(
    tmp_path: Path, text: str, said: str
) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(text)
    with pytest.raises(InputError, match=said):
        syncclip.index_movies(listed, tmp_path / "idx")
    assert not list((tmp_path / "idx").iterdir())


def test_a_second_run_into_the_same_folder_waits_for_nobody(films: Path, tmp_path: Path) -> None:
    (tmp_path / "idx").mkdir()
    with (
        locked(tmp_path / "idx" / ".indexing", output=tmp_path),
        pytest.raises(OutputError, match="is being written by another run"),
    ):
        syncclip.index_movies(films, tmp_path / "idx")


def test_in_a_store_too_no_film_gets_the_index_of_another(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path / "cache"))
    store = f"file://{tmp_path}/store"
    syncclip.index_movies([films / "film.mp4"], store)
    first = (tmp_path / "store" / "film.idx").read_bytes()
    (film,) = syncclip.index_movies([films / "other" / "film.mp4"], store, force=True).films
    assert film.status == "failed"
    assert film.reason == f"{store}/film.idx is of another film, or no index; give another output"
    assert (tmp_path / "store" / "film.idx").read_bytes() == first
    again = syncclip.index_movies([films / "film.mp4"], store)
    assert [film.status for film in again.films] == ["current"]


def test_films_of_a_store_are_known_by_their_address_in_a_folder_of_this_machine(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path / "cache"))
    idx = tmp_path / "idx"
    named = [f"file://{films}/film.mp4", f"file://{films}/other/film.mp4"]
    runs = [syncclip.index_movies(named, idx, jobs=1)]
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path / "another cache"))
    runs.append(syncclip.index_movies(named[::-1], idx, jobs=1))
    status = [[film.status for film in done.films] for done in runs]
    assert status == [["indexed", "indexed"], ["current", "current"]]
    assert [film.index for film in runs[1].films] == [film.index for film in runs[0].films[::-1]]
    assert sorted(path.name for path in idx.glob("*.idx")) == ["film (2).idx", "film.idx"]
    both = syncclip.index_movies([named[0], films / "film.mp4"], idx, force=True)
    assert [film.status for film in both.films] == ["indexed", "current"]


def test_a_film_of_a_store_goes_from_the_cache_when_it_cannot_be_indexed(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path / "cache"))
    done = syncclip.index_movies(f"file://{films}/{BAD}", tmp_path / "idx", jobs=1)
    assert [film.status for film in done.films] == ["failed"]
    assert not list((tmp_path / "cache").rglob(BAD))


def test_the_name_of_one_index_is_no_folder_for_many(films: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"film\.idx names one index; .* a folder with -o"):
        syncclip.index_movies(films, tmp_path / "film.idx")
    assert not list(tmp_path.iterdir())


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["index", *map(str, args), "--quiet"])


def test_the_command_ends_with_a_table_and_says_by_its_code_that_one_failed(
    films: Path, tmp_path: Path
) -> None:
    result = run(films, "-o", tmp_path / "idx")
    assert result.exit_code == 1
    assert "1 already current, 1 failed" in result.stdout
    assert "bad.mp4" in result.stdout
    fine = run(films / "film.mp4", films / "same.mp4", "-o", tmp_path / "idx", "--json")
    assert fine.exit_code == 0
    document = json.loads(fine.stdout)
    assert [film["status"] for film in document["films"]] == ["current", "current"]


def test_one_film_may_lie_in_a_store_and_its_index_go_to_one(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    done = run(f"file://{films}/film.mp4", "-o", f"file://{tmp_path}/idx")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "idx" / "film.idx").is_file()
    named = run(films / "film.mp4", "-o", f"file://{tmp_path}/one.idx")
    assert named.exit_code == 1
    assert "one.idx names one index; in a store, name the folder" in " ".join(named.stderr.split())
    with pytest.raises(InputError, match="is in a store; call index_movies"):
        syncclip.index_movie(films / "film.mp4", "s3://films/film.idx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "idx"]


@pytest.mark.parametrize("options", [[], ["--force"]])
def test_an_output_that_is_not_used_as_the_film_has_an_index_is_said(
    films: Path, tmp_path: Path, options: list[str]
) -> None:
    syncclip.index_movie(films / "film.mp4", tmp_path / "idx" / "first.idx")
    listed = tmp_path / "list.csv"
    listed.write_text(f"movie,output\n{films / 'film.mp4'},second.idx\n")
    done = run(listed, "-o", tmp_path / "idx", *options)
    assert done.exit_code == 0, done.stderr
    assert "its index is first.idx; output second.idx was not used" in done.stdout
    assert [path.name for path in (tmp_path / "idx").glob("*.idx")] == ["first.idx"]
    listed.write_text(f"movie,output\n{films / 'film.mp4'},first.idx\n")
    assert "not used" not in run(listed, "-o", tmp_path / "idx").stdout


def test_a_list_that_is_wrong_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("film\na.mp4\n")
    result = run(tmp_path / "list.csv", "-o", tmp_path / "idx")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {tmp_path / 'list.csv'}, line 1: 'film' is no column")
    assert result.stderr.count("\n") == 1


SCRIPT = """
from syncclip.cli import main
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("sent", "to_all"),
    [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGKILL, False)],
)
def test_a_run_that_is_stopped_leaves_no_process_and_goes_on_to_the_same_indexes(
    tmp_path: Path, sent: signal.Signals, to_all: bool
) -> None:
    films, output, temporary = (tmp_path / name for name in ("films", "idx", "tmp"))
    for folder in (films, temporary):
        folder.mkdir()
    for seed in (1, 2):  # large pictures, so that decoding takes a while
        how = {"seed": seed, "shots": 2, "seconds": 1, "size": (640, 360)}
        media.long_film(films / f"long-{seed}.mp4", times=101, **how)
    command = [sys.executable, "-c", SCRIPT, "index", str(films), "-o", str(output), "--jobs", "2"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    ) as process:
        while not _kept(output) and process.poll() is None:
            time.sleep(0.01)
        assert process.poll() is None
        (os.killpg if to_all else os.kill)(process.pid, sent)
        out, err = process.communicate(timeout=30)
    assert out == ""
    if sent is not signal.SIGKILL:
        assert process.returncode == 128 + sent
        assert err == "Indexing films …\nstopped: the same command goes on with what is finished\n"
        assert list(temporary.iterdir()) == []
    assert left_of_session(process.pid, within_s=15) == []
    assert _kept(output)
    done = syncclip.index_movies(films, output)
    assert done.count("failed") == 0
    for film in done.films[:1]:
        alone = syncclip.index_movie(film.movie, tmp_path / "alone.idx", force=True)
        assert Path(str(film.index)).read_bytes() == alone.path.read_bytes()


def _kept(output: Path) -> bool:
    """Whether there is something to go on with: two chunks of frames, of some 70 bytes each."""
    return any(path.stat().st_size > 100 for path in output.glob(".*.part/chunks.jsonl"))
