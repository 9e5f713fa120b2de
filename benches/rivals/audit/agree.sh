#!/usr/bin/env bash
# Whether pm4py's token replay and our audit agree on which traces break the order of the steps.
#
#   benches/rivals/audit/agree.sh [TRANSACTIONS]      default 2000
#
# Two kinds of logs are judged by both, trace by trace: the planted one, with faults of every kind, and random walks through the
# table with random edits, finished and on their way. Any disagreement fails the script. `docs/src/audit.md` says which of our
# findings are about the order.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
. ./venv.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
(cd "$root" && cargo build --locked --release --example audit --example plant --example net)
programs=$root/target/release/examples
"$programs/plant" "${1:-2000}" "$out"
"$programs/net" zh > "$out/planted.pnml"
"$programs/net" id > "$out/closed.pnml"
"$programs/net" id --open > "$out/open.pnml"
"$python" agree.py "$programs/audit" "$root/tests/snapshots/dongsha.edges.txt" "$out"
