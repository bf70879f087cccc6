"""The README's consumer, as it is written there but for the broker's address and the directory."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pika

from broker import Broker
from queue_state import message_count
from running import TIMEOUT_S, wait_until
from seawall import ConsumerStateInterpreter, FileSystemStorage, WriteAheadLog

README = Path(__file__).resolve().parents[3] / "README.md"


def readme_consumer(url: str, base_dir: Path) -> str:
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S)
    code: str
    (code,) = [block for block in blocks if "rabbitmq" in block]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    for written, ours in (("amqp://localhost", url), ("/app/persistence", str(base_dir))):
        assert written in code
        code = code.replace(written, ours)
    return code


def publish_orders(url: str, *orders: tuple[str, int]) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare("orders", durable=True)
        channel.confirm_delivery()
        for customer, number in orders:
            body = json.dumps({"customer": customer, "number": number}).encode()
            properties = pika.BasicProperties(delivery_mode=2, message_id=str(number))
            channel.basic_publish("", "orders", body, properties, mandatory=True)


def test_the_readme_consumer_runs_as_written(broker: Broker, tmp_path: Path) -> None:
    publish_orders(broker.url, ("ann", 1), ("bob", 2), ("ann", 3), ("ann", 1))
    command = [sys.executable, "-c", readme_consumer(broker.url, tmp_path)]
    while message_count(broker.url, "orders"):
        # What is delivered and not handled when it stops goes back, so this may take two turns.
        with subprocess.Popen(command) as consumer:
            wait_until(lambda: not message_count(broker.url, "orders"))
            consumer.terminate()
            assert consumer.wait(TIMEOUT_S) == 0
    interpreter = ConsumerStateInterpreter()
    with WriteAheadLog(interpreter, FileSystemStorage(), "orders", tmp_path) as log:
        assert log.retrieve("ann") == {"last_order": 3}
        assert log.retrieve("bob") == {"last_order": 2}
