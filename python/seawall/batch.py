"""Several clients' operations as one."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

from .receipt import BatchReceipt, Outcome

if TYPE_CHECKING:
    from .write_ahead_log import WriteAheadLog

__all__ = ["Batch"]


class Batch:
    """What `WriteAheadLog.batch` gives: operations that are committed together, or not at all.

    They are committed at the end of the `with` block, unless it raises. Operations whose id is
    known drop out; the rest is one record. Used by one thread.
    """

    def __init__(self, log: WriteAheadLog) -> None:
        self._log = log
        self._items: list[tuple[Any, ...]] = []
        self._receipt: BatchReceipt | None = None

    def persist(
        self,
        client_id: str | bytes,
        data: Any,
        batch_id: int | str | bytes,
        *,
        producer: str | bytes | None = None,
    ) -> None:
        """Adds a persist; the arguments are those of `WriteAheadLog.persist`.

        The same (client, producer, id) twice in a batch is an `InvalidArgumentError`.
        """
        self._items.append((client_id, self._log._encode(data), batch_id, producer))

    def clear(
        self,
        client_id: str | bytes,
        *,
        keep_ids: bool = False,
        batch_id: int | str | bytes | None = None,
        producer: str | bytes | None = None,
    ) -> None:
        """Adds a clear; the arguments are those of `WriteAheadLog.clear`."""
        self._items.append((client_id, None, batch_id, producer, keep_ids))

    @property
    def receipt(self) -> BatchReceipt:
        """What the batch did, once the `with` block has ended without an exception."""
        if self._receipt is None:
            raise RuntimeError("the batch is not committed: its receipt comes after the with block")
        return self._receipt

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            return
        if not self._items:
            self._receipt = BatchReceipt(self._log.durable_lsn, ())
            return
        self._log._hand_over(durable=False)
        lsn, outcomes = self._log._native.batch(self._items)
        self._receipt = BatchReceipt(lsn, tuple(map(Outcome, outcomes)))
