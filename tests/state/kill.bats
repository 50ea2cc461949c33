#!/usr/bin/env bats
# kill.bats - a run that is killed at any moment leaves files old or new, accounts that parse, and no lock.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() {
	[ "$(id -u)" = 0 ] || skip "needs root: it makes accounts"
	# In memory where that can be: a disk makes each run a hundred times as long, and kills rare.
	scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "$BATS_TEST_TMPDIR")")
	BATS_TEST_TMPDIR=$scratch state_setup
	mkdir sls
}

teardown() { [ -z "${scratch:-}" ] || rm -rf "$scratch"; }

apply() { "$HULL_STATE" apply --sls sls --chroot "$root" --no-sync "$@"; }

# kills SUBJECT ROUNDS NAME NAME
kills() { "$BATS_TEST_DIRNAME/kill.py" "$HULL_STATE" "$root" sls "$@"; }

account_states() {
	local i key
	for i in $(seq 12); do
		key=$(printf 'AAAAC3NzaC1lZDI1NTE5AAAAI%042dA' "$i")
		cat <<-END
			group$i:
			  group.present:
			    - name: team$i
			user$i:
			  user.present:
			    - name: user$i
			    - groups: [team$i]
			    - createhome: false
			    - shell: /bin/sh
			job$i:
			  cron.present:
			    - name: /bin/job$i
			    - minute: $i
			host$i:
			  host.present:
			    - name: host$i.test
			    - ip: 10.0.0.$i
			ssh-ed25519 $key k$i:
			  ssh_auth.present:
			    - user: root
		END
	done
}

@test "accounts, jobs, hosts and keys parse after every kill, and the next run succeeds" {
	account_states >sls/present.sls
	for i in $(seq 12); do
		printf 'user%s:\n  user.absent: []\nteam%s:\n  group.absent: []\n' "$i" "$i"
	done >sls/absent.sls
	kills accounts 150 present absent
	run -0 --separate-stderr apply present
	[ "$(grep -c '^user' "$root/etc/passwd")" = 12 ]
	[ "$(grep -c '^user' "$root/etc/shadow")" = 12 ]
	[ "$(grep -c '^team' "$root/etc/group")" = 12 ]
	run -0 --separate-stderr apply --test --detailed-exitcode present
}

@test "files of every kind of state are old or new after every kill" {
	mkdir -p "$root/srv"
	for name in old new; do
		for n in 1 2 3 4 5 6; do
			cat <<-END
				/srv/managed$n:
				  file.managed:
				    - contents: {{ "$name-" * 20000 }}end
				/srv/data$n.json:
				  file.serialize:
				    - dataset: {word: {{ "$name" * 9000 }}}
				    - formatter: json
				/srv/link$n:
				  file.symlink:
				    - target: /srv/$name
				line$n:
				  file.replace:
				    - name: /srv/edited$n
				    - pattern: ^word = .*$
				    - repl: word = $name
				    - backup: false
			END
		done >sls/$name.sls
	done
	for n in 1 2 3 4 5 6; do
		seq -f 'a line that stays %g' 5000 >"$root/srv/edited$n"
		echo 'word = none' >>"$root/srv/edited$n"
	done
	kills files 60 old new
	run -0 --separate-stderr apply new
	run -0 --separate-stderr apply --test --detailed-exitcode new
}
