#!/bin/bash
# init.sh [RESTARTS [CRASHES]] - hull-init for a long time: 100000 restarts without growth, 1000 ends with no byte lost,
# ten minutes of random operations.
# SPDX-License-Identifier: Apache-2.0
#
# TAP on stdout. As PID 1 of a name space of its own; the program is $HULL_INIT, or that of ./build.
set -u -o pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
: "${HULL_INIT:=$top/build/cmd/hull-init/hull-init}"
restarts=${1:-100000}
crashes=${2:-1000}
work=$(mktemp -d "${TMPDIR:-/tmp}/hull-init-long.XXXXXX")
namespace=
cleanup()
{
	[ -z "$namespace" ] || kill -KILL "$namespace" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

# manage FILE: $init is PID 1 as seen from here.
manage()
{
	unshare -pf --kill-child --mount-proc "$HULL_INIT" manage --no-control "$1" >"$work/out" 2>>"$work/err" &
	namespace=$!
	until init=$(ps -o pid= --ppid "$namespace" | tr -d ' ') && [ -n "$init" ]; do
		kill -0 "$namespace" || return 1
		sleep 0.05
	done
}

# What USR2 makes it tell; the log is kept short meanwhile.
count()
{
	kill -USR2 "$init"
	sleep 0.2
	count=$(grep -o '[0-9]* restarts' "$work/err" | tail -n 1 | cut -d ' ' -f 1)
	: >"$work/err"
}

until_count()
{
	local end=$((SECONDS + 3600))
	until count && [ "${count:-0}" -ge "$1" ]; do
		kill -0 "$init" 2>/dev/null && [ "$SECONDS" -lt "$end" ] || return 1
		sleep 1
	done
}

memory()
{
	awk '/^Rss:/ { print $2 }' "/proc/$init/smaps_rollup"
}

descriptors()
{
	find "/proc/$init/fd" -mindepth 1 | wc -l
}

echo 1..3
printf '[service:a]\ncommand = true\nrestart_delay = 0\nlog = null\n' >"$work/a.ini"
manage "$work/a.ini"
until_count $((restarts / 100))
memory_before=$(memory) descriptors_before=$(descriptors)
if until_count "$restarts" && [ "$(memory)" -le $((memory_before + 8)) ] && [ "$(descriptors)" -le $((descriptors_before + 2)) ]; then
	echo "ok 1 - $count restarts: $memory_before KB before, $(memory) KB behind"
else
	echo "not ok 1 - $count restarts: $memory_before KB before, $(memory) KB behind; $descriptors_before and $(descriptors) descriptors"
fi
kill -TERM "$init"
wait "$namespace"

# Each run writes one numbered block without a newline at its end, and is gone at once.
cat >"$work/crash" <<-SH
	#!/bin/sh
	n=\$(cat "$work/n" 2>/dev/null || echo 0)
	[ "\$n" -lt $crashes ] || exec sleep 1000
	echo \$((n + 1)) >"$work/n"
	printf 'begin %d\n%0500d\nend %d' "\$n" 0 "\$n"
	kill -KILL \$\$
SH
chmod +x "$work/crash"
printf '[service:a]\ncommand = %s/crash\nrestart_delay = 0\nlog = %s/log\nlog_format = raw\n' "$work" "$work" >"$work/b.ini"
manage "$work/b.ini"
until [ "$(cat "$work/n" 2>/dev/null)" = "$crashes" ]; do
	sleep 0.2
done
kill -TERM "$init"
wait "$namespace"
namespace=
if [ "$(grep -c '^end ' "$work/log")" = "$crashes" ] && [ "$(grep -c '^begin ' "$work/log")" = "$crashes" ]; then
	echo "ok 2 - $crashes ends, every byte is in the log"
else
	echo "not ok 2 - $(grep -c '^begin ' "$work/log") beginnings and $(grep -c '^end ' "$work/log") ends of $crashes"
fi

if python3 "$top/tests/init/stress.py" --seconds 600 --patience 4 --program "$HULL_INIT" >"$work/stress"; then
	echo "ok 3 - ten minutes of random verbs, deaths and edits: $(tail -n 1 "$work/stress")"
else
	echo "not ok 3 - random verbs, deaths and edits"
	sed 's/^/# /' "$work/stress"
fi
