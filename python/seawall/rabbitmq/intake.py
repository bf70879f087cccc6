"""From deliveries to records in flight, and from durable records to acknowledgements."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from seawall.rabbitmq.ack_prefix import AckPrefix
from seawall.rabbitmq.delivery import Delivery
from seawall.rabbitmq.delta import Delta
from seawall.rabbitmq.durable_log import DurableLog
from seawall.rabbitmq.errors import MessageIdError
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions


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
        self._producer_of = _producer_of(options)

    def head(self, now_s: float) -> Delivery | None:
        """Returns the delivery to be tried now, if there is one."""
        if not self.backlog or self.backlog[0].not_before_s > now_s:
            return None
        return self.backlog[0]

    def wait_s(self, now_s: float, max_s: float) -> float:
        """Returns how long nothing needs to be tried, up to `max_s`."""
        if not self.backlog:
            return max_s
        return min(max(self.backlog[0].not_before_s - now_s, 0.0), max_s)

    def submit(self, delivery: Delivery, deltas: tuple[Delta, ...]) -> None:
        """Submits the head's deltas and takes it out of the backlog. Raises what the log raises;
        the head then stays."""
        delivery.deltas = deltas
        lsn = self._submit(delivery.message, deltas)
        self._prefix.add(delivery.tag, lsn)
        self.backlog.popleft()

    def drop_head(self) -> None:
        """Takes out the head, which was rejected."""
        self.backlog.popleft()

    def in_flight(self) -> int:
        """Returns how many deliveries are submitted and not acknowledged."""
        return len(self._prefix)

    def first_lsn(self) -> int | None:
        """Returns the LSN that the next acknowledgement waits for."""
        return self._prefix.first_lsn()

    def acknowledgeable(self) -> tuple[int, int] | None:
        """Takes out the durable prefix; returns the tag to acknowledge up to and how many
        deliveries that are. Raises when the log has failed."""
        if not self._prefix:
            return None
        return self._prefix.take(self._log.durable_lsn())

    def _submit(self, message: Message, deltas: tuple[Delta, ...]) -> int:
        if not deltas:
            return 0
        return self._log.submit(deltas, self._id_of(message), self._producer_of(message))

    def _id_of(self, message: Message) -> str | int | bytes:
        if self._options.message_id is not None:
            return self._options.message_id(message)
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
