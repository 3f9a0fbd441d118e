from __future__ import annotations

import pytest

from syncclip.cli import bars
from syncclip.cli.bars import PlainProgress, RichBars
from syncclip.progress import Progress


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(bars, "time", clock)
    return clock


def test_a_stage_is_told_at_its_start_every_ten_seconds_and_at_its_end(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    show = PlainProgress()
    for second in range(26):
        clock.now = 1000.0 + second
        show(Progress("Reading", 100.0 * second, 2500, "frames"))
    show(Progress("Reading", 2500, 2500, "frames"))
    assert capsys.readouterr().err.splitlines() == [
        "Reading …",
        "Reading: 40% of 2500 frames, 100 frames/s, 15.0 s left",
        "Reading: 80% of 2500 frames, 100 frames/s, 5.0 s left",
        "Reading: done, 2500 frames in 25.0 s",
    ]


def test_the_rate_of_a_run_that_goes_on_counts_only_its_own_work(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    show = PlainProgress()
    show(Progress("Reading", 2000, 2500, "frames"))
    clock.now += 10
    show(Progress("Reading", 2100, 2500, "frames"))
    assert "84% of 2500 frames, 10 frames/s, 40.0 s left" in capsys.readouterr().err


def test_a_stage_without_a_known_end_tells_its_rate_only(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    show = PlainProgress()
    show(Progress("Reading", 0, None, "s"))
    clock.now += 20
    show(Progress("Reading", 50, None, "s"))
    assert capsys.readouterr().err.splitlines()[1] == "Reading: 50 s, 2.5 s/s"


def test_stages_that_run_side_by_side_are_told_apart(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    show = PlainProgress()
    for stage in ("Cutting", "Sound", "Cutting", "Sound"):
        show(Progress(stage, 1, 4, "segments"))
    assert capsys.readouterr().err.splitlines() == ["Cutting …", "Sound …"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.25, "3.2 s"), (75, "1:15 min"), (3725, "1:02:05")]
)
def test_durations_are_as_long_as_they_need_to_be(seconds: float, text: str) -> None:
    assert bars._duration(seconds) == text


def test_bars_are_full_when_the_work_is_done_and_stay_as_they_are_when_it_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def shown(error: Exception | None) -> str:
        try:
            with RichBars() as show:
                show(Progress("Preparing", 0, None, "frames"))
                show(Progress("Refining", 1, 2, "rounds"))
                if error is not None:
                    raise error
        except ValueError:
            pass
        return capsys.readouterr().err

    assert shown(None).count("100%") == 2
    assert "100%" not in shown(ValueError())
