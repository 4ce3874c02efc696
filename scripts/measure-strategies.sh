#!/bin/sh
# Measures every strategy with its defaults on the model that comes with the program, and writes docs/strategies.md,
# docs/measured.json, docs/quality.svg and docs/uncovering.svg anew. Takes about a quarter of an hour on two cores.
# Usage: scripts/measure-strategies.sh [texts for each strategy]
set -eu
export LC_ALL=C # the defaults of a strategy come before other options of it
cd "$(dirname "$0")/.."
texts=${1:-50}
program=${PROGRAM:-target/release/mouthpiece}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A file of texts: what it is called, and the options they are written with.
measure() {
  name=$1
  shift
  echo "$name" >&2
  "$program" sample --n "$texts" --len 40 --seed 1 --out "$folder/$name.txt" "$@"
}

for strategy in $("$program" strategies | sed -n 's/^\([a-z-]*\).*/\1/p'); do
  case $strategy in
    # There must be words to write around.
    keywords) measure "$strategy" --strategy "$strategy" --keywords "night, door" ;;
    # There is no text of anybody's to rewrite.
    denoise) measure "$strategy" --strategy "$strategy" --set start=random ;;
    *) measure "$strategy" --strategy "$strategy" ;;
  esac
done
measure best-of_causal --strategy best-of --set drafter=causal
measure causal_alone --strategy causal --set tries=1

"$program" eval "$folder"/*.txt --reference tests/data/bert-gen/wiki103.5k.txt --reference tests/data/bert-gen/tbc.5k.txt \
  --pppl --chart docs/quality.svg --json > docs/measured.json
"$program" strategies --uncovering docs/uncovering.svg
"$program" strategies --page docs/measured.json > docs/strategies.md
