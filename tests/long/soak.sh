#!/bin/bash
# soak.sh [ROUNDS] - some hundred containers come and go, several at once; nothing of them stays anywhere.
# SPDX-License-Identifier: Apache-2.0
#
# TAP on stdout. Counted before and after: mounts, network namespaces, interfaces, cgroups, processes, leases, run
# directories, files of the store, memory of the kernel and descriptors of a monitor that lives all the time.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lib/hull.bash
. "$here/../lib/hull.bash"
rounds=${1:-100}
at_once=4

work=$(mktemp -d "${TMPDIR:-/tmp}/hull-soak.XXXXXX")
export HULL_ROOT="$work/store" BATS_RUN_TMPDIR="$work"
mkdir "$HULL_ROOT"

finish()
{
	hull_remove_all
	hull_nothing_left || echo "# something is left of the soak"
	hull_unmount "$work"
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

n=0
failures=0
result()
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		failures=1
	fi
}

monitor_of() { pgrep -f -- "run -d --name $1 " | while read -r pid; do
	[ "/proc/$pid/exe" -ef "$HULL" ] && echo "$pid"
done | head -n 1; }

# NAME NUMBER lines of all that could leak.
count()
{
	local slab monitor
	monitor=$(monitor_of alive)
	echo "mounts $(grep -c -F "$HULL_ROOT/" /proc/self/mountinfo)"
	echo "run-directories $(find "$(hull_run_dir)" -mindepth 1 -maxdepth 1 -type d -regex '.*/[0-9a-f]*' | wc -l)"
	echo "network-records $(find "${HULL_RUN_ROOT:-/run/hull}/net" -type f 2>/dev/null | wc -l)"
	echo "interfaces $(find /sys/class/net -mindepth 1 | wc -l)"
	echo "cgroups $(find /sys/fs/cgroup -type d -path '*/hull/*' 2>/dev/null | wc -l)"
	echo "processes $(hull_leftovers | grep -c '^process')"
	echo "leases $(find "$HULL_ROOT/leases" -type f | wc -l)"
	echo "containers $(find "$HULL_ROOT/containers" -mindepth 1 -maxdepth 1 | wc -l)"
	echo "temporary $(find "$HULL_ROOT/tmp" -mindepth 1 | wc -l)"
	echo "images $(hull images -aq | wc -l)"
	echo "monitor-descriptors $(find "/proc/$monitor/fd" -mindepth 1 | wc -l)"
	slab=$(awk '/^VmRSS/ {print int($2 / 512)}' "/proc/$monitor/status") # in half megabytes: its pages come and go
	echo "monitor-memory $slab"
}

# A container's whole life, each round another.
life()
{
	local name="soak-$1" network=none
	[ $(($1 % 3)) != 0 ] || network=$bridge
	case $(($1 % 5)) in
	0) [ "$(hull run --rm --network "$network" base echo "$name")" = "$name" ] ;;
	1)
		hull run -d --name "$name" --network "$network" base sleep 1000 >/dev/null &&
			hull exec "$name" true && hull stop -t 0 "$name" >/dev/null && hull rm "$name" >/dev/null
		;;
	2)
		hull run --name "$name" --network "$network" base sh -c 'echo x >/x' && hull commit "$name" "soak:$1" >/dev/null &&
			hull rm "$name" >/dev/null && hull rmi "soak:$1" >/dev/null
		;;
	3) hull run -d --rm --name "$name" --network "$network" base sleep 1000 >/dev/null && hull kill "$name" >/dev/null ;;
	4)
		hull run --rm --network "$network" -v "$name:/v" base sh -c 'echo x >/v/x; exit 7'
		[ $? = 7 ]
		;;
	esac
}

worker()
{
	local i
	for ((i = $1; i < rounds; i += at_once)); do
		life "$i" 2>"$work/said$i" || {
			echo "# round $i: $(tail -n 3 "$work/said$i" | tr '\n' ' ')"
			echo "$i" >>"$work/failed"
		}
	done
}

echo "1..4"
hull_busybox base
bridge=bridge
hull run --rm base true >/dev/null 2>&1 || bridge=none
hull run -d --name alive --network $bridge base sh -c 'while :; do echo alive; sleep 1; done' >/dev/null
for i in $(seq 0 9); do
	life "$i" || echo "# the warm-up failed at $i"
done
hull system prune -f --volumes >/dev/null
sleep 1
count >"$work/before"

workers=()
for ((w = 0; w < at_once; w++)); do
	worker $w &
	workers+=($!)
done
wait "${workers[@]}"
result "$([ ! -e "$work/failed" ] && echo 0 || echo 1)" "$rounds containers ran, $at_once at once"

for _ in $(seq 50); do
	[ "$(hull ps -q | wc -l)" != 1 ] || break
	sleep 0.1
done
# --rm alone must have taken them all: nothing is pruned before this
left=$(hull ps -aq | wc -l)
[ "$left" = 1 ] || hull ps -a | sed 's/^/# /'
result "$([ "$left" = 1 ] && echo 0 || echo 1)" "no container is left without prune"

hull system prune -f --volumes >/dev/null
sleep 1
count >"$work/after"
paste -d ' ' "$work/before" "$work/after" | while read -r what before _ after; do
	echo "# $what: $before, then $after"
	[ "$after" -le "$before" ] || echo "$what" >>"$work/leaked"
done
result "$([ ! -e "$work/leaked" ] && echo 0 || echo 1)" "nothing leaked"
hull_is_sound >/dev/null 2>&1
result $? "the store is sound"
exit $failures
