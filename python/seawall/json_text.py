"""Data as JSON text."""

from __future__ import annotations

import json
from typing import Any

from ._native import plain_json
from .errors import InvalidArgumentError

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def json_text(data: Any) -> str:
    """Returns `data` as compact JSON. Raises `InvalidArgumentError` for what JSON cannot hold; NaN and
    infinities are among that."""
    text = plain_json(data)  # a third of the library's time; the rest is the library's to judge
    if text is not None:
        return text
    try:
        return _encode(data)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"the data is not what JSON can hold: {error}") from error
