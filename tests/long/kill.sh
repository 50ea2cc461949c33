#!/bin/bash
# kill.sh [ROUNDS [OPERATION...]]: ROUNDS (35) times each operation - kill -9 of hull at random moments; what was acknowledged stays, the store stays sound.
# SPDX-License-Identifier: Apache-2.0
#
# TAP on stdout, one test for each operation. After every kill: `hull system check` is clean, images and the running
# container from before are there, so is everything that an operation had reported as done; after `hull system prune`
# no garbage, container, mount, network namespace or process of the victim is left.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lib/hull.bash
. "$here/../lib/hull.bash"
rounds=${1:-35}
shift
[ $# -gt 0 ] || set -- import commit run detach rm exec tag prune stage

work=$(mktemp -d "${TMPDIR:-/tmp}/hull-kill.XXXXXX")
export HULL_ROOT="$work/store" BATS_RUN_TMPDIR="$work"
mkdir "$HULL_ROOT"

finish()
{
	hull_remove_all
	hull_nothing_left || echo "# something is left of the whole campaign"
	hull_unmount "$work"
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '# %s\n' "$@"; }

# Some hundred small files and one of 4 MB of noise: an import takes long enough to be hit anywhere.
make_tree()
{
	local i tree=$work/tree
	mkdir -p "$tree/many"
	for i in $(seq 300); do
		echo "file $i" >"$tree/many/$i"
	done
	dd if=/dev/urandom of="$tree/noise" bs=1M count=4 status=none
	tar -C "$tree" -cf "$work/tree.tar" .
}

setup()
{
	make_tree
	hull_busybox base
	alive=$(hull run -d --name alive --network none base sh -c 'while :; do sleep 1; done')
	hull cp "$work/tree" alive:/tree
	hull commit -q alive kept 2>/dev/null >"$work/kept" || hull commit alive kept >"$work/kept"
	hull_is_sound
}

# ---- operations: op_NAME begins, what is killed; done_NAME: what must be when it had ended with 0 ----

op_import() { "$HULL" import -q -m "$round" "$work/tree.tar" "victim:$round"; }
done_import() { hull inspect "victim:$round" >/dev/null; }
op_commit() { "$HULL" commit -m "$round" alive "victim:$round"; }
done_commit() { hull inspect "victim:$round" >/dev/null; }
op_tag() { "$HULL" tag kept "victim:$round"; }
done_tag() { hull inspect "victim:$round" >/dev/null; }
op_run() { "$HULL" run --rm --name victim --network "$(network)" base sh -c 'echo changed >/etc/changed; sleep 0.02'; }
done_run() { [ -z "$(hull ps -aq --filter name=victim)" ]; }
op_detach() { "$HULL" run -d --name victim --network "$(network)" base sleep 1000; }
done_detach() { [ "$(hull inspect -f '{{.State.Status}}' victim)" = running ]; }
before_rm() { hull run -d --name victim --network "$(network)" base sleep 1000; }
op_rm() { "$HULL" rm -f victim; }
done_rm() { [ -z "$(hull ps -aq --filter name=victim)" ]; }
op_exec() { "$HULL" exec alive sh -c 'sleep 0.05'; }
done_exec() { :; }
before_prune() { hull import -q -m "$round" "$work/tree.tar" victim:1 && hull rmi victim:1 && hull create --name victim base true; }
op_prune() { "$HULL" system prune -f; }
done_prune() { [ -z "$(hull ps -aq --filter name=victim)" ]; }

# A build of busybox on busybox, with a shell as PID 1; the candidate of the last good one stays whatever happens.
begin_stage()
{
	export MS_DATA_DIR="$work/data" MS_OS=busybox MS_OS_RELEASE=test MS_BASEIMAGE=busybox.tar MS_COMMAND=/bin/sh MS_IMAGE=build/it
	mkdir -p "$MS_DATA_DIR" "$HULL_ROOT/stage0/context"
	cp "$(hull_busybox_tar)" "$HULL_ROOT/stage0/context/builder.tar"
	cp "$(hull_busybox_tar)" "$MS_DATA_DIR/busybox.tar"
	"$HULL" stage --plain
}
op_stage() { "$HULL" stage --plain --no-cache; }
done_stage() { hull inspect build/it:candidate >/dev/null; }
after_stage() { done_stage; }

# The bridge takes longer and leaves more to clean up: every other round, where there are plugins for it.
network()
{
	if [ $((round % 2)) = 1 ] && [ -n "$has_bridge" ]; then echo bridge; else echo none; fi
}

# How long it takes when nobody kills it, in microseconds: the range of moments.
duration()
{
	local began
	round=0
	if declare -F "before_$1" >/dev/null; then "before_$1" >/dev/null; fi
	began=${EPOCHREALTIME/./}
	"op_$1" >/dev/null 2>&1 || return 1
	echo $((${EPOCHREALTIME/./} - began))
}

# The images and the container from before, and no more of the victim than may be.
everything_is_there()
{
	[ "$(hull inspect -f '{{.Id}}' kept)" = "$(cat "$work/kept")" ] || { say "the image 'kept' is gone" && return 1; }
	[ "$(hull inspect -f '{{.Id}}' base)" != '' ] || { say "the image 'base' is gone" && return 1; }
	# what a killed commit paused goes on by itself
	for _ in $(seq 20); do
		[ "$(hull inspect -f '{{.State.Status}}' alive)" != running ] || break
		sleep 0.1
	done
	[ "$(hull inspect -f '{{.State.Status}}' alive)" = running ] || {
		say "the container 'alive' is $(hull inspect -f '{{.State.Status}}' alive)"
		return 1
	}
	[ "$(hull exec alive cat /tree/many/7)" = 'file 7' ] || { say "'alive' cannot be used" && return 1; }
}

# What a check may say meanwhile: sound, and how much dead processes left.
check_is_clean()
{
	local said
	said=$(hull system check) && [[ $said == *": sound"* ]] && return 0
	printf '%s\n' "$said" | sed 's/^/# check: /'
	return 1
}

nothing_of_the_victim()
{
	local left tries
	hull rm -f victim >/dev/null 2>&1
	hull system prune -f >/dev/null || return 1
	hull_is_sound 2>&1 | sed 's/^/# check after prune: /'
	[ "${PIPESTATUS[0]}" = 0 ] || return 1
	[ "$(hull ps -aq --no-trunc)" = "$alive" ] || { say "containers are left: $(hull ps -a)" && return 1; }
	for tries in $(seq 30); do
		left=$(hull_leftovers | grep -v -e "$alive" -e '--name alive')
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	say "left after ${tries} tenths of a second:"
	printf '%s\n' "$left" | sed 's/^/#   /'
	return 1
}

# one OPERATION MICROSECONDS: a round.
one()
{
	local pid status=0 delay=$((RANDOM * 32768 + RANDOM))
	delay=$((delay % $2))
	if declare -F "before_$1" >/dev/null; then
		"before_$1" >/dev/null 2>"$work/before" || { say "before: $(cat "$work/before")" && return 1; }
	fi
	# exec: the process that is killed is hull's own
	(
		HULL="exec_hull"
		exec_hull() { exec "$program" "$@"; }
		"op_$1"
	) >"$work/out" 2>&1 </dev/null &
	pid=$!
	sleep "$(printf '0.%06d' $delay)"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null || status=$?
	if [ $status = 0 ]; then
		"done_$1" || { say "it had ended, and is not done" && return 1; }
	elif [ $status = 137 ]; then
		n_hit=$((n_hit + 1))
	else
		say "status $status: $(cat "$work/out")"
		return 1
	fi
	if declare -F "after_$1" >/dev/null; then
		"after_$1" || { say "what was there before is gone" && return 1; }
	fi
	check_is_clean && everything_is_there && nothing_of_the_victim
}

# campaign OPERATION
campaign()
{
	local longest failed=0
	n_hit=0
	if declare -F "begin_$1" >/dev/null; then
		"begin_$1" >"$work/begin" 2>&1 || { say "$1 cannot begin: $(tail -n 3 "$work/begin")" && return 1; }
	fi
	longest=$(duration "$1") || { say "$1 does not work" && return 1; }
	nothing_of_the_victim || return 1
	longest=$((longest * 11 / 10))
	[ $longest -lt 900000 ] || longest=900000
	for round in $(seq "$rounds"); do
		one "$1" $longest || {
			say "round $round of $1"
			failed=$((failed + 1))
			hull system check --repair >/dev/null
			hull unpause alive >/dev/null 2>&1
			nothing_of_the_victim >/dev/null
		}
		hull images -q --filter reference='victim' --format '{{.Repository}}:{{.Tag}}' | xargs -r "$program" rmi -f >/dev/null
	done
	say "$n_hit of $rounds were hit, between 0 and $((longest / 1000)) ms"
	n_hits=$((n_hits + n_hit))
	[ $failed = 0 ]
}

program=$HULL
alive=
round=0
setup || {
	echo "1..1"
	echo "not ok 1 the campaign can begin"
	exit 1
}
has_bridge=
if hull run --rm base true >/dev/null 2>&1; then has_bridge=1; else say "needs the bridge plugin: rounds without a network"; fi

echo "1..$#"
n=0
n_hits=0
failures=0
for operation; do
	n=$((n + 1))
	if campaign "$operation"; then
		echo "ok $n $operation survives kill -9"
	else
		echo "not ok $n $operation survives kill -9"
		failures=1
	fi
done
if [ $n_hits -lt $((rounds * $# / 4)) ]; then
	say "only $n_hits rounds hit anything"
	failures=1
fi
exit $failures
