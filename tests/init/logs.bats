#!/usr/bin/env bats
# logs.bats - what services say arrives: with a prefix, in files, at a crash, past a reader that stops.
# SPDX-License-Identifier: Apache-2.0

load ../lib/init

setup() { init_begin; }

teardown()
{
	[ -z "${manager:-}" ] || kill -KILL "$manager" 2>/dev/null
	init_end
}

# manage SECTION-LINES...: runs them to their end as PID 1.
manage()
{
	printf '%s\n' "$@" >init.ini
	as_pid1 "$HULL_INIT" manage "$dir/init.ini"
}

# No process of the service is left: its pipe has lost its reader.
is_idle() { ! pgrep -f "^$dir/seq " >/dev/null; }

is_gone() { ! kill -0 "$1" 2>/dev/null; }

files_of() { [ "$(find "$1" -type f | wc -l)" -ge "$2" ]; }

lines_of() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }

@test "each stream has its prefix, and the last line its newline" {
	manage '[service:web]' "command = /bin/sh -c 'echo out; echo err >&2; printf end'" \
		'restart = never' 'log_format = prefix' >out 2>err
	[ "$(cat out)" = $'web | out\nweb | end' ]
	holds err 'web | err'
}

@test "a line as JSON says who wrote it, whatever its bytes" {
	manage '[service:web]' "command = /bin/sh -c 'printf \"a\\\"b\\\\\\\\c\\t\\377\\n\"; echo plain'" \
		'restart = never' 'stdout = stdout' 'log_format = json' >out 2>err
	python3 - <<-'END'
		import json, re
		lines = [json.loads(line) for line in open("out", encoding="utf-8")]
		assert [l["line"] for l in lines] == ["a\"b\\c\t\ufffd", "plain"], lines
		for l in lines:
		    assert l["service"] == "web" and l["stream"] == "stdout" and l["pid"] > 1
		    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", l["time"])
	END
}

@test "a file rotates by size between lines and keeps as many as asked" {
	manage '[service:web]' 'command = /usr/bin/seq -f %99.0f 10000' 'restart = never' \
		"log = file:$dir/made/here/log" 'log_format = raw' 'log_max_size = 100000' 'log_keep = 3'
	[ "$(echo made/here/*)" = 'made/here/log made/here/log.1 made/here/log.2 made/here/log.3' ]
	for file in made/here/log.[123]; do
		[ "$(stat -c %s "$file")" = 100000 ]
	done
	cat made/here/log.3 made/here/log.2 made/here/log.1 made/here/log | cmp - \
		<(seq -f %99.0f 10000 | tail -n "$(cat made/here/log* | wc -l)")
}

@test "whenever we are killed in a rotation, what was written is in one of the files" {
	ln -s /usr/bin/seq seq
	printf '%s\n' '[service:count]' "command = $dir/seq 100000007" "log = file:$dir/logs/log" \
		'log_format = raw' 'log_max_size = 50000' 'log_keep = 1000' >init.ini
	mkdir logs
	for n in 1 2 3 4 5 6 7 8 9 10; do
		want=$(($(find logs -type f | wc -l) + 10))
		"$HULL_INIT" manage "$dir/init.ini" 2>err 3>&- &
		manager=$!
		until_true files_of logs "$want"
		kill -KILL "$manager"
		wait "$manager" 2>/dev/null || true
		manager=
		until_true is_idle
	done
	python3 - <<-'END'
		import os, re
		names = sorted(os.listdir("logs"), key=lambda n: -int(n[4:] or 0))
		text = b"".join(open("logs/" + n, "rb").read() for n in names).split(b"\n")
		before, runs = 0, 0
		for line in text[:-1]:
		    # the last line of a killed run may have been cut, and the next run's first stands behind it
		    cut = line != b"1" and int(line) != before + 1 and line.endswith(b"1")
		    if line == b"1" or cut:
		        runs += 1
		        before = 1
		        continue
		    assert int(line) == before + 1, (before, line)
		    before = int(line)
		assert runs == 10, runs
	END
}

@test "a thousand runs that crash behind their last write lose nothing" {
	DEADLINE=120 manage '[service:crash]' "command = /bin/sh -c 'echo whole; printf partial; kill -9 \$\$'" \
		'restart = always' 'restart_delay = 0s' 'restart_delay_max = 0s' 'restart_limit = 1000' \
		'restart_window = 1h' 'on_limit = exit' "log = file:$dir/log" 'log_format = prefix' || true
	[ "$(sort log | uniq -c | tr -s ' ')" = $' 1000 crash | partial\n 1000 crash | whole' ]
}

@test "a reader of stdout that stops reading stops neither us nor other services" {
	mkfifo pipe
	exec 8<>pipe
	printf '%s\n' '[init]' "control = $dir/control" \
		'[service:flood]' 'command = /usr/bin/yes' 'log_format = prefix' \
		'[service:beat]' "command = /bin/sh -c 'echo beat; sleep 0.01'" 'restart = always' \
		'restart_delay = 0s' 'restart_delay_max = 0s' "log = file:$dir/beats" >init.ini
	"$HULL_INIT" manage "$dir/init.ini" >pipe 2>err 8>&- 3>&- &
	manager=$!
	until_true lines_of beats 50
	"$HULL_INIT" ctl --endpoint "$dir/control" status flood >status
	holds status running
	kill -TERM "$manager"
	until_true is_gone "$manager"
	manager=
	exec 8>&-
}

@test "a stdout whose reader has gone is said once, and services go on" {
	mkfifo pipe
	printf '%s\n' '[service:talk]' "command = /bin/sh -c 'while echo x; do sleep 0.01; echo y >>alive; done'" \
		"cwd = $dir" >init.ini
	head -c 1 <pipe >/dev/null 3>&- &
	"$HULL_INIT" manage "$dir/init.ini" >pipe 2>err 3>&- &
	manager=$!
	until_true holds err 'thrown away'
	n=$(wc -l <alive)
	until_true lines_of alive $((n + 50))
	[ "$(grep -c 'thrown away' err)" = 1 ]
	kill -TERM "$manager"
	until_true is_gone "$manager"
	manager=
}

@test "lines wait for a full disk and all arrive when there is room" {
	mkdir disk
	cat >run <<-'END'
		mount -t tmpfs -o size=64k tmpfs disk || exit 77
		"$HULL_INIT" manage init.ini 2>err &
		until grep -qs 'No space left' err; do sleep 0.02; done
		# It is alive while the disk is full.
		kill -0 $! || exit 1
		mount -o remount,size=4m disk || exit 1
		wait $!
		cp disk/log log
	END
	printf '%s\n' '[service:web]' 'command = /usr/bin/seq 100000' 'restart = never' \
		"log = file:$dir/disk/log" 'log_format = raw' >init.ini
	status=0
	timeout -k 1 60 unshare -pfm --kill-child --mount-proc sh "$dir/run" || status=$?
	[ "$status" != 77 ] || skip "no tmpfs can be mounted here"
	cmp log <(seq 100000)
}
