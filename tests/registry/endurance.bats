# endurance.bats - short campaigns of kill -9 and of many clients beside the collector; the long ones: tests/long.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/registry

setup() { export PYTHONDONTWRITEBYTECODE=1; }

@test "kill -9 at any moment loses nothing acknowledged" {
	python3 "$BATS_TEST_DIRNAME/crash.py" "$BATS_TEST_TMPDIR" 60
}

@test "what clients wrote is what they read, beside collector and verifier" {
	python3 "$BATS_TEST_DIRNAME/history.py" "$BATS_TEST_TMPDIR" 10 8
}

@test "broken and forbidden requests change and show nothing" {
	python3 "$BATS_TEST_DIRNAME/abuse.py" "$BATS_TEST_TMPDIR" 10
}
