"""The log."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from . import _native
from .batch import Batch
from .data_persistence_interface import DataPersistenceInterface
from .deliveries import Deliveries, DurableListener
from .errors import BusyError, ForkedError, InvalidArgumentError, SeawallError
from .event_loop import EventLoop
from .log_stats import LogStats
from .persist_future import PersistFuture
from .receipt import Outcome, Receipt
from .staged import HOLDER
from .state_interpreter import StateInterpreterInterface
from .storage import StorageInterface

__all__ = ["WriteAheadLog"]

_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_BUSY_RETRY_S = 0.002  # A few groups of a fast disk.


class WriteAheadLog(DataPersistenceInterface):
    """One log of per-client state, owned by one object at a time.

    - *client id*: `str` (as UTF-8) or `bytes`, 1 to 4,096 bytes.
    - *batch id*: `int` from 0 to 2**63-1, or `str` or `bytes` of 1 to 4,096 bytes; "5" and 5 are the
      same id. Integers are remembered in ranges, so prefer them.
    - *producer*: who numbered the id, `str` or `bytes` of at most 4,096 bytes; none is "".
    - *data*: what the interpreter takes; a dict for `ConsumerStateInterpreter`.

    All methods may be called from any thread; the interpreter lock is given up while they wait. A
    forked child is refused (`ForkedError`), and a closed log too (`ClosedError`).
    """

    def __init__(
        self,
        state_interpreter: StateInterpreterInterface,
        storage: StorageInterface,
        service_name: str,
        base_dir: str | os.PathLike[str],
        *,
        record_bytes_max: int | None = None,
        in_flight_records_max: int | None = None,
        in_flight_bytes_max: int | None = None,
        live_state_bytes_max: int | None = None,
        checkpoint_every_records: int | None = None,
        checkpoint_state_share: float | None = None,
        log_bytes_max: int | None = None,
        text_ids_kept_us: int | None = None,
    ) -> None:
        """Opens or creates the log `base_dir/service_name` and recovers it.

        `service_name` is one component of [A-Za-z0-9._-]. Options, with their defaults:

        - `record_bytes_max` (16 MiB): largest record, at most 1 GiB.
        - `in_flight_records_max` (65,536), `in_flight_bytes_max` (64 MiB): most that is submitted
          and not yet durable; beyond it `submit` raises `BusyError`.
        - `live_state_bytes_max` (256 MiB): memory for states.
        - `checkpoint_every_records` (3), `checkpoint_state_share` (0.5), `log_bytes_max` (16 MiB):
          when checkpoints are made in the background.
        - `text_ids_kept_us` (0: until the client is cleared): how long, in microseconds, string ids
          are remembered. A message that comes again later is applied again.

        Errors: `InvalidArgumentError` a bad name or option, or a log made with another interpreter;
        `LockedError`; `CorruptionError` acknowledged bytes are damaged;
        `UnsupportedFormatError`; `NoSpaceError`, `IoError`.
        """
        if not isinstance(state_interpreter, StateInterpreterInterface):
            raise InvalidArgumentError(
                "state_interpreter must be a StateInterpreterInterface, "
                f"not {type(state_interpreter).__name__}"
            )
        if not isinstance(storage, StorageInterface):
            raise InvalidArgumentError(
                f"storage must be a StorageInterface, not {type(storage).__name__}"
            )
        options = {
            "record_bytes_max": record_bytes_max,
            "in_flight_records_max": in_flight_records_max,
            "in_flight_bytes_max": in_flight_bytes_max,
            "live_state_bytes_max": live_state_bytes_max,
            "checkpoint_every_records": checkpoint_every_records,
            "checkpoint_state_share": checkpoint_state_share,
            "log_bytes_max": log_bytes_max,
            "text_ids_kept_us": text_ids_kept_us,
        }
        self._native = _native.Log(
            state_interpreter._native_interpreter(),
            storage._native,
            _text(service_name, "service_name"),
            _text(base_dir, "base_dir"),
            {name: value for name, value in options.items() if value is not None},
        )
        self._encode = state_interpreter._encode
        self._decode = state_interpreter._decode
        self._deliveries = Deliveries(self._native)
        self._event_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, EventLoop] = (
            weakref.WeakKeyDictionary()
        )
        # At the end of the process too: a clean end makes the next open faster.
        weakref.finalize(self, _close_quietly, self._native, self._deliveries)

    def persist(
        self,
        client_id: str | bytes,
        data: Any,
        batch_id: int | str | bytes,
        *,
        producer: str | bytes | None = None,
    ) -> Receipt:
        """Merges `data` into the client's state, exactly once per (client, producer, id) of the
        client's life, and returns once that is durable: acknowledge the message then.

        Blocks for about one flush of the device. The receipt survives process kill and power loss.
        After an error the record may or may not survive; the same id may always be sent again.

        Errors: `InvalidArgumentError` fix the call; what the interpreter's `format_data` raised;
        `BusyError`, `NoSpaceError` nothing was written, call again later; `PoisonedError` close and
        open again; `FencedError` exit.
        """
        self._hand_over(durable=False)
        lsn, outcome = self._native.persist(client_id, self._encode(data), batch_id, producer)
        return Receipt(lsn, _OUTCOMES[outcome])

    def submit(
        self,
        client_id: str | bytes,
        data: Any,
        batch_id: int | str | bytes,
        *,
        producer: str | bytes | None = None,
    ) -> PersistFuture:
        """Starts a persist and returns at once, with a future. Submits of one thread become durable
        in their order. Errors as `persist`; the future's are of the log alone.
        """
        self._hand_over(durable=False)
        lsn, outcome = self._native.submit(client_id, self._encode(data), batch_id, producer)
        return PersistFuture(self, lsn, _OUTCOMES[outcome])

    async def apersist(
        self,
        client_id: str | bytes,
        data: Any,
        batch_id: int | str | bytes,
        *,
        producer: str | bytes | None = None,
    ) -> Receipt:
        """`persist` for asyncio: the loop runs on meanwhile, and wakes once per group. Waits where
        `submit` raises `BusyError`. Cancelling it does not take the record back.
        """
        encoded = self._encode(data)
        self._hand_over(durable=False)
        while True:
            try:
                lsn, outcome = self._native.submit(client_id, encoded, batch_id, producer)
                break
            except BusyError:
                await asyncio.sleep(_BUSY_RETRY_S)
        await self._event_loop().until(lsn)
        return Receipt(lsn, _OUTCOMES[outcome])

    def persist_many(self, items: Iterable[tuple[Any, ...]]) -> list[Receipt]:
        """Persists tuples `(client_id, data, batch_id)` or `(client_id, data, batch_id, producer)`
        and returns a receipt for each, in order, when all are durable.

        They share flushes but are records of their own: after an error some may be durable, none is
        in doubt for ever, and all ids may be sent again. Data and ids are checked before the first
        is written.
        """
        prepared = []
        for item in items:
            if len(item) not in (3, 4):
                raise InvalidArgumentError("an item is (client_id, data, batch_id[, producer])")
            client_id, data, batch_id, *producer = item
            prepared.append(
                (client_id, self._encode(data), batch_id, producer[0] if producer else None)
            )
        self._hand_over(durable=False)
        answers = self._native.persist_many(prepared)
        return [Receipt(lsn, _OUTCOMES[outcome]) for lsn, outcome in answers]

    def batch(self) -> Batch:
        """Returns a context manager that commits operations of any clients, all or nothing:

            with log.batch() as batch:
                batch.persist("a", {"left": 1}, 7)
                batch.clear("b")
        """
        return Batch(self)

    def retrieve(self, client_id: str | bytes) -> Any:
        """Returns the merge of every durable record of the client's life; `None` when unknown or
        cleared. Does not wait for submits in flight, except in the handler of a consumer: there all
        that its queue delivered before is durable first, as for `seen`, `clients` and `clear`.

        Errors: what the interpreter raised, the data is kept; `CorruptionError`, `IoError`.
        """
        self._hand_over()
        state = self._native.retrieve(client_id)
        return None if state is None else self._decode(state)

    def clear(
        self,
        client_id: str | bytes,
        *,
        keep_ids: bool = False,
        batch_id: int | str | bytes | None = None,
        producer: str | bytes | None = None,
    ) -> Receipt:
        """Ends the client's life, durably: state and ids are forgotten, a new life may reuse ids.

        With `keep_ids` the client is ended for good: later persists get the outcome `CLEARED` until
        a plain clear. With a batch id, a redelivered clear is a duplicate.
        """
        self._hand_over(durable=False)
        lsn, outcome = self._native.clear(client_id, keep_ids, batch_id, producer)
        return Receipt(lsn, _OUTCOMES[outcome])

    def seen(
        self,
        client_id: str | bytes,
        batch_id: int | str | bytes,
        *,
        producer: str | bytes | None = None,
    ) -> bool:
        """Returns whether a durable record of the client's current life carries the id."""
        self._hand_over()
        return self._native.seen(client_id, batch_id, producer)

    def clients(self) -> list[str | bytes]:
        """Returns the clients with a current life, sorted by their bytes; `bytes` where a name is
        not UTF-8.
        """
        self._hand_over()
        return self._native.clients()

    @property
    def durable_lsn(self) -> int:
        """The last durable LSN; everything up to it may be acknowledged."""
        return self._native.durable_lsn()

    def on_durable(self, listener: DurableListener) -> Callable[[], None]:
        """Calls `listener(durable_lsn, error)` after each later group, in a thread of the log's
        Python side; groups may be told together. `error` is `None`, or once what poisoned the log.

        Returns a function that ends it. A slow listener delays other callbacks, never a commit.
        """
        return self._deliveries.listen(listener)

    def flush(self) -> None:
        """Blocks until everything submitted before is durable. Errors as `PersistFuture.result`."""
        self._hand_over()
        self._native.wait(self._native.submitted_lsn(), None)

    def checkpoint(self) -> None:
        """Writes a checkpoint of everything durable now and trims the log. Not needed for
        durability; shortens the next open. Errors: `NoSpaceError`, `IoError`, `PoisonedError`.
        """
        self._hand_over()
        self._native.checkpoint()

    def stats(self) -> LogStats:
        """Returns figures of the log."""
        return LogStats(**self._native.stats())

    def close(self) -> None:
        """Commits what is in flight, waits for calls under way and for callbacks, and releases the
        log. A second call does nothing. Errors: what poisoned the log; `IoError`.
        """
        try:
            self._native.close()
        except ForkedError:
            raise
        except SeawallError:
            self._deliveries.join()
            raise
        self._deliveries.join()

    def __enter__(self) -> WriteAheadLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _hand_over(self, durable: bool = True) -> None:
        """In a consumer's handler: has what was delivered before submitted first, in its order."""
        holder = HOLDER.get()
        if holder is not None and holder.native_log is self._native:
            holder.hand_over(durable)

    def _event_loop(self) -> EventLoop:
        loop = asyncio.get_running_loop()
        waiters = self._event_loops.get(loop)
        if waiters is None:
            waiters = self._event_loops[loop] = EventLoop(self._native, loop)
        return waiters


def _text(value: str | os.PathLike[str], name: str) -> str:
    path: object = os.fspath(value) if isinstance(value, (str, os.PathLike)) else value
    if not isinstance(path, str):
        raise InvalidArgumentError(f"{name} must be a str, not {type(value).__name__}")
    return path


def _close_quietly(log: _native.Log, deliveries: Deliveries) -> None:
    try:
        log.close()
    except ForkedError:
        return  # The log, and the callback thread, are the parent's.
    except SeawallError:
        pass  # Nothing acknowledged depends on a clean end; whoever wants the result calls close.
    deliveries.join()
