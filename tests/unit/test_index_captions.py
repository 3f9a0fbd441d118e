"""Captions of shots in an index: added, kept, resumed, and checked when read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from syncclip.errors import IndexFileError
from syncclip.index import CaptionRecord, EncoderRecord, add_captions, open_index
from syncclip.index.container import open_container
from syncclip.index.writer import TensorSource, write_container
from syncclip.pipeline.captioning import keyframes
from syncclip.types import Shot
from tests.index_fakes import FakeReader, build

FRAMES = np.array([5, 45, 85], np.int64)
NAMES = {"int64": "I64", "float16": "F16", "uint8": "U8"}


class Writer:
    """Captions pictures by their brightness; the second shot's shows nothing to be told."""

    def __init__(self, *, stop_after: int | None = None) -> None:
        self.batches: list[int] = []
        self.stop_after = stop_after

    def pictures(self, frames: np.ndarray) -> Iterator[np.ndarray]:
        return (np.full((4, 6, 3), frame, np.uint8) for frame in frames)

    def describe(self, pictures: Sequence[np.ndarray]) -> list[str]:
        if len(self.batches) == self.stop_after:
            raise KeyboardInterrupt
        self.batches.append(len(pictures))
        return ["" if p[0, 0, 0] == 45 else f"a grey of {p[0, 0, 0]} – très gris" for p in pictures]


def read(texts: Sequence[str]) -> np.ndarray:
    rows = np.array([[len(text), 1.0, 2.0] for text in texts], np.float32).reshape(-1, 3)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def caption(path: Path, writer: Writer, **changes: object) -> Path:
    told: list[int] = []
    add_captions(
        path,
        **{
            "frames": FRAMES,
            "pictures": writer.pictures,
            "batch": 1,
            "describe": writer.describe,
            "read": read,
            "captioner": CaptionRecord(model="blip", fingerprint="blip-1"),
            "reader": EncoderRecord(
                id="captions", dim=3, preprocessing="words", fingerprint="both-1", model="clip"
            ),
            "on_shots": told.append,
            **changes,
        },
    )
    assert told[-1] == len(FRAMES)
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return build(FakeReader(90), tmp_path / "film.idx")


def test_an_index_without_captions_has_none(plain: Path) -> None:
    with open_index(plain) as index:
        assert index.captions is None


def test_captions_and_their_track_are_read_back(plain: Path) -> None:
    with open_index(caption(plain, Writer())) as index:
        assert index.captions.texts == ("a grey of 5 – très gris", "", "a grey of 85 – très gris")
        assert index.captions.frames.tolist() == FRAMES.tolist()
        assert index.manifest.captions == CaptionRecord(model="blip", fingerprint="blip-1")
        track = index.tracks["captions"]
        assert track.frames.tolist() == [5, 85]
        wanted = read([text for text in index.captions.texts if text])
        np.testing.assert_array_equal(track.vectors, wanted.astype(np.float16))
        assert index.manifest.encoders[-1].model == "clip"


def test_all_else_stays_as_it_was(plain: Path, tmp_path: Path) -> None:
    before = open_container(plain)
    kept = {name: before.tensor(name).copy() for name in before.names}
    before.close()
    after = open_container(caption(plain, Writer()))
    for name, tensor in kept.items():
        np.testing.assert_array_equal(after.tensor(name), tensor)
    assert [path.name for path in tmp_path.iterdir()] == ["film.idx"]


def test_captions_are_replaced_by_those_of_another_model(plain: Path) -> None:
    caption(plain, Writer())
    other = CaptionRecord(model="blip", fingerprint="blip-2")
    caption(plain, Writer(), captioner=other, describe=lambda shown: ["new"] * len(shown))
    with open_index(plain) as index:
        assert index.captions.texts == ("new",) * 3
        assert index.manifest.captions == other
        assert sorted(index.tracks) == ["captions", "fake"]


@pytest.mark.parametrize("batch", [1, 2])
def test_a_stopped_run_goes_on_where_it_was_and_gives_the_same_bytes(
    plain: Path, tmp_path: Path, batch: int
) -> None:
    whole = build(FakeReader(90), tmp_path / "whole.idx")
    caption(whole, Writer(), batch=batch)
    first = Writer(stop_after=1)
    with pytest.raises(KeyboardInterrupt):
        caption(plain, first, batch=batch)
    with open_index(plain) as index:
        assert index.captions is None
    second = Writer()
    caption(plain, second, batch=batch)
    assert sum(first.batches) + sum(second.batches) == 3
    assert plain.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("harm", ["cut", "other", "garbage"])
def test_what_a_kill_left_damaged_is_captioned_again(
    plain: Path, tmp_path: Path, harm: str
) -> None:
    with pytest.raises(KeyboardInterrupt):
        caption(plain, Writer(stop_after=2))
    (journal,) = tmp_path.glob(".*/captions.jsonl")
    data = journal.read_bytes()
    if harm == "cut":
        journal.write_bytes(data[:-3])
    elif harm == "garbage":
        journal.write_bytes(data + b'{"texts":[1]}\n\xff')
    again = Writer()
    changes = {"captioner": CaptionRecord(model="b", fingerprint="blip-2")}
    caption(plain, again, **(changes if harm == "other" else {}))
    assert len(again.batches) == {"cut": 2, "other": 3, "garbage": 1}[harm]


def test_a_caption_that_never_ends_is_cut_between_letters(plain: Path) -> None:
    caption(plain, Writer(), describe=lambda shown: ["é" * 3000] * len(shown))
    with open_index(plain) as index:
        assert index.captions.texts[0] == "é" * 2000


Change = Callable[[dict, dict], object]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t, m: t.update({"captions.ends": t["captions.ends"][:2]}), "one for each shot"),
        (lambda t, m: t["captions.ends"].__setitem__(0, 10**12), "ends of its captions"),
        (lambda t, m: t["captions.ends"].__setitem__(0, -1), "ends of its captions"),
        (lambda t, m: t["captions.ends"].__setitem__(2, 3), "ends of its captions"),
        (lambda t, m: t["captions.frames"].__setitem__(0, 50), "outside its shot"),
        (lambda t, m: t["captions.text"].__setitem__(0, 255), "is no text"),
        (lambda t, m: t.update({"captions.text": t["captions.text"][None]}), "captions.text"),
        (lambda t, m: t.pop("captions.text"), "arrays"),
        (lambda t, m: m.pop("captions"), "arrays"),
        (lambda t, m: m.update(captions={"model": 3, "fingerprint": ""}), "model"),
        (lambda t, m: m.update(captions="blip"), "captions"),
    ],
)
def test_captions_that_cannot_be_are_refused(
    plain: Path, tmp_path: Path, change: Change, message: str
) -> None:
    container = open_container(caption(plain, Writer()))
    tensors = {name: container.tensor(name).copy() for name in container.names}
    manifest = json.loads(json.dumps(container.manifest))
    manifest = {k: v for k, v in manifest.items() if k not in {"checksums", "version"}}
    change(tensors, manifest)
    order = ["I64", "F16", "U8"]
    sources = [
        TensorSource(name=name, dtype=NAMES[str(a.dtype)], shape=a.shape, data=a)
        for name, a in sorted(tensors.items(), key=lambda i: order.index(NAMES[str(i[1].dtype)]))
    ]
    write_container(tmp_path / "changed.idx", sources, manifest)
    with pytest.raises(IndexFileError, match=message):
        open_index(tmp_path / "changed.idx")


def test_a_shot_is_stood_for_by_the_frame_nearest_to_its_mean() -> None:
    grey = np.zeros((20, 3, 4), np.uint8)
    grey[:10] = 100
    grey[1] = grey[3] = 255  # flashes
    grey[15] = 9
    chosen = keyframes([Shot(0, 10), Shot(10, 20), Shot(19, 20)], grey)
    assert chosen[0] in (5, 7, 9)
    assert chosen[1] in (11, 13, 17, 19)
    assert chosen[2] == 19
