#!/usr/bin/env bats
# system.bats - states of the system end to end: a busybox root, real commands, a real hull-init.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state
load ../lib/init

setup() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	[ -x /bin/busybox ] || skip "needs a static busybox"
	state_setup
	mkdir -p sls
}

teardown() { init_end; }

# sls NAME: from stdin.
sls() { cat >"sls/$1.sls"; }

apply() { "$HULL_STATE" apply --chroot "$root" --sls sls --out json "$@"; }

# of JSON PATH...: "RESULT COMMENT" of the state whose tag begins so.
of() {
	python3 -c '
import json, sys
data = json.loads(sys.argv[1])["local"]
tag = next(t for t in data if t.startswith(sys.argv[2]))
print(data[tag]["result"], data[tag]["comment"])' "$1" "$2"
}

# twice NAME: the second run changes nothing.
twice() {
	run -0 --separate-stderr apply "$1"
	first=$output
	run -0 --separate-stderr apply "$1"
	python3 -c '
import json, sys
data = json.loads(sys.argv[1])["local"]
changed = {t: r["changes"] for t, r in data.items() if r["changes"] or r["result"] is not True}
sys.exit(f"changed again: {changed}" if changed else 0)' "$output"
}

@test "accounts, keys, cron and hosts in a root without their tools, and nothing the second time" {
	key=AAAAC3NzaC1lZDI1NTE5AAAAIJXJpHiABJWBNlKAFRFgoFG9xyE3m0G3bgVpcW9mVJYO
	sls all <<-END
		team:
		  group.present:
		    - gid: 3000
		deploy:
		  user.present:
		    - gid: 3000
		    - groups: [www-data]
		    - shell: /bin/sh
		    - require: [{group: team}]
		  ssh_auth.present:
		    - name: ssh-ed25519 $key me
		    - user: deploy
		    - require: [{user: deploy}]
		job:
		  cron.present:
		    - name: /bin/true
		    - user: deploy
		    - minute: 5
		    - require: [{user: deploy}]
		db:
		  host.present:
		    - ip: 10.1.2.3
	END
	twice all
	[ "$(of "$first" user_)" = "True New user deploy created" ]
	grep -q '^deploy:x:1000:3000:' "$root/etc/passwd"
	grep -q '^www-data:x:33:deploy$' "$root/etc/group"
	[ "$(stat -c '%a %u:%g' "$root/home/deploy/.ssh/authorized_keys")" = "600 1000:3000" ]
	grep -q '^5 \* \* \* \* /bin/true$' "$root/var/spool/cron/crontabs/deploy"
	grep -q '^10.1.2.3' "$root/etc/hosts"
}

@test "commands run as who they are to run, in the root, and again when something changed" {
	sls run <<-'END'
		conf:
		  file.managed:
		    - name: /etc/x.conf
		    - contents: one
		who:
		  cmd.run:
		    - name: id -un > /tmp/who; pwd >> /tmp/who
		    - user: www-data
		    - cwd: /tmp
		reload:
		  cmd.wait:
		    - name: echo reloaded >> /tmp/log
		    - watch: [{file: conf}]
		state:
		  cmd.run:
		    - name: echo "changed=no comment='as it was'"
		    - stateful: true
	END
	chmod 1777 "$root/tmp"
	run -0 --separate-stderr apply run
	[ "$(cat "$root/tmp/who")" = $'www-data\n/tmp' ]
	[ "$(of "$output" cmd_\|-state)" = "True as it was" ]
	run -0 --separate-stderr apply run
	[ "$(cat "$root/tmp/log")" = reloaded ]
}

@test "a hosts file that is mounted is written in place" {
	echo '127.0.0.1 localhost' >hosts
	touch "$root/etc/hosts"
	sls host <<-'END'
		db:
		  host.present:
		    - ip: 10.0.0.9
	END
	run -0 unshare -m sh -c 'mount --bind hosts "$1/etc/hosts" && shift && exec "$@"' _ "$root" \
		"$HULL_STATE" apply --chroot "$root" --sls sls host
	grep -q '^10.0.0.9' hosts
}

@test "a repository is cloned, followed and left alone" {
	command -v git >/dev/null || skip "needs git"
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
	git init -q -b main origin
	git -C origin commit -q --allow-empty -m one
	cat >sls/repo.sls <<-END
		$dir/origin:
		  git.latest:
		    - target: $dir/clone
		    - rev: main
	END
	git_apply() { "$HULL_STATE" apply --sls sls --out json repo; }
	run -0 --separate-stderr git_apply
	[ "$(of "$output" git_)" = "True $dir/origin cloned to $dir/clone" ]
	run -0 --separate-stderr git_apply
	[ "$(of "$output" git_)" = "True Repository $dir/clone is up-to-date" ]
	git -C origin commit -q --allow-empty -m two
	run -0 --separate-stderr git_apply
	[[ $(of "$output" git_) == "True "*" was fetched, resulting in updated refs. Repository was fast-forwarded to origin/main ("*"." ]]
	[ "$(git -C clone rev-parse HEAD)" = "$(git -C origin rev-parse HEAD)" ]
}

@test "a clone has the branch that was asked for" {
	command -v git >/dev/null || skip "needs git"
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
	git init -q -b main origin
	git -C origin commit -q --allow-empty -m one
	git -C origin branch side
	git -C origin commit -q --allow-empty -m two
	cloned() {
		printf '%s:\n  git.cloned: [{target: %s}%s]\n' "$dir/origin" "$dir/clone" "$1" >sls/repo.sls
		"$HULL_STATE" apply --sls sls --out json repo
	}
	run -2 --separate-stderr cloned ', {branch: none}'
	[[ $(of "$output" git_) == "False Clone failed: "*"Remote branch none not found"* ]]
	[ ! -e clone ]
	run -0 --separate-stderr cloned ', {branch: side}'
	[ "$(of "$output" git_)" = "True $dir/origin cloned to $dir/clone with branch 'side'" ]
	[ "$(git -C clone rev-parse HEAD)" = "$(git -C origin rev-parse side)" ]
	run -0 --separate-stderr cloned ', {branch: side}'
	[ "$(of "$output" git_)" = "True Repository already exists at $dir/clone and is checked out to branch 'side'" ]
	run -0 --separate-stderr cloned ', {branch: main}'
	[ "$(of "$output" git_)" = "True Branch changed to 'main'" ]
	[ "$(git -C clone rev-parse HEAD)" = "$(git -C origin rev-parse main)" ]
}

@test "a repository goes forward by itself and back only by force" {
	command -v git >/dev/null || skip "needs git"
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
	git init -q -b main origin
	git -C origin commit -q --allow-empty -m one
	git -C origin tag v1
	git -C origin branch side
	git -C origin commit -q --allow-empty -m two
	at() { git -C origin rev-parse --short=7 "$1"; }
	# as WHAT...: the clone follows it
	as() {
		printf '%s:\n  git.latest: [{target: %s}, {rev: %s}%s]\n' "$dir/origin" "$dir/clone" "$1" "${2:-}" >sls/repo.sls
		"$HULL_STATE" apply --sls sls --out json repo
	}
	run -0 --separate-stderr as side
	[ "$(of "$output" git_)" = "True $dir/origin cloned to $dir/clone. Repository was reset to origin/side ($(at side)). Tracking branch was updated to origin/side." ]
	run -0 --separate-stderr as main
	[ "$(of "$output" git_)" = "True Tracking branch was updated to origin/main. Repository was fast-forwarded to origin/main ($(at main))." ]
	[ "$(git -C clone symbolic-ref HEAD)" = refs/heads/main ]
	run -2 --separate-stderr as v1
	[ "$(of "$output" git_)" = "False Repository would be updated to $(at v1), but this is not a fast-forward merge. Set 'force_reset' to True to force this update." ]
	run -0 --separate-stderr as v1 ', {force_reset: true}'
	[ "$(of "$output" git_)" = "True Tracking branch was unset. Repository was hard-reset to v1 ($(at v1))." ]
	run -0 --separate-stderr as v1
	[ "$(of "$output" git_)" = "True Repository $dir/clone is up-to-date" ]
	echo one >clone/file
	git -C clone add file
	run -2 --separate-stderr as main
	[[ $(of "$output" git_) == "False Repository would be updated from $(at v1) to $(at main), but there are uncommitted changes."* ]]
}

@test "services are started, restarted and stopped by hull-init's control socket" {
	init_begin
	mkdir -p "$root/run/hull-init"
	cat >init.ini <<-END
		[init]
		control = $root/run/hull-init/control.sock
		[service:web]
		command = sh -c "echo up >> $dir/starts; exec sleep 1000"
		autostart = no
		[service:other]
		command = sleep 1000
	END
	init_start "$HULL_INIT" manage "$dir/init.ini"
	until_true test -S "$root/run/hull-init/control.sock"
	sls up <<-'END'
		conf:
		  file.managed:
		    - name: /etc/web.conf
		    - contents_pillar: conf
		web:
		  service.running:
		    - watch: [{file: conf}]
	END
	run -0 --separate-stderr apply --pillar <(echo 'conf: one') up
	[ "$(of "$output" service_)" = "True Started service web" ]
	run -0 --separate-stderr apply --pillar <(echo 'conf: one') up
	[ "$(of "$output" service_)" = "True The service web is already running" ]
	run -0 --separate-stderr apply --pillar <(echo 'conf: two') up
	[ "$(of "$output" service_)" = "True Service restarted" ]
	until_true test "$(wc -l <starts)" = 2
	sls down <<-'END'
		web:
		  service.dead: []
		nobody:
		  service.running: []
	END
	run -2 --separate-stderr apply down
	[ "$(of "$output" service_\|-web)" = "True Service web was killed" ]
	[ "$(of "$output" service_\|-nobody)" = "False The named service nobody is not available" ]
}

@test "templates ask the system" {
	sls ask <<-'END'
		asked:
		  test.configurable_test_state:
		    - changes: false
		    - result: true
		    - comment: >-
		        {{ salt['user.info']('root').home }} {{ salt['file.directory_exists']('/etc') }}
		        {{ salt['cmd.run']('echo hi') }} {{ salt['cmd.retcode']('exit 4') }}
		        {{ salt['cmd.has_exec']('busybox') }} {{ salt['group.info']('root').gid }}
	END
	run -0 --separate-stderr apply ask
	[ "$(of "$output" test_)" = "True /root True hi 4 True 0" ]
}
