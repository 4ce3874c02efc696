#!/bin/sh
# Runs the tests of training/, installing what is missing. Needs target/release/mouthpiece.
set -eu
cd "$(dirname "$0")/../.."
[ -x .venv/training/bin/python ] || python3 -m venv .venv/training
.venv/training/bin/pip install --quiet --disable-pip-version-check --requirement training/requirements.txt
exec .venv/training/bin/python tests/training/test_training.py "$@"
