"""Whatever is passed, the answer is a typed error that says what to do, and nothing is lost."""

import decimal
import os
import pathlib
import subprocess
import sys

import pytest

import seawall


class Circle(dict):
    def __init__(self):
        super().__init__(me=self)


def nested(depth):
    data = {}
    for _ in range(depth):
        data = {"d": data}
    return data


BAD_DATA = {
    "list": [1],
    "text": '{"a": 1}',
    "none": None,
    "set": {"a": {1}},
    "decimal": {"a": decimal.Decimal(1)},
    "bytes": {"a": b"x"},
    "nan": {"a": float("nan")},
    "infinity": {"a": float("inf")},
    "circle": Circle(),
    "deep": nested(600),
    "deeper": nested(100_000),
    "tuple key": {(1, 2): 1},
    "same key twice": {1: 1, "1": 2},
    "lone surrogate": {"a": "\ud800"},
}


@pytest.mark.parametrize("name", BAD_DATA)
def test_data_that_is_no_json_object(log, name):
    for call in (log.persist, log.submit):
        with pytest.raises(seawall.InvalidArgumentError):
            call("c", BAD_DATA[name], 1)
    assert log.durable_lsn == 0 and not log.seen("c", 1)
    log.persist("c", {"a": 1}, 1)
    assert log.retrieve("c") == {"a": 1}


@pytest.mark.parametrize("bad", [True, False, 1.0, None, -1, 2**63, 2**200, "", b"", "x" * 4097, [1], "\ud800"])
def test_ids(log, bad):
    with pytest.raises(ValueError, match="id"):
        log.persist("c", {}, bad)
    with pytest.raises(seawall.InvalidArgumentError):
        log.persist_many([("c", {}, 1), ("c", {}, bad)])
    with pytest.raises(seawall.InvalidArgumentError), log.batch() as batch:
        batch.persist("c", {}, 1)
        batch.persist("c", {}, bad)
    if bad is not None:
        with pytest.raises(seawall.InvalidArgumentError):
            log.clear("c", batch_id=bad)
    assert log.retrieve("c") is None or isinstance(bad, (int, str, bytes))
    assert log.persist("d", {}, 2**63 - 1)


@pytest.mark.parametrize("bad", [None, 1, 1.5, True, ["c"], bytearray(b"c"), "", "x" * 4097, "\ud800"])
def test_client_ids(log, bad):
    for call in (
        lambda: log.persist(bad, {}, 1),
        lambda: log.submit(bad, {}, 1),
        lambda: log.clear(bad),
    ):
        with pytest.raises(seawall.InvalidArgumentError, match="client id"):
            call()
    if not isinstance(bad, str):
        with pytest.raises(seawall.InvalidArgumentError):
            log.retrieve(bad)
        with pytest.raises(seawall.InvalidArgumentError):
            log.seen(bad, 1)
    assert log.durable_lsn == 0


@pytest.mark.parametrize("bad", [1, True, ["p"], "x" * 4097])
def test_producers(log, bad):
    with pytest.raises(seawall.InvalidArgumentError, match="producer"):
        log.persist("c", {}, 1, producer=bad)


def test_oversized_records(open_log):
    log = open_log(record_bytes_max=1000)
    with pytest.raises(seawall.InvalidArgumentError, match="over the maximum of 1000"):
        log.persist("c", {"a": "x" * 1000}, 1)
    assert log.persist("c", {"a": "x" * 900}, 1)


def test_items_and_batches(log):
    with pytest.raises(seawall.InvalidArgumentError):
        log.persist_many([("c", {})])
    with pytest.raises(seawall.InvalidArgumentError), log.batch() as batch:
        batch.persist("c", {"a": 1}, 1)
        batch.persist("c", {"a": 2}, 1)
    assert log.durable_lsn == 0


@pytest.mark.parametrize(
    "options",
    [
        {"record_bytes_max": 0},
        {"record_bytes_max": -1},
        {"record_bytes_max": 2**64},
        {"checkpoint_every_records": 0},
        {"checkpoint_every_records": True},
        {"checkpoint_state_share": "much"},
        {"log_bytes_max": 1.5},
    ],
)
def test_options(open_log, options):
    with pytest.raises(seawall.InvalidArgumentError, match="option"):
        open_log(**options)
    with pytest.raises(TypeError):
        open_log(no_such_option=1)


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", 5, None, b"log"])
def test_service_names(open_log, name):
    with pytest.raises(seawall.InvalidArgumentError):
        open_log(name=name)


def test_wrong_objects(base_dir):
    storage, interpreter = seawall.FileSystemStorage(), seawall.ConsumerStateInterpreter()
    with pytest.raises(seawall.InvalidArgumentError, match="state_interpreter must be"):
        seawall.WriteAheadLog(object(), storage, "log", base_dir)
    with pytest.raises(seawall.InvalidArgumentError, match="storage must be"):
        seawall.WriteAheadLog(interpreter, "/tmp", "log", base_dir)
    with pytest.raises(seawall.InvalidArgumentError, match="base_dir must be"):
        seawall.WriteAheadLog(interpreter, storage, "log", None)


def test_a_storage_written_in_python_is_refused():
    with pytest.raises(seawall.InvalidArgumentError, match="cannot be written in Python"):

        class Mine(seawall.StorageInterface):
            pass


def test_use_after_close(open_log):
    log = open_log()
    future = log.submit("c", {"a": 1}, 1)
    log.close()
    assert future.result().lsn == 1 and future.done()
    calls = [
        lambda: log.persist("c", {}, 2),
        lambda: log.submit("c", {}, 2),
        lambda: log.persist_many([("c", {}, 2)]),
        lambda: log.retrieve("c"),
        lambda: log.clear("c"),
        lambda: log.seen("c", 1),
        lambda: log.clients(),
        lambda: log.stats(),
        lambda: log.checkpoint(),
    ]
    for call in calls:
        with pytest.raises(seawall.ClosedError, match="open it again"):
            call()
    assert log.durable_lsn == 1
    log.flush()


def test_two_logs_of_one_process(open_log):
    log = open_log()
    with pytest.raises(seawall.LockedError):
        open_log()
    log.persist("c", {"a": 1}, 1)
    log.close()
    assert open_log().retrieve("c") == {"a": 1}


def test_two_processes(open_log, base_dir):
    log = open_log()
    code = f"""
import seawall
try:
    seawall.WriteAheadLog(seawall.ConsumerStateInterpreter(), seawall.FileSystemStorage(), "log", {str(base_dir)!r})
except seawall.LockedError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"process {os.getpid()} owns the log" in done.stdout
    assert log.persist("c", {}, 1)


def test_another_interpreter(open_log):
    class Mine(seawall.ConsumerStateInterpreter):
        pass

    open_log().close()
    with pytest.raises(seawall.InvalidArgumentError, match="interpreter"):
        open_log(interpreter=Mine())


def file_with(base_dir, needle):
    """The file of the log that holds `needle`."""
    files = pathlib.Path(base_dir, "log").iterdir()
    return next(path for path in files if needle in path.read_bytes())


def test_damage_names_its_place_and_changes_nothing(open_log, base_dir):
    log = open_log()
    for i in range(100):
        log.persist("c", {"i": i}, i)
    log.close()
    file = file_with(base_dir, b'{"i":50}')
    sound = file.read_bytes()
    place = sound.index(b'{"i":50}')
    file.write_bytes(sound[:place] + b"#" + sound[place + 1 :])
    with pytest.raises(seawall.CorruptionError) as caught:
        open_log()
    assert caught.value.file == file.name
    assert caught.value.offset <= place
    assert 51 in caught.value.lsn_range
    file.write_bytes(sound)
    assert open_log().retrieve("c") == {"i": 99}


def test_a_missing_file_is_damage(open_log, base_dir):
    log = open_log()
    log.persist("c", {"i": 50}, 1)
    log.close()
    file_with(base_dir, b'{"i":50}').unlink()
    with pytest.raises(seawall.CorruptionError):
        open_log()


def test_busy_is_told_before_anything_is_written(open_log):
    log = open_log(in_flight_records_max=1)
    futures, busy = [], 0
    for i in range(2000):
        try:
            futures.append(log.submit("c", {"i": i}, i))
        except seawall.BusyError:
            busy += 1
            log.flush()
    assert busy > 0
    assert [future.result().lsn for future in futures] == list(range(1, len(futures) + 1))
