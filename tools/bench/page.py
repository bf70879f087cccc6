"""Makes one HTML page of a results file: page.py RESULTS PAGE. Charts inside, no network."""

import html
import pathlib
import sys

import chart
import goals
import results as results_file

STYLE = """body{font:14px/1.5 sans-serif;margin:2em auto;max-width:70em;color:#222}
table{border-collapse:collapse;font-size:12px}td,th{padding:2px 8px;border-bottom:1px solid #ddd;
text-align:right}td:first-child,th:first-child,td:nth-child(2),th:nth-child(2){text-align:left}"""
COLUMNS = ("workload", "engine", "threads", "in_flight", "value_bytes", "ops_per_s",
           "ops_per_s_min", "ops_per_s_max", "p50_us", "p99_us", "ratio_to_probe", "cpu_us_per_op")
OWN_COLUMNS = {*COLUMNS, "rounds", "probe_p50_us", "p50_ratio_to_probe", "clients", "records",
               "disk_sample_ms", "disk_mib"}


def label(row):
    return f"{chart.short(row['ops_per_s'])}/s, {row['ratio_to_probe']:.3g}x"


def groups_of(rows):
    """Rows of one workload, a group per cell."""
    cells = {}
    for row in rows:
        heading = (f"{row['threads']} thread{'s' if row['threads'] > 1 else ''}, "
                   f"{row['in_flight']:,} in flight, {row['value_bytes']:,} bytes")
        cells.setdefault(heading, []).append((row["engine"], row["ops_per_s"], label(row)))
    return list(cells.items())


def charts(results):
    note = results.where()
    by_workload = {}
    for row in results.rows:
        by_workload.setdefault(row["workload"], []).append(row)
    for workload, rows in by_workload.items():
        yield chart.bars(f"{workload}: operations per second, times a bare flush",
                         groups_of(rows), note)
        for row in rows:
            if isinstance(row.get("disk_mib"), list):
                yield chart.line(f"{workload}: disk use over time, {row['engine']}",
                                 row["disk_mib"], row["disk_sample_ms"] / 1000, "MiB", note)


def cell(value):
    if isinstance(value, float):
        return goals.number(value)
    return f"{value:,}" if isinstance(value, int) else html.escape(value)


def table(results):
    yield "<table><tr>" + "".join(f"<th>{name}</th>" for name in COLUMNS) + "<th>also</th></tr>"
    for row in results.rows:
        also = ", ".join(f"{key} {cell(value)}" for key, value in row.items()
                         if key not in OWN_COLUMNS)
        yield ("<tr>" + "".join(f"<td>{cell(row[name])}</td>" for name in COLUMNS)
               + f"<td>{html.escape(also)}</td></tr>")
    yield "</table>"


def goal_rows(results):
    yield "<table><tr><th>goal</th><th></th><th>reached</th></tr>"
    for goal in goals.goals_of(results):
        yield (f"<tr><td>{html.escape(goal.text)}</td><td>{'met' if goal.met else 'MISSED'}</td>"
               f"<td>{goal.words()}</td></tr>")
    yield "</table>"


def page(results):
    absent = ", ".join(results.machine["absent"]) or "none"
    return "\n".join((
        "<!doctype html><html lang=en><meta charset=utf-8><title>Seawall's benchmark</title>",
        f"<style>{STYLE}</style><h1>Seawall's benchmark</h1>",
        f"<p>{html.escape(results.where())}. Absent engines: {html.escape(absent)}.</p>",
        *goal_rows(results), *charts(results), *table(results), "</html>\n"))


def main():
    results = results_file.load(sys.argv[1])
    for goal in goals.goals_of(results):
        print(f"{'met   ' if goal.met else 'MISSED'} {goal.text}: {goal.words()}")
    pathlib.Path(sys.argv[2]).write_text(page(results))
    print(f"results: {sys.argv[1]}, page: {sys.argv[2]}")


if __name__ == "__main__":
    main()
