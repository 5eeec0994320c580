#!/usr/bin/env bash
# Back up a node, try the copy, and only then let old copies go.
#   birlik-backup NODE BACKUPS [KEEP]
# Tried means: restored beside the copies, every frame of its journal read and hashed, its store opened. So BACKUPS needs
# room for one more. Exit code 0 only where the new copy is good; a bad one stays as NAME.bad, and nothing is removed.
set -euo pipefail
node=$1 backups=$2 keep=${3:-7}
bin=$(dirname "$(readlink -f "$0")")
umask 077
[[ $keep =~ ^[1-9][0-9]*$ ]] || { echo "birlik-backup: KEEP is how many copies stay, 1 or more, not '$keep'" >&2; exit 2; }
mkdir -p "$backups"
copy=$backups/$(date -u +%Y-%m-%dT%H%M%SZ)
tried=$backups/.tried
gone() { rm -rf "$tried" "$tried.restoring" "$tried.erasures"; }
trap gone EXIT
gone
"$bin/birlik" backup "$node" "$copy"
failed() { mv "$copy" "$copy.bad"; echo "birlik-backup: $copy.bad can't be used: $1" >&2; exit 1; }
# A copy is held against the list of what was erased, which lies beside the node and in no copy.
listed=()
[[ -e $node.erasures ]] && listed=(--erasures "$node.erasures")
"$bin/birlik" restore "$copy" "$tried" "${listed[@]}" >/dev/null || failed "it can't be restored"
# What belongs to the copy; that a supplier is quiet, or the disk is getting full, is said by doctor on the node itself.
"$bin/birlik" doctor "$tried" --json > "$tried.said" || true
"$bin/python" - "$tried.said" <<'PYTHON' || { rm -f "$tried.said"; failed "see above"; }
import json, sys
findings = {f["check"]: f for f in json.load(open(sys.argv[1], encoding="utf-8"))["findings"]}
wrong = [name for name in ("folder", "settings", "journal", "store") if not findings.get(name, {}).get("ok")]
for name in wrong:
    print(f"birlik-backup: {name}: {findings.get(name, {}).get('said', 'was not examined')}", file=sys.stderr)
sys.exit(1 if wrong else 0)
PYTHON
rm -f "$tried.said"
# Copies by name, which is their time; those that were bad don't count.
find "$backups" -mindepth 1 -maxdepth 1 -type d -name '????-??-??T??????Z' | sort -r | tail -n "+$((keep + 1))" |
  while IFS= read -r old; do rm -rf "$old"; done
echo "birlik-backup: $copy is whole"
