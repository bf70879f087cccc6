"""The consumer for pika."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pika
import pika.exceptions

from seawall.rabbitmq.backoff import CONNECTION_LOST
from seawall.rabbitmq.counters import Counters
from seawall.rabbitmq.delta import Deltas
from seawall.rabbitmq.durable_log import DurableLog
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions
from seawall.rabbitmq.pika_connection import PikaConnection
from seawall.rabbitmq.pika_session import PikaSession
from seawall.rabbitmq.stop_signals import StopSignals
from seawall.write_ahead_log import WriteAheadLog

logger = logging.getLogger("seawall.rabbitmq")

_REFUSED = (
    pika.exceptions.ProbableAuthenticationError,
    pika.exceptions.ProbableAccessDeniedError,
    pika.exceptions.ChannelClosedByBroker,
)
_LOST = (
    pika.exceptions.AMQPConnectionError,
    pika.exceptions.ChannelClosed,
    pika.exceptions.ChannelWrongStateError,
    pika.exceptions.ConsumerCancelled,
)


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
        ever, when the connection is lost.

        Draining takes no more messages, waits until what was submitted is durable, acknowledges it
        and closes the connection; the log stays open. A second signal acts as it did before.

        Errors: `PoisonedError`, `FencedError` and others of the log: nothing more was acknowledged,
        the broker redelivers; close the log and start again. `PoisonMessageError`: see there.
        pika's `ChannelClosedByBroker`: no such queue, or with other arguments, or no right to it.
        """
        with StopSignals(self.stop):
            failures = 0
            while not self._stopping.is_set():
                connections = self.counters.connections
                try:
                    self._run_once()
                except _REFUSED:
                    raise
                except _LOST as error:
                    failures = failures + 1 if self.counters.connections == connections else 1
                    wait_s = CONNECTION_LOST.after(failures)
                    logger.warning("no connection, next try in %.1f s: %r", wait_s, error)
                    self._stopping.wait(wait_s)

    def stop(self) -> None:
        """Has `run` drain and return, within a quarter of a second plus the time to drain."""
        self._stopping.set()

    def _run_once(self) -> None:
        connection = PikaConnection(self._parameters)
        try:
            session = PikaSession(
                connection, self._queue, self._handler, self._log, self._options, self.counters
            )
            self.counters.connections += 1
            try:
                session.run(self._stopping.is_set)
            finally:
                session.close()
        finally:
            connection.close()
