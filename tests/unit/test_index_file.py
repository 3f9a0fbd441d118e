import json

import numpy as np
import pytest

from syncclip.errors import IndexFileError, IndexMismatchError
from syncclip.index import open_index
from syncclip.index.container import open_container
from syncclip.index.writer import TensorSource, write_container
from syncclip.result import MovieRef
from syncclip.types import Shot
from tests.index_fakes import CONTENT, FakeEncoder, FakeReader, build

NAMES = {"int64": "I64", "float16": "F16", "uint8": "U8"}
ORDER = ["I64", "F16", "U8"]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return build(FakeReader(90), tmp_path_factory.mktemp("film") / "film.idx")


@pytest.fixture
def rewritten(path, tmp_path):
    """Writes the index again with something changed, all checksums right."""

    def rewrite(change):
        container = open_container(path)
        tensors = {name: container.tensor(name).copy() for name in container.names}
        manifest = json.loads(json.dumps(container.manifest))
        manifest = {k: v for k, v in manifest.items() if k not in {"checksums", "version"}}
        change(tensors, manifest)
        sources = [
            TensorSource(name=name, dtype=NAMES[str(a.dtype)], shape=a.shape, data=a)
            for name, a in sorted(
                tensors.items(), key=lambda i: ORDER.index(NAMES[str(i[1].dtype)])
            )
        ]
        write_container(tmp_path / "changed.idx", sources, manifest)
        return tmp_path / "changed.idx"

    return rewrite


def test_an_index_holds_what_was_read(path):
    reader = FakeReader(90)
    with open_index(path) as index:
        assert [int(pts) for pts in index.times.pts] == [reader.pts(n) for n in range(90)]
        assert index.times.end_pts == reader.pts(90)
        assert index.signatures.shape == (90, 18, 32)
        for number in (0, 41, 89):
            assert np.array_equal(index.signatures[number], reader.picture(number, (32, 18)))
        assert index.shots == (Shot(0, 40), Shot(40, 80), Shot(80, 90))
        assert index.name == "film.mp4"
        assert index.manifest.content == CONTENT
        assert index.manifest.info == reader.info


def test_a_track_holds_the_described_frames_and_leaves_flat_ones_out(path):
    with open_index(path) as index:
        track = index.tracks["fake"]
        # On screen every half second of 23.976 per second: 0, 11, 23 ...; frame 0 is flat.
        assert track.frames.tolist() == [11, 23, 35, 47, 59, 71, 83]
        expected = FakeEncoder().describe(index.signatures[track.frames])
        assert np.array_equal(track.vectors, expected.astype(np.float16))


def test_a_movie_reference_says_where_everything_is(path):
    with open_index(path) as index:
        ref = index.ref
    assert isinstance(ref, MovieRef)
    assert (ref.name, ref.path, ref.index) == ("film.mp4", "/films/film.mp4", str(path))
    assert ref.duration_s == pytest.approx(90 * 1001 / 24000)


def drop(name):
    return lambda tensors, manifest: tensors.pop(name)


def put(name, change):
    def changed(tensors, manifest):
        tensors[name] = change(tensors[name])

    return changed


def edited(name, at, value):
    def change(array):
        array[at] = value
        return array

    return put(name, change)


@pytest.mark.parametrize(
    "change",
    [
        drop("pts"),
        drop("shots"),
        drop("signatures"),
        drop("track.fake.vectors"),
        lambda tensors, manifest: tensors.update(more=np.zeros(3, np.uint8)),
        put("pts", lambda a: a[:-1]),
        put("pts", lambda a: a[:0]),
        put("pts", lambda a: a[::-1].copy()),
        put("pts", lambda a: a.reshape(9, 10)),
        put("pts", lambda a: a.astype(np.uint8)),
        edited("pts", 5, 0),
        edited("pts", 0, -(2**63)),
        edited("pts", -1, 2**63 - 1),
        put("signatures", lambda a: a[:-1]),
        put("signatures", lambda a: a[:, :-1]),
        put("signatures", lambda a: a.reshape(90, -1)),
        put("signatures", lambda a: a.astype(np.float16)),
        put("shots", lambda a: a[:, :1]),
        put("shots", lambda a: a.ravel()),
        edited("shots", (0, 0), -1),
        edited("shots", (2, 1), 91),
        edited("shots", (1, 0), 39),
        edited("shots", (1, 1), 40),
        edited("track.fake.frames", 0, -1),
        edited("track.fake.frames", -1, 90),
        edited("track.fake.frames", 2, 23),
        put("track.fake.frames", lambda a: a[:-1]),
        put("track.fake.vectors", lambda a: a[:, :-1]),
        put("track.fake.vectors", lambda a: a.ravel()),
        edited("track.fake.vectors", (3, 3), np.nan),
        edited("track.fake.vectors", (3, 3), np.inf),
        lambda tensors, manifest: manifest.update(encoders=[]),
        lambda tensors, manifest: manifest["encoders"][0].update(id="other"),
        lambda tensors, manifest: manifest["encoders"][0].update(dim=9),
        lambda tensors, manifest: manifest["config"].update(signature_size=[18, 32]),
        lambda tensors, manifest: manifest["stream"].update(end_pts=0),
        lambda tensors, manifest: manifest.pop("stream"),
    ],
)
def test_arrays_that_contradict_the_manifest_or_each_other_are_refused(rewritten, change):
    changed = rewritten(change)
    with pytest.raises(IndexFileError, match=r"is not a sound index .* --force$"):
        open_index(changed)


def test_a_rewritten_index_without_a_change_opens(rewritten):
    with open_index(rewritten(lambda tensors, manifest: None)) as index:
        assert len(index.times) == 90


def test_a_film_of_flat_frames_has_an_empty_track(rewritten):
    def change(tensors, manifest):
        tensors["track.fake.frames"] = tensors["track.fake.frames"][:0]
        tensors["track.fake.vectors"] = tensors["track.fake.vectors"][:0]

    with open_index(rewritten(change)) as index:
        assert index.tracks["fake"].vectors.shape == (0, 8)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (FakeEncoder(id="clip"), "has no track of the encoder 'clip'"),
        (FakeEncoder(dim=16), "vectors of length 8 .* now gives 16"),
        (FakeEncoder(fingerprint="fake-2"), "another version of 'fake'"),
    ],
)
def test_queries_of_another_encoder_are_refused(path, encoder, message):
    with (
        open_index(path) as index,
        pytest.raises(IndexMismatchError, match=f"{message}.*; rebuild it with: syncclip index"),
    ):
        index.require([FakeEncoder(), encoder])


def test_queries_of_the_same_encoder_are_welcome(path):
    with open_index(path) as index:
        index.require([FakeEncoder()])
