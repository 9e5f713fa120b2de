#!/usr/bin/env bash
# Prints every page in a real Chromium and measures what comes out: one page each, of the right size, with fonts for Chinese
# inside, nothing outside its box, and a QR code that a reader can read from a grey picture.
#
#     tests/pages/look.sh [DIR]      the pages, PDFs and pictures stay in DIR
#
# Installs what it needs on Debian: chromium, poppler-utils, fonts-noto-cjk, fonts-liberation, imagemagick, zbar-tools.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(realpath -m "${1:-$(mktemp -d)}")
mkdir -p "$out"

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need chromium chromium
need pdfinfo poppler-utils
need zbarimg zbar-tools
dpkg -s imagemagick >/dev/null 2>&1 || missing+=(imagemagick)
dpkg -s fonts-noto-cjk >/dev/null 2>&1 || missing+=(fonts-noto-cjk)
dpkg -s fonts-liberation >/dev/null 2>&1 || missing+=(fonts-liberation)
if ((${#missing[@]})); then
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

[[ -n $(fc-list :lang=zh-cn) ]] || { echo "FAILED: no font for Chinese" >&2; exit 1; }
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
browser() { chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" "$@" 2>/dev/null; }
fail() { echo "FAILED: $*" >&2; exit 1; }

# SKIP=1 looks at the pages that are in DIR already.
[[ ${SKIP:-} ]] || cargo run --quiet --locked --features pages --example paper -- --out "$out" >/dev/null

# Points of the sheet, within one point.
sheet() {
  local pdf=$1 want_width=$2 want_height=$3 pages width height
  pages=$(pdfinfo "$pdf" | awk '/^Pages:/ { print $2 }')
  read -r width height < <(pdfinfo "$pdf" | awk '/^Page size:/ { print $3, $5 }')
  [[ $pages == 1 ]] || fail "$pdf has $pages pages"
  awk -v a="$width" -v b="$height" -v w="$want_width" -v h="$want_height" \
    'BEGIN { exit !((a-w)^2 <= 1 && (b-h)^2 <= 1) }' || fail "$pdf is $width x $height, not $want_width x $want_height"
  if [[ $pdf != *-en.pdf ]]; then
    # Chromium embeds the characters as drawings of their own: that they have a meaning shows that a font had them.
    grep -qF '理事会' <<<"$(pdftotext "$pdf" -)" || fail "$pdf has no Chinese that can be read"
  fi
}

# The browser itself says what hangs out of its box, or lies over the footer.
script='<script>
const out = [];
const box = e => e.getBoundingClientRect();
for (const step of document.querySelectorAll(".step, footer, .band > h2")) {
  if (step.scrollHeight > step.clientHeight + 3 || step.scrollWidth > step.clientWidth + 1) out.push("overflow " + step.textContent.trim().slice(0, 20));
}
const footer = document.querySelector("footer"), main = document.querySelector("main");
if (footer && main) {
  for (const band of document.querySelectorAll(".band")) if (box(band).bottom > box(footer).top + 0.5) out.push("band over footer");
  if (box(footer).bottom > box(main).bottom + 0.5) out.push("footer off the page");
}
document.title = "LOOKED " + (out.length ? out.join("; ") : "fine");
</script>'

checked=0
for page in "$out"/{paper,running,returned}-*.html; do
  name=$(basename "$page" .html)
  browser --no-pdf-header-footer --print-to-pdf="$out/$name.pdf" "file://$page"
  case $name in
    *-a4-*) sheet "$out/$name.pdf" 841.89 595.28; size=1123,794 ;;
    *-a3-*) sheet "$out/$name.pdf" 1190.55 841.89; size=1588,1123 ;;
  esac
  { cat "$page"; echo "$script"; } >"$out/$name.probe.html"
  said=$(browser --window-size=$size --dump-dom "file://$out/$name.probe.html" | grep -o '<title>LOOKED [^<]*' || true)
  rm "$out/$name.probe.html"
  [[ $said == '<title>LOOKED fine' ]] || fail "$name: ${said:-the page did not load}"
  pdftoppm -r 150 -gray -singlefile "$out/$name.pdf" "$out/$name"
  convert "$out/$name.pgm" -threshold 60% "$out/$name.photocopy.png" && rm "$out/$name.pgm"
  grep -qx 'https://example.org/dongtang/sanzi' <<<"$(zbarimg --quiet --raw "$out/$name.photocopy.png")" || fail "$name: the QR code cannot be read"
  browser --window-size=$size --screenshot="$out/$name.svg.png" "file://$out/$name.svg"
  checked=$((checked + 1))
done
((checked == 18)) || fail "$checked papers were printed, 18 are made"

for page in "$out"/notice-poster*.html; do
  name=$(basename "$page" .html)
  browser --no-pdf-header-footer --print-to-pdf="$out/$name.pdf" "file://$page"
  sheet "$out/$name.pdf" 841.89 1190.55
  pdftoppm -r 60 -singlefile -png "$out/$name.pdf" "$out/$name"
done
browser --no-pdf-header-footer --print-to-pdf="$out/notice-bulletin.pdf" "file://$out/notice-bulletin.html"
grep -q A4 <<<"$(pdfinfo "$out/notice-bulletin.pdf")" || fail "the bulletin is not A4"
pdftoppm -r 80 -png "$out/notice-bulletin.pdf" "$out/notice-bulletin"
for width in 390 1000; do
  browser --window-size=$width,1200 --screenshot="$out/notice-platform-$width.png" "file://$out/notice-platform.html"
  browser --window-size=$width,1600 --screenshot="$out/paper-$width.png" "file://$out/paper-a4-zh.html"
done
echo "$checked papers, 2 posters and the bulletin printed: one sheet each, Chinese fonts inside, QR codes read from a photocopy. See $out"
