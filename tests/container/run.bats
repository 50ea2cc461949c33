#!/usr/bin/env bats
# run.bats - one command in a new container: streams, statuses, what it sees.
# SPDX-License-Identifier: Apache-2.0
load setup

@test "the command's exit status is ours" {
	box box true
	run -7 box box sh -c 'exit 7'
	run -0 box box sh -c 'exit 0'
}

@test "125, 126 and 127 say who failed" {
	run -127 box box nosuch
	[[ $output == *nosuch* ]]
	run -127 box box /no/such
	run -126 box box /etc/passwd
	run -126 box box /etc
	run -125 box nosuchimage true
	[[ $output == *"nosuchimage"* ]]
	run -125 box --memroy=1g box true
	[[ $output == *"did you mean '--memory'"* ]]
	run -125 box --memory-swap=1g box true
	[[ $output == *"'--memory-swap' is not supported: use --memory"* ]]
	[ -z "$(hull ps -aq)" ]
}

@test "standard streams are apart and whole" {
	box box sh -c 'echo out; echo err >&2' >out 2>err
	[ "$(cat out)" = out ]
	[ "$(cat err)" = err ]
	head -c 3000000 /dev/urandom >big
	box -i box cat <big >back
	cmp big back
	cat big | box -i box cat | cmp - big
}

@test "without -i standard input is empty" {
	[ "$(echo text | box box cat)" = "" ]
	[ "$(echo text | box -i box cat)" = text ]
}

@test "a file given as standard input keeps its owner" {
	echo text >file
	chown 1234:1234 file
	[ "$(box -i -u user box cat <file)" = text ]
	[ "$(stat -c %u:%g file)" = 1234:1234 ]
}

@test "a reader that goes away does not end the container" {
	hull run --name drip --network none box sh -c 'i=0; while [ $i -lt 200 ]; do echo $i; i=$((i+1)); done' | head -n 1
	[ "$(hull wait drip)" = 0 ]
	[ "$(hull logs drip | wc -l)" = 200 ]
}

@test "environment: the image's, ours, a file's, and what docker adds" {
	image env 'ENV A=image B=image'
	printf '# no\nC=file\nD\n' >file
	D=ours run -0 box -e A=given --env-file file env env
	[[ $output == *A=given* && $output == *B=image* && $output == *C=file* && $output == *D=ours* ]]
	[[ $output == *HOME=/root* && $output == *HOSTNAME=* && $output != *TERM=* ]]
	[ "$(box -u user box sh -c 'echo $HOME')" = /home/user ]
	[ "$(box -e HOME=/x box sh -c 'echo $HOME')" = /x ]
}

@test "users by name, number and group" {
	[ "$(box box id -u)" = 0 ]
	[ "$(box -u user box sh -c 'id -u; id -g; id -G')" = $'1000\n1000\n1000 77' ]
	[ "$(box -u 1234:88 box sh -c 'id -u; id -g')" = $'1234\n88' ]
	[ "$(box -u user:more --group-add extra --group-add 99 box id -G)" = '88 77 99' ]
	run -125 box -u nobodyhere box true
	[[ $output == *nobodyhere* ]]
	[ -z "$(hull ps -aq)" ]
}

@test "a working directory is made" {
	[ "$(box -w /made/here box pwd)" = /made/here ]
	image work 'WORKDIR /home/user'
	[ "$(box work pwd)" = /home/user ]
}

@test "entrypoint and command" {
	image entry 'ENTRYPOINT ["echo", "entry"]' 'CMD ["default"]'
	[ "$(box entry)" = 'entry default' ]
	[ "$(box entry mine)" = 'entry mine' ]
	[ "$(box --entrypoint echo entry alone)" = alone ]
	[ "$(box --entrypoint= entry echo reset)" = reset ]
	run -125 box --entrypoint= entry
	[[ $output == *"no command specified"* ]]
}

@test "hostname, hosts and resolv.conf" {
	[ "$(box -h machine box hostname)" = machine ]
	id=$(hull create --network none box hostname)
	[ "$(hull start -a "$id")" = "${id:0:12}" ]
	run -0 box --add-host db:10.1.2.3 --dns 9.9.9.9 box cat /etc/hosts /etc/resolv.conf
	[[ $output == *$'10.1.2.3\tdb'* && $output == *"nameserver 9.9.9.9"* && $output == *localhost* ]]
}

@test "capabilities follow docker's defaults" {
	eff() { box "$@" box sed -n 's/^CapEff:\s*//p' /proc/self/status; }
	[ "$(eff)" = 00000000a80425fb ]
	[ "$(eff --cap-drop ALL)" = 0000000000000000 ]
	[ "$(eff --cap-drop ALL --cap-add CHOWN)" = 0000000000000001 ]
	[ "$(eff --cap-drop mknod)" = 00000000a00425fb ]
	[ "$(eff -u user)" = 0000000000000000 ]
	[[ $(eff --privileged) > 000001ff00000000 ]]
	run -125 box --cap-add NET_ADMNI box true
	[[ $output == *NET_ADMIN* ]]
}

@test "no-new-privileges, seccomp and masked paths" {
	[ "$(box --security-opt no-new-privileges box sed -n 's/^NoNewPrivs:\s*//p' /proc/self/status)" = 1 ]
	[ "$(box box sed -n 's/^Seccomp:\s*//p' /proc/self/status)" = 2 ]
	[ "$(box --security-opt seccomp=unconfined box sed -n 's/^Seccomp:\s*//p' /proc/self/status)" = 0 ]
	[ "$(box --security-opt mask=/etc/passwd box cat /etc/passwd)" = "" ]
}

@test "a read-only root file system" {
	run -1 box --read-only box touch /x
	[[ $output == *"Read-only file system"* ]]
	box --read-only --tmpfs /run box touch /run/x
}

@test "limits arrive" {
	need_controller memory
	need_controller pids
	need_controller cpu
	first() { cat "$@" 2>/dev/null | head -n 1; }
	read_limit() { box "$1" box sh -c "cat $2 2>/dev/null || cat $3"; }
	[ "$(read_limit --memory=64m /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes)" = 67108864 ]
	[ "$(read_limit --pids-limit=20 /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max)" = 20 ]
	[[ $(read_limit --cpus=0.5 /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us) == 50000* ]]
	[ "$(box --ulimit nofile=100:200 box sh -c 'ulimit -n; ulimit -Hn')" = $'100\n200' ]
	[[ $(box --shm-size=1m box mount) == *"/dev/shm "*size=1024k* ]]
}

@test "memory beyond the limit ends it, and inspect says so" {
	need_controller memory
	run -137 hull run --name hungry --network none -m 16m box tail /dev/zero
	[ "$(state hungry OOMKilled) $(state hungry ExitCode)" = 'true 137' ]
}

@test "devices are given" {
	[ -c /dev/fuse ] || skip "needs /dev/fuse"
	box --device /dev/fuse:/dev/mine:r box test -c /dev/mine
	run -1 box box test -c /dev/fuse
	run -125 box --device /dev/nosuch box true
}

@test "--cidfile must not exist and gets the ID" {
	id=$(hull run -d --cidfile cid --network none box true)
	[ "$(cat cid)" = "$id" ]
	run -125 box --cidfile cid box true
	[[ $output == *"'cid' exists"* ]]
}

@test "--rm leaves nothing behind" {
	box --name gone -v anonymous-not:/named -v /made box touch /made/x
	[ -z "$(hull ps -aq)" ]
	[ "$(ls "$HULL_ROOT/volumes")" = anonymous-not ]
	[ -z "$(ls "$HULL_ROOT/leases")" ]
	[ -z "$(ls "$HULL_ROOT/containers/names")" ]
	box --name gone box true # the name is free again
	run -127 box --name gone box nosuch
	[ -z "$(hull ps -aq)" ]
}

@test "a name is used once" {
	hull create --name taken --network none box true
	run -125 box --name taken box true
	[[ $output == *"the name 'taken' is in use"* ]]
	hull rename taken other
	box --name taken box true
	[ "$(hull inspect -f '{{.Name}}' other)" = /other ]
}

@test "many at once have names of their own" {
	for i in 1 2 3 4 5 6; do
		box box sh -c "sleep 0.2; echo $i" >"out.$i" &
	done
	wait
	[ "$(cat out.*)" = $'1\n2\n3\n4\n5\n6' ]
	for i in 1 2 3 4; do
		hull create --name same --network none box true >"id.$i" 2>/dev/null &
	done
	wait
	[ "$(cat id.* | wc -l)" = 1 ]
}

@test "signals go to the container" {
	"$HULL" run --name sig --network none box sh -c 'trap "echo got; exit 9" TERM; echo ready; while :; do sleep 0.05; done' >out &
	until_is 10 grep -q ready out
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" = 9 ]
	grep -q got out
}
