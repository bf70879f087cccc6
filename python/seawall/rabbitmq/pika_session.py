"""One connection of a pika consumer, from its first delivery to its last acknowledgement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pika
import pika.exceptions
from pika.channel import Channel
from pika.frame import Method

from seawall.rabbitmq.counters import Counters
from seawall.rabbitmq.delivery import Delivery
from seawall.rabbitmq.delta import Deltas
from seawall.rabbitmq.durable_log import DurableLog
from seawall.rabbitmq.durable_wakeup import DurableWakeup
from seawall.rabbitmq.failure import Verdict, as_failure, judge
from seawall.rabbitmq.intake import Intake
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions
from seawall.rabbitmq.other_consumers import check_others
from seawall.rabbitmq.pika_connection import PikaConnection
from seawall.staged import HOLDER

SLICE_S = 0.02
"""How long messages are handled before the connection is served again: heartbeats, new frames."""
IDLE_S = 0.2
"""How long to wait for events at most: a stop from a signal or another thread is seen by then."""


class PikaSession:
    """A channel and the deliveries it brought. Everything runs in the thread that made it."""

    def __init__(
        self,
        connection: PikaConnection,
        queue: str,
        handler: Callable[[Message], Deltas],
        log: DurableLog,
        options: ConsumerOptions,
        counters: Counters,
    ) -> None:
        self._connection = connection
        self._queue = queue
        self._handler = handler
        self._log = log
        self._intake = Intake(log, options, counters)
        self._options = options
        self._counters = counters
        self._channel = connection.channel
        self._cancelled = False
        self._is_stopping: Callable[[], bool] = lambda: False
        self._slice_s = 0.0
        self._failure: Exception | None = None
        self._consumer_tag = self._consume(queue)
        self._wakeup = DurableWakeup(log)
        connection.watch(self._wakeup.fileno(), self._wakeup.take)

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Consumes until asked to stop, then drains. Raises pika's exceptions when the connection
        is lost, the log's when it failed, `PoisonMessageError`."""
        self._is_stopping = is_stopping
        self._slice_s = SLICE_S
        context = HOLDER.set(self._intake.handled)
        try:
            self._consume_until_stopped()
        finally:
            HOLDER.reset(context)

    def _consume_until_stopped(self) -> None:
        is_stopping = self._is_stopping
        while not is_stopping():
            slice_s, self._slice_s = self._slice_s, 0.0
            self._work(time.monotonic() + slice_s)
            self._acknowledge()
            if not is_stopping():
                self._slice_s = SLICE_S
                self._serve(self._intake.wait_s(time.monotonic(), IDLE_S))
        self._drain()

    def close(self) -> None:
        """Gives back what the session holds. What is unacknowledged goes back with the connection."""
        self._connection.unwatch(self._wakeup.fileno())
        self._wakeup.close()

    def _consume(self, queue: str) -> str:
        channel, options, wait_for = self._channel, self._options, self._connection.wait_for
        wait_for(lambda done: channel.basic_qos(prefetch_count=options.prefetch, callback=done))
        arguments = options.declared_arguments
        if arguments is None:
            wait_for(lambda done: channel.queue_declare(queue, passive=True, callback=done))
        else:
            wait_for(
                lambda done: channel.queue_declare(
                    queue, durable=True, arguments=arguments, callback=done
                )
            )
        if exchange := options.dead_letter_exchange:
            wait_for(lambda done: channel.exchange_declare(exchange, passive=True, callback=done))
        channel.add_on_cancel_callback(self._on_cancelled)
        consumer_tag = wait_for(
            lambda done: channel.basic_consume(queue, self._on_message, callback=done)
        )
        self._check_others()
        return consumer_tag

    def _check_others(self) -> None:
        counts: list[int] = []  # with this one, so that of two that begin together both see the other

        def declare(done: Callable[..., None]) -> None:
            def on_declared(frame: Method[pika.spec.Queue.DeclareOk]) -> None:
                counts.append(frame.method.consumer_count or 0)
                done()

            self._channel.queue_declare(self._queue, passive=True, callback=on_declared)

        self._connection.wait_for(declare)
        is_first = self._counters.connections == 0
        check_others(self._log.native, self._queue, counts[0], self._options, is_first)

    def _on_cancelled(self, _frame: object) -> None:
        self._cancelled = True

    def _on_message(
        self,
        _channel: Channel,
        method: pika.spec.Basic.Deliver,
        properties: pika.BasicProperties,
        body: bytes,
    ) -> None:
        message = Message(
            body,
            properties.message_id,
            dict(properties.headers) if properties.headers else {},
            method.routing_key or "",
            method.redelivered,
            properties,
            self._queue,
            method.exchange or "",
        )
        assert method.delivery_tag is not None
        self._counters.delivered += 1
        backlog = self._intake.backlog
        backlog.append(Delivery(method.delivery_tag, message))
        if len(backlog) >= self._intake.chunk:
            self._work_early()

    def _work_early(self) -> None:
        """Handles what waits before pika has decoded the rest of what it read: the sooner messages are
        acknowledged, the more of the window is left for when the broker pauses."""
        if self._slice_s <= 0 or self._failure is not None or self._is_stopping():
            return
        begin_s = time.monotonic()
        slice_s, self._slice_s = self._slice_s, 0.0  # over TLS, sending may read
        try:
            self._work(begin_s + slice_s)
        except Exception as error:  # it would end the connection, with this callback
            self._failure = error
        self._slice_s = slice_s - (time.monotonic() - begin_s)

    def _work(self, end_s: float) -> None:
        """Handles and submits what waits, until it must wait or it is `end_s`."""
        more = True
        while more:
            more = self._handle_waiting(end_s)
            failed = self._intake.submit()
            if failed is not None:
                self._settle(failed)
            self._acknowledge(working=True)

    def _handle_waiting(self, end_s: float) -> bool:
        """Handles what is then submitted together; returns whether more may follow at once."""
        handler, intake, monotonic = self._handler, self._intake, time.monotonic
        while (now_s := monotonic()) < end_s:
            delivery = intake.next(now_s)
            if delivery is None:
                return False
            try:
                if delivery.entries is None:
                    is_enough = intake.accept(delivery, handler(delivery.message))
                else:
                    is_enough = intake.stage(delivery)
            except (Exception, asyncio.CancelledError) as error:
                intake.put_back(delivery, as_failure(error))
                return True
            if is_enough:
                return True
        return False

    def _settle(self, failed: Delivery) -> None:
        assert failed.failure is not None
        if judge(failed, failed.failure, self._options, time.monotonic()) is Verdict.REJECT:
            self._channel.basic_reject(failed.tag, requeue=False)
            self._intake.drop_head()
            self._counters.rejected += 1

    def _acknowledge(self, working: bool = False) -> None:
        prefix = self._intake.handled.acknowledgeable(working)
        if prefix is not None:
            tag, count = prefix
            self._channel.basic_ack(tag, multiple=True)
            self._counters.acknowledged += count
            if working:
                self._connection.send()  # so that the broker goes on meanwhile

    def _serve(self, wait_s: float) -> None:
        """Serves the connection until something happened, for at most `wait_s`."""
        lsn = self._intake.handled.next_lsn()
        if wait_s > 0 and lsn is not None:
            self._wakeup.request(lsn)
        self._poll(wait_s)

    def _poll(self, wait_s: float) -> None:
        try:
            self._connection.poll(wait_s)
        except pika.exceptions.ChannelClosedByBroker as error:
            # Not refused, as before the first message: a time limit of the broker, for one.
            raise pika.exceptions.ConsumerCancelled(f"the broker has closed the channel: {error}") from error
        finally:
            if self._failure is not None:
                raise self._failure
        if self._cancelled:
            raise pika.exceptions.ConsumerCancelled("the broker has ended the consumer")

    def _drain(self) -> None:
        """Takes no more messages and acknowledges what is in flight."""
        self._channel.basic_cancel(self._consumer_tag)
        end_s = time.monotonic() + self._options.drain_timeout_s
        self._acknowledge()
        while self._intake.handled.in_flight() and time.monotonic() < end_s:
            self._serve(IDLE_S)
            self._acknowledge()
