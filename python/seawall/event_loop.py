"""Waiting for durability in asyncio."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections import deque

from . import _native

__all__ = ["EventLoop"]


class EventLoop:
    """The coroutines of one event loop that wait for LSNs of one log.

    The commit thread writes to an eventfd that the loop watches, at most once per group however
    many coroutines wait. Used by the loop's thread alone.
    """

    def __init__(self, log: _native.Log, loop: asyncio.AbstractEventLoop) -> None:
        self._log = log
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._armed = False
        self._event_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        log.add_wakeup(self._event_fd)
        loop.add_reader(self._event_fd, self._wake)
        # The loop holds this object, so nothing here may hold the loop.
        weakref.finalize(loop, _release, log, self._event_fd)

    async def until(self, lsn: int) -> None:
        """Returns once `lsn` is durable. Errors as `PersistFuture.result`.

        In order of arrival: a duplicate whose LSN is older may wait for the group of the one before.
        """
        if self._log.durable_lsn() >= lsn:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((lsn, future))
        if not self._armed:
            self._settle()
        await future

    def _wake(self) -> None:
        # Before the descriptor is read: an interrupt in between leaves it readable, and the loop
        # comes again.
        self._armed = False
        try:
            os.eventfd_read(self._event_fd)
        except BlockingIOError:
            pass
        self._settle()

    def _settle(self) -> None:
        """Ends the waits that are over; arms the eventfd when some are not."""
        try:
            self._end_those_over()
        except BaseException:
            # Interrupted (Ctrl-C, or no memory): the loop comes again, should it go on.
            os.eventfd_write(self._event_fd, 1)
            raise

    def _end_those_over(self) -> None:
        while self._waiting:
            ended = self._log.ended()
            durable = self._log.durable_lsn()
            while self._waiting and (ended or self._waiting[0][0] <= durable):
                # Ended first: an interrupt in between ends it twice, which is harmless, not never.
                self._end(*self._waiting[0])
                self._waiting.popleft()
            if not self._waiting or self._armed:
                return
            # A group that came before the arming is not reported: look once more after it.
            self._log.arm(self._event_fd)
            self._armed = True
            if self._log.durable_lsn() < self._waiting[0][0] and not self._log.ended():
                return

    def _end(self, lsn: int, future: asyncio.Future[None]) -> None:
        if future.done():  # Cancelled.
            return
        try:
            self._log.wait(lsn, 0)
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(None)


def _release(log: _native.Log, event_fd: int) -> None:
    log.remove_wakeup(event_fd)
    os.close(event_fd)
