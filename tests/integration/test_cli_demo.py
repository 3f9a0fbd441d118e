"""``syncclip demo``: what it prints of right and wrong finds, and the whole thing run for real."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from syncclip.cli import app
from syncclip.demo import run_demo
from syncclip.demo.film import make_film
from syncclip.demo.judge import Verdict
from syncclip.demo.recap import Piece
from syncclip.errors import OutputError
from tests.unit.results_strategies import a_hole, a_place

PIECE = Piece(start_frame=0, end_frame=90, movie_start_s=10.0, speed=1.1, mirrored=True)
INSERT = Piece(start_frame=90, end_frame=120, movie_start_s=None)
FOUND = a_place(0, 90, 10.01, speed=1.1, mirrored=True)


def outcome(*verdicts: Verdict) -> Any:
    files = {"video": Path("syncclip-demo/proceed/final_output.mp4")}
    return SimpleNamespace(
        movie=Path("syncclip-demo/demo-film.mp4"),
        commentary=Path("syncclip-demo/demo-commentary.mp4"),
        index=SimpleNamespace(path=Path("syncclip-demo/demo-film.idx"), notes=("bars left out",)),
        match=SimpleNamespace(files=files, notes=("threshold relaxed",)),
        verdicts=verdicts,
        passed=all(verdict.passed for verdict in verdicts),
    )


def run_with(made: object, monkeypatch: pytest.MonkeyPatch, *args: str) -> tuple[Result, dict]:
    asked: dict[str, Any] = {}

    def fake(folder: Path, **options: object) -> object:
        asked.update(options, folder=folder)
        return made

    monkeypatch.setattr("syncclip.demo.run_demo", fake)
    return CliRunner().invoke(app, ["demo", *args]), asked


RIGHT = Verdict(piece=PIECE, found=FOUND, right=1.0)
GAP = Verdict(piece=INSERT, found=a_hole(90, 120), right=0.97)
WRONG = Verdict(piece=INSERT, found=a_place(90, 120, 50.0), right=0.0)


def test_what_was_found_stands_beside_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = run_with(outcome(RIGHT, GAP), monkeypatch)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [
        *("0.00", "-", "3.00", "s", "10.00", "s", "1.10x", "yes"),
        *("10.01", "s", "1.10x", "yes", "exact", "100%"),
    ] in lines
    film = ["not", "in", "the", "film"]
    assert ["3.00", "-", "4.00", "s", *film, *film, "unmatched", "97%"] in lines
    assert "2 of 2 pieces right." in result.stdout
    assert asked["folder"] == Path("syncclip-demo")


def test_the_files_and_the_notes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _ = run_with(outcome(RIGHT), monkeypatch)
    for name in ("demo-film.mp4", "demo-commentary.mp4", "demo-film.idx", "final_output.mp4"):
        assert name in result.stdout
    assert "note: bars left out\nnote: threshold relaxed\n" in result.stderr


def test_a_wrong_find_is_marked_and_ends_with_exit_code_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result, _ = run_with(outcome(RIGHT, WRONG), monkeypatch)
    assert result.exit_code == 1
    assert "1 of 2 pieces right." in result.stdout
    assert result.stdout.count("WRONG") == 1


def test_a_find_that_starts_before_its_piece_is_read_where_the_piece_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    piece = replace(PIECE, start_frame=30)
    early = Verdict(piece=piece, found=FOUND, right=1.0)
    result, _ = run_with(outcome(early), monkeypatch)
    assert "11.11 s" in result.stdout


def test_json_holds_truth_and_find_of_every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = run_with(
        outcome(RIGHT, WRONG), monkeypatch, "--json", "--movie", "-f.mkv", "-o", "out", "--quiet"
    )
    document = json.loads(result.stdout)
    assert document["passed"] is False
    assert [piece["passed"] for piece in document["pieces"]] == [True, False]
    assert document["pieces"][0]["movie_start"] == 10.0
    assert document["pieces"][0]["found_movie_start"] == 10.01
    assert (asked["movie"], asked["folder"]) == (Path("-f.mkv"), Path("out"))


def test_a_commentary_of_the_users_own_film_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "电影 'it''s'.mp4"
    monkeypatch.setattr("syncclip.demo.film.SHOTS", 6)
    make_film(film, seed=5)
    out = tmp_path / "out"
    result = CliRunner().invoke(
        app, ["demo", "--movie", str(film), "-o", str(out), "--json", "--quiet"]
    )
    document = json.loads(result.stdout)
    wrong = [piece for piece in document["pieces"] if not piece["passed"]]
    assert not wrong
    assert result.exit_code == 0
    assert all(Path(path).is_file() for path in document["files"].values())


@pytest.mark.slow
def test_the_demo_finds_every_piece_of_its_own_film(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["demo", "-o", str(tmp_path)])
    assert result.exit_code == 0, result.stdout + result.stderr
    assert "9 of 9 pieces right." in result.stdout


def test_an_earlier_demo_is_replaced_and_a_result_of_another_kind_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[bool] = []

    def stop_at_match(*_: object, force: bool, **__: object) -> None:
        forced.append(force)
        raise OutputError("far enough")

    monkeypatch.setattr("syncclip.demo.film.SHOTS", 6)
    make_film(tmp_path / "film.mp4", seed=5)
    monkeypatch.setattr("syncclip.pipeline.match", stop_at_match)
    for _ in range(2):
        with pytest.raises(OutputError, match="far enough"):
            run_demo(tmp_path / "out", movie=tmp_path / "film.mp4")
    assert forced == [False, True]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    result = CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "file" / "out")])
    assert result.exit_code == 1
    assert result.stderr.startswith("error: cannot make the folder ")
    assert result.stderr.count("\n") == 1
