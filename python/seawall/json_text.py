"""Data as JSON text."""

from __future__ import annotations

import json
from typing import Any

from . import _native
from .errors import InvalidArgumentError

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_text(data: Any) -> str:
    """Returns `data` as compact JSON. Raises `InvalidArgumentError` for what JSON cannot hold; NaN and
    infinities are among that."""
    text = _native.json_text(data)
    if text is not None:
        return text
    try:
        return _ENCODER.encode(data)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"the data is not what JSON can hold: {error}") from error
