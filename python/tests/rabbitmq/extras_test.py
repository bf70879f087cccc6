"""Each library alone is enough for its consumer."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
for name in {missing}:
    sys.modules[name] = None  # its import fails, as if it were not installed
from seawall import ConsumerStateInterpreter, MemoryStorage, WriteAheadLog
from seawall.rabbitmq import *
from seawall.rabbitmq import Consumers, Delta, {consumer}
with WriteAheadLog(ConsumerStateInterpreter(), MemoryStorage(), "log", "/tmp") as log:
    Consumers({consumer}(log, "amqp://localhost", "queue", lambda message: None))
try:
    from seawall.rabbitmq import {other}
except ImportError:
    print("as expected")
"""
PIKA, AIO_PIKA = ["pika"], ["aio_pika", "aiormq", "pamqp"]


@pytest.mark.parametrize(
    "consumer, other, missing",
    [
        ("DurableConsumer", "AsyncDurableConsumer", AIO_PIKA),
        ("AsyncDurableConsumer", "DurableConsumer", PIKA),
    ],
)
def test_each_extra_alone_imports(consumer: str, other: str, missing: list[str]) -> None:
    program = PROGRAM.format(consumer=consumer, other=other, missing=missing)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "as expected\n"
