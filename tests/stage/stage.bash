# stage.bash - what the suites of the staged build stand on: one store for all files, a builder and a base of busybox,
# and a Debian base that is made once and kept between runs.
# SPDX-License-Identifier: Apache-2.0
#
#	load stage
#	setup_file() { stage_begin; }		# MS_DATA_DIR is new; the base is busybox, PID 1 is a shell
#	setup_file() { stage_begin; stage_debian; }	# the base is Debian, PID 1 is systemd
#	teardown_file() { stage_end; }

bats_require_minimum_version 1.5.0
load ../lib/hull

# What a test writes goes with it; a file with a setup of its own says so there.
setup() { cd "$BATS_TEST_TMPDIR" || return; }

stage_begin()
{
	local context
	hull_begin
	# The builder and the bases are imported once for all files.
	export HULL_ROOT=$BATS_RUN_TMPDIR/stage-store
	context=$HULL_ROOT/stage0/context
	hull images >/dev/null # makes the store
	mkdir -p "$context"
	[ -e "$context/builder.tar" ] || cp "$(hull_busybox_tar)" "$context/builder.tar"
	export MS_DATA_DIR=$BATS_FILE_TMPDIR/data MS_OS=busybox MS_OS_RELEASE=test MS_BASEIMAGE=busybox.tar
	export MS_COMMAND=/bin/sh
	mkdir -p "$MS_DATA_DIR"
	ln "$(hull_busybox_tar)" "$MS_DATA_DIR/busybox.tar"
}

stage_end()
{
	hull_end
}

stage_cache() { printf '%s\n' "${HULL_TEST_CACHE:-$HULL_SHARE/build-check/cache}"; }

# The tarball of a Debian with systemd, made by hull itself the first time; nothing of the build stays but that.
stage_debian_tarball()
{
	local cache tarball work
	cache=$(stage_cache)
	tarball=$cache/baseimage-debian-bookworm.tar.zst
	if [ ! -s "$tarball" ]; then
		mkdir -p "$cache"
		work=$(mktemp -d "$cache/making.XXXXXX")
		MS_IMAGE=first/debian MS_OS=debian MS_OS_RELEASE=bookworm MS_DATA_DIR=$work/data \
			MS_BASEIMAGE=baseimage-debian-bookworm.tar.zst MS_COMMAND=/sbin/init \
			HULL_ROOT=$work/store "$HULL" stage --plain >"$cache/making.log" 2>&1 || {
			tail -n 40 "$cache/making.log" >&2
			rm -rf "$work"
			return 1
		}
		mv "$work/data/baseimage-debian-bookworm.tar.zst" "$tarball"
		rm -rf "$work"
	fi
	printf '%s\n' "$tarball"
}

stage_debian()
{
	local tarball
	tarball=$(stage_debian_tarball)
	export MS_OS=debian MS_OS_RELEASE=bookworm MS_BASEIMAGE=baseimage-debian-bookworm.tar.zst MS_COMMAND=/sbin/init
	ln "$tarball" "$MS_DATA_DIR/" 2>/dev/null || cp "$tarball" "$MS_DATA_DIR/"
}

# stage IMAGE [OPTIONS]: a build; what it said is in $BATS_TEST_TMPDIR/log, shown when it fails.
stage()
{
	local image=$1 status=0
	shift
	MS_IMAGE=$image "$HULL" stage --plain "$@" >"$BATS_TEST_TMPDIR/log" 2>&1 || status=$?
	[ "$status" = 0 ] || cat "$BATS_TEST_TMPDIR/log" >&2
	return "$status"
}

# fails STATUS IMAGE [OPTIONS]: a build that must end so, quietly.
fails()
{
	local wanted=$1 image=$2 status=0
	shift 2
	MS_IMAGE=$image "$HULL" stage --plain "$@" >"$BATS_TEST_TMPDIR/log" 2>&1 || status=$?
	[ "$status" = "$wanted" ] && return 0
	cat "$BATS_TEST_TMPDIR/log" >&2
	echo "status $status, not $wanted" >&2
	return 1
}

log_has() { grep -qF -- "$1" "$BATS_TEST_TMPDIR/log" || { cat "$BATS_TEST_TMPDIR/log" >&2; return 1; }; }
log_lacks() { ! grep -F -- "$1" "$BATS_TEST_TMPDIR/log" >&2; }

# The candidate of the last build was there already.
was_cached() { grep -qE ':candidate sha256:[0-9a-f]{64} \(nothing changed\)$' "$BATS_TEST_TMPDIR/log"; }

# stage_script IMAGE FILE: standard input becomes image_rootfs/bootstrap_scripts/FILE.
stage_script()
{
	local dir=$MS_DATA_DIR/$1/image_rootfs/bootstrap_scripts
	mkdir -p "$dir"
	cat >"$dir/$2"
}

# injected IMAGE: its injected_volumes, made.
injected()
{
	mkdir -p "$MS_DATA_DIR/$1/injected_volumes"
	printf '%s\n' "$MS_DATA_DIR/$1/injected_volumes"
}

# unpacked IMAGE: its root file system in a directory that is printed.
unpacked()
{
	local dir
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/rootfs.XXXXXX")
	hull export --format rootfs -o - "$1" | tar --xattrs --xattrs-include="*" --numeric-owner -C "$dir" -xp
	printf '%s\n' "$dir"
}
