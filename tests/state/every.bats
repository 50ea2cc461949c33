#!/usr/bin/env bats
# every.bats - every state there is, in roots of busybox and of a whole Debian: told first, done, done once.
# SPDX-License-Identifier: Apache-2.0
#
# Four runs of each state file in every/: --test changes nothing and tells all, apply succeeds, apply has nothing left
# to do, --test has nothing to tell. The roots live in a name space of mounts that ends with this file.
bats_require_minimum_version 1.5.0

load ../lib/state

setup_file() {
	export BATS_NO_PARALLELIZE_WITHIN_FILE=true
	export EVERY=$BATS_FILE_TMPDIR NAMESPACE=''
	[ "$(id -u)" = 0 ] && [ -x /bin/busybox ] || return 0
	unshare -mnpf --mount-proc true 2>/dev/null || return 0
	host_picture >"$EVERY/host"
	mkdir "$EVERY/roots"
	unshare -mnpf --kill-child --mount-proc sh -c '
		mount -t tmpfs -o size=256m tmpfs "$1" && echo 0 >/proc/sys/net/ipv4/ip_forward
		touch "$1/../ready"
		exec sleep 3600' _ "$EVERY/roots" 3>&- >/dev/null 2>&1 &
	NAMESPACE_PARENT=$!
	until [ -e "$EVERY/ready" ]; do sleep 0.02; done
	NAMESPACE=$(pgrep -P "$NAMESPACE_PARENT")
	export NAMESPACE NAMESPACE_PARENT
	inside /bin/busybox ip link set lo up
	mkdir "$EVERY/web"
	echo here >"$EVERY/web/page"
	inside /bin/busybox httpd -p 127.0.0.1:7999 -h "$EVERY/web" 3>&-
	busybox_root
	debian_root
}

teardown_file() {
	[ -n "$NAMESPACE" ] || return 0
	kill -KILL "$NAMESPACE_PARENT"
	wait "$NAMESPACE_PARENT" 2>/dev/null || true
	# Nothing of the host has changed.
	host_picture | diff "$EVERY/host" -
}

setup() {
	every=$BATS_TEST_DIRNAME/every
	cd "$BATS_TEST_TMPDIR" || return 1
}

host_picture() {
	sha256sum /etc/passwd /etc/group /etc/shadow /etc/hosts /etc/fstab /etc/localtime 2>/dev/null || true
	ls -d /srv/every /srv/old /etc/every* /usr/bin/every* /etc/alternatives/every* /home/every* 2>/dev/null || true
	cat /proc/sys/net/ipv4/ip_forward
	grep -c . /proc/self/mounts
	dpkg -l 'every-*' 2>/dev/null || true
}

inside() { nsenter -t "$NAMESPACE" -m -n -p "$@"; }

busybox_root() {
	(
		BATS_TEST_TMPDIR=$EVERY/made
		state_setup
		mkdir -p "$root"/{usr/bin,fixtures,dev,proc}
		cp "$BATS_TEST_DIRNAME"/every/bin/* "$root/usr/bin/"
		cp -r "$BATS_TEST_DIRNAME/every" "$root/fixtures/"
		mkdir -p "$root/lib/apk/db"
		for name in behind removed purged; do
			printf 'C:Q1\nP:every-%s\nV:1.0-r0\nA:noarch\n\n' $name
		done >"$root/lib/apk/db/installed"
		inside cp -a "$root" "$EVERY/roots/busybox"
		inside mount --bind /proc "$EVERY/roots/busybox/proc"
		inside mount --bind /dev "$EVERY/roots/busybox/dev"
		inside chroot "$EVERY/roots/busybox" sh /fixtures/every/prepare.sh /usr/bin
		inside mount -t tmpfs tmpfs "$EVERY/roots/busybox/mnt/gone"
		granted "$EVERY/roots/busybox"
	)
}

debian_root() {
	local merged=$EVERY/roots/debian upper=$EVERY/roots/upper
	for tool in dpkg-deb apt-get update-alternatives; do
		command -v $tool >/dev/null || return 0
	done
	inside mkdir "$merged" "$upper" "$EVERY/roots/work"
	inside mount -t overlay overlay -o "lowerdir=/,upperdir=$upper,workdir=$EVERY/roots/work" "$merged" 2>/dev/null ||
		return 0
	inside mount --bind /proc "$merged/proc"
	inside mount --rbind /dev "$merged/dev"
	inside cp -r "$BATS_TEST_DIRNAME/every" "$merged/srv/every-fixtures"
	inside cp "$BATS_TEST_DIRNAME/every/bin/svn" "$BATS_TEST_DIRNAME/every/bin/virtualenv" "$merged/usr/local/bin/"
	inside cp "$HULL_STATE" "$merged/usr/local/bin/hull-state"
	in_debian sh /srv/every-fixtures/prepare.sh /srv/every-fixtures/bin
	in_debian sh /srv/every-fixtures/prepare_debian.sh
	inside mount -t tmpfs tmpfs "$merged/mnt/gone"
	granted "$merged"
	touch "$EVERY/has-debian"
}

in_debian() { inside chroot "$EVERY/roots/debian" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

# An ACL that is to go again; setfacl(1) is not everywhere.
granted() {
	printf '/srv/old/acl-gone:\n  acl.present: [{acl_type: user}, {acl_name: www-data}, {perms: rwx}]\n' >"$EVERY/granted.sls"
	inside "$HULL_STATE" apply --chroot "$1" --sls "$EVERY" granted >/dev/null
}

# What is there: names, kinds, owners, modes, times, contents, mounts.
picture() {
	inside sh -c 'cd "$1" && find . -xdev ! -type s -printf "%p %y %m %U %G %l %T@\n" | sort
		find . -xdev -type f -exec sha256sum {} + | sort; cat /proc/mounts' _ "$1"
}

busybox() {
	local args=("$@")
	inside "$HULL_STATE" apply --chroot "$EVERY/roots/busybox" --sls "$every" --pillar "$pillar" --out json "${args[@]}"
}

debian() {
	in_debian hull-state apply --sls /srv/every-fixtures --pillar /dev/stdin --out json "$@" <"$pillar"
}

# four_runs ROOT FILE [STATUS [PENDING]]: STATUS of apply (0), of the last --test (0; 4 when something always changes).
four_runs() {
	local root=$1 file=$2 status=${3:-0} pending=${4:-0} seen=$EVERY/roots/$1
	[ -n "$NAMESPACE" ] || skip "needs root, a static busybox and name spaces"
	[ "$root" != debian ] || {
		[ -e "$EVERY/has-debian" ] || skip "needs a Debian and overlay mounts"
		seen=$EVERY/roots/upper
	}
	pillar=$BATS_TEST_TMPDIR/pillar
	echo "{every: {number: 1}, locale: $(new_locale "$root")}" >"$pillar"
	picture "$seen" >before
	local ended=0
	"$root" --test --detailed-exitcode "$file" >test.json || ended=$?
	tell "$ended" "$([ "$status" = 0 ] && echo 4 || echo "$status")" "the first --test"
	picture "$seen" | diff before - || return 1
	ended=0
	"$root" "$file" >apply.json || ended=$?
	tell "$ended" "$status" "apply"
	ended=0
	"$root" "$file" >again.json || ended=$?
	tell "$ended" "$status" "apply again"
	picture "$seen" >before
	ended=0
	"$root" --test --detailed-exitcode "$file" >pending.json || ended=$?
	picture "$seen" | diff before - || return 1
	"$BATS_TEST_DIRNAME/every.py" .
	tell "$ended" "$pending" "the last --test"
}

# new_locale ROOT: one to be generated; what Debian cannot make without its package is there already.
new_locale() {
	if [ "$1" = busybox ]; then
		echo xx_EV.UTF-8
	elif in_debian sh -c 'command -v locale-gen >/dev/null && [ -e /usr/share/i18n/locales/cy_GB ]'; then
		echo cy_GB.UTF-8
	else
		echo C.UTF-8
	fi
}

tell() {
	[ "$1" = "$2" ] && return 0
	echo "status of $3: $1, not $2"
	"$BATS_TEST_DIRNAME/every.py" .
	return 1
}

@test "there is a fixture of every state" {
	"$HULL_STATE" list | sed -n 's/^state\t//p' >states
	[ "$(wc -l <states)" -gt 80 ]
	while read -r state; do
		grep -qE "^  $state:" "$every"/*.sls || echo "$state has no fixture"
	done <states >missing
	diff /dev/null missing
	# and each file of them is used below
	for file in "$every"/*.sls; do
		grep -q "four_runs .* $(basename "$file" .sls)" "$BATS_TEST_FILENAME"
	done
}

@test "busybox: files" { four_runs busybox files 0 0; }
@test "busybox: commands and tests" { four_runs busybox flow 2 2; }
@test "busybox: accounts" { four_runs busybox accounts; }
@test "busybox: the system's settings" { four_runs busybox system; }
@test "busybox: mounts and sysctl" { four_runs busybox kernel; }
@test "busybox: init scripts" { four_runs busybox services; }
@test "busybox: tools" { four_runs busybox tools; }
@test "busybox: packages of apk" { four_runs busybox packages_apk; }

@test "debian: files" { four_runs debian files 0 0; }
@test "debian: commands and tests" { four_runs debian flow 2 2; }
@test "debian: accounts" { four_runs debian accounts; }
@test "debian: the system's settings" { four_runs debian system; }
@test "debian: mounts and sysctl" { four_runs debian kernel; }
@test "debian: init scripts" { four_runs debian services; }
@test "debian: tools" { four_runs debian tools; }
@test "debian: alternatives" { four_runs debian alternatives; }
@test "debian: git" { four_runs debian repositories; }
@test "debian: packages of apt" {
	four_runs debian packages_apt
	# what was installed and is held has changed twice
	python3 -c '
import json
results = {r["__id__"]: r for r in json.load(open("apply.json"))["local"].values()}
assert results["held"]["changes"] == {"every-held": {"old": "install", "new": "1.0\nhold"}}, results["held"]'
}

@test "busybox: units of systemd" {
	[ -z "$NAMESPACE" ] || inside mkdir -p "$EVERY/roots/busybox/run/systemd/system"
	four_runs busybox services
	four_runs busybox masks
	inside rmdir "$EVERY/roots/busybox/run/systemd/system"
}
