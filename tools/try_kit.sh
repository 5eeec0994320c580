#!/usr/bin/env bash
# Try a kit where it will be used: in a network namespace that has loopback and no route. Installs it into a folder of
# its own, makes a node, serves it, asks it, backs it up and tries the backup.
set -euo pipefail
kit=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
spaces=(--net)
[ "$(id -u)" = 0 ] || spaces+=(--map-root-user)
unshare "${spaces[@]}" bash -euo pipefail -s "$kit" "$folder" <<'INSIDE'
kit=$1 folder=$2
python3 - <<'PYTHON'
# Loopback up, without needing iproute2: SIOCSIFFLAGS with IFF_UP | IFF_RUNNING.
import fcntl, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))
    try:
        s.connect(("192.0.2.1", 9))
    except OSError:
        pass
    else:
        raise SystemExit("try_kit: there is a route out; nothing would be shown")
PYTHON
cd "$folder"
(cd "$(dirname "$kit")" && sha256sum --quiet -c "$(basename "$kit").sha256")
tar -xf "$kit"
env -u PYTHONPATH HOME="$folder" ./birlik-kit-*/install.sh "$folder/opt/birlik"
bin=$folder/opt/birlik/bin
unset PYTHONPATH
"$bin/birlik" init "$folder/node" --member KAZ
"$bin/birlik" serve "$folder/node" --open --port 0 --json > said &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
url=
for _ in $(seq 600); do
  url=$(sed -n 's/.*"url": *"\([^"]*\)".*/\1/p' said)
  [ -n "$url" ] && break
  kill -0 $server || { echo "try_kit: the node did not start" >&2; exit 1; }
  sleep 0.2
done
"$bin/python" - "$url" <<'PYTHON'
import sys, time
import httpx
with httpx.Client(base_url=sys.argv[1], timeout=60, trust_env=False, follow_redirects=True) as node:
    answer = node.get("/osmand", params={"id": "KZ-1", "lat": 43.2, "lon": 76.9, "timestamp": int(time.time())})
    for path in ("/health", "/", "/static/vendor/vega.js", "/static/vendor/leaflet.js", "/api/v1/node"):
        got = node.get(path)
        assert got.status_code == 200, (path, got.status_code, got.text[:300])
        assert got.content, path
    assert answer.status_code == 200, answer.text
PYTHON
"$bin/birlik-backup" "$folder/node" "$folder/backups" 2
"$bin/birlik" doctor "$folder/node"
INSIDE
echo "birlik: the kit installs, serves and backs up without a route"
