#!/usr/bin/env bats
# memory.bats - what an idle supervisor keeps in memory.
# SPDX-License-Identifier: Apache-2.0

load ../lib/init

setup()
{
	init_begin
	file -L "$HULL_INIT" | grep -q 'statically linked' || skip "is for the static program"
}

teardown() { init_end; }

# shellcheck disable=SC2154 # $init is set by init_start
keeps_at_most() { [ "$(awk '/^Rss/ { print $2 }' "/proc/$init/smaps_rollup")" -le "$1" ]; }

@test "with one child it keeps at most 256 KiB" {
	printf '[service:a]\ncommand = sleep 1000\n' >x.ini
	init_start "$HULL_INIT" ./x.ini
	until_true keeps_at_most 256
}

@test "with a hundred children it keeps at most 800 KiB" {
	printf '[service:a]\ncommand = sleep 1000\nnumprocesses = 100\n' >x.ini
	init_start "$HULL_INIT" ./x.ini
	until_true has_children "$init" 100
	until_true keeps_at_most 800
}

has_children() { [ "$(ps -o pid= --ppid "$1" | wc -l)" -eq "$2" ]; }
