"""What further tracks add: places that the signatures' own track does not propose."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from syncclip.matching import FinderSettings, Neighbourhood, Neighbours, TrackNeighbours, find
from syncclip.matching.candidates import CandidateSettings, propose
from syncclip.matching.fusion import FusionSettings, further_candidates
from syncclip.matching.geometry import best_window
from syncclip.matching.path import NO_MOVIE
from syncclip.matching.records import Crop
from syncclip.matching.votes import UNKNOWN_CROP, VoteSettings, vote
from syncclip.matching.windows import crop_windows
from syncclip.types import Shot
from tests.unit.moving_pictures import ASPECT, FILM_RATE, BruteForce, Piece, edit, film

FILM = film(1, 2, 3, 4)
ZOOMED = Crop(0.2, 0.15, 1 / 1.4, 1 / 1.4)
PIECES = (
    Piece(FILM, 20, 50),
    Piece(FILM, 220, 60, mirrored=True),
    Piece(FILM, 90, 45, crop=ZOOMED),
)
COMMENTARY = edit(*PIECES)
SOURCES = [FILM.source]
TEMPERATURE = VoteSettings().temperature
WHOLE = Shot(0, 155)


def blind(pictures, count):
    """A track that recognises nothing."""
    nothing = np.zeros((len(pictures), count), np.int64)
    return Neighbours(nothing.astype(np.float32), nothing - 1, nothing, nothing)


def told(*, k=24, step=12, offset=0.7, spread=0.1, shown=PIECES, name="clip", seed=5):
    """A track that knows the places: every frame's own one first, then any others."""
    rng, frames, places, flipped = np.random.default_rng(seed), [], [], []
    first = 0
    for piece in shown:
        for frame in range(step // 2, piece.frames, step):
            frames.append(first + frame)
            places.append(piece.shown[frame])
            flipped.append(piece.mirrored)
        first += piece.frames
    count = len(FILM.source.signatures)

    def neighbours(mirrored):
        frame = rng.integers(0, count, (len(frames), k))
        similarity = np.sort(rng.uniform(offset, offset + spread / 2, frame.shape))[:, ::-1].copy()
        right = np.array(flipped) == mirrored
        frame[right, 0] = np.array(places)[right]
        similarity[right, 0] = offset + spread
        return Neighbourhood(
            similarity=similarity.astype(np.float32), source=np.zeros_like(frame), frame=frame
        )

    return TrackNeighbours(
        track=name,
        frames=np.array(frames),
        plain=neighbours(mirrored=False),
        mirrored=neighbours(mirrored=True),
    )


def candidates(track, part=WHOLE, **changes):
    return further_candidates(
        [track],
        part,
        seconds=COMMENTARY.seconds,
        sources=SOURCES,
        settings=replace(FusionSettings(), **changes),
        temperature=TEMPERATURE,
    )


def proposals(lookup, **options):
    return list(
        propose(
            COMMENTARY,
            SOURCES,
            lookup,
            settings=CandidateSettings(),
            votes=VoteSettings(),
            **options,
        )
    )


def claimed(found):
    """(frames,) film frame that the runs put on screen; -1 where none."""
    shown = np.full(len(COMMENTARY.grey), -1)
    for run in found.runs:
        if run.state != NO_MOVIE:
            line = found.evidence[run.state].hypothesis.line
            seconds = COMMENTARY.seconds[run.start_frame : run.end_frame]
            frames = np.floor(line(seconds) * FILM_RATE + 1e-3)
            shown[run.start_frame : run.end_frame] = frames
    return shown


def test_places_that_only_a_further_track_knows_are_found_to_the_frame():
    """Crop and mirror included, of which that track says nothing."""
    assert (claimed(find(COMMENTARY, SOURCES, blind, FinderSettings())) == -1).all()
    found = find(COMMENTARY, SOURCES, blind, FinderSettings(), further=[told()])
    truth = np.concatenate([piece.shown for piece in PIECES])
    assert (np.abs(claimed(found) - truth) <= 1).mean() > 0.95


def test_without_further_tracks_the_proposals_are_the_very_same():
    lookup = BruteForce(SOURCES)
    plain, pooled = proposals(lookup), proposals(lookup, further=[], fusion=FusionSettings())
    assert [[h.line for h in part] for part in plain] == [[h.line for h in part] for part in pooled]
    unheard = proposals(lookup, further=[told(name="unheard of")], fusion=FusionSettings(peaks=0))
    assert [[(h.line, h.score) for h in part] for part in plain] == [
        [(h.line, h.score) for h in part] for part in unheard
    ]


def test_a_further_track_that_is_wrong_leaves_the_best_place_best():
    lookup = BruteForce(SOURCES)
    wrong = told(shown=PIECES[::-1])
    for plain, pooled in zip(proposals(lookup), proposals(lookup, further=[wrong]), strict=True):
        assert pooled[0].line.source_s == pytest.approx(plain[0].line.source_s, abs=0.5)
        assert pooled[0].mirrored == plain[0].mirrored


def test_no_place_of_the_signatures_gives_way_to_further_tracks():
    lookup, fusion = BruteForce(SOURCES), FusionSettings(peaks=2)
    wrong = [told(shown=PIECES[::-1], seed=seed) for seed in (5, 6)]
    plain = proposals(lookup)
    added = 0
    for own, pooled in zip(plain, proposals(lookup, further=wrong, fusion=fusion), strict=True):
        facts = [[(h.line, h.crop, h.score, h.crop_known) for h in way] for way in (own, pooled)]
        assert facts[1][: len(own)] == facts[0]
        assert len(pooled) <= len(own) + 4
        for h in pooled[len(own) :]:
            twins = [k for k in own if (k.source, k.mirrored) == (h.source, h.mirrored)]
            assert all(abs(k.line.source_s - h.line.source_s) >= 0.8 for k in twins)
            added += 1
    assert added > 4


def test_the_scale_and_the_offset_of_a_track_do_not_matter():
    (wide, _), (narrow, _) = candidates(told(offset=0.7)), candidates(told(offset=0.1, spread=0.02))
    assert wide.similarity == pytest.approx(narrow.similarity, abs=1e-3)


def test_a_usual_best_neighbour_counts_what_is_set_and_none_counts_more_than_the_most():
    plain, _ = candidates(told(), weights={"clip": 1.0})
    assert np.median(np.sort(plain.similarity)[-8:]) == pytest.approx(0.15, abs=0.02)
    track = told()
    track.plain.similarity[3, 0] = 5.0
    standing_out, _ = candidates(track, weights={"clip": 1.0})
    assert standing_out.similarity.max() == pytest.approx(0.3, abs=1e-5)


def test_a_hub_that_is_near_to_everything_stands_out_nowhere():
    track = told()
    track.plain.similarity[:] = 0.9
    plain, _ = candidates(track, weights={"clip": 1.0})
    assert plain.similarity == pytest.approx(0.0, abs=1e-6)


def test_the_weight_scales_a_vote():
    whole, _ = candidates(told(), weights={"clip": 1.0})
    half, _ = candidates(told(), weights={"clip": 0.5})
    votes = np.exp(whole.similarity / TEMPERATURE), np.exp(half.similarity / TEMPERATURE)
    assert votes[1] == pytest.approx(votes[0] / 2, rel=1e-4)
    assert candidates(told(), weights={"clip": 0.0}) == []
    assert candidates(told(), weights={}) == []


def test_only_queries_inside_a_stretch_speak_for_it():
    track = told(step=10)
    plain, mirrored = candidates(track, Shot(50, 110))
    assert set(np.rint(plain.at_s * 30).astype(int)) == {55, 65, 75, 85, 95, 105}
    assert not plain.mirrored.any()
    assert mirrored.mirrored.all()
    assert (plain.crop == UNKNOWN_CROP).all()


def test_a_stretch_without_a_query_takes_the_frame_that_it_looks_like():
    track = replace(told(), frames=told().frames + 40)
    assert candidates(track, Shot(0, 20)) == []  # nothing came before
    plain, _ = candidates(told(step=50), Shot(30, 40))  # the query at 25 stands for it
    assert np.unique(plain.at_s) == pytest.approx([35 / 30])


def test_places_that_are_not_there_are_no_candidates():
    track = told()
    track.plain.source[:, 5:] = -1
    plain, mirrored = candidates(track)
    assert len(plain.at_s) == 5 * len(track.frames)
    assert len(mirrored.at_s) == 24 * len(track.frames)


def test_a_track_that_cannot_tell_left_from_right_votes_for_plain_places_alone():
    (plain,) = candidates(replace(told(), mirrored=None))
    assert not plain.mirrored.any()


def test_a_place_whose_voters_see_no_crop_says_so_and_the_best_window_is_found():
    (plain,) = candidates(replace(told(), mirrored=None), Shot(110, 155))
    windows = crop_windows(ASPECT, ASPECT)
    best = vote(
        plain,
        start_frame=110,
        end_frame=155,
        middle_s=132.5 / 30,
        length_s=1.5,
        crops=(windows,),
        settings=VoteSettings(),
    )[0]
    assert not best.crop_known
    frames = np.array([115, 130, 145])
    shown = PIECES[2].shown[frames - 110]
    chosen = best_window(COMMENTARY.grey[frames], FILM.source.signatures[shown][:, None], windows)
    assert chosen.apart(ZOOMED) < 0.06


def test_settings_can_be_sent_to_other_processes():
    assert pickle.loads(pickle.dumps(FinderSettings())) == FinderSettings()
