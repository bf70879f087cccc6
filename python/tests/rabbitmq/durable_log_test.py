"""What is submitted together, and how much of it is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seawall import ConsumerStateInterpreter, InvalidArgumentError, MemoryStorage, WriteAheadLog
from seawall.rabbitmq.durable_log import DurableLog, Entry


def test_messages_are_taken_up_to_the_first_refused(tmp_path: Path) -> None:
    with WriteAheadLog(ConsumerStateInterpreter(), MemoryStorage(), "service", tmp_path) as log:
        durable = DurableLog(log)
        several: list[Entry] = [("a", '{"x":1}', 1, None), ("b", '{"y":1}', 1, "producer")]
        without_effect: list[Entry] = []
        refused: list[Entry] = [("", "{}", 1, None)]
        last: list[Entry] = [("c", "{}", 1, None)]
        messages = [several, without_effect, without_effect, refused, last]
        assert durable.submit_many(messages) == (3, 1, 2, 0, 0)
        assert durable.submit_many([without_effect, refused]) == (1, 0, 0, 0, 0)
        assert durable.submit_many([without_effect]) == (1, 0, 0, 0, 0)
        assert durable.submit_many([refused]) == (0, 0, 0, 0, 0)
        assert durable.submit(several) == (1, 1, 0, 2, 0)
        ended: list[Entry] = [("a", None, 2, None, True), ("d", "{}", 1, None)]
        assert durable.submit_many([ended, several]) == (2, 2, 2, 1, 1)
        with pytest.raises(InvalidArgumentError, match="client id is empty"):
            durable.submit(refused)
        log.flush()
        assert log.clients() == ["b", "d"]


def test_what_is_no_entry_is_refused_in_its_turn(tmp_path: Path) -> None:
    with WriteAheadLog(ConsumerStateInterpreter(), MemoryStorage(), "service", tmp_path) as log:
        durable = DurableLog(log)
        wrong_id: list[Any] = [("b", "{}", True, None)]
        assert durable.submit_many([[("a", "{}", 1, None)], wrong_id])[:2] == (1, 1)
        with pytest.raises(InvalidArgumentError, match="the id must be"):
            durable.submit(wrong_id)
