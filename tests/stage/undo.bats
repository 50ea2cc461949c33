#!/usr/bin/env bats
# undo.bats - a build that is interrupted, in each of its phases, leaves nothing.
# SPDX-License-Identifier: Apache-2.0
load stage

setup_file()
{
	stage_begin
	stage_debian
	stage_once
}
teardown_file() { stage_end; }
setup() { cd "$BATS_TEST_TMPDIR" || return; }

# The base layer is there, so that the phases below are quick to reach.
stage_once()
{
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR stage undo/first
}

# Containers, mounts, run directories, network namespaces, work directories, leases, temporary files of the data directory.
left()
{
	hull_leftovers
	find "$HULL_ROOT/containers" "$HULL_ROOT/tmp" "$HULL_ROOT/leases" -mindepth 1 -maxdepth 1 ! -name 'names*'
	find "$MS_DATA_DIR" -name '*.tmp'
	ip netns list 2>/dev/null | grep -F hull
	pgrep -f "sleep 98765" | sed 's/^/process /'
	return 0
}

nothing_left()
{
	local said
	for _ in $(seq 300); do # what is left is undone behind the caller, on a busy machine slowly
		said=$(left)
		[ -n "$said" ] || return 0
		sleep 0.1
	done
	printf 'left: %s\n' "$said" >&2
	return 1
}

# begun IMAGE WORD [OPTIONS]: a build in a group of its own that has said WORD; its pid in $caller.
begun()
{
	local image=$1 word=$2
	shift 2
	# What bash starts in the background ignores SIGINT; nothing may run for longer than a minute.
	MS_IMAGE=$image setsid env --default-signal=INT,QUIT timeout --foreground -s KILL 60 "$HULL" stage --plain "$@" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
	build=$!
	for _ in $(seq 300); do
		if grep -qF -- "$word" "$BATS_TEST_TMPDIR/log"; then
			caller=$(pgrep -P "$build")
			return 0
		fi
		sleep 0.1
	done
	cat "$BATS_TEST_TMPDIR/log" >&2
	return 1
}

ended() # STATUS
{
	local status=0
	wait "$build" || status=$?
	[ "$status" = "$1" ] || { echo "status $status, not $1" >&2; cat "$BATS_TEST_TMPDIR/log" >&2; return 1; }
}

waits() { printf '#!/bin/sh\necho "%s waits"\nsleep 98765\n' "$1"; }

@test "Ctrl-C in stage0" {
	waits stage0 | stage_script undo/c0 stage0.sh
	begun undo/c0 "stage0 waits" --no-cache
	kill -INT -- "-$build"
	ended 130
	nothing_left
}

@test "Ctrl-C in stage1, within the builder's container" {
	waits stage1 | stage_script undo/c1 stage1.sh
	begun undo/c1 "stage1 waits"
	kill -INT -- "-$build"
	ended 130
	nothing_left
}

@test "Ctrl-C in stage3, with systemd running" {
	waits stage3 | stage_script undo/c3 stage3.sh
	begun undo/c3 "stage3 waits"
	kill -INT -- "-$build"
	ended 130
	nothing_left
	run -1 hull inspect undo/c3:candidate
}

@test "kill -9 of the caller in stage1" {
	waits stage1 | stage_script undo/k1 stage1.sh
	begun undo/k1 "stage1 waits"
	kill -9 "$caller"
	ended 137
	nothing_left
}

@test "kill -9 of the caller in stage3" {
	waits stage3 | stage_script undo/k3 stage3.sh
	begun undo/k3 "stage3 waits"
	kill -9 "$caller"
	ended 137
	nothing_left
}

@test "kill -9 of the build itself" {
	waits stage3 | stage_script undo/kb stage3.sh
	begun undo/kb "stage3 waits"
	# The child that writes: the one whose parent is the caller and which has the container's log open.
	for child in $(pgrep -P "$caller"); do
		[ "$(ps -o sid= -p "$child" | tr -d ' ')" != "$build" ] || kill -9 "$child"
	done
	ended 137
	nothing_left
}

@test "kill -9 of everything at once is tidied by the next command that sweeps" {
	waits stage3 | stage_script undo/ka stage3.sh
	begun undo/ka "stage3 waits"
	pids="$caller $(pgrep -P "$caller" | tr '\n' ' ')"
	# shellcheck disable=SC2086 # a list
	kill -9 $pids
	ended 137
	for _ in $(seq 50); do [ -n "$(pgrep -f 'sleep 98765')" ] || break; sleep 0.1; done
	hull system prune -f >/dev/null
	nothing_left
}

@test "SIGTERM while systemd boots" {
	begun undo/boot "boot ..." --no-cache
	kill -TERM "$caller"
	ended 143
	nothing_left
}

@test "the same image builds right after, and the store is sound" {
	waits stage3 | stage_script undo/again stage3.sh
	begun undo/again "stage3 waits"
	kill -9 "$caller"
	ended 137
	rm "$MS_DATA_DIR/undo/again/image_rootfs/bootstrap_scripts/stage3.sh"
	for _ in $(seq 50); do
		MS_IMAGE=undo/again "$HULL" stage -q >/dev/null 2>&1 && break
		sleep 0.1
	done
	hull inspect undo/again:candidate >/dev/null
	nothing_left
	hull_is_sound
}
