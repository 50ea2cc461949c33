#!/usr/bin/env bats
# ready.bats - readiness, health, the watchdog, passed sockets and the health server, by the real program.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0
load ../lib/init

setup() {
	init_begin
	here=$HULL_SHARE/tests/init
}

teardown() {
	init_end
	[ -z "${place:-}" ] || rm -r "$place"
}

manage() { # text of the file on stdin
	cat >init.ini
	init_start "$HULL_INIT" manage --no-control "$dir/init.ini"
}

stop_and_wait() {
	kill -TERM "$init"
	init_wait
}

free_port() { "$BATS_TEST_DIRNAME/../lib/free_port.py"; }

# A service "a" with that readiness, and "b" that needs it. "a" waits for the file "go" before it is ready, so "b" must
# not be there until then, however long it takes.
gated() { # READY
	manage <<-INI
		[service:a]
		command = python3 $here/becomes.py $1
		ready = $2
		ready_interval = 50ms
		[service:b]
		command = sh -c "echo >b; exec sleep 1000"
		needs = a
	INI
	until_true test -e waiting
	sleep 0.3
	[ ! -e b ]
	[ ! -e opened ]
	touch go
	until_true test -e b
	[ -e opened ]
	stop_and_wait
}

@test "ready = notify gates what needs it" {
	gated notify notify
}

@test "ready = fd:N gates what needs it" {
	gated fd:5 fd:5
}

@test "ready = tcp gates what needs it" {
	port=$(free_port)
	gated "tcp:$port" "tcp:localhost:$port"
}

@test "ready = unix gates what needs it" {
	gated "unix:$dir/a.sock" "unix:$dir/a.sock"
}

@test "ready = file gates what needs it" {
	gated "file:$dir/a.file" "file:$dir/a.file"
}

@test "ready = http gates what needs it, 503 is not ready" {
	port=$(free_port)
	gated "http:$port" "http://127.0.0.1:$port/health"
}

@test "ready = command gates what needs it" {
	gated "file:$dir/a.file" "command:test -e $dir/a.file"
}

@test "a notify by a grandchild counts, one of a stranger does not" {
	manage <<-INI
		[service:a]
		command = sh -c "(exec python3 $here/becomes.py notify) & wait"
		ready = notify
		[service:b]
		command = sh -c "echo >b; exec sleep 1000"
		needs = a
	INI
	until_true test -e waiting
	[ ! -e b ]
	# somebody in the name space who belongs to no service
	address=$(tr '\0' '\n' <"/proc/$(pgrep --ns "$init" --nslist pid -n -f "becomes.py notify")/environ" | sed -n 's/^NOTIFY_SOCKET=//p')
	nsenter -t "$init" -p -m env NOTIFY_SOCKET="$address" python3 "$here/becomes.py" --now notify
	sleep 0.3
	[ ! -e b ]
	touch go
	until_true test -e b
	stop_and_wait
}

@test "sd_notify works for nobody without a place to write" {
	place=$(mktemp -d /dev/shm/ready.XXXXXX) || skip "needs /dev/shm"
	cp "$HULL_INIT" "$here/becomes.py" "$place/"
	cat >"$place/init.ini" <<-INI
		[service:a]
		command = python3 $place/becomes.py --now notify
		ready = notify
		watchdog = 1h
		[service:b]
		command = sh -c "echo up; exec sleep 1000"
		needs = a
	INI
	chmod -R a+rX "$place"
	init_start setpriv --reuid 65534 --regid 65534 --clear-groups env -i PATH="$PATH" \
		"$place/hull-init" manage --no-control "$place/init.ini"
	until_true holds out up
	tr '\0' '\n' <"/proc/$(pgrep --ns "$init" --nslist pid -f "^python3 $place/becomes.py")/environ" | grep -q '^NOTIFY_SOCKET=@'
	stop_and_wait
}

@test "a reload may bring the first service that notifies" {
	manage <<-INI
		[service:b]
		command = sleep 1000
	INI
	cat >>init.ini <<-INI
		[service:a]
		command = python3 $here/becomes.py notify
		ready = notify
		[service:c]
		command = sh -c "echo >c; exec sleep 1000"
		needs = a
	INI
	until_true reloads_until test -e waiting
	touch go
	until_true test -e c
	stop_and_wait
}

reloads_until() { # CMD...
	"$@" || { kill -HUP "$init"; false; }
}

@test "what is not ready in time is stopped, and the reason tells what was asked" {
	port=$(free_port)
	manage <<-INI
		[service:a]
		command = sleep 1000
		ready = tcp:127.0.0.1:$port
		ready_timeout = 300ms
		restart = never
	INI
	until_true holds err "connection refused by 127.0.0.1:$port"
	grep -q 'not ready after [0-9]' err
	stop_and_wait || true
}

@test "a descriptor that is closed without a newline is not ready" {
	manage <<-INI
		[service:a]
		command = sh -c "printf almost >&3; exec 3>&-; exec sleep 1000"
		ready = fd:3
		ready_timeout = 30s
		restart = never
	INI
	until_true holds err "descriptor 3 was closed without a newline"
	stop_and_wait || true
}

@test "EXTEND_TIMEOUT_USEC gives more time" {
	manage <<-INI
		[service:a]
		command = python3 $here/becomes.py --extend 30000000 notify
		ready = notify
		ready_timeout = 3s
		restart = never
		[service:b]
		command = sh -c "echo >b; exec sleep 1000"
		needs = a
	INI
	until_true test -e waiting
	sleep 4
	touch go
	until_true test -e b
	stop_and_wait
}

@test "health probes that fail restart the service, those of the start do not count" {
	manage <<-INI
		[service:a]
		command = sh -c "echo run >>runs; sleep 0.5; touch well; exec sleep 1000"
		health = file:$dir/well
		health_interval = 100ms
		health_start = 20s
		health_retries = 2
	INI
	until_true test -e well
	sleep 1
	[ "$(wc -l <runs)" = 1 ]
	rm well
	until_true two_lines runs
	stop_and_wait
}

two_lines() {
	[ "$(wc -l <"$1")" -ge 2 ]
}

@test "a service that depends on health waits for it" {
	manage <<-INI
		[service:a]
		command = sleep 1000
		health = file:$dir/well
		health_interval = 100ms
		health_start = 60s
		[service:b]
		command = sh -c "echo >b; exec sleep 1000"
		needs = a:healthy
	INI
	sleep 0.5
	[ ! -e b ]
	touch well
	until_true test -e b
	stop_and_wait
}

@test "a watchdog that is not fed restarts, one that is fed does not" {
	manage <<-INI
		[service:fed]
		command = python3 $here/becomes.py --now --feed 100 notify
		ready = notify
		watchdog = 4s
		[service:hungry]
		command = sh -c "echo run >>runs; exec python3 $here/becomes.py --now notify"
		ready = notify
		watchdog = 1s
	INI
	until_true two_lines runs
	grep -q 'hungry: .*watchdog: no sign of life for 1s' err
	run ! grep -q 'fed: .*watchdog' err
	stop_and_wait
}

@test "WATCHDOG=trigger restarts at once" {
	manage <<-INI
		[service:a]
		command = sh -c "echo run >>runs; exec python3 $here/becomes.py --now --trigger notify"
		ready = notify
		watchdog = 1h
	INI
	until_true two_lines runs
	stop_and_wait
}

@test "sockets are passed as LISTEN_FDS with their names, LISTEN_PID is the program's" {
	port=$(free_port)
	manage <<-INI
		[socket:web]
		host = 127.0.0.1
		port = $port
		[socket:app]
		path = $dir/app.sock
		mode = 0600
		[service:a]
		command = python3 $here/passed.py $dir/told
		sockets = web, app
	INI
	until_true test -e told
	[ "$(cat told)" = "2 web:app True ('127.0.0.1', $port) $dir/app.sock" ]
	[ "$(stat -c %a app.sock)" = 600 ]
	python3 -c "import socket; s = socket.create_connection(('127.0.0.1', $port)); assert s.recv(9) == b'hello'"
	stop_and_wait
	[ ! -e app.sock ]
}

@test "circus' sockets keep their numbers" {
	port=$(free_port)
	cat >init.ini <<-INI
		[circus]
		[socket:web]
		host = 127.0.0.1
		port = $port
		[watcher:a]
		cmd = python3 $here/passed.py --fd \$(circus.sockets.web) $dir/told
		use_sockets = True
		copy_env = True
	INI
	init_start "$HULL_INIT" manage --no-control "$dir/init.ini"
	until_true test -e told
	[ "$(cat told)" = "('127.0.0.1', $port)" ]
	stop_and_wait
}

@test "a socket that cannot be bound stops everything before anything starts, 111" {
	port=$(free_port)
	manage <<-INI
		[socket:web]
		host = 127.0.0.1
		port = $port
		[socket:twice]
		host = 127.0.0.1
		port = $port
		[service:a]
		command = sh -c "touch started; exec sleep 1000"
		sockets = web
	INI
	local status=0
	init_wait || status=$?
	[ "$status" = 111 ]
	grep -q "socket 'twice' cannot be bound: Address \(already \)\?in use" err
	[ ! -e started ]
}

ask() { # PATH [CURL-OPTION]...
	curl -s --max-time 10 --unix-socket "$dir/health.sock" "${@:2}" "http://localhost$1"
}

answers() { # PATH STATUS
	[ "$(ask "$1" -o body -w '%{http_code}')" = "$2" ]
}

@test "/healthz, /readyz and /metrics tell how things are" {
	command -v curl >/dev/null || skip "needs curl"
	manage <<-INI
		[init]
		health = unix:$dir/health.sock
		[service:a]
		command = python3 $here/becomes.py notify
		ready = notify
		[service:b]
		command = sleep 1000
		health = file:$dir/well
		health_interval = 100ms
		health_retries = 1
		on_unhealthy = keep
	INI
	until_true test -e waiting
	touch well
	answers /readyz 503
	[ "$(cat body)" = "a: starting: no READY=1 yet" ]
	touch go
	until_true answers /readyz 200
	[ "$(cat body)" = ok ]
	until_true answers /healthz 200
	rm well
	until_true answers /healthz 503
	grep -q "^b: unhealthy: $dir/well: No such file or directory$" body
	touch well
	until_true answers /healthz 200
	answers /metrics 200
	python3 "$here/openmetrics.py" <body
	grep -q '^hull_init_service_state{service="a",hull_init_service_state="running"} 1$' body
	grep -q '^hull_init_service_resident_memory_bytes{service="a"} [1-9]' body
	[ "$(ask /metrics -o body -w '%{content_type}')" = "application/openmetrics-text; version=1.0.0; charset=utf-8" ]
	answers /nosuch 404
	[ "$(ask /healthz -X POST -o body -w '%{http_code}')" = 405 ]
	stop_and_wait
	[ ! -e health.sock ]
}

@test "health at an address that is not loopback is refused by check unless health_public says so" {
	printf '[init]\nhealth = 0.0.0.0:9100\n[service:a]\ncommand = true\n' >init.ini
	run "$HULL_INIT" check init.ini
	[ "$status" = 100 ]
	[[ $output = *"init.ini:2:"*"health: '0.0.0.0:9100' is not loopback: that needs 'health_public = yes'"* ]]
	printf 'health_public = yes\n' | sed -i '1r /dev/stdin' init.ini
	"$HULL_INIT" check init.ini
}
