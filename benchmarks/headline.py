"""The few figures of a README's first screen, picked from the committed results, in two languages.

Everything else stands in the full tables; a row that is chosen here must be one of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.baselines.tables import INSTEAD, mean_scores, table_row

__all__ = ["HEADLINES", "SOURCES", "headline"]

SOURCES = ("accuracy", "matching")
"""Results that a headline is made from."""
OWN = "syncclip"
MEASURE = "f1@1frame"
COSTS = (
    "match time ÷ commentary duration",
    "index time ÷ decode-only time",
    "index size per film hour",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a headline says in one language."""

    head: tuple[str, str, str]
    rows: Mapping[str, str]
    """Row of the accuracy suite, and how it is called here."""
    false: str
    """A share of frames that were claimed although they are from no movie."""
    costs: str
    """A sentence around the three costs."""
    titles: Mapping[str, str]
    """How the other aligners are called here; by their own titles where left out."""


HEADLINES: Mapping[str, Words] = {
    "headline": Words(
        head=("edit", "SyncClip", "best other aligner"),
        rows={
            "light, Big Buck Bunny": "30 fps, logo, subtitles",
            "typical, Big Buck Bunny": "zoom, mirror, speed, inserts, grading",
            "typical, Sintel": "the same, another film",
            "hard, Big Buck Bunny": "strong edits, a presenter in the corner, crf 33",
            "9:16 with blurred bars, Big Buck Bunny": "9:16 with blurred bars",
            "split screen, picture in picture, Big Buck Bunny": "split screens, picture in picture",
            "nothing from the movie": "nothing from the movie: claimed all the same",
        },
        false="{:.1%}",
        costs="Matching takes {} × the commentary's length on two cores, indexing {} × the time of "
        "decoding the film, and an hour of film {} MB.",
        titles={},
    ),
    "headline-zh": Words(
        head=("剪辑方式", "SyncClip", "其他对齐方法中最好的"),
        rows={
            "light, Big Buck Bunny": "30 fps、台标、字幕",
            "typical, Big Buck Bunny": "缩放、镜像、变速、插入片段、调色",
            "typical, Sintel": "同上，另一部影片",
            "hard, Big Buck Bunny": "重度剪辑、角落里有主持人、crf 33",
            "9:16 with blurred bars, Big Buck Bunny": "9:16 竖屏、模糊背景",
            "split screen, picture in picture, Big Buck Bunny": "分屏、画中画",
            "nothing from the movie": "完全不含该影片：被误认的画面",
        },
        false="{:.1%}",
        costs="两个 CPU 核心上，匹配耗时为解说时长的 {} 倍，建索引耗时为解码影片的 {} 倍，"
        "每小时影片的索引占 {} MB。",
        titles={
            "per frame": "逐帧匹配",
            "Hough vote": "霍夫投票",
            "network, published": "时间网络（原参数）",
            "network, recap": "时间网络（调参）",
            "time warping": "动态时间规整",
            "FFmpeg signature": "FFmpeg signature 滤镜",
        },
    ),
}
"""By the name of their marker."""


def headline(name: str, results: Mapping[str, Mapping[str, Any]]) -> str:
    """The table and the sentence of one headline.

    Args:
        name: One of :data:`HEADLINES`.
        results: Documents of :data:`SOURCES` by name.

    Raises:
        KeyError: Where the results lack a row or a figure.
    """
    words, accuracy = HEADLINES[name], results["accuracy"]
    rows = {row["what"]: row for row in accuracy["rows"]}
    lines = [table_row(words.head), "|---|---|---|"]
    lines += [
        table_row([title, *_row(rows[what], accuracy["methods"], words)])
        for what, title in words.rows.items()
    ]
    measured = {figure["measure"]: figure["measured"] for figure in results["matching"]["figures"]}
    costs = [f"{measured[cost]:.3g}" for cost in COSTS]
    return "\n".join([*lines, "", words.costs.format(*costs)])


def _row(
    row: Mapping[str, Any], methods: Mapping[str, Mapping[str, Any]], words: Words
) -> tuple[str, str]:
    """SyncClip's figure, and the best of the others, each on the cases that it ran on."""
    nothing = mean_scores(row, OWN, MEASURE)[0] is None
    shown = words.false if nothing else "{:.3f}"
    means = {}
    for method in methods:
        value, _ = mean_scores(row, method, INSTEAD if nothing else MEASURE)
        if value is not None:
            means[method] = value
    own = means.pop(OWN)
    best = (min if nothing else max)(means, key=lambda method: means[method])
    title = methods[best]["title"]
    other = f"{shown.format(means[best])} ({words.titles.get(title, title)})"
    return f"**{shown.format(own)}**", other
