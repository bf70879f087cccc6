"""What the tests share: a directory of their own, and logs in it."""

import pathlib

import pytest

import seawall


@pytest.fixture
def base_dir(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "logs"


@pytest.fixture
def open_log(base_dir):
    """Opens logs that are closed at the test's end: open_log(name="log", interpreter=..., **options)."""
    logs = []

    def open_one(name="log", interpreter=None, storage=None, **options):
        log = seawall.WriteAheadLog(
            interpreter or seawall.ConsumerStateInterpreter(),
            storage or seawall.FileSystemStorage(),
            name,
            base_dir,
            **options,
        )
        logs.append(log)
        return log

    yield open_one
    for log in logs:
        log.close()


@pytest.fixture
def log(open_log):
    return open_log()
