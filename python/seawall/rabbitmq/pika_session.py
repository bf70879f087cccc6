"""One connection of a pika consumer, from its first delivery to its last acknowledgement."""

from __future__ import annotations

import time
from collections.abc import Callable

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

from seawall.rabbitmq.counters import Counters
from seawall.rabbitmq.delivery import Delivery
from seawall.rabbitmq.delta import Deltas
from seawall.rabbitmq.durable_log import DurableLog
from seawall.rabbitmq.durable_waker import DurableWaker
from seawall.rabbitmq.failure import Verdict, judge
from seawall.rabbitmq.intake import Intake
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions

SLICE_S = 0.02
"""How long messages are handled before the connection is served again: heartbeats, new frames."""
IDLE_S = 0.2
"""How long to wait for events at most: a stop from a signal or another thread is seen by then."""


class PikaSession:
    """A channel and the deliveries it brought. Everything runs in the thread that made it."""

    def __init__(
        self,
        connection: pika.BlockingConnection,
        queue: str,
        handler: Callable[[Message], Deltas],
        log: DurableLog,
        options: ConsumerOptions,
        counters: Counters,
    ) -> None:
        self._connection = connection
        self._handler = handler
        self._intake = Intake(log, options)
        self._options = options
        self._counters = counters
        self._channel = connection.channel()
        self._waker = DurableWaker(log, self._wake)
        self._wake_is_due = False
        self._cancelled = False
        self._slice_end_s = 0.0  # 0 until the first message of a slice
        self._draining = False
        try:
            self._consumer_tag = self._consume(queue)
        except BaseException:
            self._waker.close()
            raise

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Consumes until asked to stop, then drains. Raises pika's exceptions when the connection
        is lost, the log's when it failed, `PoisonMessageError`."""
        while not is_stopping():
            self._work()
            self._acknowledge()
            if not is_stopping():
                self._serve(self._intake.wait_s(time.monotonic(), IDLE_S))
        self._drain()

    def close(self) -> None:
        """Ends the session's thread. What is unacknowledged goes back with the connection."""
        self._waker.close()

    def _consume(self, queue: str) -> str:
        channel, arguments = self._channel, self._options.queue_arguments
        channel.basic_qos(prefetch_count=self._options.prefetch)
        if arguments is None:
            channel.queue_declare(queue, passive=True)
        else:
            channel.queue_declare(queue, durable=True, arguments=dict(arguments))
        if self._options.dead_letter_exchange:
            channel.exchange_declare(self._options.dead_letter_exchange, passive=True)
        channel.add_on_cancel_callback(self._on_cancelled)
        return channel.basic_consume(queue, self._on_message)

    def _on_cancelled(self, _frame: object) -> None:
        self._cancelled = True

    def _on_message(
        self,
        _channel: BlockingChannel,
        method: pika.spec.Basic.Deliver,
        properties: pika.BasicProperties,
        body: bytes,
    ) -> None:
        """Handles the message here and now, while it is warm, unless others wait or time is up."""
        message = Message(
            body,
            properties.message_id,
            dict(properties.headers) if properties.headers else {},
            method.routing_key or "",
            method.redelivered,
            properties,
        )
        assert method.delivery_tag is not None
        self._counters.delivered += 1
        delivery = Delivery(method.delivery_tag, message)
        backlog = self._intake.backlog
        if backlog or self._draining or self._slice_is_over():
            backlog.append(delivery)
        elif self._handle(delivery):
            self._submit()

    def _slice_is_over(self) -> bool:
        now_s = time.monotonic()
        if self._slice_end_s == 0.0:
            self._slice_end_s = now_s + SLICE_S
        return now_s >= self._slice_end_s

    def _work(self) -> None:
        """Goes on with what waits, until it must wait or the slice is over, and submits all that is
        handled, what was handled when it came as well."""
        self._slice_end_s = 0.0
        more = True
        while more:
            more = self._handle_waiting()
            self._submit()

    def _handle_waiting(self) -> bool:
        """Handles what is then submitted together; returns whether more may follow at once."""
        while not self._slice_is_over():
            delivery = self._intake.next(time.monotonic())
            if delivery is None:
                return False
            if self._handle(delivery):
                return True
        return False

    def _handle(self, delivery: Delivery) -> bool:
        """Handles one; returns whether it is time to submit."""
        try:
            if delivery.entries is None:
                return self._intake.accept(delivery, self._handler(delivery.message))
            return self._intake.stage(delivery)
        except Exception as error:
            self._intake.put_back(delivery, error)
            return True

    def _submit(self) -> None:
        failed = self._intake.submit()
        if failed is not None:
            self._settle(failed)
        self._acknowledge(working=True)

    def _settle(self, failed: Delivery) -> None:
        assert failed.failure is not None
        if judge(failed, failed.failure, self._options, time.monotonic()) is Verdict.REJECT:
            self._channel.basic_reject(failed.tag, requeue=False)
            self._intake.drop_head()
            self._counters.rejected += 1

    def _acknowledge(self, working: bool = False) -> None:
        prefix = self._intake.acknowledgeable(working)
        if prefix is not None:
            tag, count = prefix
            self._channel.basic_ack(tag, multiple=True)
            self._counters.acknowledged += count

    def _serve(self, wait_s: float) -> None:
        """Serves the connection until something happened, for at most `wait_s`."""
        lsn = self._intake.next_lsn()
        if wait_s > 0 and lsn is not None and not self._wake_is_due:
            self._wake_is_due = True
            self._waker.request(lsn)
        self._slice_end_s = 0.0
        self._connection.process_data_events(wait_s)
        if self._cancelled or not self._channel.is_open:
            raise pika.exceptions.ConsumerCancelled("the broker has ended the consumer")

    def _wake(self) -> None:
        """Called in the waker's thread, once per group that somebody waits for."""
        try:
            self._connection.add_callback_threadsafe(self._on_durable)
        except pika.exceptions.ConnectionWrongStateError:
            pass  # gone, and with it what could be acknowledged

    def _on_durable(self) -> None:
        self._wake_is_due = False
        self._acknowledge()

    def _drain(self) -> None:
        """Takes no more messages; submits what is handled and acknowledges what is in flight."""
        self._draining = True
        self._submit()
        self._channel.basic_cancel(self._consumer_tag)
        end_s = time.monotonic() + self._options.drain_timeout_s
        self._acknowledge()
        while self._intake.in_flight() and time.monotonic() < end_s:
            self._serve(IDLE_S)
            self._acknowledge()
