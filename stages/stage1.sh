#!/bin/sh
# stage1, in the builder's container: the base tarball, made or reused, then the base layer.
set -eu
: "${MS_BASEIMAGE_DIR:=/docker/data}"
: "${HULL:=hull}"

if [ "${MS_BASE:-scratch}" != scratch ]; then
	echo "the base is the image $MS_BASE: no tarball is needed"
	exec "$HULL" step base
fi

tarball=$MS_BASEIMAGE_DIR/$MS_BASEIMAGE
# Builds of other images may want the same tarball: the first makes it.
exec 9<"$MS_BASEIMAGE_DIR"
! command -v flock >/dev/null || flock 9
if [ -s "$tarball" ]; then
	echo "reusing $tarball (delete it to have it made anew)"
else
	case $MS_OS in
	debian | ubuntu) ;;
	*)
		echo "stage1: there is no way to make a root file system of '$MS_OS' here:" \
			"put $MS_BASEIMAGE into the data directory" >&2
		exit 2
		;;
	esac
	[ -n "$MS_OS_MIRROR" ] || {
		echo "stage1: no package mirror for '$MS_OS' is known on this host: set MS_OS_MIRROR" >&2
		exit 2
	}
	case $MS_BASEIMAGE in
	*.xz) compress="xz -T0 -2" ;;
	*.gz) compress="gzip -n -1" ;;
	*.zst) compress="zstd -q -T0 -3" ;;
	*) compress="cat" ;;
	esac
	echo "making $tarball: $MS_OS $MS_OS_RELEASE"
	# Whole or not at all: an interrupted run leaves nothing that a later one could take for a tarball.
	trap 'rm -f "$tarball.tmp"' EXIT
	mmdebstrap --variant=minbase --format=tar \
		--include=systemd,systemd-sysv,dbus,acl,ca-certificates,iproute2,rsync \
		"$MS_OS_RELEASE" /tmp/rootfs.tar "$MS_OS_MIRROR"
	$compress </tmp/rootfs.tar >"$tarball.tmp"
	rm -f /tmp/rootfs.tar
	sync "$tarball.tmp"
	mv "$tarball.tmp" "$tarball"
fi
exec 9<&-
exec "$HULL" step base
