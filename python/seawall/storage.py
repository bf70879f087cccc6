"""Where bytes live."""

from __future__ import annotations

from typing import Any

from . import _native
from .errors import InvalidArgumentError

__all__ = ["FileSystemStorage", "MemoryStorage", "StorageInterface"]


class StorageInterface:
    """A place for logs: one object serves any number of them, in any thread.

    Storages are written in C++: one written in Python is refused, because the log's own threads
    would need the interpreter lock to make progress.
    """

    _native: _native.Storage

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if cls.__module__ != __name__:
            raise InvalidArgumentError(
                f"{cls.__name__}: a storage cannot be written in Python in this version; "
                "use FileSystemStorage or MemoryStorage"
            )
        super().__init_subclass__(**kwargs)


class FileSystemStorage(StorageInterface):
    """One directory per log, `base_dir/service_name`, mode 0700, files 0600.

    Assumes a flush that reaches the medium and a local file system: ext4, xfs, btrfs, tmpfs; NFS is
    not supported. Options, for files made from now on:

    - `segment_bytes_min` (1 MiB): the first segment's size, a multiple of 4 KiB.
    - `segment_bytes_max` (64 MiB): the size that segments grow to, by doubling.
    - `group_align_bytes` (64): 4096 for devices that may tear a sector they overwrite.
    """

    def __init__(
        self,
        *,
        segment_bytes_min: int | None = None,
        segment_bytes_max: int | None = None,
        group_align_bytes: int | None = None,
    ) -> None:
        options = {
            "segment_bytes_min": segment_bytes_min,
            "segment_bytes_max": segment_bytes_max,
            "group_align_bytes": group_align_bytes,
        }
        given = {name: value for name, value in options.items() if value is not None}
        self._native = _native.file_system_storage(given)


class MemoryStorage(StorageInterface):
    """Logs in memory, for tests: they live as long as this object and can be reopened on it."""

    def __init__(self) -> None:
        self._native = _native.memory_storage()
