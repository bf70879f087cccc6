"""What follows a failed try, and what a handler may return."""

from __future__ import annotations

import pytest

from seawall import (
    BusyError,
    ClosedError,
    FencedError,
    InvalidArgumentError,
    NoSpaceError,
    PoisonedError,
)
from seawall.rabbitmq import (
    Clear,
    ConsumerOptions,
    Delta,
    EarlierMessageError,
    Message,
    MessageIdError,
    PoisonMessageError,
    RejectMessage,
)
from seawall.rabbitmq.backoff import Backoff
from seawall.rabbitmq.delivery import Delivery
from seawall.rabbitmq.delta import deltas_of
from seawall.rabbitmq.failure import Verdict, judge

REJECT = ConsumerOptions(tries=3, poison="reject")
STOP = ConsumerOptions(tries=3)


def delivery() -> Delivery:
    return Delivery(1, Message(b"", "7", {}, "key", False, None))


@pytest.mark.parametrize("error", [BusyError(), NoSpaceError(), EarlierMessageError()])
def test_what_is_not_the_messages_fault_is_tried_for_ever(error: Exception) -> None:
    one = delivery()
    waits = []
    for _ in range(50):
        assert judge(one, error, STOP, now_s=10.0) is Verdict.AGAIN
        waits.append(one.not_before_s - 10.0)
    assert waits == sorted(waits) and waits[0] > 0
    assert one.failed_tries == 0


@pytest.mark.parametrize("error", [PoisonedError(), FencedError(), ClosedError()])
def test_a_failed_log_ends_the_consumer(error: Exception) -> None:
    with pytest.raises(type(error)):
        judge(delivery(), error, REJECT, now_s=0.0)


@pytest.mark.parametrize("error", [KeyError("x"), InvalidArgumentError("too long")])
def test_a_message_has_exactly_its_tries(error: Exception) -> None:
    one = delivery()
    verdicts = [judge(one, error, REJECT, now_s=0.0) for _ in range(3)]
    assert verdicts == [Verdict.AGAIN, Verdict.AGAIN, Verdict.REJECT]


def test_waiting_for_the_log_uses_no_tries() -> None:
    one = delivery()
    for error in (KeyError(), BusyError(), NoSpaceError(), KeyError()):
        assert judge(one, error, REJECT, now_s=0.0) is Verdict.AGAIN
    assert judge(one, KeyError(), REJECT, now_s=0.0) is Verdict.REJECT


@pytest.mark.parametrize("error", [MessageIdError("no id"), RejectMessage("bad")])
def test_what_cannot_get_better_is_not_tried_again(error: Exception) -> None:
    assert judge(delivery(), error, REJECT, now_s=0.0) is Verdict.REJECT


def test_poison_is_rejected_only_where_it_is_kept() -> None:
    with pytest.raises(PoisonMessageError, match="'7'.*RejectMessage: bad"):
        judge(delivery(), RejectMessage("bad"), STOP, now_s=0.0)
    dead_letter = ConsumerOptions(queue_arguments={"x-dead-letter-exchange": "dead"})
    assert judge(delivery(), RejectMessage("bad"), dead_letter, now_s=0.0) is Verdict.REJECT


def test_waits_double_up_to_a_limit() -> None:
    backoff = Backoff(0.5, 3.0)
    assert [backoff.after(failures) for failures in (1, 2, 3, 4, 5000)] == [0.5, 1, 2, 3.0, 3.0]


def test_what_a_handler_may_return() -> None:
    one, two = Delta("a", {}), Delta("b", {})
    assert deltas_of(None) == deltas_of([]) == ()
    assert deltas_of(one) == deltas_of([one]) == (one,)
    assert deltas_of(delta for delta in (one, two)) == (one, two)
    with pytest.raises(TypeError, match="Delta and Clear objects, not str"):
        deltas_of(("a", {}))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not int"):
        deltas_of(3)  # type: ignore[arg-type]
    end = Clear("c")
    assert deltas_of(end) == (end,) and end.keep_ids
    assert deltas_of([end, one]) == (end, one)
    for twice in (Delta("a", {"x": 1}), Clear("a")):
        with pytest.raises(ValueError, match="combine"):
            deltas_of([one, twice])


@pytest.mark.parametrize("wrong", [{"prefetch": 0}, {"prefetch": 65536}, {"tries": 0}, {"poison": "drop"}])
def test_wrong_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        ConsumerOptions(**wrong)  # type: ignore[arg-type]
