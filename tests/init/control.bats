#!/usr/bin/env bats
# The control socket: every verb and its text, who may ask, what a client can do wrong.
load ../lib/init

setup()
{
	init_begin
	export HULL_INIT_CONTROL=$dir/control.sock
	ln -s "$HULL_INIT" circusctl
	cat >init.ini <<-END
		[init]
		control = $dir/control.sock
		[service:web]
		command = sh -c "echo web speaks; exec sleep 1000"
		[service:db]
		command = sleep 1000
		numprocesses = 2
		[service:idle]
		command = sleep 1000
		autostart = no
	END
}

teardown()
{
	init_end
}

# serve [FILE]: everything in it that starts by itself is ready.
serve()
{
	init_start "$HULL_INIT" manage "${1:-$dir/init.ini}"
	until_true ctl ready >/dev/null 2>&1
}

ctl()
{
	"$HULL_INIT" ctl "$@"
}

circusctl()
{
	"$dir/circusctl" "$@"
}

# ends STATUS TEXT CMD...: the command ends with STATUS and prints TEXT.
ends()
{
	local wanted=$1 text=$2
	shift 2
	run "$@"
	[ "$output" = "$text" ] && [ "$status" -eq "$wanted" ] || {
		echo "'$*' printed '$output' ($status), not '$text' ($wanted)" >&2
		return 1
	}
}

is_status()
{
	[ "$(circusctl status "$1" 2>&1)" = "$2" ]
}

# One line to the socket, one line back.
ask()
{
	printf '%s\n' "$1" | python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(10)
s.connect(sys.argv[1])
s.sendall(sys.stdin.buffer.read())
print(s.makefile().readline(), end="")' "$dir/control.sock"
}

@test "status, list and numbers have the original's texts" {
	serve
	ends 0 $'db: active\nidle: stopped\nweb: active' circusctl status
	ends 0 active circusctl status WEB
	ends 0 stopped circusctl status idle
	ends 0 db,idle,web circusctl list
	ends 0 3 circusctl numprocesses
	ends 0 2 circusctl numprocesses db
	ends 0 3 circusctl numwatchers
	ends 0 "" circusctl listsockets
	run circusctl list db
	[[ $output =~ ^[0-9]+,[0-9]+$ ]]
}

@test "start, stop and restart take names, globs and expressions" {
	serve
	ends 0 ok circusctl stop web --waiting
	is_status web stopped
	ends 0 ok circusctl start web --waiting
	is_status web active
	ends 0 ok circusctl stop --waiting '*[be]' --match glob
	is_status web active && is_status db stopped
	ends 0 ok circusctl start --waiting
	is_status db active && is_status idle stopped
	before=$(circusctl list web)
	ends 0 ok circusctl restart --waiting --match=regex '(w|x)e+b$'
	[ "$(circusctl list web)" != "$before" ]
	ends 0 ok circusctl stop --waiting --match simple DB
	is_status db stopped
	ends 3 "error: program nobody not found" circusctl start nobody
	ends 3 "error: program nobody not found" circusctl stop nobody --match simple
	ends 3 "error: unknown match method x" circusctl stop web --match x
	ends 1 "error: program w* not found" ctl stop 'w*' --match simple
	run circusctl stop --match=regex '((a{9}){9}){9}'
	[ "$status" -eq 3 ]
}

@test "copies are counted up and down" {
	serve
	ends 0 3 circusctl incr db
	until_true ends 0 3 circusctl numprocesses db
	ends 0 1 circusctl decr db 2 --waiting
	ends 0 1 circusctl numprocesses db
	ends 0 0 circusctl decr db 9 --waiting
	ends 1 "Invalid number of arguments" circusctl incr
	ends 3 "error: program nobody not found" circusctl incr nobody
	ends 0 ok circusctl set db numprocesses 4 --waiting
	ends 0 4 circusctl numprocesses db
	ends 0 "numprocesses: 4" circusctl get db numprocesses
}

@test "signals and kills reach processes" {
	serve
	before=$(circusctl list web)
	ends 0 ok circusctl signal web TERM
	until_true eval '[ "$(circusctl list web)" != "'"$before"'" ]'
	until_true is_status web active
	before=$(circusctl list web)
	ends 0 ok circusctl signal web "$before" 9
	until_true eval '[ "$(circusctl list web)" != "'"$before"'" ]'
	ends 3 "error: signal invalid" circusctl signal web NOTHING
	ends 3 "error: process 1 not found in 'web'" circusctl signal web 1 TERM
	before=$(circusctl list db)
	ends 0 ok circusctl kill db --waiting --signum INT --graceful_timeout 3
	until_true is_status db active
	[ "$(circusctl list db)" != "$before" ]
	ends 3 "error: signal invalid" circusctl kill db --signum x
	run ask '{"command":"signal","properties":{"name":"web","signum":"TERM","childpid":5}}'
	[[ $output == *'"reason":"cannot specify childpid without pid"'* ]]
}

@test "options are told, and set" {
	serve
	ends 0 $'graceful_timeout: 10\nnumprocesses: 2' circusctl get db graceful_timeout numprocesses
	ends 3 "error: 'nothing' option not found" circusctl get db nothing
	ends 1 "Invalid number of arguments" circusctl get db
	run circusctl options db
	[[ $output == *$'\ncommand: sleep 1000\n'* && $output == *$'\nsingleton: False\n'* ]]
	before=$(circusctl list db)
	ends 0 ok circusctl set db graceful_timeout 3 --waiting
	ends 0 "graceful_timeout: 3" circusctl get db graceful_timeout
	[ "$(circusctl list db)" = "$before" ]
	ends 0 ok circusctl set db cmd "sleep 2000" --waiting
	[ "$(circusctl list db)" != "$before" ]
	ends 0 "cmd: sleep 2000" circusctl get db cmd
	ends 1 "List of key/values is invalid" circusctl set db cmd x y
	run circusctl set db nothing x
	[ "$status" -eq 3 ]
	run circusctl set db numprocesses many
	[ "$status" -eq 3 ]
	run circusctl globaloptions
	[[ ${lines[0]} == "endpoint: ipc://$dir/control.sock" ]]
	ends 3 "'nothing' not an existing option" circusctl globaloptions nothing
}

@test "services are added and removed while others run" {
	serve
	before=$(circusctl list web)
	ends 0 ok circusctl add --start extra sleep 1000
	until_true is_status extra active
	ends 0 ok circusctl add later 'sleep 1000'
	is_status later stopped
	ends 3 "error: 'EXTRA' already exist" circusctl add EXTRA sleep 5
	run circusctl add extra2 "sleep 'open"
	[ "$status" -eq 3 ]
	ends 0 ok circusctl rm extra --waiting
	ends 3 "error: program extra not found" circusctl status extra
	ends 3 "error: program extra not found" circusctl rm extra
	run ask '{"command":"add","properties":{"name":"rich","cmd":"sh -c \"sleep 1000\"","start":true,"waiting":true,"options":{"numprocesses":2,"graceful_timeout":1.5,"env":{"A":"b c"}}}}'
	[[ $output == *'"status":"ok"'* ]]
	ends 0 2 circusctl numprocesses rich
	ends 0 "graceful_timeout: 1.5" circusctl get rich graceful_timeout
	[ "$(circusctl list web)" = "$before" ]
}

@test "a service that is removed without a stop leaves its process" {
	serve
	pid=$(circusctl list web)
	run ask '{"command":"rm","properties":{"name":"web","nostop":true,"waiting":true}}'
	[[ $output == *'"status":"ok"'* ]]
	ends 0 db,idle circusctl list
	nsenter -t "$init" -p -m kill -0 "$pid"
}

@test "statistics have the original's columns" {
	serve
	pid=$(circusctl list web)
	until_true eval 'circusctl stats web | grep -q "^'"$pid: $pid"'  sleep root 0 "'
	run circusctl stats web
	[ "${lines[0]}" = web: ]
	[[ ${lines[1]} =~ ^$pid:\ $pid\ \ sleep\ root\ 0\ [0-9.]+[KM]\ [0-9.]+[KM]\ [0-9.]+\ [0-9.]+\ 0:00\.[0-9][0-9]$ ]]
	run circusctl stats web "$pid"
	[[ $output =~ ^$pid:\ $pid ]]
	run circusctl stats
	[ "$(grep -c '^[a-z]*:$' <<<"$output")" -eq 3 ]
	run circusctl dstats
	[ "${lines[0]}" = "Main Process:" ] && [ "${#lines[@]}" -eq 2 ]
	ends 3 "error: process 1 not found in 'web'" circusctl stats web 1
	run ask '{"command":"stats","properties":{"name":"web","extended":true}}'
	[[ $output == *'"rss":'* && $output == *'"wid":1'* && $output == *'"create_time":'* && $output == *'"started":'* ]]
}

@test "quit ends it" {
	serve
	ends 0 ok circusctl quit --waiting
	init_wait
	[ ! -e "$dir/control.sock" ]
	run circusctl status
	[ "$status" -eq 1 ]
	run ctl status
	[ "$status" -eq 111 ]
}

@test "ours: a table, readiness, the version, the model" {
	serve
	run ctl
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^NAME\ +STATE\ +PIDS\ +UPTIME\ +RESTARTS\ +WHY$ ]]
	[[ ${lines[1]} =~ ^web\ +running\ +[0-9]+\ +[0-9]+s\ +0\ +running$ ]]
	ends 0 ready ctl ready
	[[ $(ctl version) =~ ^hull-init\ [0-9.]+,\ process\ 1$ ]]
	ctl dump | python3 -c 'import json, sys; json.load(sys.stdin)'
	ctl --json status | python3 -c 'import json, sys; assert json.load(sys.stdin)["statuses"]["web"] == "active"'
	circusctl --json --prettify status | python3 -c 'import json, sys; assert json.load(sys.stdin)["status"] == "ok"'
	run ctl nonsense
	[ "$status" -eq 100 ]
	run ctl stats a b c
	[ "$status" -eq 100 ]
	ends 100 "hull-init: unknown verb 'statis' (did you mean 'stats'?)" ctl statis
}

@test "every verb stands in these tests" {
	ctl help | sed -n 's/^  \([a-z]*\) .*/\1/p' >verbs
	[ "$(wc -l <verbs)" -ge 30 ]
	while read -r verb; do
		cat "$HULL_SHARE"/tests/init/control*.bats | grep -Eq "(ctl( --[a-z]+)*|circusctl( --[a-z]+)*) $verb|\"command\":\"$verb\"" || {
			echo "no test uses $verb" >&2
			return 1
		}
	done <verbs
}

@test "circusctl: wrong words, versions, the prompt" {
	serve
	run circusctl nonsense
	[ "$status" -eq 2 ] && [[ $output == *"circusctl: error: unrecognized arguments: nonsense" ]]
	run circusctl stop web --nonsense
	[ "$status" -eq 2 ]
	run circusctl --ssh host status
	[ "$status" -eq 2 ] && [[ $output == *--ssh* ]]
	[[ $(circusctl --version) == "circusctl "* ]]
	run circusctl --help
	[ "$status" -eq 0 ] && [[ $output == *$'\tstatus '* ]]
	run circusctl status a b
	[ "$output" = "message invalid" ] && [ "$status" -eq 1 ]
	run circusctl <<<$'list\nnonsense\nhelp\n\nnumwatchers'
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "circusctl "* && ${lines[1]} == "db: active" ]]
	[[ $output == *"(circusctl) db,idle,web"* && $output == *"*** Unknown syntax: nonsense"* ]]
	[[ $output == *"Documented commands"* && $output == *"(circusctl) 3"* ]]
	env -u HULL_INIT_CONTROL CIRCUSCTL_ENDPOINT="ipc://$dir/control.sock" "$dir/circusctl" status
	env -u HULL_INIT_CONTROL "$dir/circusctl" --endpoint "ipc://$dir/control.sock" status
	run circusctl --endpoint tcp://127.0.0.1:5555 numwatchers
	[ "$status" -eq 0 ] && [[ $output == *3 ]]
}

@test "another user is refused, the owner and the group of the socket are not" {
	sed -i '/^control/a control_mode = 0666' init.ini
	serve
	chmod 755 "$dir" "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
	if ! setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$HULL_INIT" ||
		! setpriv --reuid 65534 --regid 65534 --clear-groups test -w "$dir/control.sock"; then
		skip "needs folders that others may enter"
	fi
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$HULL_INIT" ctl status
	[ "$status" -eq 1 ]
	[ "$output" = "error: permission denied: uid 65534 may not control this init" ]
	until_true holds "$dir/err" "control: refused uid 65534"
	run ctl quit
	init_wait
	sed -i '/^control_mode/a control_group = 12345' init.ini
	serve
	setpriv --reuid 65534 --regid 12345 --clear-groups "$HULL_INIT" ctl status
	setpriv --reuid 65534 --regid 1 --groups 12345,7 "$HULL_INIT" ctl status
	run setpriv --reuid 65534 --regid 1 --clear-groups "$HULL_INIT" ctl status
	[ "$status" -ne 0 ]
}

@test "the socket is for its owner alone, unless told otherwise; a stale one is replaced" {
	serve
	[ "$(stat -c %a control.sock)" = 600 ]
	kill -KILL "$init"
	init_wait || true
	[ -S control.sock ]
	serve
	ends 0 active circusctl status web
}

@test "a socket that somebody listens at is left alone; services run" {
	serve
	unshare -pf --kill-child --mount-proc "$HULL_INIT" manage "$dir/init.ini" >out2 2>err2 3>&- &
	other=$!
	until_true holds err2 "no control socket"
	until_true holds out2 "web speaks"
	ends 0 active circusctl status web
	kill "$(ps -o pid= --ppid "$other")"
	wait "$other"
	ends 0 active circusctl status web
}

@test "no place for a socket: an abstract one, whose name the children know" {
	sed -i "/^control/d" init.ini
	sed -i 's/echo web speaks/echo at $HULL_INIT_CONTROL/' init.ini
	shm=$(mktemp -d /dev/shm/hull-init.XXXXXX) || skip "needs /dev/shm: the test's own folder may be in /tmp"
	cp init.ini "$shm/init.ini"
	unset XDG_RUNTIME_DIR TMPDIR HULL_INIT_CONTROL
	init_start unshare -m sh -c "mount -t tmpfs -o ro none /run && mount -t tmpfs -o ro none /tmp &&
		exec '$HULL_INIT' manage '$shm/init.ini'"
	until_true holds "$dir/out" "at @hull-init/" || cat "$dir/err" >&2
	rm -r "$shm"
	HULL_INIT_CONTROL=$(sed -n 's/.*at \(@.*\)/\1/p' out)
	[[ $(HULL_INIT_CONTROL=$HULL_INIT_CONTROL "$HULL_INIT" ctl list web) =~ ^[0-9]+$ ]]
}

@test "without --endpoint the first place is found" {
	sed -i "/^control/d" init.ini
	unset HULL_INIT_CONTROL
	# Its own /run, so that no other init is in the way.
	init_start unshare -m sh -c "mount -t tmpfs none /run && exec '$HULL_INIT' manage '$dir/init.ini'"
	until_true nsenter -t "$init" -m -p "$HULL_INIT" ctl ready
	[ "$(nsenter -t "$init" -m -p stat -c '%a %n' /run/hull-init/control.sock)" = "600 /run/hull-init/control.sock" ]
	! nsenter -t "$init" -m -p sh -c "tr '\0' '\n' </proc/$(nsenter -t "$init" -m -p "$HULL_INIT" ctl list web)/environ" | grep -q HULL_INIT_CONTROL
	nsenter -t "$init" -m -p "$HULL_INIT" ctl quit || true # it may be killed with all the rest
	init_wait
}

@test "control = off: no socket, and services run" {
	sed -i "s/^control = .*/control = off/" init.ini
	init_start "$HULL_INIT" manage "$dir/init.ini"
	until_true holds "$dir/out" "web speaks"
	[ ! -e control.sock ]
	run ctl status
	[ "$status" -eq 111 ]
}
