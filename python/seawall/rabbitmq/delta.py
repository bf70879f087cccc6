"""What a handler returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias


class Delta(NamedTuple):
    """A change of one client's state.

    `client_id` is a str or bytes of 1 to 4,096 bytes; `data` is what the log's interpreter takes.
    """

    client_id: str | bytes
    data: Any


Deltas: TypeAlias = Delta | Iterable[Delta] | None
"""One delta, several (committed together or not at all), or none for a message without effect."""


def deltas_of(returned: Deltas) -> tuple[Delta, ...]:
    """Returns a handler's deltas as a tuple.

    Raises `TypeError` for anything else, and `ValueError` for two deltas of one client: both would
    carry the message's one id, so the handler must combine them.
    """
    if isinstance(returned, Delta):
        return (returned,)
    if returned is None:
        return ()
    deltas = _as_tuple(returned)
    for delta in deltas:
        if not isinstance(delta, Delta):
            raise TypeError(f"a handler returns Delta objects, not {type(delta).__name__}")
    if len({delta.client_id for delta in deltas}) < len(deltas):
        raise ValueError("two deltas of one client for one message: combine them into one")
    return deltas


def _as_tuple(returned: Iterable[Delta]) -> tuple[Delta, ...]:
    try:
        return tuple(returned)
    except TypeError:
        name = type(returned).__name__
        raise TypeError(f"a handler returns Delta, several of them or None, not {name}") from None
