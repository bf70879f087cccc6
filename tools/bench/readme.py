"""The README's figures: readme.py [--check]

Writes the part of README.md between its two bench marks, and its chart, from
docs/bench/results.jsonl. With --check it only compares, and fails when they differ.
"""

import pathlib
import sys

import chart
import goals
import results as results_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs" / "bench" / "results.jsonl"
CHART = ROOT / "docs" / "bench" / "durable_persist.svg"
README = ROOT / "README.md"
BEGIN = "<!-- bench: made by `./dev bench --readme` -->\n"
END = "<!-- bench: end -->\n"
THREADS = (1, 4, 16, 64)
# A quiet device's flushes stay within this factor.
NOISY_SPREAD = 4


def figure(row):
    if row is None:
        return ""
    return f"{chart.short(row['ops_per_s'])} ({goals.number(row['ratio_to_probe'])}x)"


def durable_table(results):
    yield "| durable persist, 128 B, records/s (times a bare flush) | " + " | ".join(
        f"{threads} thread{'s' if threads > 1 else ''}" for threads in THREADS) + " |"
    yield "|---|" + "---|" * len(THREADS)
    for engine in results.engines("durable_persist"):
        cells = [figure(results.find("durable_persist", engine, threads=threads))
                 for threads in THREADS]
        yield f"| {engine} | " + " | ".join(cells) + " |"


def goal_table(results):
    yield "| | reached | required |"
    yield "|---|---|---|"
    for goal in goals.goals_of(results):
        bound = "at most" if goal.at_most else "at least"
        missed = "" if goal.met else " (missed)"
        yield (f"| {goal.text} | {goals.number(goal.reached)} | "
               f"{bound} {goals.number(goal.required)}{missed} |")


def section(results):
    absent = results.machine["absent"]
    flushes = sorted(row["probe_p50_us"] for row in results.rows if row["value_bytes"] == 128)
    rounds = max(row["rounds"] for row in results.rows)
    where = (f"{results.where()}; medians of {rounds} interleaved rounds. A bare flush (pwrite and "
             f"fdatasync, measured in the same second) took {goals.number(flushes[0])} to "
             f"{goals.number(flushes[-1])} us, median {goals.number(flushes[len(flushes) // 2])}: "
             "compare ratios.")
    if flushes[-1] > NOISY_SPREAD * flushes[0]:
        where += (" So wide a range points to other work on the machine: these ratios are rough, "
                  "measure your own.")
    if absent:
        where += f" Absent: {', '.join(absent)}."
    return "\n".join(("![Durable persist beside its peers](docs/bench/durable_persist.svg)", "", where,
                      "", *durable_table(results), "", *goal_table(results), ""))


def drawing(results):
    groups = []
    for threads in THREADS:
        rows = [results.find("durable_persist", engine, threads=threads)
                for engine in results.engines("durable_persist")]
        items = [(row["engine"], row["ops_per_s"],
                  f"{chart.short(row['ops_per_s'])}/s, {goals.number(row['ratio_to_probe'])}x")
                 for row in rows if row]
        groups.append((f"{threads} caller{'s' if threads > 1 else ''}", items))
    return chart.bars("Durable persist, 128 bytes: records per second, times a bare flush",
                      groups, results.where())


def wanted(results, readme):
    """What README and chart should be."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit("README.md has lost its bench marks")
    return before + BEGIN + section(results) + END + after, drawing(results)


def main():
    readme, svg = wanted(results_file.load(RESULTS), README.read_text())
    if "--check" in sys.argv[1:]:
        same = readme == README.read_text() and CHART.exists() and svg == CHART.read_text()
        print("README's figures are those of docs/bench" if same else
              "README's figures or chart differ from docs/bench/results.jsonl: "
              "python3 tools/bench/readme.py")
        return 0 if same else 1
    README.write_text(readme)
    CHART.write_text(svg)
    print(f"wrote the figures of {RESULTS.relative_to(ROOT)} into README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
