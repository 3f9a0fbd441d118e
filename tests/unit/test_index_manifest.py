import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncclip.config import IndexConfig
from syncclip.errors import SettingsError
from syncclip.index import EncoderRecord, Manifest
from syncclip.index.manifest import MAX_GAPS
from syncclip.types import DecodeGap, PixelRect
from tests.index_fakes import CONTENT, stream_info

names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=[]), min_size=1, max_size=40
).filter(lambda name: name not in {".", ".."})
words = st.text(st.characters(exclude_characters="\0"), max_size=20)
ratios = st.builds(Fraction, st.integers(1, 10**6), st.integers(1, 10**6))


def manifest(**changes):
    made = Manifest(
        created_by="syncclip 0.1.0",
        fingerprint="f00d",
        name="film.mp4",
        info=stream_info(),
        end_pts=99_999,
        content=CONTENT,
        config=IndexConfig(),
        encoders=(
            EncoderRecord(id="builtin", dim=8, preprocessing="grey 32x18", fingerprint="a-1"),
        ),
        gaps=(DecodeGap(1.5, 3),),
    )
    return replace(made, **changes)


def through_json(value):
    return Manifest.from_json(json.loads(json.dumps(value.to_json(), allow_nan=False)))


@given(
    name=names,
    facts=st.fixed_dictionaries(
        {
            "codec": words,
            "frame_rate": ratios,
            "start_pts": st.integers(-(2**60), 2**60),
            "duration_s_from_header": st.none() | st.floats(0, 1e8),
            "rotation_deg": st.sampled_from([0, 90, 180, 270]),
        }
    ),
    samples=st.floats(0.01, 60),
    gaps=st.lists(st.builds(DecodeGap, st.floats(-10, 1e6), st.integers(0, 10**9)), max_size=4),
)
def test_a_manifest_comes_back_as_it_went(*, name, facts, samples, gaps):
    made = manifest(
        name=name,
        info=replace(stream_info(Path("/films") / name), **facts),
        config=IndexConfig(samples_per_s=samples),
        gaps=tuple(gaps),
    )
    assert through_json(made) == made


def test_a_path_that_is_not_text_survives():
    path = Path("/films") / b"caf\xe9 \xff.mp4".decode("utf-8", "surrogateescape")
    assert through_json(manifest(info=stream_info(path))).info.path == path


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("created_by",), 3),
        (("source",), []),
        (("source", "name"), ""),
        (("source", "name"), "../film.mp4"),
        (("source", "name"), "film\0.mp4"),
        (("source", "path"), "a\0b"),
        (("source", "fingerprint"), None),
        (("stream", "width_px"), 0),
        (("stream", "width_px"), -160),
        (("stream", "width_px"), 160.0),
        (("stream", "width_px"), True),
        (("stream", "height_px"), 2**40),
        (("stream", "frame_rate"), [24, 0]),
        (("stream", "frame_rate"), [24]),
        (("stream", "frame_rate"), 24),
        (("stream", "time_base"), [-1, 24]),
        (("stream", "rotation_deg"), 45),
        (("stream", "start_pts"), 2**70),
        (("stream", "end_pts"), -(2**70)),
        (("stream", "duration_s_from_header"), float("nan")),
        (("stream", "duration_s_from_header"), float("inf")),
        (("stream", "duration_s_from_header"), -1),
        (("stream", "duration_s_from_header"), False),
        (("stream", "frames_from_header"), -1),
        (("stream", "has_audio"), 1),
        (("content",), [0, 0, 0, 10]),
        (("content",), [0, 0, 161, 90]),
        (("content",), [1, 0, 160, 90]),
        (("content",), [0, 0, 160]),
        (("config", "signature_size"), [32, 1]),
        (("config", "signature_size"), [1000, 1000]),
        (("config", "samples_per_s"), 0),
        (("config", "samples_per_s"), float("nan")),
        (("encoders",), {}),
        (("encoders", 0, "id"), "../x"),
        (("encoders", 0, "id"), ""),
        (("encoders", 0, "dim"), 0),
        (("encoders", 0, "dim"), 2**40),
        (("encoders", 0), "builtin"),
        (("gaps", 0), [1.5]),
        (("gaps", 0), [1.5, -1]),
        (("gaps", 0), [float("nan"), 1]),
        (("gaps",), None),
    ],
)
def test_impossible_values_are_refused(where, value):
    told = manifest().to_json()
    place = told
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    with pytest.raises(ValueError, match=r"impossible|no object|malformed|not |leaves|must be"):
        Manifest.from_json(told)


def test_every_missing_value_is_refused():
    told = manifest().to_json()
    for key in list(told):
        with pytest.raises(ValueError, match=f"lacks '{key}'"):
            Manifest.from_json({k: v for k, v in told.items() if k != key})
    for key in list(told["stream"]):
        stream = {k: v for k, v in told["stream"].items() if k != key}
        with pytest.raises(ValueError, match=f"lacks '{key}'"):
            Manifest.from_json(told | {"stream": stream})


def test_an_encoder_named_twice_is_refused():
    told = manifest().to_json()
    told["encoders"] *= 2
    with pytest.raises(ValueError, match="twice"):
        Manifest.from_json(told)


def test_endless_damage_keeps_the_manifest_small_and_no_packet_uncounted():
    gaps = tuple(DecodeGap(float(n), 2) for n in range(MAX_GAPS + 500))
    kept = through_json(manifest(gaps=gaps)).gaps
    assert len(kept) == MAX_GAPS
    assert kept[:-1] == gaps[: MAX_GAPS - 1]
    assert sum(gap.packets_lost for gap in kept) == 2 * len(gaps)


@pytest.mark.parametrize(
    "options",
    [
        {"signature_size": (7, 18)},
        {"signature_size": (32, 129)},
        {"samples_per_s": 0.0},
        {"samples_per_s": -1.0},
        {"samples_per_s": float("nan")},
    ],
)
def test_settings_that_no_index_can_have_are_refused(options):
    with pytest.raises(SettingsError, match=next(iter(options))):
        IndexConfig(**options)


def test_the_content_rectangle_may_fill_the_picture():
    assert through_json(manifest(content=PixelRect(0, 0, 160, 90))).content.w == 160
