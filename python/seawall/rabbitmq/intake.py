"""From deliveries to records in flight, and from durable records to acknowledgements."""

from __future__ import annotations

from collections import deque

from seawall.rabbitmq.counters import Counters
from seawall.rabbitmq.delivery import Delivery
from seawall.rabbitmq.delta import Clear, Delta, Deltas, deltas_of
from seawall.rabbitmq.durable_log import DurableLog, Entry
from seawall.rabbitmq.errors import MessageIdError
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions
from seawall.rabbitmq.staging import Staging

CHUNK_MAX = 64
"""Messages handled before they are submitted together: enough to share the call's and the flush's
cost, few enough of a prefetch window of 300 that the broker fills it up meanwhile."""


class Intake:
    """The deliveries of one channel: those that wait to be handled, and those that are handled.

    It is made with its channel and dropped with it, so no tag ever meets another channel. Strictly
    in order: a delivery that must wait holds up those behind it, so that each client's records keep
    the queue's order. One thread.
    """

    def __init__(self, log: DurableLog, options: ConsumerOptions, counters: Counters) -> None:
        self.backlog: deque[Delivery] = deque()
        """What waits, in order, all of it later than what is handled."""
        self.chunk = max(1, min(CHUNK_MAX, options.prefetch // 2))
        """How many messages are handled and then submitted together, when enough wait."""
        # A fifth of the window: of 300, one chunk.
        self.handled = Staging(log, max(1, options.prefetch // 5), counters)
        """What is handled, until it is acknowledged."""
        self._encode = log.encode
        self._id_of = options.message_id or _message_id
        self._producer = options.producer

    def next(self, now_s: float) -> Delivery | None:
        """Takes out the head of the backlog, if it may be tried now. It is then accepted, or put
        back with what failed."""
        backlog = self.backlog
        if not backlog or backlog[0].failure is not None or backlog[0].not_before_s > now_s:
            return None
        return backlog.popleft()

    def wait_s(self, now_s: float, max_s: float) -> float:
        """Returns how long nothing needs to be tried, up to `max_s`."""
        if not self.backlog:
            return max_s
        return min(max(self.backlog[0].not_before_s - now_s, 0.0), max_s)

    def accept(self, delivery: Delivery, returned: Deltas) -> bool:
        """Notes what the handler returned; returns whether enough is handled to be submitted.
        Raises what `deltas_of` and `format_data` raise, `MessageIdError`."""
        deltas = (returned,) if isinstance(returned, Delta) else deltas_of(returned)
        entries: list[Entry] = []
        if deltas:
            message, encode, producer = delivery.message, self._encode, self._producer
            message_id = self._id_of(message)
            if callable(producer):
                producer = producer(message)
            for delta in deltas:  # a comprehension costs a call
                if isinstance(delta, Clear):
                    entries.append((delta.client_id, None, message_id, producer, delta.keep_ids))
                else:
                    entries.append((delta.client_id, encode(delta.data), message_id, producer))
        delivery.entries = entries
        return self.handled.add(delivery) >= self.chunk

    def stage(self, delivery: Delivery) -> bool:
        """Has one that was handled, before the log refused it, submitted next; returns whether enough
        is handled to be submitted."""
        return self.handled.add(delivery) >= self.chunk

    def put_back(self, delivery: Delivery, failure: Exception) -> None:
        """Makes it the head again, to be judged when all before it are submitted."""
        delivery.failure = failure
        self.backlog.appendleft(delivery)

    def submit(self) -> Delivery | None:
        """Submits what is handled; from the first that is refused on, it goes back to the backlog.
        Returns the head of the backlog if it failed, now or when it was handled."""
        refusal = self.handled.submit()
        if refusal is not None:
            refused, error = refusal
            self.backlog.extendleft(reversed(refused[1:]))
            self.put_back(refused[0], error)
        return self.backlog[0] if self.backlog and self.backlog[0].failure is not None else None

    def drop_head(self) -> None:
        """Takes out the head, which was rejected."""
        self.backlog.popleft()


def _message_id(message: Message) -> str:
    if not message.message_id:
        raise MessageIdError(
            f"a message with routing key {message.routing_key!r} has no message_id property: "
            "have the publisher set it, or give the consumer a message_id function"
        )
    return message.message_id
