"""How data becomes state: the interface, the default interpreter, and those written in Python."""

from __future__ import annotations

import abc
import json
from typing import Any

from . import _native
from .errors import InterpreterError, InvalidArgumentError
from .json_text import json_text

__all__ = ["ConsumerStateInterpreter", "StateInterpreterInterface"]

_TEXT = b"t"
_BYTES = b"b"


class StateInterpreterInterface(abc.ABC):
    """Turns data into what is stored, and merges what was stored into state.

    `merge_data` gets the client's state so far, when there is one, followed by later data in LSN
    order: a state is an entry like any other, and merging in two steps must give what merging in
    one gives. It runs in a thread that calls `retrieve`, never in one of the log's own, and may be
    called for different clients at once. A merge that raises loses nothing: the data stays durable,
    and `retrieve` of that client raises the same until the interpreter is mended.

    `interpreter_id` names the format, 1 to 4,096 bytes; a log made with one name cannot be opened with
    another. The default is "python." and the name of the class.
    """

    interpreter_id: str = ""

    @abc.abstractmethod
    def format_data(self, data: Any) -> str | bytes:
        """Returns `data` as it is to be stored. Raising refuses the record; nothing is written."""

    @abc.abstractmethod
    def parse_data(self, stored: Any) -> Any:
        """Returns what `format_data` was given; `stored` is of the type that it returned."""

    @abc.abstractmethod
    def merge_data(self, data_entries: list[Any]) -> Any:
        """Returns the state that one or more entries make, oldest first; `format_data` takes it."""

    def _native_interpreter(self) -> _native.Interpreter:
        """Returns what the engine merges with; interpreters of the engine's own override it."""
        name = self.interpreter_id or f"python.{type(self).__name__}"
        return _native.python_interpreter(name, self._merge_stored)

    def _encode(self, data: Any) -> str | bytes:
        """Returns `data` as the engine takes it."""
        stored = self.format_data(data)
        if isinstance(stored, str):
            try:
                return _TEXT + stored.encode()
            except UnicodeEncodeError as error:
                raise InterpreterError(f"format_data returned text that is no UTF-8: {error}") from error
        if isinstance(stored, bytes):
            return _BYTES + stored
        raise InterpreterError(
            f"{type(self).__name__}.format_data returned {type(stored).__name__}, "
            "it must be str or bytes"
        )

    def _decode(self, stored: bytes) -> Any:
        """Returns the data or state in the engine's bytes."""
        payload = stored[1:]
        return self.parse_data(payload.decode() if stored[:1] == _TEXT else payload)

    def _merge_stored(self, state: bytes | None, deltas: list[bytes]) -> bytes:
        entries = [] if state is None else [self._decode(state)]
        entries.extend(map(self._decode, deltas))
        merged = self._encode(self.merge_data(entries))
        assert isinstance(merged, bytes)
        return merged


class ConsumerStateInterpreter(StateInterpreterInterface):
    """The default: data is a dict that JSON can hold, and later fields win.

    The state is a dict too, with keys in the order of their first appearance. Numbers and text of
    any size survive. Refused: anything but a dict, NaN and infinities, nesting deeper than 512.
    What JSON turns into something else comes back as that: tuples as lists, other keys as text.

    The engine merges it. A subclass that overrides a method is merged in Python.
    """

    def format_data(self, data: Any) -> str:
        if not isinstance(data, dict):
            raise InvalidArgumentError(f"the data must be a dict, not {type(data).__name__}")
        return json_text(data)

    def parse_data(self, stored: Any) -> Any:
        return json.loads(stored)

    def merge_data(self, data_entries: list[Any]) -> Any:
        merged: dict[str, Any] = {}
        for entry in data_entries:
            merged.update(entry)
        return merged

    def _native_interpreter(self) -> _native.Interpreter:
        if type(self) is ConsumerStateInterpreter:
            return _native.consumer_interpreter()
        return super()._native_interpreter()

    def _encode(self, data: Any) -> str | bytes:
        if type(self) is ConsumerStateInterpreter:
            return self.format_data(data)
        return super()._encode(data)

    def _decode(self, stored: bytes) -> Any:
        if type(self) is ConsumerStateInterpreter:
            return self.parse_data(stored)
        return super()._decode(stored)
