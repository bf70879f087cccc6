"""What follows when a delivery could not be submitted."""

from __future__ import annotations

import enum
import logging

from seawall.errors import (
    BusyError,
    InterpreterError,
    InvalidArgumentError,
    NoSpaceError,
    SeawallError,
)
from seawall.rabbitmq.backoff import FAILED_TRY, LOG_BUSY, LOG_FULL
from seawall.rabbitmq.delivery import Delivery
from seawall.rabbitmq.errors import (
    EarlierMessageError,
    MessageIdError,
    PoisonMessageError,
    RejectMessage,
)
from seawall.rabbitmq.options import ConsumerOptions

logger = logging.getLogger("seawall.rabbitmq")

_NOT_OF_THE_MESSAGE = (BusyError, NoSpaceError, EarlierMessageError)
_OF_THE_MESSAGE = (MessageIdError, InvalidArgumentError, InterpreterError)
_USELESS_TO_REPEAT = (MessageIdError, RejectMessage)


class Verdict(enum.Enum):
    """What to do with a delivery that failed."""

    AGAIN = enum.auto()
    """Try it again from its `not_before_s` on, and no later delivery before."""
    REJECT = enum.auto()
    """Reject it without requeue: it goes to the dead-letter exchange."""


def as_failure(error: BaseException) -> Exception:
    """Returns what a handler raised as a failed try: it may have awaited what somebody cancelled."""
    if isinstance(error, Exception):
        return error
    failure = RuntimeError("the handler awaited what was cancelled")
    failure.__cause__ = error
    return failure


def judge(delivery: Delivery, error: Exception, options: ConsumerOptions, now_s: float) -> Verdict:
    """Decides what follows `error`, and notes it in `delivery`. `now_s` is the monotonic clock's.

    Raises `PoisonMessageError` for a message that may not be rejected, and `error` itself when it
    is the log that failed: then nothing more may be acknowledged.
    """
    delivery.failure = None
    if isinstance(error, _NOT_OF_THE_MESSAGE):
        delivery.refusals += 1
        backoff = LOG_FULL if isinstance(error, NoSpaceError) else LOG_BUSY
        delivery.not_before_s = now_s + backoff.after(delivery.refusals)
        return Verdict.AGAIN
    if isinstance(error, SeawallError) and not isinstance(error, _OF_THE_MESSAGE):
        raise error
    delivery.entries = None
    delivery.refusals = 0
    delivery.failed_tries += 1
    if delivery.failed_tries < options.tries and not isinstance(error, _USELESS_TO_REPEAT):
        delivery.not_before_s = now_s + FAILED_TRY.after(delivery.failed_tries)
        return Verdict.AGAIN
    if not options.rejects_poison:
        raise PoisonMessageError(_complaint(delivery, error)) from error
    logger.error("rejected: %s", _complaint(delivery, error), exc_info=error)
    return Verdict.REJECT


def _complaint(delivery: Delivery, error: Exception) -> str:
    message = delivery.message
    return (
        f"message {message.message_id!r} (routing key {message.routing_key!r}) failed in "
        f"{delivery.failed_tries} of its tries: {type(error).__name__}: {error}"
    )
