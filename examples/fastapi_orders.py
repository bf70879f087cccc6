"""A web server with a consumer in its process: it adds up orders, and tells each customer's total.

    pip install '.[aio-pika]' fastapi uvicorn
    AMQP_URL=amqp://localhost LOG_DIR=/app/persistence uvicorn --app-dir examples fastapi_orders:app

The first SIGTERM or SIGINT ends both: the consumer passes it on to uvicorn, and drains while uvicorn
ends its requests. One worker only: the log has one owner.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException

from seawall import FileSystemStorage, Struct, Sum, WriteAheadLog
from seawall.rabbitmq import AsyncDurableConsumer, Delta, Message


def handler(message: Message) -> Delta:
    order = json.loads(message.body)
    return Delta(order["customer"], {"orders": 1, "total": order["total"]})


def end_server(task: asyncio.Task[None]) -> None:
    """A server whose consumer has failed ends too, so that somebody starts it again."""
    if not task.cancelled() and task.exception() is not None:
        signal.raise_signal(signal.SIGTERM)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    totals = Struct(orders=Sum(), total=Sum())
    with WriteAheadLog(totals, FileSystemStorage(), "orders", os.environ["LOG_DIR"]) as log:
        consumer = AsyncDurableConsumer(log, os.environ["AMQP_URL"], "orders", handler)
        consuming = asyncio.create_task(consumer.run())
        consuming.add_done_callback(end_server)
        app.state.log = log
        try:
            yield
        finally:
            consumer.stop()
            await consuming  # raises what ended it


app = FastAPI(lifespan=lifespan)


@app.get("/customers/{customer}")
def read_customer(customer: str) -> Any:
    state = app.state.log.retrieve(customer)
    if state is None:
        raise HTTPException(404)
    return state
