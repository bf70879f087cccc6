"""persist, retrieve, clear, batches and what they answer."""

import concurrent.futures
import threading

import pytest

import seawall
from seawall import Outcome


def test_later_fields_win_and_survive_a_reopening(open_log):
    log = open_log()
    assert log.retrieve("c") is None
    log.persist("c", {"a": 1, "b": [1.5, None, "ü", 10**30]}, 1)
    log.persist("c", {"a": 2, "d": {"x": True}}, 2)
    state = {"a": 2, "b": [1.5, None, "ü", 10**30], "d": {"x": True}}
    assert log.retrieve("c") == state
    log.close()
    log = open_log()
    assert log.retrieve("c") == state
    assert log.clients() == ["c"]


def test_receipts_are_true_and_tell_duplicates(log):
    first = log.persist("c", {"a": 1}, "5")
    again = log.persist(b"c", {"a": 9}, 5)
    assert first and again
    assert (first.outcome, first.duplicate) == (Outcome.COMMITTED, False)
    assert (again.outcome, again.duplicate) == ("duplicate", True)
    assert first.lsn == 1 and 1 <= again.lsn <= log.durable_lsn
    assert log.retrieve("c") == {"a": 1}


def test_producers_number_on_their_own(log):
    assert not log.persist("c", {"a": 1}, 1, producer="left").duplicate
    assert not log.persist("c", {"b": 1}, 1, producer=b"right").duplicate
    assert log.persist("c", {"c": 1}, 1, producer="left").duplicate
    assert log.seen("c", 1, producer="right") and not log.seen("c", 1)
    assert log.retrieve("c") == {"a": 1, "b": 1}


def test_clear_begins_a_new_life_and_keep_ids_ends_it(log):
    log.persist("c", {"a": 1}, 1)
    log.clear("c")
    assert log.retrieve("c") is None and log.clients() == []
    assert log.persist("c", {"b": 1}, 1).outcome is Outcome.COMMITTED
    log.clear("c", keep_ids=True)
    late = log.persist("c", {"b": 1}, 2)
    assert late and late.outcome is Outcome.CLEARED
    assert log.clear("c", batch_id=9).outcome is Outcome.COMMITTED
    assert log.persist("c", {"b": 2}, 1).outcome is Outcome.COMMITTED
    assert log.clear("c", batch_id=9).duplicate
    assert log.retrieve("c") == {"b": 2}


def test_names_are_bytes_or_text(log):
    names = ["../../etc", "ü", b"\xff\x00", "x" * 4096]
    for name in names:
        log.persist(name, {"n": 1}, 1)
        assert log.retrieve(name) == {"n": 1}
    assert set(log.clients()) == set(names)


def test_submit_and_futures(log):
    futures = [log.submit(f"c{i % 7}", {"i": i}, i) for i in range(1000)]
    log.flush()
    assert all(future.done() and not future.running() for future in futures)
    assert [future.result().lsn for future in futures] == list(range(1, 1001))
    assert futures[0].exception() is None
    assert not futures[0].cancel() and not futures[0].cancelled()
    assert log.retrieve("c1") == {"i": 995}
    assert log.submit("c1", {"i": 0}, 1).result().duplicate


def test_callbacks_of_futures_come_once_each(log):
    called = []
    done = threading.Event()

    def note(future):
        called.append(future.result().lsn)
        if len(called) == 500:
            done.set()

    for i in range(500):
        log.submit("c", {"i": i}, i).add_done_callback(note)
    assert done.wait(30)
    assert sorted(called) == list(range(1, 501))


def test_on_durable_tells_rising_marks_until_removed(log):
    marks = []
    reached = threading.Event()

    def listen(durable, error):
        assert error is None
        marks.append(durable)
        if durable >= 50:
            reached.set()

    remove = log.on_durable(listen)
    for i in range(50):
        log.submit("c", {"i": i}, i)
    assert reached.wait(30)
    assert marks == sorted(set(marks)) and marks[-1] == 50
    remove()
    remove()
    log.persist("c", {"i": 0}, 50)
    log.close()
    assert marks[-1] == 50


def test_a_raising_callback_is_logged_and_others_go_on(log, caplog):
    reached = threading.Event()
    log.on_durable(lambda durable, error: 1 / 0)
    log.on_durable(lambda durable, error: reached.set())
    log.persist("c", {}, 1)
    assert reached.wait(30)
    log.close()
    assert "ZeroDivisionError" in caplog.text


def test_close_within_a_callback(open_log):
    log = open_log()
    closed = threading.Event()

    def close(future):
        log.close()
        closed.set()

    log.submit("c", {}, 1).add_done_callback(close)
    assert closed.wait(30)


def test_persist_many_shares_flushes(log):
    items = [(f"c{i % 10}", {"i": i}, i) for i in range(1000)]
    receipts = log.persist_many(items + [("c0", {"i": 0}, 0, "other")])
    assert [receipt.lsn for receipt in receipts] == list(range(1, 1002))
    assert all(receipt.duplicate for receipt in log.persist_many(iter(items)))
    assert log.stats().flushes < 500
    assert log.persist_many([]) == []


def test_persist_many_waits_where_submit_is_busy(open_log):
    log = open_log(in_flight_records_max=8)
    receipts = log.persist_many([("c", {"i": i}, i) for i in range(500)])
    assert len(receipts) == 500 and log.retrieve("c") == {"i": 499}


def test_a_batch_is_all_or_nothing(log):
    log.persist("a", {"n": 0}, 1)
    with log.batch() as batch:
        batch.persist("a", {"n": 1}, 1)
        batch.persist("b", {"n": 2}, 2, producer="p")
        batch.clear("a")
    assert batch.receipt.outcomes == (Outcome.DUPLICATE, Outcome.COMMITTED, Outcome.COMMITTED)
    assert log.retrieve("a") is None and log.retrieve("b") == {"n": 2}
    with pytest.raises(KeyError), log.batch() as batch:
        batch.persist("x", {"n": 1}, 1)
        raise KeyError
    with pytest.raises(RuntimeError):
        batch.receipt
    assert log.retrieve("x") is None
    with log.batch() as batch:
        pass
    assert batch.receipt == (log.durable_lsn, ())


def test_threads_commit_exactly_once(log):
    def work(worker):
        for i in range(200):
            log.persist(f"c{i % 5}", {f"{i}": i}, i)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert log.durable_lsn == 200
    assert log.retrieve("c3") == {f"{i}": i for i in range(3, 200, 5)}


def test_memory_storage_keeps_logs_as_long_as_itself(open_log):
    storage = seawall.MemoryStorage()
    log = open_log(storage=storage)
    log.persist("c", {"a": 1}, 1)
    log.close()
    assert open_log(storage=storage).retrieve("c") == {"a": 1}
    assert open_log(storage=seawall.MemoryStorage()).retrieve("c") is None


def test_options_checkpoint_and_figures(open_log):
    log = open_log(checkpoint_every_records=3, checkpoint_state_share=0.0)
    for i in range(10):
        log.persist("c", {"i": i}, i)
    log.checkpoint()
    stats = log.stats()
    assert (stats.appended_lsn, stats.durable_lsn, stats.clients) == (10, 10, 1)
    assert stats.checkpoint_rounds >= 1 and stats.checkpoint_error is None
    log.close()
    log = open_log(storage=seawall.FileSystemStorage(segment_bytes_min=65536))
    assert log.retrieve("c") == {"i": 9} and log.stats().recovered_records < 10


def test_the_context_manager_closes(base_dir):
    storage, interpreter = seawall.FileSystemStorage(), seawall.ConsumerStateInterpreter()
    with seawall.WriteAheadLog(interpreter, storage, "log", base_dir) as log:
        log.persist("c", {"a": 1}, 1)
    with seawall.WriteAheadLog(interpreter, storage, "log", str(base_dir)) as log:
        assert log.retrieve("c") == {"a": 1}
        log.close()
        log.close()


def test_a_forgotten_log_is_released(base_dir):
    def forget():
        log = seawall.WriteAheadLog(
            seawall.ConsumerStateInterpreter(), seawall.FileSystemStorage(), "log", base_dir
        )
        log.submit("c", {"a": 1}, 1).add_done_callback(lambda future: None)

    forget()
    forget()
