#!/usr/bin/env bats
# hostile.bats - templates, trees and arguments that were made to do harm.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() {
	state_setup
	mkdir -p salt root/etc root/srv
}

apply() { "$HULL_STATE" apply --sls salt --chroot root --no-sync "$@"; }

# sls NAME: from stdin.
sls() { cat >"salt/$1.sls"; }

needs_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }

@test "an included FIFO does not hold a template" {
	mkfifo fifo
	echo "{% include 'fifo' %}" >t.jinja
	run timeout 10 "$HULL_STATE" render t.jinja
	[ "$status" = 1 ]
	[[ "$output" == *"not a regular file"* ]]
}

@test "nothing outside of a template's directory can be included" {
	mkdir in
	echo secret >out.txt
	ln -s ../out.txt in/link
	for name in ../out.txt "$PWD/out.txt" link /etc/passwd; do
		echo "{% include '$name' %}" >in/t.jinja
		run "$HULL_STATE" render in/t.jinja
		[ "$status" = 1 ]
		run ! grep -q secret <<<"$output"
	done
}

@test "no argument of a user becomes another line or field of its files" {
	needs_root
	printf 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >root/etc/passwd
	printf 'root:x:0:\nann:x:1000:\n' >root/etc/group
	printf 'root:*:1::::::\nann:*:1::::::\n' >root/etc/shadow
	cp -r root/etc before
	for arg in fullname home shell password other; do
		for user in ann new; do
			printf '%s:\n  user.present:\n    - createhome: false\n    - %s: "x\\nevil:x:0:0::/:/bin/sh"\n' \
				$user $arg | sls user
			run apply user
			[ "$status" != 0 ]
			printf '%s:\n  user.present:\n    - createhome: false\n    - %s: "x:y"\n' $user $arg | sls user
			run apply user
			[ "$status" != 0 ]
		done
	done
	for file in passwd group shadow; do
		cmp "before/$file" "root/etc/$file"
	done
}

@test "no argument becomes a line of its own in the files of others" {
	sls lines <<'SLS'
a.test:
  host.present:
    - ip: 10.0.0.1
    - comment: "x\n6.6.6.6 evil.test"
10.0.0.2:
  host.only:
    - hostnames: ["a\n6.6.6.6 evil.test"]
b.test:
  ssh_known_hosts.present:
    - config: /etc/known
    - enc: ssh-rsa
    - hash_known_hosts: false
    - key: "AAAA\nevil.test ssh-rsa AAAA"
"c.test x\nevil.test":
  ssh_known_hosts.present:
    - config: /etc/known
    - enc: ssh-rsa
    - hash_known_hosts: false
    - key: AAAA
/etc/ini:
  ini.options_present:
    - sections:
        "a]\nevil = 1\n[b": {c: d}
ini-name:
  ini.options_present:
    - name: /etc/ini
    - sections:
        a: {"evil = 1\nb": c}
/mnt:
  mount.mounted:
    - device: /dev/x
    - fstype: ext4
    - mount: false
    - opts: "ro 0 0\n/dev/evil / ext4 suid"
job:
  cron.present:
    - name: "true\n* * * * * evil"
key:
  ssh_auth.present:
    - user: root
    - name: AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7
    - comment: "x\nssh-rsa evil"
SLS
	run apply --out json lines
	[ "$status" != 0 ]
	run ! grep -q '"result": true' <<<"$output"
	run ! grep -rq evil root
}

@test "a suid file does not become a program of its new owner" {
	needs_root
	mkdir root/srv/d
	for owner in 65534 0; do
		cp /bin/true "root/srv/d/$owner"
		chown "$owner:$owner" "root/srv/d/$owner"
		chmod 6755 "root/srv/d/$owner"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >root/etc/passwd
	printf 'root:x:0:\nann:x:1000:\n' >root/etc/group
	sls own <<'SLS'
/srv/d:
  file.directory:
    - user: ann
    - group: ann
    - recurse: [user, group]
SLS
	apply own
	[ "$(stat -c '%u %a' root/srv/d/65534)" = "1000 755" ]
	[ "$(stat -c '%u %a' root/srv/d/0)" = "1000 6755" ]
}

@test "a link in another root's etc does not lead out of it" {
	needs_root
	printf 'root:x:0:0:root:/root:/bin/sh\n' >passwd
	ln -sf "$PWD/passwd" root/etc/passwd
	printf 'new:\n  user.present:\n    - createhome: false\n' | sls user
	run apply user
	[ "$status" != 0 ]
	[ "$(cat passwd)" = "root:x:0:0:root:/root:/bin/sh" ]
}

@test "fixperms gives nobody's suid file the rights of the project's owner" {
	needs_root
	new_project web
	noting_step 010_x
	in_root deploy web --only release_sync
	mkdir -p "$projects/web/data/data"
	cp /bin/true "$projects/web/data/data/evil"
	chown 65534:65534 "$projects/web/data/data/evil"
	chmod 6777 "$projects/web/data/data/evil"
	in_root deploy web --only fixperms
	[ "$(stat -c %u "$projects/web/data/data/evil")" != 65534 ]
	[ "$(stat -c %a "$projects/web/data/data/evil")" = 777 ]
}

@test "a user's link does not lead root out of what is the user's" {
	needs_root
	printf 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >root/etc/passwd
	printf 'root:x:0:\nann:x:1000:\n' >root/etc/group
	mkdir -p root/home/ann/own root/etc/cron.d root/srv/up
	echo root >root/etc/target
	ln -s /etc/cron.d root/home/ann/dir
	ln -s /etc/target root/home/ann/file
	ln -s /etc/cron.d/new root/home/ann/dangling
	ln -s own root/home/ann/good
	chown -hR 1000:1000 root/home/ann
	ln -s /home/ann/dir root/srv/up/link # root's, by way of hers
	cp -a root/etc before
	sls links <<'SLS'
/home/ann/dir/a: {file.managed: [{contents: x}, {user: ann}]}
/home/ann/dir/b/c: {file.managed: [{contents: x}, {user: ann}, {makedirs: true}]}
/home/ann/file: {file.managed: [{contents: x}, {user: ann}]}
own: {file.managed: [{name: /home/ann/file}, {replace: false}, {user: ann}]}
/home/ann/dangling: {file.managed: [{contents: x}]}
append: {file.append: [{name: /home/ann/file}, {text: x}]}
/home/ann/dir: {file.directory: [{user: ann}, {follow_symlinks: true}]}
/srv/up/link: {file.directory: [{user: ann}, {recurse: [user]}]}
gone: {file.absent: [{name: /home/ann/dir/../target}]}
/home/ann/dir/l: {file.symlink: [{target: /bin/sh}]}
SLS
	run apply --out json links
	run ! grep -q '"result": true' <<<"$output"
	diff -r before root/etc
	[ "$(stat -c '%u %u' root/etc/target root/etc/cron.d | sort -u)" = "0 0" ]
	sls good <<'SLS'
/home/ann/good/a: {file.managed: [{contents: x}, {user: ann}]}
SLS
	run -0 apply good
	[ "$(cat root/home/ann/own/a)" = x ]
}

@test "a password of a repository is on no command line" {
	mkdir bin2
	cat >bin2/git <<'END'
#!/bin/sh
echo "$0 $*" >>"$LOG"
sh -c "$(printf '%s\n' "$@" | sed -n 's/^credential\.https:\/\/example\.test\.helper=!//p')" f get >>"$LOG.answer"
tr '\0' ' ' </proc/$$/cmdline >>"$LOG"
exit 1
END
	chmod +x bin2/git
	sls repo <<'SLS'
https://example.test/x.git:
  git.latest:
    - target: /nowhere
    - https_user: me
    - https_pass: s3cret-word'$(x)
SLS
	export LOG=$PWD/log
	PATH=$PWD/bin2:$PATH run "$HULL_STATE" apply --sls salt --no-sync repo
	[ "$status" != 0 ]
	[ -s log ]
	run ! grep -q s3cret log
	grep -qxF "password=s3cret-word'\$(x)" log.answer
	grep -qxF username=me log.answer
}

@test "what begins with a dash is no revision and no package" {
	sls dash <<'SLS'
https://example.test/x.git:
  git.cloned: [{target: /nowhere}, {branch: --upload-pack=x}]
latest:
  git.latest: [{name: "https://example.test/x.git"}, {target: /nowhere}, {rev: --upload-pack=x}]
-oDebug=x:
  pkg.installed: []
SLS
	run apply --out json dash
	[[ "$output" != *'"result": true'* ]]
	[[ "$output" == *"Invalid 'branch' argument"* ]]
	[[ "$output" == *"'--upload-pack=x' is no revision"* ]]
	[[ "$output" == *"is no name of a package"* ]]
}

@test "the errors of a tree have an end, and states beyond the limit are one" {
	for ((i = 0; i < 1500; i++)); do printf 's%d: {test.nop: [{require: ["s*"]}]}\n' $i; done | sls circle
	run timeout 20 "$HULL_STATE" check --sls salt --chroot root circle
	[ "$status" = 1 ]
	[ "${#output}" -lt 4000000 ]
	{ printf 'a: {test.nop: [{names: ['; printf 'n%d,' {1..20000}; printf 'x]}]}\n'; } | sls names
	run "$HULL_STATE" check --sls salt --chroot root names
	[ "$status" = 1 ]
	[[ "$output" == *"more than 10000 states"* ]]
}

@test "a FIFO in the place of a volume's pillar does not hold a deployment" {
	new_project web
	noting_step 010_x
	mkfifo "$projects/web/data/configuration/pillar.sls"
	run timeout -s KILL 10 "$HULL_STATE" deploy web --chroot "$root"
	[ "$status" != 0 ]
	[ "$status" != 137 ]
	[[ "$output" == *"not a regular file"* ]]
}
