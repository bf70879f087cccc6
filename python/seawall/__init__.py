"""Durable, exact state per client for programs that consume messages.

`persist` before you acknowledge; be killed at any instant; be handed any message again, late, twice,
out of order: `retrieve` is exactly the merge of everything acknowledged, each id counted once.
"""

from __future__ import annotations

from ._native import library_version as __version__
from .batch import Batch
from .data_persistence_interface import DataPersistenceInterface
from .errors import (
    BusyError,
    ClosedError,
    CorruptionError,
    ExhaustedError,
    FencedError,
    ForeignDirectoryError,
    ForkedError,
    InterpreterError,
    InvalidArgumentError,
    IoError,
    LockedError,
    NoSpaceError,
    NotFoundError,
    PoisonedError,
    SeawallError,
    UnfinishedRepairError,
    UnsupportedFormatError,
)
from .log_stats import LogStats
from .merges import ArgMax, Flag, Last, List, Map, Max, Mean, Merge, Min, Set, Struct, Sum
from .persist_future import PersistFuture
from .receipt import BatchReceipt, Outcome, Receipt
from .state_interpreter import ConsumerStateInterpreter, StateInterpreterInterface
from .storage import FileSystemStorage, MemoryStorage, StorageInterface
from .write_ahead_log import WriteAheadLog

__all__ = [
    "ArgMax",
    "Batch",
    "BatchReceipt",
    "BusyError",
    "ClosedError",
    "ConsumerStateInterpreter",
    "CorruptionError",
    "DataPersistenceInterface",
    "ExhaustedError",
    "FencedError",
    "FileSystemStorage",
    "Flag",
    "ForeignDirectoryError",
    "ForkedError",
    "InterpreterError",
    "InvalidArgumentError",
    "IoError",
    "Last",
    "List",
    "LockedError",
    "LogStats",
    "Map",
    "Max",
    "Mean",
    "MemoryStorage",
    "Merge",
    "Min",
    "NoSpaceError",
    "NotFoundError",
    "Outcome",
    "PersistFuture",
    "PoisonedError",
    "Receipt",
    "SeawallError",
    "Set",
    "StateInterpreterInterface",
    "StorageInterface",
    "Struct",
    "Sum",
    "UnfinishedRepairError",
    "UnsupportedFormatError",
    "WriteAheadLog",
    "__version__",
]
