#!/usr/bin/env bats
# life.bats - containers that stay: states, logs, stopping, restarting, monitors that are killed.
# SPDX-License-Identifier: Apache-2.0
load setup

@test "created, running, exited, started again, removed" {
	id=$(hull create --name life --network none box sh -c 'echo run; trap "exit 3" TERM; while :; do sleep 0.05; done')
	[ "$(state life Status)" = created ]
	[ "$(hull start life)" = life ]
	[ "$(state life Status)" = running ]
	[ -d "/proc/$(state life Pid)" ]
	hull start life # again: nothing happens
	until_is 5 grep -q run "$HULL_ROOT/containers/$id/log"
	[ "$(hull stop life)" = life ]
	[ "$(state life Status) $(state life ExitCode)" = 'exited 3' ]
	hull stop life
	[ "$(hull wait life)" = 3 ]
	hull start "${id:0:8}"
	run -1 hull rm life
	[[ $output == *"it is running"* ]]
	hull rm -f life
	run -1 hull inspect life
}

@test "stop waits, then kills" {
	hull run -d --name deaf --network none box sh -c 'trap "" TERM; while :; do sleep 0.05; done'
	sleep 0.2
	hull stop -t 1 deaf
	[ "$(state deaf ExitCode)" = 137 ]
	hull run -d --name usr --stop-signal USR1 --network none box sh -c 'trap "exit 5" USR1; while :; do sleep 0.05; done'
	sleep 0.2
	hull stop usr
	[ "$(state usr ExitCode)" = 5 ]
}

@test "kill sends any signal, and KILL by default" {
	hull run -d --name victim --network none box sh -c 'trap "echo usr" USR1; while :; do sleep 0.05; done'
	sleep 0.2
	hull kill -s USR1 victim
	until_is 5 sh -c '[ "$("$HULL" logs victim)" = usr ]'
	run -2 hull kill -s SIGNOPE victim
	hull kill victim
	[ "$(state victim Status) $(state victim ExitCode)" = 'exited 137' ]
	run -1 hull kill victim
	[[ $output == *"it is not running"* ]]
}

@test "logs: both streams, tail, times, since and until" {
	hull run --name talk --network none box sh -c 'for i in 1 2 3 4 5; do echo line $i; done; echo problem >&2; printf unfinished' >/dev/null 2>&1
	[ "$(hull logs talk 2>/dev/null)" = $'line 1\nline 2\nline 3\nline 4\nline 5\nunfinished' ]
	[ "$(hull logs talk 2>&1 >/dev/null)" = problem ]
	[ "$(hull logs -n 1 talk)" = unfinished ]
	[ "$(hull logs -n 0 talk)" = "" ]
	[ "$(hull logs --tail all talk 2>/dev/null | wc -l)" = 5 ]
	[[ $(hull logs -t -n 1 talk) =~ ^20[0-9-]+T[0-9:.]+Z\ unfinished$ ]]
	[ "$(hull logs --since 1h -n 1 talk)" = unfinished ]
	[ "$(hull logs --until 2020-01-01 talk)" = "" ]
	[ "$(hull logs --since 2200-01-01T00:00:00Z talk)" = "" ]
	run -2 hull logs --since whenever talk
}

@test "the log keeps every byte" {
	head -c 200000 /dev/urandom >bytes
	hull run -i --name bytes --network none box cat <bytes >/dev/null
	hull logs bytes | cmp - bytes
}

@test "logs -f follows until the end" {
	hull run -d --name grow --network none box sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; done'
	[ "$(timeout 20 "$HULL" logs -f grow)" = $'1\n2\n3' ]
	hull run -d --rm --name gone --network none box sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; done'
	[ "$(timeout 20 "$HULL" logs -f gone)" = $'1\n2\n3' ]
}

@test "wait gives the exit status, also of a container that removes itself" {
	hull run -d --rm --name waited --network none box sh -c 'sleep 0.3; exit 6'
	[ "$(timeout 20 "$HULL" wait waited)" = 6 ]
	hull run -d --name once --network none box sh -c 'sleep 0.3; exit 4'
	[ "$(timeout 20 "$HULL" wait --condition next-exit once)" = 4 ]
}

@test "restart: on-failure a number of times" {
	hull run -d --name failing --restart on-failure:2 --network none box sh -c 'echo run; exit 4'
	[ "$(timeout 20 "$HULL" wait failing)" = 4 ]
	[ "$(hull logs failing)" = $'run\nrun\nrun' ]
	[ "$(hull inspect -f '{{.RestartCount}}' failing)" = 2 ]
	hull run -d --name fine --restart on-failure --network none box true
	[ "$(timeout 20 "$HULL" wait fine)" = 0 ]
}

@test "restart: always, until it is stopped" {
	hull run -d --name again --restart always --network none box sh -c 'echo run; exit 0'
	until_is 10 sh -c '[ "$("$HULL" logs again | wc -l)" -ge 3 ]'
	hull stop again
	[ "$(state again Status)" = exited ]
	n=$(hull logs again | wc -l)
	sleep 1
	[ "$(hull logs again | wc -l)" = "$n" ]
}

@test "pause and unpause" {
	hull run -d --name still --network none box sh -c 'while :; do echo x; sleep 0.05; done'
	hull pause still
	[ "$(state still Status)" = paused ]
	n=$(hull logs still | wc -l)
	sleep 0.3
	[ "$(hull logs still | wc -l)" -le $((n + 1)) ]
	run -1 hull exec still true
	[[ $output == *"paused"* ]]
	hull unpause still
	until_is 5 sh -c "[ \$(\"$HULL\" logs still | wc -l) -gt $((n + 1)) ]"
	hull pause still
	hull stop -t 1 still
	[ "$(state still Status)" = exited ]
}

was_killed() { [ "$(state "$1" Status) $(state "$1" ExitCode)" = 'exited 137' ]; }

# As long as the monitor is dying, the container runs.
@test "a monitor that is killed leaves no lie" {
	hull run -d --name orphan --network none box sleep 1000
	pid=$(state orphan Pid)
	kill -9 "$(monitor orphan)"
	until_is 10 was_killed orphan
	until_is 5 test ! -d "/proc/$pid"
	[ "$(hull wait orphan)" = 137 ]
	hull start orphan
	[ "$(state orphan Status)" = running ]
}

is_empty() { [ -z "$(hull ps -aq)" ]; }

@test "a --rm container whose monitor is killed goes with the next look" {
	id=$(hull run -d --rm --name orphan --network none box sleep 1000)
	pid=$(state orphan Pid)
	kill -9 "$(monitor orphan)"
	until_is 5 test ! -e "/proc/$pid/root/bin" || true
	until_is 10 is_empty
	[ ! -e "$HULL_ROOT/containers/$id" ]
	until_is 5 test ! -d "/proc/$pid"
}

@test "a client that is killed leaves the container running" {
	"$HULL" run --name alone --network none box sh -c 'echo begun; while :; do sleep 0.1; done' >out 2>&1 3>&- &
	client=$!
	until_is 10 grep -q begun out
	kill -9 $client
	sleep 0.3
	[ "$(state alone Running)" = true ]
	hull stop -t 0 alone
}

@test "exec: streams, status, user, directory, environment" {
	hull run -d --name base --network none -e A=base box sleep 1000
	run -5 hull exec base sh -c 'echo out; exit 5'
	[ "$output" = out ]
	[ "$(echo in | hull exec -i base cat)" = in ]
	[ "$(hull exec -u user -w /tmp -e B=2 base sh -c 'id -un; pwd; echo $A$B $HOME')" = $'user\n/tmp\nbase2 /home/user' ]
	run -127 hull exec base nosuch
	run -126 hull exec base /etc/passwd
	run -1 hull exec nosuch true
	hull exec -d base sh -c 'sleep 0.2; touch /tmp/done'
	until_is 5 hull exec base test -e /tmp/done
	[ "$(hull exec base sed -n 's/^CapEff:\s*//p' /proc/self/status)" = 00000000a80425fb ]
	[[ $(hull exec --privileged base sed -n 's/^CapEff:\s*//p' /proc/self/status) > 000001ff00000000 ]]
	head -c 2000000 /dev/urandom >big
	hull exec -i base cat <big | cmp - big
}

@test "exec in a container that does not run is refused" {
	hull create --name idle --network none box true
	run -1 hull exec idle true
	[[ $output == *"'idle' is not running"* ]]
}

@test "ps: columns, filters, formats" {
	hull run -d --name up --network none -l role=a box sleep 1000
	hull run --name down --network none -l role=b box sh -c 'exit 3' || true
	hull create --name new --network none box true
	run -0 hull ps
	[[ ${lines[0]} == "CONTAINER ID   IMAGE   COMMAND        CREATED "*"STATUS "*"PORTS   NAMES" ]]
	[[ ${lines[1]} =~ ^[0-9a-f]{12}\ +box\ +'"sleep 1000"'.*Up.*up$ ]]
	[ "${#lines[@]}" = 2 ]
	names() { hull ps --format '{{.Names}}' "$@" | tr '\n' ' '; }
	[ "$(names -a)" = 'new down up ' ]
	[ "$(names -n 2)" = 'new down ' ]
	[ "$(names -l)" = 'new ' ]
	[ "$(names -f status=exited)" = 'down ' ]
	[ "$(names -f exited=3)" = 'down ' ]
	[ "$(names -a -f name=^d)" = 'down ' ]
	[ "$(names -a -f label=role)" = 'down up ' ]
	[ "$(names -a -f label=role=a)" = 'up ' ]
	[ "$(names -a -f since=up)" = 'new down ' ]
	[ "$(names -a -f before=new)" = 'down up ' ]
	[ "$(names -a -f ancestor=box)" = 'new down up ' ]
	[ "$(names -a -f "id=$(hull ps -aq -f name=up)")" = 'up ' ]
	[[ $(hull ps -a -f name=down --format '{{.Status}}') =~ ^'Exited (3) ' ]]
	[ "$(hull ps -q --no-trunc)" = "$(hull inspect -f '{{.Id}}' up)" ]
	[[ $(hull ps -s --format '{{.Size}}') == *"(virtual "* ]]
	run -2 hull ps -f stauts=x
	[[ $output == *"did you mean 'status'"* ]]
	run -2 hull ps --format '{{.Nams}}'
}

@test "inspect has docker's names" {
	hull run -d --name seen --network none -m 64m -v named:/data:ro --tmpfs /t box sleep 1000
	for field in Id Created Path Args State.Pid State.StartedAt Image ResolvConfPath LogPath Name Driver Platform \
		HostConfig.Memory HostConfig.RestartPolicy.Name HostConfig.Binds GraphDriver.Data.UpperDir Mounts Config.Env \
		Config.Cmd Config.Labels NetworkSettings.IPAddress NetworkSettings.Networks; do
		run -0 hull inspect -f "{{.$field}}" seen
	done
	[ "$(hull inspect -f '{{.HostConfig.Memory}} {{index .HostConfig.Binds 0}} {{.Config.Image}}' seen)" = \
		'67108864 named:/data:ro box' ]
	[ "$(hull inspect -f '{{range .Mounts}}{{.Type}}:{{.Destination}}:{{.RW}} {{end}}' seen)" = \
		'volume:/data:false tmpfs:/t:true ' ]
}

@test "diff shows what the container changed, and not what we put there" {
	hull run --name changed --network none -v named:/vol box sh -c 'echo x >/data/file; rm /etc/group; mkdir /new'
	[ "$(hull diff changed)" = $'C /data\nC /data/file\nC /etc\nD /etc/group\nA /new' ]
}

@test "stopped containers have no mounts" {
	hull run --name ended --network none box true
	run -1 grep -F "$HULL_ROOT/containers" /proc/mounts
	[ ! -e "/run/hull/"*"/$(hull inspect -f '{{.Id}}' ended)" ]
}
