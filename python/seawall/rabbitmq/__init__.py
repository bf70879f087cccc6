"""Consumers of RabbitMQ that cannot lose or double: `DurableConsumer` for pika, and its twin for
aio-pika, `AsyncDurableConsumer`.

They need `seawall[pika]` or `seawall[aio-pika]`. Each is loaded when it is named, so that neither
library is needed for the other.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from seawall.rabbitmq.consumers import Consumers
from seawall.rabbitmq.counters import Counters
from seawall.rabbitmq.delta import Clear, Delta, Deltas
from seawall.rabbitmq.errors import (
    EarlierMessageError,
    MessageIdError,
    OtherConsumersError,
    PoisonMessageError,
    RejectMessage,
)
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions

if TYPE_CHECKING:
    from seawall.rabbitmq.async_durable_consumer import AsyncDurableConsumer as AsyncDurableConsumer
    from seawall.rabbitmq.durable_consumer import DurableConsumer as DurableConsumer

# Without the two that need a library: `import *` works with either.
__all__ = [
    "Clear",
    "ConsumerOptions",
    "Consumers",
    "Counters",
    "Delta",
    "Deltas",
    "EarlierMessageError",
    "Message",
    "MessageIdError",
    "OtherConsumersError",
    "PoisonMessageError",
    "RejectMessage",
]

_MODULES = {
    "AsyncDurableConsumer": "seawall.rabbitmq.async_durable_consumer",
    "DurableConsumer": "seawall.rabbitmq.durable_consumer",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
