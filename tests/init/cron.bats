#!/usr/bin/env bats
# cron.bats - [cron:x]: runs at their times, beside each other or not, and not behind a stop.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0
load ../lib/init

setup() {
	init_begin
	export CONTROL=$dir/control
}

teardown() {
	init_end
}

# config TEXT...: a service that stays, and what is given.
config() {
	{
		printf '[init]\ncontrol = %s\n' "$CONTROL"
		printf '[service:stays]\ncommand = sleep 600\n'
		printf '%s\n' "$@"
	} >init.ini
}

start() {
	init_start "$HULL_INIT" "$dir/init.ini"
}

ctl() {
	"$HULL_INIT" ctl --endpoint "$CONTROL" "$@"
}

lines() {
	[ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]
}

stop() {
	kill -TERM "$init"
	init_wait
}

@test "a job of six fields runs every second, once a time" {
	config '[cron:tick]' 'schedule = * * * * * *' "command = sh -c 'date +%s >>$dir/ticks'"
	start
	until_true lines ticks 4
	stop
	[ "$(sort ticks | uniq -d)" = "" ]
}

@test "@reboot runs at the start and never again" {
	config '[cron:once]' 'schedule = @reboot' "command = sh -c 'echo x >>$dir/once'" \
		'[cron:tick]' 'schedule = * * * * * *' "command = sh -c 'echo x >>$dir/ticks'"
	start
	until_true lines once 1
	until_true lines ticks 2
	stop
	[ "$(cat once)" = x ]
}

@test "a run that goes on is not joined by another" {
	config '[cron:slow]' 'schedule = * * * * * *' "command = sh -c 'echo b >>$dir/log; sleep 2.5; echo e >>$dir/log'"
	start
	until_true lines log 4
	stop
	[ "$(head -4 log | tr -d '\n')" = bebe ]
	holds err 'still runs: left out'
}

@test "queue: once more behind the run, however many times came" {
	config '[cron:slow]' 'schedule = * * * * * *' 'overlap = queue' \
		"command = sh -c 'echo b >>$dir/log; sleep 2.2; echo e >>$dir/log'"
	start
	until_true lines log 6
	stop
	[ "$(head -6 log | tr -d '\n')" = bebebe ]
	holds err 'once more behind that'
}

@test "allow: several runs beside each other, and no more than that when they have ended" {
	config '[cron:slow]' 'schedule = * * * * * *' 'overlap = allow' \
		"command = sh -c 'echo b >>$dir/log; sleep 3.2; echo e >>$dir/log'"
	start
	until_true lines log 8
	stop
	[ "$(head -3 log | tr -d '\n')" = bbb ]
	[ "$(grep -c b log)" -lt 15 ]
}

@test "the time limit ends a run, and the next one comes" {
	config '[cron:stuck]' 'schedule = * * * * * *' 'timeout = 1s' 'graceful_timeout = 1s' \
		"command = sh -c 'echo b >>$dir/log; exec sleep 600'"
	start
	until_true lines log 2
	stop
}

@test "a job that fails runs again at its time and at no other" {
	config '[cron:fails]' 'schedule = */2 * * * * *' "command = sh -c 'date +%s >>$dir/log; exit 1'"
	start
	until_true lines log 3
	stop
	while read -r second; do
		[ $((second % 2)) = 0 ]
	done <log
	[ "$(uniq -d log)" = "" ]
}

@test "the zone is the job's own, and what cannot be read is told" {
	config '[cron:there]' 'schedule = 0 0 1 1 *' 'command = true' '[env:there]' 'TZ = <+05>-5' \
		'[cron:here]' 'schedule = 0 0 1 1 *' 'command = true' 'utc = yes' \
		'[cron:lost]' 'schedule = 0 0 1 1 *' 'command = true' '[env:lost]' 'CRON_TZ = Nowhere/Land'
	start
	until_true test -S "$CONTROL"
	[[ "$(ctl explain there)" == *"-12-31T19:00:00Z"* ]]
	[[ "$(ctl explain here)" == *"-01-01T00:00:00Z"* ]]
	holds err "time zone 'Nowhere/Land' cannot be read, using UTC"
	stop
}

@test "stopped by hand it rests until it is started; a start runs it at once" {
	config '[cron:tick]' 'schedule = * * * * * *' "command = sh -c 'echo x >>$dir/ticks'"
	start
	until_true lines ticks 2
	ctl stop tick --waiting
	n=$(wc -l <ticks)
	sleep 2.2
	[ "$(wc -l <ticks)" = "$n" ]
	ctl start tick
	until_true lines ticks $((n + 2))
	stop
}

@test "start and restart of everything do not run what waits for its time" {
	config '[cron:yearly]' 'schedule = 0 0 1 1 *' "command = sh -c 'echo x >>$dir/ran'"
	start
	until_true test -S "$CONTROL"
	ctl restart
	ctl stop
	ctl start
	sleep 0.5
	[ ! -e ran ]
	ctl start yearly
	until_true lines ran 1
	stop
}

@test "a new table counts from the reload on; a job that was added runs at its time" {
	config '[cron:tick]' 'schedule = 0 0 1 1 *' "command = sh -c 'echo x >>$dir/ticks'"
	start
	until_true test -S "$CONTROL"
	config '[cron:tick]' 'schedule = * * * * * *' "command = sh -c 'echo x >>$dir/ticks'" \
		'[cron:later]' 'schedule = 0 0 1 1 *' "command = sh -c 'echo x >>$dir/later'"
	ctl reloadconfig
	until_true lines ticks 2
	stop
	[ ! -e later ]
}

@test "TERM ends a run as it ends services, and no other begins" {
	config '[cron:tick]' 'schedule = * * * * * *' \
		"command = sh -c 'trap \"echo term >>$dir/log; exit 0\" TERM; echo b >>$dir/log; while :; do sleep 0.1; done'"
	start
	until_true lines log 1
	stop
	[ "$(tr '\n' ' ' <log)" = "b term " ]
}

@test "jitter puts a run off, less than it says" {
	config '[cron:late]' 'schedule = */3 * * * * *' 'jitter = 2s' "command = sh -c 'date +%s.%N >>$dir/log'"
	start
	until_true lines log 4
	stop
	while read -r at; do
		awk -v t="$at" 'BEGIN { late = t % 3; exit !(late < 2.9) }'
	done <log
	[ "$(awk '{ print ($1 % 3 > 0.05) }' log | sort -u | tail -1)" = 1 ]
}
