"""`./dev bench rabbitmq [--rounds N] [--messages N] [--chart FILE]`

Messages per second of five consumers of one broker, in turn, as JSON lines; at the end the medians and
the ratios, each with its standard error. The broker is started for it and ended after it. Many short
rounds say more than few long ones, where the machine's speed changes from one second to the next.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pika

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python" / "tests" / "rabbitmq"))

from bar_chart import bar_chart  # noqa: E402
from broker import Broker  # noqa: E402
from flights import Flight, read_flights  # noqa: E402
from queue_state import message_count  # noqa: E402
from rabbitmq_consumers import (  # noqa: E402
    acknowledge_only,
    aio_durable_consumer,
    auto_ack,
    durable_consumer,
    fsync_each,
)

QUEUE = "bench"
AUTO_ACK, ACK_ONLY, FSYNC_EACH = "auto-ack", "acks, no persistence", "fsync and ack each"
DURABLE, ASYNC_DURABLE = "DurableConsumer", "AsyncDurableConsumer"
# Function, and the share of the messages it gets: slow ones need fewer for the same time.
CONSUMERS: dict[str, tuple[Callable[[str, str, int, Path], float], float]] = {
    AUTO_ACK: (auto_ack, 1.0),
    ACK_ONLY: (acknowledge_only, 1.0),
    DURABLE: (durable_consumer, 1.0),
    ASYNC_DURABLE: (aio_durable_consumer, 0.5),
    FSYNC_EACH: (fsync_each, 0.1),
}


def fill(url: str, flights: list[Flight]) -> None:
    """Publishes persistent messages and returns once all wait in the queue."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare(QUEUE, durable=True)
        for flight in flights:
            properties = pika.BasicProperties(delivery_mode=2, message_id=str(flight.id))
            channel.basic_publish("", QUEUE, flight.body(), properties)
        while message_count(url, QUEUE) < len(flights):
            connection.sleep(0.05)


def run_round(url: str, flights: list[Flight], scratch: Path) -> dict[str, float]:
    """Returns messages per second by consumer."""
    rates = {}
    for name, (consume, share) in CONSUMERS.items():
        messages = flights[: round(len(flights) * share)]
        fill(url, messages)
        with tempfile.TemporaryDirectory(dir=scratch) as base_dir:
            rates[name] = len(messages) / consume(url, QUEUE, len(messages), Path(base_dir))
    return rates


def ratio(rounds: list[dict[str, float]], name: str, other: str) -> tuple[float, float | None]:
    """Returns the geometric mean of the rounds' ratios, and its standard error: a round's consumers run
    one after the other, so that a slow minute slows all of them."""
    logarithms = [math.log(one[name] / one[other]) for one in rounds]
    mean = math.exp(statistics.mean(logarithms))
    if len(rounds) < 2:
        return round(mean, 3), None
    return round(mean, 3), round(mean * statistics.stdev(logarithms) / math.sqrt(len(rounds)), 3)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench rabbitmq")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=20000, help="at most 20000")
    parser.add_argument("--dir", type=Path, default=ROOT / "build", help="where the logs are made")
    parser.add_argument("--chart", type=Path, help="write the medians as an SVG")
    arguments = parser.parse_args()
    flights = read_flights()[: arguments.messages]
    rounds = []
    with Broker() as broker:
        run_round(broker.url, flights[:1000], arguments.dir)  # warms up broker and files
        for number in range(arguments.rounds):
            rates = run_round(broker.url, flights, arguments.dir)
            rounds.append(rates)
            for name, rate in rates.items():
                line = {"round": number, "consumer": name, "messages_per_s": round(rate)}
                print(json.dumps(line), flush=True)
    medians = {name: statistics.median(one[name] for one in rounds) for name in CONSUMERS}
    summary = {
        "medians": {name: round(rate) for name, rate in medians.items()},
        "acks_alone_to_auto_ack": ratio(rounds, ACK_ONLY, AUTO_ACK),
        "durable_to_auto_ack": ratio(rounds, DURABLE, AUTO_ACK),
        "durable_to_acks_alone": ratio(rounds, DURABLE, ACK_ONLY),
        "durable_to_fsync_each": ratio(rounds, DURABLE, FSYNC_EACH),
        "async_to_auto_ack": ratio(rounds, ASYNC_DURABLE, AUTO_ACK),
    }
    print(json.dumps(summary))
    if arguments.chart:
        bars = [
            (name, rate, f"{rate:,.0f} ({ratio(rounds, name, AUTO_ACK)[0]:.0%})")
            for name, rate in medians.items()
        ]
        arguments.chart.write_text(bar_chart("RabbitMQ: messages per second", bars))


if __name__ == "__main__":
    main()
