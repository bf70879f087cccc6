"""Databases as a consumer would use them: state and the ids seen, in one transaction."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from typing import Any

Message = tuple[str, dict[str, Any], int]


class SqliteTables:
    """sqlite3 with WAL and synchronous=FULL: as durable as it gets in this mode."""

    def __init__(self, base_dir: str) -> None:
        self._db = sqlite3.connect(os.path.join(base_dir, "state.db"), isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE state (client TEXT PRIMARY KEY, data TEXT) WITHOUT ROWID")
        self._db.execute(
            "CREATE TABLE seen (client TEXT, id INTEGER, PRIMARY KEY (client, id)) WITHOUT ROWID"
        )

    def persist_many(self, messages: Sequence[Message]) -> None:
        execute = self._db.execute
        execute("BEGIN IMMEDIATE")
        for client, data, batch_id in messages:
            added = execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (client, batch_id))
            if added.rowcount == 0:
                continue
            state = {**self.retrieve(client), **data}
            execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (client, json.dumps(state)))
        execute("COMMIT")

    def retrieve(self, client: str) -> dict[str, Any]:
        row = self._db.execute("SELECT data FROM state WHERE client = ?", (client,)).fetchone()
        return json.loads(row[0]) if row else {}

    def close(self) -> None:
        self._db.close()


class LmdbTables:
    """LMDB with its default, full syncs."""

    def __init__(self, base_dir: str) -> None:
        import lmdb

        self._env = lmdb.open(base_dir, map_size=1 << 30, max_dbs=2)
        self._state = self._env.open_db(b"state")
        self._seen = self._env.open_db(b"seen")

    def persist_many(self, messages: Sequence[Message]) -> None:
        with self._env.begin(write=True) as transaction:
            for client, data, batch_id in messages:
                key = client.encode()
                seen = key + b"\0" + batch_id.to_bytes(8, "big")
                if not transaction.put(seen, b"", overwrite=False, db=self._seen):
                    continue
                stored = transaction.get(key, db=self._state)
                state = {**(json.loads(stored) if stored else {}), **data}
                transaction.put(key, json.dumps(state).encode(), db=self._state)

    def retrieve(self, client: str) -> dict[str, Any]:
        with self._env.begin() as transaction:
            stored = transaction.get(client.encode(), db=self._state)
            return json.loads(stored) if stored else {}

    def close(self) -> None:
        self._env.close()


class RocksTables:
    """RocksDB through RocksDict, a synced write batch per call."""

    def __init__(self, base_dir: str) -> None:
        import rocksdict

        self._rocksdict = rocksdict
        self._db = rocksdict.Rdict(base_dir, rocksdict.Options(raw_mode=True))
        self._synced = rocksdict.WriteOptions()
        self._synced.sync = True

    def persist_many(self, messages: Sequence[Message]) -> None:
        batch = self._rocksdict.WriteBatch(raw_mode=True)
        states: dict[bytes, dict[str, Any]] = {}
        added = set()
        for client, data, batch_id in messages:
            key = client.encode()
            seen = b"i" + key + b"\0" + batch_id.to_bytes(8, "big")
            if seen in added or self._db.get(seen) is not None:
                continue
            added.add(seen)
            batch.put(seen, b"")
            states[key] = {**(states.get(key) or self.retrieve(client)), **data}
        for key, state in states.items():
            batch.put(b"s" + key, json.dumps(state).encode())
        self._db.write(batch, self._synced)

    def retrieve(self, client: str) -> dict[str, Any]:
        stored = self._db.get(b"s" + client.encode())
        return json.loads(stored) if stored else {}

    def close(self) -> None:
        self._db.close()
