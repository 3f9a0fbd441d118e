"""Places in movies that words name: what is heard in the commentary against movies' subtitles.

A subtitle line is looked for among all runs of as many spoken words by the share of letters that
both have in the same order (InDel similarity), which forgives what recognisers mishear. A find
counts by its information content: the logarithm of how improbable the line's words are (Shannon),
since an everyday phrase fits anywhere and a rare one does not.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from syncclip.errors import MissingDependencyError
from syncclip.matching.hints import Hint
from syncclip.result import SpokenWord, TranscriptLine

__all__ = ["DialogueSettings", "find_dialogue"]


UNSEEN_WORDS = 5000
"""Words that count as said elsewhere: a language has more than a short film says of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueSettings:
    """How dialogue is recognised."""

    similarity: float = 0.7
    """Least share of letters in common: a fifth of the words misheard leaves about 0.8."""
    least_words: int = 3
    most_words: int = 24
    """Of a line, or of two that follow each other; longer ones are cut off."""
    least_bits: float = 24.0
    """Information that a find must have: some four million pairs are compared in a usual film and
    commentary (22 bits), so that chance alone gives one false find in four."""
    sure_bits: float = 72.0
    """Information from which more makes no find surer."""
    pause_s: float = 2.0
    """Longest pause inside a run of words, and between two lines that are taken together."""
    same_place_s: float = 1.5
    """Finds whose offsets differ by less are one."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A subtitle line, or two, to be looked for."""

    source: int
    words: tuple[str, ...]
    start_s: float
    bits: float


@dataclass(frozen=True, slots=True)
class _Find:
    """A run of spoken words that says a line."""

    start_s: float
    end_s: float
    line: _Line
    bits: float


def find_dialogue(
    transcript: Sequence[TranscriptLine],
    subtitles: Mapping[int, Sequence[TranscriptLine]],
    settings: DialogueSettings | None = None,
) -> list[Hint]:
    """Places where a movie's dialogue is heard.

    Args:
        transcript: What is spoken in the commentary.
        subtitles: Of movies, by their number among the sources.
        settings: How it is recognised.

    Returns:
        Hints by time. A line that movies have several times gives a weaker hint for each.

    Raises:
        MissingDependencyError: Where the package that compares words is not installed.
    """
    settings = settings or DialogueSettings()
    spoken = [word for line in transcript for word in _words(line)]
    counts = Counter(word.text for word in spoken)
    counts.update(
        token for lines in subtitles.values() for line in lines for token in _tokens(line.text)
    )
    lines = [
        line
        for source, titles in subtitles.items()
        for line in _lines(source, titles, counts, settings)
    ]
    finds = sorted(_finds(spoken, lines, settings), key=lambda find: -find.bits)
    return sorted(_hints(_distinct(finds, settings), settings), key=lambda hint: hint.start_s)


def _hints(finds: Sequence[_Find], settings: DialogueSettings) -> Iterator[Hint]:
    for find in finds:
        others = sum(_overlap(find, other) and other.bits > 0.8 * find.bits for other in finds)
        yield Hint(
            start_s=find.start_s,
            end_s=find.end_s,
            source=find.line.source,
            source_s=find.line.start_s,
            weight=min(find.bits / settings.sure_bits, 1.0) / others,
        )


def _distinct(finds: Sequence[_Find], settings: DialogueSettings) -> list[_Find]:
    """Without those that a better one says already; best first."""
    kept: list[_Find] = []
    for find in finds:
        offset_s = find.line.start_s - find.start_s
        if not any(
            other.line.source == find.line.source
            and _overlap(find, other)
            and abs(other.line.start_s - other.start_s - offset_s) < settings.same_place_s
            for other in kept
        ):
            kept.append(find)
    return kept


def _overlap(a: _Find, b: _Find) -> bool:
    return a.start_s < b.end_s and b.start_s < a.end_s


def _finds(
    spoken: Sequence[SpokenWord], lines: Sequence[_Line], settings: DialogueSettings
) -> Iterator[_Find]:
    """Every run of words that is like a line, compared with the runs of the line's own length."""
    try:
        from rapidfuzz.fuzz import ratio
        from rapidfuzz.process import cdist
    except ImportError:
        raise MissingDependencyError("rapidfuzz", extra="transcribe") from None
    by_length: dict[int, list[_Line]] = defaultdict(list)
    for line in lines:
        by_length[len(line.words)].append(line)
    for length, alike in by_length.items():
        runs = _runs(spoken, length, settings.pause_s)
        if not runs:
            continue
        likeness = cdist(
            [" ".join(word.text for word in run) for run in runs],
            [" ".join(line.words) for line in alike],
            scorer=ratio,
            score_cutoff=100 * settings.similarity,
            dtype=np.uint8,
        )
        for row, column in np.argwhere(likeness):
            line, run = alike[column], runs[row]
            # Half alike is what unrelated words are.
            bits = line.bits * (2 * float(likeness[row, column]) / 100 - 1)
            if bits >= settings.least_bits:
                yield _Find(run[0].start_s, run[-1].end_s, line, bits)


def _runs(spoken: Sequence[SpokenWord], length: int, pause_s: float) -> list[Sequence[SpokenWord]]:
    """All runs of so many words, without long pauses inside."""
    runs = (spoken[i : i + length] for i in range(len(spoken) - length + 1))
    return [run for run in runs if all(b.start_s - a.end_s <= pause_s for a, b in pairwise(run))]


def _lines(
    source: int,
    titles: Sequence[TranscriptLine],
    counts: Counter[str],
    settings: DialogueSettings,
) -> Iterator[_Line]:
    """Every line of a movie's subtitles, and every two that follow each other without a pause."""
    total = counts.total() + UNSEEN_WORDS

    def line(words: Sequence[str], start_s: float) -> _Line:
        words = words[: settings.most_words]
        bits = sum(math.log2(total / (counts[word] + 1)) for word in words)
        return _Line(source, tuple(words), start_s, bits)

    tokens = [_tokens(title.text) for title in titles]
    for number, title in enumerate(titles):
        if len(tokens[number]) >= settings.least_words:
            yield line(tokens[number], title.start_s)
        if number + 1 == len(titles) or not (tokens[number] and tokens[number + 1]):
            continue
        both = [*tokens[number], *tokens[number + 1]]
        near = titles[number + 1].start_s - title.end_s <= settings.pause_s
        if near and settings.least_words <= len(both) <= settings.most_words:
            yield line(both, title.start_s)


def _words(line: TranscriptLine) -> Iterator[SpokenWord]:
    """A line's words as they are compared, each with its time."""
    for word in line.words or _evenly(line):
        for token in _tokens(word.text):
            yield SpokenWord(start_s=word.start_s, end_s=word.end_s, text=token)


def _evenly(line: TranscriptLine) -> Iterable[SpokenWord]:
    """Words of a line of which only its own times are known: as long as they have letters."""
    words = line.text.split()
    edges = np.cumsum([0, *(len(word) + 1 for word in words)])
    times = line.start_s + (line.end_s - line.start_s) * edges / max(edges[-1], 1)
    for word, (start_s, end_s) in zip(words, pairwise(times), strict=True):
        yield SpokenWord(start_s=float(start_s), end_s=float(end_s), text=word)


_ASIDE = re.compile(r"\[[^\]]*\]|\([^)]*\)|♪[^♪]*♪?")
"""What subtitles describe and nobody says."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def _tokens(text: str) -> list[str]:
    """Words without case, accents and punctuation; in scripts without spaces, letter by letter."""
    plain = unicodedata.normalize("NFKD", _ASIDE.sub(" ", text)).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("’", "'")
    tokens: list[str] = []
    for word in _WORD.findall(plain):
        tokens += list(word) if _unspaced(word[0]) else [word.replace("'", "")]
    return tokens


def _unspaced(letter: str) -> bool:
    """True for letters of Chinese, Japanese and Thai, which have no spaces between words."""
    return any(low <= letter <= high for low, high in (("぀", "ヿ"), ("㐀", "鿿"), ("฀", "๿")))
