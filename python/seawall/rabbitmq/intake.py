"""From deliveries to records in flight, and from durable records to acknowledgements."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable

from seawall.rabbitmq.ack_prefix import AckPrefix
from seawall.rabbitmq.delivery import Delivery
from seawall.rabbitmq.delta import Delta
from seawall.rabbitmq.durable_log import DurableLog
from seawall.rabbitmq.errors import MessageIdError
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions


CHUNK = 64
"""Messages handled before they are submitted together: enough to share the call's and the flush's
cost, few enough of a prefetch window of 300 that the broker fills it up meanwhile."""


class Intake:
    """The deliveries of one channel: first those to be handled, then those in flight.

    It is made with its channel and dropped with it, so no tag ever meets another channel. Strictly
    in order: a delivery that must wait holds up those behind it, so that each client's records keep
    the queue's order. One thread.
    """

    def __init__(self, log: DurableLog, options: ConsumerOptions) -> None:
        self.backlog: deque[Delivery] = deque()
        self._log = log
        self._options = options
        self._prefix = AckPrefix()
        self._id_of = options.message_id or _message_id
        self._producer_of = _producer_of(options)
        self._worth_while = max(1, options.prefetch // 4)

    def ready(self, now_s: float) -> list[Delivery]:
        """Returns the next deliveries to handle: as many as are submitted together, up to the first
        that must wait."""
        ready = []
        for delivery in itertools.islice(self.backlog, CHUNK):
            if delivery.failure is not None or delivery.not_before_s > now_s:
                break
            ready.append(delivery)
        return ready

    def wait_s(self, now_s: float, max_s: float) -> float:
        """Returns how long nothing needs to be tried, up to `max_s`."""
        if not self.backlog:
            return max_s
        return min(max(self.backlog[0].not_before_s - now_s, 0.0), max_s)

    def accept(self, delivery: Delivery, deltas: tuple[Delta, ...]) -> None:
        """Notes what the handler returned. Raises what `format_data` raises, `MessageIdError`."""
        if not deltas:
            delivery.entries = []
            return
        message = delivery.message
        delivery.entries = self._log.entries(
            deltas, self._id_of(message), self._producer_of(message)
        )

    def submit(self) -> Delivery | None:
        """Submits what was handled, from the head of the backlog on. Returns the head if it is
        one that failed, then or when it was handled."""
        backlog = self.backlog
        while backlog and backlog[0].entries is not None:
            self._submit_singles()
            if backlog and (entries := backlog[0].entries) is not None:
                try:
                    lsn = self._log.submit(entries) if entries else 0
                except Exception as error:
                    backlog[0].failure = error
                    break
                self._prefix.add(backlog.popleft().tag, lsn)
        return backlog[0] if backlog and backlog[0].failure is not None else None

    def _submit_singles(self) -> None:
        """Submits, in one call, the first messages that have one delta each."""
        singles = []
        for delivery in self.backlog:
            if delivery.entries is None or len(delivery.entries) != 1:
                break
            singles.append(delivery.entries[0])
        if len(singles) > 1:
            for lsn in self._log.submit_many(singles):
                self._prefix.add(self.backlog.popleft().tag, lsn)

    def drop_head(self) -> None:
        """Takes out the head, which was rejected."""
        self.backlog.popleft()

    def in_flight(self) -> int:
        """Returns how many deliveries are submitted and not acknowledged."""
        return len(self._prefix)

    def next_lsn(self) -> int | None:
        """Returns the LSN to wait for: then an acknowledgement is worth its frame."""
        return self._prefix.lsn_of(self._worth_while)

    def acknowledgeable(self, working: bool) -> tuple[int, int] | None:
        """Takes out the durable prefix; returns the tag to acknowledge up to and how many
        deliveries that are. Raises when the log has failed.

        While `working`, only once a quarter of the prefetch window is durable: the broker then fills
        it up beside the work, and a frame for each few messages is saved.
        """
        if not self._prefix:
            return None
        durable = self._log.durable_lsn()
        if working:
            lsn = self._prefix.lsn_of(self._worth_while)
            if len(self._prefix) < self._worth_while or lsn is None or lsn > durable:
                return None
        return self._prefix.take(durable)


def _message_id(message: Message) -> str:
    if not message.message_id:
        raise MessageIdError(
            f"a message with routing key {message.routing_key!r} has no message_id property: "
            "have the publisher set it, or give the consumer a message_id function"
        )
    return message.message_id


def _producer_of(options: ConsumerOptions) -> Callable[[Message], str | bytes | None]:
    producer = options.producer
    if callable(producer):
        return producer
    return lambda message: producer
