#!/bin/sh
# Runs a bot of somebody else's library against the sandbox. Needs target/release/mouthpiece.
set -eu
cd "$(dirname "$0")/../.."
[ -x .venv/peers/bin/python ] || python3 -m venv .venv/peers
.venv/peers/bin/pip install --quiet --disable-pip-version-check --requirement tests/peers/requirements.txt
exec .venv/peers/bin/python tests/peers/test_discord_py.py "$@"
