"""Seawall's Python package beside what it replaces: `./dev bench python --help`."""

from __future__ import annotations

import argparse
import json
import math
import pathlib
import statistics
import tempfile
import time

import stall
from bar_chart import bar_chart
from contenders import ORIGINAL, SQLITE, SUBMIT, contenders

# What the package is held to: its submit against each, in one run.
_TARGETS = {ORIGINAL: 50, SQLITE: 5}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench python", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each; the median is shown (5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a run (1)")
    parser.add_argument("--dir", default=".", help="a directory on the device to measure (here)")
    parser.add_argument("--json", type=pathlib.Path, help="append a JSON line per run to this file")
    parser.add_argument("--svg", type=pathlib.Path, help="draw the medians into this file")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace) -> dict[str, float]:
    """Returns the medians. Rounds are interleaved: a device's moods touch all alike."""
    rates: dict[str, list[float]] = {}
    for number in range(arguments.rounds):
        for contender in contenders():
            with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
                begin = time.perf_counter()
                count = contender.run(directory, arguments.seconds)
                rate = count / (time.perf_counter() - begin)
            rates.setdefault(contender.name, []).append(rate)
            _write(arguments, {"contender": contender.name, "round": number, "rate": round(rate, 1)})
    return {name: statistics.median(values) for name, values in rates.items()}


def _write(arguments: argparse.Namespace, row: dict[str, object]) -> None:
    if arguments.json:
        with arguments.json.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _chart(medians: dict[str, float]) -> str:
    floor = min(medians.values()) / 2
    bars = [(name, math.log10(rate / floor), f"{rate:,.0f}") for name, rate in medians.items()]
    return bar_chart("Durable messages per second from Python (logarithmic)", bars, left=270)


def main() -> None:
    """Measures, prints and draws."""
    arguments = _arguments()
    medians = _measure(arguments)
    print(f"messages per second, median of {arguments.rounds} interleaved runs")
    for name, rate in medians.items():
        print(f"  {name:<40} {rate:>10,.0f}   1/{medians[SUBMIT] / rate:.1f} of submit")
    for name, target in _TARGETS.items():
        ratio = medians[SUBMIT] / medians[name]
        print(f"submit is {ratio:.1f}x {name} ({'at least' if ratio >= target else 'BELOW'} {target}x)")
    print("persist of one client, microseconds, while another client's state is merged 50 ms at a time")
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        for row in stall.measure(directory):
            print(f"  {row['stall']:<32} p50 {row['persist_us_p50']:>6,}  p99 {row['persist_us_p99']:>6,}")
            _write(arguments, row)
    if arguments.svg:
        arguments.svg.write_text(_chart(medians), encoding="utf-8")


if __name__ == "__main__":
    main()
