"""Prints what ctest's passing safety tests said they counted: counts.py BUILD_DIRECTORY

ctest shows the output of tests that fail; how many states, lives and damages passed stands in its
log alone.
"""

import pathlib
import re
import sys

LOG = "Testing/Temporary/LastTest.log"
COUNTING = re.compile(r"(\w+/)?(CrashExplorer|AllocationExplorer|ThrowingUserCode|Redelivery|RepairMatrix|Callers|Readers|DamageMatrix|Process[A-Z]\w+)\.|"
                      r"e2e\.(kill|demo|golden)_test")
START = re.compile(r"^\d+/\d+ Test: (\S+)")
BEGIN_OUTPUT, END_OUTPUT = re.compile(r"^Output:$"), re.compile(r"^<end of output>$")
# What the frameworks say of their own, and errors that a test provoked in another process.
NOISE = re.compile(r"^\[|^Note: |^Running main|^Using configuration|^-+$|^$|^\.+$|^Ran \d|^OK$|"
                   r"^(i/o error|no space|poisoned): ")


def counts(log):
    """Yields (test, line)."""
    test, inside = "", False
    for line in log.splitlines():
        started = START.match(line)
        if started:
            test = started[1]
        elif BEGIN_OUTPUT.match(line):
            inside = True
        elif END_OUTPUT.match(line):
            inside = False
        elif inside and COUNTING.match(test) and not NOISE.match(line):
            yield test, line.strip()


def main():
    log = pathlib.Path(sys.argv[1], LOG).read_text(errors="replace")
    found = sorted(counts(log))
    if found:
        print("counted by the tests that passed:")
    for test, line in found:
        print(f"  {test}: {line}")


if __name__ == "__main__":
    main()
