#!/usr/bin/env bats
# valgrind.bats - the static program itself, as it is installed, under valgrind: no wrong read, no wrong system call.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

setup() {
	: "${HULL_INIT:?is the program under test}"
	[ -z "${HULL_SANITIZED:-}" ] || skip "a sanitized program checks itself"
	command -v valgrind >/dev/null || skip "needs valgrind"
	cd "$BATS_TEST_TMPDIR" || return 1
}

words=(valgrind --quiet --error-exitcode=99 --log-file=valgrind.%p)
checked() { timeout 120 "${words[@]}" "$HULL_INIT" "$@"; }

# No fault in any process that valgrind followed ("--PID--" are its own remarks, about calls newer than itself).
quiet() { ! grep -h '^==' valgrind.*; }

until_is() {
	local tries=$(($1 * 20))
	shift
	until "$@"; do
		[ $((tries--)) -gt 0 ] || return 1
		sleep 0.05
	done
}

@test "a wrapped program" {
	run -3 checked -- sh -c 'exit 3'
	run -127 checked -- ./nosuch
	quiet
}

@test "reading files, good and bad" {
	printf '[service:a]\ncommand = true\n[cron:b]\nschedule = @daily\ncommand = true\n' >good.ini
	printf '[service:a]\ncomand = true\n' >bad.ini
	run -0 checked check ./good.ini
	run -0 checked dump ./good.ini
	run -100 checked check ./bad.ini
	quiet
}

@test "services that start, fail, log, are asked, reloaded and stopped" {
	cat >init.ini <<END
[init]
control = $PWD/control
users_from_env = yes
[template:$PWD/made]
source = $PWD/source
[service:ready]
command = sh -c 'touch $PWD/there; exec sleep 1000'
ready = file:$PWD/there
log = file:$PWD/log
log_format = stamp
[service:after]
command = sh -c 'echo after; exec sleep 1000'
needs = ready
[service:fails]
command = false
restart_delay = 1s
END
	echo 'a {{HOME}}' >source
	"${words[@]}" "$HULL_INIT" "$PWD/init.ini" >out 2>&1 3>&- &
	pid=$!
	until_is 60 grep -q after out
	for verb in 'status' 'explain fails' 'stats' 'restart after --waiting' 'options after' 'incr after 1'; do
		run -0 "$HULL_INIT" ctl --endpoint "$PWD/control" --timeout 60 $verb
	done
	printf '[service:added]\ncommand = sleep 1000\n' >>init.ini
	run -0 "$HULL_INIT" ctl --endpoint "$PWD/control" --timeout 60 reloadconfig --waiting
	until_is 60 sh -c '"$HULL_INIT" ctl --endpoint "$PWD/control" status added | grep -q running'
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" = 0 ]
	quiet
}
