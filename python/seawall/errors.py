"""What can go wrong, named by what the caller should do about it."""

from __future__ import annotations

__all__ = [
    "BusyError",
    "ClosedError",
    "CorruptionError",
    "ExhaustedError",
    "FencedError",
    "ForeignDirectoryError",
    "ForkedError",
    "InterpreterError",
    "InvalidArgumentError",
    "IoError",
    "LockedError",
    "NoSpaceError",
    "NotFoundError",
    "PoisonedError",
    "SeawallError",
    "UnfinishedRepairError",
    "UnsupportedFormatError",
]


class SeawallError(Exception):
    """Base of all errors of Seawall. The message says what failed and what to do."""

    os_errno: int = 0
    """The system's errno, 0 when none was involved."""


class InvalidArgumentError(SeawallError, ValueError):
    """Fix the call; nothing was written."""


class NotFoundError(SeawallError):
    """There is no such log; writing creates it."""


class BusyError(SeawallError):
    """Too much in flight, nothing was written: wait for an earlier record, then call again."""


class NoSpaceError(SeawallError):
    """The device is full, nothing was written: free space, then call again. Not a failure."""


class LockedError(SeawallError):
    """Another process, or another object of this one, owns the log; the message names it."""


class FencedError(SeawallError):
    """Another owner took the log over: exit, acknowledge nothing more."""


class IoError(SeawallError):
    """The storage failed, see `os_errno`: mend the device, open again."""


class PoisonedError(SeawallError):
    """A flush failed: close the log, open it again, let the broker redeliver."""


class CorruptionError(SeawallError):
    """Acknowledged bytes are damaged: keep the directory, run `seawall verify`, restore a copy."""

    file: str = ""
    """File within the log's directory, empty when unknown."""
    offset: int = 0
    """Byte offset in `file`."""
    lsn_range: range = range(0)
    """The LSNs concerned, empty when unknown."""


class UnsupportedFormatError(SeawallError):
    """A newer version wrote the log: upgrade Seawall."""


class InterpreterError(SeawallError):
    """The interpreter refused or failed: fix it; what was acknowledged is kept."""


class ExhaustedError(SeawallError):
    """Memory, descriptors or threads ran short; nothing was written: call again later."""


class ForeignDirectoryError(SeawallError):
    """The directory holds what is not this log's: name another one, or move that away."""


class UnfinishedRepairError(SeawallError):
    """A repair into this directory was cut off: remove the directory and repair again."""


class ClosedError(SeawallError):
    """The log is closed: open it again. What was not acknowledged may be sent again."""


class ForkedError(SeawallError):
    """A forked child may not use its parent's log: open another one."""


_BY_CODE: dict[str, type[SeawallError]] = {
    "invalid argument": InvalidArgumentError,
    "not found": NotFoundError,
    "busy": BusyError,
    "no space": NoSpaceError,
    "locked": LockedError,
    "fenced": FencedError,
    "i/o error": IoError,
    "poisoned": PoisonedError,
    "corrupt": CorruptionError,
    "unsupported": UnsupportedFormatError,
    "interpreter": InterpreterError,
    "exhausted": ExhaustedError,
    "foreign": ForeignDirectoryError,
    "unfinished": UnfinishedRepairError,
    "closed": ClosedError,
}


def from_engine(
    code: str, message: str, os_errno: int, file: str, offset: int, begin_lsn: int, end_lsn: int
) -> SeawallError:
    """Returns the exception for an error of the engine; called by the native module."""
    error = _BY_CODE[code](message)
    error.os_errno = os_errno
    if isinstance(error, CorruptionError):
        error.file = file
        error.offset = offset
        error.lsn_range = range(begin_lsn, end_lsn)
    return error
