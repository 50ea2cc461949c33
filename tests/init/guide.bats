#!/usr/bin/env bats
# guide.bats - what the guides and examples say can be loaded as it stands.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

setup() {
	: "${HULL_INIT:?is the program under test}"
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "every block of INI in the guide is accepted" {
	awk '/^```ini$/ { inside = 1; n++; next } /^```$/ { inside = 0 } inside { print > ("block" n ".ini") }' \
		"$top/docs/guides/to-hull-init.md"
	[ "$(ls block*.ini | wc -l)" -ge 5 ]
	for block in block*.ini; do
		run -0 "$HULL_INIT" check "$PWD/$block"
		[[ $output != *warning* ]]
	done
}

@test "the INI of README.md is accepted" {
	awk '/^```ini$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$top/README.md" >init.ini
	[ -s init.ini ]
	run -0 "$HULL_INIT" check "$PWD/init.ini"
	[[ $output != *warning* ]]
}

@test "every key that the guide names in a table exists" {
	for key in command cwd umask user numprocesses needs after priority autostart restart success restart_stable \
		restart_limit restart_window on_limit main stop_signal graceful_timeout kill log log_max_size log_keep \
		log_format ready ready_timeout stdout stderr; do
		printf '[service:x]\ncommand = true\n%s = \n' "$key" >key.ini
		run "$HULL_INIT" check "$PWD/key.ini"
		[[ $output != *"unknown key"* ]]
	done
	printf '[service:x]\ncommand = true\nnosuch = \n' >key.ini
	run -100 "$HULL_INIT" check "$PWD/key.ini"
	[[ $output == *"unknown key 'nosuch'"* ]]
}
