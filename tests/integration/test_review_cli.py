"""``syncclip review`` on a result file, as a user types it, and what follows from it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

import syncclip
from benchmarks.truth import load_truth
from syncclip.cli import app
from syncclip.config import RenderConfig
from syncclip.index import locked
from syncclip.pipeline import rendering
from syncclip.pipeline.correcting import corrected_earlier, with_corrections
from syncclip.pipeline.folders import OutputFolder
from syncclip.reports import read_result, write_reports
from syncclip.result import Action, Alternative
from syncclip.types import FULL_FRAME
from tests.matched import a_match, numbers


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A result with all its reports; its first segment has an alternative."""
    path = a_match(tmp_path)
    found = read_result(path)
    other = Alternative(movie="film.mov", movie_start_s=7.0, movie_end_s=8.0, movie_start_frame=168,
                        speed=1.0, mirrored=False, crop=FULL_FRAME, similarity=0.5)  # fmt: skip
    first = replace(found.segments[0], alternatives=(other,))
    write_reports(replace(found, segments=(first, *found.segments[1:])), path.parents[1])
    return path


def test_every_action_is_saved_listed_and_undone(path: Path) -> None:
    assert run("review", path, "accept", 1, 3).exit_code == 0
    assert run("review", path, "reject", 2).exit_code == 0
    assert run("review", path, "swap", 1, "--to", 1).exit_code == 0
    assert run("review", path, "nudge", 4, "--in", "+3", "--out", "-1").exit_code == 0
    done = run("review", path, "set", 2, "--movie", "x/film.mov", "--start", "0:00:01.5",
               "--speed", 0.9, "--mirrored", "--crop", "0.1,0.1,0.8,0.8", "--json")  # fmt: skip
    placed = json.loads(done.stdout)[0]
    assert (placed["segment"], placed["movie_start"], placed["speed"]) == (2, 1.5, 0.9)
    assert (placed["mirrored"], placed["crop"], placed["corrected"]) == (
        True,
        [0.1, 0.1, 0.8, 0.8],
        "set",
    )
    result = read_result(path)
    assert [s.corrected and s.corrected.value for s in result.segments] == [
        "swap", "set", "accept", "nudge", None, None,
    ]  # fmt: skip
    assert (result.segments[3].start_frame, result.segments[3].end_frame) == (103, 149)
    history = json.loads(run("review", path, "list", "--history", "--json").stdout)
    assert [each["action"] for each in history] == [
        "accept", "accept", "reject", "swap", "nudge", "set",
    ]  # fmt: skip
    for said in ("undone: set of segment 2", "undone: nudge of segment 4"):
        assert run("review", path, "undo").stdout.splitlines()[0] == said
    listed = run("review", path, "list").stdout
    assert re.search(r"^ *3 .*in no movie.*unmatched +accept", listed, re.M)
    assert re.search(r"^ *2 .*in no movie.*unmatched +reject", listed, re.M)


def printed(said: str) -> list[int]:
    """Those of the segments in a table."""
    return [int(number) for number in re.findall(r"^ *(\d+) +\d+\.\d+ - ", said, re.M)]


def test_all_segments_that_change_are_printed(path: Path) -> None:
    assert printed(run("review", path, "nudge", 2, "--in", 3, "--out", -1).stdout) == [1, 2, 3]
    assert printed(run("review", path, "accept", 1).stdout) == [1]
    assert printed(run("review", path, "accept", 1).stdout) == [1]  # nothing of it changes
    run("review", path, "undo")
    run("review", path, "undo")
    undone = run("review", path, "undo")
    assert undone.stdout.startswith("undone: nudge of segment 2")
    assert printed(undone.stdout) == [1, 2, 3]
    run("review", path, "nudge", 5, "--out", 2)
    told = json.loads(run("review", path, "undo", "--json").stdout)
    assert (told["action"], told["segment"]) == ("nudge", 5)
    assert [each["segment"] for each in told["segments"]] == [5, 6]


def test_the_reports_follow(path: Path) -> None:
    run("review", path, "reject", 1)
    root = path.parents[1]
    assert "unmatched (rejected)" in (root / "match_report.txt").read_text("utf-8")
    assert ",unmatched,1,false,reject" in (root / "segments.csv").read_text("utf-8-sig")


def test_a_copy_is_corrected_alone(path: Path) -> None:
    copy = path.with_name("mine.json")
    copy.write_bytes(path.read_bytes())
    before = {p: p.read_bytes() for p in path.parents[1].rglob("*") if p.is_file() and p != copy}
    assert run("review", copy, "swap", 1).exit_code == 0
    assert {p: p.read_bytes() for p in before} == before
    assert read_result(copy).segments[0].movie_start_frame == 168
    again = run("review", copy, "swap", 1, "--json")  # and back: the list went with it
    assert json.loads(again.stdout)[0]["movie_start"] == 2.0
    assert [p.name for p in path.parent.iterdir()] != []
    assert not list(path.parent.glob(".*"))  # neither locks nor halves are left


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("accept", 99), "there is no segment 99: the result has 1 to 6"),
        (("swap", 2), "segment 2 has no alternative 1: it has none"),
        (("reject", 3), "segment 3 is in no movie already"),
        (("nudge", 1, "--in", "-1"), "the commentary starts with segment 1"),
        (("set", 1, "--movie", "no.mov", "--start", 1), "'no.mov' is not among the movies"),
        (("undo",), "there is no correction to undo"),
        (("truth",), "has no corrections yet"),
    ],
)
def test_what_is_impossible_is_one_line_and_changes_nothing(
    path: Path, words: tuple, why: str
) -> None:
    before = path.read_bytes()
    done = run("review", path, *words)
    assert done.exit_code == 1
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize("option", [("--start", "soon"), ("--crop", "1,2"), ("--crop", "0,0,2,2")])
def test_a_value_that_is_none_is_a_usage_error(path: Path, option: tuple) -> None:
    words = {"--start": "1", "--movie": "film.mov"} | dict([option])
    done = run("review", path, "set", 1, *(word for pair in words.items() for word in pair))
    assert done.exit_code == 2
    assert repr(option[1]) in done.stderr


def test_several_segments_are_accepted_or_none(path: Path) -> None:
    assert run("review", path, "accept", 1, 77).exit_code == 1
    assert read_result(path).corrections == ()


def test_two_cannot_correct_one_file_at_once(path: Path) -> None:
    with locked(path.parent / f".{path.name}.lock", output=path):
        done = run("review", path, "accept", 1)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
    assert run("review", path, "accept", 1).exit_code == 0


def test_render_and_export_use_what_was_corrected(path: Path) -> None:
    run("review", path, "set", 1, "--movie", "film.mov", "--start", 7.0)
    run("review", path, "reject", 6)
    options = RenderConfig(gaps="black", preset="ultrafast")
    video = syncclip.render(path, config=options, sheet=False).video
    shown = numbers(video)
    assert shown[0] == 168
    assert set(shown[160:]) == {0}  # black
    edl = syncclip.export(path, ["edl"]).files["edl"].read_text("utf-8")
    first = next(line for line in edl.splitlines() if line.startswith("001"))
    assert first.split()[4] == "00:00:07:00"
    # A check of the picture does not take back what a person decided.
    assert read_result(path).segments[0].tier.value == "exact"


def test_corrections_are_kept_when_the_commentary_is_matched_again(path: Path) -> None:
    fresh = read_result(path)
    run("review", path, "swap", 1)
    folder = OutputFolder.of_result(path)
    kept = with_corrections(fresh, corrected_earlier(folder, fresh.commentary_fingerprint))
    assert kept.segments[0].movie_start_frame == 168
    assert kept.segments[0].corrected is Action.SWAP
    assert kept.notes[-1] == "1 correction was kept from the earlier result"
    assert corrected_earlier(folder, "another commentary") is None
    assert with_corrections(fresh, None) == fresh


def test_what_is_corrected_while_the_video_is_made_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rendering.finish

    def corrected_meanwhile(*args: object, **options: object) -> object:
        done = real(*args, **options)  # type: ignore[arg-type]
        run("review", path, "swap", 1)
        return done

    monkeypatch.setattr(rendering, "finish", corrected_meanwhile)
    done = syncclip.render(path, config=RenderConfig(preset="ultrafast"), sheet=False)
    assert read_result(path).segments[0].corrected is Action.SWAP
    assert "corrected while the video was made" in " ".join(done.notes)


def test_what_was_confirmed_is_truth_for_the_benchmark(path: Path, tmp_path: Path) -> None:
    run("review", path, "accept", 1, 2, 3)
    done = run("review", path, "truth", "--out", tmp_path / "t", "--quiet")
    assert done.stdout.startswith("100 of 200 frames are confirmed\n")
    truth = load_truth(tmp_path / "t")
    assert np.bincount(truth.film[:, 0] + 3).tolist() == [100, 0, 10, 90]
    # Shown frames are those that a rendered video of the result shows.
    options = RenderConfig(gaps="black", preset="ultrafast")
    shown = numbers(syncclip.render(path, config=options, sheet=False).video)
    period = int(truth.end_pts[0, 0] - truth.pts[0, 0])
    assert (truth.pts[:90, 0] // period).tolist() == shown[:90]


def commands() -> dict:
    group = get_command(app).commands["review"]
    return dict(group.commands)


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_action_has_help(name: str) -> None:
    command = commands()[name]
    assert len(command.get_short_help_str()) > 10
    helpless = [p.name for p in command.params if not getattr(p, "help", None)]
    assert not helpless
