"""Several consumers as a process: several_consumers.py HOW URL BASE_DIR QUEUE...

HOW is threads, tasks (both by `Consumers`), gather or off. They share a log and run until a signal.
"off" stops at SIGUSR1 only.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

from flight_totals import FlightTotals, delta_of
from seawall import FileSystemStorage, WriteAheadLog
from seawall.rabbitmq import AsyncDurableConsumer, Consumers, DurableConsumer


def main(how: str, url: str, base_dir: str, *queues: str) -> None:
    kind: Any = DurableConsumer if how in ("threads", "off") else AsyncDurableConsumer
    with WriteAheadLog(FlightTotals(), FileSystemStorage(), "flights", base_dir) as log:
        consumers = [kind(log, url, queue, delta_of, producer="") for queue in queues]
        if how == "threads":
            Consumers(*consumers).run()
        elif how == "tasks":
            asyncio.run(Consumers(*consumers).arun())
        elif how == "gather":
            asyncio.run(gather(consumers))
        else:
            both = Consumers(*consumers, signals="off")
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGUSR1, lambda *_: both.stop())
            both.run()


async def gather(consumers: list[AsyncDurableConsumer]) -> None:
    await asyncio.gather(*(consumer.run() for consumer in consumers))


if __name__ == "__main__":
    main(*sys.argv[1:])
