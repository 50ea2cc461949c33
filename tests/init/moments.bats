#!/usr/bin/env bats
# Operations in unusual moments: scaled while reloading, read again while waiting, stopped while starting.
# SPDX-License-Identifier: Apache-2.0
load ../lib/init
bats_require_minimum_version 1.5.0

setup() {
	init_begin
	export HULL_INIT_CONTROL=$dir/control.sock
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

# serve: what stands on stdin, below [init] with a control socket
serve() {
	write_file
	init_start "$HULL_INIT" manage "$dir/init.ini"
	until_true answers
}

write_file() {
	printf '[init]\ncontrol = %s/control.sock\n' "$dir" >init.ini
	cat >>init.ini
}

answers() {
	ctl version >/dev/null 2>&1
}

ctl() {
	timeout "$DEADLINE" "$HULL_INIT" ctl "$@"
}

state_is() { # NAME STATE
	[ "$(ctl --json status "$1" | sed 's/.*"state":"\([a-z]*\)".*/\1/')" = "$2" ]
}

copies_are() { # NAME NUMBER
	[ "$(ctl list "$1" | tr , '\n' | grep -c '[0-9]')" = "$2" ]
}

noted() { # NAME [COUNT]
	[ "$(grep -c " $1 " notes)" -ge "${2:-1}" ]
}

times_noted() {
	grep -c " $1 " notes || true
}

inside() {
	nsenter -t "$init" -p -m "$@"
}

stops() { # within the bound, with this status
	kill -TERM "$init"
	init_wait
	[ "$status" = "${1:-0}" ]
}

# ---- reloading ----

@test "scaled up while new copies come up: the new number runs" {
	serve <<-'INI'
		[service:web]
		command = sh -c "[ ! -e slow ] || sleep 1; echo >&5; exec sleep 1000"
		numprocesses = 2
		ready = fd:5
		reload = overlap
	INI
	until_true state_is web running
	touch slow
	ctl reload web &
	until_true state_is web reloading
	ctl incr web
	wait $!
	until_true state_is web running
	until_true copies_are web 3
	ctl stop web
	ctl start web
	until_true copies_are web 3
	stops
}

@test "scaled down while new copies come up: the new number runs" {
	serve <<-'INI'
		[service:web]
		command = sh -c "[ ! -e slow ] || sleep 1; echo >&5; exec sleep 1000"
		numprocesses = 3
		ready = fd:5
		reload = overlap
	INI
	until_true state_is web running
	touch slow
	ctl reload web &
	until_true state_is web reloading
	ctl decr web
	wait $!
	until_true state_is web running
	until_true copies_are web 2
	stops
}

@test "stopped while new copies come up: the old number starts again" {
	serve <<-'INI'
		[service:web]
		command = sh -c "[ ! -e slow ] || sleep 1; echo >&5; exec sleep 1000"
		numprocesses = 2
		ready = fd:5
		reload = overlap
	INI
	until_true state_is web running
	touch slow
	ctl reload web &
	until_true state_is web reloading
	ctl stop web
	wait $! || true
	rm slow
	ctl start web
	until_true state_is web running
	copies_are web 2
	stops
}

# ---- hooks ----

@test "scaled while its hook before_start runs: nothing starts before that has ended" {
	serve <<-'INI'
		[service:web]
		command = ./note web sleep 1000
		hook_before_start = sh -c "./note hook; while [ ! -e go ]; do sleep 0.05; done; ./note gone"
	INI
	until_true noted hook
	ctl incr web &
	local first=$!
	ctl incr web &
	local second=$!
	sleep 0.3
	[ "$(times_noted web)" = 0 ]
	touch go
	until_true copies_are web 3
	wait "$first" "$second"
	[ "$(cut -d ' ' -f 2 notes | head -n 2 | tr '\n' ' ')" = "hook gone " ]
	stops
}

@test "a hook that is added by reading the files again is run" {
	serve <<-'INI'
		[service:web]
		command = ./note web sleep 1000
	INI
	until_true noted web
	write_file <<-'INI'
		[service:web]
		command = ./note web sleep 1000
		hook_after_stop = ./note stopped
		hook_before_spawn = ./note spawn
	INI
	ctl reloadconfig
	until_true noted web 2
	ctl restart web
	until_true noted stopped
	until_true noted spawn
	stops
}

# ---- the files read again ----

@test "a service that waits for what is no longer asked for starts when the files are read again" {
	serve <<-'INI'
		[service:slow]
		command = sleep 1000
		ready = file:/never
		ready_timeout = 1h
		[service:web]
		command = ./note web sleep 1000
		needs = slow:ready
	INI
	until_true state_is web waiting
	write_file <<-'INI'
		[service:slow]
		command = sleep 1000
		ready = file:/never
		ready_timeout = 1h
		[service:web]
		command = ./note web sleep 1000
	INI
	ctl reloadconfig
	until_true noted web
	stops
}

@test "ready = notify, a table of times and health that are added by reading the files again" {
	serve <<-'INI'
		[service:web]
		command = sleep 1000
	INI
	until_true state_is web running
	printf '[init]\ncontrol = %s/control.sock\nhealth = unix:%s/health.sock\n' "$dir" "$dir" >init.ini
	cat >>init.ini <<-'INI'
		[service:web]
		command = sleep 1000
		[service:tells]
		command = python3 -c "import os,socket,time; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); a=os.environ['NOTIFY_SOCKET']; s.connect(chr(0)+a[1:] if a[0]=='@' else a); s.send(b'READY=1'); time.sleep(1000)"
		ready = notify
		[cron:tick]
		schedule = * * * * *
		command = true
	INI
	ctl reloadconfig
	until_true state_is tells running
	until_true test -S health.sock
	[ "$(curl -s --unix-socket health.sock http://x/healthz -o /dev/null -w '%{http_code}')" = 200 ]
	find "/proc/$init/fdinfo" -type f -exec grep -l "settime flags: 03" {} + | grep -q .
	stops
}

@test "main = yes that goes to another service by reading the files again" {
	serve <<-'INI'
		[service:a]
		command = sleep 1000
		main = yes
		[service:b]
		command = sh -c "while [ ! -e go ]; do sleep 0.05; done; exit 7"
		restart = never
	INI
	write_file <<-'INI'
		[service:a]
		command = sleep 1000
		[service:b]
		command = sh -c "while [ ! -e go ]; do sleep 0.05; done; exit 7"
		main = yes
		restart = never
	INI
	ctl reloadconfig
	touch go
	init_wait
	[ "$status" = 7 ]
}

@test "TERM while the files are read: it ends as soon as the services have" {
	serve <<-'INI'
		[service:a]
		command = sleep 1000
	INI
	cp init.ini keep.ini
	rm init.ini
	mkfifo init.ini
	ctl reloadconfig >/dev/null 2>&1 &
	until_true holds err "reading the files again"
	kill -TERM "$init"
	sleep 0.5
	local began=$SECONDS
	init_wait
	[ "$status" = 0 ]
	[ $((SECONDS - began)) -le 6 ]
}

# ---- storms ----

@test "a program that is missing, without any delay and for ever: TERM is heard, the pace is bounded" {
	for i in $(seq 50); do
		printf '[service:s%d]\ncommand = /there/is/none\nrestart = always\nrestart_delay = 0\nmax_retry = -1\nrestart_limit = 0\non_limit = keep\n' "$i"
	done >services
	serve <services
	sleep 1
	[ "$(wc -l <err)" -lt 5000 ]
	stops
}

@test "a service on demand that dies of each activity is not started without end" {
	write_file <<-INI
		[socket:door]
		path = $dir/door
		[service:web]
		command = ./note web false
		sockets = door
		on_demand = yes
	INI
	init_start "$HULL_INIT" manage "$dir/init.ini"
	until_true answers
	python3 -c 'import socket,time; s=socket.socket(socket.AF_UNIX); s.connect("door"); time.sleep(2)'
	[ "$(times_noted web)" -ge 2 ]
	[ "$(times_noted web)" -lt 30 ]
	kill -TERM "$init"
	init_wait
}

# ---- processes ----

@test "a program that forks away and names its successor: that one is stopped" {
	cat >daemon.py <<-'PY'
		import os, socket, sys, time
		def tell(text):
		    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		    a = os.environ["NOTIFY_SOCKET"]
		    s.connect("\0" + a[1:] if a[0] == "@" else a)
		    s.send(text.encode())
		r, w = os.pipe()
		if os.fork():
		    pid = int(os.read(r, 32))
		    tell(f"MAINPID={pid}\nREADY=1")
		    time.sleep(0.3)
		    os._exit(0)
		os.setsid()
		if os.fork():
		    os._exit(0)
		os.write(w, str(os.getpid()).encode())
		with open("successor", "w") as out:
		    out.write(str(os.getpid()))
		time.sleep(1000)
	PY
	serve <<-'INI'
		[service:d]
		command = python3 daemon.py
		ready = notify
		graceful_timeout = 15s
	INI
	until_true holds err "goes on as pid"
	local began=$SECONDS
	ctl stop d
	[ $((SECONDS - began)) -lt 8 ]
	run ! inside kill -0 "$(cat successor)"
	stops
}

@test "a log file that meets the limit of file sizes: main hears no XFSZ" {
	write_file <<-INI
		[service:a]
		command = sh -c "yes | head -c 100000; touch done; exec sleep 1000"
		main = yes
		log = $dir/log
	INI
	init_start bash -c 'ulimit -f 8; exec "$0" manage "$1"' "$HULL_INIT" "$dir/init.ini"
	until_true answers
	until_true test -e done
	sleep 0.3
	state_is a running
	stops 143
}

@test "without /dev/null services run" {
	write_file <<-INI
		[service:a]
		command = ./note a sleep 1000
	INI
	init_start bash -c 'mount -t tmpfs none /dev; exec "$0" manage "$1"' "$HULL_INIT" "$dir/init.ini"
	until_true noted a
	stops
}

@test "a service of another user opens /dev/stdout" {
	chmod 755 "$dir"
	write_file <<-INI
		[service:a]
		command = sh -c "echo said >/dev/stdout; echo told >/dev/stderr; exec sleep 1000"
		user = 65534
		group = 65534
	INI
	init_start "$HULL_INIT" manage "$dir/init.ini"
	until_true holds out said
	until_true grep -qs told out err
	stops
}

@test "WATCHDOG_PID is the program's own" {
	sed "s|SOCKET|$dir/sock|" >own.ini <<-'INI'
		[socket:s]
		path = SOCKET
		[service:a]
		command = sh -c "echo $$ $WATCHDOG_PID $LISTEN_PID $WATCHDOG_USEC >pids; exec sleep 1000"
		watchdog = 1h
		sockets = s
	INI
	serve <own.ini
	until_true test -s pids
	read -r own dog listen usec <pids
	[ "$own" = "$dog" ] && [ "$own" = "$listen" ] && [ "$usec" = 3600000000 ]
	stops
}

@test "a service that must run was given up: its status, not that of main" {
	serve <<-'INI'
		[service:web]
		command = sh -c "trap 'exit 0' TERM; while :; do sleep 0.1; done"
		main = yes
		[service:db]
		command = sh -c "while [ ! -e go ]; do sleep 0.05; done; exit 3"
		restart = never
		restart_limit = 1
		on_limit = exit
	INI
	sed -i 's/^restart = never/restart = on-failure/' init.ini
	ctl reloadconfig
	touch go
	init_wait
	[ "$status" = 3 ]
}

# ---- the bound of a stop ----

ends_within() { # MILLISECONDS behind the TERM
	local began took
	began=$(date +%s%N)
	kill -TERM "$init"
	init_wait
	took=$((($(date +%s%N) - began) / 1000000))
	[ "$took" -lt "$1" ] || {
		echo "the stop took $took ms" >&2
		return 1
	}
}

@test "hooks that hang and a copy that comes back: the bound of the stop holds, no hook is run behind the KILL" {
	write_file <<-'INI'
		[service:a]
		command = ./note a sleep 1000
		hook_before_stop = sleep 1000
		hook_after_stop = ./note behind sleep 1000
		[service:b]
		command = ./note b sleep 1000
		needs = a
		hook_before_signal = sleep 1000
		hook_after_reap = ./note behind sleep 1000
		graceful_timeout = 1h
		[service:c]
		command = false
		restart_delay = 1h
		restart_delay_max = 1h
		needs = b
	INI
	sed -i 's/^control.*/&\nstop_timeout = 2s/' init.ini
	init_start "$HULL_INIT" manage "$dir/init.ini"
	until_true noted b
	ends_within 15000
	[ "$(times_noted behind)" = 0 ]
	run ! grep -q "cannot be ended" err
}

@test "one that forks for ever, one that is stopped, one in its own session: all end within the bound" {
	write_file <<-'INI'
		[service:forks]
		command = sh -c "trap '' TERM; touch a; while :; do sleep 0.05; sleep 1 & done"
		[service:stopped]
		command = sh -c "touch b; kill -STOP $$; sleep 1000"
		[service:far]
		command = sh -c "setsid sh -c \"trap '' TERM; touch c; while :; do sleep 1; done\" & wait"
	INI
	sed -i 's/^control.*/&\nstop_timeout = 2s/' init.ini
	init_start "$HULL_INIT" manage "$dir/init.ini"
	until_true test -e a -a -e b -a -e c
	ends_within 15000
}

@test "TERM is asked again: one second is left" {
	write_file <<-'INI'
		[service:a]
		command = sh -c "trap '' TERM; touch up; while :; do sleep 1; done"
		graceful_timeout = 1h
	INI
	sed -i 's/^control.*/&\nstop_timeout = 1h/' init.ini
	init_start "$HULL_INIT" manage "$dir/init.ini"
	until_true test -e up
	kill -TERM "$init"
	until_true holds err "stopping"
	ends_within 15000
}

@test "few descriptors: some run, the others are told once, TERM is heard" {
	[ -z "${HULL_SANITIZED:-}" ] || skip "a sanitizer has other limits"
	for i in $(seq 30); do
		printf '[service:s%d]\ncommand = ./note s%d sleep 1000\nlog = %s/log%d\n' "$i" "$i" "$dir" "$i"
	done >services
	write_file <services
	init_start bash -c 'ulimit -n 60; exec "$0" manage "$1"' "$HULL_INIT" "$dir/init.ini"
	until_true holds err "No file descriptors available, retrying"
	until_true test -s notes
	sleep 1
	[ "$(wc -l <err)" -lt 200 ]
	ends_within 15000
}

# ---- at random ----

@test "random verbs, deaths and edits for twenty seconds" {
	local growth=512
	[ -z "${HULL_SANITIZED:-}" ] || growth=200000
	timeout 400 python3 "$HULL_SHARE/tests/init/stress.py" --seconds 20 --patience 8 --growth "$growth"
}
