#!/bin/sh
# One cache for Python's huggingface_hub and for this program, at a small hub on a loopback port. Installs what is missing.
# Needs target/release/mouthpiece.
set -eu
cd "$(dirname "$0")/../.."
export ORT_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_TELEMETRY=1
[ -x .venv/hub/bin/python ] || python3 -m venv .venv/hub
.venv/hub/bin/pip install --quiet --disable-pip-version-check --requirement tests/hub/requirements.txt
exec .venv/hub/bin/python tests/hub/test_hub.py --verbose "$@"
