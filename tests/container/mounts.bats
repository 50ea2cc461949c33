#!/usr/bin/env bats
# mounts.bats - binds, volumes and tmpfs.
# SPDX-License-Identifier: Apache-2.0
load setup

@test "a host directory is mounted, read-write or read-only" {
	mkdir host
	echo here >host/file
	[ "$(box -v "$PWD/host:/mnt" box sh -c 'cat /mnt/file; touch /mnt/new')" = here ]
	[ -e host/new ]
	run -1 box -v "$PWD/host:/mnt:ro" box touch /mnt/no
	[ "$(box -v ./host:/mnt box cat /mnt/file)" = here ]
	[ "$(box -v "$PWD/host/file:/etc/one" box cat /etc/one)" = here ]
}

@test "-v makes a missing host path, --mount does not" {
	box -v "$PWD/made/here:/mnt" box true
	[ -d made/here ]
	run -125 box --mount "type=bind,src=$PWD/missing,dst=/mnt" box true
	[[ $output == *"missing"* ]]
	[ ! -e missing ]
	[ -z "$(hull ps -aq)" ]
}

@test "an empty volume gets the image's content, owners and modes included" {
	[ "$(box -v vol:/data box sh -c 'cat /data/file /data/sub/file; stat -c %a:%u:%g /data; echo more >/data/more')" = \
		$'content\ndeep\n2750:1000:77' ]
	[ "$(box -v vol:/data box cat /data/more)" = more ]
	[ "$(box -v vol:/elsewhere box cat /elsewhere/file)" = content ]
	[ "$(box --mount type=volume,src=bare,dst=/data,volume-nocopy box ls /data)" = "" ]
}

@test "VOLUME of the image is an anonymous volume, removed with -v" {
	image vol 'VOLUME /data'
	hull run --name anon --network none vol sh -c 'cat /data/file; echo x >/data/x'
	[ "$(ls "$HULL_ROOT/volumes" | wc -l)" = 1 ]
	hull start -a anon
	hull rm anon
	[ "$(ls "$HULL_ROOT/volumes" | wc -l)" = 1 ]
	hull create --name anon --network none vol true
	hull rm -v anon
	[ "$(ls "$HULL_ROOT/volumes" | wc -l)" = 1 ]
}

@test "tmpfs with size and mode" {
	run -0 box --tmpfs /t:size=1m,mode=700 box sh -c 'stat -c %a /t; mount | grep " /t "'
	[[ $output == 700* && $output == *size=1024k* ]]
	run -0 box --mount type=tmpfs,dst=/t,tmpfs-size=2m box mount
	[[ $output == *"/t "*size=2048k* ]]
}

@test "mounts in mounts, parents first" {
	mkdir -p outer inner
	echo o >outer/f
	echo i >inner/f
	[ "$(box -v "$PWD/inner:/m/in" -v "$PWD/outer:/m" box cat /m/f /m/in/f)" = $'o\ni' ]
}

@test "two mounts on one place are refused" {
	run -125 box -v a1:/x -v b1:/x/ box true
	[[ $output == *"something is mounted on '/x' already"* ]]
	[ ! -e "$HULL_ROOT/volumes" ]
}

@test "nothing outside can be reached by a link of the image" {
	mkdir -p tree/bin
	cp "$(command -v busybox)" tree/bin/busybox
	ln -s busybox tree/bin/sh
	ln -s "$PWD/outside" tree/link
	mkdir outside
	tar -C tree -cf evil.tar .
	hull import -q evil.tar evil >/dev/null
	box -w /link/made evil /bin/busybox true || true
	[ -z "$(ls -A outside)" ]
	box -v filled:/link evil /bin/busybox true || true
	[ -z "$(ls -A outside)" ]
}
