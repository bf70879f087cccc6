"""From deliveries to records in flight, and from durable records to acknowledgements."""

from __future__ import annotations

from collections import deque

from seawall.rabbitmq.ack_prefix import AckPrefix
from seawall.rabbitmq.delivery import Delivery
from seawall.rabbitmq.delta import Delta, Deltas, deltas_of
from seawall.rabbitmq.durable_log import DurableLog
from seawall.rabbitmq.errors import MessageIdError
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions

CHUNK_MAX = 64
"""Messages handled before they are submitted together: enough to share the call's and the flush's
cost, few enough of a prefetch window of 300 that the broker fills it up meanwhile."""


class Intake:
    """The deliveries of one channel: those that wait to be handled, those handled and not yet
    submitted, those in flight.

    It is made with its channel and dropped with it, so no tag ever meets another channel. Strictly
    in order: a delivery that must wait holds up those behind it, so that each client's records keep
    the queue's order. One thread.
    """

    def __init__(self, log: DurableLog, options: ConsumerOptions) -> None:
        self.backlog: deque[Delivery] = deque()
        """What waits, in order, all of it later than what is handled."""
        self.chunk = max(1, min(CHUNK_MAX, options.prefetch // 2))
        """How many messages are handled and then submitted together, when enough wait."""
        self._handled: list[Delivery] = []
        self._log = log
        self._encode = log.encode
        self._prefix = AckPrefix()
        self._id_of = options.message_id or _message_id
        self._producer = options.producer
        self._worth_while = max(1, options.prefetch // 5)  # of a window of 300, one chunk

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
        entries = []
        if deltas:
            message, encode, producer = delivery.message, self._encode, self._producer
            message_id = self._id_of(message)
            if callable(producer):
                producer = producer(message)
            for client, data in deltas:  # a comprehension costs a call
                entries.append((client, encode(data), message_id, producer))
        delivery.entries = entries
        handled = self._handled
        handled.append(delivery)
        return len(handled) >= self.chunk

    def stage(self, delivery: Delivery) -> bool:
        """Has one that was handled, now or before the log refused it, submitted next; returns whether
        enough is handled to be submitted."""
        self._handled.append(delivery)
        return len(self._handled) >= self.chunk

    def put_back(self, delivery: Delivery, failure: Exception) -> None:
        """Makes it the head again, to be judged when all before it are submitted."""
        delivery.failure = failure
        self.backlog.appendleft(delivery)

    def submit(self) -> Delivery | None:
        """Submits what is handled; from the first that is refused on, it goes back to the backlog.
        Returns the head of the backlog if it failed, now or when it was handled."""
        handled, self._handled = self._handled, []
        while handled:
            try:
                count, lsn = self._submit_some(handled)
            except Exception as error:
                self.backlog.extendleft(reversed(handled[1:]))
                self.put_back(handled[0], error)
                break
            self._prefix.add(handled[count - 1].tag, lsn, count)
            handled = handled[count:]
        return self.backlog[0] if self.backlog and self.backlog[0].failure is not None else None

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

        While `working`, only once at least a fifth of the prefetch window is durable: the broker
        then fills it up beside the work, and a frame for each few messages is saved.
        """
        if not self._prefix:
            return None
        durable = self._log.durable_lsn()
        if working:
            lsn = self._prefix.lsn_of(self._worth_while)
            if len(self._prefix) < self._worth_while or lsn is None or lsn > durable:
                return None
        return self._prefix.take(durable)

    def _submit_some(self, handled: list[Delivery]) -> tuple[int, int]:
        """Submits the first messages; returns how many, at least one, and their LSN. Raises why the
        first is refused."""
        messages = [delivery.entries or [] for delivery in handled]
        count, lsn = self._log.submit_many(messages)
        return (count, lsn) if count else (1, self._log.submit(messages[0]))


def _message_id(message: Message) -> str:
    if not message.message_id:
        raise MessageIdError(
            f"a message with routing key {message.routing_key!r} has no message_id property: "
            "have the publisher set it, or give the consumer a message_id function"
        )
    return message.message_id
