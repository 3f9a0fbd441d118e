import errno
import os
import shutil
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncclip.config import IndexConfig
from syncclip.errors import IndexFileError, OutputError, VideoError
from syncclip.index import is_current, journal, open_index
from syncclip.index.lock import locked
from syncclip.types import DecodeGap, FrameBlock, PixelRect, Shot
from tests.index_fakes import FakeEncoder, FakeReader, SmallBlocks, build, stream_info

FRAMES = 150
DAMAGE = {0: 1, 40: 3, 79: 2, 149: 5}
JOURNAL_FILES = ["pts.bin", "signatures.bin", "chunks.jsonl", "state.json"]


@pytest.fixture(autouse=True, scope="module")
def _small_chunks_without_waiting_for_the_disk():
    patch = pytest.MonkeyPatch()
    patch.setattr(journal, "CHUNK_FRAMES", 16)
    patch.setattr(os, "fsync", lambda descriptor: None)
    yield
    patch.undo()


def film(**changes):
    return FakeReader(FRAMES, damage=DAMAGE, **changes)


def small(**changes):
    return SmallBlocks(FRAMES, damage=DAMAGE, **changes)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return build(small(), tmp_path_factory.mktemp("unbroken") / "film.idx").read_bytes()


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A folder in which a run was stopped in its middle."""
    folder = tmp_path_factory.mktemp("stopped")
    with pytest.raises(KeyboardInterrupt):
        build(small(stop_at=100), folder / "film.idx")
    return folder


@pytest.fixture
def resumable(stopped, tmp_path):
    shutil.copytree(stopped, tmp_path / "copy")
    return tmp_path / "copy"


def part(folder):
    return folder / ".film.idx.part"


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_same_film_gives_the_same_bytes(unbroken, tmp_path):
    assert build(small(), tmp_path / "other.idx").read_bytes() == unbroken
    assert left_in(tmp_path) == ["other.idx"]


def test_the_size_of_the_readers_blocks_does_not_show(unbroken, tmp_path):
    assert build(film(), tmp_path / "film.idx").read_bytes() == unbroken


def test_a_stopped_run_goes_on_where_it_stopped(unbroken, resumable):
    reader = small()
    assert build(reader, resumable / "film.idx").read_bytes() == unbroken
    assert reader.asked_from == [reader.pts(95)]
    assert left_in(resumable) == ["film.idx"]


@pytest.mark.parametrize("stop_at", range(0, FRAMES, 7))
def test_a_run_stopped_at_any_frame_gives_the_same_bytes(unbroken, tmp_path, stop_at):
    with pytest.raises(KeyboardInterrupt):
        build(small(stop_at=stop_at), tmp_path / "film.idx")
    assert not (tmp_path / "film.idx").exists()
    assert build(small(), tmp_path / "film.idx").read_bytes() == unbroken


def test_a_run_stopped_before_anything_was_read_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        build(small(stop_at=0), tmp_path / "film.idx")
    assert left_in(tmp_path) == []


class Failing:
    """Fails the n-th time that it waits for the disk."""

    def __init__(self, at, error):
        self.left, self.error = at, error

    def __call__(self, descriptor):
        self.left -= 1
        if self.left < 0:
            raise self.error


def syncs(tmp_path_factory):
    counter = Failing(10_000, RuntimeError())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", counter)
        build(small(), tmp_path_factory.mktemp("count") / "film.idx")
    return 10_000 - counter.left


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left")])
def test_a_failure_at_every_write_leaves_the_old_index_and_a_run_that_can_go_on(
    unbroken, tmp_path_factory, tmp_path, error
):
    points = syncs(tmp_path_factory)
    assert points > 25
    for point in range(points):
        output = tmp_path / str(point) / "film.idx"
        output.parent.mkdir()
        output.write_bytes(b"the old index")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", Failing(point, error))
            with pytest.raises((KeyboardInterrupt, OutputError)):
                build(small(), output)
        if point < points - 1:  # the last one waits for the folder: the file is in place by then
            assert output.read_bytes() == b"the old index"
        assert build(small(), output).read_bytes() == unbroken
        assert left_in(output.parent) == ["film.idx"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_a_power_cut_left_of_the_journal_the_bytes_are_the_same(
    stopped, unbroken, tmp_path_factory, data
):
    folder = tmp_path_factory.mktemp("cut")
    shutil.copytree(stopped, folder, dirs_exist_ok=True)
    for name in data.draw(st.sets(st.sampled_from(JOURNAL_FILES), min_size=1)):
        path = part(folder) / name
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        how = data.draw(st.sampled_from(["missing", "short", "flipped", "zeros", "longer"]))
        if how == "missing":
            path.unlink()
            continue
        if how == "short":
            del content[at:]
        elif how == "flipped":
            content[at] ^= 1 << at % 8
        elif how == "zeros":
            content[at:] = bytes(len(content) - at)
        else:
            content += data.draw(st.binary(min_size=1, max_size=99))
        path.write_bytes(content)
    assert build(small(), folder / "film.idx").read_bytes() == unbroken


@pytest.mark.parametrize(
    "line",
    [
        b'{"frames":99999999999999,"gaps":[],"digest":""}\n',
        b'{"frames":-1,"gaps":[],"digest":""}\n',
        b'{"frames":true,"gaps":[],"digest":""}\n',
        b'{"frames":1,"gaps":[3],"digest":""}\n',
        b'{"frames":1}\n',
        b"[" * 100_000 + b"\n",
        b"[]\n",
    ],
)
def test_a_nonsense_line_in_the_journal_ends_it(unbroken, resumable, line):
    with (part(resumable) / "chunks.jsonl").open("ab") as file:
        file.write(line)
    reader = small()
    assert build(reader, resumable / "film.idx").read_bytes() == unbroken
    assert reader.asked_from == [reader.pts(95)]


@pytest.mark.parametrize(
    "change",
    [
        {"fingerprint": "beef"},
        {"content": PixelRect(0, 0, 160, 90)},
        {"config": IndexConfig(signature_size=(24, 14))},
    ],
)
def test_a_journal_of_another_film_or_setting_is_discarded(resumable, tmp_path, change):
    reader = small(seed=1)
    found = build(reader, resumable / "film.idx", **change).read_bytes()
    assert reader.asked_from == [None]
    assert found == build(small(seed=1), tmp_path / "new.idx", **change).read_bytes()


def test_a_journal_of_another_reader_is_discarded(resumable):
    reader = small(name="other")
    build(reader, resumable / "film.idx")
    assert reader.asked_from == [None]


def test_another_sampling_goes_on_with_the_same_frames(resumable):
    reader = small()
    build(reader, resumable / "film.idx", config=IndexConfig(samples_per_s=4.0))
    assert reader.asked_from == [reader.pts(95)]


class Late(SmallBlocks):
    """Lands a frame late when it goes on in the middle, as MPEG-TS seeks do."""

    def thumbnails(self, **options):
        if options.get("from_pts") is not None:
            options["from_pts"] += 1
        return super().thumbnails(**options)


def test_a_reader_that_goes_on_at_another_frame_starts_anew(unbroken, resumable):
    reader = Late(FRAMES, damage=DAMAGE)
    assert build(reader, resumable / "film.idx").read_bytes() == unbroken
    assert reader.asked_from[-1] is None


def test_a_reader_that_gives_other_pixels_than_before_starts_anew(resumable, tmp_path):
    reader = small(seed=1)
    found = build(reader, resumable / "film.idx").read_bytes()
    assert reader.asked_from[-1] is None
    assert found == build(small(seed=1), tmp_path / "new.idx").read_bytes()


def test_a_film_that_has_become_shorter_starts_anew(resumable, tmp_path):
    found = build(SmallBlocks(60), resumable / "film.idx").read_bytes()
    assert found == build(SmallBlocks(60), tmp_path / "new.idx").read_bytes()


def test_damage_met_before_and_after_a_stop_is_recorded_once(resumable):
    reader = small()
    expected = tuple(
        DecodeGap(reader.info.seconds(reader.pts(frame)), lost) for frame, lost in DAMAGE.items()
    )
    with open_index(build(reader, resumable / "film.idx")) as index:
        assert index.manifest.gaps == expected


def test_two_runs_do_not_write_the_same_index(tmp_path):
    output = tmp_path / "film.idx"
    with (
        locked(tmp_path / ".film.idx.part", output=output),
        pytest.raises(OutputError, match="is being written by another run"),
    ):
        build(film(), output)
    assert left_in(tmp_path) == []
    build(film(), output)


def test_the_lock_file_of_a_dead_run_is_taken_over(tmp_path):
    (tmp_path / ".film.idx.part").mkdir()
    (tmp_path / ".film.idx.part" / "lock").touch()
    build(film(), tmp_path / "film.idx")
    assert left_in(tmp_path) == ["film.idx"]


def test_a_movie_without_a_frame_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(VideoError, match=r"film.mp4: no frame can be decoded"):
        build(FakeReader(0), tmp_path / "film.idx")
    assert left_in(tmp_path) == []


def test_a_movie_of_one_frame_is_indexed(tmp_path):
    reader = FakeReader(1)
    with open_index(build(reader, tmp_path / "film.idx")) as index:
        assert index.times.end_pts == reader.pts(1)
        assert index.tracks["fake"].frames.size == 0


def test_timestamps_that_go_backwards_are_refused(tmp_path):
    class Backwards(FakeReader):
        def thumbnails(self, **options):
            for block in super().thumbnails(**options):
                yield block
                yield block

    with pytest.raises(VideoError, match="timestamps go backwards"):
        build(Backwards(20), tmp_path / "film.idx")


def test_empty_blocks_are_harmless(tmp_path, unbroken):
    class Stuttering(FakeReader):
        def thumbnails(self, **options):
            for block in super().thumbnails(**options):
                yield FrameBlock(block.pts[:0], block.grey[:0])
                yield block

    output = build(Stuttering(FRAMES, damage=DAMAGE), tmp_path / "film.idx")
    assert output.read_bytes() == unbroken


def test_facts_that_no_index_can_hold_are_refused_before_anything_is_read(tmp_path):
    info = replace(stream_info(), frame_rate=Fraction(10**12, 7))
    reader = film(info=info)
    with pytest.raises(VideoError, match="cannot be indexed"):
        build(reader, tmp_path / "film.idx")
    assert reader.asked_from == []


@pytest.mark.parametrize("failing", ["detect_shots", "encoder"])
def test_a_stage_that_fails_leaves_the_old_index_and_the_frames_read(tmp_path, unbroken, failing):
    class Broken(FakeEncoder):
        def describe(self, grey):
            return np.full((len(grey), self.dim), np.nan, np.float32)

    def no_shots(signatures):
        raise RuntimeError("no shots")

    output = tmp_path / "film.idx"
    output.write_bytes(b"the old index")
    change = {"detect_shots": no_shots} if failing == "detect_shots" else {"encoders": [Broken()]}
    with pytest.raises((RuntimeError, ValueError), match=r"no shots|must give finite"):
        build(film(), output, **change)
    assert output.read_bytes() == b"the old index"
    reader = film()
    assert build(reader, output).read_bytes() == unbroken
    assert reader.asked_from == [reader.pts(FRAMES - 1)]


def test_an_index_that_could_not_be_opened_is_not_put_in_place(tmp_path):
    output = tmp_path / "film.idx"
    output.write_bytes(b"the old index")
    with pytest.raises(IndexFileError, match="its shots overlap"):
        build(film(), output, detect_shots=lambda signatures: [Shot(0, 50), Shot(40, 90)])
    assert output.read_bytes() == b"the old index"


def test_an_output_that_is_a_folder_or_the_movie_or_below_a_file_is_refused(tmp_path):
    movie = tmp_path / "film.mp4"
    movie.write_bytes(b"the movie")
    reader = film(info=stream_info(movie))
    with pytest.raises(OutputError, match="is a folder; give a file name with -o"):
        build(reader, tmp_path)
    with pytest.raises(OutputError, match="is the movie itself; give another file name with -o"):
        build(reader, movie)
    with pytest.raises(OutputError, match=r"cannot write .*; check free space and permissions"):
        build(reader, movie / "film.idx")
    assert left_in(tmp_path) == ["film.mp4"]
    assert movie.read_bytes() == b"the movie"


def test_files_of_others_in_the_working_folder_are_left_alone(tmp_path):
    (tmp_path / ".film.idx.part").mkdir()
    (tmp_path / ".film.idx.part" / "mine.txt").write_text("mine")
    build(film(), tmp_path / "film.idx")
    assert left_in(tmp_path / ".film.idx.part") == ["lock", "mine.txt"]


def test_missing_folders_of_the_output_are_made(tmp_path, unbroken):
    assert build(film(), tmp_path / "a" / "b" / "film.idx").read_bytes() == unbroken


@pytest.mark.parametrize(
    "name",
    ["电影 《片》.idx", "-q 'x' \"y\".idx", "two\nlines.idx", "影" * 83 + ".idx", ".idx"],
    ids=["chinese", "dash and quotes", "newline", "longest", "dot"],
)
def test_any_file_name_will_do(tmp_path, unbroken, name):
    assert build(film(), tmp_path / name).read_bytes() == unbroken
    assert left_in(tmp_path) == [name]


def test_the_end_of_the_last_frame_is_the_usual_period_later(tmp_path):
    class Variable(FakeReader):
        def pts(self, frame):
            return 500 + 1001 * frame + (50_000 if frame > 3 else 0)

    reader = Variable(30)
    with open_index(build(reader, tmp_path / "film.idx")) as index:
        assert index.times.end_pts == reader.pts(29) + 1001


def test_progress_counts_every_frame_and_never_goes_back(tmp_path):
    seen = []
    info = replace(stream_info(), frames_from_header=FRAMES)
    build(small(info=info), tmp_path / "film.idx", on_progress=seen.append)
    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages == ["Reading movie", "Finding cuts", "Describing frames", "Writing index"]
    reading = [progress for progress in seen if progress.stage == "Reading movie"]
    assert [progress.done for progress in reading] == sorted(progress.done for progress in reading)
    last = {progress.stage: (progress.done, progress.total) for progress in seen}
    assert {stage: done == total for stage, (done, total) in last.items()} == dict.fromkeys(
        stages, True
    )
    assert last["Reading movie"] == (FRAMES, FRAMES)


def test_a_film_shorter_than_its_header_says_is_read_to_its_end(tmp_path):
    seen = []
    info = replace(stream_info(), frames_from_header=3 * FRAMES)
    build(small(info=info), tmp_path / "film.idx", on_progress=seen.append)
    reading = [progress for progress in seen if progress.stage == "Reading movie"]
    assert (reading[-1].done, reading[-1].total) == (FRAMES, FRAMES)


def test_a_resumed_run_counts_the_frames_it_found(resumable):
    seen = []
    build(small(), resumable / "film.idx", on_progress=seen.append)
    assert (seen[0].stage, seen[0].done) == ("Reading movie", 96)


def test_an_index_is_current_until_anything_about_it_changes(tmp_path):
    path = build(film(), tmp_path / "film.idx")
    same = {"fingerprint": "f00d", "config": IndexConfig(), "encoders": [FakeEncoder()]}
    assert is_current(path, **same)
    assert not is_current(path, **same | {"fingerprint": "beef"})
    two = [FakeEncoder(), FakeEncoder(id="more")]
    other = build(film(), tmp_path / "two.idx", encoders=two)
    assert is_current(other, **same | {"encoders": two[::-1]})
    assert is_current(other, **same)  # a track that nobody asks for does no harm
    assert not is_current(path, **same | {"config": IndexConfig(samples_per_s=3.0)})
    assert not is_current(path, **same | {"encoders": [FakeEncoder(fingerprint="fake-2")]})
    assert not is_current(path, **same | {"encoders": two})
    assert not is_current(tmp_path / "missing.idx", **same)
    path.write_bytes(path.read_bytes()[:-1])
    assert not is_current(path, **same)
