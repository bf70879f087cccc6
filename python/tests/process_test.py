"""Processes killed, forked, and ended in the middle of things."""

import os
import signal
import subprocess
import sys
import textwrap
import traceback

import pytest

import seawall

WRITER = """
import sys
import seawall

class Totals(seawall.StateInterpreterInterface):
    def format_data(self, data):
        return str(data)
    def parse_data(self, stored):
        return int(stored)
    def merge_data(self, data_entries):
        return sum(data_entries)

base_dir, begin, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
log = seawall.WriteAheadLog(Totals(), seawall.FileSystemStorage(), "log", base_dir,
                            checkpoint_every_records=3, checkpoint_state_share=0.0)
def acknowledge(future):
    receipt = future.result()
    print(receipt.lsn, flush=True)
waiting = []
# Some of it again, as a broker redelivers.
for i in range(max(0, begin - 50), end):
    waiting.append((i, log.submit(f"c{i % 7}", i, i)))
    if len(waiting) >= 16:
        number, future = waiting.pop(0)
        future.result()
        print(number, flush=True)
        if number % 97 == 0:
            log.retrieve(f"c{number % 7}")
for number, future in waiting:
    future.result()
    print(number, flush=True)
if end - begin == 0:
    for client in range(7):
        print("state", log.retrieve(f"c{client}"))
"""
WRITER = WRITER.replace(
    """def acknowledge(future):
    receipt = future.result()
    print(receipt.lsn, flush=True)
""",
    "",
)


def test_killed_again_and_again_nothing_is_lost_or_doubled(base_dir):
    total, acknowledged, kills = 4000, 0, 0
    while acknowledged < total:
        command = [sys.executable, "-c", WRITER, str(base_dir), str(acknowledged), str(total)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            for line in writer.stdout:
                number = int(line)
                if number >= acknowledged:
                    assert number == acknowledged
                    acknowledged += 1
                    if acknowledged % 400 == 0 and acknowledged < total:
                        writer.kill()
                        kills += 1
                        break
            for line in writer.stdout:  # What was acknowledged before the kill came.
                if line.endswith("\n") and int(line) >= acknowledged:
                    acknowledged = int(line) + 1
        assert writer.returncode in (0, -signal.SIGKILL)
    assert kills == 9
    command = [sys.executable, "-c", WRITER, str(base_dir), str(total), str(total)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    states = [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("state")]
    assert states == [sum(range(client, total, 7)) for client in range(7)]


def in_child(action):
    """Runs `action` in a forked child; returns its exit status, 0 when it raised nothing."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            action()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_is_refused_and_harms_nothing(open_log):
    log = open_log()
    log.persist("c", {"a": 1}, 1)
    log.on_durable(lambda durable, error: None)
    future = log.submit("c", {"b": 1}, 2)

    def use():
        for call in (
            lambda: log.persist("c", {"x": 1}, 3),
            lambda: log.submit("c", {"x": 1}, 3),
            lambda: log.retrieve("c"),
            lambda: log.checkpoint(),
            lambda: log.close(),
            lambda: log.stats(),
        ):
            with pytest.raises(seawall.ForkedError, match="fork"):
                call()
        with pytest.raises(seawall.LockedError):
            open_log()
        other = open_log(name="other")
        assert other.persist("c", {"child": 1}, 1)
        other.close()

    assert in_child(use) == 0
    assert future.result()
    log.persist("c", {"c": 1}, 3)
    assert log.retrieve("c") == {"a": 1, "b": 1, "c": 1}
    log.close()
    assert open_log().retrieve("c") == {"a": 1, "b": 1, "c": 1}
    assert open_log(name="other").retrieve("c") == {"child": 1}


FORK_AND_EXIT = """
import os, sys, seawall
log = seawall.WriteAheadLog(seawall.ConsumerStateInterpreter(), seawall.FileSystemStorage(), "log", sys.argv[1])
log.on_durable(lambda durable, error: None)
log.persist("c", {"a": 1}, 1)
child = os.fork()
if child == 0:
    sys.exit(0)  # With all that the end of a Python process does.
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
log.persist("c", {"b": 1}, 2)
sys.exit(status)
"""

ENDS = {
    "in a callback": """
        import time
        log.on_durable(lambda durable, error: time.sleep(0.01))
        for i in range(100): log.submit("c", {"i": i}, i)
    """,
    "threads waiting": """
        import threading
        def work(n):
            try:
                for i in range(10**9): log.persist(f"c{n}", {"i": i}, i)
            except seawall.ClosedError: pass
        for n in range(4): threading.Thread(target=work, args=(n,), daemon=True).start()
        log.persist("c", {"i": 99}, 99)
    """,
    "an exception": """
        for i in range(100): log.submit("c", {"i": i}, i)
        log.submit("c", {"i": 99}, 99).add_done_callback(print)
        sys.exit("on purpose")
    """,
    "a future waited for": """
        import threading
        future = log.submit("c", {"i": 99}, 99)
        def wait():
            try: future.result()
            except seawall.ClosedError: pass
        threading.Thread(target=wait, daemon=True).start()
    """,
}


def run(code, base_dir):
    command = [sys.executable, "-W", "ignore", "-c", code, str(base_dir)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_forked_childs_ordinary_end_harms_nothing(open_log, base_dir):
    done = run(FORK_AND_EXIT, base_dir)
    assert (done.returncode, done.stderr) == (0, "")
    assert open_log().retrieve("c") == {"a": 1, "b": 1}


@pytest.mark.parametrize("name", ENDS)
def test_the_process_may_end_at_any_time_without_close(open_log, base_dir, name):
    code = """
import sys, seawall
log = seawall.WriteAheadLog(seawall.ConsumerStateInterpreter(), seawall.FileSystemStorage(), "log", sys.argv[1])
""" + textwrap.dedent(ENDS[name])
    done = run(code, base_dir)
    assert done.returncode == (1 if name == "an exception" else 0), done.stderr
    assert "Traceback" not in done.stderr
    assert "terminate" not in done.stderr
    assert open_log().retrieve("c") == {"i": 99}
