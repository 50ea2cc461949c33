#!/usr/bin/env bats
# names.bats - hull-init called as tini and as dumb-init: their options, texts and statuses.
# SPDX-License-Identifier: Apache-2.0

bats_require_minimum_version 1.5.0
load ../lib/init

setup()
{
	init_begin
	here=$HULL_SHARE/tests/init
	ln -s "$HULL_INIT" tini
	ln -s "$HULL_INIT" tini-static
	ln -s "$HULL_INIT" dumb-init
	unset TINI_SUBREAPER TINI_VERBOSITY TINI_KILL_PROCESS_GROUP DUMB_INIT_DEBUG DUMB_INIT_SETSID
}

teardown() { init_end; }

holds_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }

# ---- tini ----

@test "tini tells its version, help and licence, and refuses what it does not know" {
	run -0 ./tini --version
	[[ "$output" == "tini version "* ]]
	run -0 ./tini-static -h
	[[ "$output" == *"Usage: tini-static [OPTIONS] PROGRAM -- [ARGS] | --version"* ]]
	[[ "$output" == *"-e EXIT_CODE: Remap EXIT_CODE (from 0 to 255) to 0"* ]]
	run -0 ./tini -l
	run -1 ./tini
	[[ "$output" == *"Usage: tini "* ]]
	run -1 ./tini -e 256 -- true
	[[ "$output" == *"Not a valid option for -e: 256" ]]
	run -1 ./tini -p FOO -- true
	[[ "$output" == *"Not a valid option for -p: FOO" ]]
	run -1 ./tini -x -- true
	[[ "$output" == *"invalid option -- 'x'"* ]]
}

@test "tini warns where orphans will not come to it" {
	run -0 ./tini -- true
	[[ "$output" == *"zombie reaping won't work"* ]]
	run -0 ./tini -s -- true
	[ "$output" = "" ]
	TINI_SUBREAPER='' run -0 ./tini -- true
	[ "$output" = "" ]
	TINI_VERBOSITY=0 run -0 ./tini -- true
	[ "$output" = "" ]
	run -0 as_pid1 ./tini -- true
	[ "$output" = "" ]
}

@test "tini -w names each process that it reaps, -e remaps, -v tells" {
	run -0 as_pid1 ./tini -w -- sh -c 'sh -c "sleep 0.2 & echo \$!" ; sleep 1'
	[[ "${lines[1]}" == "[WARN  tini (1)] Reaped zombie process with pid=${lines[0]}" ]]
	run -0 as_pid1 ./tini -e 3 -e 143 -- sh -c 'exit 3'
	run -4 as_pid1 ./tini -e 3 -e 143 -- sh -c 'exit 4'
	run -0 as_pid1 ./tini -e 143 -- sh -c 'kill $$'
	run -0 as_pid1 ./tini -v -- true
	[[ "$output" == *"[INFO  tini (1)] Spawned child process 'true' with pid '"* ]]
}

@test "tini -g and its variable signal the group" {
	for how in "./tini -g" "env TINI_KILL_PROCESS_GROUP=1 ./tini"; do
		rm -f told grandchild
		# shellcheck disable=SC2086 # words
		init_start $how -- sh -c \
			"python3 '$here/told.py' '$dir/grandchild' 10 & exec python3 '$here/told.py' '$dir/told' 15"
		until_true [ -e told ]
		until_true [ -e grandchild ]
		kill -USR1 "$init"
		until_true holds_lines told 1
		until_true holds_lines grandchild 1
		kill -TERM "$init"
		init_wait
		[ "$status" -eq 42 ]
	done
}

@test "tini -p takes the names that tini takes" {
	sh -c "./tini -s -p SIGUSR1 -- python3 '$here/told.py' '$dir/told' 10 & exec sleep 1000" 3>&- &
	local parent=$!
	until_true [ -e told ]
	kill -KILL "$parent"
	wait "$parent" || :
	until_true [ -s told ]
}

# ---- dumb-init ----

@test "dumb-init tells its version and help, and refuses what it does not know" {
	run -0 ./dumb-init -V
	[[ "$output" == "dumb-init v1."* ]]
	run -0 ./dumb-init --help
	[[ "$output" == *"Usage: ./dumb-init [option] command [[arg] ...]"* ]]
	run -1 ./dumb-init
	[ "$output" = $'Usage: ./dumb-init [option] program [args]\nTry ./dumb-init --help for full usage.' ]
	run -1 ./dumb-init --yolo true
	[ "$output" = "./dumb-init: unrecognized option '--yolo'" ]
	for wrong in '' herp 15 15::12 15:derp 1:32 0:1; do
		run -1 ./dumb-init -r "$wrong" true
		[[ "$output" == "Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31."* ]]
	done
}

@test "dumb-init gives the program a session of its own, -c and the variable do not" {
	run -0 as_pid1 ./dumb-init sh -c 'ps -o sid= -p $$ | tr -d " "; echo $$'
	[ "${lines[0]}" = "${lines[1]}" ]
	run -0 as_pid1 ./dumb-init -c sh -c 'ps -o sid= -p $$ | tr -d " "; echo $$'
	[ "${lines[0]}" != "${lines[1]}" ]
	DUMB_INIT_SETSID=0 run -0 as_pid1 ./dumb-init sh -c 'ps -o sid= -p $$ | tr -d " "; echo $$'
	[ "${lines[0]}" != "${lines[1]}" ]
}

@test "dumb-init -v tells each step" {
	run -0 as_pid1 ./dumb-init -v true
	[[ "$output" == *"[dumb-init] setsid complete."* ]]
	[[ "$output" == *"[dumb-init] Child spawned with PID 2."* ]]
	[[ "$output" == *"[dumb-init] Received signal 17."* ]]
	[[ "$output" == *"[dumb-init] A child with PID 2 exited with exit status 0."* ]]
	[[ "$output" == *"[dumb-init] Forwarded signal 15 to children."* ]]
	[[ "$output" == *"[dumb-init] Child exited with status 0. Goodbye." ]]
	run -127 as_pid1 ./dumb-init /doesnotexist
	[ "$output" = "[dumb-init] /doesnotexist: No such file or directory" ]
}

@test "dumb-init rewrites, and 0 drops" {
	init_start ./dumb-init -r 15:3 -r 10:0 -- python3 "$here/told.py" "$dir/told" 3
	until_true [ -e told ]
	kill -USR1 "$init"
	kill -HUP "$init"
	until_true holds_lines told 1
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 42 ]
	[ "$(tr '\n' ' ' <told)" = "1 3 " ]
}

@test "dumb-init stops with its program, and goes on with it" {
	./dumb-init python3 "$here/told.py" "$dir/told" 3>&- &
	local wrapper=$! program
	until_true [ -e told ]
	program=$(ps -o pid= --ppid "$wrapper" | tr -d ' ')
	kill -TSTP "$wrapper"
	until_true both_are T "$wrapper" "$program"
	kill -CONT "$wrapper"
	until_true both_are S "$wrapper" "$program"
	kill -TERM "$wrapper"
	local status=0
	wait "$wrapper" || status=$?
	[ "$status" -eq 42 ]
}

both_are()
{
	[ "$(ps -o stat= --pid "$2" | cut -c 1)$(ps -o stat= --pid "$3" | cut -c 1)" = "$1$1" ]
}
