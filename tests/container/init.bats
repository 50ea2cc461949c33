#!/usr/bin/env bats
# init.bats - --init: hull-init as process 1, the command below it.
# SPDX-License-Identifier: Apache-2.0
load setup

setup_file() {
	: "${HULL_INIT:?is the init under test}"
	PATH="$(dirname "$HULL_INIT"):$PATH"
	export PATH
}

@test "the init is process 1 and the command is its child" {
	[ "$(box --init box sh -c 'cat /proc/1/comm; ps -o pid,ppid,comm | grep -c "2 *1 *sh"')" = "$(printf '.hull-init\n1')" ]
	[ "$(box box cat /proc/1/comm)" = cat ]
}

@test "its words, user, directory and environment are the command's" {
	[ "$(box --init -u user -w /data -e A=b box sh -c 'id -u; pwd; echo $A "$0" "$1"' x 'y z')" = "$(printf '1000\n/data\nb x y z')" ]
	[ "$(echo in | box --init -i box cat)" = in ]
}

@test "the exit status is the command's, and 127 and 126 as without" {
	run -7 box --init box sh -c 'exit 7'
	run -137 box --init box sh -c 'kill -KILL $$'
	run -127 box --init box nosuch
	run -126 box --init box /etc/passwd
}

@test "orphans are reaped" {
	orphans='(sleep 0.1 &) ; sleep 1; ps -o stat | grep -c Z'
	[ "$(box --init box sh -c "$orphans")" = 0 ]
}

@test "TERM reaches a command that does nothing about it as process 1" {
	hull run -d --name plain --network none --init box sleep 600 >/dev/null
	started=$SECONDS
	hull stop -t 20 plain
	[ $((SECONDS - started)) -lt 15 ]
	[ "$(hull inspect -f '{{.State.ExitCode}}' plain)" = 143 ]
}

@test "what is seen of it: in inspect, not in diff and commit" {
	hull run --name seen --network none --init box sh -c 'touch /new; ls -a / | grep hull-init; touch /.hull-init 2>/dev/null || echo read-only'
	[ "$(hull logs seen)" = "$(printf '.hull-init\nread-only')" ]
	[ "$(hull inspect -f '{{.HostConfig.Init}} {{.Path}}' seen)" = "true sh" ]
	[ "$(hull diff seen)" = "A /new" ]
	hull commit seen seen >/dev/null
	[ "$(box seen ls -a / | grep -c hull-init)" = 0 ]
	[ "$(box seen ls /new)" = /new ]
}

@test "with a read-only root, and again after a restart" {
	run -3 box --init --read-only box sh -c 'exit 3'
	hull run --name again --network none --init box cat /proc/1/comm
	hull start -a again
	[ "$(hull logs again)" = "$(printf '.hull-init\n.hull-init')" ]
}

@test "another init by its path; none, and what is one already, are told" {
	need tini-static
	[ "$(box --init-path "$(command -v tini-static)" box cat /proc/1/cmdline | tr '\0' ' ')" = "/.hull-init -- cat /proc/1/cmdline " ]
	run -125 box --init-path /nowhere/init box true
	[[ $output == *"'/nowhere/init'"* ]]
	run -125 box --init box /sbin/init
	[[ $output == *"the command is an init itself"* ]]
	mkdir bin
	PATH=$PWD/bin:/usr/bin:/bin:/usr/sbin:/sbin run -125 box --init box true
	[[ $output == *"'hull-init' is neither beside hull nor in PATH"* ]]
}
