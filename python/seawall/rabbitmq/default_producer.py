"""Which producer the ids of a queue have when nobody names one."""

from __future__ import annotations

import logging
import threading

from seawall import _native
from seawall.errors import InvalidArgumentError
from seawall.write_ahead_log import WriteAheadLog

logger = logging.getLogger("seawall.rabbitmq")

# Keys of clears of a client that is nobody's: a clear's key is remembered for as long as the log is,
# `seen` answers for it, and the client is never among `clients()`.
CLIENT = PRODUCER = "seawall.rabbitmq"
NAMED = 1
"""The log's consumers have named their producers from its first record on."""
UNNAMED = 2
"""The log was written before that; with a queue as producer: this one keeps the producer ""."""

_deciding = threading.Lock()


def default_producer(log: WriteAheadLog, queue: str) -> str:
    """Returns `queue`; or "" where the log was written before a consumer was there, so that messages
    which are delivered once more are known by the ids that they had.

    The answer is the same for the log's life. It costs a flush for a log's first consumer.

    Raises `InvalidArgumentError` for a second queue of such a log: it is not known whose ids are "".
    """
    native = log._native
    with _deciding:
        if _is_named(native):
            return queue
        _take_unnamed(native, queue)
        return ""


def note_named_producer(log: WriteAheadLog) -> None:
    """Notes in a new log that its consumers name their producers."""
    with _deciding:
        _is_named(log._native)


def _is_named(native: _native.Log) -> bool:
    if native.seen(CLIENT, NAMED, PRODUCER):
        return True
    if max(native.durable_lsn(), native.submitted_lsn()):
        return False
    native.clear(CLIENT, True, NAMED, PRODUCER)
    return True


def _take_unnamed(native: _native.Log, queue: str) -> None:
    keeper = f"queue {queue}"
    if native.seen(CLIENT, UNNAMED, keeper):
        return
    if native.seen(CLIENT, UNNAMED, PRODUCER):
        raise InvalidArgumentError(
            f"queue {queue!r}: this log was written before its consumers named the producers of their "
            'ids, and another queue keeps the unnamed ones. Say producer="" if this queue\'s ids '
            f"differ from that queue's, else producer={queue!r}"
        )
    native.batch(
        [(CLIENT, None, UNNAMED, PRODUCER, True), (CLIENT, None, UNNAMED, keeper, True)]
    )
    logger.warning(
        'queue %r: this log was written without producers, so its ids are taken as producer "". '
        "If other queues or programs number ids for the same clients, say producer=",
        queue,
    )
