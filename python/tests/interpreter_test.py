"""Interpreters written in Python."""

import json
import threading

import pytest

import seawall


class Totals(seawall.StateInterpreterInterface):
    """Written as for the original: text in, text out; counts what it is asked."""

    def __init__(self):
        self.merges = 0
        self.threads = set()
        self.fail = None

    def format_data(self, data):
        return json.dumps(data)

    def parse_data(self, stored):
        assert isinstance(stored, str)
        return json.loads(stored)

    def merge_data(self, data_entries):
        self.merges += 1
        self.threads.add(threading.get_ident())
        merged = data_entries[0]
        for entry in data_entries[1:]:
            merged["total"] += entry["total"]  # In place, as classes do.
            if self.fail:
                raise self.fail
        return merged


class Raw(seawall.StateInterpreterInterface):
    interpreter_id = "raw, first format"

    def format_data(self, data):
        return data

    def parse_data(self, stored):
        return stored

    def merge_data(self, data_entries):
        return type(data_entries[0])().join(data_entries)


def test_states_are_merged_and_survive(open_log):
    log = open_log(interpreter=Totals(), checkpoint_every_records=3, checkpoint_state_share=0.0)
    for i in range(100):
        log.persist("c", {"total": i}, i)
        if i % 30 == 0:
            log.checkpoint()
    assert log.retrieve("c") == {"total": 4950}
    assert log.retrieve("c") == {"total": 4950}
    log.persist("c", {"total": 50}, 100)
    log.checkpoint()
    log.close()
    log = open_log(interpreter=Totals())
    assert log.retrieve("c") == {"total": 5000}
    log.clear("c")
    assert log.retrieve("c") is None


def test_retrieved_states_are_the_callers(open_log):
    log = open_log(interpreter=Totals())
    log.persist("c", {"total": 1}, 1)
    log.retrieve("c")["total"] = 99
    log.persist("c", {"total": 1}, 2)
    assert log.retrieve("c") == {"total": 2}


@pytest.mark.parametrize("pieces", [["a", "b", "ü"], [b"a", b"\x00\xff"]])
def test_bytes_stay_bytes_and_text_text(open_log, pieces):
    log = open_log(interpreter=Raw())
    for i, piece in enumerate(pieces):
        log.persist("c", piece, i)
    whole = type(pieces[0])().join(pieces)
    assert log.retrieve("c") == whole
    log.close()
    assert open_log(interpreter=Raw()).retrieve("c") == whole


def test_merging_happens_in_the_callers_thread_alone(open_log):
    interpreter = Totals()
    log = open_log(
        interpreter=interpreter, checkpoint_every_records=1, checkpoint_state_share=0.0,
        live_state_bytes_max=1,
    )
    for i in range(200):
        log.persist(f"c{i % 20}", {"total": i}, i)
    log.checkpoint()
    assert interpreter.merges == 0
    for i in range(20):
        log.retrieve(f"c{i}")
    log.close()
    assert interpreter.threads == {threading.get_ident()}


def test_a_raising_format_refuses_the_record(open_log):
    log = open_log(interpreter=Totals())
    for call in (log.persist, log.submit):
        with pytest.raises(TypeError, match="not JSON serializable"):
            call("c", {"total": {1}}, 1)
    with pytest.raises(TypeError), log.batch() as batch:
        batch.persist("c", {"total": 1}, 1)
        batch.persist("c", {"total": {1}}, 2)
    assert log.durable_lsn == 0


def test_a_raising_merge_keeps_the_data_and_others_go_on(open_log):
    interpreter = Totals()
    log = open_log(interpreter=interpreter)
    log.persist("c", {"total": 1}, 1)
    assert log.retrieve("c") == {"total": 1}
    log.persist("c", {"total": 2}, 2)
    log.persist("c", {"total": 3}, 3)
    interpreter.fail = ZeroDivisionError("mine")
    for _ in range(3):
        with pytest.raises(ZeroDivisionError, match="mine"):
            log.retrieve("c")
    log.persist("d", {"total": 7}, 1)
    assert log.retrieve("d") == {"total": 7}
    log.checkpoint()
    with pytest.raises(ZeroDivisionError):
        log.retrieve("c")
    log.persist("c", {"total": 4}, 4)
    interpreter.fail = None
    assert log.retrieve("c") == {"total": 10}
    log.close()
    assert open_log(interpreter=Totals()).retrieve("c") == {"total": 10}


def test_a_broken_interpreter_can_be_mended_later(open_log):
    interpreter = Totals()
    interpreter.fail = RuntimeError()
    log = open_log(interpreter=interpreter)
    log.persist_many([("c", {"total": i}, i) for i in range(10)])
    with pytest.raises(RuntimeError):
        log.retrieve("c")
    log.checkpoint()
    log.close()
    assert open_log(interpreter=Totals()).retrieve("c") == {"total": 45}


class Wrong(Raw):
    format_result = None
    merge_result = None

    def format_data(self, data):
        return data if self.format_result is None else self.format_result

    def merge_data(self, data_entries):
        return "ok" if self.merge_result is None else self.merge_result


@pytest.mark.parametrize("result", [5, ["a"], {"a": 1}, bytearray(b"a"), "\ud800"])
def test_wrong_types_are_told(open_log, result):
    interpreter = Wrong()
    log = open_log(interpreter=interpreter)
    interpreter.format_result = result
    with pytest.raises(seawall.InterpreterError, match="format_data returned"):
        log.persist("c", "a", 1)
    interpreter.format_result = None
    log.persist("c", "a", 1)
    interpreter.merge_result = result
    with pytest.raises(seawall.InterpreterError, match="format_data returned"):
        log.retrieve("c")
    interpreter.merge_result = None
    assert log.retrieve("c") == "ok"


def test_a_merge_may_not_call_its_log(open_log):
    class Caller(Raw):
        def merge_data(self, data_entries):
            return self.log.retrieve("c")

    interpreter = Caller()
    log = interpreter.log = open_log(interpreter=interpreter)
    log.persist("c", "a", 1)
    with pytest.raises(seawall.InvalidArgumentError, match="may not call a log"):
        log.retrieve("c")
    assert log.durable_lsn == 1


def test_a_subclass_of_the_default_merges_in_python(open_log):
    class Deep(seawall.ConsumerStateInterpreter):
        def merge_data(self, data_entries):
            merged = {}
            for entry in data_entries:
                for key, value in entry.items():
                    merged[key] = {**merged.get(key, {}), **value}
            return merged

    log = open_log(interpreter=Deep())
    log.persist("c", {"a": {"x": 1}}, 1)
    log.persist("c", {"a": {"y": 2}}, 2)
    assert log.retrieve("c") == {"a": {"x": 1, "y": 2}}
    with pytest.raises(seawall.InvalidArgumentError):
        log.persist("c", [1], 3)


class Gate(Totals):
    """A merge that waits to be let go: as slow as can be."""

    def __init__(self):
        super().__init__()
        self.entered = threading.Event()
        self.go = threading.Event()

    def merge_data(self, data_entries):
        if any(entry.get("slow") for entry in data_entries):
            self.entered.set()
            assert self.go.wait(60)
        return super().merge_data([{"total": entry["total"]} for entry in data_entries])


def test_a_slow_merge_stalls_nobody(open_log):
    interpreter = Gate()
    log = open_log(
        interpreter=interpreter, log_bytes_max=65536, checkpoint_every_records=1,
        checkpoint_state_share=0.0,
    )
    log.persist("slow", {"total": 1, "slow": True}, 1)
    states = []
    retriever = threading.Thread(target=lambda: states.append(log.retrieve("slow")))
    retriever.start()
    assert interpreter.entered.wait(60)
    rounds = log.stats().checkpoint_rounds
    # Many times the log's bound: only rounds that do not wait for the merge can trim it.
    for i in range(3000):
        log.submit(f"c{i % 10}", {"total": 1, "fill": "x" * 1000}, i)
        if i % 300 == 0:
            log.flush()
            assert log.retrieve(f"c{i % 10}")["total"] == i // 10 + 1
    log.persist("slow", {"total": 5}, 2)
    log.checkpoint()
    assert log.stats().tail_bytes < 65536 and log.stats().checkpoint_rounds > rounds
    assert not states
    interpreter.go.set()
    retriever.join()
    assert states == [{"total": 1}]
    assert log.retrieve("slow") == {"total": 6}
    log.close()
    assert open_log(interpreter=interpreter).retrieve("slow") == {"total": 6}
