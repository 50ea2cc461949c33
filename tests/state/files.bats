#!/usr/bin/env bats
# files.bats - file.* and its kin as the program applies them: twice, in test mode, below a chroot.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() {
	state_setup
	mkdir -p salt
}

apply() { "$HULL_STATE" apply --sls salt --chroot root --no-sync "$@"; }

# sls NAME: from stdin.
sls() { cat >"salt/$1.sls"; }

# What is there: names, modes, contents.
picture() { (cd root && find . -printf '%p %y %m %U %G %l\n' | sort && find . -type f -exec sha256sum {} + | sort); }

many_states() {
	mkdir -p salt/tree/sub
	echo one >salt/tree/one
	echo two >salt/tree/sub/two
	printf 'hello {{ who }} from {{ name }}\n' >salt/t.jinja
	printf 'a\n#b\nport = 1\n# <\n# >\n' >root/etc/edited
	sls many <<'SLS'
/etc/app/app.conf:
  file.managed:
    - source: salt://t.jinja
    - template: jinja
    - makedirs: true
    - mode: 640
    - context: {who: world}
/srv/data:
  file.directory:
    - mode: 750
/srv/tree:
  file.recurse:
    - source: salt://tree
    - file_mode: 600
/srv/link:
  file.symlink:
    - target: /srv/data
/srv/copy:
  file.copy:
    - source: /etc/passwd
/srv/data.json:
  file.serialize:
    - dataset: {a: [1, 2]}
    - formatter: json
/etc/gone:
  file.absent: []
edits:
  file.append:
    - name: /etc/edited
    - text: appended
uncomment:
  file.uncomment:
    - name: /etc/edited
    - regex: ^b
    - backup: false
replace:
  file.replace:
    - name: /etc/edited
    - pattern: 'port = \d+'
    - repl: port = 2
    - backup: false
acc:
  file.accumulated:
    - filename: /etc/edited
    - text: [x, y]
    - require_in:
      - file: block
block:
  file.blockreplace:
    - name: /etc/edited
    - marker_start: '# <'
    - marker_end: '# >'
    - backup: false
alice:
  webutil.user_exists:
    - password: secret
    - htpasswd_file: /etc/htpasswd
/etc/settings.ini:
  ini.options_present:
    - sections: {main: {key: value}}
SLS
	touch root/etc/gone
	mkdir -p root/srv
}

@test "many states are done once, and the second run has nothing to do" {
	many_states
	run -0 apply many
	[[ $output == *"Failed:     0"* ]]
	[ "$(cat root/etc/app/app.conf)" = "hello world from /etc/app/app.conf" ]
	[ "$(cat root/etc/edited)" = $'a\nb\nport = 2\n# <\nx\ny\n# >\nappended' ]
	[ "$(stat -c %a root/srv/tree/sub/two)" = 600 ]
	[ ! -e root/etc/gone ]
	before=$(picture)
	run -0 --separate-stderr apply --out json many
	[ "$(picture)" = "$before" ]
	printf '%s' "$output" | python3 -c '
import json, sys
for tag, result in json.load(sys.stdin)["local"].items():
    assert result["result"] is True and result["changes"] == {}, (tag, result)'
}

@test "passwords of web servers are hashed as crypt(3) does" {
	command -v perl >/dev/null || skip "needs perl, which has crypt(3)"
	sls users <<-'SLS'
		{% for user, options in [('des', 'd'), ('bcrypt', 'B')] %}
		{{ user }}:
		  webutil.user_exists:
		    - password: opensesame
		    - htpasswd_file: /etc/htpasswd
		    - options: {{ options }}
		{% endfor %}
	SLS
	run -0 apply users
	while IFS=: read -r user hash; do
		[ "$(perl -e 'print crypt($ARGV[0], $ARGV[1])' opensesame "$hash")" = "$hash" ] || { echo "$user: $hash"; false; }
	done <root/etc/htpasswd
	[ "$(grep -c . root/etc/htpasswd)" -eq 2 ]
	[[ $(sed -n 's/^des://p' root/etc/htpasswd) =~ ^[./0-9A-Za-z]{13}$ ]]
	run -0 apply users
	[[ $output == *"Succeeded: 2"* && $output != *changed=* ]]
}

@test "a test run tells all of it and changes nothing" {
	many_states
	before=$(picture)
	run -4 --separate-stderr apply --test --detailed-exitcode --out json many
	[ "$(picture)" = "$before" ]
	printf '%s' "$output" | python3 -c '
import json, sys
for tag, result in json.load(sys.stdin)["local"].items():
    if "accumulated" not in tag:
        assert result["result"] is None, (tag, result)'
}

@test "a link in the path leads nowhere but below the root" {
	ln -s ../../../../../../../../../../tmp root/out
	sls escape <<SLS
/out/hull-escape-$$:
  file.managed:
    - contents: x
SLS
	run -0 apply escape
	[ ! -e "/tmp/hull-escape-$$" ]
	[ -f "root/tmp/hull-escape-$$" ]
}

@test "a source outside of its root is refused" {
	echo secret >outside
	ln -s ../outside salt/link
	sls a <<'SLS'
/etc/a:
  file.managed:
    - source: salt://../outside
SLS
	sls b <<'SLS'
/etc/b:
  file.managed:
    - source: salt://link
SLS
	run -2 apply a
	[ ! -e root/etc/a ]
	run -2 apply b
	[ ! -e root/etc/b ]
}

@test "a mounted target is written in place" {
	[ "$(id -u)" = 0 ] || skip "needs root: it mounts"
	unshare -m true 2>/dev/null || skip "needs the right to mount"
	echo below >root/etc/target
	echo mounted >mounted
	sls m <<'SLS'
/etc/target:
  file.managed:
    - contents: new
SLS
	run -0 unshare -m bash -c 'mount --bind mounted root/etc/target &&
		"$HULL_STATE" apply --sls salt --chroot root --no-sync m && cat root/etc/target'
	[[ $output == *$'\nnew' ]]
	[ "$(cat mounted)" = new ]
	[ "$(cat root/etc/target)" = below ]
}

@test "a run that is killed leaves each file old or new" {
	head -c 300000 /dev/zero | tr '\0' a | fold >salt/a
	head -c 300000 /dev/zero | tr '\0' b | fold >salt/b
	for name in a b; do
		for n in 1 2 3 4 5 6 7 8; do
			printf '/srv/f%s:\n  file.managed:\n    - makedirs: true\n    - source: salt://%s\n' $n $name
		done | sls run-$name
	done
	run -0 apply run-a
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		name=a
		[ $((i % 2)) = 0 ] || name=b
		"$HULL_STATE" apply --sls salt --chroot root --no-sync "run-$name" >/dev/null 2>&1 &
		sleep "0.00$((i % 10))"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
		for n in 1 2 3 4 5 6 7 8; do
			cmp -s "root/srv/f$n" salt/a || cmp -s "root/srv/f$n" salt/b
		done
	done
	run -0 apply run-a
	cmp root/srv/f8 salt/a
}

@test "a directory that is cleaned keeps what its requisites manage" {
	mkdir -p root/etc/d/sub
	touch root/etc/d/old root/etc/d/sub/old
	sls clean <<'SLS'
/etc/d:
  file.directory:
    - clean: true
/etc/d/sub/kept:
  file.managed:
    - contents: x
    - require_in:
      - file: /etc/d
SLS
	run -0 apply clean
	[ "$(cd root/etc/d && find . -type f)" = ./sub/kept ]
	run -0 apply clean
	[[ $output == *"The directory /etc/d is in the correct state"* ]]
}

@test "a template that fails names its line, and the old file stays" {
	echo old >root/etc/t
	printf 'one\n{{ missing }}\n' >salt/t
	sls t <<'SLS'
/etc/t:
  file.managed:
    - source: salt://t
    - template: jinja
SLS
	run -2 apply t
	[[ $output == *"Unable to manage file: Jinja variable 'missing' is undefined; line 2"* ]]
	[[ $output == *"{{ missing }}    <======================"* ]]
	[ "$(cat root/etc/t)" = old ]
}

@test "clean leaves what the states before and behind the directory manage" {
	mkdir -p root/d
	echo x >root/d/stranger
	sls clean <<'SLS'
/d: {file.directory: [{clean: true}]}
/d/behind: {file.managed: [{contents: a}, {require: [{file: /d}]}]}
/d/before: {file.managed: [{contents: a}, {require_in: [{file: /d}]}]}
SLS
	run -0 apply clean
	[ "$(ls root/d | tr '\n' ' ')" = "before behind " ]
	run -0 apply clean --out json
	[[ $output != *'"removed"'* && $output != *'"diff"'* ]]
}

@test "an empty source beside contents is none" {
	sls a <<<'/f: {file.managed: [{contents: a}, {source: ""}]}'
	run -0 apply a
	[ "$(cat root/f)" = a ]
}

# A server of $dir/www on a free port; its address in $url.
serve() {
	mkdir -p www
	echo "from afar" >www/file
	python3 -u -m http.server 0 --bind 127.0.0.1 --directory www >serving 2>&1 3>&- &
	server=$!
	for _ in $(seq 100); do
		port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' serving)
		[ -z "$port" ] || break
		sleep 0.1
	done
	url=http://127.0.0.1:$port
}

teardown() { [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true; }

@test "a source of http is taken when its hash is right, and only then" {
	serve
	sha=$(sha256sum www/file | cut -d' ' -f1)
	(cd www && md5sum file >file.md5)
	sls far <<SLS
/by-digest: {file.managed: [{source: "$url/file"}, {source_hash: "sha256=$sha"}]}
/by-list: {file.managed: [{source: "$url/file"}, {source_hash: "$url/file.md5"}]}
/unverified: {file.managed: [{source: "$url/file"}, {skip_verify: true}]}
SLS
	run -0 apply far
	for name in by-digest by-list unverified; do cmp "root/$name" www/file; done
	run -0 apply far --out json
	[ "$(jq '[.local[] | select(.changes != {})] | length' <<<"$output")" = 0 ]

	sls wrong <<SLS
/wrong: {file.managed: [{source: "$url/file"}, {source_hash: "sha256=${sha/[0-9]/x}"}]}
/other: {file.managed: [{source: "$url/file"}, {source_hash: "sha256=$(printf '%064d' 7)"}]}
/none: {file.managed: [{source: "$url/file"}]}
/gone: {file.managed: [{source: "$url/nothing"}, {skip_verify: true}]}
SLS
	run apply wrong
	[ "$status" -ne 0 ]
	for name in wrong other none gone; do [ ! -e "root/$name" ]; done
	sls none <<<"/none: {file.managed: [{source: '$url/file'}]}"
	run apply none
	[[ $output == *"Unable to verify upstream hash of source file $url/file"* ]]
	run -2 apply far --offline
	[[ $output == *"is not fetched: offline"* ]]
}

@test "a file that is replaced keeps its ACL" {
	command -v setfacl >/dev/null || skip "needs setfacl"
	echo old >root/f
	setfacl -m u:4711:r root/f 2>/dev/null || skip "needs a file system with ACLs"
	sls acl <<<'/f: {file.managed: [{contents: new}]}'
	run -0 apply acl
	[ "$(cat root/f)" = new ]
	[[ $(getfacl -nc root/f) == *"user:4711:r--"* ]]
}

@test "contents may come from the pillar, by its path" {
	printf 'app: {lines: [one, two], text: "three\\n"}\n' >pillar.sls
	sls p <<'SLS'
/lines: {file.managed: [{contents_pillar: "app:lines"}]}
/text: {file.managed: [{contents_pillar: "app:text"}]}
SLS
	run -0 apply --pillar pillar.sls p
	[ "$(cat root/lines)" = "$(printf 'one\ntwo')" ]
	[ "$(cat root/text)" = three ]
}
