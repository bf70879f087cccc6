"""The contract a consumer programs against."""

from __future__ import annotations

import abc
from typing import Any

from .receipt import Receipt

__all__ = ["DataPersistenceInterface"]


class DataPersistenceInterface(abc.ABC):
    """Durable, idempotent state per client."""

    @abc.abstractmethod
    def persist(self, client_id: str | bytes, data: Any, batch_id: int | str | bytes) -> Receipt:
        """Merges `data` into the client's state, once per (client_id, batch_id), durably."""

    @abc.abstractmethod
    def retrieve(self, client_id: str | bytes) -> Any:
        """Returns the merge of everything acknowledged for the client, `None` when unknown."""

    @abc.abstractmethod
    def clear(self, client_id: str | bytes) -> Receipt:
        """Forgets the client's state and ids, durably."""
