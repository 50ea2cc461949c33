#!/usr/bin/env bats
# every.bats - the states of tests/state/every in a container of the real thing, under the real hull-init.
# SPDX-License-Identifier: Apache-2.0
load setup

setup_file() {
	: "${HULL_INIT:?is the init under test}" "${HULL_STATE:?is the program under test}"
	[ -z "${HULL_SANITIZED:-}" ] || skip "a sanitized program is not static"
}

# A container of busybox, the two programs, the tools and the fixtures, made ready.
started() {
	local every=$BATS_TEST_DIRNAME/../state/every tool rootfs=$BATS_TEST_TMPDIR/rootfs name
	mkdir -p "$rootfs"/{bin,etc/hull,usr/bin,usr/sbin,tmp,run,root,fixtures,web,lib/apk/db}
	echo here >"$rootfs/web/page"
	cp /bin/busybox "$rootfs/bin/"
	for tool in $(busybox --list); do
		[ "$tool" = busybox ] || ln -s busybox "$rootfs/bin/$tool"
	done
	printf 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n' >"$rootfs/etc/passwd"
	printf 'root:x:0:\nwww-data:x:33:\n' >"$rootfs/etc/group"
	printf 'root:*:19000:0:99999:7:::\n' >"$rootfs/etc/shadow"
	cp "$HULL_INIT" "$rootfs/usr/sbin/hull-init"
	cp "$HULL_STATE" "$rootfs/usr/sbin/hull-state"
	cp "$every"/bin/* "$rootfs/usr/bin/"
	cp -r "$every" "$rootfs/fixtures/"
	for name in behind removed purged; do
		printf 'C:Q1\nP:every-%s\nV:1.0-r0\nA:noarch\n\n' $name
	done >"$rootfs/lib/apk/db/installed"
	{
		printf '[init]\n'
		for name in a:no b:yes c:no d:yes; do
			printf '[service:every-%s]\ncommand = sleep 1000\nautostart = %s\n' "${name%:*}" "${name#*:}"
		done
		printf '[service:web]\ncommand = httpd -f -p 127.0.0.1:7999 -h /web\n'
	} >"$rootfs/etc/hull/init.ini"
	tar -C "$rootfs" -c . | hull import - every >/dev/null
	hull run -d --name every --network none every /usr/sbin/hull-init manage /etc/hull/init.ini >/dev/null
	until_is 10 hull exec every test -S /run/hull-init/control.sock
	hull exec every sh /fixtures/every/prepare.sh /usr/bin
	printf '/srv/old/acl-gone:\n  acl.present: [{acl_type: user}, {acl_name: www-data}, {perms: rwx}]\n' |
		hull exec -i every sh -c 'cat >/tmp/granted.sls'
	hull exec every /usr/sbin/hull-state apply --sls /tmp granted >/dev/null
	hull exec -i every sh -c 'cat >/pillar' <<<'{every: {number: 1}, locale: xx_EV.UTF-8}'
}

picture() {
	hull exec every sh -c 'find / -xdev -exec stat -c "%n %f %u %g %Y" {} + | sort; find / -xdev -type f -exec sha256sum {} + | sort'
}

apply() { hull exec every /usr/sbin/hull-state apply --sls /fixtures/every --pillar /pillar --out json "$@"; }

# four_runs FILE...: --test, apply, apply, --test, as in tests/state/every.bats.
four_runs() {
	local file
	picture >before
	for file; do
		mkdir "$file"
		apply --test "$file" >"$file/test.json" 2>/dev/null || true
	done
	picture | diff before -
	for file; do
		apply "$file" >"$file/apply.json" 2>/dev/null || true
		apply "$file" >"$file/again.json" 2>/dev/null || true
	done
	picture >before
	for file; do
		apply --test "$file" >"$file/pending.json" 2>/dev/null || true
		"$BATS_TEST_DIRNAME/../state/every.py" "$file"
	done
	picture | diff before -
}

@test "every state that busybox can have is told, done, and done once" {
	started
	four_runs files flow accounts system services tools packages_apk
	[ "$(hull exec every cat /srv/every/contents)" = $'one\ntwo' ]
	# the services are hull-init's own
	[[ $(hull exec every ps) == *"sleep 1000"* ]]
	hull rm -f every >/dev/null
}
