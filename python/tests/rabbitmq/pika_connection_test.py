"""pika's connection as the consumer drives it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any

import pika
import pika.exceptions
import pytest
from pika.channel import Channel
from pika.connection import Parameters

from broker import Broker, free_ports
from queue_state import message_count
from running import Running, wait_until
from seawall import WriteAheadLog
from seawall.rabbitmq import DurableConsumer, Message, durable_consumer
from seawall.rabbitmq.pika_connection import PikaConnection


def nobody() -> pika.ConnectionParameters:
    """Parameters of a port on which nobody listens."""
    (port,) = free_ports(1)
    return pika.ConnectionParameters("127.0.0.1", port, retry_delay=0)


def test_parameters_are_tried_in_turn(broker: Broker) -> None:
    connection = PikaConnection([nobody(), pika.URLParameters(broker.url)])
    assert connection.channel.is_open
    connection.close()
    assert connection.channel.is_closed


def test_why_there_is_no_connection(broker: Broker) -> None:
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        PikaConnection([nobody()])
    wrong = pika.URLParameters(broker.url.replace("guest:guest", "guest:wrong"))
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        PikaConnection([wrong])


def test_what_ended_the_channel_is_raised_from_then_on(broker: Broker) -> None:
    connection = PikaConnection([pika.URLParameters(broker.url)])
    channel = connection.channel
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="NOT_FOUND"):
        connection.wait_for(
            lambda done: channel.queue_declare("none such", passive=True, callback=done)
        )
    with pytest.raises(pika.exceptions.ChannelClosedByBroker):
        connection.poll(0.0)
    connection.close()


def test_a_readable_descriptor_ends_a_wait(broker: Broker) -> None:
    connection = PikaConnection([pika.URLParameters(broker.url)])
    event_fd = os.eventfd(0)
    read: list[int] = []
    connection.watch(event_fd, lambda: read.append(os.eventfd_read(event_fd)))
    writer = threading.Timer(0.1, os.eventfd_write, (event_fd, 7))
    writer.start()
    while not read:
        connection.poll(3600.0)
    assert read == [7]
    connection.unwatch(event_fd)
    os.eventfd_write(event_fd, 8)
    connection.poll(0.0)
    assert read == [7]
    writer.join()
    os.close(event_fd)
    connection.close()


def test_sending_needs_no_poll(broker: Broker, queue: str) -> None:
    connection = PikaConnection([pika.URLParameters(broker.url)])
    connection.channel.basic_publish("", queue, b"now")
    connection.send()
    wait_until(lambda: message_count(broker.url, queue) == 1)
    connection.send()  # nothing is left to send
    connection.close()


def test_what_was_sent_before_the_close_arrives(broker: Broker, queue: str) -> None:
    connection = PikaConnection([pika.URLParameters(broker.url)])
    connection.channel.basic_publish("", queue, b"last words")
    connection.close()
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as other:
        assert other.channel().basic_get(queue, auto_ack=True)[2] == b"last words"


def test_a_channel_that_the_broker_closes_is_made_again(
    broker: Broker, queue: str, totals_log: WriteAheadLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels: list[Channel] = []

    class Watched(PikaConnection):
        def __init__(self, parameters: Sequence[Parameters], *more: Any) -> None:
            super().__init__(parameters, *more)
            channels.append(self.channel)

    def handler(message: Message) -> None:
        if message.message_id == "1" and len(channels) == 1:
            channels[0].basic_ack(1 << 40)  # no such delivery

    monkeypatch.setattr(durable_consumer, "PikaConnection", Watched)
    publish(broker, queue, "1")
    consumer = DurableConsumer(totals_log, broker.url, queue, handler)
    with Running(consumer) as running:
        running.wait_until(lambda: len(channels) == 2)
        publish(broker, queue, "2")
        running.wait_until(lambda: consumer.counters.acknowledged >= 2)


def publish(broker: Broker, queue: str, message_id: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        properties = pika.BasicProperties(message_id=message_id)
        connection.channel().basic_publish("", queue, b"{}", properties)
