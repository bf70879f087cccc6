"""One connection of an aio-pika consumer, from its first delivery to its last acknowledgement."""

from __future__ import annotations

import asyncio
import inspect
import sys
import time
from collections.abc import Awaitable, Callable

import aiormq
import aiormq.exceptions
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

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
from seawall.staged import HOLDER

SLICE_S = 0.02
"""How long messages are handled before other tasks run: heartbeats, new frames."""
IDLE_S = 0.2
"""How long to wait for events at most: a stop is seen by then."""


class AioSession:
    """A channel and the deliveries it brought. Everything runs in the loop's thread."""

    def __init__(
        self,
        channel: AbstractChannel,
        queue: str,
        handler: Callable[[Message], Deltas | Awaitable[Deltas]],
        log: DurableLog,
        options: ConsumerOptions,
        counters: Counters,
    ) -> None:
        self._channel = channel
        self._queue = queue
        self._handler = handler
        self._log = log
        self._intake = Intake(log, options, counters)
        self._options = options
        self._counters = counters
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._wakeup = DurableWakeup(log)
        self._loop.add_reader(self._wakeup.fileno(), self._on_durable)
        self._closed = False
        self._is_awaiting = False
        self._is_cut = False

    async def begin(self) -> None:
        """Has the broker deliver. Raises what it answers, `OtherConsumersError`."""
        self._channel.close_callbacks.add(self._on_closed)
        raw = await self._channel.get_underlay_channel()
        assert isinstance(raw, aiormq.Channel)
        self._raw = raw
        queue = self._amqp_queue = await self._declare()
        self._consumer_tag = await queue.consume(self._on_message)
        # With this one, so that of two that begin together both see the other.
        declared = await self._channel.declare_queue(self._queue, passive=True)
        count = declared.declaration_result.consumer_count or 0
        is_first = self._counters.connections == 0
        check_others(self._log.native, self._queue, count, self._options, is_first)
        self._counters.connections += 1

    async def run(self, is_stopping: Callable[[], bool]) -> None:
        """Consumes until asked to stop, then drains. Raises aio-pika's exceptions or
        `ConnectionError` when the connection is lost, the log's when it failed,
        `PoisonMessageError`."""
        HOLDER.set(self._intake.handled)  # in the context of this task, and of what the handler starts
        try:
            await self._consume_until_stopped(is_stopping)
        except aiormq.exceptions.ChannelClosed as error:
            # Not refused, as before the first message: a time limit of the broker, for one.
            raise ConnectionError(f"the broker has closed the channel: {error}") from error

    async def _consume_until_stopped(self, is_stopping: Callable[[], bool]) -> None:
        raw, consumer_tag = self._raw, self._consumer_tag
        while not is_stopping():
            await self._work(raw)
            await self._acknowledge(raw)
            await self._pause(self._intake.wait_s(time.monotonic(), IDLE_S))
            self._check(raw, consumer_tag)
        await self._amqp_queue.cancel(consumer_tag)
        await self._drain(raw)

    def cut_handler(self, task: asyncio.Task[None]) -> None:
        """Cancels the handler's coroutine if one is waited for in `task`, which runs this session. No
        message is handled after that."""
        if self._is_awaiting and not self._is_cut:
            self._is_cut = True
            task.cancel()

    def close(self) -> None:
        """Gives back what the session holds. What is unacknowledged goes back with the connection."""
        self._loop.remove_reader(self._wakeup.fileno())
        self._wakeup.close()

    async def _declare(self) -> AbstractQueue:
        channel, name, arguments = self._channel, self._queue, self._options.declared_arguments
        await channel.set_qos(prefetch_count=self._options.prefetch)
        if self._options.dead_letter_exchange:
            await channel.get_exchange(self._options.dead_letter_exchange, ensure=True)
        if arguments is None:
            return await channel.declare_queue(name, passive=True)
        return await channel.declare_queue(name, durable=True, arguments=arguments)

    def _on_closed(self, *_: object) -> None:
        self._closed = True
        self._news.set()

    async def _on_message(self, message: AbstractIncomingMessage) -> None:
        assert message.delivery_tag is not None
        self._counters.delivered += 1
        self._intake.backlog.append(
            Delivery(
                message.delivery_tag,
                Message(
                    message.body,
                    message.message_id,
                    dict(message.headers),
                    message.routing_key or "",
                    bool(message.redelivered),
                    message,
                    self._queue,
                    message.exchange or "",
                ),
            )
        )
        self._news.set()

    async def _work(self, raw: aiormq.Channel) -> None:
        """Handles and submits what waits, until it must wait or the slice is over."""
        end_s = time.monotonic() + SLICE_S
        more = True
        while more:
            more = await self._handle_waiting(end_s)
            failed = self._intake.submit()
            if failed is not None:
                await self._settle(failed, raw)
            await self._acknowledge(raw, working=True)

    async def _handle_waiting(self, end_s: float) -> bool:
        """Handles what is then submitted together; returns whether more may follow at once."""
        while (now_s := time.monotonic()) < end_s:
            delivery = None if self._is_cut else self._intake.next(now_s)
            if delivery is None:
                return False
            if await self._handle(delivery):
                return True
        return False

    async def _handle(self, delivery: Delivery) -> bool:
        """Handles one; returns whether it is time to submit."""
        try:
            if delivery.entries is not None:
                return self._intake.stage(delivery)
            returned = self._handler(delivery.message)
            deltas = await self._await(returned) if inspect.isawaitable(returned) else returned
            return self._intake.accept(delivery, deltas)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and self._is_cancelled():
                if not self._is_cut:
                    raise
                return True  # it is not handled: the broker delivers it again
            self._intake.put_back(delivery, as_failure(error))
            return True

    async def _await(self, returned: Awaitable[Deltas]) -> Deltas:
        self._is_awaiting = True
        try:
            return await returned
        finally:
            self._is_awaiting = False

    def _is_cancelled(self) -> bool:
        """Returns whether it was this session that was cancelled, and not what a handler awaited."""
        task = asyncio.current_task()
        assert task is not None
        if self._is_cut:
            if sys.version_info >= (3, 11):
                task.uncancel()
            return True
        if sys.version_info >= (3, 11):
            return task.cancelling() > 0
        return False

    async def _settle(self, failed: Delivery, raw: aiormq.Channel) -> None:
        assert failed.failure is not None
        if judge(failed, failed.failure, self._options, time.monotonic()) is Verdict.REJECT:
            await raw.basic_reject(failed.tag, requeue=False)
            self._intake.drop_head()
            self._counters.rejected += 1

    async def _acknowledge(self, raw: aiormq.Channel, working: bool = False) -> None:
        prefix = self._intake.handled.acknowledgeable(working)
        if prefix is not None:
            tag, count = prefix
            await raw.basic_ack(tag, multiple=True)
            self._counters.acknowledged += count

    async def _pause(self, wait_s: float) -> None:
        """Lets others run until something happened, for at most `wait_s`."""
        lsn = self._intake.handled.next_lsn()
        if wait_s > 0 and lsn is not None:
            self._wakeup.request(lsn)
        try:
            await asyncio.wait_for(self._news.wait(), wait_s)
        except asyncio.TimeoutError:
            pass
        self._news.clear()
        await asyncio.sleep(0)

    def _check(self, raw: aiormq.Channel, consumer_tag: str) -> None:
        # aiormq says nothing when the broker ends a consumer; it only forgets it.
        if self._closed or consumer_tag not in raw.consumers:
            raise ConnectionError("the broker has ended the channel or the consumer")

    def _on_durable(self) -> None:
        if self._wakeup.take():
            self._news.set()

    async def _drain(self, raw: aiormq.Channel) -> None:
        """Acknowledges what is in flight."""
        end_s = time.monotonic() + self._options.drain_timeout_s
        await self._acknowledge(raw)
        while self._intake.handled.in_flight() and time.monotonic() < end_s and not self._closed:
            await self._pause(IDLE_S)
            await self._acknowledge(raw)
