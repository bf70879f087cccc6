"""Ports that are no broker's."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def is_connected_to(port: int) -> bool:
    """Returns whether a connection to the port of loopback is established."""
    wanted = f"0100007F:{port:04X}"
    lines = Path("/proc/self/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[2:4] == [wanted, "01"] for line in lines)
