"""The broker of the session; a queue and a log of its own for each test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pika
import pytest

from broker import Broker, is_installed
from flight_totals import FlightTotals
from seawall import FileSystemStorage, WriteAheadLog


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A running broker. A test that kills it starts it again before it ends."""
    assert is_installed(), "rabbitmq-server is missing: ./dev setup python"
    with Broker() as running:
        yield running


@pytest.fixture
def queue(broker: Broker) -> str:
    """The name of a new classic durable queue."""
    name = f"flights-{uuid.uuid4().hex[:8]}"
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        connection.channel().queue_declare(name, durable=True)
    return name


@pytest.fixture
def totals_log(tmp_path: Path) -> Iterator[WriteAheadLog]:
    """A log that adds up flights."""
    with WriteAheadLog(FlightTotals(), FileSystemStorage(), "flights", tmp_path) as log:
        yield log
