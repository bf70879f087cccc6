"""pika's event loop, which also sends when told to."""

from __future__ import annotations

from collections.abc import Callable

from pika.adapters.select_connection import IOLoop


class PikaLoop(IOLoop):
    """An `IOLoop` with `send`.

    pika keeps what it is to send until `poll` finds the socket writable. One thread uses it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._handlers: dict[int, Callable[[int, int], None]] = {}
        self._waiting_to_send: set[int] = set()

    def add_handler(self, fd: int, handler: Callable[[int, int], None], events: int) -> None:
        super().add_handler(fd, handler, events)
        self._handlers[fd] = handler
        self._note(fd, events)

    def update_handler(self, fd: int, events: int) -> None:
        super().update_handler(fd, events)
        self._note(fd, events)

    def remove_handler(self, fd: int) -> None:
        super().remove_handler(fd)
        self._handlers.pop(fd, None)
        self._waiting_to_send.discard(fd)

    def send(self) -> None:
        """Sends as if all sockets had been found writable. They do not block: what one does not take
        waits for `poll`, or the next `send`. May be called in a handler."""
        for fd in tuple(self._waiting_to_send):
            self._handlers[fd](fd, self.WRITE)

    def _note(self, fd: int, events: int) -> None:
        if events & self.WRITE:
            self._waiting_to_send.add(fd)
        else:
            self._waiting_to_send.discard(fd)
