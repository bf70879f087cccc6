"""The consumer for aio-pika."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aio_pika
import aio_pika.exceptions
import aiormq.exceptions
from aio_pika.abc import AbstractConnection

from seawall.rabbitmq.aio_session import AioSession
from seawall.rabbitmq.backoff import CONNECTION_LOST
from seawall.rabbitmq.counters import Counters
from seawall.rabbitmq.delta import Deltas
from seawall.rabbitmq.durable_log import DurableLog
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions
from seawall.rabbitmq.stop_signals import StopSignals
from seawall.write_ahead_log import WriteAheadLog

logger = logging.getLogger("seawall.rabbitmq")

_REFUSED = (
    aio_pika.exceptions.AuthenticationError,
    aio_pika.exceptions.ProbableAuthenticationError,
    aiormq.exceptions.ChannelAccessRefused,
    aio_pika.exceptions.ChannelNotFoundEntity,
    aio_pika.exceptions.ChannelPreconditionFailed,
)
_LOST = (
    aio_pika.exceptions.AMQPError,
    aio_pika.exceptions.ChannelInvalidStateError,
    OSError,
    asyncio.TimeoutError,
)


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

    async def run(self) -> None:
        """Consumes until `stop`, SIGTERM or SIGINT, then drains and returns; as
        `DurableConsumer.run`, with aio-pika's exceptions where that names pika's. Cancelling it
        acknowledges nothing more."""
        with StopSignals(self.stop):
            failures = 0
            while not self._stopping:
                connections = self.counters.connections
                error = await self._run_once()
                if error is None:
                    return
                failures = failures + 1 if self.counters.connections == connections else 1
                wait_s = CONNECTION_LOST.after(failures)
                logger.warning("no connection, next try in %.1f s: %r", wait_s, error)
                await self._sleep(wait_s)

    def stop(self) -> None:
        """Has `run` drain and return, within a quarter of a second plus the time to drain."""
        self._stopping = True

    async def _sleep(self, wait_s: float) -> None:
        end_s = asyncio.get_running_loop().time() + wait_s
        while not self._stopping and (left_s := end_s - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(left_s, 0.2))

    async def _run_once(self) -> BaseException | None:
        """Runs one connection; returns what ended it, None after a drain."""
        # In a task of its own: aiormq cancels whoever waits on a connection that breaks, which must
        # not look as if somebody had cancelled `run`.
        task = asyncio.create_task(self._session())
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        if task.cancelled():
            return ConnectionError("the connection broke")
        error = task.exception()
        if isinstance(error, _REFUSED) or (error is not None and not isinstance(error, _LOST)):
            raise error
        return error

    async def _session(self) -> None:
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
                await session.run(lambda: self._stopping)
            finally:
                session.close()
        finally:
            try:
                await connection.close()
            except _LOST:
                pass  # it is gone already; the broker takes back what was not acknowledged

    async def _connect(self) -> AbstractConnection:
        if isinstance(self._connection, str):
            return await aio_pika.connect(self._connection)
        return await self._connection()
