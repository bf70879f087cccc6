"""The consumer for pika."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pika

from seawall.rabbitmq.backoff import CONNECTION_LOST
from seawall.rabbitmq.connection_errors import is_refused
from seawall.rabbitmq.counters import Counters
from seawall.rabbitmq.delta import Deltas
from seawall.rabbitmq.durable_log import DurableLog
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions
from seawall.rabbitmq.other_consumers import running_consumer
from seawall.rabbitmq.pika_connection import (
    ABORT_S,
    CLOSE_TIMEOUT_S,
    PikaConnection,
    StopRequested,
)
from seawall.rabbitmq.pika_session import PikaSession
from seawall.rabbitmq.stop_signals import StopSignals
from seawall.write_ahead_log import WriteAheadLog

logger = logging.getLogger("seawall.rabbitmq")

class DurableConsumer:
    """Consumes a queue into a log: a message is acknowledged once what it says is durable.

        consumer = DurableConsumer(log, "amqp://localhost", "flights", handler)
        consumer.run()

    `handler(message)` returns a `Delta`, several for several clients (committed together or not at
    all), or None. It is called in `run`'s thread, one message at a time in the queue's order, and
    again when it raises; it may be handed any message again, so it must not count on its own. It may
    take as long as half a heartbeat.

    Guarantees, with a durable queue and a publisher that sets `message_id`: a message's deltas are
    applied exactly once however often this process or the broker dies; nothing is acknowledged that
    is not durable; acknowledgements are tied to the channel of their delivery. Limits:
    docs/rabbitmq.md.

    One thread runs it; `stop` and `counters` may be used from any. The log may be shared by several
    consumers of one process, each with a thread of its own.
    """

    def __init__(
        self,
        log: WriteAheadLog,
        connection: str | pika.connection.Parameters | Sequence[pika.connection.Parameters],
        queue: str,
        handler: Callable[[Message], Deltas],
        **options: Any,
    ) -> None:
        """Keeps the arguments; `run` connects. `connection` is a URL, pika's parameters, or several to
        try in turn; `options` are the fields of `ConsumerOptions`.
        """
        self.counters = Counters()
        self._log = DurableLog(log)
        if isinstance(connection, str):
            connection = pika.URLParameters(connection)
        self._parameters = (
            [connection] if isinstance(connection, pika.connection.Parameters) else list(connection)
        )
        self._queue = queue
        self._handler = handler
        self._options = ConsumerOptions(**options).for_queue(log, queue)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Consumes until `stop`, SIGTERM or SIGINT, then drains and returns. Connects again, for
        ever, when the connection is lost or cannot be made.

        Draining takes no more messages, waits until what was submitted is durable, acknowledges it
        and closes the connection; the log stays open. Signals: see the option.

        Errors: `PoisonedError`, `FencedError` and others of the log: nothing more was acknowledged,
        the broker redelivers; close the log and start again. `PoisonMessageError`: see there.
        pika's exceptions where `connection_errors` says that the broker refuses: no such queue, for
        example. `OtherConsumersError`, with that option.
        """
        with (
            StopSignals(self.stop, self._options.signals),
            running_consumer(self._log.native, self._queue),
        ):
            failures = 0
            while not self._stopping.is_set():
                connections = self.counters.connections
                try:
                    self._run_once()
                except StopRequested:
                    return
                except Exception as error:
                    if is_refused(error):
                        raise
                    failures = failures + 1 if self.counters.connections == connections else 1
                    wait_s = CONNECTION_LOST.after(failures)
                    logger.warning("no connection, next try in %.1f s: %r", wait_s, error)
                    self._stopping.wait(wait_s)

    def stop(self) -> None:
        """Has `run` drain and return, within a quarter of a second plus the time to drain. A call of
        the handler is not cut off."""
        self._stopping.set()

    def _run_once(self) -> None:
        connection = PikaConnection(
            self._parameters, self._options.connect_timeout_s, self._stopping.is_set
        )
        close_s = ABORT_S
        try:
            session = PikaSession(
                connection, self._queue, self._handler, self._log, self._options, self.counters
            )
            self.counters.connections += 1
            close_s = CLOSE_TIMEOUT_S
            try:
                session.run(self._stopping.is_set)
            finally:
                session.close()
        finally:
            connection.close(close_s)
