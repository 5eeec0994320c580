#!/usr/bin/env bash
# Have what the machine itself must bring: installed from Debian where we may, named in one sentence where not.
set -euo pipefail
python=${PYTHON:-python3}
has() {
  case $1 in
    venv) "$python" -c 'import venv, ensurepip' 2>/dev/null ;;
    chromium) [ -x "${BIRLIK_CHROMIUM:-/usr/bin/chromium}" ] ;;
    java) java -version >/dev/null 2>&1 ;;
    curl) command -v curl >/dev/null ;;
    nginx) [ -x /usr/sbin/nginx ] ;;
    systemd-analyze) command -v systemd-analyze >/dev/null ;;
  esac
}
package() {
  case $1 in
    venv) echo python3-venv ;;
    chromium) echo chromium fonts-noto-core ;;
    java) echo openjdk-17-jre-headless ;;
    curl) echo curl ;;
    nginx) echo nginx-light ;;
    systemd-analyze) echo systemd ;;
  esac
}
missing=()
for thing in "$@"; do has "$thing" || missing+=("$thing"); done
[ ${#missing[@]} -eq 0 ] && exit 0
packages=()
for thing in "${missing[@]}"; do read -ra more <<< "$(package "$thing")"; packages+=("${more[@]}"); done
root=()
[ "$(id -u)" = 0 ] || root=(sudo -n)
if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
  echo "birlik: installing ${packages[*]} from Debian"
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi
for thing in "${missing[@]}"; do
  has "$thing" || { echo "birlik: this machine lacks $thing. As root: apt-get install ${packages[*]}" >&2; exit 1; }
done
