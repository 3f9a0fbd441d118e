"""JSON as people like to read it, with the values that json writes."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncclip._files import format_json

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
plain = st.none() | st.booleans() | numbers | st.text()
values = st.recursive(
    plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(values)
def test_whatever_is_written_is_read_back_as_it_was(value: object) -> None:
    read = json.loads(format_json(value))
    assert read == value
    assert json.dumps(read) == json.dumps(value)


def test_records_have_a_line_for_every_key_and_numbers_one_for_all() -> None:
    text = format_json({"a": [{"b": 1}, {"b": True}], "c": [0.5, 2], "d": [], "e": {}, "ü": None})
    assert text == (
        '{\n  "a": [\n    {\n      "b": 1\n    },\n    {\n      "b": true\n    }\n  ],\n'
        '  "c": [0.5, 2],\n  "d": [],\n  "e": {},\n  "ü": null\n}'
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    for written in (value, [value], {"a": (1, value)}):
        with pytest.raises(ValueError, match="not JSON compliant"):
            format_json(written)
