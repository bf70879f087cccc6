"""User code that raises at its n-th call, whatever it raises and wherever: nothing is lost, doubled or
hangs, and what comes after is served."""

import asyncio
import faulthandler
import gc
import heapq
import logging
import threading

import pytest

import seawall

KINDS = [ValueError, SystemExit, KeyboardInterrupt, MemoryError, GeneratorExit, asyncio.CancelledError]
WAIT_S = 60


class Fuse:
    """Raises once, at the n-th of the calls that user code gets."""

    def __init__(self, nth, kind):
        self.left = nth
        self.kind = kind
        self.burnt = threading.Event()
        self._lock = threading.Lock()

    def pass_through(self):
        with self._lock:
            self.left -= 1
            due = self.left == 0
        if due:
            self.burnt.set()
            raise self.kind("on purpose")


class Fused(seawall.StateInterpreterInterface):
    """Counts: a state is how often each id came."""

    interpreter_id = "counts"

    def __init__(self, fuse):
        self.fuse = fuse

    def format_data(self, data):
        self.fuse.pass_through()
        return ",".join(data)

    def parse_data(self, stored):
        self.fuse.pass_through()
        return stored.split(",")

    def merge_data(self, data_entries):
        self.fuse.pass_through()
        merged = []
        for entry in data_entries:
            merged += entry
            self.fuse.pass_through()
        return merged


class Falling:
    """Raises where it dies."""

    def __init__(self, fuse):
        self.fuse = fuse

    def __del__(self):
        self.fuse.pass_through()


@pytest.fixture(autouse=True)
def no_hangs():
    faulthandler.dump_traceback_later(10 * WAIT_S, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def hidden(monkeypatch):
    """What is raised where nobody can catch it, as in a destructor, is told here and goes on."""
    seen = []
    monkeypatch.setattr("sys.unraisablehook", lambda told: seen.append(told.exc_type))
    return seen


def until_done(call, kind):
    """Calls as a consumer does whose broker redelivers: again until it answers. Returns how often it
    raised."""
    raised = 0
    while True:
        try:
            call()
            return raised
        except kind:
            raised += 1
            assert raised <= 2, "a fuse raises once"


def work(log, fuse, kind):
    """A few calls of every sort. Returns the ids that each client must have, and how many callbacks
    of futures came and were asked for."""
    calls = []
    asked = [0]
    came = []

    def persist_several():
        log.persist_many([("a", ["m1"], "m1"), ("b", ["m2"], "m2")])

    def persist_batch():
        with log.batch() as batch:
            batch.persist("a", ["t1"], "t1")
            batch.persist("b", ["t2"], "t2")

    def submit_with_callback(number):
        future = log.submit("a", [f"s{number}"], f"s{number}")
        asked[0] += 1

        def note(future, falling=Falling(fuse)):
            came.append(future.result().lsn)
            fuse.pass_through()

        future.add_done_callback(note)
        future.result()

    async def persist_in_loop():
        await asyncio.gather(log.apersist("b", ["l1"], "l1"), log.apersist("b", ["l2"], "l2"))

    calls.append(lambda: log.persist("a", ["p1"], "p1"))
    calls += [lambda n=n: submit_with_callback(n) for n in range(3)]
    calls.append(lambda: log.retrieve("a"))
    calls += [persist_several, persist_batch, lambda: asyncio.run(persist_in_loop())]
    calls.append(lambda: log.retrieve("b"))
    calls.append(log.checkpoint)
    calls.append(lambda: log.persist("a", ["p2"], "p2"))
    calls.append(lambda: log.retrieve("a"))
    for call in calls:
        until_done(call, kind)
    gc.collect()
    return {"a": ["m1", "p1", "p2", "s0", "s1", "s2", "t1"], "b": ["l1", "l2", "m2", "t2"]}, came, asked[0]


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_raised_nothing_is_lost_doubled_or_stuck(open_log, caplog, hidden, kind):
    explored = 0
    for nth in range(1, 1000):
        fuse = Fuse(nth, kind)
        storage = seawall.MemoryStorage()
        log = open_log(interpreter=Fused(fuse), storage=storage, checkpoint_every_records=3)
        marks = []
        log.on_durable(lambda durable, error: (marks.append(durable), fuse.pass_through()))
        expected, came, asked = work(log, fuse, kind)
        last = log.durable_lsn
        log.close()
        # Whoever raised, later callbacks came: the last mark, and each future's, once.
        assert marks == sorted(set(marks)) and marks[-1] == last, nth
        assert len(came) == asked, nth
        raised = fuse.burnt.is_set()
        fuse.left = 0
        again = open_log(interpreter=Fused(fuse), storage=storage)
        states = {client: sorted(again.retrieve(client)) for client in again.clients()}
        again.close()
        assert states == expected, nth
        if not raised:
            break
        explored += 1
    assert explored > 50


@pytest.mark.parametrize("kind", KINDS)
def test_later_callbacks_come_whatever_one_raises(log, caplog, kind):
    called = threading.Event()

    def fall(*_):
        raise kind("on purpose")

    log.on_durable(fall)
    log.submit("c", {"a": 1}, 1).add_done_callback(fall)
    log.flush()
    log.on_durable(lambda durable, error: called.set())
    log.persist("c", {"a": 2}, 2)
    assert called.wait(WAIT_S)
    log.close()
    assert "on purpose" in caplog.text


def test_a_callback_here_and_now_that_ends_the_program_takes_no_other_with_it(log):
    log.persist("c", {}, 0)
    gate, entered, came = threading.Event(), threading.Event(), []

    def hold(future):
        entered.set()
        assert gate.wait(WAIT_S)

    log.submit("c", {"a": 1}, 1).add_done_callback(hold)
    log.flush()
    assert entered.wait(WAIT_S)
    waiting = [log.submit("c", {"a": n}, n) for n in range(2, 6)]
    for future in waiting[1:]:
        future.add_done_callback(lambda future: came.append(future.lsn))
    log.flush()

    def leave(future):
        raise SystemExit

    with pytest.raises(SystemExit):
        waiting[0].add_done_callback(leave)  # it is before the others
    gate.set()
    log.close()
    assert came == [future.lsn for future in waiting[1:]]


def test_a_logging_handler_that_raises_does_not_end_the_callbacks(log):
    called = threading.Event()

    class Falling(logging.Handler):
        def handle(self, record):
            raise SystemExit

    handler = Falling()
    logging.getLogger("seawall").addHandler(handler)
    try:
        log.on_durable(lambda durable, error: 1 / 0)
        log.on_durable(lambda durable, error: called.set())
        log.persist("c", {}, 1)
        assert called.wait(WAIT_S)
    finally:
        logging.getLogger("seawall").removeHandler(handler)


def test_a_thread_that_cannot_start_is_told_and_tried_again(log, monkeypatch):
    def no_thread(self):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(seawall.ExhaustedError):
            log.on_durable(lambda durable, error: None)
    called = threading.Event()
    log.on_durable(lambda durable, error: called.set())
    log.persist("c", {}, 1)
    assert called.wait(WAIT_S)
    log.close()


def test_memory_that_is_short_in_the_callback_thread_loses_no_callback(log, monkeypatch):
    failures = iter([MemoryError, MemoryError])
    pop = heapq.heappop

    def short_pop(heap):
        for failure in failures:
            raise failure
        return pop(heap)

    monkeypatch.setattr("seawall.deliveries.heapq.heappop", short_pop)
    came = []
    for n in range(10):
        log.submit("c", {"n": n}, n).add_done_callback(lambda future: came.append(future.lsn))
    log.close()
    assert sorted(came) == list(range(1, 11))


def test_a_destructor_within_the_callbacks_lock_may_add_a_callback(log):
    """As the collector does: it runs a destructor wherever memory is asked for."""
    came = threading.Event()
    deliveries = log._deliveries
    with deliveries._lock:
        log.submit("c", {}, 1).add_done_callback(lambda future: came.set())
    log.flush()
    assert came.wait(WAIT_S)


def test_what_a_merge_raised_is_not_told_to_a_later_call(open_log):
    fuse = Fuse(0, ValueError)
    log = open_log(interpreter=Fused(fuse))
    log.persist("a", ["1"], 1)
    for kind in KINDS:
        fuse.left, fuse.kind = 2, kind
        with pytest.raises(kind, match="on purpose"):
            log.retrieve("a")
        assert log.retrieve("none") is None
        assert log.retrieve("a") == ["1"]
        log.persist("a", [], str(kind))  # this thread may call again
        log.clear("a")
        log.persist("a", ["1"], 1)


def test_an_interrupted_loop_goes_on(log, monkeypatch):
    """Ctrl-C where it hurts: when a loop was told, and where it ends its waits."""
    interrupts = iter([KeyboardInterrupt, None, KeyboardInterrupt, None])
    real_read = seawall.event_loop.os.eventfd_read

    def interrupted(then):
        def call(*arguments):
            if kind := next(interrupts, None):
                raise kind
            return then(*arguments)

        return call

    loop = asyncio.new_event_loop()
    try:
        monkeypatch.setattr(seawall.event_loop.os, "eventfd_read", interrupted(real_read))
        monkeypatch.setattr(
            seawall.event_loop.EventLoop, "_end", interrupted(seawall.event_loop.EventLoop._end)
        )
        for n in range(3):
            task = loop.create_task(log.apersist("c", {"n": n}, n))
            for _ in range(4):
                try:
                    loop.run_until_complete(asyncio.wait_for(asyncio.shield(task), WAIT_S))
                    break
                except KeyboardInterrupt:
                    continue
            assert task.done() and task.result().lsn == n + 1
    finally:
        loop.close()
