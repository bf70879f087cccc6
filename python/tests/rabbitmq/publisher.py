"""Publishes flights with confirms: what it returns from is on the broker's disk."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator

import aio_pika
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import AMQPError, DeliveryError

from flights import Flight

WINDOW = 500
RETRY_S = 0.2
# Far more than a window takes: an answer that died with its broker never comes.
ANSWER_S = 15


def message_of(flight: Flight) -> aio_pika.Message:
    return aio_pika.Message(
        flight.body(),
        message_id=str(flight.id),
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


async def publish_window(
    channel: AbstractChannel, window: list[Flight], queue_of: Callable[[Flight], str]
) -> list[Flight]:
    """Publishes all of `window` at once; returns those that were not confirmed."""
    answers = await asyncio.gather(
        *(
            channel.default_exchange.publish(
                message_of(flight), queue_of(flight), mandatory=True
            )
            for flight in window
        ),
        return_exceptions=True,
    )
    failed = [flight for flight, answer in zip(window, answers) if isinstance(answer, BaseException)]
    for answer in answers:
        if isinstance(answer, DeliveryError):
            raise answer  # no such queue: trying again does not help
    return failed


def windows_of(flights: Iterable[Flight]) -> Iterator[list[Flight]]:
    rest = iter(flights)
    return iter(lambda: list(itertools.islice(rest, WINDOW)), [])


async def publish(
    url: str, flights: Iterable[Flight], queue_of: Callable[[Flight], str]
) -> None:
    """Publishes `flights` in order, `WINDOW` in flight, until each is confirmed.

    Goes on through a broker that dies: what was not confirmed is published again, so the broker may
    hold more duplicates than were asked for.
    """
    windows = windows_of(flights)
    window = next(windows, [])
    while window:
        try:
            connection = await aio_pika.connect(url, timeout=ANSWER_S)
            try:
                channel = await asyncio.wait_for(connection.channel(), ANSWER_S)
                while window:
                    published = publish_window(channel, window, queue_of)
                    window = await asyncio.wait_for(published, ANSWER_S)
                    if window:
                        break
                    window = next(windows, [])
            finally:
                await asyncio.wait_for(connection.close(), ANSWER_S)
        except (AMQPError, OSError, asyncio.TimeoutError):
            pass
        if window:
            await asyncio.sleep(RETRY_S)
