#!/bin/sh
# What an operator installs works: the files of `make install`, found and used from there, and the systemd unit.
set -eu
cd "$(dirname "$0")/../.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
fail() { echo "$1" >&2; exit 1; }

make --no-print-directory install DESTDIR="$root" >/dev/null
program=$root/usr/local/bin/mouthpiece
spoken=$(cd / && env -i "$program" speak "Once upon a time" --length 4 --seed 1) || fail "the installed program does not speak"
case $spoken in "Once upon a time"*) echo "installed: $spoken" ;; *) fail "the installed program said: $spoken" ;; esac

# With the example for production the token has to come from somewhere; the program says so and ends for good.
status=0
(cd "$root" && env -i "$program" --config "$root/etc/mouthpiece/mouthpiece.toml" run) 2>"$root/said" || status=$?
grep -q "^RestartPreventExitStatus=.*\b$status\b" deploy/mouthpiece.service || fail "systemd would start it again after status $status"
grep -q "discord.token_file must be a readable file" "$root/said" || fail "not said: the token file is missing: $(cat "$root/said")"

if ! command -v systemd-analyze >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends systemd >/dev/null
fi
command -v systemd-analyze >/dev/null || fail "systemd-analyze is needed (Debian: apt-get install systemd)"
# The unit names the program where it is installed, which is not on this machine.
sed "s|/usr/local/bin/mouthpiece|$program|" deploy/mouthpiece.service >"$root/mouthpiece.service"
systemd-analyze verify --man=no "$root/mouthpiece.service" || fail "the unit is not valid"
echo "unit: valid"
