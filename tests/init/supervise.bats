#!/usr/bin/env bats
# supervise.bats - services under a real PID 1: order, deaths, jobs, stops, statuses.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0
load ../lib/init

setup() {
	init_begin
	cat >note <<-'SH'
		#!/bin/sh
		# note WHAT...: one line with a time stamp in the file "notes", then the other words as a command.
		echo "$(date +%s%N) $1 $$" >>notes
		shift
		[ $# = 0 ] || exec "$@"
	SH
	chmod +x note
	touch notes
}

teardown() {
	init_end
}

manage() {
	init_start "$HULL_INIT" manage --no-control "$dir/init.ini"
}

stop_and_wait() {
	kill "-${1:-TERM}" "$init"
	init_wait
}

ends_with() { # STATUS
	local status=0
	init_wait || status=$?
	[ "$status" = "$1" ] || {
		echo "status $status instead of $1" >&2
		return 1
	}
}

stops_with() { # STATUS
	kill -TERM "$init"
	ends_with "$1"
}

noted() { # NAME [COUNT]: written COUNT times
	[ "$(grep -c " $1 " notes)" -ge "${2:-1}" ]
}

time_of() { # NAME [N]: of its N-th note, in ns
	grep " $1 " notes | sed -n "${2:-1}p" | cut -d ' ' -f 1
}

order() { # names in the order of their processes
	sort -k 3n notes | cut -d ' ' -f 2 | tr '\n' ' '
}

last_pid() {
	grep " $1 " notes | tail -n 1 | cut -d ' ' -f 3
}

# Kills by the number inside of the name space.
inside() {
	nsenter -t "$init" -p -m "$@"
}

@test "a service runs and is stopped, the status is 0" {
	printf '[service:a]\ncommand = ./note a sleep 100\n' >init.ini
	manage
	until_true noted a
	stop_and_wait
}

@test "a death is answered at once, by a new process" {
	printf '[service:a]\ncommand = ./note a sleep 100\n' >init.ini
	manage
	until_true noted a
	inside kill -KILL "$(last_pid a)"
	until_true noted a 2
	stop_and_wait
	[ "$(grep -c ' a ' notes)" = 2 ]
}

@test "a crash loop: at once, then later and later, then given up with a status" {
	cat >init.ini <<-'INI'
		[service:a]
		command = ./note a sh -c "exit 3"
		restart_delay = 50ms
		restart_delay_max = 200ms
		restart_limit = 5
		on_limit = exit
	INI
	manage
	ends_with 3
	[ "$(grep -c ' a ' notes)" = 5 ]
	grep -q "given up: it failed too often: exit status 3" err
}

@test "a service that was given up leaves the others alone" {
	cat >init.ini <<-'INI'
		[service:bad]
		command = ./note bad false
		restart_delay = 1ms
		restart_limit = 3
		[service:missing]
		command = /there/is/none
		restart_delay = 1ms
		restart_limit = 3
		[service:nobody]
		command = ./note nobody
		user = nobody-of-that-name
		restart_delay = 1ms
		restart_limit = 3
		[service:good]
		command = ./note good sleep 100
	INI
	manage
	until_true noted good
	until_true holds err "bad: given up"
	until_true holds err "missing: given up"
	until_true holds err "nobody: given up"
	holds err "'/there/is/none' cannot be started"
	holds err "nobody-of-that-name"
	stop_and_wait
	[ "$(grep -c ' good ' notes)" = 1 ]
}

@test "a capability with a plus is kept by another user, the others are not" {
	cat >init.ini <<-'INI'
		[job:web]
		command = grep -h -E "^(Uid|Cap(Eff|Bnd))" /proc/self/status
		user = 65534
		capabilities = CHOWN, +NET_BIND_SERVICE
		[job:all]
		command = grep -h -E "^(Uid|CapEff)" /proc/self/status
		user = 65534
		needs = web:done
	INI
	manage
	init_wait
	[ "$(tr -d '\t ' <out)" = "$(printf '%s\n' web\|Uid:65534655346553465534 web\|CapEff:0000000000000400 \
		web\|CapBnd:0000000000000401 all\|Uid:65534655346553465534 all\|CapEff:0000000000000000)" ]
}

@test "the order is that of the edges, and stopping is its reverse" {
	cat >serve <<-'SH'
		#!/bin/sh
		trap './note down-$1; exit 0' TERM
		./note up-$1
		while :; do sleep 0.05; done
	SH
	chmod +x serve
	cat >init.ini <<-INI
		[service:web]
		command = ./serve web
		needs = app
		[service:app]
		command = ./serve app
		needs = db:ready, migrate:done
		ready = file:$dir/app.ready
		ready_interval = 20ms
		[job:migrate]
		command = sh -c "./note migrate; sleep 0.2; ./note migrated"
		needs = db:ready
		[service:db]
		command = sh -c "sleep 0.2; touch db.ready; exec ./serve db"
		ready = file:$dir/db.ready
		ready_interval = 20ms
	INI
	manage
	until_true noted up-app
	! noted up-web || false
	touch app.ready
	until_true noted up-web
	[ "$(time_of up-db)" -lt "$(time_of migrated)" ]
	[ "$(time_of migrate)" -lt "$(time_of migrated)" ]
	[ "$(time_of migrated)" -lt "$(time_of up-app)" ]
	[ "$(time_of up-app)" -lt "$(time_of up-web)" ]
	stop_and_wait
	[ "$(time_of down-web)" -lt "$(time_of down-app)" ]
	[ "$(time_of down-app)" -lt "$(time_of down-db)" ]
}

@test "a need that fails fails the one that needs it, with the reason" {
	cat >init.ini <<-'INI'
		[job:migrate]
		command = false
		[service:app]
		command = ./note app sleep 100
		needs = migrate:done
		[service:other]
		command = ./note other sleep 100
		after = migrate:done
	INI
	manage
	until_true noted other
	until_true holds err "app: failed: needs 'migrate' to be done"
	! noted app || false
	stop_and_wait
}

@test "bigger priorities start first, files' order among equals" {
	cat >init.ini <<-'INI'
		[init]
		warmup_delay = 300ms
		[service:c]
		command = ./note c sleep 100
		[service:b]
		command = ./note b sleep 100
		[service:a]
		command = ./note a sleep 100
		priority = 5
	INI
	manage
	until_true noted b
	[ "$(order)" = "a c b " ]
	[ $(($(time_of b) - $(time_of a))) -ge 400000000 ]
	stop_and_wait
}

@test "circus: one after the other by priority and name, each with its warm-up" {
	cat >init.ini <<-INI
		[circus]
		warmup_delay = 0
		[watcher:b]
		cmd = $dir/note b sleep 100
		working_dir = $dir
		copy_env = yes
		warmup_delay = 0.3
		numprocesses = 2
		[watcher:A]
		cmd = $dir/note a sleep 100
		working_dir = $dir
		copy_env = yes
		[watcher:c]
		cmd = $dir/note c sleep 100
		working_dir = $dir
		copy_env = yes
		priority = -1
	INI
	manage
	until_true noted c
	[ "$(order)" = "a b b c " ]
	[ $(($(time_of c) - $(time_of b))) -ge 400000000 ]
	stop_and_wait
}

@test "jobs alone: when all are done there is nothing left, status 0; one failed: its own" {
	printf '[job:a]\ncommand = true\n[job:b]\ncommand = ./note b\nafter = a:done\n' >init.ini
	manage
	init_wait
	noted b
	printf '[job:a]\ncommand = sh -c "exit 4"\n' >init.ini
	manage
	ends_with 4
}

@test "a job that takes too long is killed and has failed" {
	printf '[job:a]\ncommand = ./note a sleep 100\ntimeout = 100ms\n' >init.ini
	manage
	ends_with 143
	holds err "its time is up"
}

@test "the main service ends everything with its own status" {
	cat >init.ini <<-'INI'
		[service:main]
		command = sh -c "./note main; exit 42"
		main = yes
		after = side
		[service:side]
		command = ./note side sleep 100
	INI
	manage
	ends_with 42
	sed -i 's/exit 42/kill -KILL $$/' init.ini
	manage
	ends_with 137
}

@test "main's own status is told when the stop came from outside" {
	cat >init.ini <<-'INI'
		[service:main]
		command = sh -c "trap 'exit 7' TERM; ./note main; while :; do sleep 0.05; done"
		main = yes
	INI
	manage
	until_true noted main
	stops_with 7
}

@test "a signal that is not ours goes to main" {
	cat >init.ini <<-'INI'
		[service:main]
		command = sh -c "trap './note got' URG; trap 'exit 0' TERM; ./note main; while :; do sleep 0.05; done"
		main = yes
	INI
	manage
	until_true noted main
	kill -URG "$init"
	until_true noted got
	stop_and_wait
}

@test "one that ignores TERM is killed after its own time, the others long before" {
	cat >init.ini <<-'INI'
		[service:deaf]
		command = sh -c "trap '' TERM; ./note deaf; while :; do sleep 0.1; done"
		graceful_timeout = 500ms
		[service:good]
		command = ./note good sleep 100
	INI
	manage
	until_true noted deaf
	until_true noted good
	begin=$(date +%s%N)
	stop_and_wait
	took=$(($(date +%s%N) - begin))
	[ "$took" -ge 500000000 ]
	holds err "did not stop in time"
}

@test "everything together ends within stop_timeout" {
	cat >init.ini <<-'INI'
		[init]
		stop_timeout = 500ms
		[service:deaf]
		command = sh -c "trap '' TERM; ./note deaf; while :; do sleep 0.1; done"
		graceful_timeout = 1h
	INI
	sed -i 's/graceful_timeout = 1h/graceful_timeout = 300s/' init.ini
	manage
	until_true noted deaf
	DEADLINE=10 stop_and_wait
}

@test "a second TERM shortens the stop to a second, a third one ends it" {
	cat >init.ini <<-'INI'
		[init]
		stop_timeout = 300s
		[service:deaf]
		command = sh -c "trap '' TERM; ./note deaf; while :; do sleep 0.1; done"
		graceful_timeout = 200s
	INI
	manage
	until_true noted deaf
	kill -TERM "$init"
	until_true holds err "stopping: asked by a signal"
	kill -TERM "$init"
	until_true holds err "asked to stop once more"
	init_wait
	manage
	until_true noted deaf 2
	kill -TERM "$init"
	until_true holds err "stopping: asked by a signal"
	kill -INT "$init"
	until_true holds err "asked to stop once more"
	kill -INT "$init"
	init_wait
}

@test "grandchildren get the rest of the time when the shell before them is gone" {
	cat >saver <<-'SH'
		#!/bin/sh
		trap 'sleep 0.5; ./note saved; exit 0' TERM
		./note saver
		while :; do sleep 0.05; done
	SH
	chmod +x saver
	printf '[service:a]\ncommand = sh -c "./saver; true"\n' >init.ini
	manage
	until_true noted saver
	stop_and_wait
	noted saved
}

@test "what a crashed service leaves in its group is gone before the next one runs" {
	cat >deaf <<-'SH'
		#!/bin/sh
		trap '' TERM
		./note "$1"
		while :; do sleep 0.1; done
	SH
	cat >parent <<-'SH'
		#!/bin/sh
		./deaf below &
		echo $$ >parent.pid
		./note a
		wait
	SH
	chmod +x deaf parent
	printf '[service:a]\ncommand = ./parent\n' >init.ini
	manage
	until_true noted a
	until_true noted below
	deaf=$(inside pgrep -f "^/bin/sh ./deaf below")
	inside kill -KILL "$(cat parent.pid)"
	until_true noted a 2
	! inside kill -0 "$deaf" 2>/dev/null || false
	stop_and_wait
}

@test "kill = session and kill = tree reach what has left the group" {
	cat >deaf <<-'SH'
		#!/bin/sh
		trap '' TERM
		./note "$1"
		while :; do sleep 0.1; done
	SH
	cat >session <<-'SH'
		#!/bin/sh
		set -m
		./deaf in-session &
		set +m
		exec sleep 100
	SH
	cat >tree <<-'SH'
		#!/bin/sh
		setsid ./deaf in-tree &
		exec sleep 100
	SH
	cat >last <<-'SH'
		#!/bin/sh
		# Who was killed may need a moment to end.
		trap 'for i in 1 2 3 4 5 6 7 8 9 10; do pgrep -f ./deaf >left || exit 0; sleep 0.2; done; exit 0' TERM
		./note last
		while :; do sleep 0.1; done
	SH
	chmod +x deaf session tree last
	cat >init.ini <<-'INI'
		[service:last]
		command = ./last
		[service:session]
		command = ./session
		kill = session
		graceful_timeout = 300ms
		needs = last
		[service:tree]
		command = ./tree
		kill = tree
		graceful_timeout = 300ms
		needs = last
	INI
	manage
	until_true noted in-session
	until_true noted in-tree
	until_true noted last
	stop_and_wait
	[ -e left ]
	[ ! -s left ]
}

@test "stopped processes hear TERM too" {
	printf '[service:a]\ncommand = ./note a sleep 100\n' >init.ini
	manage
	until_true noted a
	inside kill -STOP "$(last_pid a)"
	DEADLINE=8 stop_and_wait
}

@test "hooks run around a service, and a no before the start is a no" {
	cat >hook <<-'SH'
		#!/bin/sh
		./note "$HULL_HOOK"
		[ ! -e "no-$HULL_HOOK" ]
	SH
	chmod +x hook
	cat >init.ini <<-'INI'
		[service:a]
		command = ./note a sleep 100
		hook_before_start = ./hook
		hook_after_start = ./hook
		hook_before_spawn = ./hook
		hook_after_spawn = ./hook
		hook_before_stop = ./hook
		hook_after_stop = ./hook
		hook_before_signal = ./hook
		hook_after_signal = ./hook
		hook_before_reap = ./hook
		hook_after_reap = ./hook
		[service:other]
		command = ./note other sleep 100
	INI
	manage
	until_true noted after_start
	until_true noted after_spawn
	stop_and_wait
	[ "$(time_of before_start)" -lt "$(time_of before_spawn)" ]
	[ "$(time_of before_spawn)" -lt "$(time_of a)" ]
	[ "$(time_of before_stop)" -lt "$(time_of before_signal)" ]
	for hook in before_start after_start before_spawn after_spawn before_stop before_signal after_signal before_reap; do
		noted "$hook"
	done
	for hook in before_start before_spawn; do
		: >notes
		touch "no-$hook"
		manage
		until_true noted other
		until_true holds err "$hook refused"
		stop_and_wait
		! noted a || false
		rm "no-$hook"
	done
}

@test "before_signal may keep TERM back, but not KILL; an ignored failure is none" {
	cat >init.ini <<-'INI'
		[service:a]
		command = sh -c "trap './note got; exit 0' TERM; ./note a; while :; do sleep 0.05; done"
		hook_before_signal = false
		graceful_timeout = 300ms
	INI
	manage
	until_true noted a
	stop_and_wait
	! noted got || false
	sed -i 's/hook_before_signal = false/hook_before_signal = false, ignore/' init.ini
	manage
	until_true noted a 2
	stop_and_wait || true
}

@test "HUP reloads circus' watchers in place: new copies first" {
	cat >init.ini <<-INI
		[circus]
		[watcher:a]
		cmd = $dir/note a sleep 100
		working_dir = $dir
		copy_env = yes
		numprocesses = 2
	INI
	manage
	until_true noted a 2
	old=$(head -n 1 notes | cut -d ' ' -f 3)
	kill -HUP "$init"
	until_true noted a 4
	until_true holds err "logs are open anew"
	gone() { ! inside kill -0 "$old" 2>/dev/null; }
	until_true gone
	[ "$(inside pgrep -xc sleep)" = 2 ]
	stop_and_wait
}

controlled() {
	init_start "$HULL_INIT" manage "$dir/init.ini"
	until_true test -S control
}

ctl() {
	"$HULL_INIT" ctl --endpoint "$dir/control" "$@"
}

@test "a sequential reload replaces one after the other, never with a gap in the last" {
	cat >init.ini <<-INI
		[init]
		control = $dir/control
		[service:a]
		command = ./note a sleep 100
		numprocesses = 3
		reload = sequential
	INI
	controlled
	until_true noted a 3
	first=$(last_pid a)
	ctl reload a
	until_true noted a 6
	gone() { ! inside kill -0 "$first" 2>/dev/null; }
	until_true gone
	three() { [ "$(inside pgrep -xc sleep)" = 3 ]; }
	until_true three
	stop_and_wait
}

@test "an overlapping reload whose new copies fail leaves the old ones in peace" {
	cat >serve <<-'SH'
		#!/bin/sh
		[ ! -e broken ] || exit 1
		exec ./note a sleep 100
	SH
	chmod +x serve
	cat >init.ini <<-INI
		[init]
		control = $dir/control
		[service:a]
		command = ./serve
		numprocesses = 2
		reload = overlap
		ready = command: sh -c "[ ! -e broken ]"
		ready_interval = 20ms
	INI
	controlled
	until_true noted a 2
	running() { ctl status a | grep -q running; }
	until_true running
	touch broken
	ctl reload a
	until_true holds err "the old ones stay"
	rm broken
	[ "$(grep -c ' a ' notes)" = 2 ]
	for pid in $(cut -d ' ' -f 3 notes); do
		inside kill -0 "$pid"
	done
	ctl reload a
	until_true noted a 4
	two() { [ "$(inside pgrep -xc sleep)" = 2 ]; }
	until_true two
	stop_and_wait
}

@test "a copy that has reached its age is replaced" {
	cat >init.ini <<-'INI'
		[service:a]
		command = ./note a sleep 100
		max_age = 1s
		max_age_variance = 0
	INI
	manage
	until_true noted a 3
	[ $(($(time_of a 2) - $(time_of a 1))) -ge 300000000 ]
	stop_and_wait
}

@test "on demand: nothing runs before the first connection" {
	cat >init.ini <<-INI
		[socket:s]
		path = $dir/s.sock
		[service:a]
		command = ./note a sleep 100
		sockets = s
		on_demand = yes
		[service:other]
		command = ./note other sleep 100
		needs = a
	INI
	manage
	until_true noted other
	! noted a || false
	python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("s.sock")'
	until_true noted a
	stop_and_wait
	[ ! -e s.sock ]
}

@test "LISTEN_FDS, LISTEN_PID and names are the program's own" {
	cat >tell <<-'SH'
		#!/bin/sh
		echo "$LISTEN_FDS $LISTEN_FDNAMES $((LISTEN_PID - $$))" >told
		exec sleep 100
	SH
	chmod +x tell
	cat >init.ini <<-INI
		[socket:one]
		path = $dir/one.sock
		[socket:two]
		path = $dir/two.sock
		[service:a]
		command = ./tell
		sockets = two, one
	INI
	manage
	until_true test -s told
	[ "$(cat told)" = "2 two:one 0" ]
	stop_and_wait
}

@test "the semaphore is there while it runs, a stale one is not" {
	mkdir deep
	touch deep/sem
	cat >init.ini <<-INI
		[service:a]
		command = sh -c "sleep 0.3; [ ! -e deep/er/sem ] || ./note early; touch ready; exec sleep 100"
		ready = file:$dir/ready
		ready_interval = 20ms
		semaphore = $dir/deep/er/sem
		semaphore_when = ready
		[service:b]
		command = ./note b sleep 100
		semaphore = $dir/deep/sem
	INI
	manage
	until_true test -e deep/er/sem
	! noted early || false
	until_true test -e deep/sem
	stop_and_wait
	[ ! -e deep/er/sem ]
	[ ! -e deep/sem ]
}

@test "2000 orphans leave nothing, and TERM is heard among them" {
	cat >storm.py <<-'PY'
		import os, time
		for i in range(2000):
		    if os.fork() == 0:
		        if os.fork() == 0:
		            time.sleep(0.5)
		        os._exit(0)
		    os.wait()
		open("storm", "w").close()
		time.sleep(100)
	PY
	printf '[service:a]\ncommand = python3 storm.py\nkill = process\n' >init.ini
	manage
	until_true test -e storm
	none_left() { [ "$(ps --ppid "$init" -o stat= | grep -c .)" = 1 ]; }
	until_true none_left
	stop_and_wait
}

@test "a hundred services come up and go down" {
	for i in $(seq 100); do
		printf '[service:s%d]\ncommand = sleep 100\n' "$i"
	done >init.ini
	manage
	all_run() { [ "$(inside pgrep -xc sleep)" = 100 ]; }
	until_true all_run
	stop_and_wait
}

@test "no room for processes is no failure of the service: it comes when there is" {
	cgroup=
	for top in /sys/fs/cgroup/pids /sys/fs/cgroup; do
		if [ -e "$top/cgroup.procs" ] && mkdir "$top/hull-init-test-$$" 2>/dev/null; then
			cgroup=$top/hull-init-test-$$
			[ -e "$cgroup/pids.max" ] && break
			rmdir "$cgroup"
			cgroup=
		fi
	done
	[ -n "$cgroup" ] || skip "needs a pids cgroup of its own"
	cat >init.ini <<-'INI'
		[service:a]
		command = ./note a sleep 100
		restart_limit = 1
	INI
	echo 1 >"$cgroup/pids.max"
	cat >inside-cgroup <<-SH
		#!/bin/sh
		echo \$\$ >"$cgroup/cgroup.procs"
		exec "\$@"
	SH
	chmod +x inside-cgroup
	init_start ./inside-cgroup "$HULL_INIT" manage --no-control "$dir/init.ini"
	until_true holds err "retrying"
	echo 10 >"$cgroup/pids.max"
	until_true noted a
	! holds err "given up" || false
	stop_and_wait
	until_true rmdir "$cgroup"
}

@test "a TERM while it boots ends the boot, and the status says so" {
	cat >init.ini <<-INI
		[wait:never]
		file = $dir/never
		timeout = 100s
		[service:a]
		command = ./note a sleep 100
	INI
	manage
	sleep 0.2
	stops_with 143
	! noted a || false
}

@test "a pid file of a living process refuses, a stale one does not" {
	printf '[init]\npidfile = %s/pid\n[service:a]\ncommand = ./note a sleep 100\n' "$dir" >init.ini
	sleep 100 &
	other=$!
	echo "$other" >pid
	run -1 "$HULL_INIT" manage --no-control init.ini
	kill "$other"
	wait "$other" || true
	manage
	until_true noted a
	[ "$(cat pid)" = 1 ]
	stop_and_wait
	[ ! -e pid ]
}

@test "without rights, without /proc, on a file system that is read only, and not as PID 1" {
	[ -z "${HULL_SANITIZED:-}" ] || skip "a sanitizer needs /proc"
	# A directory that others may enter, which the test's own is not.
	place=$(mktemp -d)
	printf '[service:a]\ncommand = sh -c "echo here; exec sleep 100"\n[service:b]\ncommand = sleep 100\n' >"$place/init.ini"
	cp "$HULL_INIT" "$place/program"
	chmod -R 755 "$place"
	cat >bare <<-SH
		#!/bin/sh
		mount --bind / /mnt && mount -o remount,ro,bind /mnt && mount -t tmpfs -o ro none /mnt/proc || exit 1
		mount -t tmpfs -o ro none /mnt/run && mount --bind /dev /mnt/dev || exit 1
		exec chroot --userspec=65534:65534 --groups= /mnt "\$@"
	SH
	chmod 755 bare
	unshare -m ./bare "$place/program" --version || {
		rm -r "$place"
		skip "needs the right to mount and to change root"
	}
	unshare -m ./bare "$place/program" manage "$place/init.ini" >out 2>err 3>&- &
	local pid=$! status=0
	until_true holds out here
	kill -TERM "$pid"
	wait "$pid" || status=$?
	rm -r "$place"
	[ "$status" = 0 ]
}

@test "a fault of PID 1 itself tells the others before it ends" {
	[ -z "${HULL_SANITIZED:-}" ] || skip "a sanitizer handles faults itself"
	cat >init.ini <<-'INI'
		[service:a]
		command = sh -c "trap './note told; exit 0' TERM; ./note a; while :; do sleep 0.05; done"
	INI
	manage
	until_true noted a
	kill -SEGV "$init"
	ends_with 111
	noted told
}

@test "two thousand deaths: every one is answered, nothing grows" {
	[ -z "${HULL_SANITIZED:-}" ] || skip "a sanitizer's memory is not ours"
	printf '[service:a]\ncommand = true\nrestart_delay = 0\n' >init.ini
	memory() { awk '/^Rss:/ { print $2 }' "/proc/$init/smaps_rollup"; }
	state() { kill -USR2 "$init"; grep -o '[0-9]* restarts' err | tail -n 1 | cut -d ' ' -f 1; }
	many() { [ "$(state)" -ge "$1" ] 2>/dev/null; }
	manage
	until_true many 200
	before=$(memory)
	until_true many 2200
	[ "$(memory)" -le $((before + 16)) ]
	stop_and_wait
}
