"""Dialogue heard in a commentary against subtitles of movies."""

from __future__ import annotations

import random
import time

import pytest

from syncclip.matching.dialogue import find_dialogue
from syncclip.result import TranscriptLine
from tests.unit.results_strategies import a_line

pytest.importorskip("rapidfuzz")

FILM = [
    (10.0, 12.0, "Where did you hide the emerald?"),
    (12.5, 14.0, "- I don't know what you mean."),
    (30.0, 32.0, "(door creaks)"),
    (40.0, 43.0, "The lighthouse keeper <sold> it to a sailor from Bergen."),
    (60.0, 61.0, "Yes."),
    (61.2, 62.5, "But not before midnight."),
    (90.0, 92.0, "I don't know what you mean."),
]


def subtitles(*lines: tuple[float, float, str]) -> list[TranscriptLine]:
    return [TranscriptLine(start_s=a, end_s=b, text=text) for a, b, text in lines or FILM]


def places(*spoken: TranscriptLine, titles: dict | None = None) -> list[tuple[int, float, float]]:
    found = find_dialogue(spoken, titles or {0: subtitles()})
    return [(hint.source, hint.start_s, hint.source_s) for hint in found]


def test_a_line_that_is_heard_names_its_place() -> None:
    spoken = a_line(5.0, "The lighthouse keeper sold it to a sailor from Bergen")
    assert places(spoken) == [(0, 5.0, 40.0)]


def test_a_line_is_found_in_the_middle_of_the_narration() -> None:
    spoken = a_line(0.0, "So he asks her where did you hide the emerald and she says nothing")
    assert places(spoken) == [(0, 2.0, 10.0)]


def test_misheard_words_do_not_hide_a_line() -> None:
    spoken = a_line(5.0, "the light house keeper sowed it to sailor from burgen")
    assert [(source, at) for source, _, at in places(spoken)] == [(0, 40.0)]


def test_a_line_that_is_heard_across_two_transcript_lines_is_found() -> None:
    titles = {0: subtitles((60.0, 62.0, "But certainly not before midnight, Leopold."))}
    spoken = (a_line(5.0, "But certainly not"), a_line(6.6, "before midnight Leopold"))
    assert places(*spoken, titles=titles) == [(0, 5.0, 60.0)]


def test_two_short_lines_that_follow_each_other_are_one() -> None:
    titles = {0: subtitles((60.0, 61.0, "Not before"), (61.2, 62.0, "midnight, Leopold."))}
    assert places(a_line(5.0, "not before midnight Leopold"), titles=titles) == [(0, 5.0, 60.0)]


def test_narration_that_no_movie_says_names_no_place() -> None:
    tale = "In this film an old fisherman finds a strange box on the beach and brings it home"
    assert places(a_line(0.0, tale), a_line(9.0, "yes"), a_line(11.0, "I don't know")) == []


def test_a_line_that_is_said_twice_is_two_weaker_hints() -> None:
    hints = find_dialogue([a_line(5.0, "I don't know what you mean")], {0: subtitles()})
    (sure,) = find_dialogue([a_line(5.0, "I don't know what you mean")], {0: subtitles(FILM[1])})
    assert [hint.source_s for hint in hints] == [12.5, 90.0]
    assert all(hint.weight < 0.7 * sure.weight for hint in hints)


def test_a_rare_line_weighs_more_than_an_everyday_one() -> None:
    common = [(100.0 + i, 100.5 + i, f"you know what I mean, {i}") for i in range(40)]
    titles = {0: subtitles(*FILM[:4], *common)}
    rare = find_dialogue([a_line(5.0, "where did you hide the emerald")], titles)
    everyday = find_dialogue([a_line(5.0, "I don't know what you mean")], titles)
    assert rare[0].weight > 1.2 * max((hint.weight for hint in everyday), default=0.0)


def test_the_right_movie_of_several_is_named() -> None:
    titles = {2: subtitles((3.0, 5.0, "Nothing of the kind was said.")), 5: subtitles()}
    assert places(a_line(5.0, "where did you hide the emerald"), titles=titles) == [(5, 5.0, 10.0)]


def test_words_far_apart_are_no_line() -> None:
    spoken = (a_line(5.0, "where did you"), a_line(30.0, "hide the emerald"))
    assert places(*spoken) == []


def test_a_transcript_without_words_times_is_divided_by_letters() -> None:
    line = TranscriptLine(
        start_s=10.0, end_s=20.0, text="aaaaaaaaaaaaaa where did you hide the emerald"
    )
    ((_, start_s, source_s),) = places(line)
    assert source_s == 10.0
    assert start_s == pytest.approx(10 + 10 * 15 / 46)


def test_scripts_without_spaces_are_compared_letter_by_letter() -> None:
    titles = {0: subtitles((7.0, 9.0, "灯台守はそれを船乗りに売った"))}
    assert places(a_line(5.0, "彼は 灯台守はそれを船乗りに売った"), titles=titles) == [
        (0, 5.5, 7.0)
    ]


def test_accents_and_case_make_no_difference() -> None:
    titles = {0: subtitles((7.0, 9.0, "Où est passée l’ÉMERAUDE de Gaëlle ?"))}
    assert places(a_line(5.0, "ou est passee l'emeraude de gaelle"), titles=titles)


def test_nothing_spoken_or_no_subtitles_gives_nothing() -> None:
    assert places() == []
    assert find_dialogue([a_line(0.0, "where did you hide the emerald")], {}) == []


def made_up(rng: random.Random, count: int, words: int) -> list[str]:
    """Sentences of a made-up language whose words are as unevenly used as those of real ones."""
    letters = "eeeeetttaaooiinnsshhrrddlluucmwfgypbvk"
    lexicon = ["".join(rng.choices(letters, k=rng.randint(2, 8))) for _ in range(4000)]
    weights = [1 / (rank + 3) for rank in range(len(lexicon))]  # Zipf's law
    return [" ".join(rng.choices(lexicon, weights, k=words)) for _ in range(count)]


def test_chance_names_hardly_any_place_in_a_whole_film() -> None:
    rng = random.Random(1)
    says, tells = made_up(rng, 1500, 6), made_up(rng, 300, 10)
    rng = random.Random(1)
    titles = {0: subtitles(*((4.0 * i, 4.0 * i + 3, text) for i, text in enumerate(says)))}
    spoken = [a_line(5.0 * i, text) for i, text in enumerate(tells)]
    began = time.perf_counter()
    assert len(find_dialogue(spoken, titles)) <= 1
    assert time.perf_counter() - began < 10
    spoken[100] = a_line(500.0, says[700])
    assert any(hint.source_s == 2800.0 for hint in find_dialogue(spoken, titles))
