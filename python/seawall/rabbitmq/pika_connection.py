"""pika's event-driven connection, run by one thread as far as it likes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pika
from pika.adapters.utils.connection_workflow import (
    AMQPConnectionWorkflowFailed,
    AMQPConnectorPhaseErrorBase,
    AMQPConnectorSocketConnectError,
)
from pika.channel import Channel
from pika.connection import Parameters
from pika.exceptions import AMQPConnectionError

from seawall.rabbitmq.pika_loop import PikaLoop

CLOSE_TIMEOUT_S = 10.0

Started = TypeVar("Started")


class PikaConnection:
    """A connection with one channel, whose callbacks are called in `poll` and `wait_for`.

    pika's `BlockingConnection` is this with an event object for each delivery, which makes a fifth of
    its time per message. One thread uses it.
    """

    channel: Channel

    def __init__(self, parameters: Sequence[Parameters]) -> None:
        """Connects, as pika does it with several parameters, and opens the channel. Raises the
        exceptions of `pika.BlockingConnection`."""
        self._loop = PikaLoop()
        self._end: BaseException | None = None
        self._loop.activate_poller()
        try:
            self._connection = self._connect(parameters)
        except BaseException:
            self._loop.close()
            raise
        self._connection.add_on_close_callback(self._on_closed)
        try:
            self.wait_for(self._open_channel)
        except BaseException:
            self.close()
            raise

    def wait_for(self, start: Callable[[Callable[..., None]], Started]) -> Started:
        """Calls `start(done)`, runs the connection until `done` was called and returns what `start`
        did. Raises what ended the channel or the connection before."""
        answers: list[object] = []
        started = start(lambda *answer: answers.append(answer))
        while not answers:
            self._run()
        return started

    def poll(self, wait_s: float) -> None:
        """Sends what waits to be sent and calls back for what has come; waits for something to
        happen, for at most `wait_s`. Raises what has ended the channel or the connection."""
        timer = self._loop.call_later(wait_s, _nothing)
        self._run()
        self._loop.remove_timeout(timer)

    def send(self) -> None:
        """Sends what waits to be sent, as far as that needs no waiting. Unlike `poll`, it may be called
        in a callback. What has ended the connection is raised by the next `poll`."""
        self._loop.send()

    def watch(self, descriptor: int, on_readable: Callable[[], object]) -> None:
        """Has `on_readable` called by `poll`, and the wait ended, when the descriptor is readable."""

        def on_event(_descriptor: int, _events: int) -> None:
            on_readable()

        self._loop.add_handler(descriptor, on_event, PikaLoop.READ)

    def unwatch(self, descriptor: int) -> None:
        """Ends a watch; to be called before the descriptor is closed, and before `close`."""
        self._loop.remove_handler(descriptor)

    def close(self) -> None:
        """Sends what waits to be sent and closes the connection, if it is open."""
        try:
            if self._connection.is_open:
                self._connection.close()
            end_s = time.monotonic() + CLOSE_TIMEOUT_S
            while not self._connection.is_closed and time.monotonic() < end_s:
                self._run_once()
        except pika.exceptions.AMQPError:
            pass  # it is gone already; the broker takes back what was not acknowledged
        self._loop.close()

    def _connect(self, parameters: Sequence[Parameters]) -> pika.SelectConnection:
        results: list[Any] = []
        pika.SelectConnection.create_connection(
            parameters, on_done=results.append, custom_ioloop=self._loop
        )
        while not results:
            self._run_once()
        (result,) = results
        if isinstance(result, BaseException):
            raise _reason(result)
        assert isinstance(result, pika.SelectConnection)
        return result

    def _open_channel(self, done: Callable[..., None]) -> None:
        self.channel = self._connection.channel(on_open_callback=done)
        self.channel.add_on_close_callback(self._on_closed)

    def _on_closed(self, _closed: object, reason: BaseException) -> None:
        if self._end is None:
            self._end = reason

    def _run(self) -> None:
        if self._end is None:
            self._run_once()
        if self._end is not None:
            raise self._end

    def _run_once(self) -> None:
        self._loop.poll()
        self._loop.process_timeouts()


def _nothing() -> None:
    """What a timer calls that only ends a wait."""


def _reason(error: BaseException) -> BaseException:
    """Returns why the last of a workflow's attempts failed."""
    if not isinstance(error, AMQPConnectionWorkflowFailed):
        return error
    last = error.exceptions[-1]
    if isinstance(last, AMQPConnectorSocketConnectError):
        return AMQPConnectionError(last)
    return last.exception if isinstance(last, AMQPConnectorPhaseErrorBase) else last
