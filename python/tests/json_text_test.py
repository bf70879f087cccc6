"""JSON text of the engine's own writer: the library's, byte for byte, or none at all."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall import InvalidArgumentError, _native
from seawall.json_text import json_text

LIBRARY = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))  # all but surrogates
INT64 = st.integers(-(2**63), 2**63 - 1)
LEAVES = st.none() | st.booleans() | INT64 | FINITE | TEXT
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(TEXT, inner),
)


class Colour(IntEnum):
    RED = 1


class Words(dict[str, Any]):
    pass


@given(VALUES)
def test_it_writes_what_the_library_writes(value: Any) -> None:
    assert _native.json_text(value) == LIBRARY.encode(value)


def test_every_character_that_is_escaped() -> None:
    text = "".join(map(chr, range(0x100))) + "\u2028\uffff\U0001f600"
    assert _native.json_text({text: text}) == LIBRARY.encode({text: text})


@pytest.mark.parametrize(
    "value",
    [2**63, -(2**63) - 1, Colour.RED, Words(a=1), {1: 2}, {"a": {None: 1}}, {True: 1}, [Words()]],
    ids=repr,
)
def test_the_library_decides_about_the_rest(value: Any) -> None:
    assert _native.json_text(value) is None
    assert json_text(value) == LIBRARY.encode(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes", {(1, 2): 3}, object()])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    for data in (value, [value], {"a": value}):
        assert _native.json_text(data) is None
        with pytest.raises(InvalidArgumentError, match="not what JSON can hold"):
            json_text(data)


def test_depth_is_bounded() -> None:
    def nested(depth: int) -> list[Any]:
        value: list[Any] = []
        for _ in range(depth - 1):
            value = [value]
        return value

    assert _native.json_text(nested(500)) == "[" * 500 + "]" * 500
    assert _native.json_text(nested(501)) is None
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(InvalidArgumentError, match="not what JSON can hold"):
        json_text(circle)
    with pytest.raises(InvalidArgumentError, match="not what JSON can hold"):
        json_text(nested(100_000))


def test_a_lone_surrogate_is_left_to_the_engine_to_refuse() -> None:
    assert _native.json_text({"a": "\ud800"}) is None
