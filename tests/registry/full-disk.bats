#!/usr/bin/env bats
# full-disk.bats - a storage without room: pushes are refused and go on later, all else works, the collector makes room.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2034 # bats runs each test in a process of its own
load setup

setup()
{
	[ "$(id -u)" = 0 ] || skip "mounts a disk of its own"
	cd "$BATS_TEST_TMPDIR" || return 1
	unset "${!REGISTRY_@}" HULL_REGISTRY_CONFIG
	LOG=$BATS_TEST_TMPDIR/log
	truncate -s 48M disk
	mkfs.ext4 -q -m 0 -O ^has_journal disk 2>/dev/null
	mkdir store
	mount -o loop disk store || skip "no loop devices"
}

teardown()
{
	if [ -f server.pid ]; then kill -9 "$(cat server.pid)" 2>/dev/null || true; ended 5 >/dev/null || true; fi
	! mountpoint -q store || umount store
}

image() { head -c "$3" /dev/urandom >layer && push "" "$1" "$2" layer; }

fill() { dd if=/dev/zero of=store/filler bs=64k 2>/dev/null || dd if=/dev/zero of=store/filler2 bs=1k 2>/dev/null || true; }

@test "a push that found no room goes on when the collector has made some" {
	local first place name
	configure 'open: true
gc: {every: 100ms, grace: 1s, untagged: 1ms}'
	serve
	first=$(image team/app one 10000000)
	head -c 9000000 /dev/urandom >big
	name=sha256:$(sha256sum <big | cut -d ' ' -f 1)
	place=$(url '')$(request --fail -X POST -D - -o /dev/null "$(url team/app/blobs/uploads/)" |
		sed -n 's/^[Ll]ocation: \/v2\///p' | tr -d '\r')
	request --fail -X PATCH -H 'Content-Type: application/octet-stream' --data-binary @<(head -c 1000000 big) -o /dev/null "$place"
	fill
	run -0 request -X PATCH -H 'Content-Type: application/octet-stream' --data-binary @<(tail -c +1000001 big) \
		-w '%{http_code}' "$place"
	[[ $output == *507 && $output == *DENIED* ]]
	[ "$(status "$place")" = 204 ]
	[ "$(status "$(url team/app/manifests/one)")" = 200 ]
	request --fail "$(url "team/app/blobs/$first")" | sha256sum | grep -q "^${first#sha256:}"
	[ "$(status -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @manifest.json "$(url team/app/manifests/two)")" = 507 ]
	[ "$(status -X DELETE "$(url team/app/manifests/one)")" = 202 ]
	[ "$(status "$(url team/app/manifests/one)")" = 404 ]
	request -X DELETE "$place" -o /dev/null # else its repository's layers wait for it
	for _ in $(seq 100); do
		[ -e "store/docker/registry/v2/blobs/sha256/${first:7:2}/${first:7}" ] || break
		sleep 0.1
	done
	[ ! -e "store/docker/registry/v2/blobs/sha256/${first:7:2}/${first:7}" ]
	echo '{}' >config.json
	[ "$(push_blob "" team/app big)" = "$name" ]
	stop
}
