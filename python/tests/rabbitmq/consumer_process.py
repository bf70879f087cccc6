"""A consumer as a process: consumer_process.py pika|aio-pika URL QUEUE BASE_DIR

Prints a line for every 25 messages handled, so that a test can kill it at a place of its choice.
"""

from __future__ import annotations

import asyncio
import sys

from flight_totals import FlightTotals, delta_of
from seawall import FileSystemStorage, WriteAheadLog
from seawall.rabbitmq import Delta, DurableConsumer, Message
from seawall.rabbitmq.async_durable_consumer import AsyncDurableConsumer

PROGRESS_EVERY = 25


class Progress:
    """The handler, and how far it is."""

    def __init__(self) -> None:
        self._handled = 0

    def __call__(self, message: Message) -> Delta:
        self._handled += 1
        if self._handled % PROGRESS_EVERY == 0:
            print(self._handled, flush=True)
        return delta_of(message)


def main(library: str, url: str, queue: str, base_dir: str) -> None:
    with WriteAheadLog(FlightTotals(), FileSystemStorage(), queue, base_dir) as log:
        if library == "pika":
            DurableConsumer(log, url, queue, Progress()).run()
        else:
            asyncio.run(AsyncDurableConsumer(log, url, queue, Progress()).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
