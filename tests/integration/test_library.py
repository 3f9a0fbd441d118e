"""A library of films from end to end: the commands that keep it, and a match in two stages."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import syncclip
from syncclip.cli import app
from syncclip.config import MatchConfig
from syncclip.errors import IndexFileError, OutputError
from syncclip.index import MovieIndex, open_index
from syncclip.matching import ShortlistSettings
from syncclip.pipeline import finding, libraries, shortlisting
from syncclip.pipeline.finding import Prepared
from syncclip.result import MatchResult, Tier
from tests.edits import Film
from tests.integration.test_pipeline_progress import FAST, Job, job

__all__ = ["job"]

ALWAYS = MatchConfig(shortlist="always")


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Indexes of films that the commentary does not show."""
    folder = tmp_path_factory.mktemp("others")
    films = [Film(seed=80 + n, shots=2, seconds=3) for n in range(3)]
    return [
        syncclip.index_movie(film.write(folder / f"other{n}.mp4"), folder / f"other{n}.idx").path
        for n, film in enumerate(films)
    ]


@pytest.fixture
def library(job: Job, others: list[Path], tmp_path: Path) -> Path:
    folder = tmp_path / "indexes"
    folder.mkdir()
    for path in others:
        shutil.copy(path, folder)
    syncclip.index_movie(job.movie, folder / "zz.idx")
    return folder


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


# --- matching


def test_a_library_gives_the_segments_that_its_film_alone_gives(
    job: Job, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        shortlisting, "ShortlistSettings", lambda: ShortlistSettings(most=2, wide=9.0)
    )
    alone = syncclip.match(job.commentary, library / "zz.idx", output=tmp_path / "alone")
    found = syncclip.match(job.commentary, library, output=tmp_path / "both", config=ALWAYS)
    assert found.result.segments == alone.result.segments
    assert found.result.movies[0].name == job.movie.name
    assert len(found.result.movies) <= 2
    said = " ".join(found.notes)
    assert f"of 4 films, {len(found.result.movies)} were compared frame by frame" in said


def test_a_standing_result_is_used_again_though_films_came_to_the_library(
    job: Job, library: Path, others: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (library / "other0.idx").unlink()
    first = syncclip.match(job.commentary, library, output=tmp_path / "o", config=ALWAYS)
    with monkeypatch.context() as patch:
        patch.setattr(shortlisting, "read_commentary", lambda *_, **__: pytest.fail("was read"))
        again = syncclip.match(job.commentary, library, output=tmp_path / "o", config=ALWAYS)
        assert again.result == first.result
        assert not any("other films than when" in note for note in again.notes)
        shutil.copy(others[0], library)
        later = syncclip.match(job.commentary, library, output=tmp_path / "o", config=ALWAYS)
    assert later.result == first.result
    assert any("other films than when" in note for note in later.notes)
    (library / "zz.idx").unlink()
    with pytest.raises(OutputError, match="another match"):
        syncclip.match(job.commentary, library, output=tmp_path / "o", config=ALWAYS)


def test_films_that_were_missed_are_looked_at_in_a_second_round(
    job: Job, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortlisting, "shortlisted", lambda votes, settings: [0])
    monkeypatch.setattr(finding, "read_commentary", lambda *_, **__: pytest.fail("read again"))
    found = syncclip.match(job.commentary, library, output=tmp_path / "o", config=ALWAYS)
    assert {segment.movie for segment in found.result.segments} >= {job.movie.name}


def test_films_that_places_in_doubt_speak_for_are_looked_at_too(
    job: Job, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortlisting, "shortlisted", lambda votes, settings: [0])
    alone = syncclip.match(job.commentary, library / "zz.idx", output=tmp_path / "alone").result

    def looked_at(tier: Tier) -> list[list[str]]:
        looked: list[list[str]] = []

        def match(indexes: Sequence[MovieIndex], prepared: Prepared) -> tuple[MatchResult, Any]:
            looked.append([index.name for index in indexes])
            told = [replace(segment, movie="other0.mp4", tier=tier) for segment in alone.segments]
            return replace(alone, segments=tuple(told)), prepared.read.times

        opened = shortlisting.current_library(library)
        shortlisting.matched_in_library(
            *(job.commentary, opened, ALWAYS, match), reader="pyav", on_progress=None
        )
        return looked

    assert looked_at(Tier.LIKELY) == [["other0.mp4"]]
    assert looked_at(Tier.REVIEW)[:2] == [["other0.mp4"], ["other0.mp4", job.movie.name]]


def test_movies_that_were_moved_may_be_named_whether_they_are_looked_at_or_not(
    job: Job, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "moved.mp4"
    shutil.copy(job.movie, moved)
    other = Film(seed=80, shots=2, seconds=3).write(tmp_path / "elsewhere.mp4")
    monkeypatch.setattr(
        shortlisting, "ShortlistSettings", lambda: ShortlistSettings(most=1, wide=99.0)
    )
    done = syncclip.match(
        *(job.commentary, library),
        output=tmp_path / "o",
        config=ALWAYS,
        movies=[other, moved],
        render=FAST,
    )
    assert done.files["video"].is_file()


def test_small_folders_are_compared_whole(job: Job, library: Path, tmp_path: Path) -> None:
    found = syncclip.match(job.commentary, library, output=tmp_path / "o")
    assert len(found.result.movies) == 4
    assert not (library / "library.json").exists()


def test_many_films_in_several_folders_bring_a_hint(
    library: Path, tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "more").mkdir()
    (library / "other0.idx").rename(tmp_path / "more" / "other0.idx")
    places = [library, tmp_path / "more"]
    assert syncclip.match(job.commentary, places, output=tmp_path / "o").notes == ()
    monkeypatch.setattr(shortlisting, "SMALL_BYTES", 1)
    (note,) = syncclip.match(job.commentary, places, output=tmp_path / "o").notes
    assert "syncclip library merge" in note


def test_a_library_without_a_sound_index_is_an_error(job: Job, tmp_path: Path) -> None:
    (tmp_path / "indexes").mkdir()
    (tmp_path / "indexes" / "a.idx").write_text("no index")
    with pytest.raises(IndexFileError, match="no sound index stands in"):
        syncclip.match(job.commentary, tmp_path / "indexes", output=tmp_path / "o", config=ALWAYS)


def test_a_film_that_was_damaged_since_is_left_out_and_the_others_are_searched(
    job: Job, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        shortlisting, "ShortlistSettings", lambda: ShortlistSettings(most=1, wide=99.0)
    )
    run("library", "stats", "-l", library, "-q")
    flip(library / "zz.idx")
    found = syncclip.match(job.commentary, library, output=tmp_path / "o", config=ALWAYS)
    assert {segment.movie for segment in found.result.segments} == {None}
    assert len(found.result.movies) == 1
    (note,) = [note for note in found.notes if "zz.idx" in note]
    assert note.startswith("left out: ")
    for path in library.glob("other*.idx"):
        flip(path)
    with pytest.raises(IndexFileError, match=r"zz\.idx is not a sound index"):
        syncclip.match(*(job.commentary, library), output=tmp_path / "o", config=ALWAYS, force=True)


def flip(path: Path) -> None:
    """Damage a byte as a disk does: the file looks as it did."""
    times, data = path.stat(), bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_of_a_small_folder_what_is_not_sound_is_left_out_with_a_note(
    job: Job, library: Path, tmp_path: Path
) -> None:
    whole = syncclip.match(job.commentary, library, output=tmp_path / "whole")
    (library / "junk.idx").write_text("junk")
    shutil.copy(library / "other0.idx", library / "other0 (2).idx")
    found = syncclip.match(job.commentary, library, output=tmp_path / "o")
    assert found.result.segments == whole.result.segments
    assert found.result.movies == whole.result.movies
    assert len(found.notes) == len(whole.notes) + 2
    said = " ".join(found.notes)
    assert "junk.idx is not a SyncClip index" in said
    assert "other0 (2).idx is left out" in said
    again = syncclip.match(job.commentary, library, output=tmp_path / "o")
    assert again.notes == found.notes
    with pytest.raises(IndexFileError, match=r"junk\.idx"):
        syncclip.match(job.commentary, [library, library / "junk.idx"], output=tmp_path / "n")


# --- the commands


def test_films_come_and_go(library: Path, others: list[Path], tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    added = run("library", "add", others[0], library / "zz.idx", "-l", shelf, "-q")
    assert added.stdout == f"{shelf}: 2 added; 2 films\n"
    merged = run("library", "merge", library, "-l", shelf, "-q", "--json")
    change = json.loads(merged.stdout)
    assert (len(change["changed"]), len(change["unchanged"]), change["films"]) == (2, 2, 4)
    listed = json.loads(run("library", "list", "-l", shelf, "-q", "--json").stdout)
    assert {film["movie"] for film in listed} >= {"other0.mp4", "other1.mp4", "other2.mp4"}
    removed = run("library", "remove", "other1", "other2.mp4", "-l", shelf, "-q", "--yes")
    assert removed.stdout == f"{shelf}: 2 removed; 2 films\n"
    assert sorted(path.name for path in shelf.glob("*.idx")) == ["other0.idx", "zz.idx"]
    assert json.loads(run("library", "stats", "-l", shelf, "-q", "--json").stdout)["films"] == 2


def test_another_film_of_the_same_name_gets_a_number(library: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    for number, name in enumerate(("other0", "other1")):
        there = tmp_path / str(number)
        there.mkdir()
        run("library", "add", shutil.copy(library / f"{name}.idx", there / "a.idx"), "-l", shelf)
    assert sorted(path.name for path in shelf.glob("*.idx")) == ["a (2).idx", "a.idx"]


def test_nothing_is_removed_without_an_answer(library: Path) -> None:
    before = sorted(library.glob("*.idx"))
    for answer in ("n\n", ""):
        told = CliRunner().invoke(
            app, ["library", "remove", "other0", "-l", str(library)], input=answer
        )
        assert told.exit_code == 1
        assert "nothing was removed" in told.stderr
    named = run("library", "remove", "other0", "nobody", "-l", library, "--yes")
    assert named.exit_code == 1
    assert "no film of" in named.stderr
    assert sorted(library.glob("*.idx")) == before


def test_verify_tells_harm_from_what_can_be_missed(library: Path, job: Job) -> None:
    assert run("library", "verify", "-l", library, "-q").stdout == f"{library}: all is well\n"
    data = (library / "other1.idx").read_bytes()
    (library / "other1.idx").write_bytes(data[:-1])
    told = run("library", "verify", "-l", library, "-q", "--json")
    assert told.exit_code == 1
    (problem,) = json.loads(told.stdout)
    assert (problem["file"], problem["harmful"]) == ("other1.idx", True)
    (library / "other1.idx").write_bytes(data)
    part = next((library / ".library").glob("*.part"))
    part.write_bytes(part.read_bytes()[:-1])
    told = run("library", "verify", "-l", library, "-q")
    assert told.exit_code == 1
    assert "--repair" in told.stdout
    assert run("library", "verify", "--repair", "-l", library, "-q").exit_code == 0
    (library / "other1.idx").write_bytes(data[:-1])
    assert "other1.idx is left out" in run("library", "list", "-l", library, "-q").stderr
    assert run("library", "remove", "other1.idx", "-l", library, "-q", "--yes").exit_code == 0
    assert not (library / "other1.idx").exists()


def test_a_film_that_came_meanwhile_is_not_taken_again(
    others: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = tmp_path / "shelf"

    def taken_by_another_run(path: Path) -> MovieIndex:
        if not (shelf / path.name).exists():
            shelf.mkdir(exist_ok=True)
            shutil.copy(path, shelf)
        return open_index(path)

    monkeypatch.setattr(libraries, "open_index", taken_by_another_run)
    change = libraries.add_to_library(others[:1], shelf)
    assert (change.changed, change.unchanged) == ((), (str(others[0]),))
    assert [path.name for path in shelf.glob("*.idx")] == ["other0.idx"]


def test_verify_says_of_movies_that_are_not_there_who_can_be_told_where_they_are(
    tmp_path: Path,
) -> None:
    for seed, name in ((90, "gone"), (91, "changed")):
        film = Film(seed=seed, shots=2, seconds=2).write(tmp_path / f"{name}.mp4")
        syncclip.index_movie(film, tmp_path / "shelf" / f"{name}.idx")
    (tmp_path / "gone.mp4").unlink()
    (tmp_path / "changed.mp4").write_bytes(b"another film" * 999)
    told = run("library", "verify", "-l", tmp_path / "shelf", "-q", "--json")
    assert told.exit_code == 0
    changed, gone = json.loads(told.stdout)
    remedy = "match, render and export find it by their option --movie"
    assert gone["reason"] == f"its movie is not at {tmp_path}/gone.mp4 any more; {remedy}"
    assert changed["reason"] == (
        f"its movie {tmp_path}/changed.mp4 has changed; if it was moved, {remedy}"
    )


def test_verify_names_two_indexes_of_one_movie_as_something_to_repair(library: Path) -> None:
    shutil.copy(library / "other0.idx", library / "other0 (2).idx")
    told = run("library", "verify", "-l", library, "-q", "--json")
    assert told.exit_code == 1
    (problem,) = json.loads(told.stdout)
    assert (problem["file"], problem["harmful"]) == ("other0 (2).idx", True)
    assert "the movie that other0.idx indexes" in problem["reason"]
    remedy = shlex.split(problem["reason"].partition("remove one: syncclip ")[2])
    assert run(*remedy, "--yes").exit_code == 0
    assert run("library", "verify", "-l", library, "-q").exit_code == 0


@pytest.mark.parametrize("command", ["list", "stats", "verify"])
def test_a_library_that_is_no_folder_is_one_clear_line(command: str, tmp_path: Path) -> None:
    told = run("library", command, "-l", tmp_path / "nowhere", "-q")
    assert told.exit_code == 1
    assert told.stderr.startswith(f"error: {tmp_path}/nowhere is no folder; make a library with: ")


def test_what_is_no_index_does_not_stop_the_others(others: list[Path], tmp_path: Path) -> None:
    bad = tmp_path / "bad.idx"
    bad.write_text("no index")
    told = run("library", "add", bad, others[0], "-l", tmp_path / "shelf", "-q")
    assert told.exit_code == 1
    assert "bad.idx is not a SyncClip index" in told.stderr
    assert "1 added; 1 films" in told.stdout
