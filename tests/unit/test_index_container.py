import json
import math
import os
import pickle
from hashlib import blake2b

import numpy as np
import pytest
import safetensors
from hypothesis import given, settings
from hypothesis import strategies as st

from syncclip.errors import IndexFileError, IndexMismatchError
from syncclip.index import open_index
from syncclip.index.container import open_container
from syncclip.index.writer import TensorSource, write_container
from tests.index_fakes import FakeReader, build

NUMPY = {"I64": np.int64, "F16": np.float16, "U8": np.uint8}
SIZES = {"I64": 8, "F16": 2, "U8": 1}


def forge(tensors, data, *, manifest=None, metadata=None, tail=b""):
    """A file as the format's description has it, checksums right, whatever it holds."""
    told = {"format": "syncclip-index", "version": 1} | (manifest or {})
    offset = 0
    told.setdefault("checksums", {})
    for name, entry in tensors.items():
        try:
            size = SIZES[entry["dtype"]] * math.prod(entry["shape"])
            part = data[offset : offset + size]
            told["checksums"].setdefault(name, blake2b(part, digest_size=16).hexdigest())
            offset += size
        except (KeyError, TypeError):
            told["checksums"].setdefault(name, "")
    text = json.dumps(told) if metadata is None else metadata
    prefix = b'{"__metadata__":{"checksum":"'
    rest = f'","manifest":{json.dumps(text)}}},{json.dumps(tensors)[1:]}'.encode()
    length = (len(prefix) + 32 + len(rest)).to_bytes(8, "little")
    checksum = blake2b(length + rest, digest_size=16).hexdigest().encode()
    return length + prefix + checksum + rest + data + tail


def entry(dtype="U8", shape=(4,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The bytes of a small sound index."""
    return build(
        FakeReader(90, damage={50: 2}), tmp_path_factory.mktemp("sound") / "a.idx"
    ).read_bytes()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch") / "scratch.idx"


def refused(path, content):
    path.write_bytes(content)
    with pytest.raises(IndexFileError) as caught:
        open_index(path)
    assert "\n" not in str(caught.value)
    assert "syncclip index MOVIE" in str(caught.value)
    return str(caught.value)


arrays = st.sampled_from(sorted(NUMPY)).flatmap(
    lambda dtype: st.tuples(
        st.just(dtype), st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple)
    )
)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(
    kinds=st.dictionaries(
        st.from_regex(r"[a-z.]{1,9}", fullmatch=True), arrays, min_size=1, max_size=5
    ),
    extra=st.dictionaries(st.text(min_size=12), plain, max_size=3),
    seed=st.integers(0, 99),
)
def test_what_is_written_is_what_is_opened(scratch, kinds, extra, seed):
    random = np.random.default_rng(seed)
    order = sorted(kinds, key=lambda name: -SIZES[kinds[name][0]])
    values = {n: random.integers(0, 99, kinds[n][1]).astype(NUMPY[kinds[n][0]]) for n in order}
    sources = [
        TensorSource(name=n, dtype=kinds[n][0], shape=values[n].shape, data=values[n])
        for n in order
    ]
    scratch.unlink(missing_ok=True)
    write_container(scratch, sources, extra)
    container = open_container(scratch)
    assert container.names == set(values)
    assert {key: container.manifest[key] for key in extra} == extra
    for name, value in values.items():
        tensor = container.tensor(name)
        assert tensor.dtype == value.dtype
        assert tensor.shape == value.shape
        assert np.array_equal(tensor, value)
        assert not tensor.flags.writeable
    container.close()


def test_the_safetensors_library_reads_the_same(tmp_path):
    path = build(FakeReader(90), tmp_path / "a.idx")
    with open_index(path) as index, safetensors.safe_open(str(path), "numpy") as other:
        assert np.array_equal(other.get_tensor("signatures"), index.signatures)
        assert np.array_equal(other.get_tensor("pts"), index.times.pts)
        assert np.array_equal(other.get_tensor("track.fake.vectors"), index.tracks["fake"].vectors)
        assert json.loads(other.metadata()["manifest"])["format"] == "syncclip-index"


def test_every_flipped_bit_of_the_header_is_found(sound, scratch):
    header = 8 + int.from_bytes(sound[:8], "little")
    for position in range(header):
        damaged = bytearray(sound)
        damaged[position] ^= 1 << position % 8
        refused(scratch, bytes(damaged))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_flipped_bits_anywhere_are_found(sound, scratch, data):
    places = data.draw(
        st.lists(st.integers(0, 8 * len(sound) - 1), min_size=1, max_size=3, unique=True)
    )
    damaged = bytearray(sound)
    for place in places:
        damaged[place // 8] ^= 1 << place % 8
    refused(scratch, bytes(damaged))


@settings(max_examples=100, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_short_anywhere_is_found(sound, scratch, share):
    refused(scratch, sound[: int(share * len(sound))])


@pytest.mark.parametrize("tail", [b"\0", b"more", bytes(5000)])
def test_bytes_after_the_end_are_found(sound, scratch, tail):
    assert "goes on after its end" in refused(scratch, sound + tail)


@settings(max_examples=200, deadline=None)
@given(noise=st.binary(max_size=300))
def test_noise_is_no_index(scratch, noise):
    refused(scratch, noise)


@settings(max_examples=200, deadline=None)
@given(noise=st.binary(max_size=200), length=st.integers(0, 2**64 - 1))
def test_noise_behind_a_right_beginning_is_refused(scratch, noise, length):
    refused(scratch, length.to_bytes(8, "little") + b'{"__metadata__":{"checksum":"' + noise)


@settings(max_examples=150, deadline=None)
@given(
    manifest=st.dictionaries(
        st.sampled_from(
            [
                "checksums",
                "stream",
                "source",
                "config",
                "encoders",
                "gaps",
                "content",
                "version",
                "format",
            ]
        ),
        plain,
    )
)
def test_a_forged_manifest_is_refused(scratch, manifest):
    text = json.dumps({"format": "syncclip-index", "version": 1} | manifest)
    refused(scratch, forge({"pts": entry("I64", (1,), (0, 8))}, bytes(8), metadata=text))


def test_the_forger_can_make_a_sound_container(scratch):
    scratch.write_bytes(forge({"a": entry()}, b"abcd"))
    assert open_container(scratch).tensor("a").tobytes() == b"abcd"


@pytest.mark.parametrize(
    "tensors",
    [
        {"a": entry(shape=(-4,))},
        {"a": entry(shape=(2**62, 4))},
        {"a": entry(shape=(2**40, 2**40))},
        {"a": entry(shape=(True, 4))},
        {"a": entry(shape=(4.0,))},
        {"a": entry(shape=("4",))},
        {"a": entry(shape=(1, 1, 1, 4))},
        {"a": entry(offsets=(0, 5))},
        {"a": entry(offsets=(-4, 0))},
        {"a": entry(offsets=(1, 5))},
        {"a": entry(dtype="F64")},
        {"a": entry(dtype=["U8"])},
        {"a": entry(shape=(2,), offsets=(0, 2)), "b": entry(shape=(2,), offsets=(0, 2))},
        {
            "a": entry(shape=(1,), offsets=(0, 1)),
            "b": entry("F16", (1,), (1, 3)),
            "c": entry(shape=(1,), offsets=(3, 4)),
        },
        {"a": entry(shape=(5,), offsets=(0, 5))},
        {"a": entry(shape=(3,), offsets=(0, 3))},
        {"a": [1, 2]},
        {"a": None},
        {"a": {}},
        {"__metadata__": {"manifest": "{}"}},
        {},
    ],
)
def test_impossible_tensors_are_refused(scratch, tensors):
    content = forge(tensors, b"abcd")
    refused(scratch, content)
    with pytest.raises(IndexFileError):
        open_container(scratch)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        '{"format":"syncclip-index","version":NaN}',
        '{"format":"syncclip-index","version":1e999}',
        '{"format":"syncclip-index","version":true}',
        '{"format":"syncclip-index","version":' + "9" * 5000 + "}",
        '{"format":"syncclip-index","version":1,"version":1}',
        '{"format":"another","version":1}',
        "[" * 200_000,
        '{"a":' * 100_000,
    ],
)
def test_a_manifest_of_nonsense_is_refused(scratch, text):
    refused(scratch, forge({"a": entry()}, b"abcd", metadata=text))


def test_a_header_longer_than_any_sound_one_is_not_read(scratch):
    content = forge({"a": entry()}, b"abcd", manifest={"filling": "x" * (5 << 20)})
    assert "header length" in refused(scratch, content)


def test_a_checksum_that_the_manifest_lacks_is_refused(scratch):
    content = forge({"a": entry()}, b"abcd", metadata='{"format":"syncclip-index","version":1}')
    assert "checksums" in refused(scratch, content)


@pytest.mark.parametrize(("version", "word"), [(2, "newer"), (999, "newer"), (0, "older")])
def test_another_version_is_named(scratch, version, word):
    scratch.write_bytes(forge({"a": entry()}, b"abcd", manifest={"version": version}))
    with pytest.raises(IndexMismatchError, match=f"{word} SyncClip.*syncclip index MOVIE --force"):
        open_index(scratch)


def test_an_empty_file_and_a_text_file_are_called_what_they_are(scratch):
    assert "an empty file" in refused(scratch, b"")
    assert "another kind of file" in refused(scratch, b"not an index at all, but some text")


def test_a_pickle_is_not_opened(scratch):
    class Boom:
        def __reduce__(self):
            return os._exit, (3,)

    assert "another kind of file" in refused(scratch, pickle.dumps(Boom()))


@pytest.mark.parametrize("name", ["missing.idx", "电影 '片' \n -x.idx"])
def test_a_missing_file_is_one_clear_line(tmp_path, name):
    with pytest.raises(IndexFileError, match="does not exist; make it with: syncclip") as caught:
        open_index(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_folder_and_a_pipe_are_no_index(tmp_path):
    os.mkfifo(tmp_path / "pipe.idx")
    for path in (tmp_path, tmp_path / "pipe.idx"):
        with pytest.raises(IndexFileError, match="is not a file"):
            open_index(path)


def test_a_closed_container_gives_nothing_but_keeps_what_it_gave(tmp_path):
    index = open_index(build(FakeReader(90), tmp_path / "a.idx"))
    taken = index.signatures
    before = taken.copy()
    index.close()
    index.close()
    assert np.array_equal(taken, before)
    with pytest.raises(ValueError, match="closed"):
        _ = index.signatures
