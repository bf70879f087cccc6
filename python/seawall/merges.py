"""Merges that need no interpreter of one's own: say how each value merges.

    WriteAheadLog(Struct(actors=Map(Sum()), rating=Mean(), best=ArgMax("score"), done=Flag()), ...)

Each is a whole interpreter, and a value of `Map` and `Struct`. The engine merges them, in threads of
its own and without Python. Data is what JSON can hold; what a merge cannot take is refused with
`InvalidArgumentError` when it is persisted, and no merge fails later. Numbers are added as the
decimals they are written as: exactly, without overflow, in whatever order records come. Integers come
back as int, sums with a fraction as float.
"""

from __future__ import annotations

import json
from typing import Any

from . import _native
from .errors import InvalidArgumentError
from .json_text import json_text
from .state_interpreter import StateInterpreterInterface

__all__ = [
    "ArgMax", "Flag", "Last", "List", "Map", "Max", "Mean", "Merge", "Min", "Set", "Struct", "Sum",
]  # fmt: skip


class Merge(StateInterpreterInterface):
    """Base of the merges below. Immutable; may be shared by any number of logs and threads.

    `schema` is its text, as `seawall persist --merge` takes it; `interpreter_id` the name of a log
    made with it. A log made with one schema cannot be opened with another; the order of a struct's
    fields does not matter.
    """

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self._native = _native.merge_interpreter(schema)
        self.interpreter_id = self._native.id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.schema}>"

    def format_data(self, data: Any) -> str:
        """Returns `data` as JSON. Whether the merge takes it is the engine's to say."""
        return json_text(data)

    def parse_data(self, stored: Any) -> Any:
        """Returns what the JSON text `stored` holds."""
        return json.loads(stored)

    def merge_data(self, data_entries: list[Any]) -> Any:
        """Returns the state that the entries make, as a log would: for tests, and previews."""
        return self.parse_data(self._native.merge([self._encode(entry) for entry in data_entries]))

    def _native_interpreter(self) -> _native.Interpreter:
        return self._native

    def _encode(self, data: Any) -> str:
        return self.format_data(data)

    def _decode(self, stored: bytes) -> Any:
        return self.parse_data(stored)


class Last(Merge):
    """Any value; that of the later record wins. State: the value, None at first."""

    def __init__(self) -> None:
        super().__init__("last")


class Sum(Merge):
    """Adds numbers. State: the exact sum, 0 at first."""

    def __init__(self) -> None:
        super().__init__("sum")


class Mean(Merge):
    """Counts and adds numbers; `{"count": n, "sum": s}` stands for n of them.

    State: `{"count": n, "sum": s}`, at first both 0. The mean is s / n.
    """

    def __init__(self) -> None:
        super().__init__("mean")


class Min(Merge):
    """The least of numbers and strings, numbers before strings; None is no value. State: None at first."""

    def __init__(self) -> None:
        super().__init__("min")


class Max(Merge):
    """The greatest of numbers and strings, numbers before strings; None is no value. State: None at first."""

    def __init__(self) -> None:
        super().__init__("max")


class ArgMax(Merge):
    """The dict whose member *field*, a number or string, is greatest; None is no value.

    Of equal ones the dict with the greater JSON text wins, whatever came first. State: None at first.
    """

    def __init__(self, field: str) -> None:
        super().__init__(f"arg_max({_quoted(field)})")


class Set(Merge):
    """Collects numbers and strings, given one at a time or as a list. State: a sorted list, [] at first."""

    def __init__(self) -> None:
        super().__init__("set")


class List(Merge):
    """Appends values of any kind; a list appends its elements. State: a list, [] at first.

    With *cap*, at least 1, the newest *cap* values stay.
    """

    def __init__(self, cap: int | None = None) -> None:
        if cap is not None and (isinstance(cap, bool) or not isinstance(cap, int)):
            raise InvalidArgumentError(f"a cap must be an int, not {type(cap).__name__}")
        super().__init__("list" if cap is None else f"list({cap})")


class Flag(Merge):
    """Whether True ever came. State: False at first."""

    def __init__(self) -> None:
        super().__init__("flag")


class Map(Merge):
    """A dict of any keys, each of its values merged by *value*. State: a dict, {} at first."""

    def __init__(self, value: Merge) -> None:
        super().__init__(f"map({_schema_of(value)})")


class Struct(Merge):
    """A dict of named fields, each merged its own way.

    A record gives some of the fields and leaves the others alone; a field that is not named here is
    refused. State: a dict of all fields. Names that are no identifiers go into a dict:
    `Struct({"my field": Sum()}, done=Flag())`.
    """

    def __init__(self, fields: dict[str, Merge] | None = None, /, **more: Merge) -> None:
        fields = fields or {}
        if twice := fields.keys() & more.keys():
            raise InvalidArgumentError(f"field given twice: {min(twice)}")
        members = (
            f"{_quoted(name)}:{_schema_of(merge)}"
            for name, merge in sorted({**fields, **more}.items())
        )
        super().__init__("{" + ",".join(members) + "}")


def _quoted(name: str) -> str:
    if not isinstance(name, str):
        raise InvalidArgumentError(f"a field's name must be a str, not {type(name).__name__}")
    return json.dumps(name)


def _schema_of(merge: Merge) -> str:
    if not isinstance(merge, Merge):
        raise InvalidArgumentError(
            f"expected a merge, such as Sum(), not {type(merge).__name__}: {merge!r}"
        )
    return merge.schema
