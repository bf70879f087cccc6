"""pika's event-driven connection, run by one thread as far as it likes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pika
from pika.adapters.utils.connection_workflow import (
    AbstractAMQPConnectionWorkflow,
    AMQPConnectionWorkflowFailed,
    AMQPConnectorPhaseErrorBase,
    AMQPConnectorSocketConnectError,
)
from pika.channel import Channel
from pika.connection import Parameters
from pika.exceptions import AMQPConnectionError

from seawall.rabbitmq.pika_loop import PikaLoop

CLOSE_TIMEOUT_S = 3.0
ABORT_S = 0.3
"""How long to wait for the end of a connection that nothing was consumed from."""
TICK_S = 0.1
"""How soon a request to stop is seen while there is no answer."""

Started = TypeVar("Started")


class StopRequested(Exception):
    """A consumer was asked to stop before it consumed."""


class PikaConnection:
    """A connection with one channel, whose callbacks are called in `poll` and `wait_for`.

    pika's `BlockingConnection` is this with an event object for each delivery, which makes a fifth of
    its time per message. One thread uses it.
    """

    channel: Channel

    def __init__(
        self,
        parameters: Sequence[Parameters],
        timeout_s: float = 15.0,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """Connects, as pika does it with several parameters, and opens the channel.

        `timeout_s` is for each address, up to the last `wait_for`. Raises the exceptions of
        `pika.BlockingConnection`, `TimeoutError`, and `StopRequested` once `is_stopping`.
        """
        self._is_stopping = is_stopping
        self._end_s = time.monotonic() + timeout_s * _attempts(parameters)
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
            self.close(ABORT_S)
            raise

    def wait_for(self, start: Callable[[Callable[..., None]], Started]) -> Started:
        """Calls `start(done)`, runs the connection until `done` was called and returns what `start`
        did. Raises what ended the channel or the connection before, and as the constructor."""
        answers: list[object] = []
        started = start(lambda *answer: answers.append(answer))
        self._wait_until(lambda: bool(answers))
        return started

    def poll(self, wait_s: float) -> None:
        """Sends what waits to be sent and calls back for what has come; waits for something to
        happen, for at most `wait_s`. Raises what has ended the channel or the connection."""
        timer = self._loop.call_later(wait_s, _nothing)
        self._run()
        self._loop.remove_timeout(timer)

    def _wait_until(self, is_done: Callable[[], bool]) -> None:
        while not is_done():
            if self._is_stopping():
                raise StopRequested
            if time.monotonic() >= self._end_s:
                raise TimeoutError("the broker does not answer")
            self.poll(TICK_S)

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

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Sends what waits to be sent and closes the connection, if it is open."""
        try:
            if self._connection.is_open:
                self._connection.close()
            self._give_time(timeout_s, lambda: self._connection.is_closed)
        except pika.exceptions.AMQPError:
            pass  # it is gone already; the broker takes back what was not acknowledged
        self._loop.close()

    def _connect(self, parameters: Sequence[Parameters]) -> pika.SelectConnection:
        results: list[Any] = []
        begun: list[pika.SelectConnection] = []

        class Connection(pika.SelectConnection):
            def __init__(self, *arguments: Any, **more: Any) -> None:
                super().__init__(*arguments, **more)
                begun.append(self)

        workflow = Connection.create_connection(
            parameters, on_done=results.append, custom_ioloop=self._loop
        )
        try:
            self._wait_until(lambda: bool(results))
        except BaseException:
            self._abort(workflow, begun, results)
            raise
        (result,) = results
        if isinstance(result, BaseException):
            raise _reason(result)
        assert isinstance(result, pika.SelectConnection)
        return result

    def _abort(
        self,
        workflow: AbstractAMQPConnectionWorkflow,
        begun: list[pika.SelectConnection],
        results: list[Any],
    ) -> None:
        # pika cannot abort its workflow while a connection that it has begun is not closed.
        shaking_hands = begun[-1] if begun and not begun[-1].is_closed else None
        if shaking_hands is not None:
            if not shaking_hands.is_closing:
                shaking_hands.close(320, "not needed any more")
            self._give_time(ABORT_S, lambda: bool(results) or shaking_hands.is_closed)
        if not results:
            workflow.abort()
            self._give_time(ABORT_S, lambda: bool(results))

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

    def _give_time(self, wait_s: float, is_done: Callable[[], bool]) -> None:
        """Runs the connection until it is done, for at most `wait_s`."""
        end_s = time.monotonic() + wait_s
        while not is_done() and (left_s := end_s - time.monotonic()) > 0:
            timer = self._loop.call_later(left_s, _nothing)
            self._run_once()
            self._loop.remove_timeout(timer)

    def _run_once(self) -> None:
        self._loop.poll()
        self._loop.process_timeouts()


def _nothing() -> None:
    """What a timer calls that only ends a wait."""


def _attempts(parameters: Sequence[Parameters]) -> int:
    """Returns how many addresses pika tries; it takes the number of its turns from the last ones."""
    return len(parameters) * max(1, parameters[-1].connection_attempts)


def _reason(error: BaseException) -> BaseException:
    """Returns why the last of a workflow's attempts failed."""
    if not isinstance(error, AMQPConnectionWorkflowFailed):
        return error
    last = error.exceptions[-1]
    if isinstance(last, AMQPConnectorSocketConnectError):
        return AMQPConnectionError(last)
    return last.exception if isinstance(last, AMQPConnectorPhaseErrorBase) else last
