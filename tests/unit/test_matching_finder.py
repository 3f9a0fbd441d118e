"""The whole search on films of known moving pictures."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pytest

from syncclip.matching import (
    CloseupTask,
    Commentary,
    Examiner,
    FinderSettings,
    Found,
    PathSettings,
    Source,
    Stretch,
    build_segments,
    examination,
    find,
    reconsider,
)
from syncclip.matching.closeup import Closeup, CloseupSettings
from syncclip.matching.evidence import certainty
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.records import Crop, Hypothesis, Line
from syncclip.matching.valley import Slack
from syncclip.types import Shot
from tests.unit.moving_pictures import BruteForce, Film, FinerFilm, Piece, Scene, edit, film

FILM = film(*range(1, 9))
OTHER = film(*range(41, 46), name="other.mkv")
ELSEWHERE = film(91, 92, name="elsewhere.mkv")

PLAIN = Piece(FILM, 80, 50)
CROPPED = Piece(FILM, 300, 60, crop=Crop(0.1, 0.08, 0.8, 0.8))
FOREIGN = Piece(ELSEWHERE, 5, 40)
MIRRORED = Piece(FILM, 152, 45, mirrored=True)
FASTER = Piece(FILM, 440, 50, speed=1.25)
"""From the end of one scene into the next: a cut of the movie's own lies inside."""


@dataclass(frozen=True)
class Search:
    """An edit, the films it is looked for in, and what was found."""

    pieces: tuple[Piece, ...]
    films: tuple[Film, ...] = (FILM,)
    time_jumps: bool = True
    fused: bool = False
    """The cuts are not known."""

    @property
    def sources(self) -> list[Source]:
        return [film.source for film in self.films]

    @cached_property
    def commentary(self) -> Commentary:
        cut = edit(*self.pieces)
        return replace(cut, shots=(Shot(0, len(cut.grey)),)) if self.fused else cut

    @property
    def settings(self) -> FinderSettings:
        return FinderSettings(path=PathSettings(time_jumps=self.time_jumps))

    @cached_property
    def found(self) -> Found:
        return find(self.commentary, self.sources, BruteForce(self.sources), self.settings)

    def per_frame(self, found: Found | None = None) -> list[Hypothesis | None]:
        """What explains each frame."""
        found = found or self.found
        return [
            None if run.state == NO_MOVIE else found.evidence[run.state].hypothesis
            for run in found.runs
            for _ in range(run.start_frame, run.end_frame)
        ]

    def frames_of(self, number: int) -> slice:
        """Commentary frames of a piece."""
        first = sum(piece.frames for piece in self.pieces[:number])
        return slice(first, first + self.pieces[number].frames)

    def explained(self, number: int) -> list[Hypothesis | None]:
        return self.per_frame()[self.frames_of(number)]

    def frames_off(self, number: int) -> np.ndarray:
        """Distance of the movie frames claimed for a piece from the true ones; inf if unclaimed."""
        piece = self.pieces[number]
        seconds = self.commentary.seconds[self.frames_of(number)]
        off = np.full(piece.frames, np.inf)
        for n, h in enumerate(self.explained(number)):
            if h is not None and self.films[h.source] is piece.film:
                shown = self.films[h.source].source.frame_at(h.line(seconds[n : n + 1]))[0]
                off[n] = abs(shown - piece.shown[n])
        return off


@pytest.fixture(scope="module")
def recap() -> Search:
    return Search((PLAIN, CROPPED, FOREIGN, MIRRORED, FASTER))


@pytest.mark.parametrize("number", [0, 1, 3, 4])
def test_every_piece_is_found_to_the_frame_up_to_its_cuts(recap: Search, number: int) -> None:
    off = recap.frames_off(number)
    assert np.mean(off <= 1) >= 0.95
    assert off[2:-2].max() <= 1


def test_a_foreign_insert_is_not_claimed(recap: Search) -> None:
    assert recap.explained(2) == [None] * FOREIGN.frames


def test_cuts_between_pieces_are_found_on_their_frame(recap: Search) -> None:
    found = {run.start_frame for run in recap.found.runs}
    assert {shot.start_frame for shot in recap.commentary.shots} <= found


def test_a_crop_is_found_to_a_hundredth_of_the_picture(recap: Search) -> None:
    crops = {h.crop for h in recap.explained(1) if h is not None}
    assert crops
    assert all(crop.apart(CROPPED.crop) < 0.01 for crop in crops)
    assert all(h is not None and h.crop.w > 0.97 for h in recap.explained(0))


def test_a_mirrored_piece_is_found_mirrored_and_no_other(recap: Search) -> None:
    assert all(h is not None and h.mirrored for h in recap.explained(3))
    for number in (0, 1, 4):
        assert not any(h is not None and h.mirrored for h in recap.explained(number))


def test_a_retimed_piece_is_found_at_its_speed(recap: Search) -> None:
    for number, speed in ((0, 1.0), (1, 1.0), (3, 1.0), (4, 1.25)):
        speeds = [h.line.speed for h in recap.explained(number) if h is not None]
        assert np.median(speeds) == pytest.approx(speed, abs=0.03)


def test_runs_cover_every_frame_once(recap: Search) -> None:
    runs = recap.found.runs
    assert runs[0].start_frame == 0
    assert runs[-1].end_frame == len(recap.commentary.grey)
    assert all(a.end_frame == b.start_frame for a, b in itertools.pairwise(runs))


def test_the_search_gives_the_same_answer_again(recap: Search) -> None:
    short = Search((PLAIN, FOREIGN))
    again = Search((PLAIN, FOREIGN))
    assert short.found.runs == again.found.runs
    for a, b in zip(short.found.evidence, again.found.evidence, strict=True):
        assert a.hypothesis.line == b.hypothesis.line


def test_segments_of_the_search_name_every_place(recap: Search) -> None:
    segments = build_segments(recap.found, recap.commentary, recap.sources, threshold=0.6)
    claimed = [s for s in segments if s.movie is not None]
    assert {s.movie for s in claimed} == {"film.mkv"}
    starts = {s.start_frame: s.movie_start_frame for s in claimed}
    for number in (0, 1, 3, 4):
        first = recap.commentary.shots[number].start_frame
        assert starts[first] == pytest.approx(recap.pieces[number].start, abs=1)
    assert np.mean([s.confidence for s in claimed]) > 0.8


def test_counting_weaker_frames_as_explained_claims_no_less(recap: Search) -> None:
    same = reconsider(recap.found, recap.commentary, recap.sources, recap.settings, threshold=1.0)
    assert same.runs == recap.found.runs
    weaker = reconsider(recap.found, recap.commentary, recap.sources, recap.settings, threshold=0.1)
    claimed = [
        sum(h is not None for h in recap.per_frame(found)) for found in (recap.found, weaker)
    ]
    assert claimed[1] >= claimed[0]


def test_progress_is_told_up_to_the_last_step_of_each_kind() -> None:
    told: list[tuple[str, int, int]] = []
    search = Search((replace(PLAIN, frames=20),))
    find(
        search.commentary,
        search.sources,
        BruteForce(search.sources),
        search.settings,
        lambda *step: told.append(step),
    )
    stages = [name for name, _ in itertools.groupby(told, key=lambda step: step[0])]
    assert stages == [
        "Looking up",
        "Voting",
        "Proving",
        "Weighing",
        "Refining",
        "Looking closer",
    ]
    for _, steps in itertools.groupby(told, key=lambda step: step[0]):
        parts = [step[1:] for step in steps]
        done = [number for number, _ in parts]
        assert done == sorted(done)
        assert all(number < total for number, total in parts[:-1])
        assert parts[-1][0] == parts[-1][1]


def test_refining_counts_runs_and_not_rounds() -> None:
    search = Search((replace(PLAIN, frames=20), replace(CROPPED, frames=20), FOREIGN))
    told: list[int] = []
    find(
        search.commentary,
        search.sources,
        BruteForce(search.sources),
        search.settings,
        lambda step, done, _: told.append(done) if step == "Refining" else None,
    )
    assert told == list(range(1, len(told) + 1))
    assert len(told) >= 2 * 3  # two rounds of two runs and the path


def test_pieces_of_two_movies_are_found_each_in_its_own() -> None:
    pieces = (Piece(OTHER, 90, 40), PLAIN, Piece(OTHER, 230, 40))
    search = Search(pieces, films=(FILM, OTHER))
    for number in range(3):
        assert np.mean(search.frames_off(number) <= 1) >= 0.95


def test_nothing_is_claimed_of_what_comes_from_no_movie() -> None:
    search = Search((FOREIGN, Piece(ELSEWHERE, 80, 40, crop=CROPPED.crop), Piece(OTHER, 10, 40)))
    assert search.per_frame() == [None] * 120
    segments = build_segments(search.found, search.commentary, search.sources, threshold=0.6)
    assert [s.movie for s in segments] == [None]


def test_flat_pictures_are_not_claimed() -> None:
    black = Search((PLAIN, FOREIGN)).commentary
    grey = black.grey.copy()
    grey[PLAIN.frames :] = np.random.default_rng(1).integers(15, 18, grey[PLAIN.frames :].shape)
    search = Search((PLAIN, FOREIGN))
    found = find(
        replace(black, grey=grey), search.sources, BruteForce(search.sources), search.settings
    )
    explained = search.per_frame(found)
    assert explained[PLAIN.frames + 1 :] == [None] * (FOREIGN.frames - 1)
    assert all(h is not None for h in explained[: PLAIN.frames - 1])


def test_a_shot_that_fades_to_black_is_found_up_to_its_cut() -> None:
    """The commentary's range was misread: what is dark in the movie is black there."""
    piece = replace(PLAIN, frames=75)
    search = Search((piece, FOREIGN))
    light = np.clip((130 - np.arange(len(FILM.source.signatures))) / 10, 0.0, 1.0)
    light[144:] = 1.0  # the next scene
    signatures = np.rint(FILM.source.signatures * light[:, None, None]).astype(np.uint8)
    source = replace(FILM.source, signatures=signatures)
    grey = search.commentary.grey.astype(np.float64)
    grey[: piece.frames] *= light[piece.shown, None, None]
    grey[: piece.frames] = np.clip(grey[: piece.frames] - 16, 0, None)
    commentary = replace(search.commentary, grey=np.rint(grey).astype(np.uint8))
    assert commentary.grey[64 : piece.frames].max() == 0
    found = find(commentary, [source], BruteForce([source]), search.settings)
    first, *_, last = found.runs
    assert first.state != NO_MOVIE
    assert (last.start_frame, last.state) == (piece.frames, NO_MOVIE)
    assert all(
        np.abs(h.line(commentary.seconds[:40]) - piece.shown[:40] / 24).max() < 2 / 24
        for h in search.per_frame(found)[: piece.frames]
    )


def test_a_stretch_without_hope_is_not_examined() -> None:
    search = Search((FOREIGN,))
    examiner = Examiner(search.commentary, search.sources, search.settings)
    places = [replace(PLAIN.hypothesis(), start_frame=0, end_frame=FOREIGN.frames)]
    assert examiner.examine_one(places) == []
    assert len(Examiner(edit(PLAIN), search.sources, search.settings).examine_one(places)) == 1


class Unlike(FinerFilm):
    """The movie is another one than the commentary shows."""

    def movie(self, source: int, start_s: float, end_s: float, finer: int) -> Stretch | None:
        return FinerFilm(Piece(ELSEWHERE, 0, 1)).movie(source, start_s, end_s, finer)


@pytest.mark.parametrize(
    ("looked_at", "kept"), [("the film", True), ("another film", False), ("nothing", False)]
)
def test_a_doubtful_place_is_kept_where_finer_pictures_confirm_it(
    looked_at: str, kept: bool
) -> None:
    search = Search((PLAIN,))
    (run,) = search.found.runs
    sure = certainty(
        search.commentary, FILM.source, search.found.evidence[run.state], 0, PLAIN.frames
    )
    usual = search.settings
    settings = replace(
        usual,
        evidence=replace(usual.evidence, certain=sure / 0.9, certain_unusual=sure / 0.9),
        closeup=CloseupSettings(reach_frames=6, looks=1),
    )
    closeups = {"the film": FinerFilm(PLAIN), "another film": Unlike(PLAIN)}.get(looked_at)
    examiner = Examiner(search.commentary, search.sources, settings, closeups)
    sources = search.sources
    found = find(search.commentary, sources, BruteForce(sources), settings, workers=examiner)
    assert [run.state != NO_MOVIE for run in found.runs] == [kept]


@dataclass(frozen=True)
class Title(Scene):
    """A still with letters that signatures are too small for."""

    letters: int = 0

    @cached_property
    def waves(self) -> tuple[np.ndarray, ...]:
        amplitude, phase, down, across, turn = super().waves
        rng = np.random.default_rng([self.letters, 5])
        fine = 2 * np.pi * rng.uniform(65, 75, 40)
        return (
            np.append(amplitude, np.full(40, 4.0)),
            np.append(phase, rng.uniform(0, 2 * np.pi, 40)),
            np.append(down, np.zeros(40)),
            np.append(across, fine),
            np.append(turn, np.zeros(40)),
        )


@pytest.mark.parametrize("number", [1, 3])
def test_titles_on_one_paper_are_told_apart_by_finer_pictures(number: int) -> None:
    one, other = (Title(7, motion=0.0, letters=letters) for letters in (1, 2))
    titles = Film((Scene(1), one, Scene(2), other, Scene(3)))
    piece = Piece(titles, 72 * number + 20, 30, crop=Crop(0.05, 0.1, 0.85, 0.85))
    search = Search((piece,), (titles,))
    sources = search.sources
    # Less than usual: every finer picture is rendered.
    settings = replace(search.settings, closeup=CloseupSettings(reach_frames=6, looks=1))
    examiner = Examiner(search.commentary, sources, settings, FinerFilm(piece))
    found = find(search.commentary, sources, BruteForce(sources), settings, workers=examiner)
    (run,) = found.runs
    line = found.evidence[run.state].hypothesis.line
    shown = line(search.commentary.seconds) * 24 // 72
    assert set(shown.tolist()) == {number}


@dataclass(frozen=True, slots=True, eq=False)
class Watched(Examiner):
    """Keeps what it was told to look at more closely."""

    asked: list[CloseupTask] = field(default_factory=list)

    def look_closer(self, tasks: Sequence[CloseupTask]) -> Iterable[Closeup | None]:
        self.asked.extend(tasks)
        return super(Watched, self).look_closer(tasks)


@dataclass(frozen=True)
class Paler(Scene):
    """The same shot with a little less contrast, as of another print."""

    @cached_property
    def waves(self) -> tuple[np.ndarray, ...]:
        amplitude, *others = super().waves
        return (0.97 * amplitude, *others)


@pytest.mark.parametrize(("again", "looks"), [(Scene(2), 1), (Paler(2), 2)])
def test_the_very_same_pictures_elsewhere_are_not_looked_at(again: Scene, looks: int) -> None:
    twice = Film((Scene(1), Scene(2), Scene(3), again, Scene(4)))
    search = Search((Piece(twice, 72 + 10, 50),), (twice,))
    watched = Watched(search.commentary, search.sources, search.settings)
    find(
        search.commentary,
        search.sources,
        BruteForce(search.sources),
        search.settings,
        workers=watched,
    )
    assert len(watched.asked) == looks
    assert all(task.contested == (looks > 1) for task in watched.asked)


@pytest.mark.parametrize("lengths", [(50, 60), (60, 14)])
def test_a_cut_that_was_not_detected_is_found_all_the_same(lengths: tuple[int, int]) -> None:
    pieces = (replace(PLAIN, frames=lengths[0]), replace(CROPPED, frames=lengths[1]))
    search = Search(pieces, fused=True)
    boundaries = [run.start_frame for run in search.found.runs[1:]]
    assert min(abs(frame - lengths[0]) for frame in boundaries) <= 1
    assert all(np.mean(search.frames_off(number) <= 1) >= 0.9 for number in range(2))


def test_a_flashback_is_found_with_time_jumps_and_never_goes_back_without() -> None:
    pieces = (Piece(FILM, 300, 45), Piece(FILM, 80, 30), Piece(FILM, 370, 45))
    free = Search(pieces)
    assert all(np.mean(free.frames_off(number) <= 1) >= 0.9 for number in range(3))
    forward = Search(pieces, time_jumps=False)
    seconds = forward.commentary.seconds
    shown = [
        float(h.line(seconds[n : n + 1])[0])
        for n, h in enumerate(forward.per_frame())
        if h is not None
    ]
    assert all(b >= a - 1e-5 for a, b in itertools.pairwise(shown))
    assert all(np.mean(forward.frames_off(number) <= 1) >= 0.9 for number in (0, 2))


def wanted(line: Line, *, mirrored: bool = False) -> Hypothesis:
    """A place of all of ``PLAIN``."""
    return replace(PLAIN.hypothesis(0), line=line, mirrored=mirrored)


def test_of_places_that_look_alike_one_of_the_other_mirror_state_is_proven(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The mirror image of a title on its paper looks like the title, until it is fitted."""
    commentary = edit(PLAIN)
    seen = [Line(0.0, second, 1.0) for second in (1.0, 2.0, 3.0, 4.0, 9.0)]
    stretch = [wanted(line, mirrored=True) for line in seen]
    stretch.append(wanted(seen[0]))
    scores = (0.99, 0.985, 0.98, 0.975, 0.97, 0.96)
    glances = [replace(h, score=score) for h, score in zip(stretch, scores, strict=True)]
    monkeypatch.setattr(examination, "glance", lambda *args: glances[stretch.index(args[2])])
    monkeypatch.setattr(examination, "prove", lambda *args: args[2])
    proven = Examiner(commentary, [FILM.source], FinderSettings()).examine_one(stretch)
    assert [(h.line.source_s, h.mirrored) for h in proven] == [
        (1.0, True),
        (2.0, True),
        (3.0, True),
        (1.0, False),
        (9.0, True),
    ]


def test_what_finer_pictures_are_alike_in_is_confirmed() -> None:
    def look(residual: float) -> Closeup:
        line = Line(0.0, 0.0, 1.0)
        return Closeup(line, wanted(line), Slack(), residual)

    found = Found(
        (Run(0, 10, 0), Run(10, 20, NO_MOVIE), Run(20, 30, 1), Run(30, 50, 2)),
        (),
        closer={0: look(0.2), 1: look(0.9)},
    )
    assert found.confirmed().tolist() == [True] * 10 + [False] * 40
