"""The sound of rendered results, measured at the clips' known tones."""

from __future__ import annotations

import wave
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from syncclip._ffmpeg import file_url
from tests.integration.test_rendering import (
    RATE,
    decoded,
    numbered_frame,
    render,
    segment,
    times_of,
    write_clip,
)

LOW, HIGH, VOICE = 300, 900, 2100


def write_steps(path: Path, steps: list[tuple[float, float]], level: int = 8000) -> Path:
    """A sound file of tones: (Hz, seconds); 0 Hz is silence."""
    parts = []
    for hz, seconds in steps:
        time_s = np.arange(round(seconds * 48000)) / 48000
        parts.append(level * np.sin(2 * np.pi * hz * time_s))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(np.concatenate(parts).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The movie hums low for two seconds, then high; the commentary speaks for 1.5 of 3 seconds."""
    folder = tmp_path_factory.mktemp("sound")
    hum = write_steps(folder / "hum.wav", [(LOW, 2.0), (HIGH, 2.0)])
    voice = write_steps(folder / "voice.wav", [(VOICE, 1.5), (0, 1.5)])
    movie = [numbered_frame(n) for n in range(96)]
    talk = [numbered_frame(n, base=50) for n in range(72)]
    return SimpleNamespace(
        movie=write_clip(folder / "movie.mp4", movie, sound=hum),
        commentary=write_clip(folder / "talk.mp4", talk, sound=voice),
        mute=write_clip(folder / "mute.mp4", talk),
        voice=voice,
        folder=folder,
    )


def heard(path: Path) -> tuple[np.ndarray, int]:
    """(n,) samples of the first channel, as players hear them, and their rate."""
    with av.open(file_url(path)) as file:
        stream = file.streams.audio[0]
        parts = [frame.to_ndarray()[0] for frame in file.decode(stream)]
        return np.concatenate(parts), stream.rate


def level(samples: np.ndarray, rate: int, hz: float, start_s: float, end_s: float) -> float:
    """Amplitude of a tone within a stretch."""
    part = samples[round(start_s * rate) : round(end_s * rate)]
    time_s = np.arange(len(part)) / rate
    window = np.hanning(len(part))
    return float(abs(np.sum(part * window * np.exp(-2j * np.pi * hz * time_s))) / window.sum() * 2)


def durations(path: Path) -> tuple[float, float]:
    with av.open(file_url(path)) as file:
        picture, sound = file.streams.video[0], file.streams.audio[0]
        return (
            float(picture.duration * picture.time_base),
            float(sound.duration * sound.time_base),
        )


ALL = (segment(0, 72, movie="movie.mp4", movie_start_s=0.0),)
CUTS = (
    segment(0, 24, movie="movie.mp4", movie_start_s=2.5),
    segment(24, 36),
    segment(36, 60, movie="movie.mp4", movie_start_s=0.5, speed=0.5),
    segment(60, 72, movie="movie.mp4", movie_start_s=1.0, speed=0.0),
)


def test_the_narration_is_copied_sample_by_sample(clips, tmp_path):
    report = render(clips, tmp_path, ALL)
    ours, _ = heard(report.output)
    theirs, _ = heard(clips.commentary)
    shared = min(len(ours), len(theirs))
    assert shared > 2.9 * 48000
    np.testing.assert_array_equal(ours[:shared], theirs[:shared])
    assert report.notes == ()


def test_the_narration_stays_in_step_when_the_file_starts_late(clips, tmp_path):
    """The container starts at 5 s and its picture 0.25 s after its sound."""
    late = tmp_path / "late.mkv"
    frames = [numbered_frame(n) for n in range(72)]
    write_clip(
        late,
        frames,
        sound=clips.voice,
        options=["-vf", "setpts=PTS+0.25/TB", "-output_ts_offset", "5"],
    )
    there = SimpleNamespace(movie=clips.movie, commentary=late)
    part = segment(0, len(times_of(late)), movie="movie.mp4", movie_start_s=0.0)
    report = render(there, tmp_path, (part,))
    with av.open(str(report.output)) as file:
        assert float(file.streams.video[0].start_time * file.streams.video[0].time_base) == (
            pytest.approx(0.25, abs=0.03)
        )
        assert float(file.streams.audio[0].start_time * file.streams.audio[0].time_base) == (
            pytest.approx(0.0, abs=0.03)
        )


def test_movie_sound_follows_the_segments_and_gaps_are_silent(clips, tmp_path):
    report = render(clips, tmp_path, CUTS, audio="movie")
    sound, rate = heard(report.output)
    assert level(sound, rate, HIGH, 0.1, 0.9) > 0.15
    assert level(sound, rate, LOW, 0.1, 0.9) < 0.01
    assert np.abs(sound[round(1.05 * rate) : round(1.45 * rate)]).max() < 0.005
    assert level(sound, rate, LOW, 1.6, 2.4) > 0.15  # slowed down, at its own pitch
    assert np.abs(sound[round(2.55 * rate) : round(2.95 * rate)]).max() < 0.005
    picture_s, sound_s = durations(report.output)
    assert picture_s == 3.0
    assert sound_s == pytest.approx(3.0, abs=0.022)  # one AAC frame


def test_movie_sound_starts_where_its_segment_starts(clips, tmp_path):
    report = render(clips, tmp_path, CUTS, audio="movie")
    sound, rate = heard(report.output)
    loud = np.abs(sound) > 0.02
    quiet_from = np.flatnonzero(loud[: round(1.3 * rate)])[-1] / rate
    loud_again = (np.flatnonzero(loud[round(1.1 * rate) :])[0] + round(1.1 * rate)) / rate
    assert quiet_from == pytest.approx(24 / RATE, abs=0.015)
    assert loud_again == pytest.approx(36 / RATE, abs=0.03)


def test_silence_fills_up_where_the_movie_has_ended(clips, tmp_path):
    part = (segment(0, 72, movie="movie.mp4", movie_start_s=3.0),)
    report = render(clips, tmp_path, part, audio="movie")
    sound, rate = heard(report.output)
    assert level(sound, rate, HIGH, 0.1, 0.9) > 0.15
    assert np.abs(sound[round(1.1 * rate) :]).max() < 0.005
    assert durations(report.output)[1] == pytest.approx(3.0, abs=0.022)


def test_mixing_turns_the_movie_down_while_the_narration_speaks(clips, tmp_path):
    report = render(clips, tmp_path, ALL, audio="mix")
    sound, rate = heard(report.output)
    assert level(sound, rate, VOICE, 0.5, 1.4) == pytest.approx(8000 / 32768, rel=0.05)
    under = level(sound, rate, LOW, 0.5, 1.4)
    alone = level(sound, rate, HIGH, 2.4, 2.95)
    assert alone == pytest.approx(8000 / 32768 / 2, rel=0.15)  # -6 dB
    assert under < alone / 2
    assert under > 0.01
    assert level(sound, rate, HIGH, 2.9, 3.0) == pytest.approx(alone, rel=0.15)


def test_a_codec_that_mp4_players_lack_is_encoded_and_noted(clips, tmp_path):
    opus = write_clip(
        tmp_path / "talk.mkv",
        [numbered_frame(n) for n in range(72)],
        sound=clips.voice,
        options=["-c:a", "libopus"],
    )
    there = SimpleNamespace(movie=clips.movie, commentary=opus)
    encoded = render(there, tmp_path, ALL, output=tmp_path / "a.mp4")
    copied = render(there, tmp_path, ALL, output=tmp_path / "a.mkv")
    assert any("AAC" in note and "opus" in note for note in encoded.notes)
    assert copied.notes == ()
    with av.open(str(encoded.output)) as one, av.open(str(copied.output)) as other:
        assert one.streams.audio[0].codec_context.name == "aac"
        assert other.streams.audio[0].codec_context.name == "opus"
    sound, rate = heard(encoded.output)
    assert level(sound, rate, VOICE, 0.2, 1.3) > 0.15
    assert durations(encoded.output)[1] == pytest.approx(3.0, abs=0.022)


@pytest.mark.parametrize("mode", ["commentary", "movie", "mix"])
def test_missing_sound_is_noted_not_passed_over(clips, tmp_path, mode):
    there = SimpleNamespace(movie=clips.mute, commentary=clips.mute)
    part = (segment(0, 72, movie="movie.mp4", movie_start_s=0.0),)
    report = render(there, tmp_path, part, audio=mode)
    assert report.notes
    with av.open(str(report.output)) as file:
        assert not file.streams.audio


def test_mix_without_narration_is_the_movie_sound(clips, tmp_path):
    there = SimpleNamespace(movie=clips.movie, commentary=clips.mute)
    report = render(there, tmp_path, ALL, audio="mix")
    sound, rate = heard(report.output)
    assert level(sound, rate, LOW, 0.2, 1.8) > 0.15
    assert any("narration" in note for note in report.notes)


def test_no_sound_on_request_leaves_no_note(clips, tmp_path):
    report = render(clips, tmp_path, ALL, audio="none")
    with av.open(str(report.output)) as file:
        assert not file.streams.audio
    assert report.notes == ()
    assert len(decoded(report.output)) == 72
