#!/bin/sh
# Other people's programs: bots of discord.py and discord.js in the sandbox, and this bot at a YEPCord.
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
if python3 -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then
  # The list is complete; what its packages say of each other is from another time.
  pip_into yepcord --no-deps
  (cd yepcord && "$venvs/yepcord/bin/python" -m unittest --verbose)
else
  echo "NOT TESTED: YEPCord runs with Python 3.9 to 3.12, and this is $(python3 --version)."
fi
