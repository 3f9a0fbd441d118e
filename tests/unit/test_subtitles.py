"""Subtitle files, read and written."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncclip._subtitles import format_subtitles, read_subtitles
from syncclip.errors import InputError
from syncclip.result import TranscriptLine

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>I'll be back</i>
before dawn.

2
00:00:03,000 --> 00:00:04,000
{\\an8}Rock &amp; roll

3
00:00:05,000 --> 00:00:06,000

"""
VTT = """WEBVTT

intro
00:01.000 --> 00:02.500 align:start
<v Roger>I'll be back before dawn.
"""
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not shown
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\b1}I'll be back{\\b0}\\Nbefore dawn.
"""


def line(start_s: float, end_s: float, text: str) -> TranscriptLine:
    return TranscriptLine(start_s=start_s, end_s=end_s, text=text)


def written(folder: Path, content: str | bytes, name: str = "film.srt") -> Path:
    data = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(data)
    return folder / name


@pytest.mark.parametrize(
    "content", [SRT, VTT, ASS, SRT.replace("\n", "\r\n"), b"\xef\xbb\xbf" + SRT.encode()]
)
def test_lines_are_read_without_markup(tmp_path: Path, content: str | bytes) -> None:
    lines = read_subtitles(written(tmp_path, content))
    assert lines[0] == line(1.0, 2.5, "I'll be back before dawn.")


def test_entities_are_letters_and_empty_lines_are_left_out(tmp_path: Path) -> None:
    assert read_subtitles(written(tmp_path, SRT))[1:] == (line(3.0, 4.0, "Rock & roll"),)


def test_lines_come_by_their_start(tmp_path: Path) -> None:
    early = "\n4\n00:00:00,100 --> 00:00:00,900\nFirst\n"
    assert read_subtitles(written(tmp_path, SRT + early))[0].text == "First"


def test_an_old_encoding_is_recognised(tmp_path: Path) -> None:
    pytest.importorskip("charset_normalizer")
    words = "Привет, как дела? Я не знаю, что сказать тебе сегодня вечером."
    old = SRT.replace("<i>I'll be back</i>", words).encode("cp1251")
    assert words in read_subtitles(written(tmp_path, old))[0].text


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_what_is_written_is_read_back(tmp_path: Path, kind: str) -> None:
    lines = (
        line(0.0, 1.234, "a < b & c {not a tag} <i>nor this"),
        line(1.234, 3600.5, "two\nlines"),
        line(7200.0, 7201.0, "--> after"),
    )
    text = format_subtitles(lines, kind)  # type: ignore[arg-type]
    if kind == "vtt":
        assert text.startswith("WEBVTT\n\n")
        assert "a &lt; b &amp; c {not a tag} &lt;i&gt;nor this" in text
    else:
        assert text.startswith("1\n00:00:00,000 --> 00:00:01,234\n")
        assert "a < b & c {not a tag} <i>nor this" in text
    back = read_subtitles(written(tmp_path, text, f"t.{kind}"))
    assert [(b.start_s, b.end_s) for b in back] == [(0, 1.234), (1.234, 3600.5), (7200, 7201)]
    assert back[1].text == "two lines"


def test_times_beyond_what_the_format_can_say_are_held_at_its_end() -> None:
    assert "98:59:59,000 --> 99:00:00,000" in format_subtitles([line(356399, 1e7, "late")], "srt")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no subtitle"),
        (b"just words", "no subtitle"),
        (b"\x00\xff\xfe\x80" * 50, "no subtitle|no text"),
        (b"{10}{20}frames", "no subtitle"),
        (b'{"info": {}, "events": [{"start": 0}]}', "no subtitle"),
        (
            ("1\n00:00:01,000 --> 00:00:02,000\n<i></i>\n", "no subtitles"),
            "no",
        ),
    ],
)
def test_what_holds_no_subtitles_is_refused(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InputError, match=message) as caught:
        read_subtitles(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_far_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_subtitles(tmp_path / "none.srt")
    with pytest.raises(InputError, match="is a folder"):
        read_subtitles(tmp_path)
    with pytest.raises(InputError, match="over 16 MB"):
        read_subtitles(written(tmp_path, b"x" * ((16 << 20) + 1)))
