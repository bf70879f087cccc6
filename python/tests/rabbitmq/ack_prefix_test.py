"""The prefix that may be acknowledged, against the plain definition of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.rabbitmq.ack_prefix import AckPrefix

LSNS = st.lists(st.integers(0, 40), max_size=40)


@given(lsns=LSNS, marks=st.lists(st.integers(0, 40), max_size=12), data=st.data())
def test_acknowledged_is_exactly_the_longest_durable_prefix(
    lsns: list[int], marks: list[int], data: st.DataObject
) -> None:
    prefix = AckPrefix()
    gaps = data.draw(st.lists(st.integers(1, 3), min_size=len(lsns), max_size=len(lsns)))
    tags = [sum(gaps[: place + 1]) for place in range(len(gaps))]  # rejected ones leave gaps
    added = acknowledged = 0
    for mark in sorted(marks):  # durable marks never fall
        more = data.draw(st.integers(added, len(lsns)))
        for place in range(added, more):
            prefix.add(tags[place], lsns[place])
        added = more
        taken = prefix.take(mark)
        want = acknowledged
        while want < added and lsns[want] <= mark:
            want += 1
        assert taken == ((tags[want - 1], want - acknowledged) if want > acknowledged else None)
        acknowledged = want
        assert len(prefix) == added - acknowledged
        for count in (1, 3, 50):
            last = min(acknowledged + count, added)
            want_lsn = max(lsns[:last]) if acknowledged < added else None
            assert prefix.lsn_of(count) == want_lsn


def test_tags_must_rise() -> None:
    prefix = AckPrefix()
    prefix.add(3, 1)
    with pytest.raises(ValueError, match="delivery tag 3 after 3"):
        prefix.add(3, 2)
