#!/usr/bin/env bash
# Are weaknesses known of what a node is made of? Asked where it can be asked. A node is built and run where there is no
# way out too, so that nobody could be asked is said, and is no failure; a weakness that was found is one.
set -uo pipefail
cd "$(dirname "$0")/.."
pip_audit=${PIP_AUDIT:-.venv/bin/pip-audit}
npm=${NPM:-npm}
found=0
said=$(mktemp)
trap 'rm -f "$said"' EXIT
# asked NAME WHAT-AN-ANSWER-HOLDS COMMAND...: an answer is JSON with that word; anything else is none.
asked() {
  local name=$1 word=$2; shift 2
  if "$@" >"$said" 2>/dev/null; then code=0; else code=$?; fi
  if ! grep -q "\"$word\"" "$said"; then
    echo "audit: of the $name packages it couldn't be asked whether weaknesses are known: $1 is not there, or has no way out"
  elif [ "$code" -ne 0 ]; then
    cat "$said"; echo "audit: weaknesses are known of $name packages; see above"; found=1
  else
    echo "audit: no weakness is known of the $name packages"
  fi
}
asked Python dependencies "$pip_audit" --progress-spinner off --format json --require-hashes -r requirements/run.txt
asked browser\'s metadata "$npm" audit --omit dev --package-lock-only --json
exit $found
