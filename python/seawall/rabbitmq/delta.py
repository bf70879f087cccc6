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


class Clear(NamedTuple):
    """The end of one client's life, in the message's own record and with its id as the key.

    With `keep_ids` the client is ended for good: what is delivered again of its life has no effect.
    Without, its ids are forgotten and it may begin a new life, so messages of the old one that are
    delivered once more, after a crash for example, begin it with what they said before.
    """

    client_id: str | bytes
    keep_ids: bool = True


Change: TypeAlias = Delta | Clear
Deltas: TypeAlias = Change | Iterable[Change] | None
"""One change, several (in order, committed together or not at all), or none for a message without
effect."""


def deltas_of(returned: Deltas) -> tuple[Change, ...]:
    """Returns a handler's changes as a tuple.

    Raises `TypeError` for anything else, and `ValueError` for two changes of one client: both would
    carry the message's one id, so the handler must combine them.
    """
    if isinstance(returned, Change):
        return (returned,)
    if returned is None:
        return ()
    changes = _as_tuple(returned)
    for change in changes:
        if not isinstance(change, Change):
            name = type(change).__name__
            raise TypeError(f"a handler returns Delta and Clear objects, not {name}")
    if len({change.client_id for change in changes}) < len(changes):
        raise ValueError("two changes of one client for one message: combine them into one")
    return changes


def _as_tuple(returned: Iterable[Change]) -> tuple[Change, ...]:
    try:
        return tuple(returned)
    except TypeError:
        name = type(returned).__name__
        raise TypeError(
            f"a handler returns Delta or Clear, several of them or None, not {name}"
        ) from None
