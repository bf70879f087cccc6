"""Whether a queue's messages all go to one log."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from seawall import _native
from seawall.rabbitmq.errors import OtherConsumersError
from seawall.rabbitmq.options import ConsumerOptions

logger = logging.getLogger("seawall.rabbitmq")

_running: Counter[tuple[int, str]] = Counter()  # by log and queue
_lock = threading.Lock()


@contextmanager
def running_consumer(log: _native.Log, queue: str) -> Iterator[None]:
    """Counts a consumer of this process as one that shares its log."""
    key = (id(log), queue)
    with _lock:
        _running[key] += 1
    try:
        yield
    finally:
        with _lock:
            _running[key] -= 1
            if not _running[key]:
                del _running[key]


def check_others(
    log: _native.Log, queue: str, consumers: int, options: ConsumerOptions, is_first: bool
) -> None:
    """Looks at the broker's count of the queue's consumers, this one included.

    Raises `OtherConsumersError` where others are refused; `ConnectionError`, so that it is tried
    again, unless this is the run's first connection: the other may be this consumer's lost one,
    which the broker counts until its heartbeats are missed.
    """
    with _lock:
        others = consumers - max(1, _running[(id(log), queue)])
    if others <= 0 or options.other_consumers == "allow":
        return
    words = (
        f"queue {queue!r} has {others} consumer(s) beside those of this log: a message that is "
        "delivered to one log and then again to another is counted twice. Use one log per queue"
    )
    if options.other_consumers == "warn":
        logger.warning("%s", words)
    elif is_first:
        raise OtherConsumersError(words)
    else:
        raise ConnectionError(words)
