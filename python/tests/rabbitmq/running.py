"""A consumer, of either library, in a thread of its own."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeAlias

from seawall.rabbitmq import DurableConsumer
from seawall.rabbitmq.async_durable_consumer import AsyncDurableConsumer

Consumer: TypeAlias = DurableConsumer | AsyncDurableConsumer
CONSUMERS: list[type[Any]] = [DurableConsumer, AsyncDurableConsumer]
TIMEOUT_S = 60


def wait_until(condition: Callable[[], object]) -> None:
    """Returns once `condition()` is true; fails after a time that no sound run takes."""
    end_s = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.01)


class Running:
    """Runs a consumer until the `with` block ends; then stops it and raises what it raised."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer = consumer
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            if inspect.iscoroutinefunction(self.consumer.run):
                asyncio.run(self.consumer.run())
            else:
                self.consumer.run()
        except BaseException as error:
            self.error = error

    def wait_until(self, condition: Callable[[], object]) -> None:
        wait_until(lambda: self.error is not None or condition())
        if self.error is not None:
            raise self.error

    def join(self) -> None:
        """Waits for `run` to return."""
        self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive(), "the consumer does not end"

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.consumer.stop()
        self.join()
        if kind is None and self.error is not None:
            raise self.error
