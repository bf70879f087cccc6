"""The consumer for aio-pika."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aio_pika
from aio_pika.abc import AbstractConnection

from seawall.rabbitmq.aio_session import AioSession
from seawall.rabbitmq.backoff import CONNECTION_LOST
from seawall.rabbitmq.connection_errors import is_refused, rule_for
from seawall.rabbitmq.counters import Counters
from seawall.rabbitmq.delta import Deltas
from seawall.rabbitmq.durable_log import DurableLog
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions
from seawall.rabbitmq.other_consumers import running_consumer
from seawall.rabbitmq.stop_signals import StopSignals
from seawall.write_ahead_log import WriteAheadLog

logger = logging.getLogger("seawall.rabbitmq")

TICK_S = 0.1
"""How soon a request to stop is seen while there is no answer."""
CUT_S = 0.5
"""How long a coroutine of the handler may go on after a request to stop."""
CLOSE_TIMEOUT_S = 3.0
CANCEL_TIMEOUT_S = 0.3


class AsyncDurableConsumer:
    """`DurableConsumer` for asyncio, with the same options, guarantees and limits.

        consumer = AsyncDurableConsumer(log, "amqp://localhost", "flights", handler)
        await consumer.run()

    `handler` may be a function or a coroutine function. Messages are handled one at a time, in the
    queue's order. Everything belongs to the loop that runs it; `stop` may be called from any thread.
    """

    def __init__(
        self,
        log: WriteAheadLog,
        connection: str | Callable[[], Awaitable[AbstractConnection]],
        queue: str,
        handler: Callable[[Message], Deltas | Awaitable[Deltas]],
        **options: Any,
    ) -> None:
        """Keeps the arguments; `run` connects. `connection` is a URL, or a function that returns
        what `aio_pika.connect` does; not `connect_robust`, since a channel that comes back by itself
        would bring deliveries under old tags. `options` are the fields of `ConsumerOptions`.
        """
        self.counters = Counters()
        self._log = DurableLog(log)
        self._connection = connection
        self._queue = queue
        self._handler = handler
        self._options = ConsumerOptions(**options).for_queue(log, queue)
        self._stopping = False
        self._session: AioSession | None = None

    async def run(self) -> None:
        """Consumes until `stop`, SIGTERM or SIGINT, then drains and returns; as
        `DurableConsumer.run`, with aio-pika's exceptions where that names pika's. Cancelling it
        acknowledges nothing more."""
        with (
            StopSignals(self.stop, self._options.signals),
            running_consumer(self._log.native, self._queue),
        ):
            failures = 0
            while not self._stopping:
                connections = self.counters.connections
                try:
                    await self._run_once()
                except Exception as error:
                    if is_refused(error):
                        raise
                    failures = failures + 1 if self.counters.connections == connections else 1
                    wait_s = CONNECTION_LOST.after(failures)
                    logger.warning("no connection, next try in %.1f s: %r", wait_s, error)
                    await self._sleep(wait_s)

    def stop(self) -> None:
        """Has `run` drain and return, within a quarter of a second plus the time to drain. A
        coroutine of the handler that still waits half a second later is cancelled; its message is
        delivered again."""
        self._stopping = True

    async def _sleep(self, wait_s: float) -> None:
        end_s = time.monotonic() + wait_s
        while not self._stopping and (left_s := end_s - time.monotonic()) > 0:
            await asyncio.sleep(min(left_s, TICK_S))

    async def _run_once(self) -> None:
        """Runs one connection. Returns after a drain, or when asked to stop before it consumed;
        raises what ended it."""
        # In a task of its own: aiormq cancels whoever waits on a connection that breaks, which must
        # not look as if somebody had cancelled `run`.
        self._session = None
        task = asyncio.create_task(self._consume())
        try:
            await self._supervise(task, time.monotonic() + self._options.connect_timeout_s)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=CANCEL_TIMEOUT_S)
        if task.cancelled():
            if not self._stopping:
                raise ConnectionError("the connection broke")
        elif task.done() and (error := task.exception()) is not None:
            raise error

    async def _supervise(self, task: asyncio.Task[None], connect_end_s: float) -> None:
        """Returns when the task is over, or when it has not consumed and a stop is asked for."""
        cut_s: float | None = None
        while not task.done():
            await asyncio.wait({task}, timeout=TICK_S)
            now_s = time.monotonic()
            if self._session is None:
                if self._stopping:
                    return
                if now_s >= connect_end_s:
                    raise TimeoutError("the broker does not answer")
            elif self._stopping:
                cut_s = cut_s or now_s + CUT_S
                if now_s >= cut_s:
                    self._session.cut_handler(task)

    async def _consume(self) -> None:
        connection = await self._connect()
        try:
            session = AioSession(
                await connection.channel(publisher_confirms=False),
                self._queue,
                self._handler,
                self._log,
                self._options,
                self.counters,
            )
            try:
                await session.begin()
                self._session = session
                await session.run(lambda: self._stopping)
            finally:
                session.close()
        finally:
            try:
                await asyncio.wait_for(connection.close(), CLOSE_TIMEOUT_S)
            except Exception as error:
                if rule_for(error) is None:
                    raise
                # It is gone already; the broker takes back what was not acknowledged.

    async def _connect(self) -> AbstractConnection:
        if isinstance(self._connection, str):
            return await aio_pika.connect(self._connection)
        return await self._connection()
