#!/usr/bin/env bats
# wrap.bats - hull-init in front of one program: PID 1's duties, and the known defects of others.
# SPDX-License-Identifier: Apache-2.0

bats_require_minimum_version 1.5.0
load ../lib/init

setup()
{
	init_begin
	here=$HULL_SHARE/tests/init
}

teardown() { init_end; }

with() { python3 "$here/with.py" "$@"; }

# ---- how it ends ----

@test "the program's exit status is PID 1's, 128 + N after signal N" {
	for want in 0 1 42 255; do
		run as_pid1 "$HULL_INIT" -- sh -c "exit $want"
		[ "$status" -eq "$want" ] && [ "$output" = "" ]
	done
	run as_pid1 "$HULL_INIT" -- sh -c 'kill -KILL $$'
	[ "$status" -eq 137 ]
	run as_pid1 "$HULL_INIT" -- sh -c 'kill -TERM $$'
	[ "$status" -eq 143 ]
}

@test "what cannot be run ends with 127 or 126 and one line that says why" {
	printf '#!/bin/sh\n' >no-mode
	printf '#!/no/such/interpreter\n' >no-interpreter
	chmod 755 no-interpreter
	run -127 as_pid1 "$HULL_INIT" -- /no/such/program
	[ "$status" -eq 127 ] && [ "$output" = "hull-init: running '/no/such/program': No such file or directory" ]
	run -127 as_pid1 "$HULL_INIT" -- no-such-program
	[ "$status" -eq 127 ] && [ "$output" = "hull-init: running 'no-such-program': No such file or directory" ]
	run as_pid1 "$HULL_INIT" -- ./no-mode
	[ "$status" -eq 126 ] && [ "$output" = "hull-init: running './no-mode': Permission denied" ]
	run as_pid1 "$HULL_INIT" -- /
	[ "$status" -eq 126 ]
	run -127 as_pid1 "$HULL_INIT" -- ./no-interpreter
	[ "$status" -eq 127 ] && [[ "$output" == *"its interpreter is not"* ]]
}

@test "defect 3: dumb-init's and tini's names give the same statuses" {
	ln -s "$HULL_INIT" dumb-init
	ln -s "$HULL_INIT" tini
	: >no-mode
	for name in dumb-init tini; do
		run -127 as_pid1 "./$name" -- /no/such/program
		[ "$status" -eq 127 ]
		run as_pid1 "./$name" -- ./no-mode
		[ "$status" -eq 126 ]
	done
	# The anchor's own, so that this can fail.
	! command -v dumb-init || {
		run dumb-init /no/such/program
		[ "$status" -eq 2 ]
	}
}

@test "a script without a first line is run by the shell" {
	# shellcheck disable=SC2016 # for that shell
	printf 'echo "$0 $1"\n' >script
	chmod 755 script
	run as_pid1 "$HULL_INIT" -- ./script word
	[ "$status" -eq 0 ] && [ "$output" = "./script word" ]
}

@test "exit statuses can become 0" {
	run as_pid1 "$HULL_INIT" -e 143 -e 7 -- sh -c 'exit 7'
	[ "$status" -eq 0 ]
	run as_pid1 "$HULL_INIT" -e 143 -- sh -c 'kill $$'
	[ "$status" -eq 0 ]
	run as_pid1 "$HULL_INIT" -e 143 -- sh -c 'exit 7'
	[ "$status" -eq 7 ]
}

@test "wrong words are one line and 100" {
	run "$HULL_INIT" --rewrte TERM:QUIT -- true
	[ "$status" -eq 100 ] && [ "$output" = "hull-init: unknown option '--rewrte' (did you mean '--rewrite'?)" ]
	run "$HULL_INIT" -r TERM -- true
	[ "$status" -eq 100 ] && [ "$output" = "hull-init: option '--rewrite': 'TERM' is no FROM:TO" ]
	run "$HULL_INIT" --
	[ "$status" -eq 100 ] && [ "$output" = "hull-init: no program behind the options" ]
}

# ---- what it was given ----

@test "defect 1: SIGCHLD inherited as ignored does not make it wait for ever" {
	run as_pid1 python3 "$here/with.py" --ignore CHLD -- "$HULL_INIT" -- sh -c 'exit 5'
	[ "$status" -eq 5 ]
	# The anchor hangs.
	! command -v tini || {
		run timeout -s KILL 2 unshare -pf --kill-child --mount-proc \
			python3 "$here/with.py" --ignore CHLD -- tini -- true
		[ "$status" -ne 0 ]
	}
}

@test "defect 1: the program finds SIGCHLD as it was" {
	run as_pid1 python3 "$here/with.py" --ignore CHLD -- "$HULL_INIT" -- grep SigIgn /proc/self/status
	[ "$output" = $'SigIgn:\t0000000000010000' ]
}

@test "defect 2: closed descriptors are /dev/null, for it and the program" {
	as_pid1 python3 "$here/with.py" --close 0,1,2 -- "$HULL_INIT" -- \
		sh -c "readlink /proc/\$\$/fd/0 /proc/\$\$/fd/1 /proc/\$\$/fd/2 >$dir/found"
	[ "$(sort -u found)" = /dev/null ] && [ "$(wc -l <found)" -eq 3 ]
	! command -v tini || {
		run as_pid1 python3 "$here/with.py" --close 0 -- tini -- true
		[ "$status" -eq 1 ]
	}
}

@test "defect 4: no signal is blocked in the program but those that were" {
	run as_pid1 "$HULL_INIT" -- grep SigBlk /proc/self/status
	[ "$output" = $'SigBlk:\t0000000000000000' ]
	run as_pid1 python3 "$here/with.py" --block TERM,USR1,34 -- "$HULL_INIT" -- grep SigBlk /proc/self/status
	[ "$output" = $'SigBlk:\t0000000200004200' ]
	! command -v catatonit || {
		run as_pid1 catatonit -- grep SigBlk /proc/self/status
		[ "$output" != $'SigBlk:\t0000000000000000' ]
	}
}

@test "a weird mask does not make it deaf" {
	init_start python3 "$here/with.py" --block TERM,CHLD,34 -- "$HULL_INIT" -- python3 "$here/told.py" "$dir/told"
	until_true [ -e told ]
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 42 ]
}

@test "inherited descriptors do not go on, unless they are asked for" {
	run as_pid1 python3 "$here/with.py" --open 3,77 -- "$HULL_INIT" -- sh -c 'ls /proc/$$/fd'
	[[ " ${lines[*]} " != *" 77 "* ]]
	run as_pid1 python3 "$here/with.py" --open 3,77 -- "$HULL_INIT" -k -- sh -c 'ls /proc/$$/fd'
	[[ " ${lines[*]} " == *" 77 "* ]]
}

@test "LISTEN_FDS go on, with the program's own number" {
	run as_pid1 python3 "$here/with.py" --open 9 --listen 4 -- "$HULL_INIT" -- \
		sh -c 'echo $LISTEN_FDS $(($$ - LISTEN_PID)); ls /proc/$$/fd'
	[ "${lines[0]}" = "2 0" ]
	[[ " ${lines[*]} " == *" 3 4"* ]]
	[[ " ${lines[*]} " != *" 9"* ]]
	run as_pid1 python3 "$here/with.py" --listen 4 -- env LISTEN_PID=4711 "$HULL_INIT" -- sh -c 'echo $LISTEN_PID; ls /proc/$$/fd'
	[ "${lines[0]}" = 4711 ]
	[[ " ${lines[*]} " != *" 3 4"* ]]
}

# ---- signals ----

@test "every signal that can be had is sent on, real-time ones too" {
	local sent=()
	init_start "$HULL_INIT" -- python3 "$here/told.py" "$dir/told" 64
	until_true [ -e told ]
	for signal in $(seq 1 8) $(seq 10 16) 18 $(seq 20 31) $(seq 34 64); do
		kill -"$signal" "$init"
		sent+=("$signal")
		until_true holds_lines told "${#sent[@]}"
	done
	[ "$(tr '\n' ' ' <told)" = "${sent[*]} " ]
	init_wait
	[ "$status" -eq 42 ]
}

holds_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }

@test "signals are rewritten by name and number, and dropped by 0" {
	init_start "$HULL_INIT" -r SIGTERM:quit -r 1:RTMIN+3 -r USR1:0 -- python3 "$here/told.py" "$dir/told" 3
	until_true [ -e told ]
	kill -USR1 "$init"
	kill -HUP "$init"
	until_true holds_lines told 1
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 42 ]
	[ "$(tr '\n' ' ' <told)" = "37 3 " ]
}

@test "-g sends to the program's group, else to the program alone" {
	local script="python3 '$here/told.py' '$dir/grandchild' 64 & exec python3 '$here/told.py' '$dir/told' 15"
	init_start "$HULL_INIT" -g -w 0 -- sh -c "$script"
	until_true [ -e told ]
	until_true [ -e grandchild ]
	kill -USR1 "$init"
	until_true holds_lines told 1
	until_true holds_lines grandchild 1
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 42 ]
	rm told grandchild
	init_start "$HULL_INIT" -w 0 -- sh -c "$script"
	until_true [ -e told ]
	until_true [ -e grandchild ]
	kill -USR1 "$init"
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 42 ]
	[ ! -s grandchild ]
}

@test "a stopped program gets its TERM" {
	init_start "$HULL_INIT" -- sleep 1000
	kill -STOP "$init"   # PID 1 is stopped from outside alone
	kill -CONT "$init"
	local program
	program=$(ps -o pid= --ppid "$init" | tr -d ' ')
	kill -STOP "$program"
	until_true has_state "$program" T
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 143 ]
}

has_state() { [ "$(ps -o stat= --pid "$1" | cut -c 1)" = "$2" ]; }

@test "-p: the death of the parent is a signal to us" {
	sh -c "'$HULL_INIT' -p USR1 -- python3 '$here/told.py' '$dir/told' 10 & echo \$! >'$dir/pid'; exec sleep 1000" 3>&- &
	local parent=$!
	until_true [ -e told ]
	kill -KILL "$parent"
	wait "$parent" || :
	until_true [ -s told ]
	[ "$(cat told)" = 10 ]
}

# ---- children that are not ours ----

@test "orphans are reaped, a storm of 2000 too, and a TERM in it is sent on" {
	run as_pid1 "$HULL_INIT" -- python3 "$here/storm.py" 2000 "$dir/times"
	echo "$output"
	[ "$status" -eq 0 ]
	read -r reaped term <times
	echo "reaped within $reaped ms, TERM within $term ms"
	[ "$reaped" -lt 5000 ] && [ "$term" -lt 1000 ]
}

@test "defect 5: what is left when the program ends may save first" {
	local script="(trap 'sleep 0.5; echo saved >$dir/saved; exit' TERM; : >$dir/ready; while :; do sleep 0.05; done) & \
		exec sleep 1000"
	for name in hull-init tini dumb-init; do
		rm -f saved ready
		ln -sf "$HULL_INIT" "$name"
		init_start "./$name" -- sh -c "$script"
		until_true [ -e ready ]
		kill -TERM "$init"
		init_wait
		[ "$status" -eq 143 ]
		[ -e saved ]
	done
	! command -v tini || {
		rm -f saved ready
		init_start tini -- sh -c "$script"
		until_true [ -e ready ]
		kill -TERM "$init"
		init_wait
		[ ! -e saved ]
	}
}

@test "what is left is told once, also by -g" {
	init_start "$HULL_INIT" -g -- sh -c "
		(trap 'echo told >>$dir/told; sleep 0.3; exit' TERM; : >$dir/ready; while :; do sleep 0.05; done) & exec sleep 1000"
	until_true [ -e ready ]
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 143 ]
	[ "$(cat told)" = told ]
}

@test "what ignores TERM is killed when its time is over, and the status stays" {
	run as_pid1 "$HULL_INIT" -w 300ms -- sh -c "(trap '' TERM; : >$dir/ready; while :; do sleep 1; done) & \
		while ! [ -e $dir/ready ]; do sleep 0.05; done; exit 9"
	[ "$status" -eq 9 ]
	[[ "$output" == *"killing the processes that are left"* ]]
}

@test "a second TERM ends the wait for what is left" {
	init_start "$HULL_INIT" -w 1000 -- sh -c "(trap '' TERM; : >$dir/ready; while :; do sleep 1; done) & exec sleep 1000"
	until_true [ -e ready ]
	kill -TERM "$init"
	until_true has_ended_program
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 143 ]
}

# sleep is gone, its shell's child is PID 1's.
has_ended_program() { ! ps -o comm= --ppid "$init" | grep -qx sleep; }

@test "elsewhere than as PID 1 orphans come to us" {
	run "$HULL_INIT" -- sh -c "
		sh -c 'trap \"\" TERM; : >$dir/ready; sleep 0.2; ps -o ppid= -p \$\$ >$dir/parent' &
		while ! [ -e $dir/ready ]; do sleep 0.02; done
		echo \$PPID >$dir/init"
	[ "$status" -eq 0 ]
	[ "$(tr -d ' ' <parent)" = "$(cat init)" ]
}

@test "elsewhere than as PID 1 only the program's group is told to end" {
	sleep 1000 3>&- &
	local other=$!
	run timeout "$DEADLINE" "$HULL_INIT" -- sh -c 'sleep 1000 & exit 4'
	[ "$status" -eq 4 ]
	kill -0 "$other"
	kill "$other"
}

# ---- places ----

@test "as uid 65534, read-only, without /proc" {
	[ -z "${HULL_SANITIZED:-}" ] || skip "the sanitizer reads /proc"
	run unshare -pf --kill-child -m sh -c "
		mount -t tmpfs tmpfs /proc && mount -o remount,ro /proc &&
		mount --bind / /mnt && mount -o remount,ro,bind /mnt &&
		exec setpriv --reuid 65534 --regid 65534 --clear-groups '$HULL_INIT' -- sh -c 'echo \$\$; id -u; sleep 0.1 & exit 3'"
	[ "$status" -eq 3 ]
	[ "${lines[1]}" = 65534 ]
}

@test "where a filter denies clone3, pidfd, close_range and prctl" {
	run as_pid1 python3 "$here/with.py" --open 99 --deny clone3,pidfd_open,pidfd_send_signal,close_range,prctl -- \
		"$HULL_INIT" -- sh -c 'ls /proc/$$/fd; sleep 0.1 & exit 6'
	[ "$status" -eq 6 ]
	[[ " ${lines[*]} " != *" 99 "* ]]
	run python3 "$here/with.py" --deny clone3,close_range,prctl -- "$HULL_INIT" -p TERM -- sh -c 'exit 6'
	[ "$status" -eq 6 ]
}

@test "how the program is scheduled is its caller's choice" {
	[ "$(chrt -b 0 "$HULL_INIT" -- chrt -p 0 | sed -n 's/.*policy: //p')" = SCHED_BATCH ]
	[ "$(nice -n 7 "$HULL_INIT" -- nice)" = $(($(nice) + 7)) ]
	[ "$("$HULL_INIT" -- chrt -p 0 | sed -n 's/.*policy: //p')" = "$(chrt -p 0 | sed -n 's/.*policy: //p')" ]
	nice -n -3 true 2>&1 | grep -q . || [ "$(nice -n -3 "$HULL_INIT" -- nice)" = $(($(nice) - 3)) ]
}

@test "it does not keep its directory busy" {
	mkdir here && cd here
	init_start "$HULL_INIT" -- sh -c "pwd >$dir/pwd; exec sleep 1000"
	until_true [ -s "$dir/pwd" ]
	[ "$(readlink "/proc/$init/cwd")" = / ]
	[ "$(cat "$dir/pwd")" = "$dir/here" ]
	kill -TERM "$init"
	init_wait
}

# ---- cost ----

@test "defect 10: idle it does not wake up" {
	local before
	init_start "$HULL_INIT" -- sleep 1000
	until_true has_state "$init" S
	sleep 0.5
	before=$(switches "$init")
	sleep 2.2
	[ "$(switches "$init")" -eq "$before" ]
	kill -TERM "$init"
	init_wait
	! command -v tini || {
		init_start tini -- sleep 1000
		before=$(switches "$init")
		sleep 2.2
		[ "$(switches "$init")" -gt "$before" ]
		kill -TERM "$init"
		init_wait
	}
}

switches() { awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$1/status"; }

@test "idle it keeps at most 64 KiB" {
	local kib
	init_start "$HULL_INIT" -r TERM:HUP -- sleep 1000
	until_true has_state "$init" S
	kib=$(awk '/^Rss/ { print $2 }' "/proc/$init/smaps_rollup")
	echo "$kib KiB"
	[ "$kib" -le 64 ] || ! file -L "$HULL_INIT" | grep -q 'statically linked'
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 129 ]
}
