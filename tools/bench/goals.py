"""What Seawall sets out to reach, and what a results file shows of it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Goal:
    text: str
    reached: float
    required: float
    at_most: bool = False
    otherwise_met: bool = False  # by the goal's other half

    @property
    def met(self):
        if self.otherwise_met:
            return True
        return self.reached <= self.required if self.at_most else self.reached >= self.required

    def words(self):
        bound = "at most" if self.at_most else "at least"
        return f"{number(self.reached)}, required: {bound} {number(self.required)}"


def number(value):
    """Three significant digits, thousands apart."""
    if value >= 1000:
        return f"{round(value):,}"
    return f"{value:.3g}"


class Reader:
    """Rows by few words; a goal whose rows are missing is left out."""

    def __init__(self, results):
        self.results = results
        self.goals = []

    def value(self, key, workload, engine="seawall", **numbers):
        row = self.results.find(workload, engine, **numbers)
        return None if row is None else row.get(key)

    def best(self, key, workload, engines, **numbers):
        values = [self.value(key, workload, engine, **numbers) for engine in engines]
        return max((value for value in values if value is not None), default=None)

    def add(self, text, reached, required, at_most=False, otherwise_met=False):
        if reached is not None:
            self.goals.append(Goal(text, reached, required, at_most, otherwise_met))

    def add_ratio(self, text, value, other, required):
        if value is not None and other:
            self.add(text, value / other, required)


def durable_goals(read):
    flush_us = read.value("probe_p50_us", "durable_persist", threads=64) or 0
    # Where a flush is slow the CPU has time for more callers per flush.
    for threads, required in ((1, 0.95), (4, 2.3), (16, 8), (64, 25 if flush_us >= 290 else 20)):
        read.add(f"durable persist by {threads}, times a bare flush",
                 read.value("ratio_to_probe", "durable_persist", threads=threads), required)
    read.add("p99 of one caller over the bare flush's p99",
             read.value("p99_ratio_to_probe", "durable_tail"), 1.2, at_most=True)
    read.add_ratio("durable persist by 64, times the best of RocksDB and LevelDB",
                   read.value("ops_per_s", "durable_persist", threads=64),
                   read.best("ops_per_s", "durable_persist",
                             ("rocksdb_merge", "rocksdb_put", "leveldb"), threads=64), 2.5)
    read.add("CPU per record by 64, us",
             read.value("cpu_us_per_op", "durable_persist", threads=64), 12, at_most=True)


def async_goals(read):
    for window, required, per_second in ((1024, 250, None), (8192, 600, 2e6)):
        ops = read.value("ops_per_s", "async", threads=1, in_flight=window)
        text = f"{window:,} in flight, times a bare flush"
        read.add(text if per_second is None else f"{text} (or {per_second:,.0f} records/s)",
                 read.value("ratio_to_probe", "async", threads=1, in_flight=window), required,
                 otherwise_met=bool(ops and per_second and ops >= per_second))
        read.add_ratio(f"{window:,} in flight, times RocksDB's batch",
                       read.value("ops_per_s", "async", threads=1, in_flight=window),
                       read.value("ops_per_s", "async", "rocksdb_merge", threads=1,
                                  in_flight=window), 3)
    read.add_ratio("two producers over one, 1,024 in flight each",
                   read.value("ops_per_s", "async", threads=2, in_flight=1024),
                   read.value("ops_per_s", "async", threads=1, in_flight=1024), 1)


def state_goals(read):
    read.add_ratio("hot reads, times LMDB", read.value("ops_per_s", "retrieve_hot", threads=1),
                   read.value("ops_per_s", "retrieve_hot", "lmdb", threads=1), 1)
    read.add("read calls per cold read", read.value("read_calls_per_op", "retrieve_cold", threads=1),
             2, at_most=True)
    for text, key, required in (("first read after kill -9, ms", "first_retrieve_us", 60),
                                ("all 100,000 clients read, ms", "all_clients_read_us", 350)):
        us = read.value(key, "reopen")
        read.add(text, None if us is None else us / 1000, required, at_most=True)
    read.add("reading and checking the log, GB/s", read.value("scan_gb_per_s", "scan"), 1)
    read.add_ratio("deltas to 50,000 entries by 64, times a file per record",
                   read.value("ops_per_s", "large_state", threads=64),
                   read.value("ops_per_s", "large_state", "file_per_record", threads=64), 100)
    if read.value("checkpoint_rounds", "steady_state"):  # a short run may have had none
        read.add("p99.9 with checkpoints over without",
                 read.value("p999_ratio_to_no_checkpoints", "steady_state"), 1.5, at_most=True)
    read.add("longest persist beside something large, ms above the same time without it",
             read.value("stall_ms", "stall"), 20, at_most=True)
    read.add("write amplification", read.value("write_amplification", "write_amplification"), 3,
             at_most=True)
    read.add("memory per idle client beside its name, bytes",
             read.value("memory_beside_name_bytes", "idle_clients"), 150, at_most=True)


def goals_of(results):
    read = Reader(results)
    durable_goals(read)
    async_goals(read)
    state_goals(read)
    return read.goals
