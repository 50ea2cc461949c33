#!/bin/sh
# registry.sh [ROUNDS [SECONDS]]: the registry's campaigns, with TAP: kills, then a long history with more clients than cores.
set -u
cd "$(dirname "$0")/../registry" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1
status=0
python3 crash.py "$work/crash" "${1:-500}" || status=1
python3 history.py "$work/history" "${2:-180}" 16 || status=1
exit $status
