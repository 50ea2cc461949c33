#!/usr/bin/env bats
# full-disk.bats - a storage without room: pushes are refused and go on later, reads and deletes work.
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

@test "an upload that found no room goes on where it ended, when there is some" {
	local first place name at
	configure 'open: true
gc: {every: 0s, grace: 1s}'
	sed -i "s|^storage: .*|storage: {directory: store, floor: 0}|" registry.yml
	serve
	first=$(image team/app one 10000000)
	head -c 9000000 /dev/urandom >big
	name=sha256:$(sha256sum <big | cut -d ' ' -f 1)
	place=$(url '')$(request --fail -X POST -D - -o /dev/null "$(url team/big/blobs/uploads/)" |
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
	rm store/filler*
	for _ in 1 2 3 4 5; do # as asked: the scheduled round waits after a failure
		hull_registry gc --untagged -c registry.yml
		[ -e "store/docker/registry/v2/blobs/sha256/${first:7:2}/${first:7}" ] || break
		sleep 1.1
	done
	[ ! -e "store/docker/registry/v2/blobs/sha256/${first:7:2}/${first:7}" ]
	at=$(request --fail -D - "$place" | sed -n 's/^Range: 0-//p' | tr -d '\r')
	[ "$at" -ge 999999 ] && [ "$at" -lt 8999999 ]
	request --fail -X PATCH -H 'Content-Type: application/octet-stream' -H "Content-Range: $((at + 1))-8999999" \
		--data-binary @<(tail -c +$((at + 2)) big) -o /dev/null "$place"
	[ "$(status -X PUT "$place?digest=$name")" = 201 ]
	request --fail "$(url "team/big/blobs/$name")" | cmp - big
	stop
}

@test "below the floor nothing is taken, and the service is not ready" {
	configure 'open: true'
	sed -i "s|^storage: .*|storage: {directory: store, floor: 20m}|" registry.yml
	serve
	[ "$(status "http://127.0.0.1:$ADMIN/readyz")" = 200 ]
	image team/app one 1000000
	dd if=/dev/zero of=store/filler bs=1M count=25 2>/dev/null
	sleep 1.1 # what is free is asked once a second
	[ "$(status "http://127.0.0.1:$ADMIN/readyz")" = 503 ]
	[ "$(status "http://127.0.0.1:$ADMIN/healthz")" = 200 ]
	head -c 100000 /dev/urandom >one-more
	run ! push_blob "" team/app one-more
	[ "$(status "$(url team/app/manifests/one)")" = 200 ]
	rm store/filler
	sleep 1.1
	push_blob "" team/app one-more
	stop
}
