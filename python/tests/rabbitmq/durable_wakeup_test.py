"""The descriptor that tells of an LSN."""

from __future__ import annotations

import select
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripted_log import ScriptedLog
from seawall import ConsumerStateInterpreter, FileSystemStorage, PoisonedError, WriteAheadLog
from seawall.rabbitmq.durable_log import DurableLog
from seawall.rabbitmq.durable_wakeup import DurableWakeup

LONG_S = 30.0


@pytest.fixture
def log(tmp_path: Path) -> Iterator[WriteAheadLog]:
    with WriteAheadLog(ConsumerStateInterpreter(), FileSystemStorage(), "test", tmp_path) as opened:
        yield opened


def is_readable(wakeup: DurableWakeup, timeout_s: float) -> bool:
    return bool(select.select([wakeup.fileno()], [], [], timeout_s)[0])


def wait(wakeup: DurableWakeup) -> None:
    """Returns once the request is met."""
    while is_readable(wakeup, LONG_S):
        if wakeup.take():
            return
    raise TimeoutError


def test_it_tells_of_every_lsn_that_is_asked_for(log: WriteAheadLog) -> None:
    durable = DurableLog(log)
    wakeup = DurableWakeup(durable)
    for number in range(300):
        lsn = durable.submit([("c", "{}", number, None)]).lsn
        wakeup.request(lsn)
        wait(wakeup)
        assert durable.durable_lsn() >= lsn
    wakeup.close()


def test_it_tells_of_what_is_durable_already(log: WriteAheadLog) -> None:
    durable = DurableLog(log)
    wakeup = DurableWakeup(durable)
    wakeup.request(log.persist("c", {}, 1).lsn)
    wait(wakeup)
    wakeup.close()


def test_an_earlier_group_is_not_enough(log: WriteAheadLog) -> None:
    durable = ScriptedLog(log)
    wakeup = DurableWakeup(durable)
    durable.hold = True
    lsn = durable.submit([("c", "{}", 1, None)]).lsn
    wakeup.request(lsn)
    log.flush()
    assert is_readable(wakeup, LONG_S) and not wakeup.take()
    assert not is_readable(wakeup, 0)
    log.persist("c", {}, 2)  # a later group is looked at again
    assert is_readable(wakeup, LONG_S) and not wakeup.take()
    durable.release()
    wait(wakeup)
    wakeup.close()


def test_it_tells_of_a_log_that_ends(log: WriteAheadLog) -> None:
    durable = DurableLog(log)
    wakeup = DurableWakeup(durable)
    wakeup.request(1 << 62)
    closer = threading.Thread(target=log.close)
    closer.start()
    wait(wakeup)
    closer.join()
    wakeup.close()


def test_it_tells_of_a_log_that_has_failed(log: WriteAheadLog) -> None:
    durable = ScriptedLog(log)
    wakeup = DurableWakeup(durable)
    wakeup.request(1 << 62)
    durable.release(PoisonedError("a flush failed"))
    wait(wakeup)
    wakeup.close()
