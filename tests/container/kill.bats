#!/usr/bin/env bats
# kill.bats - clients and monitors killed at random moments leave nothing that is not swept.
# SPDX-License-Identifier: Apache-2.0
load setup

# Kills what it started, and half of the time all monitors of this store.
kill_at_random() {
	local program pid
	program=$(readlink -f "$HULL")
	"$HULL" "$@" >/dev/null 2>&1 &
	sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
	kill -9 $! 2>/dev/null || true
	wait $! 2>/dev/null || true
	[ $((RANDOM % 2)) = 0 ] || return 0
	for pid in /proc/[0-9]*; do
		[ "$(readlink "$pid/exe")" = "$program" ] || continue
		ls -l "$pid/fd" 2>/dev/null | grep -qF "$HULL_ROOT/" || continue
		kill -9 "${pid#/proc/}" 2>/dev/null || true
	done
}

@test "forty kills, then a sound store and nothing left over" {
	local orders=('run --rm --network none box sleep 0.05' 'run -d --network none box sleep 0.2'
		'create --network none -v /data box true' 'run -d --rm --network none -v named:/data box sleep 1')
	for i in $(seq 40); do
		# shellcheck disable=SC2086 # words of a command line
		kill_at_random ${orders[RANDOM % ${#orders[@]}]}
		[ $((i % 10)) != 0 ] || hull ps -a >/dev/null
	done
	hull ps -aq | xargs -r "$HULL" rm -f -v >/dev/null
	hull system prune -f --volumes >/dev/null
	hull system check
	[ "$(ls -A "$HULL_ROOT/containers")" = $'names\nnames.lock' ]
	[ -z "$(ls -A "$HULL_ROOT/containers/names")" ]
	[ -z "$(ls -A "$HULL_ROOT/leases")" ]
	run -1 grep -F "$HULL_ROOT/" /proc/mounts
	run hull ps -aq
	[ -z "$output" ]
}
