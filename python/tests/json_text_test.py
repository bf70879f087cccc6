"""JSON text, however it is made, is the library's, byte for byte."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall import InvalidArgumentError
from seawall._native import plain_json
from seawall.json_text import json_text

LIBRARY = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
ESCAPED = "".join(map(chr, range(0x80))) + "\u2028\u00e9\u20ac\U0001f600"
FINITE = st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | st.integers() | FINITE | st.text()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
)


def nested(depth: int) -> list[Any]:
    deep: list[Any] = []
    for _ in range(depth - 1):
        deep = [deep]
    return deep


class Colour(IntEnum):
    RED = 1


class Words(dict[str, Any]):
    pass


@given(VALUES)
def test_it_is_what_the_library_writes(value: Any) -> None:
    assert json_text(value) == LIBRARY.encode(value)


@pytest.mark.parametrize(
    "value",
    [{}, [], (), {"a": [1, (None, True, False)]}, -(2**63), 2**63 - 1, -0.0, 5e-324, 1e16, 1.0]
    + [ESCAPED, {ESCAPED: ESCAPED}, nested(64)],
)
def test_what_is_plain_needs_no_library(value: Any) -> None:
    assert plain_json(value) == LIBRARY.encode(value)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("-inf"), 2**63, -(2**63) - 1, Colour.RED, {1: 2}, Words(a=1), b"", {1}]
    + ["\ud800", {"\ud800": 1}, nested(65)],
)
def test_what_is_not_is_left_to_the_library(value: Any) -> None:
    for data in (value, [value], {"a": value}):
        assert plain_json(data) is None


@pytest.mark.parametrize("value", [Colour.RED, Words(a=1), {1: 2}, {"a": {None: 1}}, {True: 1}], ids=repr)
def test_unusual_types_too(value: Any) -> None:
    assert json_text(value) == LIBRARY.encode(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes", {(1, 2): 3}, object()])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    for data in (value, [value], {"a": value}):
        with pytest.raises(InvalidArgumentError, match="not what JSON can hold"):
            json_text(data)


def test_circles_and_bottomless_depth_are_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    for data in (circle, nested(100_000)):
        with pytest.raises(InvalidArgumentError, match="not what JSON can hold"):
            json_text(data)
