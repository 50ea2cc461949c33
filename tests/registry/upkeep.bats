#!/usr/bin/env bats
# upkeep.bats - what the server does by itself: abandoned uploads, collections after a crash, a tree that it cannot see whole.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031 # bats runs each test in a process of its own
load setup

# begin_upload REPOSITORY BYTES: prints where it goes on
begin_upload()
{
	local place
	place=$(request --fail -X POST -D - -o /dev/null "$(url "$1/blobs/uploads/")" | sed -n 's/^[Ll]ocation: //p' | tr -d '\r')
	request --fail -X PATCH -H 'Content-Type: application/octet-stream' --data-binary "$2" -o /dev/null "$SCHEME://localhost:$PORT$place"
	echo "$SCHEME://localhost:$PORT$place"
}

@test "uploads that nobody came back to are removed, young ones stay" {
	local old young
	configure 'open: true
upload_ttl: 1h'
	serve
	old=$(begin_upload team/app abandoned)
	young=$(begin_upload team/other young)
	stop
	find store/docker/registry/v2/repositories/team/app/_uploads -exec touch -d '2 hours ago' {} +
	rm status
	serve
	for _ in $(seq 100); do
		[ "$(status "$old")" = 204 ] || break
		sleep 0.05
	done
	[ "$(status "$old")" = 404 ]
	[ "$(status "$young")" = 204 ]
	[ -z "$(ls store/docker/registry/v2/repositories/team/app/_uploads 2>/dev/null)" ]
	stop
}

# image REPOSITORY TAG TEXT: pushed; prints the layer's digest
image() { echo "$3" >layer && push "" "$1" "$2" layer; }

@test "what a crash kept from the index is known before anything is collected" {
	local layer
	configure 'open: true
gc: {every: 20ms, grace: 1s, untagged: 1ms}'
	serve
	image team/app one first
	stop
	cp -r store/hull kept
	rm status
	serve
	layer=$(image team/app two second)
	kill -9 "$(server_pid)"
	ended 5
	cp kept/index.db* store/hull # as if it had got none of that
	rm -f status
	serve
	sleep 2.5
	[ "$(status "$(url "team/app/blobs/$layer")")" = 200 ]
	[ "$(status "$(url team/app/manifests/two)")" = 200 ]
	[ "$(status "$(url team/app/manifests/one)")" = 200 ]
	stop
}

@test "nothing is collected from a storage that cannot be seen whole" {
	local layer
	configure 'open: true
gc: {every: 50ms, grace: 1s}'
	serve
	layer=$(image team/app one first)
	stop
	mv store/docker/registry/v2/repositories/team store/docker/registry/v2/repositories/Team
	rm status
	serve
	log_has "Team' may hold images"
	sleep 2.5
	stop
	run -1 hull_registry gc --grace 0s --config registry.yml
	[[ $output == *"nothing is collected"* ]]
	mv store/docker/registry/v2/repositories/Team store/docker/registry/v2/repositories/team
	rm status
	serve
	[ "$(status "$(url "team/app/blobs/$layer")")" = 200 ]
	[ "$(status "$(url team/app/manifests/one)")" = 200 ]
	stop
}
