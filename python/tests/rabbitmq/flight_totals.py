"""The flights' interpreter, and the handler that turns a message into a delta."""

from __future__ import annotations

import json
from typing import Any

from seawall import StateInterpreterInterface
from seawall.rabbitmq import Delta, Message


class FlightTotals(StateInterpreterInterface):
    """Data and state are dicts of numbers; merging adds them up, so that any order is right and
    one record too many or too few shows."""

    def format_data(self, data: Any) -> str:
        return json.dumps(data)

    def parse_data(self, stored: Any) -> Any:
        return json.loads(stored)

    def merge_data(self, data_entries: list[Any]) -> Any:
        merged: dict[str, int] = {}
        for entry in data_entries:
            for name, value in entry.items():
                merged[name] = merged.get(name, 0) + value
        return merged


def delta_of(message: Message) -> Delta:
    flight = json.loads(message.body)
    return Delta(
        flight["origin"],
        {
            "flights": 1,
            "delay_minutes": flight["delay_minutes"],
            "distance_miles": flight["distance_miles"],
            "id_sum": int(message.message_id or 0),
        },
    )
