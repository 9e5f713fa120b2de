#!/usr/bin/env bash
# Our audit beside its floor and its rivals: one run, one machine, the same transactions, in turns, each in a process of its own.
#
#   benches/rivals/audit/speed.sh [TRANSACTIONS [TURNS [OF_THE_RULES]]]      default 10000 5 240000
#
# Prints a table: medians of the time and of the processors' time over all threads, their ratios to the first of the group
# (medians of the ratios of each turn), peak memory (VmHWM), and how much was found. On a busy machine only the processors' time
# means something for one thread, and nothing does for two.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
. ./venv.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cargo build --release --manifest-path rust4pm/Cargo.toml --target-dir "$root/target/rivals"
(cd "$root" && cargo build --locked --release --example plant --example net)
bench=$(cd "$root" && cargo bench --locked --bench audit --no-run --message-format=json 2>/dev/null \
  | "$python" -c 'import json,sys; print([m["executable"] for m in map(json.loads, sys.stdin) if m.get("executable")][-1])')
"$root/target/release/examples/plant" "${1:-10000}" "$out"
# 67 rows a transaction: 16 million, for what has been read into memory.
"$root/target/release/examples/plant" "${3:-240000}" "$out/large" log.csv
"$root/target/release/examples/net" zh > "$out/net.pnml"
"$python" speed.py "$bench" "$root/target/rivals/release/sanzi-rival-rust4pm" "$out" "${2:-5}"
