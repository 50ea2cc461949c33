#!/usr/bin/env bats
# check and dump: every error in one line with its place, nothing started, no secret shown.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0
load ../lib/init

setup()
{
	[ -x "$HULL_INIT" ]
	cd "$BATS_TEST_TMPDIR"
}

@test "all errors are told, each with its place, and the status is 100" {
	cat >init.ini <<-'END'
		[service:web]
		comand = web
		stop_signal = TREM
		[sevice:db]
	END
	run -100 --separate-stderr "$HULL_INIT" check init.ini
	[ "$output" = "" ]
	[ "${stderr_lines[0]}" = "init.ini:4:1: unknown section 'sevice', nearest 'service'" ]
	[ "${stderr_lines[1]}" = "init.ini:2:1: unknown key 'comand', nearest 'command'" ]
	[ "${stderr_lines[2]}" = "init.ini:3:15: stop_signal: 'TREM' is no signal, nearest 'TERM'" ]
	[ "${stderr_lines[3]}" = "init.ini:1:1: there is no command to run" ]
}

@test "files beside are checked too, and nothing is started" {
	mkdir init.d
	echo '[service:web]' >init.ini
	printf '[service:web]\ncommand = touch %s/started\n' "$PWD" >init.d/web.ini
	run -0 "$HULL_INIT" check init.ini
	[ "$output" = "1 service, 2 files: ok" ]
	[ ! -e started ]
	echo 'x' >init.d/bad.ini
	run -100 "$HULL_INIT" check init.ini
	[ "$output" = "init.d/bad.ini:1:1: neither [section] nor key = value: 'x'" ]
}

@test "a file that is not there is an error" {
	run -111 "$HULL_INIT" check none.ini
	[[ "$output" == *"'none.ini'"* ]]
}

@test "warnings are told, and are errors when strict" {
	printf '[watcher:a]\ncmd = x\nfoo = 1\n' >c.ini
	run -0 --separate-stderr "$HULL_INIT" check c.ini
	[ "$output" = "1 service, 1 file: ok" ]
	[[ "$stderr" == "warning: c.ini:3:1: unknown key 'foo'"* ]]
	run -0 --separate-stderr "$HULL_INIT" check --quiet c.ini
	[ "$stderr" = "" ]
	run -100 --separate-stderr "$HULL_INIT" check --strict c.ini
	[ "$stderr" = "c.ini:3:1: unknown key 'foo'" ]
}

@test "dump is JSON with origins and without secrets" {
	printf '[env]\nDB_PASSWORD = hunter22\n[service:a]\ncommand = x ${DB_PASSWORD}\n' >init.ini
	run -0 "$HULL_INIT" dump --json init.ini
	[[ "$output" != *hunter22* ]]
	python3 - "$output" <<-'END'
		import json, sys
		model = json.loads(sys.argv[1])
		a = model["services"]["a"]
		assert a["words"] == ["x", "***"], a["words"]
		assert a["keys"]["command"] == {"value": "x ${DB_PASSWORD}", "origin": "init.ini:4:1"}
		assert a["keys"]["restart"] == {"value": "always", "origin": "default"}
		assert a["env"]["DB_PASSWORD"] == {"value": "***", "origin": "init.ini:2:1"}
	END
}
