"""What becomes of what Whisper hears, on a stand-in for its model."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from syncclip.encoders.speech_parts import is_silent, parts_of
from syncclip.encoders.transcript import RATE_HZ, Transcriber
from syncclip.errors import SettingsError, SyncClipError

torch = pytest.importorskip("torch")
pytest.importorskip("whisper")


class Listener:
    """Stands in for a Whisper: hears what it is told to."""

    device = torch.device("cpu")
    is_multilingual = True
    dims = SimpleNamespace(n_mels=80)

    def __init__(self, segments: list[dict], *, most_beams: int = 5) -> None:
        self.segments, self.most_beams = segments, most_beams
        self.heard: list[tuple[int, dict]] = []
        self.chances = {"en": 0.6, "de": 0.4}

    def transcribe(self, sound: np.ndarray, **options: object) -> dict:
        self.heard.append((len(sound), options))
        if options["beam_size"] > self.most_beams:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
        return {"segments": self.segments, "language": options["language"]}

    def detect_language(self, mel: object) -> tuple[None, dict]:
        return None, self.chances


def segment(start: float, end: float, text: str, words: list[tuple] = ()) -> dict:
    said = [{"start": a, "end": b, "word": word, "probability": 1.0} for a, b, word in words]
    return {"start": start, "end": end, "text": text, "words": said}


def noise(seconds: float, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(0).standard_normal(round(seconds * RATE_HZ))).astype(
        np.float32
    )


def test_lines_and_words_keep_their_times_and_spaces() -> None:
    listener = Listener([segment(0.5, 1.5, " He runs.", [(0.5, 0.9, " He"), (0.9, 1.5, " runs.")])])
    (line,) = Transcriber(listener, name="x").transcribe(noise(3)).lines
    assert (line.start_s, line.end_s, line.text) == (0.5, 1.5, "He runs.")
    assert [(w.start_s, w.end_s, w.text) for w in line.words] == [
        (0.5, 0.9, " He"),
        (0.9, 1.5, " runs."),
    ]


def test_long_sound_is_heard_in_parts_cut_where_it_is_quiet() -> None:
    sound = noise(400)
    pause = slice(round(170.0 * RATE_HZ), round(170.5 * RATE_HZ))
    sound[pause] = 0
    listener, told = Listener([segment(1.0, 2.0, "So"), segment(3.0, 4.0, "he ran")]), []
    found = Transcriber(listener, name="x").transcribe(sound, on_second=told.append)
    lengths = [length / RATE_HZ for length, _ in listener.heard]
    assert lengths[0] == pytest.approx(170.25, abs=0.2)
    assert sum(lengths) == 400
    assert max(lengths) <= 180
    assert [line.start_s for line in found.lines][2] == pytest.approx(lengths[0] + 1)
    assert told == pytest.approx(np.cumsum(lengths).tolist())


def test_parts_follow_each_other_without_gap() -> None:
    sound = noise(1000)
    parts = list(parts_of(sound, RATE_HZ))
    np.testing.assert_array_equal(np.concatenate([part.sound for part in parts]), sound)
    assert [part.start for part in parts[1:]] == np.cumsum([len(p.sound) for p in parts])[
        :-1
    ].tolist()
    assert list(parts_of(noise(0), RATE_HZ)) == []


def test_silence_is_not_transcribed() -> None:
    listener = Listener([segment(0.0, 2.0, "Thanks for watching!")])
    found = Transcriber(listener, name="x").transcribe(np.zeros(RATE_HZ, np.float32))
    assert (found.lines, found.language, listener.heard) == ((), None, [])
    assert is_silent(np.zeros(0, np.float32))


def test_a_line_over_silence_was_made_up() -> None:
    sound = noise(10)
    sound[: 5 * RATE_HZ] = 0
    listener = Listener([segment(1.0, 3.0, "Thanks!"), segment(6.0, 7.0, "He runs.")])
    found = Transcriber(listener, name="x").transcribe(sound)
    assert [line.text for line in found.lines] == ["He runs."]


def test_of_a_loop_one_line_is_kept() -> None:
    lines = [
        segment(i, i + 1, text) for i, text in enumerate(["No.", "No.", "Go", "go", "GO", "So"])
    ]
    found = Transcriber(Listener(lines), name="x").transcribe(noise(8))
    assert [line.text for line in found.lines] == ["No.", "No.", "Go", "So"]


def test_times_that_whisper_gets_wrong_are_put_right() -> None:
    wrong = [
        segment(2.0, 3.0, "b", [(2.0, 1.0, " b")]),
        segment(0.5, 99.0, "a"),
        segment(3, 4, " "),
    ]
    found = Transcriber(Listener(wrong), name="x").transcribe(noise(5))
    assert [(x.start_s, x.end_s, x.text) for x in found.lines] == [(0.5, 5.0, "a"), (2.0, 3.0, "b")]
    assert (found.lines[1].words[0].start_s, found.lines[1].words[0].end_s) == (2.0, 2.0)


def test_the_language_is_told_by_several_windows() -> None:
    listener = Listener([])
    chances = iter([{"en": 0.6, "de": 0.4}, {"en": 0.1, "de": 0.9}, {"en": 0.55, "de": 0.45}])
    listener.detect_language = lambda mel: (None, next(chances))  # type: ignore[method-assign]
    assert Transcriber(listener, name="x").transcribe(noise(400)).language == "de"
    assert all(options["language"] == "de" for _, options in listener.heard)


@pytest.mark.parametrize("asked", ["de", "German", "DE "])
def test_a_language_may_be_named(asked: str) -> None:
    listener = Listener([])
    assert Transcriber(listener, name="x").transcribe(noise(1), language=asked).language == "de"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(SettingsError, match="unknown language 'klingon'"):
        Transcriber(Listener([]), name="x").transcribe(noise(1), language="klingon")


def test_a_model_that_knows_english_only_says_so() -> None:
    listener = Listener([])
    listener.is_multilingual = False
    assert Transcriber(listener, name="tiny.en").transcribe(noise(1)).language == "en"
    with pytest.raises(SettingsError, match=r"tiny\.en knows English only"):
        Transcriber(listener, name="tiny.en").transcribe(noise(1), language="de")


def test_where_memory_runs_out_fewer_hypotheses_are_followed() -> None:
    listener = Listener([segment(0, 1, "hm")], most_beams=2)
    assert Transcriber(listener, name="x").transcribe(noise(1)).lines
    assert [options["beam_size"] for _, options in listener.heard] == [5, 2]
    with pytest.raises(SyncClipError, match="memory runs out while transcribing"):
        Transcriber(Listener([], most_beams=0), name="x").transcribe(noise(1))


def test_other_failures_are_not_taken_for_lack_of_memory() -> None:
    listener = Listener([])

    def fails(*_: object, **__: object) -> dict:
        raise RuntimeError("shapes differ")

    listener.transcribe = fails  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="shapes differ"):
        Transcriber(listener, name="x").transcribe(noise(1))
