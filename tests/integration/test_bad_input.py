"""Bad input as a user meets it: one line, exit code 1, and nothing lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from syncclip.cli import app
from tests import media

Clips = Callable[[str], media.Clip]


def run(command: str, *args: str | Path) -> Result:
    quiet = () if command == "info" else ("--quiet",)
    return CliRunner().invoke(app, [command, *map(str, args), *quiet])


def assert_one_line(result: Result, *words: str) -> None:
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert "a bug" not in result.stderr
    for word in words:
        assert word in result.stderr


@pytest.fixture(scope="module")
def film(clip: Clips, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    media.ffmpeg("-i", clip("b_frames").path, "-c", "copy", "-movflags", "+faststart", path)
    return path


@pytest.fixture(scope="module")
def index(film: Path) -> Path:
    path = film.with_name("film.idx")
    assert run("index", film, "-o", path).exit_code == 0
    return path


def _missing(film: Path, path: Path) -> None: ...


def _folder(film: Path, path: Path) -> None:
    path.mkdir()


def _empty(film: Path, path: Path) -> None:
    path.touch()


def _text(film: Path, path: Path) -> None:
    path.write_text("not a film\n" * 40)


def _sound(film: Path, path: Path) -> None:
    media.ffmpeg("-f", "lavfi", "-i", "sine=duration=0.5", path)


def _cover(film: Path, path: Path) -> None:
    cover = path.with_suffix(".png")
    media.ffmpeg("-i", film, "-frames:v", "1", cover)
    inputs = ("-f", "lavfi", "-i", "sine=duration=0.5", "-i", cover, "-map", "0", "-map", "1")
    media.ffmpeg(*inputs, "-c:v", "copy", "-disposition:v", "attached_pic", path)
    cover.unlink()


def _without_moov(film: Path, path: Path) -> None:
    media.ffmpeg("-i", film, "-c", "copy", path)
    path.write_bytes(path.read_bytes()[:4000])


def _zero_length(film: Path, path: Path) -> None:
    media.ffmpeg("-i", film, "-ss", "100", "-c", "copy", "-f", "matroska", path)


BAD_VIDEOS = (_missing, _folder, _empty, _text, _sound, _cover, _without_moov, _zero_length)


@pytest.mark.parametrize("make", BAD_VIDEOS, ids=lambda make: make.__name__)
def test_what_is_no_video_is_refused_as_movie_and_as_commentary(
    film: Path, index: Path, tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    bad = tmp_path / '坏 "it\'s".mp4'
    make(film, bad)
    there = list(tmp_path.iterdir())
    assert_one_line(run("index", bad, "-o", tmp_path / "bad.idx"), "坏")
    assert list(tmp_path.iterdir()) == there
    assert_one_line(run("match", bad, "-i", index, "-o", tmp_path / "out"))
    assert not (tmp_path / "out" / "proceed" / "results").exists()


@pytest.mark.parametrize("name", ["short.mp4", "hole.mp4"])
def test_what_can_be_read_of_a_damaged_film_is_indexed_and_the_rest_is_named(
    film: Path, tmp_path: Path, name: str
) -> None:
    bad, data = tmp_path / name, film.read_bytes()
    if name == "short.mp4":
        bad.write_bytes(data[: int(len(data) * 0.6)])
    else:
        half = len(data) // 2
        bad.write_bytes(data[:half] + bytes(len(data) // 50) + data[half + len(data) // 50 :])
    done = run("index", bad, "-o", tmp_path / "bad.idx")
    assert done.exit_code == 0
    assert f"note: {name} is damaged or incomplete after " in done.stderr
    assert "missing, the rest is indexed" in done.stderr


def test_one_frame_is_a_film_and_a_commentary(clip: Clips, tmp_path: Path) -> None:
    one, made = clip("one_frame").path, tmp_path / "one.idx"
    assert run("index", one, "-o", made).exit_code == 0
    done = run("match", one, "-i", made, "-o", tmp_path)
    assert done.exit_code == 0
    assert (tmp_path / "proceed" / "final_output.mp4").exists()


def _newer(data: bytes) -> bytes:
    return data.replace(b'\\"version\\":1', b'\\"version\\":2', 1)


BAD_INDEXES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "text": lambda _: b"no index\n" * 50,
    "truncated": lambda data: data[: len(data) // 2],
    "flipped": lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
    "newer": _newer,
}


@pytest.mark.parametrize("kind", BAD_INDEXES)
def test_a_bad_index_is_refused_and_says_how_to_make_another(
    film: Path, index: Path, tmp_path: Path, kind: str
) -> None:
    bad, sound = tmp_path / "bad.idx", index.read_bytes()
    bad.write_bytes(BAD_INDEXES[kind](sound))
    assert bad.read_bytes() != sound
    matched = run("match", film, "-i", bad, "-o", tmp_path / "out")
    for done in (matched, run("index", film, "-o", bad), run("info", bad)):
        assert_one_line(done, "bad.idx")
    assert "syncclip index" in matched.stderr
    assert not (tmp_path / "out").exists()
    assert run("index", film, "-o", bad, "--force").exit_code == 0
    assert bad.read_bytes() == sound


def test_names_that_trip_others_go_the_whole_way(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ('-电影 "it\'s"\nfinal.mp4', "-解说 “引号”\n%d.mp4"):
        shutil.copy(film, name)
    movie, commentary = '-电影 "it\'s"\nfinal', "-解说 “引号”\n%d"
    assert CliRunner().invoke(app, ["index", "-q", "--", f"{movie}.mp4"]).exit_code == 0
    words = ["match", "-q", "--index", f"{movie}.idx", "--", f"{commentary}.mp4"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    folder = Path(f"{commentary}_synced") / "proceed"
    assert (folder / "final_output.mp4").exists()
    again = run("render", folder.absolute() / "results" / "visual_match_results.json")
    assert again.exit_code == 0, again.output


def test_a_machine_without_ffmpeg_still_indexes_and_keeps_what_was_found(
    film: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("SYNCCLIP_FFMPEG", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    assert run("index", film, "-o", tmp_path / "film.idx").exit_code == 0
    done = run("match", film, "-i", index, "-o", tmp_path / "out")
    assert_one_line(done, "no ffmpeg program was found", "pip install imageio-ffmpeg")
    assert not (tmp_path / "out").exists()  # said before the search and not after it
    assert run("match", film, "-i", index, "-o", tmp_path / "out", "--no-render").exit_code == 0
    assert (tmp_path / "out" / "proceed" / "match_report.txt").exists()
