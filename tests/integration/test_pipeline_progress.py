"""How far every step is, told from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import syncclip
from syncclip.config import RenderConfig
from syncclip.progress import Progress
from tests import media
from tests.edits import Cut, Film, write_commentary

FILM = Film(seed=3, shots=3, seconds=6)
CUTS = (Cut(FILM, FILM.starts()[1] + 4, 40), Cut(FILM, FILM.starts()[0] + 3, 40))
FAST = RenderConfig(preset="ultrafast")
STEPS = (
    "Reading commentary",
    "Preparing search",
    "Looking up",
    "Voting",
    "Proving",
    "Weighing",
    "Refining",
    "Cutting",
    "Writing",
)


class Job(SimpleNamespace):
    movie: Path
    index: Path
    commentary: Path


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("job")
    movie = FILM.write(folder / "movie.mp4")
    index = syncclip.index_movie(movie, folder / "movie.idx").path
    # Matroska says how long it is and not how many frames it has.
    commentary = write_commentary(folder / "commentary.mkv", CUTS)
    return Job(movie=movie, index=index, commentary=commentary)


def by_stage(told: list[Progress]) -> dict[str, list[Progress]]:
    stages: dict[str, list[Progress]] = {}
    for progress in told:
        stages.setdefault(progress.stage, []).append(progress)
    return stages


def test_every_step_of_a_match_has_an_end_and_reaches_it(job: Job, tmp_path: Path) -> None:
    told: list[Progress] = []
    syncclip.match(job.commentary, job.index, output=tmp_path, render=FAST, on_progress=told.append)
    stages = by_stage(told)
    assert [stage for stage in STEPS if stage not in stages] == []
    for stage, reports in stages.items():
        assert reports[0].total is not None, stage
        assert reports[-1].done == reports[-1].total, stage
        done = [report.done for report in reports]
        assert done == sorted(done), stage


@pytest.mark.parametrize("name", ["commentary.ts", "commentary.webm"])
def test_a_file_that_counts_no_frames_has_its_end_told_by_its_length(
    job: Job, tmp_path: Path, name: str
) -> None:
    commentary, codec = tmp_path / name, ("-c", "copy")
    if name.endswith(".webm"):
        codec = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "30")
    media.ffmpeg("-i", job.commentary, *codec, commentary)
    told: list[Progress] = []

    class Enough(Exception): ...

    def listen(progress: Progress) -> None:
        told.append(progress)
        if progress.stage != "Reading commentary":
            raise Enough

    with pytest.raises(Enough):
        syncclip.match(commentary, job.index, output=tmp_path / "out", on_progress=listen)
    assert told[0].done == 0
    assert told[0].total == pytest.approx(80, abs=2)


def test_rendering_again_tells_how_far_the_commentary_is_read(job: Job, tmp_path: Path) -> None:
    found = syncclip.match(job.commentary, job.index, output=tmp_path)
    job.index.rename(job.index.with_suffix(".away"))  # then the movie's times are read from it
    told: list[Progress] = []
    try:
        syncclip.render(found.files["result"], config=FAST, on_progress=told.append)
    finally:
        job.index.with_suffix(".away").rename(job.index)
    stages = by_stage(told)
    for stage, frames in (("Reading commentary", 80), ("Reading movie.mp4", FILM.frames)):
        assert stages[stage][0].total == pytest.approx(frames, abs=1)
        assert stages[stage][-1].done == stages[stage][-1].total == frames


def test_a_header_that_promises_too_few_frames_tells_no_end_before_it(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from syncclip.types import StreamInfo

    monkeypatch.setattr(StreamInfo, "frames_expected", 10)
    told: list[Progress] = []
    syncclip.match(job.commentary, job.index, output=tmp_path, on_progress=told.append)
    reading = by_stage(told)["Reading commentary"]
    assert all(report.total is None or report.done < report.total for report in reading[:-1])
    assert (reading[-1].done, reading[-1].total) == (80, 80)


def test_a_damaged_commentary_is_matched_and_said_how_much_of_it_is_lost(
    job: Job, tmp_path: Path, clip: Callable[[str], media.Clip]
) -> None:
    short = tmp_path / "short.mp4"
    media.ffmpeg("-i", clip("b_frames").path, "-c", "copy", "-movflags", "+faststart", short)
    short.write_bytes(short.read_bytes()[: int(short.stat().st_size * 0.6)])
    outcome = syncclip.match(short, job.index, output=tmp_path / "out")
    lost = 60 - outcome.result.frames
    assert lost > 10
    said = f"about {lost} frames ({lost / 24:.1f} s) are missing, the rest is matched"
    assert any(note.startswith("short.mp4 is damaged") and said in note for note in outcome.notes)
