#!/usr/bin/env bats
# help.bats - what hull tells of itself, and how it takes a slip of the fingers.
# SPDX-License-Identifier: Apache-2.0

bats_require_minimum_version 1.5.0

: "${HULL:=$BATS_TEST_DIRNAME/../../build/cmd/hull/hull}"
hull() { "$HULL" "$@"; }

@test "nothing, help and --help print the same list of commands" {
	diff <(hull) <(hull --help)
	diff <(hull help) <(hull -h)
	hull | grep -q '^  version  *Show the version'
}

@test "help of a command is printed by three calls, and by its longer name" {
	diff <(hull images --help) <(hull help images)
	diff <(hull images --help) <(hull --help images)
	diff <(hull images --help) <(hull image ls --help)
	diff <(hull images --help) <(hull help image ls)
	hull images --help | head -n 1 | grep -qxF 'Usage: hull images [OPTIONS] [REPOSITORY[:TAG]]'
}

@test "help of a group lists its commands" {
	hull system --help | grep -q '^  check  *Prove'
	diff <(hull system --help) <(hull help system)
}

@test "an unknown command is refused with the nearest one" {
	run -2 --separate-stderr hull imagse
	[ "$stderr" = "error: unknown command 'imagse' (did you mean 'images'?)" ]
	run -2 --separate-stderr hull system chekc
	[ "$stderr" = "error: unknown command 'system chekc' (did you mean 'check'?)" ]
	run -2 --separate-stderr hull help verison
	[ "$stderr" = "error: unknown command 'verison' (did you mean 'version'?)" ]
	[ -z "$output" ]
}

@test "an unknown option is refused with the nearest one" {
	run -2 --separate-stderr hull --rot /tmp images
	[ "$stderr" = "error: unknown option '--rot' (did you mean '--root'?)" ]
	run -2 --separate-stderr hull version --fromat x
	[ "$stderr" = "error: unknown option '--fromat' (did you mean '--format'?)" ]
}

@test "too few and too many words are refused with the usage" {
	run -2 --separate-stderr hull completion
	[[ $stderr == *"(usage: hull completion bash)" ]]
	run -2 --separate-stderr hull version now
	[ "$stderr" = "error: 'hull version' takes no arguments (usage: hull version [OPTIONS])" ]
}

@test "an option that docker has and hull has not says what to use instead" {
	run -125 --separate-stderr hull run --volumes-from x y
	[ "$stderr" = "error: option '--volumes-from' is not supported: name the volumes with --volume" ]
}

@test "a full disk is an error" {
	[ -e /dev/full ] || skip "needs /dev/full"
	run -1 --separate-stderr bash -c '"$0" --help >/dev/full' "$HULL"
	[[ $stderr == *"No space left on device" ]]
}

@test "a reader that goes away is no news" {
	run -141 --separate-stderr bash -c 'exec 3> >(exit); sleep 0.3; "$0" --help >&3' "$HULL"
	[ -z "$stderr" ]
}
