"""Publishes flights with confirms: what it returns from is on the broker's disk."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeAlias

import pika
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel
from pika.frame import Method
from pika.spec import Basic

from flights import Flight

Answer: TypeAlias = Basic.Ack | Basic.Nack

WINDOW = 500
RETRY_S = 0.2
TIMEOUT_S = 240  # far more than a sound run takes: then `run` raises


class Publisher:
    """Publishes flights in order, at most `WINDOW` unconfirmed, until each is confirmed.

    Goes on through a broker that dies: what was not confirmed is published again on a new connection,
    so the broker may hold more duplicates than were asked for. Nothing here waits for one particular
    answer: a lost connection ends its event loop, and so does `TIMEOUT_S`.
    """

    def __init__(
        self, url: str, flights: Iterable[Flight], queue_of: Callable[[Flight], str]
    ) -> None:
        self.confirmed = 0  # may be read by other threads
        self._parameters = pika.URLParameters(url)
        self._queue_of = queue_of
        self._waiting = deque(flights)
        self._unconfirmed: dict[int, Flight] = {}  # by delivery tag, rising
        self._last_tag = 0

    def run(self) -> None:
        """Returns once all are confirmed. Raises for a queue that does not exist."""
        end_s = time.monotonic() + TIMEOUT_S
        while self._waiting or self._unconfirmed:
            self._waiting.extendleft(reversed(self._unconfirmed.values()))
            self._unconfirmed.clear()
            self._last_tag = 0
            self._run_connection(end_s - time.monotonic())
            if self._waiting or self._unconfirmed:
                time.sleep(RETRY_S)

    def _run_connection(self, timeout_s: float) -> None:
        loop = IOLoop()
        pika.SelectConnection(
            self._parameters,
            on_open_callback=lambda opened: opened.channel(on_open_callback=self._on_channel),
            on_open_error_callback=lambda *_: loop.stop(),
            on_close_callback=lambda *_: loop.stop(),
            custom_ioloop=loop,
        )
        loop.call_later(max(timeout_s, 0.0), _give_up)
        loop.start()
        loop.close()

    def _on_channel(self, channel: Channel) -> None:
        channel.add_on_return_callback(_on_return)
        channel.add_on_close_callback(_on_channel_closed)
        channel.confirm_delivery(
            lambda frame: self._on_confirm(channel, frame), callback=lambda _: self._fill(channel)
        )

    def _fill(self, channel: Channel) -> None:
        while channel.is_open and self._waiting and len(self._unconfirmed) < WINDOW:
            flight = self._waiting.popleft()
            self._last_tag += 1
            self._unconfirmed[self._last_tag] = flight
            properties = pika.BasicProperties(delivery_mode=2, message_id=str(flight.id))
            queue = self._queue_of(flight)
            channel.basic_publish("", queue, flight.body(), properties, mandatory=True)
        if channel.is_open and not self._unconfirmed:
            channel.connection.close()

    def _on_confirm(self, channel: Channel, frame: Method[Answer]) -> None:
        answer = frame.method
        settled = [answer.delivery_tag]
        if answer.multiple:
            settled = [tag for tag in self._unconfirmed if tag <= answer.delivery_tag]
        flights = [self._unconfirmed.pop(tag) for tag in settled]
        if isinstance(answer, Basic.Ack):
            self.confirmed += len(flights)
        else:
            self._waiting.extendleft(reversed(flights))
        self._fill(channel)


def publish(url: str, flights: Iterable[Flight], queue_of: Callable[[Flight], str]) -> None:
    """Publishes `flights` and returns once all are confirmed."""
    Publisher(url, flights, queue_of).run()


def _give_up() -> None:
    raise TimeoutError("the broker does not confirm")


def _on_return(_channel: Channel, method: Basic.Return, *_: object) -> None:
    raise RuntimeError(f"no queue {method.routing_key}: trying again does not help")


def _on_channel_closed(channel: Channel, _reason: Exception) -> None:
    if channel.connection.is_open:
        channel.connection.close()
