"""The sound of a commentary, as speech recognisers take it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from syncclip.errors import VideoError
from syncclip.video import read_sound
from tests import media

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def beeps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stereo at 44.1 kHz: a tone on the left from 1.0 to 1.5 s of 3 s."""
    path = tmp_path_factory.mktemp("sound") / "beeps.wav"
    time_s = np.arange(3 * 44_100) / 44_100
    tone = 16_000 * np.sin(2 * np.pi * 500 * time_s) * ((time_s >= 1.0) & (time_s < 1.5))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(np.stack([tone, 0 * tone], axis=1).astype("<i2").tobytes())
    return path


def heard(sound: np.ndarray, level: float = 0.1) -> tuple[float, float]:
    """Seconds at which the tone begins and ends."""
    loud = np.flatnonzero(np.abs(sound) > level)
    return loud[0] / RATE_HZ, loud[-1] / RATE_HZ


def with_picture(folder: Path, *sound: str | Path, name: str = "talk.mp4") -> Path:
    picture = ("-f", "lavfi", "-i", "testsrc=duration=4:size=64x36:rate=25")
    media.ffmpeg(*picture, *sound, "-map", "0:v", "-map", "1:a", "-shortest", folder / name)
    return folder / name


def test_sound_is_what_the_ffmpeg_program_makes_of_it(beeps: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.pcm"
    media.ffmpeg("-i", beeps, "-ac", "1", "-ar", str(RATE_HZ), "-f", "s16le", raw)
    wanted = np.fromfile(raw, "<i2").astype(np.float32) / 32768
    sound = read_sound(beeps)
    assert sound.dtype == np.float32
    assert abs(len(sound) - len(wanted)) <= 1
    n = min(len(sound), len(wanted))
    np.testing.assert_allclose(sound[:n], wanted[:n], atol=2 / 32768)


def test_sound_stands_at_the_times_that_players_hear_it(beeps: Path, tmp_path: Path) -> None:
    plain = read_sound(with_picture(tmp_path, "-i", beeps))
    assert heard(plain) == pytest.approx((1.0, 1.5), abs=0.02)
    late = read_sound(with_picture(tmp_path, "-itsoffset", "0.7", "-i", beeps, name="late.mkv"))
    assert heard(late) == pytest.approx((1.7, 2.2), abs=0.02)


def test_a_gap_in_the_sound_is_silence(beeps: Path, tmp_path: Path) -> None:
    gap = "aselect='not(between(t,0.4,0.8))'"  # without new timestamps: a hole in the stream
    path = with_picture(tmp_path, "-i", beeps, "-af", gap, "-c:a", "pcm_s16le", name="gap.mkv")
    assert heard(read_sound(path)) == pytest.approx((1.0, 1.5), abs=0.02)


def test_damaged_sound_is_read_around_the_damage(beeps: Path, tmp_path: Path) -> None:
    path = with_picture(tmp_path, "-i", beeps, "-c:a", "aac", name="talk.ts")
    data = bytearray(path.read_bytes())
    for packet in range(len(data) // 188 // 3, len(data) // 188 // 3 + 3):
        data[packet * 188 + 8 : packet * 188 + 180] = b"\xff" * 172
    path.write_bytes(data)
    whole, hurt = read_sound(with_picture(tmp_path, "-i", beeps)), read_sound(path)
    assert len(hurt) == pytest.approx(len(whole), abs=0.05 * RATE_HZ)
    assert heard(hurt) == pytest.approx((1.4, 1.5), abs=0.1)  # what was destroyed is silence


def test_a_film_without_sound_has_none(tmp_path: Path) -> None:
    mute = media.film(tmp_path / "mute.mp4", shots=1, seconds=0.5, size=(64, 36))
    assert read_sound(mute.path) is None


def test_how_far_the_reading_is_is_told(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    media.ffmpeg("-f", "lavfi", "-i", "sine=duration=35:sample_rate=8000", path)
    told: list[float] = []
    read_sound(path, on_second=told.append)
    assert told == pytest.approx([10, 20, 30], abs=0.3)


def test_what_is_no_media_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no film at all", encoding="utf-8")
    with pytest.raises(VideoError, match=r"notes\.mp4"):
        read_sound(path)
