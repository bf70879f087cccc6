"""Several consumers in one process."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable
from typing import Literal, Protocol

from seawall.rabbitmq.stop_signals import StopSignals

TICK_S = 0.1


class Consumer(Protocol):
    """A `DurableConsumer` or its twin."""

    def run(self) -> Awaitable[None] | None: ...
    def stop(self) -> None: ...


class Consumers:
    """Runs several consumers together: one signal, or one `stop`, stops all of them.

        Consumers(flights, hotels).run()            # a thread each
        await Consumers(flights, hotels).arun()     # in the running event loop

    When one of them raises, the others drain, and the first error is raised. Each is run once.
    """

    def __init__(self, *consumers: Consumer, signals: Literal["chain", "off"] = "chain") -> None:
        """`signals` is the option of the same name, for all of them."""
        self._consumers = consumers
        self._signals = signals
        self._errors: list[BaseException] = []

    def run(self) -> None:
        """Runs each consumer in a thread; an `AsyncDurableConsumer` gets a loop of its own there.
        Returns when all have ended. Raises the first error."""
        threads = [
            threading.Thread(target=self._run_one, args=(one,), name=f"seawall-consumer-{number}")
            for number, one in enumerate(self._consumers)
        ]
        with StopSignals(self.stop, self._signals):
            for thread in threads:
                thread.start()
            try:
                for thread in threads:
                    while thread.is_alive():
                        thread.join(TICK_S)  # so that signals are taken meanwhile
            except BaseException:
                self.stop()
                raise
        self._raise()

    async def arun(self) -> None:
        """Runs each consumer as a task of this loop; a `DurableConsumer` gets a thread. Returns when
        all have ended. Raises the first error. Cancelling it cancels the tasks and stops the
        threads."""
        with StopSignals(self.stop, self._signals):
            tasks = [asyncio.create_task(self._arun_one(one)) for one in self._consumers]
            try:
                await asyncio.gather(*tasks)
            except asyncio.CancelledError:
                self.stop()
                raise
        self._raise()

    def stop(self) -> None:
        """Has all consumers drain and end. May be called from any thread."""
        for one in self._consumers:
            one.stop()

    def _run_one(self, consumer: Consumer) -> None:
        try:
            running = consumer.run()
            if inspect.iscoroutine(running):
                asyncio.run(running)
        except BaseException as error:
            self._end_with(error)

    async def _arun_one(self, consumer: Consumer) -> None:
        try:
            if inspect.iscoroutinefunction(consumer.run):
                await consumer.run()
            else:
                await asyncio.to_thread(consumer.run)
        except Exception as error:
            self._end_with(error)

    def _end_with(self, error: BaseException) -> None:
        self._errors.append(error)
        self.stop()

    def _raise(self) -> None:
        if self._errors:
            raise self._errors[0]
