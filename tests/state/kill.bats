#!/usr/bin/env bats
# kill.bats - a run that is killed at any moment leaves files old or new, accounts that parse, and no lock.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() {
	[ "$(id -u)" = 0 ] || skip "needs root: it makes accounts"
	state_setup
	mkdir sls
}

apply() { "$HULL_STATE" apply --sls sls --chroot "$root" --no-sync "$@"; }

# killed NAME MS: apply, killed so many milliseconds later.
killed() {
	"$HULL_STATE" apply --sls sls --chroot "$root" --no-sync "$1" >/dev/null 2>&1 3>&- &
	sleep "$(printf '0.%03d' "$2")"
	kill -9 $! 2>/dev/null || true
	wait $! 2>/dev/null || true
}

# milliseconds NAME: how long a whole run takes, and a little.
milliseconds() {
	local began
	began=$(date +%s%N)
	apply "$1" >/dev/null
	echo $((($(date +%s%N) - began) / 1000000 + 2))
}

# What is read line by line never has half a line: so many fields, of known form, and a newline at the end.
parses() {
	python3 - "$root" <<-'END'
		import pathlib, re, sys
		root = pathlib.Path(sys.argv[1])
		name = r"[a-z_][a-z0-9_-]*"
		forms = {
		    "etc/passwd": rf"{name}:x:\d+:\d+:[^:]*:/[^:]*:/[^:]*",
		    "etc/group": rf"{name}:x:\d+:[a-z0-9_,-]*",
		    "etc/shadow": rf"{name}:[^:]*:\d*:\d*:\d*:\d*:\d*:\d*:\d*",
		    "etc/hosts": r"[0-9.]+\s+[a-z0-9. ]+",
		    "var/spool/cron/crontabs/root": r"#.*|[0-9*]+ \* \* \* \* /bin/job\d+",
		    "root/.ssh/authorized_keys": r"ssh-ed25519 AAAA[A-Za-z0-9+/=]+ k\d+",
		}
		for path, form in forms.items():
		    file = root / path
		    if not file.exists():
		        continue
		    text = file.read_text()
		    assert not text or text.endswith("\n"), path
		    for line in text.splitlines():
		        assert re.fullmatch(form, line), (path, line)
		passwd = [line.split(":")[0] for line in (root / "etc/passwd").read_text().splitlines()]
		assert len(passwd) == len(set(passwd)) and "root" in passwd, passwd
	END
}

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
			    - password: $((i))x
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
	local at span i
	account_states >sls/accounts.sls
	for i in $(seq 12); do
		printf 'user%s:\n  user.absent: []\nteam%s:\n  group.absent: []\n' "$i" "$i"
	done >sls/gone.sls
	span=$(milliseconds accounts)
	parses
	apply gone >/dev/null
	for i in $(seq 30); do
		at=$((RANDOM % span))
		killed "$([ $((i % 3)) = 0 ] && echo gone || echo accounts)" "$at"
		parses || {
			echo "killed after $at ms"
			return 1
		}
		# whoever is left with a lock would wait here
		[ $((i % 5)) != 0 ] || timeout 10 "$HULL_STATE" apply --sls sls --chroot "$root" --no-sync accounts >/dev/null
	done
	run -0 --separate-stderr apply accounts
	parses
	[ "$(grep -c '^user' "$root/etc/passwd")" = 12 ]
	[ "$(grep -c '^user' "$root/etc/shadow")" = 12 ]
	[ "$(grep -c '^team' "$root/etc/group")" = 12 ]
	run -0 --separate-stderr apply --out json accounts
	python3 -c '
import json, sys
changed = [tag for tag, r in json.load(sys.stdin)["local"].items() if r["changes"]]
assert not changed, changed' <<<"$output"
}

@test "files of every kind of state are old or new after every kill" {
	local span i n name
	mkdir -p sls/tree "$root/srv"
	for name in old new; do
		for n in 1 2 3 4 5 6; do
			printf '/srv/managed%s:\n  file.managed:\n    - contents: {{ "%s-" * 20000 }}end\n' $n $name
			printf '/srv/data%s.json:\n  file.serialize:\n    - dataset: {word: {{ "%s" * 9000 }}, list: [1, 2]}\n    - formatter: json\n' \
				$n $name
			printf '/srv/link%s:\n  file.symlink:\n    - target: /srv/%s\n' $n $name
			printf 'line%s:\n  file.replace:\n    - name: /srv/edited%s\n    - pattern: ^word = .*$\n    - repl: word = %s\n    - backup: false\n' \
				$n $n $name
		done >sls/$name.sls
	done
	for n in 1 2 3 4 5 6; do
		{ yes 'a line that stays' || true; } | head -n 5000 >"$root/srv/edited$n"
		echo 'word = none' >>"$root/srv/edited$n"
	done
	apply old >/dev/null
	span=$(milliseconds new)
	for i in $(seq 30); do
		killed "$([ $((i % 2)) = 0 ] && echo old || echo new)" $((RANDOM % span))
		python3 - "$root/srv" <<-'END'
			import json, pathlib, sys
			srv = pathlib.Path(sys.argv[1])
			for n in "123456":
			    text = (srv / f"managed{n}").read_text()
			    assert text in ("old-" * 20000 + "end\n", "new-" * 20000 + "end\n"), n
			    word = json.loads((srv / f"data{n}.json").read_text())["word"]
			    assert word in ("old" * 9000, "new" * 9000), n
			    assert (srv / f"link{n}").readlink().name in ("old", "new")
			    lines = (srv / f"edited{n}").read_text().splitlines()
			    assert len(lines) == 5001 and lines[-1] in ("word = old", "word = new"), n
		END
	done
	run -0 --separate-stderr apply new
	run -0 --separate-stderr apply --test --detailed-exitcode new
}
