"""What a consumer needs of a log."""

from __future__ import annotations

from seawall.errors import ClosedError
from seawall.rabbitmq.delta import Delta
from seawall.write_ahead_log import WriteAheadLog


class DurableLog:
    """A log by its LSNs alone: a submit costs one call, and what is durable one comparison."""

    def __init__(self, log: WriteAheadLog) -> None:
        self._native = log._native
        self._encode = log._encode

    def submit(
        self, deltas: tuple[Delta, ...], message_id: str | int | bytes, producer: str | bytes | None
    ) -> int:
        """Submits deltas, all or nothing; returns the LSN that makes them durable.

        Errors: as `WriteAheadLog.submit`; nothing was written then.
        """
        encode = self._encode
        if len(deltas) == 1:
            client_id, data = deltas[0]
            lsn, _ = self._native.submit(client_id, encode(data), message_id, producer)
            return lsn
        return self._native.submit_batch(
            [(client, encode(data), message_id, producer, False) for client, data in deltas]
        )

    def durable_lsn(self) -> int:
        """Returns the last durable LSN. Raises once the log has failed or is closed: what was
        submitted may then never become durable."""
        if self._native.ended():
            self._native.check_health()
            raise ClosedError("the log was closed before its consumer")
        return self._native.durable_lsn()

    def wait(self, lsn: int) -> None:
        """Blocks until `lsn` is durable, or never will be; the GIL is given up meanwhile."""
        self._native.wait(lsn, None)
