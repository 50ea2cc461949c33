#!/usr/bin/env bats
# container.bats - hull-init as PID 1 of real containers, down to an image that holds nothing else.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0
load ../lib/hull

setup_file() {
	: "${HULL_INIT:?is the program under test}"
	hull_begin
}

teardown_file() { hull_end; }

setup() {
	[ -z "${HULL_SANITIZED:-}" ] || skip "a sanitized program is not static: it has no library in these images"
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	local id
	for id in $("$HULL" ps -aq 2>/dev/null); do
		"$HULL" rm -f -v "$id" >/dev/null
	done
}

# image NAME CHANGE...: from the files below ./root.
image() {
	local name=$1 change changes=()
	shift
	for change; do
		changes+=(--change "$change")
	done
	tar -C root --numeric-owner --owner=0 --group=0 -cf "$name.tar" .
	"$HULL" import -q "${changes[@]}" "$name.tar" "$name" >/dev/null
}

# bare INI-TEXT: an image of hull-init, a static program under some names, and one init file.
bare() {
	mkdir -p root/{bin,etc/hull,tmp}
	cp "$HULL_INIT" root/hull-init
	cp "$(command -v busybox)" root/bin/busybox
	for tool in sh sleep cat echo id wget httpd nc true false kill touch test ls; do
		ln -sf busybox "root/bin/$tool"
	done
	cat >root/etc/hull/init.ini
	image bare 'ENTRYPOINT ["/hull-init"]' 'ENV PATH=/bin'
}

# until_is SECONDS COMMAND...
until_is() {
	local tries=$(($1 * 20))
	shift
	until "$@"; do
		[ $((tries--)) -gt 0 ] || return 1
		sleep 0.05
	done
}

logs_have() { "$HULL" logs "$1" 2>&1 | grep -q -- "$2"; }

@test "a program's exit status is the container's, and so is what kills it" {
	bare </dev/null
	run -7 "$HULL" run --rm --network none bare -- sh -c 'exit 7'
	run -137 "$HULL" run --rm --network none bare -- sh -c 'kill -9 $$'
	run -127 "$HULL" run --rm --network none bare -- nosuch
	[[ $output == *nosuch* ]]
	run -126 "$HULL" run --rm --network none bare -- /etc/hull/init.ini
}

@test "an image that holds nothing but hull-init and one program" {
	mkdir -p root/etc/hull
	cp "$HULL_INIT" root/hull-init
	cp "$(command -v busybox)" root/program
	printf '[service:only]\ncommand = /program sleep 1000\n' >root/etc/hull/init.ini
	image scratch 'ENTRYPOINT ["/hull-init"]'
	"$HULL" run -d --name only --network none scratch
	until_is 20 "$HULL" exec only /hull-init ctl status only
	run -0 "$HULL" exec only /hull-init ctl list
	[[ $output == *only* ]]
	began=$(date +%s)
	"$HULL" stop only
	[ $(($(date +%s) - began)) -lt 8 ]
	[ "$("$HULL" inspect -f '{{.State.ExitCode}}' only)" = 0 ]
}

@test "services, their logs with names, an order, and a stop in reverse" {
	bare <<'E'
[service:db]
command = sh -c 'trap "echo db stops; exit 0" TERM; echo db starts; touch /tmp/db; sleep 1000 & wait'
ready = file:/tmp/db
[service:app]
command = sh -c 'trap "echo app stops; exit 0" TERM; echo app starts; sleep 1000 & wait'
needs = db:ready
E
	"$HULL" run -d --name two --network none bare
	until_is 20 logs_have two 'app starts'
	"$HULL" stop two
	run -0 "$HULL" logs two
	echo "$output"
	[[ $output == *'db | db starts'*'app | app starts'*'app | app stops'*'db | db stops'* ]]
	[ "$("$HULL" inspect -f '{{.State.ExitCode}}' two)" = 0 ]
}

@test "the main service's end is the container's, with its status" {
	bare <<'E'
[service:beside]
command = sleep 1000
[service:app]
main = yes
command = sh -c 'sleep 0.3; exit 42'
E
	run -42 "$HULL" run --rm --network none bare
}

@test "read-only, an unknown user, no right to anything" {
	bare <<'E'
[service:app]
command = sh -c 'id -u; sleep 1000'
E
	"$HULL" run -d --name ro --network none --read-only --user 65534:65534 --cap-drop ALL bare
	until_is 20 logs_have ro 65534
	run -0 "$HULL" exec ro /hull-init ctl status app
	[[ $output == *running* ]]
	"$HULL" stop ro
	[ "$("$HULL" inspect -f '{{.State.ExitCode}}' ro)" = 0 ]
}

@test "a user from the environment, a template, a volume that is filled once" {
	bare <<'E'
[init]
users_from_env = yes
[dir:/data]
user = dev
mode = 0750
[copy:/data/www]
source = /usr/share/www
when = if-empty
[template:/tmp/app.conf]
source = /usr/share/app.conf
[service:app]
user = dev
command = sh -c 'id -u; cat /tmp/app.conf; cat /data/www/index; sleep 1000'
E
	mkdir -p root/usr/share/www
	echo 'log {{LOG_PATH}}' >root/usr/share/app.conf
	echo prepopulated >root/usr/share/www/index
	printf 'root:x:0:0:root:/root:/bin/sh\n' >root/etc/passwd
	printf 'root:x:0:\n' >root/etc/group
	image filled 'ENTRYPOINT ["/hull-init"]' 'ENV PATH=/bin'
	run "$HULL" run --rm --network none -e USER_NAME=dev -e USER_UID=1234 filled
	[ "$status" != 0 ]
	[[ $output == *app.conf*LOG_PATH* ]]
	"$HULL" run -d --name full --network none -v data:/data -e USER_NAME=dev -e USER_UID=1234 -e LOG_PATH=/var/log/app filled
	until_is 20 logs_have full prepopulated
	run -0 "$HULL" logs full
	[[ $output == *1234* && $output == *'log /var/log/app'* ]]
	"$HULL" exec full sh -c 'echo mine >/data/www/index'
	"$HULL" stop full
	"$HULL" start full
	until_is 20 logs_have full mine
	"$HULL" stop full
}

@test "orphans are reaped, a storm of them too" {
	bare <<'E'
[service:app]
command = sh -c 'i=0; while [ $i -lt 300 ]; do (true & ) ; i=$((i+1)); done; echo made; sleep 1000'
E
	"$HULL" run -d --name storm --network none bare
	until_is 30 logs_have storm made
	until_is 20 sh -c '! "$HULL" exec storm sh -c "cat /proc/[0-9]*/stat 2>/dev/null" | grep -q " Z "'
	"$HULL" stop storm
}

@test "a fault in the file is one line, and nothing was started" {
	bare <<'E'
[service:app]
comand = sleep 1000
E
	run -100 "$HULL" run --rm --network none bare
	[[ $output == *"/etc/hull/init.ini:2:1: "*"'comand'"*"'command'"* ]]
	[ "$(wc -l <<<"$output")" = 1 ]
}

@test "files are checked before an image is run" {
	bare <<'E'
[service:app]
command = sleep 1000
needs = db
E
	run -100 "$HULL" run --rm --network none bare check
	[[ $output == *init.ini:3:*db* ]]
}
