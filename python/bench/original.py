"""The design Seawall replaces, as a small faithful peer.

A directory per client. A message is a log file that goes from PROCESSING to COMPLETED, each time by a
new file, fsync, rename and fsync of the directory; every third message the log files are merged into
the checkpoint, written the same way, and unlinked: five fsyncs per message. Ids at or below the
highest one seen count as duplicates, which drops what arrives late.
"""

from __future__ import annotations

import json
import os
from typing import Any

_CHECKPOINT_EVERY = 3


class OriginalLog:
    """One thread per client at a time."""

    def __init__(self, base_dir: str) -> None:
        self._base_dir = base_dir
        self._highest: dict[str, int] = {}
        self._logs: dict[str, list[str]] = {}

    def persist(self, client: str, data: dict[str, Any], batch_id: int) -> None:
        if batch_id <= self._highest.get(client, -1):
            return
        directory = os.path.join(self._base_dir, client)
        if client not in self._highest:
            os.makedirs(directory)
        path = os.path.join(directory, f"{batch_id}.log")
        _replace(path, {"status": "PROCESSING", "batch_id": batch_id, "data": data})
        _replace(path, {"status": "COMPLETED", "batch_id": batch_id, "data": data})
        self._highest[client] = batch_id
        logs = self._logs.setdefault(client, [])
        logs.append(path)
        if len(logs) >= _CHECKPOINT_EVERY:
            self._checkpoint(directory, logs, batch_id)

    def retrieve(self, client: str) -> dict[str, Any]:
        directory = os.path.join(self._base_dir, client)
        checkpoint = _read(os.path.join(directory, "checkpoint.json"))
        state: dict[str, Any] = checkpoint.get("data", {})
        for path in self._logs.get(client, []):
            state.update(_read(path)["data"])
        return state

    def close(self) -> None:
        """Nothing is open between calls."""

    def _checkpoint(self, directory: str, logs: list[str], batch_id: int) -> None:
        path = os.path.join(directory, "checkpoint.json")
        state = _read(path).get("data", {})
        for log in logs:
            state.update(_read(log)["data"])
        _replace(path, {"batch_id": batch_id, "data": state})
        for log in logs:
            os.unlink(log)
        logs.clear()
        _sync_directory(directory)


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            content: dict[str, Any] = json.load(file)
            return content
    except FileNotFoundError:
        return {}


def _replace(path: str, content: dict[str, Any]) -> None:
    temporary = path + ".tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    _sync_directory(os.path.dirname(path))


def _sync_directory(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
