#!/usr/bin/env bash
# The audit beside the answer keys of planted logs: our ledger, CSV and XES. Whatever was planted must be found, and nothing more.
#
#   benches/rivals/audit/answers.sh [TRANSACTIONS]      default 100000: seven gigabytes of logs below $TMPDIR
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
(cd "$root" && cargo build --locked --release --example audit --example plant)
"$root/target/release/examples/plant" "${1:-100000}" "$out"
python3 answers.py "$root/target/release/examples/audit" "$out"
