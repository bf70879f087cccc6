"""Data as JSON text."""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable
from typing import Any

from .errors import InvalidArgumentError


def _encoder() -> Callable[[Any], str]:
    """Returns a function that encodes data as compact JSON, refusing NaN.

    `JSONEncoder.encode` makes the C encoder anew for each call, which costs as much as encoding a small
    dict. This makes it once, where the library has it in the form that is expected.
    """
    plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        # No markers: a circle ends in RecursionError instead of ValueError, and threads share nothing.
        encode = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
            None, plain.default, json.encoder.encode_basestring, None, ":", ",", False, False, False
        )
        samples = [{"a": [1, 2.5, None, True, "\u00e9\""], "b": {}}, "\u00e9", 2.5, None]
        if any("".join(encode(sample, 0)) != plain.encode(sample) for sample in samples):
            return plain.encode
    except (AttributeError, TypeError):
        return plain.encode
    return lambda data: "".join(encode(data, 0))


_encode = _encoder()


def json_text(data: Any) -> str:
    """Returns `data` as compact JSON. Raises `InvalidArgumentError` for what JSON cannot hold; NaN and
    infinities are among that."""
    try:
        return _encode(data)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"the data is not what JSON can hold: {error}") from error
