"""Searching films by a still or by words: ranked places, thumbnails, clips."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import syncclip
from syncclip.cli import app
from syncclip.encoders import ClipEncoder
from syncclip.errors import IndexFileError, SettingsError, VideoError
from syncclip.index import open_index, places_in
from syncclip.video import open_video, read_still
from tests.edits import Film
from tests.tiny_models import tiny_clip

FILMS = {"one.mp4": Film(seed=61, shots=4, seconds=8), "two.mp4": Film(seed=77, shots=3, seconds=6)}


class Library:
    """Two films in one folder, indexed by CLIP, and stills of the second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = tiny_clip(folder / "tiny")
        for name, film in FILMS.items():
            movie = film.write(folder / name)
            syncclip.index_movie(movie, movie.with_suffix(".idx"), clip_model=str(self.model))
        with open_video(folder / "two.mp4") as video:
            ((_, picture),) = video.sample([3.5])
        self.still = folder / "still.png"
        Image.fromarray(picture).save(self.still)
        self.flipped = folder / "flipped.jpg"
        Image.fromarray(picture[:, ::-1]).save(self.flipped, quality=95)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library(tmp_path_factory.mktemp("library"))


@pytest.fixture(autouse=True)
def _somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*args: object) -> Result:
    return CliRunner().invoke(app, ["search", *map(str, args)])


@pytest.mark.parametrize("encoder", ["builtin", "clip"])
@pytest.mark.parametrize("picture", ["still", "flipped"])
def test_a_still_is_found_in_its_film_and_shot_mirrored_or_not(library, encoder, picture):
    found = syncclip.search(
        image=getattr(library, picture), index=library.folder, encoder=encoder, count=3
    )
    best = found.places[0]
    assert found.encoder == encoder
    assert best.movie == "two.mp4"
    assert best.start_s <= 3.5 < best.end_s
    assert best.score > 0.8
    assert [p.score for p in found.places] == sorted((p.score for p in found.places), reverse=True)


def test_words_are_compared_with_the_model_of_the_index(library):
    found = syncclip.search("a man jumps off a train", index=library.folder, count=2)
    encoder = ClipEncoder.load(str(library.model), device="cpu")
    words = encoder.describe_text(["a man jumps off a train"])
    best = 0.0
    for name in ("one", "two"):
        with open_index(library.folder / f"{name}.idx") as index:
            vectors = index.tracks["clip"].vectors.astype(np.float32)
            best = max(best, float((vectors @ words[0]).max()))
    assert found.encoder == "clip"
    assert found.places[0].score == pytest.approx(best, abs=1e-5)
    assert len(found.places) == 2


def test_hits_near_each_other_are_one_place(library):
    with open_index(library.folder / "two.idx") as index:
        queries = index.tracks["builtin"].vectors[3:4].astype(np.float32)
        places = places_in(index, "builtin", queries, count=50)
        shots = [(shot.start_frame, shot.end_frame) for shot in index.shots]
        assert places[0].frame == index.tracks["builtin"].frames[3]
        assert places[0].score == pytest.approx(1.0, abs=1e-2)
        assert len(places) <= len(shots)
        for place in places:
            (start, end) = next((a, b) for a, b in shots if a <= place.frame < b)
            assert place.start_s >= index.times.seconds[start] - 1e-9
            assert place.end_s <= index.times.end_s
            assert end > place.frame
    times = sorted(place.at_s for place in places)
    assert np.diff(times).min() >= 3.0


def test_files_of_a_folder_that_cannot_be_searched_are_left_out_with_a_note(library, tmp_path):
    films = tmp_path / "films"
    films.mkdir()
    for name in ("one", "two"):
        shutil.copy(library.folder / f"{name}.idx", films)
    shutil.copy(films / "two.idx", films / "two again.idx")
    data = (films / "one.idx").read_bytes()
    with open_index(films / "one.idx") as made:
        vectors = data.index(made.tracks["builtin"].vectors.tobytes())
    for name, at in (("header", 200), ("data", vectors)):
        damaged = bytearray(data)
        damaged[at] ^= 1
        (films / f"{name}.idx").write_bytes(damaged)
    (films / "one.idx").unlink()
    found = syncclip.search(image=library.still, index=films, encoder="builtin")
    assert {place.movie for place in found.places} == {"two.mp4"}
    header, twin, track = found.notes
    assert "header.idx is not a sound index (its header is damaged)" in header
    assert twin == "two again.idx is left out: it indexes a movie that is there already"
    assert "data.idx is not a sound index" in track
    for name in ("header", "data"):
        with pytest.raises(IndexFileError, match=f"{name}.idx is not a sound index"):
            syncclip.search(image=library.still, index=films / f"{name}.idx", encoder="builtin")


def test_signatures_are_not_read_to_search(library, tmp_path):
    index = tmp_path / "two.idx"
    with open_index(library.folder / "two.idx") as made:
        data = bytearray(made.path.read_bytes())
        at = data.index(made.signatures[3].tobytes())
    data[at] ^= 1
    index.write_bytes(data)
    found = syncclip.search(image=library.still, index=index, encoder="builtin")
    assert found.places[0].movie == "two.mp4"
    with pytest.raises(IndexFileError, match="'signatures' is damaged"):
        open_index(index)
    with open_index(index, signatures=False) as opened, pytest.raises(ValueError, match="checked"):
        _ = opened.signatures


def test_the_table_names_the_best_place_first_and_json_holds_all(library):
    shown = run("--image", library.still, "-i", library.folder, "--encoder", "builtin", "--top", 2)
    assert shown.exit_code == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert "best frame" in lines[1]
    assert lines[3].split()[:2] == ["1", "two.mp4"]
    document = json.loads(
        run("--image", library.still, "-i", library.folder, "--top", 2, "--json").stdout
    )
    assert document["encoder"] == "clip"
    assert len(document["places"]) == 2
    assert Path(document["places"][0]["path"]).name == "two.mp4"


def test_a_sheet_and_clips_of_the_places_are_made(library):
    done = run(
        *("--image", library.still, "-i", library.folder, "--encoder", "builtin", "--top", 2),
        *("--sheet", "sheet.png", "--cut", "clips", "--quiet"),
    )
    assert done.exit_code == 0, done.stderr
    with Image.open("sheet.png") as sheet:
        assert sheet.size == (2 * 328 + 8, 210 + 8)
        thumbnail = np.asarray(sheet.convert("RGB").crop((8, 8, 328, 188))).astype(int)
    with Image.open(library.still) as still:
        original = np.asarray(still).astype(int)
    assert np.abs(thumbnail - original).mean() < 8  # the very frame, within half a second of motion
    clips = sorted(Path("clips").iterdir())
    assert clips[0].name.startswith("01-two-00h00m0")
    place = syncclip.search(
        image=library.still, index=library.folder, encoder="builtin", count=1
    ).places[0]
    with av.open(str(clips[0])) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == pytest.approx((place.end_s - place.start_s) * 24, abs=2)
    assert "clips/01-two-" in done.stdout
    assert done.stdout.rstrip().endswith("sheet.png")


def test_without_the_movie_the_sheet_shows_signatures_and_clips_are_refused(library, tmp_path):
    index = tmp_path / "two.idx"
    movie = FILMS["two.mp4"].write(tmp_path / "two.mp4")
    syncclip.index_movie(movie, index, encoder="builtin")
    movie.unlink()
    syncclip.search(image=library.still, index=index, count=1, sheet="sheet.jpg")
    with Image.open("sheet.jpg") as drawn:
        assert drawn.size[0] == 336
    refused = run("--image", library.still, "-i", index, "--cut", "clips", "--quiet")
    assert refused.exit_code == 1
    assert "two.mp4 is not where it was indexed; say where it is with --movie" in refused.stderr
    assert not Path("clips").exists()
    again = FILMS["two.mp4"].write(tmp_path / "elsewhere.mp4")
    found = run("--image", library.still, "-i", index, "--cut", "clips", "--movie", again, "-q")
    assert found.exit_code == 0, found.stderr


def test_a_film_without_the_track_is_named_and_the_others_are_searched(library, tmp_path):
    movie = Film(seed=5, shots=2, seconds=3).write(tmp_path / "plain.mp4")
    syncclip.index_movie(movie, tmp_path / "plain.idx", encoder="builtin")
    found = syncclip.search("a train", index=[tmp_path / "plain.idx", library.folder], count=4)
    assert found.notes == ("without a track of CLIP: plain.idx",)
    assert {place.movie for place in found.places} <= {"one.mp4", "two.mp4"}


def test_a_still_is_looked_for_in_every_film_by_what_all_of_them_have(library, tmp_path):
    movie = Film(seed=5, shots=2, seconds=3).write(tmp_path / "plain.mp4")
    syncclip.index_movie(movie, tmp_path / "plain.idx", encoder="builtin")
    with open_video(movie) as video:
        ((_, picture),) = video.sample([1.0])
    Image.fromarray(picture).save("plain.png")
    mixed = [library.folder, tmp_path / "plain.idx"]
    found = syncclip.search(image="plain.png", index=mixed, count=1)
    assert (found.encoder, found.places[0].movie) == ("builtin", "plain.mp4")
    assert found.notes == ("without a track of CLIP: plain.idx",)
    assert syncclip.search(image="plain.png", index=mixed, encoder="clip").encoder == "clip"
    assert syncclip.search(image="plain.png", index=library.folder).encoder == "clip"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "search for words, or for a picture with --image: one of them"),
        (("",), "search for words, or for a picture with --image: one of them"),
        (("a", "--image", "STILL"), "search for words, or for a picture with --image: one of them"),
        (("a train", "--encoder", "builtin"), "words need CLIP: leave --encoder builtin out"),
        (("--image", "no.png"), "no such file: 'no.png'"),
        (("--image", "two.idx"), "is not a picture that can be read; name a PNG or JPEG file"),
        (("--image", "flat.png", "--encoder", "builtin"), "flat.png is a flat picture"),
        (("--image", "STILL", "--sheet", "sheet.gif"), "sheet.gif is not the name of a PNG or"),
    ],
)
def test_what_cannot_be_searched_for_is_one_clear_line(library, words, said, monkeypatch):
    monkeypatch.chdir(library.folder)
    Image.new("RGB", (64, 36), (9, 9, 9)).save("flat.png")
    given = [str(library.still) if word == "STILL" else word for word in words]
    failed = run(*given, "-i", "two.idx", "--quiet")
    assert failed.exit_code == 1
    assert failed.stderr.startswith("error: ")
    assert said in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_words_without_a_track_of_clip_say_how_to_make_one(library, tmp_path):
    movie = FILMS["two.mp4"].write(tmp_path / "two.mp4")
    syncclip.index_movie(movie, tmp_path / "plain.idx", encoder="builtin")
    failed = run("a train", "-i", tmp_path / "plain.idx", "--quiet")
    assert failed.exit_code == 1
    assert "rebuild it with: syncclip index MOVIE --encoder clip --force" in failed.stderr
    with pytest.raises(SettingsError):
        syncclip.search(index=tmp_path / "plain.idx")


def test_where_nothing_can_be_written_is_said_before_anything_is_searched(library, monkeypatch):
    Path("file").write_text("kept")
    still, films = ("--image", library.still), ("-i", library.folder, "--quiet")
    below = run(*still, *films, "--encoder", "builtin", "--top", 1, "--cut", "file/clips")
    assert below.exit_code == 1
    assert "cannot be written: Not a directory; choose another place" in below.stderr
    assert below.stderr.count("\n") == 1
    monkeypatch.setattr("syncclip.pipeline.library_search._films", lambda _: pytest.fail("asked"))
    for more, said in (
        (("--cut", "file"), "file is a file; name a folder for the clips with --cut"),
        (("--sheet", "sheet.gif"), "sheet.gif is not the name of a PNG or JPEG file"),
    ):
        failed = run(*still, *films, *more)
        assert failed.exit_code == 1
        assert failed.stderr.startswith(f"error: {said}")
        assert failed.stderr.count("\n") == 1
    assert Path("file").read_text() == "kept"


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp"])
def test_stills_of_usual_kinds_are_read(tmp_path, ending):
    rows, columns = np.mgrid[0:60, 0:100]
    picture = np.stack([rows * 4, columns * 2, rows + columns], axis=2).astype(np.uint8)
    path = tmp_path / f"still.{ending}"
    Image.fromarray(picture).save(path, quality=95)
    read = read_still(path)
    assert read.shape == (60, 100, 3)
    assert np.abs(read.astype(int) - picture).mean() < 4


def test_a_large_still_is_shrunk_and_a_video_is_read_by_its_first_frame(library, tmp_path):
    Image.new("RGB", (2560, 720), (200, 10, 10)).save(tmp_path / "large.png")
    assert read_still(tmp_path / "large.png").shape == (360, 1280, 3)
    assert read_still(library.folder / "one.mp4").shape == (180, 320, 3)
    with pytest.raises(VideoError):
        read_still(tmp_path)
