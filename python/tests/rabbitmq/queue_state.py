"""What a queue holds."""

from __future__ import annotations

import time
from typing import Any

import pika


def message_count(url: str, queue: str) -> int:
    """Returns how many messages wait in the queue; those delivered and unacknowledged are not
    among them, unless their connection has ended."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        count: int = connection.channel().queue_declare(queue, passive=True).method.message_count
        return count


def take_ids(url: str, queue: str) -> list[str]:
    """Empties the queue; returns its message ids in order."""
    ids: list[str] = []
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        while True:
            found: Any = channel.basic_get(queue, auto_ack=True)
            if found[0] is None:
                return ids
            ids.append(str(found[1].message_id))


def wait_until_empty(url: str, queue: str, timeout_s: float) -> None:
    """Returns once no message waits in the queue; see `message_count`. Fails after `timeout_s`."""
    end_s = time.monotonic() + timeout_s
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        while channel.queue_declare(queue, passive=True).method.message_count:
            assert time.monotonic() < end_s, f"{queue} does not empty"
            connection.sleep(0.1)
