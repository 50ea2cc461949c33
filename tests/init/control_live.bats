#!/usr/bin/env bats
# The control socket at work: waiting, reading the files again, listening, hostile clients.
load ../lib/init

setup()
{
	init_begin
	export HULL_INIT_CONTROL=$dir/control.sock
	ln -s "$HULL_INIT" circusctl
	ln -s "$HULL_INIT" circusd
	cat >init.ini <<-END
		[init]
		control = $dir/control.sock
		[service:web]
		command = sleep 1000
		[service:db]
		command = sleep 1000
		numprocesses = 2
	END
}

teardown()
{
	init_end
}

serve()
{
	init_start "$HULL_INIT" manage "$dir/init.ini"
	until_true answers
}

answers()
{
	"$HULL_INIT" ctl version >/dev/null 2>&1
}

ctl()
{
	"$HULL_INIT" ctl "$@"
}

# ends STATUS TEXT CMD...
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

state_is()
{
	[ "$(ctl --json status "$1" | sed 's/.*"state":"\([a-z]*\)".*/\1/')" = "$2" ]
}

# The processes of each service, a line each: "web 5".
pids()
{
	local name
	for name in $(ctl list | tr , ' '); do
		echo "$name $(ctl list "$name")"
	done
}

# Whose processes changed between two files of `pids`.
changed()
{
	diff "$1" "$2" | sed -n 's/^[<>] \([^ ]*\) .*/\1/p' | sort -u | tr '\n' ' '
}

client()
{
	python3 "$HULL_SHARE/tests/init/control_clients.py" "$dir/control.sock" "$1"
}

# ---- waiting ----

@test "a start that fails is an error for who waits" {
	cat >>init.ini <<-END
		[service:broken]
		command = /no/such/program
		autostart = no
	END
	serve
	run ctl start broken --waiting
	[ "$status" -eq 1 ]
	[[ $output == "error: broken is backoff: "* || $output == "error: broken is failed: "* ]]
	ends 0 ok ctl start broken
}

@test "waiting ends with the client's patience; the operation goes on" {
	cat >>init.ini <<-END
		[service:stubborn]
		command = sh $dir/stubborn
		graceful_timeout = 3s
	END
	printf '%s\n' 'trap "" TERM' "touch '$dir/trapped'" 'while :; do sleep 0.1; done' >stubborn
	serve
	until_true test -e trapped
	run ctl --timeout 1s stop stubborn --waiting
	[ "$status" -eq 1 ]
	[[ $output == "error: timed out: stubborn is stopping"* ]]
	run ./circusctl --timeout 1 stop stubborn --waiting
	[ "$status" -ne 0 ]
	# Another service is not held up, nor a second wish for the same one.
	ends 0 ok ctl restart web --waiting
	ends 0 ok ctl stop stubborn --waiting
	state_is stubborn stopped
}

@test "clients that ask to wait and go away leave nothing behind" {
	printf '%s\n' '[service:slow]' 'command = sh -c "trap \"sleep 0.2; exit\" TERM; sleep 1000 & wait"' >>init.ini
	serve
	ends 0 ok client leaves_waiting
	ends 0 ok ctl stop slow --waiting
}

# ---- the files read again ----

@test "a hundred services, one changed: only that one's processes change" {
	for i in $(seq 100); do
		printf '[service:s%d]\ncommand = sleep 1000\n' "$i"
	done >>init.ini
	serve
	until_true ctl ready
	pids >before
	sed -i '/^\[service:s42\]/{n;s/1000/2000/}' init.ini
	ends 0 ok ctl reloadconfig --waiting
	pids >after
	[ "$(changed before after)" = "s42 " ]
	ends 0 "command: sleep 2000" ctl get s42 command
	# Nothing changed: nothing happens.
	ends 0 ok ctl reloadconfig --waiting
	pids >again
	cmp after again
	grep -q "0 added, 0 changed, 0 removed, 102 as they were" err
}

# settings LINE...: [init] anew, with a service that tells its umask.
settings()
{
	{
		echo "[init]"
		printf '%s\n' "$@"
		printf '[service:mask]\ncommand = sh -c "umask >%s/mask; exec sleep 1000"\n' "$dir"
	} >init.ini
}

@test "what [init] says anew is done while it runs" {
	umask 022
	settings "control = $dir/control.sock" "pidfile = $dir/one.pid"
	serve
	[ -s one.pid ]
	settings "control = $dir/other.sock" "control_mode = 0660" "pidfile = $dir/two.pid" "umask = 027"
	ends 0 ok ctl reloadconfig --waiting
	# Whoever asked has had the answer; who asks now, asks there.
	[ ! -e control.sock ] && [ ! -e one.pid ]
	[ "$(cat two.pid)" = 1 ]
	[ "$(stat -c %a other.sock)" = 660 ]
	export HULL_INIT_CONTROL=$dir/other.sock
	ends 0 ok ctl restart mask --waiting
	until_true grep -qx 0027 mask
	# The mode alone; and what was there at the start is there again.
	settings "control = $dir/other.sock"
	ends 0 ok ctl reloadconfig --waiting
	[ "$(stat -c %a other.sock)" = 600 ]
	[ ! -e two.pid ]
	ends 0 ok ctl restart mask --waiting
	until_true grep -qx 0022 mask
	# A place that cannot be is told, and the one before stays.
	settings "control = $dir/nowhere/control.sock" "pidfile = $dir/nowhere/pid"
	ends 0 ok ctl reloadconfig --waiting
	grep -q "control socket '$dir/nowhere/control.sock': .*, going on as before" err
	grep -q "pidfile '$dir/nowhere/pid' cannot be made" err
	answers
	settings "control = off"
	ends 0 ok ctl reloadconfig --waiting
	[ ! -e other.sock ]
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 0 ]
}

@test "what [init] says anew and cannot be is tried again, and the socket before serves its own" {
	unshare -r true 2>/dev/null || skip "needs the right to make name spaces of users"
	settings "control = $dir/control.sock"
	init_start unshare -r "$HULL_INIT" manage "$dir/init.ini"
	until_true answers
	# An owner that this name space does not have.
	settings "control = $dir/other.sock" "control_user = 4242"
	ends 0 ok ctl reloadconfig --waiting
	grep -q "control socket '$dir/other.sock': .*, going on as before" err
	answers
	[ ! -e other.sock ]
	settings "control = $dir/control.sock" "control_group = 4242"
	ends 0 ok ctl reloadconfig --waiting
	answers
	# The same words again, when what was missing is there.
	settings "control = $dir/later/control.sock" "pidfile = $dir/later/pid" "health = unix:$dir/later/health"
	ends 0 ok ctl reloadconfig --waiting
	answers
	mkdir later
	ends 0 ok ctl reloadconfig --waiting
	[ ! -e control.sock ] && [ -s later/pid ] && [ -S later/health ]
	export HULL_INIT_CONTROL=$dir/later/control.sock
	answers
}

@test "a pidfile that was not made is not removed, one with two names neither" {
	ln -s "$dir" here
	ln -s kept link
	echo precious >kept
	settings "control = $dir/control.sock" "pidfile = $dir/link"
	serve
	grep -q "pidfile '$dir/link' cannot be made" err
	settings "control = $dir/control.sock" "pidfile = $dir/pid"
	ends 0 ok ctl reloadconfig --waiting
	[ -L link ] && [ "$(cat kept)" = precious ] && [ -s pid ]
	settings "control = $dir/control.sock" "pidfile = $dir/here/pid"
	ends 0 ok ctl reloadconfig --waiting
	[ -s pid ]
	kill -TERM "$init"
	init_wait
	[ ! -e pid ] && [ -L link ]
}

@test "a change of [init] that needs a restart is told by name" {
	settings "control = $dir/control.sock"
	serve
	settings "control = $dir/control.sock" "utc = yes" "default_user = web" "stop_timeout = 3s"
	ends 0 ok ctl reloadconfig --waiting
	grep -q "'utc' of \[init\] has changed: that needs a restart" err
	grep -q "'default_user' of \[init\] has changed: that needs a restart" err
	[ "$(grep -c 'needs a restart' err)" = 2 ]
	ends 0 ok ctl reloadconfig --waiting
	[ "$(grep -c 'needs a restart' err)" = 2 ]
}

@test "added ones start, removed ones stop, copies are adjusted in place" {
	serve
	until_true ctl ready
	pids >before
	sed -i 's/^numprocesses = 2/numprocesses = 3/' init.ini
	printf '[service:new]\ncommand = sleep 1000\n' >>init.ini
	ends 0 ok ctl reloadconfig --waiting
	pids >after
	[ "$(changed before after)" = "db new " ]
	[[ $(sed -n 's/^db //p' after) == "$(sed -n 's/^db //p' before)",* ]]
	sed -i '/^\[service:new\]/,$d' init.ini
	ends 0 ok ctl reloadconfig --waiting
	until_true ends 0 db,web ctl list
	pids >last
	[ "$(changed after last)" = "new " ]
}

@test "a changed variable restarts those that have it" {
	cat >>init.ini <<-END
		[service:reader]
		command = sleep 1000
		env = COLOR=red
	END
	serve
	until_true ctl ready
	pids >before
	sed -i 's/COLOR=red/COLOR=blue/' init.ini
	ends 0 ok ctl reloadconfig --waiting
	pids >after
	[ "$(changed before after)" = "reader " ]
	pid=$(ctl list reader)
	nsenter -t "$init" -p -m tr '\0' '\n' <"/proc/$(pgrep -P "$init" | head -1)/environ" >/dev/null
	nsenter -t "$init" -p -m cat "/proc/$pid/environ" | tr '\0' '\n' | grep -qx COLOR=blue
}

@test "what an operator has set stays until its section is edited" {
	serve
	until_true ctl ready
	ctl set web command "sleep 3000" --waiting
	ctl incr db --waiting
	ctl add --start mine sleep 1000
	until_true ctl ready
	pids >before
	ends 0 ok ctl reloadconfig --waiting
	pids >after
	cmp before after
	sed -i '0,/sleep 1000/s//sleep 4000/' init.ini
	ends 0 ok ctl reloadconfig --waiting
	ends 0 "command: sleep 4000" ctl get web command
}

@test "a file that is wrong changes nothing, and says where" {
	serve
	until_true ctl ready
	pids >before
	echo 'nonsense = 1' >>init.ini
	run ctl reloadconfig
	[ "$status" -eq 1 ]
	[[ $output == "error: $dir/init.ini:8:1: unknown key 'nonsense'"* ]]
	kill -HUP "$init"
	until_true holds "$dir/err" "files not read again: $dir/init.ini:8:1"
	pids >after
	cmp before after
	rm init.ini
	run ctl reloadconfig
	[ "$status" -eq 1 ]
	ends 0 ready ctl ready
}

@test "HUP reads the file again" {
	serve
	until_true ctl ready
	printf '[service:new]\ncommand = sleep 1000\n' >>init.ini
	kill -HUP "$init"
	until_true state_is new running
}

@test "a service that failed is tried again when its section is mended" {
	printf '[service:job]\ncommand = false\nrestart = never\n' >>init.ini
	serve
	until_true state_is job failed
	sed -i 's/^command = false/command = sleep 1000/' init.ini
	ends 0 ok ctl reloadconfig --waiting
	state_is job running
}

@test "a hundred readings leave no memory behind" {
	serve
	until_true ctl ready
	for i in $(seq 20); do
		sed -i "s/sleep [0-9]*\$/sleep 1$i/" init.ini
		ctl reloadconfig --waiting >/dev/null
	done
	ctl ready
	[ -z "${HULL_SANITIZED:-}" ] || return 0 # what was freed stays mapped there
	sleep 1.2 # models are dropped a second later
	before=$(sed -n 's/^VmData:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$init/status")
	for i in $(seq 80); do
		sed -i "s/sleep [0-9]*\$/sleep 2$i/" init.ini
		ctl reloadconfig --waiting >/dev/null
	done
	until_true eval 'after=$(sed -n "s/^VmData:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$init/status"); [ "$after" -le $((before + 512)) ]'
}

@test "reload replaces copies before it stops the old ones, or one by one" {
	cat >>init.ini <<-END
		[service:over]
		command = sleep 1000
		numprocesses = 2
		reload = overlap
	END
	serve
	until_true ctl ready
	before=$(ctl list over)
	ends 0 ok ctl reload over --waiting
	[ "$(ctl list over)" != "$before" ]
	before=$(ctl list over)
	ends 0 ok ctl reload over --sequential --waiting
	[ "$(ctl list over)" != "$before" ]
	before=$(ctl list over)
	ends 0 ok ctl reload over --terminate --waiting
	[ "$(ctl list over)" != "$before" ]
	ends 1 "error: program nobody not found" ctl reload nobody
	ends 0 ok ctl stop over --waiting
	ends 1 "error: over is stopped: asked to reload" ctl reload over --waiting
	state_is over stopped
}

@test "a reload whose new copy does not come up is an error, and the old one stays" {
	cat >>init.ini <<-END
		[service:over]
		command = sh $dir/program
		reload = overlap
		ready = file:$dir/good
	END
	echo 'exec sleep 1000' >program
	touch good
	serve
	until_true ctl ready
	before=$(ctl list over)
	rm good
	echo 'exit 1' >program
	run ctl reload over --waiting
	[ "$status" -eq 1 ] && [[ $output == "error: over is running: reload given up"* ]]
	[ "$(ctl list over)" = "$before" ]
}

# ---- explain ----

@test "explain tells why a service is where it is" {
	cat >>init.ini <<-END
		[service:loop]
		command = sh -c "exit 3"
		restart_delay = 30s
		[service:waits]
		command = sleep 1000
		needs = never:ready
		[service:never]
		command = sleep 1000
		ready = file:$dir/never
		ready_timeout = 1h
		[service:gone]
		command = sh -c "exit 7"
		restart = never
		[service:well]
		command = true
		restart = never
	END
	serve
	until_true state_is loop backoff
	run ctl explain loop
	[[ ${lines[0]} == "loop is backoff for "*": "* ]]
	[[ $output == *"copy 1 waits for its next try: in "* ]]
	[[ $output == *"exited with status 3"* && $output == *"written in $dir/init.ini:8"* ]]
	run ctl explain waits
	[[ ${lines[0]} == "waits is waiting for "*": waits for 'never' to be ready." ]]
	[[ $output == *"needs never ready: it is starting"* ]]
	run ctl explain never
	[[ ${lines[0]} == "never is starting for "* && $output == *"ready: when file:$dir/never answers"* ]]
	until_true state_is gone failed
	run ctl explain gone
	[[ ${lines[0]} == "gone is failed for "* ]]
	until_true state_is well "done"
	run ctl explain well
	[[ ${lines[0]} == "well is done for "* ]]
	ends 1 "error: program nobody not found" ctl explain nobody
	run ctl ready
	[ "$status" -eq 1 ] && [[ $output == "not ready: "*loop* ]]
}

# ---- listening ----

@test "events come in their order" {
	serve
	until_true ctl ready
	ctl listen watcher.web. >events 2>&1 3>&- &
	listener=$!
	ctl --json events >all 2>&1 3>&- &
	other=$!
	until_true eval 'ctl signal db 0x >/dev/null 2>&1; ctl decr db >/dev/null; ctl incr db >/dev/null; [ -s all ] && grep -q topic all'
	ctl restart web --waiting
	until_true holds events "watcher.web.ready"
	kill "$listener" "$other"
	sed 's/^watcher.web.\([a-z_]*\): {.*"time":[0-9.]*}$/\1/' events | grep -v '^state$' >kinds
	[ "$(tr '\n' ' ' <kinds)" = "kill reap stop spawn start ready " ] || [ "$(tr '\n' ' ' <kinds)" = "kill reap stop spawn ready start " ] || {
		cat events >&2
		return 1
	}
	grep -Eq '^watcher\.web\.reap: \{"process_pid":[0-9]+,"exit_code":-15,"time":[0-9.]+\}$' events
	! grep -q watcher.db events
}

@test "tail shows the last lines, and follows across a restart" {
	cat >>init.ini <<-END
		[service:chat]
		command = sh -c "printf 'begin\\nline 0\\nline 1\\nline 2\\n'; exec sleep 1000"
	END
	serve
	until_true eval '[ "$(ctl tail chat)" = "$(printf "begin\nline 0\nline 1\nline 2")" ]'
	ends 0 $'line 1\nline 2' ctl tail -n 2 chat
	ctl tail -n 1 -f chat >tailed 2>&1 3>&- &
	tail=$!
	until_true holds tailed "line 2"
	ctl restart chat --waiting
	until_true eval '[ "$(grep -c "^line 2$" tailed)" -eq 2 ]'
	kill "$tail"
	[ "$(cat tailed)" = $'line 2\nbegin\nline 0\nline 1\nline 2' ]
	ends 1 "error: program nobody not found" ctl tail nobody
}

# ---- hostile clients ----

@test "more clients than there is room for" {
	serve
	ends 0 ok client many
}

@test "a request of a megabyte" {
	serve
	ends 0 ok client megabyte
}

@test "a client that never reads" {
	serve
	ends 0 ok client deaf
	[ -n "${HULL_SANITIZED:-}" ] || [ "$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$init/status")" -lt 4096 ]
}

@test "a listener that never reads" {
	DEADLINE=60
	serve
	ends 0 ok client deaf_listener
}

@test "requests in pieces, casts, faults, garbage" {
	serve
	until_true ctl ready
	ends 0 ok client pieces
	ends 0 ok client faults
	ends 0 ok client garbage
	ends 0 ok client cast
}

# ---- circusd ----

@test "circusd: options, texts, background" {
	cat >circus.ini <<-END
		[circus]
		endpoint = ipc://$dir/control.sock
		[watcher:web]
		cmd = sleep 1000
		[watcher:once]
		cmd = sleep 1000
		singleton = True
	END
	[ "$("$dir/circusd" --version)" = "$("$dir/circusctl" --version | cut -d ' ' -f 2)" ]
	run "$dir/circusd"
	[ "$status" -eq 0 ] && [[ $output == "usage: circusd "* ]]
	run "$dir/circusd" --help
	[ "$status" -eq 0 ] && [[ $output == *--logger-config* ]]
	run "$dir/circusd" --log-level loud circus.ini
	[ "$status" -eq 2 ] && [[ $output == *"invalid choice: 'loud'"* ]]
	run "$dir/circusd" --nonsense
	[ "$status" -eq 2 ]
	run "$dir/circusd" missing.ini
	[ "$status" -eq 1 ]
	init_start "$dir/circusd" --log-level debug --log-output "$dir/circus.log" --pidfile "$dir/pid" --logger-config x circus.ini
	until_true answers
	holds err "--logger-config x"
	[ "$(cat pid)" = 1 ]
	ends 0 $'once: active\nweb: active' "$dir/circusctl" status
	ends 0 "This watcher is a Singleton - not changing the number of processes" "$dir/circusctl" incr once
	run "$dir/circusctl" options web
	[[ $output == *$'\ncmd: sleep 1000\n'* && $output == *$'\nsend_hup: False\n'* ]]
	ends 0 $'copy_env: False\nmax_retry: 5' "$dir/circusctl" get web copy_env max_retry
	before=$("$dir/circusctl" list web)
	sed -i 's/^cmd = sleep 1000/cmd = sleep 2000/' circus.ini
	ends 0 ok "$dir/circusctl" reloadconfig --waiting
	[ "$("$dir/circusctl" list web)" != "$before" ]
	before=$("$dir/circusctl" list web)
	kill -HUP "$init"
	until_true eval '[ "$("$dir/circusctl" list web)" != "$before" ]'
	kill -INT "$init"
	init_wait
	[ ! -e pid ]
}

@test "circusctl: lists, options and sockets of circus' watchers" {
	cat >circus.ini <<-END
		[circus]
		endpoint = ipc://$dir/control.sock
		check_delay = 0.5
		[watcher:empty]
		[watcher:Web]
		cmd = sleep 1000
		graceful_timeout = 3
		colour = blue
		stdout_stream.class = FileStream
		stdout_stream.filename = web.log
		stdout_stream.backup_count = 2
		[socket:second]
		host = localhost
		port = 0
		[socket:First]
		path = $dir/first.sock
	END
	init_start "$dir/circusd" circus.ini
	until_true answers
	ends 0 web "$dir/circusctl" list
	ends 0 "Web: active" "$dir/circusctl" status
	ends 0 "check_delay: 0.5" "$dir/circusctl" globaloptions check_delay
	ends 0 $'stop_signal: 15\nuid: \ngraceful_timeout: 3.0' "$dir/circusctl" get web stop_signal uid graceful_timeout
	run "$dir/circusctl" --json get web uid max_retry send_hup
	[[ $output == *'"options":{"uid":null,"max_retry":5,"send_hup":false}'* ]]
	run "$dir/circusctl" options web
	[ "$(cut -d : -f 1 <<<"$output" | tr '\n' ' ')" = "args close_child_stderr close_child_stdin close_child_stdout cmd \
colour copy_env env executable gid graceful_timeout max_age max_age_variance max_retry numprocesses on_demand priority \
respawn send_hup shell shell_args singleton stderr_stream_conf stdout_stream_conf stop_children stop_signal uid use_sockets \
warmup_delay working_dir " ]
	[[ $output == *$'\nclose_child_stdin: True\n'* && $output == *$'\nworking_dir: '"$dir" ]]
	[[ $output == *$'\nstderr_stream_conf: {}\nstdout_stream_conf: {\'filename\': \'web.log\', \'backup_count\': \'2\'}\n'* ]]
	run "$dir/circusctl" listsockets
	[[ ${lines[0]} == *":socket 'first' at $dir/first.sock" ]]
	[[ ${lines[1]} =~ ":socket 'second' at 127.0.0.1:"[1-9][0-9]+$ ]]
	ends 0 ok "$dir/circusctl" add "two words" sleep 1000 --start
	until_true ends 0 active "$dir/circusctl" status "TWO words"
	# an added watcher has no environment, unless it is to have ours
	ends 0 ok "$dir/circusctl" add bare --start -- /bin/sh -c "'env >bare; exec sleep 1000'"
	until_true test -s bare
	[ "$(grep -c '^HOME=' bare)" -eq 0 ]
	python3 - "$dir/control.sock" <<-'END'
		import json, socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		add = {"name": "full", "cmd": "/bin/sh -c 'env >full; exec sleep 1000'", "start": True,
		       "options": {"copy_env": True}}
		s.sendall(json.dumps({"command": "add", "properties": add}).encode() + b"\n")
		assert json.loads(s.makefile().readline())["status"] == "ok"
	END
	until_true test -s full
	grep -q '^PATH=.*:' full
	ends 3 "error: 'nb' is a number up to 4096" "$dir/circusctl" incr web -1
	run "$dir/circusctl" ipython
	[ "$status" -eq 2 ] && [[ $output == *"'ipython' is not supported"* ]]
	run "$dir/circusctl" status --nothing
	[ "$status" -eq 2 ]
	[ "$output" = $'usage: circusctl [options] command [args]\ncircusctl: error: unrecognized arguments: --nothing' ]
}

@test "circusctl: several at once, a stopped one, and what a stopped one leaves behind" {
	cat >leave <<-'END'
		#!/bin/sh
		(
			trap 'echo asked >asked; exit' TERM
			echo up >up
			while :; do sleep 0.05; done
		) &
		trap 'exit 0' TERM
		wait
	END
	chmod +x leave
	cat >circus.ini <<-END
		[circus]
		endpoint = ipc://$dir/control.sock
		[env]
		PATH = $PATH
		[watcher:off]
		cmd = sleep 1000
		autostart = no
		[watcher:off2]
		cmd = sleep 1000
		autostart = no
		[watcher:leave]
		cmd = ./leave
		working_dir = $dir
	END
	init_start "$dir/circusd" circus.ini
	until_true answers
	# the order is the one of the names, whatever follows them
	ends 0 $'leave: active\noff: stopped\noff2: stopped' "$dir/circusctl" status
	# a pattern that several match starts those that start by themselves
	ends 0 ok "$dir/circusctl" start 'off*' --waiting
	ends 0 stopped "$dir/circusctl" status off
	ends 0 ok "$dir/circusctl" start 'off?' --waiting
	ends 0 active "$dir/circusctl" status off2
	ends 0 ok "$dir/circusctl" stop 'off2' --waiting
	until_true test -e up
	rm up
	ends 0 ok "$dir/circusctl" restart '*' --waiting
	ends 0 $'leave: active\noff: stopped\noff2: stopped' "$dir/circusctl" status
	ends 0 ok "$dir/circusctl" reload off --waiting
	ends 0 active "$dir/circusctl" status off
	# a process that outlives the one that was asked is asked itself
	until_true test -e up
	rm -f asked
	ends 0 ok "$dir/circusctl" --timeout 25 stop leave --waiting
	[ "$(cat asked)" = asked ]
}

@test "circusd: a stdin that is not closed is the daemon's, in a session of its own" {
	printf 'one\ntwo\n' >input
	cat >circus.ini <<-END
		[circus]
		endpoint = ipc://$dir/control.sock
		[env]
		PATH = $PATH
		[watcher:reads]
		cmd = sh -c 'read -r line; echo "\$line" >line; cut -d " " -f 1,6 /proc/self/stat >ids; exec sleep 1000'
		working_dir = $dir
		close_child_stdin = False
	END
	init_start sh -c 'exec "$0" circus.ini <input' "$dir/circusd"
	until_true test -s ids
	[ "$(cat line)" = one ]
	read -r pid session <ids
	[ "$session" -gt 1 ] && [ "$session" -le "$pid" ]
}

@test "circusd --daemon" {
	printf '[circus]\nendpoint = ipc://%s\n[watcher:web]\ncmd = sleep 1000\n' "$dir/control.sock" >circus.ini
	"$dir/circusd" --daemon --pidfile "$dir/pid" circus.ini
	until_true answers
	pid=$(cat pid)
	[ "$(readlink "/proc/$pid/fd/0")" = /dev/null ] && [ "$(readlink "/proc/$pid/fd/1")" = /dev/null ]
	[ "$(ps -o tty= -p "$pid")" = "?" ]
	run "$dir/circusd" --pidfile "$dir/pid" circus.ini
	[ "$status" -ne 0 ]
	"$dir/circusctl" quit --waiting
	until_true eval '! kill -0 "$pid" 2>/dev/null'
}
