"""Lets the sides take turns, and prints the table. See speed.sh."""

import pathlib
import statistics
import subprocess
import sys

bench, rust4pm, out, turns = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
rival = [sys.executable, str(pathlib.Path(__file__).with_name("rival.py"))]
ledger, csv, xes = (str(out / name) for name in ["ledger.jsonl", "log.csv", "log.xes"])
large, large_mapping = (str(out / "large" / name) for name in ["log.csv", "log-csv.mapping.toml"])
one = [bench, "--one"]
sys.path.insert(0, str(pathlib.Path(__file__).parent))
STEPS = pathlib.Path(__file__).with_name("rival.py").read_text().split('STEPS = """')[1].split('"""')[0].split()

GROUPS = [
    ("our ledger, JSON lines", [
        ("audit, every rule, 1 thread", [*one, "ledger-1", ledger]),
        ("audit, every rule, 2 threads", [*one, "ledger-2", ledger]),
        ("SHA-256 and serde_json to typed entries, no rule", [*one, "parse", ledger]),
        ("floor: parse, SHA-256 link, case map, order only", [*one, "floor", ledger]),
    ]),
    ("XES", [
        ("audit, 1 thread", [*one, "log-1", xes, str(out / "log-xes.mapping.toml")]),
        ("audit, 2 threads", [*one, "log-2", xes, str(out / "log-xes.mapping.toml")]),
        ("pm4py import and token replay, order only", [*rival, "pm4py", xes, str(out / "net.pnml")]),
        ("rust4pm import and token replay, order only, one sum", [rust4pm, xes, *STEPS]),
    ]),
    ("CSV", [
        ("audit, 1 thread", [*one, "log-1", csv, str(out / "log-csv.mapping.toml")]),
        ("audit, 2 threads", [*one, "log-2", csv, str(out / "log-csv.mapping.toml")]),
        ("DuckDB, gaps in the order by a window, 1 thread", [*rival, "duckdb-gaps", csv, "1"]),
        ("DuckDB, gaps in the order by a window, 2 threads", [*rival, "duckdb-gaps", csv, "2"]),
        ("DuckDB, count by step, 1 thread", [*rival, "duckdb-count", csv, "1"]),
        ("DuckDB, count by step, 2 threads", [*rival, "duckdb-count", csv, "2"]),
    ]),
    ("CSV already read, rules alone", [
        ("every rule, 1 thread", [*one, "rules-1", large, large_mapping]),
        ("every rule, 2 threads", [*one, "rules-2", large, large_mapping]),
        ("DuckDB, count by step, 1 thread", [*rival, "duckdb-count-table", large, "1"]),
        ("DuckDB, count by step, 2 threads", [*rival, "duckdb-count-table", large, "2"]),
        ("DuckDB, gaps in the order by a window, 1 thread", [*rival, "duckdb-gaps-table", large, "1"]),
        ("DuckDB, gaps in the order by a window, 2 threads", [*rival, "duckdb-gaps-table", large, "2"]),
    ]),
]


def run(command):
    words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(words[-5]), float(words[-4]), float(words[-3]), int(words[-2]), int(words[-1])


def load():
    return pathlib.Path("/proc/loadavg").read_text().split()[0]


print(f"{turns} turns, load {load()} at the start")
for title, sides in GROUPS:
    runs = [[] for _ in sides]
    for turn in range(turns):
        for offset in range(len(sides)):
            at = (turn + offset) % len(sides)
            runs[at].append(run(sides[at][1]))
    print(f"\n{title}: {runs[0][0][0]} events")
    print(f"  {'':<54} {'median':>9} {'time x':>8} {'processor':>10} {'µs/event':>9} {'proc. x':>8} {'peak':>9} {'found':>8}")
    for (name, _), own in zip(sides, runs):
        seconds, busy = (statistics.median(run[at] for run in own) for at in (1, 2))
        time_x, busy_x = (statistics.median(run[at] / max(first[at], 0.005) for run, first in zip(own, runs[0])) for at in (1, 2))
        peak = statistics.median(run[3] for run in own)
        each = busy * 1e6 / own[0][0]
        print(f"  {name:<54} {seconds:>7.2f} s {time_x:>8.2f} {busy:>8.2f} s {each:>9.2f} {busy_x:>8.2f} {peak / 1024:>5.0f} MiB {own[0][4]:>8}")
print(f"\nload {load()} at the end")
