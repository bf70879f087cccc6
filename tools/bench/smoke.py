"""The gate on ratios in `./dev check`: smoke.py SEAWALL_BENCH RESULTS

Runs the benchmark's smoke cells and compares ratios, never times, with bounds at about half of what
is reached on a quiet machine. A cell that fails is measured once more: one bad spell of a
neighbour is no regression.
"""

import subprocess
import sys

import results as results_file

# (workload, numbers, key, bound, whether it is the most allowed)
BOUNDS = (
    ("durable_persist", {"threads": 1}, "ratio_to_probe", 0.45, False),
    ("durable_persist", {"threads": 4}, "ratio_to_probe", 1.1, False),
    ("durable_persist", {"threads": 16}, "ratio_to_probe", 2.5, False),
    ("durable_persist", {"threads": 64}, "ratio_to_probe", 6, False),
    ("async", {"in_flight": 1024}, "ratio_to_probe", 25, False),
    ("async", {"in_flight": 8192}, "ratio_to_probe", 30, False),
    ("idle_clients", {}, "memory_beside_name_bytes", 300, True),
    ("write_amplification", {}, "write_amplification", 6, True),
)
# Below this a flush does not reach a device, and ratios to it say nothing of the engine.
FLUSH_US_MIN = 100


def run(bench, path, workloads):
    chosen = [word for name in workloads for word in ("--workload", name)]
    subprocess.run([bench, "--smoke", "--json", "--results", path, *chosen], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return results_file.load(path)


def faults(results, bounds):
    """Prints each ratio; returns the bounds that do not hold."""
    failed = []
    for bound in bounds:
        workload, numbers, key, limit, at_most = bound
        row = results.find(workload, "seawall", **numbers)
        reached = row[key]
        holds = reached <= limit if at_most else reached >= limit
        skipped = key == "ratio_to_probe" and row["probe_p50_us"] < FLUSH_US_MIN
        words = "not judged, flushes cost nothing here" if skipped else "holds" if holds else "FAILS"
        print(f"  {workload} {numbers or ''} {key} {reached:.3g}, "
              f"{'at most' if at_most else 'at least'} {limit}: {words}", flush=True)
        if not holds and not skipped:
            failed.append(bound)
    return failed


def main():
    bench, path = sys.argv[1:3]
    failed = faults(run(bench, path, []), BOUNDS)
    if failed:
        print("  once more:")
        failed = faults(run(bench, path, dict.fromkeys(bound[0] for bound in failed)), failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
