"""apersist and awaited futures."""

import asyncio
import threading

import pytest

import seawall


def test_many_coroutines_and_few_wake_ups(log, monkeypatch):
    wakes = []
    original = seawall.event_loop.EventLoop._wake
    monkeypatch.setattr(
        seawall.event_loop.EventLoop, "_wake", lambda self: (wakes.append(1), original(self))[1]
    )

    async def main():
        return await asyncio.gather(*(log.apersist(f"c{i % 9}", {"i": i}, i) for i in range(2000)))

    receipts = asyncio.run(main())
    assert sorted(receipt.lsn for receipt in receipts) == list(range(1, 2001))
    assert len(wakes) <= log.stats().groups
    assert log.retrieve("c0") == {"i": 1998}


def test_duplicates_futures_and_several_loops(log):
    async def main(loop_number):
        first, again = await asyncio.gather(
            log.apersist("c", {"a": 1}, "m1"), log.apersist("c", {"a": 2}, "m1")
        )
        future = log.submit("c", {f"l{loop_number}": 1}, loop_number)
        assert (await future).lsn == future.lsn
        return first.duplicate, again.duplicate

    assert asyncio.run(main(1)) == (False, True)
    assert asyncio.run(main(2)) == (True, True)
    threads = [threading.Thread(target=lambda n=n: asyncio.run(main(n))) for n in range(3, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.retrieve("c") == {"a": 1, **{f"l{n}": 1 for n in range(1, 7)}}


def test_busy_waits_and_the_loop_runs_on(open_log):
    log = open_log(in_flight_records_max=4)

    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        await asyncio.gather(*(log.apersist("c", {"i": i}, i) for i in range(200)))
        ticking.cancel()
        return ticks

    assert asyncio.run(main()) > 10
    assert log.durable_lsn == 200


def test_errors_come_to_the_caller(log):
    async def main():
        with pytest.raises(seawall.InvalidArgumentError):
            await log.apersist("c", [1], 1)
        with pytest.raises(seawall.InvalidArgumentError):
            await log.apersist("c", {}, None)
        log.close()
        with pytest.raises(seawall.ClosedError):
            await log.apersist("c", {}, 1)

    asyncio.run(main())


def test_a_cancelled_wait_leaves_the_record(log):
    async def main():
        task = asyncio.create_task(log.apersist("c", {"a": 1}, 1))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await log.apersist("c", {"a": 1}, 1)

    assert asyncio.run(main()).duplicate


def test_close_ends_the_waits(open_log):
    log = open_log()

    async def main():
        tasks = [asyncio.create_task(log.apersist("c", {"i": i}, i)) for i in range(100)]
        await asyncio.sleep(0)
        await asyncio.to_thread(log.close)
        return await asyncio.gather(*tasks, return_exceptions=True)

    for result in asyncio.run(main()):
        assert isinstance(result, (seawall.Receipt, seawall.ClosedError))
    assert log.durable_lsn == 100
