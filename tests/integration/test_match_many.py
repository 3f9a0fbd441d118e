"""Many commentaries matched at once: each as alone, one bad one aside, gone on with, reported."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

import syncclip
from syncclip.cli import app
from syncclip.config import MatchConfig
from syncclip.errors import InputError, OutputError, SettingsError
from syncclip.index import locked
from syncclip.pipeline import matching_many, shortlisting
from syncclip.pipeline.shared import SharedWork
from syncclip.pipeline.tasks import Reported, Task, attempt
from syncclip.progress import Progress
from syncclip.reports._validate import load_schema
from syncclip.reports.batch import BATCH_SCHEMA
from tests.edits import Cut, Film, write_commentary

ONE, TWO, THIRD = (Film(seed=seed, shots=3, seconds=6) for seed in (1, 2, 3))


@dataclass(frozen=True)
class Job:
    indexes: Path
    recaps: Path


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Three films, of which the third is in no commentary; two commentaries of one name."""
    folder = tmp_path_factory.mktemp("job")
    recaps = folder / "recaps"
    (recaps / "more").mkdir(parents=True)
    for name, film in (("one", ONE), ("two", TWO), ("third", THIRD)):
        syncclip.index_movie(film.write(folder / f"{name}.mp4"), folder / "idx" / f"{name}.idx")
    first, second = ONE.starts(), TWO.starts()
    cuts = [Cut(ONE, first[1] + 3, 40), Cut(TWO, second[0] + 3, 30)]
    write_commentary(recaps / "recap.mp4", cuts)
    again = [Cut(TWO, second[1] + 3, 30), Cut(ONE, first[1] + 13, 34, mirrored=True)]
    write_commentary(recaps / "more" / "recap.mp4", again)
    return Job(folder / "idx", recaps)


def document(folder: str | Path | None) -> dict[str, Any]:
    """The result in a folder, without the times that matching took."""
    path = Path(str(folder)) / "results" / "visual_match_results.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    del read["timings_s"]
    return read


@pytest.fixture(scope="module")
def matched(job: Job, tmp_path_factory: pytest.TempPathFactory) -> syncclip.BatchOutcome:
    (job.recaps / "bad.mp4").write_text("no film\n" * 40)
    told: list[Progress] = []
    done = syncclip.match_many(
        *(job.recaps, job.indexes),
        output=tmp_path_factory.mktemp("out"),
        jobs=2,
        on_progress=told.append,
    )
    (job.recaps / "bad.mp4").unlink()
    assert {progress.stage for progress in told} == {"Matching commentaries"}
    assert (told[0].done, told[-1].done, told[-1].total) == (0, 3, 3)
    return done


def test_each_commentary_has_a_folder_of_its_own_with_the_result_it_has_alone(
    job: Job, matched: syncclip.BatchOutcome, tmp_path: Path
) -> None:
    bad, more, recap = matched.entries
    assert (bad.status, more.status, recap.status) == ("failed", "matched", "matched")
    assert "not a video that can be read" in bad.reason
    assert [Path(str(each.folder)).parent.name for each in (more, recap)] == [
        *("recap_synced", "recap_synced (2)")
    ]
    for entry in (more, recap):
        alone = syncclip.match(entry.commentary, job.indexes, output=tmp_path, force=True)
        assert document(entry.folder) == document(alone.folder)
        assert set(entry.files) == set(alone.files)


@pytest.mark.parametrize("shortlist", ["never", "always"])
def test_what_matches_share_changes_no_result(
    job: Job, tmp_path: Path, shortlist: Literal["never", "always"]
) -> None:
    shared, config = SharedWork(), MatchConfig(shortlist=shortlist)
    indexes = tmp_path / "idx"
    shutil.copytree(job.indexes, indexes)
    recap = job.recaps / "recap.mp4"

    def match(shared: SharedWork | None, commentary: Path = recap) -> syncclip.MatchOutcome:
        folder = tmp_path / "out"
        return syncclip.match(
            *(commentary, indexes), output=folder, config=config, shared=shared, force=True
        )

    for commentary in (recap, job.recaps / "more" / "recap.mp4", recap):
        alone = document(match(None, commentary).folder)
        assert document(match(shared, commentary).folder) == alone
    (indexes / "two.idx").unlink()
    (film,) = {s.movie for s in match(shared).result.segments} - {None}
    assert film == "one.mp4"


def test_the_reports_say_what_is_taken_from_which_film(matched: syncclip.BatchOutcome) -> None:
    report = json.loads(Path(matched.files["batch_report"]).read_text(encoding="utf-8"))
    Draft202012Validator(load_schema(BATCH_SCHEMA)).validate(report)
    assert report["never_used"] == ["third.mp4"]
    assert {film["name"]: len(film["ranges"]) for film in report["movies"]} == {
        **{"two.mp4": 2, "one.mp4": 1, "third.mp4": 0}
    }
    (again,) = report["used_again"]
    assert again["movie"] == "one.mp4"
    start_s = (ONE.starts()[1] + 13) / 24
    assert again["movie_start"] == pytest.approx(start_s, abs=0.1)
    assert [(use["commentary"], use["segment"]) for use in again["uses"]] == [(2, 2), (3, 1)]
    text = Path(matched.files["batch_report_text"]).read_text(encoding="utf-8")
    assert "third.mp4" in text.partition("Films never used")[2]


def test_the_next_run_uses_what_stands_and_keeps_edits(
    job: Job, matched: syncclip.BatchOutcome, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    shutil.copytree(Path(str(matched.entries[2].folder)).parents[1], output)
    result = output / "recap_synced" / "proceed" / "results" / "visual_match_results.json"
    edited = json.loads(result.read_text(encoding="utf-8"))
    edited["primary_segments"][0]["mirrored"] = True
    result.write_text(json.dumps(edited), encoding="utf-8")
    # The other order: each finds its own folder by what is in it.
    names = [job.recaps / "recap.mp4", job.recaps / "more" / "recap.mp4"]
    done = syncclip.match_many(names, job.indexes, output=output)
    assert [entry.status for entry in done.entries] == ["standing", "standing"]
    assert [Path(str(entry.folder)).parent.name for entry in done.entries] == [
        *("recap_synced (2)", "recap_synced")
    ]
    assert done.entries[1].result is not None
    assert done.entries[1].result.segments[0].mirrored
    again = syncclip.match_many(names[1:], job.indexes, output=output, force=True)
    assert [entry.status for entry in again.entries] == ["matched"]


def test_a_list_says_where_and_against_what(job: Job, tmp_path: Path) -> None:
    listed = job.recaps / "list.csv"
    listed.write_text(
        "commentary,output,index\n"
        "recap.mp4,first,../idx/one.idx | ../idx/two.idx\n"
        "recap.mp4,second,../idx/third.idx\n"
        "more/recap.mp4,first,../idx\n"
    )
    try:
        done = syncclip.match_many(listed, output=tmp_path)
    finally:
        listed.unlink()
    first, second, third = done.entries
    assert first.result is not None
    assert second.result is not None
    assert [movie.name for movie in first.result.movies] == ["one.mp4", "two.mp4"]
    assert [segment.movie for segment in second.result.segments] == [None]
    assert second.folder == str(tmp_path / "second" / "proceed")
    assert (third.status, "is the output of" in third.reason) == ("failed", True)


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("commentary\na.mp4\n", InputError, "list.csv, line 2: no index is named"),
        ("commentary,language\na.mp4,de\n", SettingsError, "list.csv, line 2: --language .*"),
        ("commentary,indx\na.mp4,x\n", InputError, "line 1: 'indx' is no column"),
        *(
            (f"commentary,output,index\na.mp4,{out},x\n", InputError, r"csv, line 2: output is '")
            for out in ("../../esc", "/tmp/esc", "a/../../esc", "s3://esc/x", ".")
        ),
    ],
)
def test_rows_that_cannot_be_are_said_before_anything_is_done(
    tmp_path: Path, text: str, error: type[Exception], said: str
) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(text)
    with pytest.raises(error, match=said):
        syncclip.match_many(listed, *(["x.idx"] if "language" in text else []))


def test_films_indexes_and_results_may_lie_in_a_store(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path / "cache"))
    store = tmp_path / "store"
    shutil.copytree(job.indexes.parent, store, ignore=shutil.ignore_patterns("idx"))
    address = f"file://{store}"
    indexed = syncclip.index_movies([f"{address}/one.mp4", f"{address}/two.mp4"], f"{address}/idx")
    assert [film.status for film in indexed.films] == ["indexed", "indexed"]
    assert not list((tmp_path / "cache").rglob("*.mp4"))  # nobody has room for all films
    recap = f"{address}/recaps/recap.mp4"
    done = [
        syncclip.match_many([recap], f"{address}/idx", output=f"{address}/out") for _ in range(2)
    ]
    assert [each.entries[0].status for each in done] == ["matched", "standing"]
    assert done[0].files["batch_report"] == f"{address}/out/batch_report.json"
    assert (store / "out" / "batch_report.txt").is_file()
    folder = store / "out" / "recap_synced" / "proceed"
    assert done[0].entries[0].folder == f"file://{folder}"
    alone = syncclip.match(job.recaps / "recap.mp4", job.indexes, output=tmp_path / "alone")
    # Films were looked at closely, fetched again: notes would tell of films that are not at hand.
    for key in ("primary_segments", "quality_info", "notes"):
        assert document(folder)[key] == document(alone.folder)[key]


def test_a_second_batch_into_the_same_folder_waits_for_nobody(job: Job, tmp_path: Path) -> None:
    with (
        locked(tmp_path / ".matching", output=tmp_path),
        pytest.raises(OutputError, match="is being written by another run"),
    ):
        syncclip.match_many(job.recaps, job.indexes, output=tmp_path)
    assert list(tmp_path.iterdir()) == []


class Here:
    """Does tasks in this process, so that a test can reach into them."""

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def run(self, tasks: Sequence[Task], _: Reported) -> Iterator[tuple[int, Any]]:
        for number, task in enumerate(tasks):
            yield number, attempt(task, lambda _: None)


@pytest.mark.parametrize("cluster", [None, "auto"])
def test_films_of_a_library_in_a_store_that_nobody_shows_are_never_used(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: str | None
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(matching_many, "task_runner", lambda **_: Here())
    monkeypatch.setattr(shortlisting, "shortlisted", lambda votes, settings: [0])
    monkeypatch.setattr(shortlisting, "WIDENINGS", 0)
    done = syncclip.match_many(
        *(job.recaps / "recap.mp4", f"file://{job.indexes}"),
        output=tmp_path / "out",
        config=MatchConfig(shortlist="always"),
        sheet=False,
        cluster=cluster,
    )
    (entry,) = done.entries
    assert entry.result is not None, entry.reason
    assert [movie.name for movie in entry.result.movies] == ["one.mp4"]
    report = json.loads(Path(done.files["batch_report"]).read_text(encoding="utf-8"))
    assert report["never_used"] == ["third.mp4", "two.mp4"]


def test_where_every_commentary_fails_no_film_was_used(job: Job, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_text("no film\n" * 40)
    done = syncclip.match_many(tmp_path / "bad.mp4", job.indexes, output=tmp_path / "out")
    assert [entry.status for entry in done.entries] == ["failed"]
    report = json.loads(Path(done.files["batch_report"]).read_text(encoding="utf-8"))
    assert report["never_used"] == ["one.mp4", "third.mp4", "two.mp4"]


def test_an_index_that_is_missing_fails_those_that_need_it_alone(job: Job, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    recap = job.recaps / "recap.mp4"
    listed.write_text(f"commentary,index\n{recap},{job.indexes}\n{recap},{tmp_path}/none.idx\n")
    done = syncclip.match_many(listed, output=tmp_path / "out", sheet=False)
    assert [entry.status for entry in done.entries] == ["matched", "failed"]
    assert "none.idx does not exist" in done.entries[1].reason


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["match", *map(str, args), "--quiet", "--no-render"])


def test_the_command_ends_with_a_table_and_says_by_its_code_that_one_failed(
    job: Job, tmp_path: Path
) -> None:
    missing, recap = job.recaps / "missing.mp4", job.recaps / "recap.mp4"
    result = run(missing, recap, "-i", job.indexes, "-o", tmp_path, "--no-sheet")
    assert result.exit_code == 1, result.stderr
    assert "1 matched, 0 already matched, 1 failed" in result.stdout
    assert "no such file" in result.stdout
    assert str(tmp_path / "batch_report.json") in result.stdout
    same = run(recap, recap, "-i", job.indexes, "-o", tmp_path, "--no-sheet", "--json")
    assert same.exit_code == 0
    report = json.loads(same.stdout)
    assert [entry["status"] for entry in report["commentaries"]] == ["standing"]


def test_the_results_of_one_commentary_go_to_the_store_that_is_named(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    store = f"file://{tmp_path}/out"
    done = run(job.recaps / "recap.mp4", "-i", job.indexes, "-o", store, "--no-sheet")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "out" / "recap_synced" / "proceed" / "match_report.txt").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "out"]


def test_a_movie_may_be_named_by_its_address(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path / "cache"))
    there = [f"--movie=file://{job.indexes.parent}/{name}.mp4" for name in ("one", "third")]
    done = run(job.recaps / "recap.mp4", "-i", job.indexes, "-o", tmp_path, "--no-sheet", *there)
    assert done.exit_code == 0, done.stderr
    assert [path.name for path in (tmp_path / "cache").rglob("one.mp4")] == ["one.mp4"]
    with pytest.raises(InputError, match=r"file:///one\.mp4 is an address"):
        syncclip.match(job.recaps / "recap.mp4", job.indexes, movies=["file:///one.mp4"])


def test_without_an_index_the_command_says_which_option_is_missing() -> None:
    result = run("recap.mp4")
    assert result.exit_code == 2
    assert "--index" in result.stderr
