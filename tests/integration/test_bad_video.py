"""Bad and unusual files: one clear line that names the file, or everything that can be read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from syncclip.errors import VideoError
from syncclip.video import fingerprint, open_video, probe
from tests import media

Clips = Callable[[str], media.Clip]


def refusal(path: Path) -> str:
    """The one line with which a file is refused."""
    with pytest.raises(VideoError) as caught:
        open_video(path)
    line = str(caught.value)
    assert "\n" not in line
    assert repr(str(path)) in line
    assert "; " in line.split(repr(str(path)))[1], "what to do next"
    return line


def numbers(path: Path) -> tuple[list[int], tuple]:
    with open_video(path, threads=1) as reader:
        size = (reader.info.width_px, reader.info.height_px)
        grey = [picture for block in reader.thumbnails(size=size) for picture in block.grey]
        return [media.read_number(picture) for picture in grey], tuple(reader.gaps)


def test_a_missing_file(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "nowhere.mp4")


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert "is empty" in refusal(path)


@pytest.mark.parametrize("name", ["notes.mp4", "notes.txt", "notes.m3u8"])
def test_a_text_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("Dear editor,\nthis is not a film.\n" * 50)
    assert "not a video" in refusal(path)


def test_a_playlist_does_not_open_other_files(clip: Clips, tmp_path: Path) -> None:
    path = tmp_path / "list.mp4"
    path.write_text(f"ffconcat version 1.0\nfile '{clip('b_frames').path}'\n")
    assert "not a video" in refusal(path)


def test_a_still_picture(clip: Clips, tmp_path: Path) -> None:
    path = tmp_path / "still.png"
    media.ffmpeg("-i", clip("b_frames").path, "-frames:v", "1", path)
    assert "not a video" in refusal(path)


def test_a_file_of_sound_only(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    media.ffmpeg("-f", "lavfi", "-i", "sine=duration=0.5", path)
    assert "only sound" in refusal(path)


def test_sound_with_a_cover_picture(clip: Clips, tmp_path: Path) -> None:
    cover, path = tmp_path / "cover.png", tmp_path / "song.m4a"
    media.ffmpeg("-i", clip("b_frames").path, "-frames:v", "1", cover)
    inputs = ("-f", "lavfi", "-i", "sine=duration=0.5", "-i", cover, "-map", "0", "-map", "1")
    media.ffmpeg(*inputs, "-c:v", "copy", "-disposition:v", "attached_pic", path)
    assert "only a cover picture" in refusal(path)


def test_the_film_is_chosen_before_its_cover_picture(clip: Clips, tmp_path: Path) -> None:
    film, cover, path = clip("b_frames"), tmp_path / "cover.png", tmp_path / "with_cover.mp4"
    media.ffmpeg("-i", film.path, "-frames:v", "1", "-vf", "scale=640:360", cover)
    maps = ("-map", "1", "-map", "0", "-c", "copy", "-disposition:v:0", "attached_pic")
    media.ffmpeg("-i", film.path, "-i", cover, *maps, path)
    read, gaps = numbers(path)
    assert (tuple(read), gaps) == (film.numbers, ())


def test_a_film_cut_short_without_its_table_of_contents(clip: Clips, tmp_path: Path) -> None:
    path = media.truncated(clip("b_frames"), tmp_path / "cut.mp4")
    assert "moov" in refusal(path)


def test_a_video_without_frames(clip: Clips, tmp_path: Path) -> None:
    path = tmp_path / "nothing.mkv"
    media.ffmpeg("-i", clip("b_frames").path, "-ss", "100", "-c", "copy", path)
    refusal(path)


def test_a_file_that_may_not_be_read_is_reported_with_the_reason(
    clip: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret.mp4"
    shutil.copy(clip("b_frames").path, path)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "cannot read" in refusal(path)
    assert "Permission denied" in refusal(path)


def test_a_special_file() -> None:
    assert "not a regular file" in refusal(Path("/dev/null"))


def test_a_film_cut_short_is_read_as_far_as_it_goes(clip: Clips, tmp_path: Path) -> None:
    whole, first = clip("b_frames"), tmp_path / "first.mp4"
    media.ffmpeg("-i", whole.path, "-c", "copy", "-movflags", "+faststart", first)
    path = tmp_path / "cut.mp4"
    path.write_bytes(first.read_bytes()[: int(first.stat().st_size * 0.6)])
    read, gaps = numbers(path)
    assert 20 < len(read) < 50
    assert read[:20] == list(range(20))
    assert sum(gap.packets_lost for gap in gaps) == pytest.approx(60 - len(read), abs=3)
    assert gaps[-1].after_s == pytest.approx((len(read) - 1) / 24, abs=0.15)


@pytest.mark.parametrize("name", ["b_frames", "open_gop", "mpeg_ts", "av1", "hevc"])
def test_damage_in_the_middle_is_passed_over_and_reported(
    clip: Clips, tmp_path: Path, name: str
) -> None:
    whole = clip(name)
    path = media.damaged(whole, tmp_path / whole.path.name, at=0.4, share=0.02)
    read, gaps = numbers(path)
    assert len(read) >= 40
    assert read[:15] == list(range(15))
    assert read[-10:] == list(range(50, 60))
    assert gaps
    assert all(0.6 < gap.after_s < 1.5 for gap in gaps)
    lost = sum(gap.packets_lost for gap in gaps)
    assert 1 <= lost <= 20


def test_reading_damage_twice_reports_it_once(clip: Clips, tmp_path: Path) -> None:
    path = media.damaged(clip("b_frames"), tmp_path / "damaged.mp4", at=0.4, share=0.02)
    with open_video(path, threads=1) as reader:
        first, second = (
            [list(reader.thumbnails(size=(8, 8))), tuple(reader.gaps)][1] for _ in range(2)
        )
    assert first == second
    assert first


@pytest.mark.parametrize("name", sorted(media.VARIANTS))
def test_sound_files_report_no_damage(clip: Clips, name: str) -> None:
    assert numbers(clip(name).path)[1] == ()


@pytest.mark.parametrize(
    "name",
    [
        "-dash.mp4",
        "two words.mp4",
        'it\'s "quoted".mp4',
        "line\nbreak.mp4",
        "电影解说.mp4",
        "frame%03d.mp4",
        "concat:a|b.mp4",
        "https:x.mp4",
        "star*[1]?.mp4",
        "bytes\udcff.mp4",
    ],
)
def test_every_file_name_opens_that_very_file(clip: Clips, tmp_path: Path, name: str) -> None:
    film, path = clip("b_frames"), tmp_path / name
    shutil.copy(film.path, path)
    assert tuple(numbers(path)[0]) == film.numbers
    assert probe(path).path == path


def test_a_relative_name_with_a_leading_dash(
    clip: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(clip("b_frames").path, tmp_path / "-y.mp4")
    monkeypatch.chdir(tmp_path)
    assert probe("-y.mp4").frames_from_header == 60


def test_decord_opens_unusual_names_too(clip: Clips, tmp_path: Path) -> None:
    pytest.importorskip("decord")
    path = tmp_path / "-电影 '1'\n.mp4"
    shutil.copy(clip("b_frames").path, path)
    with open_video(path, reader="decord") as reader:
        assert sum(len(b.pts) for b in reader.thumbnails(size=(8, 8))) == 60


def test_a_fingerprint_follows_the_content_not_the_name(clip: Clips, tmp_path: Path) -> None:
    film = clip("b_frames").path
    copy = Path(shutil.copy(film, tmp_path / "other.mp4"))
    assert fingerprint(copy) == fingerprint(film)
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)
    assert fingerprint(copy) != fingerprint(film)
    copy.write_bytes(film.read_bytes() + b"\0")
    assert fingerprint(copy) != fingerprint(film)


def test_a_fingerprint_reads_little_of_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(40_000_000_000)  # sparse
    assert len(fingerprint(path)) == 32


def test_full_size_pictures_of_one_frame_are_complete(clip: Clips) -> None:
    with open_video(clip("one_frame").path) as reader:
        blocks = list(reader.thumbnails(size=(16, 9)))
        assert [len(b.pts) for b in blocks] == [1]
        assert np.ptp(blocks[0].grey) > 20
