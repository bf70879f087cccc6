"""The prefix that may be acknowledged, against the plain definition of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.rabbitmq.ack_prefix import AckPrefix

# Runs of deliveries that were submitted together: how many, and the LSN that makes them durable.
RUNS = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 40)), max_size=20)


@given(runs=RUNS, marks=st.lists(st.integers(0, 40), max_size=12), data=st.data())
def test_acknowledged_is_exactly_the_longest_durable_prefix_of_runs(
    runs: list[tuple[int, int]], marks: list[int], data: st.DataObject
) -> None:
    prefix = AckPrefix()
    gaps = data.draw(st.lists(st.integers(0, 3), min_size=len(runs), max_size=len(runs)))
    tags, tag = [], 0
    for gap, (count, _) in zip(gaps, runs):  # rejected ones leave gaps
        tag += gap + count
        tags.append(tag)
    added = acknowledged = 0  # runs
    for mark in sorted(marks):  # durable marks never fall
        more = data.draw(st.integers(added, len(runs)))
        for place in range(added, more):
            count, lsn = runs[place]
            prefix.add(tags[place], lsn, count)
        added = more
        taken = prefix.take(mark)
        want = acknowledged
        while want < added and runs[want][1] <= mark:
            want += 1
        length = sum(count for count, _ in runs[acknowledged:want])
        assert taken == ((tags[want - 1], length) if want > acknowledged else None)
        acknowledged = want
        assert len(prefix) == sum(count for count, _ in runs[acknowledged:added])
        for least in (1, 3, 50):
            assert prefix.lsn_of(least) == lsn_of(runs[:added], acknowledged, least)


def lsn_of(runs: list[tuple[int, int]], acknowledged: int, least: int) -> int | None:
    """Returns the highest LSN up to the run that brings `least` more deliveries than acknowledged."""
    if acknowledged == len(runs):
        return None
    last = acknowledged
    while last < len(runs) and sum(count for count, _ in runs[acknowledged:last]) < least:
        last += 1
    return max(lsn for _, lsn in runs[:last])


def test_tags_must_rise() -> None:
    prefix = AckPrefix()
    prefix.add(3, 1)
    with pytest.raises(ValueError, match="delivery tag 3 after 3"):
        prefix.add(3, 2)
    with pytest.raises(ValueError, match="delivery tag 5 after 3, for 3"):
        prefix.add(5, 2, 3)
