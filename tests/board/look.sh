#!/usr/bin/env bash
# Uses the board as people and programs do: in a real Chromium, under an accessibility checker, under a fuzzer that reads the
# OpenAPI document, and under load.
#
#     tests/board/look.sh [DIR]      screenshots, PDFs and reports stay in DIR
#
# Installs what it needs on Debian: chromium, nodejs, poppler-utils, imagemagick, fonts-noto-cjk, fonts-liberation, wrk,
# python3-venv; from npm playwright-core and axe-core; from PyPI schemathesis.
# BOARD=program looks at that program; FUZZ=0 and LOAD=0 leave a part out.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
out=$(realpath -m "${1:-$(mktemp -d)}")
mkdir -p "$out"
fail() { echo "FAILED: $*" >&2; exit 1; }

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need chromium chromium
need node nodejs
need npm npm
need pdfinfo poppler-utils
need wrk wrk
need curl curl
dpkg -s imagemagick >/dev/null 2>&1 || missing+=(imagemagick)
dpkg -s fonts-noto-cjk >/dev/null 2>&1 || missing+=(fonts-noto-cjk)
dpkg -s fonts-liberation >/dev/null 2>&1 || missing+=(fonts-liberation)
dpkg -s python3-venv >/dev/null 2>&1 || missing+=(python3-venv)
if ((${#missing[@]})); then
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
[[ -d $out/tools/node_modules/axe-core ]] || npm install --silent --no-audit --no-fund --prefix "$out/tools" playwright-core@1 axe-core@4
if [[ ${FUZZ:-1} != 0 && ! -x $out/tools/py/bin/schemathesis ]]; then
  python3 -m venv "$out/tools/py" && "$out/tools/py/bin/pip" install -q 'schemathesis>=4,<5'
fi

board=${BOARD:-}
if [[ -z $board ]]; then
  cargo build --quiet --locked --release --features pages --example board
  board=target/release/examples/board
fi
# A port that nobody listens at.
port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
base=http://127.0.0.1:$port
rm -f "$out"/sample.sqlite*
"$board" --sample "$out/sample.sqlite" --listen "127.0.0.1:$port" --requests-per-second 1000000 >"$out/board.log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null || true' EXIT
for _ in $(seq 600); do
  grep -q '^公示栏' "$out/board.log" && break
  kill -0 $pid 2>/dev/null || fail "the board does not start: $(cat "$out/board.log")"
  sleep 0.1
done
grep -q '^公示栏' "$out/board.log" || fail "the board does not say its address"
token() { awk -v who="$1" '$1 == "令牌" && $3 == who { print $4 }' "$out/board.log"; }

BASE=$base OUT=$out TOKEN=$(token guan) NODE_PATH=$out/tools/node_modules node "$root/tests/board/look.cjs"

for pdf in "$out"/paper-*.pdf; do
  pages=$(pdfinfo "$pdf" | awk '/^Pages:/ { print $2 }')
  [[ $pages == 1 ]] || fail "$pdf has $pages pages"
done
# As a photocopy shows them.
for name in list-1280 list-390 apples-1280; do
  convert "$out/$name.png" -colorspace Gray -level 15%,85% "$out/$name-photocopy.png"
done

platform=$(awk '/平台，用 Sanzi-Person/ { print $3 }' "$out/board.log")
if [[ ${LOAD:-1} != 0 ]]; then
  case=$(curl -s "$base/api/v1/cases?live=true&limit=1" | grep -o '"case":"[^"]*"' | head -1 | cut -d'"' -f4)
  echo "check, 2 threads, 16 connections, 10 seconds:"
  wrk -t2 -c16 -d10s --latency -H "Authorization: Bearer $(token chen)" "$base/api/v1/cases/$case/check/Bidding" | tee "$out/load.txt"
  grep -q 'Non-2xx' "$out/load.txt" && fail "some checks were not answered"
fi
if [[ ${FUZZ:-1} != 0 ]]; then
  cd "$out"
  "$out/tools/py/bin/schemathesis" run "$base/api/v1/openapi.json" --url "$base/api/v1" --seed 16 --max-examples "${EXAMPLES:-40}" \
    -H "Authorization: Bearer $platform" -H 'Sanzi-Person: chen' \
    --checks all --exclude-checks positive_data_acceptance,ignored_auth | tee "$out/schemathesis.txt"
fi
echo "looked: see $out"
