"""A consumer as a process: consumer_process.py pika|aio-pika URL QUEUE BASE_DIR MESSAGES

It writes a byte to stdout when it has handled so many messages; `SLACK` messages later it stops in the
handler until it reads a byte from stdin, and then has `NEXT_LEG` messages more. So a test can kill it
in the middle of its work, and yet the queue lasts for as many kills as the test wants. With 0 it
goes on until SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import sys

from flight_totals import FlightTotals, delta_of
from seawall import FileSystemStorage, WriteAheadLog
from seawall.rabbitmq import Delta, DurableConsumer, Message
from seawall.rabbitmq.async_durable_consumer import AsyncDurableConsumer

SLACK = 200
NEXT_LEG = 1000


class Legs:
    """The handler, and how far it may go."""

    def __init__(self, messages: int) -> None:
        self._handled = 0
        self._leg_end = messages

    def __call__(self, message: Message) -> Delta:
        self._handled += 1
        if self._handled == self._leg_end:
            os.write(sys.stdout.fileno(), b".")
        elif self._leg_end and self._handled == self._leg_end + SLACK:
            if not os.read(sys.stdin.fileno(), 1):
                os._exit(1)
            self._leg_end = self._handled + NEXT_LEG
        return delta_of(message)


def main(library: str, url: str, queue: str, base_dir: str, messages: str) -> None:
    legs = Legs(int(messages))
    with WriteAheadLog(FlightTotals(), FileSystemStorage(), queue, base_dir) as log:
        if library == "pika":
            DurableConsumer(log, url, queue, legs).run()
        else:
            asyncio.run(AsyncDurableConsumer(log, url, queue, legs).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
