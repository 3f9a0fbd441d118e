"""Indexing encoded clips through the real reader."""

from __future__ import annotations

import numpy as np
import pytest

from syncclip.config import IndexConfig
from syncclip.encoders import BuiltinEncoder
from syncclip.errors import VideoError
from syncclip.index import build_index, journal, open_index, reading
from syncclip.types import PixelRect, Shot
from syncclip.video import open_video
from tests import media


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(journal, "CHUNK_FRAMES", 8)
    monkeypatch.setattr(reading, "BLOCK_FRAMES", 4)


def index(movie, output, *, stop_after=None, seen=None):
    def on_progress(progress):
        if seen is not None:
            seen.append(progress.done)
        if stop_after is not None and progress.done >= stop_after:
            raise KeyboardInterrupt

    with open_video(movie, threads=1) as reader:
        return build_index(
            reader,
            output=output,
            config=IndexConfig(),
            fingerprint="f00d",
            content=PixelRect(0, 0, reader.info.width_px, reader.info.height_px),
            encoders=[BuiltinEncoder()],
            detect_shots=lambda signatures: [Shot(0, len(signatures))],
            on_progress=on_progress,
        )


def stopped_and_resumed(movie, output, frames):
    for share in (0.3, 0.6, 0.9):
        with pytest.raises(KeyboardInterrupt):
            index(movie, output, stop_after=max(share * frames, 1))
        assert not output.exists()
    seen = []
    index(movie, output, seen=seen)
    assert seen[0] >= 0.9 * frames - journal.CHUNK_FRAMES  # it did not start anew
    return output


@pytest.mark.parametrize("name", sorted(media.VARIANTS))
def test_a_stopped_run_gives_the_bytes_of_an_unbroken_one(clip, tmp_path, name):
    movie = clip(name)
    unbroken = index(movie.path, tmp_path / "unbroken.idx")
    with open_index(unbroken) as made:
        assert len(made.times) == len(movie.times_s)
        assert made.manifest.info.path == movie.path
    resumed = stopped_and_resumed(movie.path, tmp_path / "resumed.idx", len(movie.times_s))
    assert resumed.read_bytes() == unbroken.read_bytes()


@pytest.mark.parametrize("harm", [media.damaged, media.truncated])
def test_damage_is_recorded_alike_by_stopped_and_unbroken_runs(clip, tmp_path, harm):
    movie = harm(clip("mpeg_ts"), tmp_path / "harmed.ts")
    unbroken = index(movie, tmp_path / "unbroken.idx")
    with open_index(unbroken) as made:
        frames = len(made.times)
    resumed = stopped_and_resumed(movie, tmp_path / "resumed.idx", frames)
    assert resumed.read_bytes() == unbroken.read_bytes()


def test_the_signatures_are_the_frames_of_the_film(clip, tmp_path):
    movie = clip("b_frames")
    with (
        open_index(index(movie.path, tmp_path / "film.idx")) as made,
        open_video(movie.path) as again,
    ):
        pictures = np.concatenate([b.grey for b in again.thumbnails(size=(32, 18))])
        assert np.array_equal(made.signatures, pictures)
        assert np.allclose(made.times.seconds, [float(t) for t in movie.times_s])


def test_a_film_that_cannot_be_read_leaves_nothing_behind(tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("not a film")
    with pytest.raises(VideoError):
        index(text, tmp_path / "film.idx")
    assert [path.name for path in tmp_path.iterdir()] == ["text.mp4"]
