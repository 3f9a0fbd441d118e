"""The track of a model: which frames it is shown, and that a broken run gives the same bytes."""

from __future__ import annotations

import errno
import os
import shutil
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncclip.config import IndexConfig, PictureConfig
from syncclip.errors import OutputError, SettingsError
from syncclip.index import is_current, journal, open_index, pictures
from syncclip.index.sampling import ContentSampler
from tests.index_fakes import FakeEncoder, FakeModel, SmallBlocks, build

FRAMES = 400
DENSE = PictureConfig(samples_per_s=6.0, likeness=0.999)


@pytest.fixture(autouse=True, scope="module")
def _small_chunks_without_waiting_for_the_disk():
    patch = pytest.MonkeyPatch()
    patch.setattr(journal, "CHUNK_FRAMES", 16)
    patch.setattr(pictures, "CHUNK_ROWS", 8)
    patch.setattr(os, "fsync", lambda descriptor: None)
    yield
    patch.undo()


def small(**changes):
    return SmallBlocks(FRAMES, **changes)


def made(reader, output, **changes):
    return build(reader, output, **{"model": FakeModel(), "chosen": DENSE} | changes)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return made(small(), tmp_path_factory.mktemp("unbroken") / "film.idx")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopped")
    with pytest.raises(KeyboardInterrupt):
        made(small(stop_at=300), folder / "film.idx")
    return folder


@pytest.fixture
def resumable(stopped, tmp_path):
    shutil.copytree(stopped, tmp_path / "copy")
    return tmp_path / "copy"


def test_the_track_holds_what_the_model_gave_for_the_chosen_frames(unbroken):
    with open_index(unbroken) as index:
        track, reader = index.tracks["fake-model"], small()
        record = index.manifest.encoders[1]
        assert 40 < len(track.frames) < 100
        one = FakeModel()
        for start in range(0, len(track.frames), one.batch):
            numbers = track.frames[start : start + one.batch].tolist()
            shown = [np.stack([reader.picture(n, (12, 10))] * 3, axis=-1) for n in numbers]
            expected = one.describe(np.stack(shown)).astype(np.float16)
            assert np.array_equal(track.vectors[start : start + one.batch], expected)
    assert (record.id, record.dim, record.model) == ("fake-model", 6, "Fake-1:nothing")
    assert record.preprocessing == "rgb 12x10; 6 frames/s, alike from 0.999"
    assert record.fingerprint == "weights-1"


def test_the_other_tracks_are_those_of_an_index_without_a_model(unbroken, tmp_path):
    plain = build(small(), tmp_path / "plain.idx")
    with open_index(plain) as without, open_index(unbroken) as with_model:
        assert np.array_equal(without.signatures, with_model.signatures)
        assert np.array_equal(without.tracks["fake"].vectors, with_model.tracks["fake"].vectors)
        assert "model" not in str(without.manifest.to_json()["encoders"])


def test_the_model_is_shown_whole_batches_in_the_background(tmp_path):
    model = FakeModel()
    made(small(), tmp_path / "film.idx", model=model)
    assert set(model.batches[:-1]) == {4}
    assert 1 <= model.batches[-1] <= 4


@pytest.mark.parametrize("stop_at", [*range(0, FRAMES, 23), FRAMES - 1])
def test_a_run_stopped_at_any_frame_gives_the_same_bytes(unbroken, tmp_path, stop_at):
    with pytest.raises(KeyboardInterrupt):
        made(small(stop_at=stop_at), tmp_path / "film.idx")
    assert made(small(), tmp_path / "film.idx").read_bytes() == unbroken.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["film.idx"]


def test_a_run_that_goes_on_asks_the_model_only_for_what_is_missing(unbroken, resumable):
    model, reader = FakeModel(), small()
    assert made(reader, resumable / "film.idx", model=model).read_bytes() == unbroken.read_bytes()
    whole = FakeModel()
    made(small(), resumable / "other.idx", model=whole)
    assert 0 < sum(model.batches) < sum(whole.batches) / 2
    assert reader.pts(100) < reader.asked_from[0] < reader.pts(300)


@pytest.mark.parametrize("stop_at", [35, 180])
def test_a_run_stopped_twice_gives_the_same_bytes(unbroken, tmp_path, stop_at):
    for at in (stop_at, stop_at + 40, stop_at + 41):
        with pytest.raises(KeyboardInterrupt):
            made(small(stop_at=at), tmp_path / "film.idx")
    assert made(small(), tmp_path / "film.idx").read_bytes() == unbroken.read_bytes()


class Full:
    """The disk is full from the n-th time on that somebody waits for it."""

    def __init__(self, left):
        self.left = left

    def __call__(self, descriptor):
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("point", range(0, 60, 4))
def test_a_disk_that_is_full_is_one_clear_line_and_the_run_can_go_on(unbroken, tmp_path, point):
    output = tmp_path / "film.idx"
    output.write_bytes(b"the old index")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", Full(point))
        with pytest.raises(OutputError, match=r"cannot write .*No space left on device; check"):
            made(small(), output)
    assert output.read_bytes() == b"the old index"
    assert made(small(), output).read_bytes() == unbroken.read_bytes()


def test_a_model_that_fails_leaves_what_it_gave_before(unbroken, tmp_path):
    class Failing(FakeModel):
        def describe(self, given):
            if len(self.batches) == 6:
                raise RuntimeError("the card fell off")
            return super().describe(given)

    with pytest.raises(RuntimeError, match="the card fell off"):
        made(small(), tmp_path / "film.idx", model=Failing())
    model = FakeModel()
    output = made(small(), tmp_path / "film.idx", model=model)
    assert output.read_bytes() == unbroken.read_bytes()
    with open_index(output) as index:
        assert sum(model.batches) == len(index.tracks["fake-model"].frames) - 24


def test_a_model_that_breaks_its_contract_is_found_out(tmp_path):
    class Broken(FakeModel):
        def describe(self, given):
            return np.full((len(given), self.dim), np.nan, np.float32)

    with pytest.raises(ValueError, match="must give finite"):
        made(small(), tmp_path / "film.idx", model=Broken())


@pytest.mark.parametrize(
    "changes",
    [
        {"model": FakeModel(fingerprint="weights-2")},
        {"model": FakeModel(batch=5)},
        {"chosen": PictureConfig(samples_per_s=3.0)},
    ],
    ids=["weights", "batch", "choice"],
)
def test_vectors_of_another_model_or_choice_are_not_used(resumable, tmp_path, changes):
    found = made(small(), resumable / "film.idx", **changes).read_bytes()
    assert found == made(small(), tmp_path / "new.idx", **changes).read_bytes()


def test_a_run_may_go_on_without_the_model_or_take_one_on(unbroken, resumable, tmp_path):
    plain = build(small(), resumable / "film.idx")
    assert plain.read_bytes() == build(small(), tmp_path / "plain.idx").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        build(small(stop_at=300), tmp_path / "film.idx")
    reader = small()
    assert made(reader, tmp_path / "film.idx").read_bytes() == unbroken.read_bytes()


class Other(SmallBlocks):
    """Gives other pixels where it goes on, but only after some frames."""

    def picture(self, frame, size):
        given = super().picture(frame, size)
        return 255 - given if len(self.asked_from) == 1 and frame == 250 else given


def test_a_reader_that_gives_other_frames_than_before_starts_anew(unbroken, resumable):
    with (resumable / ".film.idx.part" / "track.fake-model.jsonl").open("r+b") as lines:
        lines.truncate(0)  # no vectors are left: all frames are read again
    reader = Other(FRAMES)
    assert made(reader, resumable / "film.idx").read_bytes() == unbroken.read_bytes()
    assert reader.asked_from[-1] is None
    assert len(reader.asked_from) == 2


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_whatever_a_power_cut_left_of_the_vectors_the_bytes_are_the_same(
    stopped, unbroken, tmp_path_factory, data
):
    folder = tmp_path_factory.mktemp("cut")
    shutil.copytree(stopped, folder, dirs_exist_ok=True)
    for name in data.draw(
        st.sets(st.sampled_from(["pts.bin", "track.fake-model.bin", "track.fake-model.jsonl"]))
    ):
        path = folder / ".film.idx.part" / name
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        how = data.draw(st.sampled_from(["missing", "short", "flipped", "longer"]))
        if how == "missing":
            path.unlink()
            continue
        if how == "short":
            del content[at:]
        elif how == "flipped":
            content[at] ^= 1 << at % 8
        else:
            content += data.draw(st.binary(min_size=1, max_size=99))
        path.write_bytes(content)
    assert made(small(), folder / "film.idx").read_bytes() == unbroken.read_bytes()


def test_an_index_is_current_only_with_the_model_that_is_asked_for(unbroken):
    same = {"fingerprint": "f00d", "config": IndexConfig(), "encoders": [FakeEncoder()]}
    assert is_current(unbroken, **same)
    assert is_current(unbroken, **same, models={"fake-model": "weights-1"})
    assert not is_current(unbroken, **same, models={"fake-model": "weights-2"})
    assert not is_current(unbroken, **same, models={"clip": "weights-1"})


class Shown:
    """Encodes the mean of a picture as an angle; black is flat."""

    def describe(self, grey):
        angle = grey.mean(axis=(1, 2)) / 255 * np.pi / 2
        rows = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (angle > 0)[:, None]
        return rows.astype(np.float32)


def taken(levels, *, per_s=2.0, likeness=0.9, rate=24):
    sampler = ContentSampler(
        Shown(),
        time_base=Fraction(1, 1000),
        config=PictureConfig(samples_per_s=per_s, likeness=likeness),
    )
    grey = [np.full((4, 4), level, np.uint8) for level in levels]
    return [n for n, g in enumerate(grey) if sampler(1_000_000 + 1000 * n // rate, g)]


def test_a_still_picture_is_taken_once():
    assert taken([100] * 240) == [0]


def test_a_change_is_taken_at_the_next_point_of_the_grid():
    assert taken([30] * 50 + [200] * 50) == [0, 60]


def test_constant_change_is_taken_as_often_as_the_grid_allows():
    levels = [30 + 200 * (n // 3 % 2) for n in range(97)]
    assert len(taken(levels, per_s=4.0)) <= 17
    assert taken([20 + 200 * (n // 12 % 2) for n in range(97)]) == [
        0,
        12,
        24,
        36,
        48,
        60,
        72,
        84,
        96,
    ]


def test_slow_change_is_taken_once_it_adds_up():
    few = taken(list(range(10, 250)), likeness=0.9)
    assert few[0] == 0
    assert 3 <= len(few) <= 5


def test_flat_frames_are_never_taken():
    assert taken([0] * 100) == []
    assert taken([0] * 24 + [90] * 24) == [24]


@pytest.mark.parametrize("wrong", [{"samples_per_s": 0}, {"likeness": 1.5}, {"likeness": 0.0}])
def test_an_impossible_choice_is_refused(wrong):
    with pytest.raises(SettingsError, match="must be 0 to"):
        PictureConfig(**wrong)
