"""Dissolves between known places, found from how much of each a frame shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from syncclip.matching import Found, build_segments
from syncclip.matching.dissolves import find_dissolves, moved
from syncclip.matching.evidence import EvidenceSettings, gather
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.records import Commentary, Crop, Hypothesis
from tests.unit.moving_pictures import Piece, edit, film

FILM = film(21, 22, 23, scene_frames=96)
OTHER = film(31, name="other.mkv")
BEFORE = Piece(FILM, 20, 50)
AFTER = Piece(FILM, 130, 50, 1.25, Crop(0.05, 0.1, 0.8, 0.8), mirrored=True)


def mixed(whole: int, before: Piece = BEFORE, after: Piece = AFTER) -> Commentary:
    """Two pieces and a dissolve of ``whole`` frames about their boundary."""
    plain = edit(before, after)
    half = whole // 2
    cut = before.frames
    tail = replace(before, frames=cut + half).grey.astype(np.float32)
    lead = after.speed * 24 / 30 * half
    assert lead == int(lead), "the head must begin on a frame of the film"
    head = replace(after, start=after.start - int(lead), frames=after.frames + half)
    shown = plain.grey.astype(np.float32)
    for frame in range(cut - half, cut + half):
        share = (frame - (cut - half) + 0.5) / whole
        incoming = head.grey[frame - (cut - half)].astype(np.float32)
        shown[frame] = (1 - share) * tail[frame] + share * incoming
    return replace(plain, grey=np.rint(shown).astype(np.uint8))


def found(
    commentary: Commentary, *hypotheses: Hypothesis | None, boundary: int | None = None
) -> Found:
    """The runs of the shots; ``boundary`` puts the first cut elsewhere."""
    runs, evidence = [], []
    for shot, h in zip(commentary.shots, hypotheses, strict=True):
        state = NO_MOVIE if h is None else len(evidence)
        if h is not None:
            source = (FILM, OTHER)[h.source].source
            evidence.append(gather(commentary, source, h, EvidenceSettings()))
        runs.append(Run(shot.start_frame, shot.end_frame, state))
    if boundary is not None:
        runs[0] = replace(runs[0], end_frame=boundary)
        runs[1] = replace(runs[1], start_frame=boundary)
    return Found(tuple(runs), tuple(evidence))


SOURCES = (FILM.source, OTHER.source)
SIDES = (BEFORE.hypothesis(0), AFTER.hypothesis(BEFORE.frames))


@pytest.mark.parametrize("whole", [10, 20, 30])
@pytest.mark.parametrize("off", [-4, 0, 4])
def test_a_dissolve_is_found_with_its_middle_and_length(whole: int, off: int) -> None:
    state = found(mixed(whole), *SIDES, boundary=BEFORE.frames + off)
    (dissolve,) = find_dissolves(state.runs, state.evidence, mixed(whole), SOURCES)
    assert dissolve.run == 1
    assert abs(dissolve.middle_frame - BEFORE.frames) <= 1
    assert abs(dissolve.frames - whole) <= 2


def test_a_cut_is_no_dissolve() -> None:
    commentary = edit(BEFORE, AFTER)
    state = found(commentary, *SIDES)
    assert find_dissolves(state.runs, state.evidence, commentary, SOURCES) == []


def test_a_cut_with_one_blended_frame_is_no_dissolve() -> None:
    plain = edit(BEFORE, AFTER)
    grey = plain.grey.copy()
    grey[49] = (grey[48].astype(int) + grey[50]) // 2
    commentary = replace(plain, grey=grey)
    state = found(commentary, *SIDES)
    assert find_dissolves(state.runs, state.evidence, commentary, SOURCES) == []


def test_a_shot_that_goes_on_is_no_dissolve() -> None:
    second = Piece(FILM, 20 + 32, 30)
    commentary = edit(Piece(FILM, 20, 40), second)
    state = found(commentary, Piece(FILM, 20, 40).hypothesis(0), second.hypothesis(40))
    assert find_dissolves(state.runs, state.evidence, commentary, SOURCES) == []


def test_nothing_is_said_of_a_boundary_with_what_is_in_no_movie() -> None:
    commentary = mixed(20)
    state = found(commentary, SIDES[0], None)
    assert find_dissolves(state.runs, state.evidence, commentary, SOURCES) == []


def test_sides_may_come_from_two_movies() -> None:
    after = Piece(OTHER, 16, 50)
    commentary = mixed(10, after=after)
    state = found(commentary, SIDES[0], after.hypothesis(BEFORE.frames, source=1))
    (dissolve,) = find_dissolves(state.runs, state.evidence, commentary, SOURCES)
    assert abs(dissolve.middle_frame - BEFORE.frames) <= 1


def test_boundaries_move_to_the_middle_and_segments_record_the_length() -> None:
    commentary = mixed(20)
    state = found(commentary, *SIDES, boundary=BEFORE.frames + 5)
    dissolves = find_dissolves(state.runs, state.evidence, commentary, SOURCES)
    first, second = moved(state.runs, dissolves)
    assert first.end_frame == second.start_frame == dissolves[0].middle_frame
    segments = build_segments(state, commentary, SOURCES, threshold=0.6)
    assert [s.dissolve_in_frames for s in segments] == [0, dissolves[0].frames]
    assert segments[1].start_frame == dissolves[0].middle_frame
