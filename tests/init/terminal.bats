#!/usr/bin/env bats
# terminal.bats - hull-init and its program on a terminal: foreground, Ctrl-C, Ctrl-Z, sessions.
# SPDX-License-Identifier: Apache-2.0

load ../lib/init

setup() { init_begin; }
teardown() { init_end; }

on_terminal() { python3 "$HULL_SHARE/tests/init/terminal.py" "$@"; }

@test "the program has the terminal" { on_terminal foreground; }
@test "Ctrl-C comes to the program, once" { on_terminal ctrl_c_once; }
@test "Ctrl-C comes once to a program in our own group" { on_terminal ctrl_c_single_child; }
@test "Ctrl-C ends the program, and us with 130" { on_terminal ctrl_c_ends_it; }
@test "Ctrl-Z stops neither PID 1 nor its program for good" { on_terminal ctrl_z_as_pid1; }
@test "Ctrl-Z under a shell stops the job, and it goes on in the foreground" { on_terminal ctrl_z_in_a_shell; }
@test "a background job takes the terminal from nobody" { on_terminal in_the_background; }
@test "the terminal is given back at the end" { on_terminal given_back; }
@test "a session of its own gets the terminal and no stray HUP" { on_terminal session; }
@test "messages with TOSTOP set do not stop us" { on_terminal stop_by_output; }
@test "when the terminal hangs up the program learns of it" { on_terminal hang_up; }
