#!/usr/bin/env bash
# Install birlik from this kit: nothing is fetched. Needs Debian's python3-venv.
#   ./install.sh [FOLDER]          into /opt/birlik unless said otherwise
#   ./install.sh --service         as root: and the user, the units, the backup timer (not started)
set -euo pipefail
kit=$(cd "$(dirname "$0")" && pwd)
service=no
[ "${1:-}" = --service ] && { service=yes; shift; }
target=${1:-/opt/birlik}
python=${PYTHON:-python3}
say() { printf 'birlik: %s\n' "$*"; }
if [ "$service" = yes ]; then
  [ "$(id -u)" = 0 ] || { echo "birlik: --service makes a user and units: run it as root" >&2; exit 2; }
  [ "$target" = /opt/birlik ] || { echo "birlik: the units run /opt/birlik; give no other folder with --service" >&2; exit 2; }
fi
(cd "$kit" && sha256sum --quiet --strict -c SHA256SUMS) || { echo "birlik: the kit is not as it was made: carry it again" >&2; exit 1; }
"$python" -c 'import venv, ensurepip' 2>/dev/null || { echo "birlik: this machine lacks Debian's python3-venv" >&2; exit 1; }
# Made beside it and put in its place when it is whole: an installation that breaks off leaves the old one. A virtual
# environment knows its own path, so the new one is made under the final name's link.
release=$target.$(basename "$kit" | sed 's/^birlik-kit-//').$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$(dirname "$target")"
if [ -e "$target" ] && [ ! -L "$target" ]; then
  echo "birlik: $target is not a link that this script made; move it away first" >&2; exit 2
fi
trap '[ -e "$release/.whole" ] || rm -rf "$release"' EXIT
"$python" -m venv "$release"
pip=("$release/bin/python" -m pip install --quiet --disable-pip-version-check --no-index)
"${pip[@]}" --find-links "$kit/wheels" --require-hashes -r "$kit/run.txt"
"${pip[@]}" --no-deps "$kit"/birlik-*.whl
install -m 755 "$kit/backup.sh" "$release/bin/birlik-backup"
"$release/bin/birlik" --version >/dev/null
chmod -R a+rX "$release"
touch "$release/.whole"
ln -sfn "$release" "$target.next" && mv -fT "$target.next" "$target"
say "$target runs $("$target/bin/birlik" --version); the one before stays beside it until you remove it"
[ "$service" = yes ] || exit 0
install -D -m 644 "$kit/systemd/sysusers.conf" /etc/sysusers.d/birlik.conf
systemd-sysusers birlik.conf
install -m 644 "$kit"/systemd/*.service "$kit"/systemd/*.timer /etc/systemd/system/
install -d -m 700 -o birlik -g birlik /var/backups/birlik
systemctl daemon-reload
say "make the node, then start it: three lines"
echo "  systemd-run --pipe --wait --uid=birlik -p StateDirectory=birlik -p UMask=0077 /opt/birlik/bin/birlik init /var/lib/birlik --member KAZ"
echo "  systemctl enable --now birlik.service"
echo "  systemctl enable --now birlik-backup.timer"
