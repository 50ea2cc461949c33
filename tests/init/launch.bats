#!/usr/bin/env bats
# launch.bats - hull-init launch: the pillar, the keys, reconfigure, and then the services.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0
load ../lib/init

key_a="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJaIlls8HzuNPexlMn25KwJ5QhvWyHUTp43kILiQRMx0 a@test"
key_b="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIONb5S8t1hA2CZUug/zMY75LES2fMMC6nNL9ZlvU+L6H b@test"

# A root of busybox with a project; reconfigure notes its call in /calls, the service in /runs.
setup() {
	[ -z "${HULL_SANITIZED:-}" ] || skip "a sanitized program is not static: it has no library in these roots"
	init_begin
	root=$dir/root
	top=$root/srv/projects/shop
	mkdir -p "$root"/{bin,dev,etc/hull,root,tmp,proc,usr/sbin} "$top"/{project/bin,pillar,data/configuration,data/ssh}
	cp "$(command -v busybox)" "$root/bin/busybox"
	for tool in sh sleep cat echo touch kill true; do
		ln -s busybox "$root/bin/$tool"
	done
	mknod -m 666 "$root/dev/null" c 1 3
	cp "$HULL_INIT" "$root/usr/sbin/hull-init"
	ln -s /usr/sbin/hull-init "$top/project/bin/launch.sh"
	echo 'root:x:0:0::/root:/bin/sh' >"$root/etc/passwd"
	cat >"$root/usr/sbin/hull-state" <<-'EOF'
		#!/bin/sh
		echo "$* PROJECT=$PROJECT" >>/calls
		[ ! -e /broken ] || exit 3
	EOF
	chmod 755 "$root/usr/sbin/hull-state"
	cat >"$root/etc/hull/init.ini" <<-'EOF'
		[service:app]
		command = sh -c 'echo run >>/runs; exit 7'
		main = yes
		restart = never
	EOF
}

teardown() {
	init_end
}

in_root() {
	as_pid1 chroot "$root" "$@"
}

launch() {
	in_root /srv/projects/shop/project/bin/launch.sh "$@"
}

@test "the pillar of the volume replaces the image's, once, and the application's status is ours" {
	echo 'default: 1' >"$top/pillar/init.sls"
	chmod 600 "$top/pillar/init.sls"
	echo 'secret: hunter2' >"$top/data/configuration/pillar.sls"
	run -7 --separate-stderr launch
	[ "$(cat "$top/pillar/init.sls")" = "secret: hunter2" ]
	[ "$(stat -c %a "$top/pillar/init.sls")" = 600 ]
	[ "$(cat "$root/runs")" = run ]
	[[ "$output$stderr" != *hunter2* ]]
	[ ! -e "$root/calls" ]
	[ ! -e "$root/root/.ssh" ]
}

@test "without a pillar in the volume the image's stays" {
	echo 'default: 1' >"$top/pillar/init.sls"
	run -7 launch
	[ "$(cat "$top/pillar/init.sls")" = "default: 1" ]
}

@test "\$pillar names another source" {
	echo 'mine: 1' >"$root/mine.sls"
	echo 'theirs: 1' >"$top/data/configuration/pillar.sls"
	pillar=/mine.sls run -7 launch
	[ "$(cat "$top/pillar/init.sls")" = "mine: 1" ]
}

@test "a pillar that leads out of the volume is not followed" {
	echo 'root:$6$secret' >"$root/etc/shadow"
	ln -s /etc/shadow "$top/data/configuration/pillar.sls"
	run -7 launch
	[ ! -e "$top/pillar/init.sls" ]
}

@test "the project is found from anywhere and through links" {
	echo 'from: volume' >"$top/data/configuration/pillar.sls"
	ln -s /srv/projects/shop/project/bin/launch.sh "$root/launch"
	run -7 in_root /launch
	[ "$(cat "$top/pillar/init.sls")" = "from: volume" ]
}

@test "a script of two lines does the same, and is PID 1 no more" {
	echo 'from: volume' >"$top/data/configuration/pillar.sls"
	rm "$top/project/bin/launch.sh"
	printf '#!/bin/sh\nexec /usr/sbin/hull-init launch --launcher "$0" "$@"\n' >"$top/project/bin/launch.sh"
	chmod 755 "$top/project/bin/launch.sh"
	run -7 launch re_configure=True
	[ "$(cat "$top/pillar/init.sls")" = "from: volume" ]
	[ "$(cat "$root/calls")" = "deploy shop --only install --steps 050_conf PROJECT=/srv/projects/shop/project" ]
}

@test "options and words of both spellings" {
	local words
	for words in --ssh-config ssh_config=True ssh_config=yes ssh_config=1 ssh_config=on; do
		rm -rf "$root/root/.ssh" "$root/calls"
		echo "$key_a" >"$top/data/ssh/a.pub"
		run -7 launch "$words"
		grep -qF "$key_a" "$root/root/.ssh/authorized_keys"
		[ ! -e "$root/calls" ]
	done
	for words in --re-configure re_configure=True "re_configure=true ssh_config=False"; do
		rm -rf "$root/root/.ssh" "$root/calls"
		# shellcheck disable=SC2086 # two words
		run -7 launch $words
		grep -qF "$key_a" "$root/root/.ssh/authorized_keys" # implied
		[ "$(wc -l <"$root/calls")" = 1 ]
	done
	rm -rf "$root/root/.ssh" "$root/calls"
	run -7 launch ssh_config=False re_configure=no
	[ ! -e "$root/root/.ssh" ]
	[ ! -e "$root/calls" ]
}

@test "keys that vanish from the volume are revoked" {
	echo "$key_a" >"$top/data/ssh/a.pub"
	echo "$key_b" >"$top/data/ssh/b.pub"
	run -7 launch ssh_config=True
	rm "$top/data/ssh/a.pub"
	run -7 --separate-stderr launch ssh_config=True
	[[ "$stderr" == *"removed: ssh-ed25519 a@test"* ]]
	run ! grep -qF "$key_a" "$root/root/.ssh/authorized_keys"
	grep -qF "$key_b" "$root/root/.ssh/authorized_keys"
	[ "$(stat -c %a "$root/root/.ssh/authorized_keys" "$root/root/.ssh" | tr '\n' ' ')" = "600 700 " ]
}

@test "wrong words and values are told with the nearest, and nothing is done" {
	echo 'from: volume' >"$top/data/configuration/pillar.sls"
	run -100 launch ssh_confg=True
	[ "$output" = "hull-init: unknown word 'ssh_confg' (did you mean 'ssh_config'?)" ]
	run -100 launch re_configure=maybe
	[[ "$output" == *"'re_configure=maybe' is neither True nor False"* ]]
	run -100 launch rubbish
	run -100 launch --ssh-confi
	[[ "$output" == *"--ssh-config"* ]]
	[ ! -e "$top/pillar/init.sls" ]
	[ ! -e "$root/runs" ]
}

@test "a reconfiguration that fails is the end of the launch, with its status" {
	touch "$root/broken"
	run -3 launch re_configure=True
	[ ! -e "$root/runs" ]
	[ "$(wc -l <"$root/calls")" = 1 ]
}

@test "without hull-state a reconfiguration cannot be, and that is said" {
	rm "$root/usr/sbin/hull-state"
	run -1 launch re_configure=True
	[[ "$output" == *"'hull-state' is neither in PATH nor beside hull-init"* ]]
	[ ! -e "$root/runs" ]
}

@test "what reconfiguring writes into the init file is what runs" {
	cat >"$root/usr/sbin/hull-state" <<-'EOF'
		#!/bin/sh
		sed 2>/dev/null
		echo '[service:app]
		command = sh -c "echo new >>/runs; exit 9"
		main = yes
		restart = never' >/etc/hull/init.ini
	EOF
	run -9 launch re_configure=True
	[ "$(cat "$root/runs")" = new ]
}

@test "each step may be a command of [launch]" {
	cat >>"$root/etc/hull/init.ini" <<-'EOF'
		[launch]
		name = other
		pillar = sh -c 'echo pillar $PROJECT_NAME $VOLUME >>/calls'
		sshconfig = sh -c 'echo sshconfig >>/calls'
		reconfigure = sh -c 'echo reconfigure >>/calls; exit 5'
	EOF
	run -5 launch re_configure=True
	[ "$(tr '\n' ' ' <"$root/calls")" = "pillar other /srv/projects/shop/data sshconfig reconfigure " ]
}

@test "no project is an error, not a launch without its pillar" {
	run -100 in_root /usr/sbin/hull-init launch
	[[ "$output" == *"no project is known"* ]]
	run -1 in_root /usr/sbin/hull-init launch --project /nowhere
	[ ! -e "$root/runs" ]
	run -7 in_root /usr/sbin/hull-init launch --project /srv/projects/shop/project
}

@test "TERM ends a reconfiguration at once, and nothing is started" {
	cat >"$root/usr/sbin/hull-state" <<-'EOF'
		#!/bin/sh
		touch /reconfiguring
		exec sleep 300
	EOF
	init_start chroot "$root" /srv/projects/shop/project/bin/launch.sh re_configure=True
	until_true test -e "$root/reconfiguring"
	kill -TERM "$init"
	status=0
	init_wait || status=$?
	[ "$status" = 143 ]
	[ ! -e "$root/runs" ]
}

@test "a stop of what runs is clean" {
	cat >"$root/etc/hull/init.ini" <<-'EOF'
		[service:app]
		command = sh -c 'trap "exit 0" TERM; touch /up; while :; do sleep 0.1; done'
		main = yes
	EOF
	init_start chroot "$root" /srv/projects/shop/project/bin/launch.sh
	until_true test -e "$root/up"
	kill -TERM "$init"
	status=0
	init_wait || status=$?
	[ "$status" = 0 ]
}

# A first start of what hull-stage makes: /acls.restore, /passwords.reset, no host keys of sshd.
first_start_root() {
	printf 'root:$6$salt$hash:19000::::::\nbin:*:1::::::\n' >"$root/etc/shadow"
	chmod 640 "$root/etc/shadow"
	touch "$root/passwords.reset" "$root/acls.restore"
	mkdir -p "$root/etc/ssh" "$root/usr/bin" "$root/srv/kept"
	printf '# file: srv/kept\n# owner: root\n# group: 33\n# flags: -s-\nuser::rwx\ngroup::r-x\nother::---\n\n' \
		>"$root/acls.txt"
	printf '#!/bin/sh\necho "$@" >>/keygen\nfor t in rsa ecdsa ed25519; do : >/etc/ssh/ssh_host_${t}_key; done\n' \
		>"$root/usr/bin/ssh-keygen"
	printf '#!/bin/sh\nexit 0\n' >"$root/usr/sbin/sshd"
	chmod 755 "$root/usr/bin/ssh-keygen" "$root/usr/sbin/sshd"
}

first_start_was() {
	[ ! -e "$root/passwords.reset" ]
	[ ! -e "$root/acls.restore" ]
	run ! grep -q 'salt' "$root/etc/shadow"
	grep -qx 'bin:\*:1::::::' "$root/etc/shadow"
	[ "$(stat -c %a "$root/etc/shadow")" = 640 ]
	[ "$(stat -c '%a %g' "$root/srv/kept")" = "2750 33" ]
}

@test "markers are followed once, by manage as well" {
	first_start_root
	run -7 in_root /usr/sbin/hull-init
	first_start_was
	[ ! -e "$root/keygen" ] # nothing there wants sshd
	cp "$root/etc/shadow" before
	chmod 700 "$root/srv/kept"
	run -7 in_root /usr/sbin/hull-init
	cmp "$root/etc/shadow" before
	[ "$(stat -c %a "$root/srv/kept")" = 2700 ]
}

@test "host keys are made for an sshd that has none, once" {
	first_start_root
	cat >>"$root/etc/hull/init.ini" <<-'EOF'
		[service:ssh]
		command = /usr/sbin/sshd -D
		restart = never
	EOF
	run -7 launch
	first_start_was
	[ "$(cat "$root/keygen")" = -A ]
	run -7 launch
	[ "$(cat "$root/keygen")" = -A ]
}

@test "markers that cannot be followed are told, stay, and keep nothing from starting" {
	first_start_root
	echo rubbish >"$root/acls.txt"
	run -7 launch
	[[ "$output" == *"/acls.restore: line 1 is not what getfacl writes"* ]]
	[ -e "$root/acls.restore" ]
	[ ! -e "$root/passwords.reset" ]
	[ "$(cat "$root/runs")" = run ]
}

@test "the example of a supervised application does what it says" {
	local example=$BATS_TEST_DIRNAME/../../examples/supervised-app
	rm -rf "$root/srv"
	mkdir -p "$root/srv/projects/app" "$root/var/log"
	cp -r "$example/project" "$example/data" "$root/srv/projects/app/"
	echo "$key_a" >"$root/srv/projects/app/data/ssh/a.pub"
	# Every second instead of every five minutes.
	sed -e 's/^schedule = .*/schedule = * * * * * */' -e '/^jitter/d' "$example/init.ini" >"$root/etc/hull/init.ini"
	for tool in httpd sed dirname ls wc wget env; do
		ln -sf busybox "$root/bin/$tool"
	done
	printf '#!/bin/sh\ntouch /sshd-runs\nexec sleep 600\n' >"$root/usr/sbin/sshd"
	chmod 755 "$root/usr/sbin/sshd"

	cd "$dir"
	unshare -n -pf --kill-child --mount-proc sh -c "busybox ip link set lo up; exec chroot '$root' \
		/srv/projects/app/project/bin/launch.sh ssh_config=True re_configure=True" >out 2>err 3>&- &
	init_namespace=$!
	until_true test -e "$root/sshd-runs"
	init=$(ps -o pid= --ppid "$init_namespace" | tr -d ' ')
	[ "$(cat "$root/srv/projects/app/pillar/init.sls")" = 'domain: app.example.org' ]
	[ "$(nsenter -t "$init" -n -m -p busybox wget -qO- http://127.0.0.1:8080/)" = 'app at app.example.org' ]
	grep -qF "$key_a" "$root/root/.ssh/authorized_keys"
	until_true grep -q 'report.*1' out
	[ -e "$root/var/log/app/app.log" ]
	kill -TERM "$init"
	status=0
	init_wait || status=$?
	[ "$status" = 143 ] || [ "$status" = 0 ]

	# A pillar that says nothing of the domain: nothing is started.
	echo 'other: 1' >"$root/srv/projects/app/data/configuration/pillar.sls"
	rm "$root/sshd-runs"
	run -1 in_root /srv/projects/app/project/bin/launch.sh re_configure=True
	[[ $output == *"no 'domain' in"* ]]
	[ ! -e "$root/sshd-runs" ]
}
