#!/usr/bin/env bats
# terminal.bats - run and exec on a terminal.
# SPDX-License-Identifier: Apache-2.0
load setup

setup_file() { command -v python3 >/dev/null || skip "needs python3"; }

@test "a shell on a terminal of our size" {
	run -9 on_terminal 33 77 'stty size; tty; echo e$((1+1))nd; exit 9\n' "$HULL" run -it --rm --network none box
	[[ $output == *"33 77"* && $output == *"/dev/pts/0"* && $output == *e2nd* ]]
}

@test "the size is there from the first instruction on" {
	run -0 on_terminal 12 34 '' "$HULL" run -t --rm --network none box stty size
	[[ $output == *"12 34"* ]]
}

@test "a new size of our terminal is passed on" {
	run -0 on_terminal 20 30 '\n@40x50@stty size; exit 0\n' "$HULL" run -it --rm --network none box
	[[ $output == *"40 50"* ]]
}

@test "our terminal is as before afterwards" {
	run -0 on_terminal 24 80 'exit\n' sh -c 'a=$(stty -g); "$0" run -it --rm --network none box; [ "$a" = "$(stty -g)" ]' "$HULL"
}

@test "Ctrl-C is the container's" {
	run -130 on_terminal 24 80 'sleep 100\n@24x80@\x03@24x80@exit\n' "$HULL" run -it --rm --network none box
}

@test "detach keys let go, and the container goes on" {
	run -0 on_terminal 24 80 '\x10\x11' "$HULL" run -it --name left --network none box
	[ "$(state left Running)" = true ]
	run -0 on_terminal 24 80 'x' "$HULL" run -it --name other --network none --detach-keys x box
	[ "$(state other Running)" = true ]
}

@test "exec has a terminal, too" {
	hull run -d --name base --network none box sleep 100
	run -3 on_terminal 20 70 'stty size; exit 3\n' "$HULL" exec -it base sh
	[[ $output == *"20 70"* ]]
}

@test "-it without a terminal is refused" {
	run -125 box -it box true </dev/null
	[[ $output == *"the input device is not a TTY"* ]]
}

@test "-t alone gives a terminal without one of ours" {
	[ "$(box -t box tty </dev/null | tr -d '\r')" = /dev/pts/0 ]
	id=$(hull run -dt --network none box sh)
	sleep 0.3
	[ "$(state "$id" Running)" = true ]
}
