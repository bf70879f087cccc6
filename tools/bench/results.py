"""The results file of a benchmark: a line about the machine, then a line per cell and engine."""

import dataclasses
import json
import pathlib


@dataclasses.dataclass(frozen=True)
class Results:
    machine: dict
    rows: list

    def find(self, workload, engine, **numbers):
        """The one row of that workload and engine with these numbers, or None."""
        wanted = {"workload": workload, "engine": engine, "value_bytes": 128} | numbers
        for row in self.rows:
            if all(row[key] == value for key, value in wanted.items()):
                return row
        return None

    def engines(self, workload, **numbers):
        """The engines that have such a row, in the order of the file."""
        wanted = {"workload": workload, "value_bytes": 128} | numbers
        found = [row["engine"] for row in self.rows
                 if all(row[key] == value for key, value in wanted.items())]
        return list(dict.fromkeys(found))

    def where(self):
        """The machine and the day, in one line."""
        m = self.machine
        return (f"{m['date']}, {m['cores']} cores of {m['cpu'].strip()}, {m['memory_gib']} GiB, "
                f"Linux {m['kernel']}, {m['file_system']}")


def load(path):
    lines = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines() if line]
    return Results(machine=lines[0], rows=lines[1:])
