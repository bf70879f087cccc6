"""Messages that are handled, until they are acknowledged."""

from __future__ import annotations

import threading

from seawall import _native
from seawall.errors import BusyError, NoSpaceError
from seawall.rabbitmq.ack_prefix import AckPrefix
from seawall.rabbitmq.counters import Counters
from seawall.rabbitmq.delivery import Delivery
from seawall.rabbitmq.durable_log import DurableLog, Submitted
from seawall.rabbitmq.errors import EarlierMessageError


class Staging:
    """The handled deliveries of one channel, in order: those not yet submitted, those in flight.

    The channel's thread uses it. `hand_over` alone may be called from others: a handler may ask the
    log from `asyncio.to_thread`, and may have ended by then.
    """

    def __init__(self, log: DurableLog, worth_while: int, counters: Counters) -> None:
        """`worth_while`: durable deliveries that are worth an acknowledgement of their own."""
        self._log = log
        self._counters = counters
        self._worth_while = worth_while
        self._handled: list[Delivery] = []
        self._prefix = AckPrefix()
        self._lock = threading.RLock()  # a signal handler may interrupt its holder
        self._submitting = False
        self._since_submit = 0

    @property
    def native_log(self) -> _native.Log:
        return self._log.native

    def add(self, delivery: Delivery) -> int:
        """Adds the next delivery; returns how many were added since `submit`."""
        with self._lock:
            self._handled.append(delivery)
            self._since_submit += 1
            return self._since_submit

    def submit(self) -> tuple[list[Delivery], Exception] | None:
        """Submits what is handled. If the log refuses one: returns it with all after it, which are
        taken out, and why."""
        with self._lock:
            self._since_submit = 0
            refusal = self._submit_all()
            if refusal is None:
                return None
            refused, self._handled = self._handled, []
            return refused, refusal

    def hand_over(self, durable: bool) -> None:
        """Submits what is handled before the call of a handler; see `staged.Holder`."""
        with self._lock:
            if self._submitting:
                return  # this is a signal handler, in the middle of a submit
            refusal = self._submit_all()
            lsn = self._prefix.last_lsn
        # What is refused stays: the channel's thread judges it before this message is tried again.
        if isinstance(refusal, BusyError | NoSpaceError):
            raise refusal
        if refusal is not None:
            raise EarlierMessageError(
                "a message before this one was refused: this one is handled again after it"
            ) from refusal
        if durable:
            self._log.wait(lsn)

    def in_flight(self) -> int:
        """Returns how many deliveries are submitted and not acknowledged."""
        return len(self._prefix)

    def next_lsn(self) -> int | None:
        """Returns the LSN to wait for: then an acknowledgement is worth its frame."""
        with self._lock:
            return self._prefix.lsn_of(self._worth_while)

    def acknowledgeable(self, working: bool) -> tuple[int, int] | None:
        """Takes out the durable prefix; returns the tag to acknowledge up to and how many
        deliveries that are. Raises when the log has failed.

        While `working`, only once enough is durable to be worth while: the broker then fills up the
        window beside the work, and a frame for each few messages is saved.
        """
        if not self._prefix:
            return None
        durable = self._log.durable_lsn()
        with self._lock:
            if working:
                lsn = self._prefix.lsn_of(self._worth_while)
                if len(self._prefix) < self._worth_while or lsn is None or lsn > durable:
                    return None
            return self._prefix.take(durable)

    def _submit_all(self) -> Exception | None:
        """Submits until none is left, or one is refused, which is then the first; returns why."""
        self._submitting = True
        try:
            while self._handled:
                submitted = self._submit_some(self._handled)
                count = submitted.messages
                self._prefix.add(self._handled[count - 1].tag, submitted.lsn, count)
                del self._handled[:count]
                self._counters.add(submitted.committed, submitted.duplicate, submitted.cleared)
        except Exception as error:
            return error
        finally:
            self._submitting = False
        return None

    def _submit_some(self, handled: list[Delivery]) -> Submitted:
        """Submits the first messages, at least one. Raises why the first is refused."""
        messages = [delivery.entries or [] for delivery in handled]
        submitted = self._log.submit_many(messages)
        return submitted if submitted.messages else self._log.submit(messages[0])
