"""The benchmarks of model tracks run for real, on a tiny model and film."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import ablation, embed
from benchmarks.ablation import proposed
from benchmarks.truth import NO_FILM, NO_SECOND, TrueSegment, Truth, TruthFilm
from syncclip.encoders import ClipEncoder
from syncclip.matching.records import Crop, Hypothesis, Line
from tests.edits import Film
from tests.tiny_models import tiny_clip

WHOLE = Crop(0.0, 0.0, 1.0, 1.0)


def test_embed_measures_throughput_and_indexing_beside_its_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(embed, "LEAST_S", 0.05)
    film = Film(seed=61, shots=2, seconds=3).write(tmp_path / "film.mp4")
    words = ["embed", "--film", film, "--clip-model", tiny_clip(tmp_path / "tiny"), "--device"]
    words += ["cpu", "--repeats", "1", "--work", tmp_path, "--out", tmp_path / "embed.json"]
    command.main([str(word) for word in words])
    document = json.loads((tmp_path / "embed.json").read_text())
    measured = {figure["measure"]: figure["measured"] for figure in document["figures"]}
    assert measured["frames per second"] > 0
    assert measured["index time with CLIP ÷ (decode + pure model time)"] > 0
    assert measured["frames described"] == document["devices"]["cpu"]["turns"][0]["rows"] >= 2
    assert set(document["devices"]["cpu"]["throughput"]) == {"1", "4", "16"}
    assert document["model"].endswith("tiny")


def test_forward_passes_are_timed_without_what_goes_before_and_after_them(tmp_path, monkeypatch):
    monkeypatch.setattr(embed, "LEAST_S", 0.05)
    encoder = ClipEncoder.load(str(tiny_clip(tmp_path / "tiny")), device="cpu")
    shown, prepared = [], encoder._shown
    monkeypatch.setattr(encoder, "describe", lambda _: pytest.fail("described"))
    monkeypatch.setattr(
        encoder, "_shown", lambda pictures: shown.append(len(pictures)) or prepared(pictures)
    )
    assert set(embed._rates(encoder)) == {1, 4, 16}
    assert shown == [1, 4, 16]  # once for each size, before the clock runs

    def small_card(pictures):
        if len(pictures) > 4:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(encoder._net, "encode_image", small_card)
    assert set(embed._rates(encoder)) == {1, 4}


def test_a_device_that_is_not_here_is_said(tmp_path, capsys):
    words = ["embed", "--film", "film.mp4", "--clip-model", tiny_clip(tmp_path / "tiny")]
    words += ["--device", "mps", "--work", tmp_path, "--out", tmp_path / "embed.json"]
    assert command.main([str(word) for word in words]) == 1
    assert "none of these devices is here: mps" in capsys.readouterr().err


def a_truth() -> Truth:
    """Four seconds at 30 fps: two of a film from its 10th second on, mirrored, and two of none."""
    film = np.full((120, 2), NO_SECOND, np.int16)
    film[:60, 0], film[60:, 0] = 0, NO_FILM
    pts = np.full((120, 2), -1, np.int64)
    pts[:60, 0] = 240 + np.arange(60) * 24 // 30
    return Truth(
        style="typical",
        seed=1,
        fps=Fraction(30),
        films=(
            TruthFilm(
                name="film.mp4",
                path="film.mp4",
                frame_rate=Fraction(24),
                time_base=Fraction(1, 24),
                start_pts=0,
            ),
        ),
        segments=(
            TrueSegment(start_frame=0, end_frame=60, kind="film", film=0, mirrored=True),
            TrueSegment(start_frame=60, end_frame=120, kind="card"),
        ),
        film=film,
        pts=pts,
        end_pts=pts + 1,
    )


def a_place(start: int, end: int, source_s: float, *, mirrored: bool = True, source: int = 1):
    return Hypothesis(
        source=source,
        start_frame=start,
        end_frame=end,
        line=Line((start + end) / 60, source_s, 1.0),
        mirrored=mirrored,
        crop=WHOLE,
        shape=1.0,
        score=1.0,
    )


@pytest.mark.parametrize(
    ("place", "share"),
    [
        (a_place(0, 60, 11.0), 1.0),
        (a_place(0, 60, 11.5), 1.0),
        (a_place(0, 60, 11.8), 0.0),
        (a_place(0, 60, 11.0, mirrored=False), 0.0),
        (a_place(0, 60, 11.0, source=0), 0.0),
        (a_place(60, 120, 11.0), None),
    ],
    ids=["right", "near enough", "too far", "not mirrored", "another film", "from no film"],
)
def test_a_place_is_proposed_where_the_right_film_time_and_mirror_are(place, share):
    movies = ["other.mp4", "film.mp4"]
    assert proposed([[place]], a_truth(), movies, reach_s=0.6) == share


def test_any_of_a_stretchs_places_will_do_and_stretches_count_alike():
    wrong, right = a_place(0, 60, 3.0), a_place(0, 60, 11.0)
    movies = ["other.mp4", "film.mp4"]
    assert proposed([[wrong, right], [wrong], []], a_truth(), movies, reach_s=0.6) == 0.5


def test_a_blind_look_up_recognises_nothing():
    found = ablation._blind(np.zeros((3, 36, 64), np.uint8), 5)
    assert (found.source == -1).all()
    assert found.similarity.shape == (3, 5)


def test_random_weights_are_named_as_such(tmp_path):
    assert "say nothing" in ablation.RANDOM
    folder: Path = tiny_clip(tmp_path / "random")
    assert embed.random_model(folder, say=lambda line: None) == folder  # made once
