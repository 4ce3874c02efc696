#!/bin/sh
# Interoperability: bots of discord.py and discord.js in the sandbox, and this bot at a YEPCord server.
# Installs what is missing. Needs target/release/mouthpiece.
set -eu
cd "$(dirname "$0")"
venvs=$(cd ../.. && pwd)/.venv

# pip_into FOLDER OPTIONS: a virtual environment with what the folder's requirements.txt names.
pip_into() {
  folder=$1; shift
  [ -x "$venvs/$folder/bin/python" ] || python3 -m venv "$venvs/$folder"
  "$venvs/$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$folder/requirements.txt" "$@"
}

if ! command -v npm >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Node ..."
    apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
  else
    echo "The bot of discord.js needs Node; install it (Debian: apt-get install nodejs npm) and run this again." >&2
    exit 1
  fi
fi

echo "-- discord.py"
pip_into discord_py
(cd discord_py && "$venvs/discord_py/bin/python" -m unittest --verbose)

echo "-- discord.js"
(cd discord_js && npm ci --silent --no-audit --no-fund && node --test test.mjs)

echo "-- YEPCord"
# Its dependencies need Python 3.9 to 3.12: the first of these that is there, under whatever name.
for python in python3 python3.12 python3.11 python3.10 python3.9; do
  if "$python" -c 'import sys; sys.exit(not (3, 9) <= sys.version_info < (3, 13))' 2>/dev/null; then break; fi
  python=
done
if [ -n "$python" ]; then
  [ -x "$venvs/yepcord/bin/python" ] || "$python" -m venv "$venvs/yepcord"
  # The list is complete; the versions that its packages demand of each other are outdated.
  pip_into yepcord --no-deps
  (cd yepcord && "$venvs/yepcord/bin/python" -m unittest --verbose)
elif [ "${SKIP_YEPCORD:-}" = 1 ]; then
  echo "SKIPPED on request: YEPCord needs Python 3.9 to 3.12, and this machine has only $(python3 --version)."
else
  echo "YEPCord needs Python 3.9 to 3.12, and this machine has only $(python3 --version). Install one of them, or leave" >&2
  echo "this test out with SKIP_YEPCORD=1." >&2
  exit 1
fi
