#!/bin/sh
# Measures every strategy with its defaults on the model that comes with the program, and writes docs/strategies.md,
# docs/measured.json, docs/quality.svg and docs/uncovering.svg anew. Takes about a quarter of an hour on two cores.
# Usage: scripts/measure-strategies.sh [texts for each strategy]
set -eu
cd "$(dirname "$0")/.."
texts=${1:-50}
program=${PROGRAM:-target/release/mouthpiece}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for strategy in $("$program" strategies | sed -n 's/^\([a-z-]*\).*/\1/p'); do
  set -- --strategy "$strategy" --n "$texts" --len 40 --seed 1 --out "$folder/$strategy.txt"
  case $strategy in
    # There must be words to write around.
    keywords) set -- "$@" --keywords "night, door" ;;
    # There is no text of anybody's to rewrite.
    denoise) set -- "$@" --set start=random ;;
  esac
  echo "$strategy" >&2
  "$program" sample "$@"
  set -- "$folder"/*.txt
done
"$program" eval "$@" --reference tests/data/bert-gen/wiki103.5k.txt --reference tests/data/bert-gen/tbc.5k.txt \
  --pppl --chart docs/quality.svg --json > docs/measured.json
"$program" strategies --uncovering docs/uncovering.svg
"$program" strategies --page docs/measured.json > docs/strategies.md
