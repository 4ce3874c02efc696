#!/bin/sh
# Runs the page's tests and the tour in headless Chromium, or the named ones. Installs missing tools. Needs
# target/release/mouthpiece. PICTURES=folder keeps screenshots.
set -eu
cd "$(dirname "$0")/../.."

find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
if ! find_chromium >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium ..."
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null
  else
    echo "The page's tests need Chromium; install it (Debian: apt-get install chromium) and run this again." >&2
    exit 1
  fi
fi
[ -x .venv/page/bin/python ] || python3 -m venv .venv/page
.venv/page/bin/pip install --quiet --disable-pip-version-check --requirement tests/page/requirements.txt
CHROMIUM=$(find_chromium)
export CHROMIUM PYTHONPATH=tests/page
[ $# -gt 0 ] || set -- test_page tour
exec .venv/page/bin/python -m unittest --verbose "$@"
