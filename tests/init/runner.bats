#!/usr/bin/env bats
# runner.bats - the base image's chores by the real program: users, files, shell, wait, commands of one's own.
# SPDX-License-Identifier: Apache-2.0
#
# Everything happens in a mount name space with an /etc and a /home of the test's own, or in a root
# directory that holds nothing but the program.

load ../lib/init
bats_require_minimum_version 1.5.0

setup()
{
	init_begin
	[ "$(id -u)" = 0 ] || skip "needs root's rights"
	unset USER_NAME USER_UID USER_ID USER_GID GROUP_ID GROUP_NAME HULL_INIT_FILE
	mkdir -p "$dir/etc/hull" "$dir/etc/skel" "$dir/home" "$dir/var"
	printf 'root:x:0:0:root:/root:/bin/bash\n' >"$dir/etc/passwd"
	printf 'root:x:0:\ndialout:x:20:\n' >"$dir/etc/group"
	printf 'root:*:19000:0:99999:7:::\n' >"$dir/etc/shadow"
	printf 'root:*::\ndialout:*::\n' >"$dir/etc/gshadow"
	chmod 640 "$dir/etc/shadow" "$dir/etc/gshadow"
	echo 'PS1="x$ "' >"$dir/etc/skel/.bashrc"
	ini '[init]' 'users_from_env = yes'
	export dir
	export -f inside
}

teardown() { init_end; }

ini() { printf '%s\n' "$@" >"$dir/etc/hull/init.ini"; }

# CMD with the test's own /etc and /home; BEFORE is run first.
inside()
{
	${EXEC:-} unshare -m --propagation private sh -c 'mount --bind "$0/etc" /etc && mount --bind "$0/home" /home &&
		eval "${BEFORE:-:}" && exec "$@"' "$dir" "$@"
}

@test "start makes the user of the environment, and makes it once" {
	USER_NAME=dev USER_UID=1234 inside "$HULL_INIT" start
	[ "$(tail -n 1 "$dir/etc/passwd")" = 'dev:x:1234:1234::/home/dev:/bin/bash' ]
	[ "$(tail -n 1 "$dir/etc/group")" = 'dev:x:1234:' ]
	[ "$(tail -n 1 "$dir/etc/shadow")" = 'dev:!:::::::' ]
	[ "$(tail -n 1 "$dir/etc/gshadow")" = 'dev:!::' ]
	[ "$(stat -c '%a %u:%g' "$dir/home/dev" "$dir/home/dev/.bashrc" | tr '\n' ' ')" = '755 1234:1234 644 1234:1234 ' ]
	[ "$(stat -c %a "$dir/etc/shadow")" = 640 ]
	cp -a "$dir/etc" "$dir/before"
	USER_NAME=dev USER_UID=1234 inside "$HULL_INIT" start
	diff -r "$dir/before" "$dir/etc"
	[ -z "$(find "$dir/etc" -name '*.lock' ! -name .pwd.lock -o -name '*+')" ]
}

@test "pwck and grpck find nothing wrong with the edited files" {
	command -v pwck >/dev/null || skip "needs pwck"
	USER_NAME=dev USER_UID=1234 USER_GID=20 inside "$HULL_INIT" start
	USER_NAME=ops USER_UID=1235 GROUP_NAME=team GROUP_ID=77 inside "$HULL_INIT" start
	mkdir -p "$dir/root"
	inside pwck -r -q
	inside grpck -r
}

@test "variables that ask for no user that can be: one line, exit 1" {
	expect_1()
	{
		local want=$1
		shift
		run env "$@" bash -c 'inside "$HULL_INIT" start 2>&1'
		[ "$status" -eq 1 ]
		[ "$output" = "hull-init: $want" ]
	}
	expect_1 'Environment variable USER_UID is not set' USER_NAME=dev
	expect_1 "environment variable USER_UID: 'abc' is no number from 0 to 4294967294" USER_NAME=dev USER_UID=abc
	expect_1 "environment variable USER_ID: '-1' is no number from 0 to 4294967294" USER_NAME=dev USER_ID=-1
	expect_1 "environment variable GROUP_ID: '4294967295' is no number from 0 to 4294967294" USER_NAME=dev USER_ID=1 GROUP_ID=4294967295
	expect_1 "environment variables USER_UID and USER_ID differ: 1 and 2" USER_NAME=dev USER_UID=1 USER_ID=2
	expect_1 "user 'root' exists with id 0, not 1000" USER_NAME=root USER_UID=1000
	expect_1 "user 'dev': id 0 is that of 'root'" USER_NAME=dev USER_UID=0
	[ "$(wc -l <"$dir/etc/passwd")" -eq 1 ]
}

@test "without USER_NAME nobody is made, or the image's own user" {
	inside "$HULL_INIT" start
	[ "$(wc -l <"$dir/etc/passwd")" -eq 1 ]
	ini '[init]' 'users_from_env = yes' 'default_user = app' 'default_uid = 1000'
	inside "$HULL_INIT" start
	[ "$(tail -n 1 "$dir/etc/passwd")" = 'app:x:1000:1000::/home/app:/bin/bash' ]
}

@test "HULL_INIT_FILE names the file where none is named" {
	printf '[service:x]\ncommand = sh -c "exit 3"\nmain = yes\nrestart = never\n' >"$dir/other.ini"
	export HULL_INIT_FILE="$dir/other.ini"
	run "$HULL_INIT" check
	[[ "$output" == "1 service, 1 file: ok" ]]
	run as_pid1 "$HULL_INIT"
	[ "$status" -eq 3 ]
}

@test "without a root that can be written nobody is made, and all goes on" {
	mkdir -p "$dir/root"
	cp "$HULL_INIT" "$dir/root/init"
	file "$dir/root/init" | grep -q 'statically linked' || skip "needs the static program"
	printf '[init]\nusers_from_env = yes\n' >"$dir/root/init.ini"
	run unshare -m sh -c 'mount --bind "$0/root" "$0/root" && mount -o remount,bind,ro "$0/root" &&
		USER_NAME=dev USER_UID=5 HULL_INIT_FILE=/init.ini exec chroot "$0/root" /init start' "$dir"
	[ "$status" -eq 0 ]
	[[ "$output" == *"users and groups stay as they are"* ]]
}

@test "shell: groups, home, names and the status of bash; the directory stays" {
	ini '[init]' 'users_from_env = yes' '[group:editor]' 'gid = 65753' 'members = dev'
	export USER_NAME=dev USER_UID=1234
	run inside sh -c 'cd /var && echo "id -u; id -G; pwd; echo \$HOME \$USER \$LOGNAME \$SHELL; exit 7" | exec "$0" shell' "$HULL_INIT"
	[ "$status" -eq 7 ]
	[ "$output" = "$(printf '1234\n1234 65753\n/var\n/home/dev dev dev /bin/bash')" ]
	run inside sh -c 'echo "id -u; exit 3" | exec "$0" shell 4321' "$HULL_INIT"
	[ "$status" -eq 3 ]
	[ "$output" = 4321 ]
	unset USER_NAME USER_UID
	run inside sh -c 'echo "id -u" | exec "$0" shell' "$HULL_INIT"
	[ "$output" = 0 ]
	run inside "$HULL_INIT" shell nobody-there
	[ "$status" -eq 1 ]
	[ "$output" = 'No such user: nobody-there' ]
}

@test "directories, copies and templates, in this order" {
	ini '[init]' 'users_from_env = yes' \
		"[dir:$dir/var/log]" 'user = dev' 'mode = 0750' \
		"[copy:$dir/var/data]" "source = $dir/etc/skel" 'user = dev' \
		"[copy:$dir/var/conf/]" "source = $dir/whatever.conf" 'when = always' \
		"[template:$dir/var/out/whatever.conf]" "source = $dir/var/conf/whatever.conf"
	printf 'logging: file\nlog_path: {{LOG_PATH}}\n' >"$dir/whatever.conf"
	chmod 640 "$dir/whatever.conf"
	LOG_PATH=/var/log/x USER_NAME=dev USER_UID=1234 inside "$HULL_INIT" start
	[ "$(cat "$dir/var/out/whatever.conf")" = "$(printf 'logging: file\nlog_path: /var/log/x')" ]
	[ "$(stat -c %a "$dir/var/out/whatever.conf")" = 640 ]
	[ "$(stat -c '%a %u' "$dir/var/log")" = '750 1234' ]
	[ "$(stat -c %u "$dir/var/data/.bashrc")" = 1234 ]
}

@test "a variable that is missing ends all before anything is made" {
	ini '[init]' 'users_from_env = yes' "[dir:$dir/var/log]" \
		"[template:$dir/var/a]" "source = $dir/a" "[template:$dir/var/b]" "source = $dir/b"
	echo 'good {{USER_NAME}}' >"$dir/a"
	printf 'x\n  {{LOG_PTH}}\n' >"$dir/b"
	run env LOG_PATH=/x USER_NAME=dev USER_UID=1234 bash -c 'inside "$HULL_INIT" start 2>&1'
	[ "$status" -eq 100 ]
	[ "$output" = "hull-init: $dir/b:2:3: variable 'LOG_PTH' is not set (did you mean 'LOG_PATH'?)" ]
	[ -z "$(ls "$dir/var")" ]
	[ "$(wc -l <"$dir/etc/passwd")" -eq 1 ]
}

@test "secrets in files become variables; their contents are told nobody" {
	ini '[init]' 'file_variables = DB_PASSWORD' '[command:show]' "command = sh -c 'echo [\$DB_PASSWORD] \${DB_PASSWORD_FILE-none}'"
	printf 's3cret\n' >"$dir/secret"
	run env DB_PASSWORD_FILE="$dir/secret" bash -c 'inside "$HULL_INIT" show 2>&1'
	[ "$output" = '[s3cret] none' ]
	run env DB_PASSWORD_FILE="$dir/secret" DB_PASSWORD=x bash -c 'inside "$HULL_INIT" show 2>&1'
	[ "$status" -eq 100 ]
	[ "$output" = "hull-init: /etc/hull/init.ini:2:18: both 'DB_PASSWORD' and 'DB_PASSWORD_FILE' are set: use one" ]
	run env DB_PASSWORD_FILE="$dir/no" bash -c 'inside "$HULL_INIT" show 2>&1'
	[ "$status" -eq 100 ]
	[[ "$output" == *"DB_PASSWORD_FILE: opening '$dir/no': No such file or directory" ]]
}

@test "commands of one's own: words, user, directory, status, help, the nearest" {
	ini '[init]' 'users_from_env = yes' \
		'[command:backup]' 'command = sh -c '\''echo "$0 $*"; pwd; id -un; exit 5'\'' first' 'user = dev' 'cwd = /var' 'help = Save the data' \
		'[command:quick]' 'command = cat /etc/passwd' 'boot = no'
	export USER_NAME=dev USER_UID=1234
	run inside "$HULL_INIT" quick
	[ "$output" = 'root:x:0:0:root:/root:/bin/bash' ]
	run inside "$HULL_INIT" backup --all 'a b'
	[ "$status" -eq 5 ]
	[ "$output" = "$(printf 'first --all a b\n/var\ndev')" ]
	run inside "$HULL_INIT" --help
	[ "$status" -eq 0 ]
	[[ "$output" == *"Commands of /etc/hull/init.ini:"*"backup      Save the data"*"quick"* ]]
	run inside "$HULL_INIT" bakup
	[ "$status" -eq 100 ]
	[ "$output" = "hull-init: unknown command 'bakup' (did you mean 'backup'?)" ]
	run inside "$HULL_INIT" strat
	[ "$output" = "hull-init: unknown command 'strat' (did you mean 'start'?)" ]
}

@test "a read-only /etc: a warning, and the user's numbers" {
	ini '[init]' 'users_from_env = yes'
	export BEFORE='mount -o remount,bind,ro /etc' USER_NAME=dev USER_UID=1234
	run inside "$HULL_INIT" start
	[ "$status" -eq 0 ]
	[[ "$output" == *"user 'dev' cannot be made here: its numbers are used"* ]]
	[ "$(wc -l <"$dir/etc/passwd")" -eq 1 ]
	echo 'dev:x:1234:1234::/home/dev:/bin/bash' >>"$dir/etc/passwd"
	printf 'dev:!:::::::\n' >>"$dir/etc/shadow"
	run inside "$HULL_INIT" start
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "without root's rights: what is to be made cannot, what is not goes on" {
	ini '[init]' 'users_from_env = yes' '[command:who]' "command = sh -c 'echo \$USER \$LOGNAME \$HOME'"
	chmod 755 "$dir"
	run env USER_NAME=dev USER_UID=1234 bash -c 'inside setpriv --reuid 65534 --regid 65534 --clear-groups "$HULL_INIT" who 2>/dev/null'
	[ "$status" -eq 0 ]
	[ "$output" = 'dev dev /' ]
}

@test "bind-mounted account files are edited in place" {
	cp "$dir/etc/passwd" "$dir/passwd"
	export BEFORE='mount --bind '"$dir/passwd"' /etc/passwd' USER_NAME=dev USER_UID=1234
	inside "$HULL_INIT" start
	[ "$(tail -n 1 "$dir/passwd")" = 'dev:x:1234:1234::/home/dev:/bin/bash' ]
	[ "$(wc -l <"$dir/etc/passwd")" -eq 1 ]
	[ ! -e "$dir/etc/passwd+" ]
}

@test "a bind-mounted target of a template is written in place" {
	ini "[template:$dir/etc/app.conf]" "source = $dir/src.conf"
	echo 'a={{A}}' >"$dir/src.conf"
	echo 'a much longer text than that' >"$dir/mounted.conf"
	touch "$dir/etc/app.conf"
	export BEFORE="mount --bind $dir/mounted.conf $dir/etc/app.conf"
	A=1 inside "$HULL_INIT" start
	[ "$(cat "$dir/mounted.conf")" = 'a=1' ]
	BEFORE="$BEFORE; mount --bind $dir/etc $dir/etc; mount --bind $dir/mounted.conf $dir/etc/app.conf; mount -o remount,bind,ro $dir/etc"
	A=2 inside "$HULL_INIT" start
	[ "$(cat "$dir/mounted.conf")" = 'a=2' ]
	[ "$(find "$dir/etc" -name '.app*' | wc -l)" -eq 0 ]
}

@test "a root with nothing but the program" {
	mkdir -p "$dir/root/etc/hull"
	cp "$HULL_INIT" "$dir/root/init"
	file "$dir/root/init" | grep -q 'statically linked' || skip "needs the static program"
	printf '%s\n' '[init]' 'users_from_env = yes' '[dir:/data]' 'user = dev' '[template:/out]' 'source = /in' >"$dir/root/etc/hull/init.ini"
	echo 'name={{USER_NAME}}' >"$dir/root/in"
	USER_NAME=dev USER_UID=1000 chroot "$dir/root" /init start
	[ "$(cat "$dir/root/etc/passwd")" = 'dev:!:1000:1000::/home/dev:/bin/sh' ]
	[ "$(cat "$dir/root/etc/group")" = 'dev:x:1000:' ]
	[ "$(stat -c %u "$dir/root/data")" = 1000 ]
	[ "$(cat "$dir/root/out")" = 'name=dev' ]
	[ ! -e "$dir/root/etc/shadow" ]
	run -127 env USER_NAME=dev USER_UID=1000 chroot "$dir/root" /init shell
	[ "$output" = 'hull-init: /bin/sh: No such file or directory' ]
}

@test "useradd of the distribution and ours at the same time lose no line" {
	command -v useradd >/dev/null || skip "needs useradd"
	cp /etc/login.defs "$dir/etc/"
	[ ! -e /etc/nsswitch.conf ] || cp /etc/nsswitch.conf "$dir/etc/"
	for i in 1 2 3 4 5 6 7 8; do
		USER_NAME=ours$i USER_UID=$((2000 + i)) inside "$HULL_INIT" start &
		pids="${pids:-} $!"
		inside sh -c 'n=0; until useradd -M -u $((3000 + $1)) theirs$1 2>/dev/null; do n=$((n + 1)); [ $n -lt 200 ] || exit 1; sleep 0.05; done' - "$i" &
		pids="$pids $!"
	done
	for pid in $pids; do wait "$pid"; done
	[ "$(grep -c '^ours' "$dir/etc/passwd")" -eq 8 ]
	[ "$(grep -c '^theirs' "$dir/etc/passwd")" -eq 8 ]
	[ "$(grep -c '^ours' "$dir/etc/shadow")" -eq 8 ]
	[ "$(grep -c '^ours' "$dir/etc/gshadow")" -eq 8 ]
	[ "$(sort -u "$dir/etc/passwd" | wc -l)" -eq 17 ]
}

@test "wait: files and sockets, then the program; its own status when time is up" {
	(sleep 0.3; touch "$dir/there") &
	run "$HULL_INIT" wait --timeout 20s --interval 50ms "file:$dir/there" "file:$dir/etc/passwd" -- sh -c 'exit 9'
	[ "$status" -eq 9 ]
	run "$HULL_INIT" wait -t 200ms -i 50ms "file:$dir/never"
	[ "$status" -eq 1 ]
	[[ "$output" == "hull-init: waiting for 'file:$dir/never': not there after "*" s"* ]]
	run "$HULL_INIT" wait ftp:x
	[ "$status" -eq 100 ]
	run "$HULL_INIT" wait -- true
	[ "$status" -eq 100 ]
	run -127 "$HULL_INIT" wait "file:$dir/there" -- no-such-program-here
}

@test "wait: TERM ends it at once, also as PID 1" {
	timeout -s TERM 0.5 "$HULL_INIT" wait -t 0 "file:$dir/never" && status=0 || status=$?
	[ "$status" -eq 124 ]
	init_start "$HULL_INIT" wait -t 0 "file:$dir/never"
	sleep 0.2
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 143 ]
}

@test "template: to stdout, to a file with mode and check" {
	echo 'x={{X}} {{Y:-d}}' >"$dir/t"
	run env X=1 "$HULL_INIT" template "$dir/t"
	[ "$output" = 'x=1 d' ]
	run sh -c 'echo "{{X}}" | X=2 "$HULL_INIT" template -'
	[ "$output" = 2 ]
	X=1 "$HULL_INIT" template -m 0600 -c 'grep -q x=1' "$dir/t" "$dir/out"
	[ "$(stat -c %a "$dir/out")" = 600 ]
	run env X=2 "$HULL_INIT" template -c 'grep -q x=1' "$dir/t" "$dir/out"
	[ "$status" -eq 100 ]
	[ "$(cat "$dir/out")" = 'x=1 d' ]
	run "$HULL_INIT" template "$dir/t"
	[ "$status" -eq 100 ]
	[ "$output" = "hull-init: $dir/t:1:3: variable 'X' is not set" ]
}

# What the program and the commands around it do, one line each.
tell() { printf '#!/bin/sh\n%s\n' "$2" >"$dir/$1" && chmod 755 "$dir/$1"; }

@test "daemon: wait, init, start, semaphore, end, no semaphore" {
	tell first 'echo init $(test -e semaphore && echo semaphore) >>trace'
	tell service 'echo start >>trace; until [ -e semaphore ]; do sleep 0.02; done; echo semaphore >>trace; exit 6'
	touch "$dir/semaphore"
	(sleep 0.3; echo wait >>"$dir/trace"; touch "$dir/there") &
	run as_pid1 "$HULL_INIT" daemon --wait "file:$dir/there" --init "$dir/first" --semaphore "$dir/semaphore" -- "$dir/service"
	[ "$status" -eq 6 ]
	[ "$(tr '\n' ' ' <"$dir/trace")" = 'wait init start semaphore ' ]
	[ ! -e "$dir/semaphore" ]
}

@test "daemon: TERM becomes the signal asked for, the status is the program's" {
	tell service 'trap "echo usr1 >>trace; exit 4" USR1; trap "echo term >>trace" TERM; touch up; while :; do sleep 0.02; done'
	init_start "$HULL_INIT" daemon --signal USR1 --semaphore "$dir/run/semaphore" -- "$dir/service"
	until_true test -e "$dir/up" -a -e "$dir/run/semaphore"
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 4 ]
	[ "$(cat "$dir/trace")" = usr1 ]
	[ ! -e "$dir/run/semaphore" ]
	run as_pid1 "$HULL_INIT" daemon -- sh -c 'kill -KILL $$'
	[ "$status" -eq 137 ]
	run -127 as_pid1 "$HULL_INIT" daemon -- no-such-program-here
}

@test "daemon: TERM while it waits or prepares: nothing is started, exit 0" {
	tell service 'touch started'
	init_start "$HULL_INIT" daemon --wait "file:$dir/never" --semaphore "$dir/semaphore" -- "$dir/service"
	sleep 0.2
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 0 ]
	tell first 'touch preparing; sleep 100'
	init_start "$HULL_INIT" daemon --init "$dir/first" -- "$dir/service"
	until_true test -e "$dir/preparing"
	kill -TERM "$init"
	init_wait
	[ "$status" -eq 0 ]
	[ ! -e "$dir/started" ] && [ ! -e "$dir/semaphore" ]
}

@test "daemon: a wait that ends, an init that fails: the status, and no start" {
	tell service 'touch started'
	run as_pid1 "$HULL_INIT" daemon --wait "file:$dir/never" --wait-timeout 100ms -- "$dir/service"
	[ "$status" -eq 1 ]
	[[ "$output" == *"waiting for 'file:$dir/never': not there after "*" s"* ]]
	run as_pid1 "$HULL_INIT" daemon --init 'sh -c "echo broken; exit 3"' -- "$dir/service"
	[ "$status" -eq 3 ]
	[[ "$output" == *broken*"sh ended with status 3"* ]]
	[ ! -e "$dir/started" ]
}

@test "daemon: user with its groups and home; output to files; the semaphore when it is ready" {
	getent passwd daemon >/dev/null || skip "needs a user 'daemon'"
	local open
	open=$(mktemp -d /tmp/runner.XXXXXX) # where another user may look
	chmod 777 "$open"
	as_pid1 "$HULL_INIT" daemon --user daemon --stdout "$dir/o" --stderr "$dir/e" --ready "file:$open/ready" \
		--semaphore "$open/semaphore" --cwd "$open" -- \
		sh -c 'id -u; id -G; echo $HOME $USER >&2; test ! -e semaphore && touch ready; until [ -e semaphore ]; do sleep 0.02; done'
	rm -r "$open"
	[ "$(head -n 1 "$dir/o")" = "$(id -u daemon)" ]
	[ "$(sed -n 2p "$dir/o")" = "$(id -G daemon)" ]
	[ "$(cat "$dir/e")" = "$(getent passwd daemon | cut -d: -f6) daemon" ]
}

@test "daemon: wrong words" {
	for words in '--signal NOPE' '--wait ftp:x' '--semaphore rel' '--semaphore-when ready' '--ready x:y' '--init ""'; do
		eval "run \"\$HULL_INIT\" daemon $words -- true"
		[ "$status" -eq 100 ]
	done
	run "$HULL_INIT" daemon
	[ "$status" -eq 100 ]
}

# Three hundred TERMs at any moment of wait, init and service: each ends it, with the service's
# status exactly when the service ran.
@test "daemon: no TERM is lost" {
	run python3 "$BATS_TEST_DIRNAME/term_storm.py" "$HULL_INIT" "$dir" 300
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "examples/base-image does what its README tells" {
	cp -r "$HULL_SHARE/examples/base-image/config" "$dir/config"
	mkdir -p "$dir/opt" "$dir/bin" "$dir/run" "$dir/log" "$dir/srv"
	cp "$HULL_INIT" "$dir/bin/hull-init"
	export BEFORE='mount --bind $dir/opt /opt && mkdir -p /opt/config && mount --bind $dir/config /opt/config &&
		mount --bind $dir/run /run && mount --bind $dir/log /var/log && mount --bind $dir/srv /srv'
	export HULL_INIT_FILE=/opt/config/init.ini PATH="$dir/bin:$PATH"
	run inside hull-init start
	[ "$status" -eq 100 ]
	[ "$output" = "hull-init: /opt/config/whatever.conf:2:11: variable 'LOG_PATH' is not set" ]
	[ "$(wc -l <"$dir/etc/passwd")" -eq 1 ]
	export LOG_PATH=/var/log/app/app.log
	inside hull-init start
	[ "$(tail -n 1 "$dir/etc/passwd")" = 'dev:x:1000:1000::/home/dev:/bin/bash' ]
	[ "$(stat -c '%a %u' "$dir/log/app")" = '750 1000' ]
	[ -e "$dir/srv/app/README" ]
	run inside hull-init show
	[ "$output" = "$(printf 'logging: file\nlog_path: /var/log/app/app.log')" ]
	USER_NAME=ops USER_ID=1001 inside hull-init start
	[ "$(stat -c %u "$dir/log/app")" = 1001 ]
	chmod 711 "$dir/bin" # the program of the user is found
	EXEC=exec inside env --default-signal=INT hull-init run & # a shell's background ignores INT
	until_true test -e "$dir/run/app/semaphore"
	kill -TERM $!
	wait $! && status=0 || status=$?
	[ "$status" -eq 130 ]
	[ ! -e "$dir/run/app/semaphore" ]
}
