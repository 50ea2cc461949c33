# hull.bash - what every suite stands on: a store of its own for each file, and the proof that nothing is left.
# SPDX-License-Identifier: Apache-2.0
#
#	load ../lib/hull
#	setup_file() { hull_begin; }	# HULL_ROOT is new; "busybox" is imported by hull_busybox
#	teardown_file() { hull_end; }	# fails when mounts, processes or network namespaces are left
#
# The program is $HULL, the checkout $HULL_SHARE; without them, those of the checkout this file is in.

: "${HULL_SHARE:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${HULL:=$HULL_SHARE/build/cmd/hull/hull}"
export HULL HULL_SHARE
unset HULL_RUNTIME HULL_STORAGE_DRIVER SOURCE_DATE_EPOCH

hull() { "$HULL" "$@"; }

# A new store; what an earlier, interrupted run left of its own is none of ours.
hull_begin()
{
	[ "$(id -u)" = 0 ] || skip "needs root's rights"
	[ -x "$HULL" ] || {
		echo "no program at '$HULL': build it, or set HULL" >&2
		return 1
	}
	export HULL_ROOT="$BATS_FILE_TMPDIR/store"
	mkdir "$HULL_ROOT"
}

hull_end()
{
	hull_remove_all
	hull_nothing_left
}

# All containers of the store, whatever they do.
hull_remove_all()
{
	local ids
	[ -d "$HULL_ROOT/containers" ] || return 0
	ids=$(ls "$HULL_ROOT/containers")
	# shellcheck disable=SC2086 # a list of IDs
	[ -z "$ids" ] || hull rm -f $ids >/dev/null 2>&1 || hull system prune -f >/dev/null
}

# /run/hull/HASH, where engine.c keeps what does not outlive a reboot.
hull_run_dir()
{
	local root=${1:-$HULL_ROOT}
	printf '%s/%.12s\n' "${HULL_RUN_ROOT:-/run/hull}" "$(printf %s "$(realpath "$root")" | sha256sum)"
}

# What a store has outside its own directory, one a line; nothing when no container runs.
hull_leftovers()
{
	local root=${1:-$HULL_ROOT} run pid
	run=$(hull_run_dir "$root")
	awk -v root="$root" -v run="$run" \
		'index($5, root "/") == 1 || index($5, run "/") == 1 {print "mount " $5}' /proc/self/mountinfo
	[ ! -d "$run" ] || find "$run" -mindepth 1 -type d -regex '.*/[0-9a-f]+' -printf 'run directory %p\n'
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		if [ "/proc/$pid/exe" -ef "$HULL" ]; then
			tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qxF "HULL_ROOT=$root" &&
				echo "process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
		elif [ ! "/proc/$pid/ns/mnt" -ef /proc/self/ns/mnt ] && [ -s "/proc/$pid/cgroup" ]; then
			awk -v root="$root/containers/" '$5 == "/" && (at = index($0, root)) {
				print "process '"$pid"' in container " substr($0, at + length(root), 64)
			}' "/proc/$pid/mountinfo" 2>/dev/null
		fi
	done 2>/dev/null
	return 0
}

# hull_unmount DIR: whatever is still mounted below it, the deepest first; for teardown, so that bats can remove it.
hull_unmount()
{
	awk -v root="$1" 'index($5, root "/") == 1 {print $5}' /proc/self/mountinfo | sort -r | while read -r mount; do
		umount -l "$mount"
	done
}

# Monitors end a moment after their container: they get five seconds.
# shellcheck disable=SC2120 # a root may be given
hull_nothing_left()
{
	local tries left
	for tries in $(seq 50); do
		left=$(hull_leftovers "$@")
		if [ -z "$left" ]; then
			rm -rf "$(hull_run_dir "$@")" # the store will not come back
			return 0
		fi
		sleep 0.1
	done
	echo "left after $((tries / 10)) s:" >&2
	printf '%s\n' "$left" >&2
	# Nothing of a store may stay mounted when its directory is removed.
	hull_unmount "${1:-$HULL_ROOT}"
	return 1
}

# A root file system of busybox alone, made once a run; its path.
hull_busybox_tar()
{
	local tar=$BATS_RUN_TMPDIR/busybox.tar tree
	if [ ! -e "$tar" ]; then
		tree=$(mktemp -d "$BATS_RUN_TMPDIR/busybox.XXXXXX")
		mkdir -p "$tree"/{bin,dev,etc,proc,root,sys,tmp,var}
		chmod 1777 "$tree/tmp"
		cp "$(command -v busybox)" "$tree/bin/busybox"
		chroot "$tree" /bin/busybox --install -s /bin
		echo 'root:x:0:0:root:/root:/bin/sh' >"$tree/etc/passwd"
		echo 'root:x:0:' >"$tree/etc/group"
		tar -C "$tree" --numeric-owner --owner=0 --group=0 -cf "$tree.tar" .
		mv "$tree.tar" "$tar"
		rm -r "$tree"
	fi
	printf '%s\n' "$tar"
}

# hull_busybox [NAME]: the image "busybox" in this file's store.
hull_busybox()
{
	hull import -q -c 'CMD ["sh"]' "$(hull_busybox_tar)" "${1:-busybox}" >/dev/null
}

# The store is sound, all of it, and says so in one line.
hull_is_sound()
{
	local said
	said=$(hull system check) && [ "$(printf '%s\n' "$said" | wc -l)" = 1 ] && [[ $said == *": sound"* ]] && return 0
	printf '%s\n' "$said" >&2
	return 1
}

# refused STATUS TEXT COMMAND...: fails with that status (a glob), and its one line on stderr is TEXT (a glob).
refused()
{
	local wanted=$1 text=$2 status=0 said
	shift 2
	said=$("$@" 2>&1 >"$BATS_TEST_TMPDIR/stdout") || status=$?
	# shellcheck disable=SC2053 # a pattern, too: "[12]"
	if [[ $status != $wanted ]]; then
		echo "status $status, not $wanted: $said" >&2
		return 1
	fi
	if [ "$(printf '%s\n' "$said" | wc -l)" != 1 ]; then
		echo "more than one line: $said" >&2
		return 1
	fi
	# shellcheck disable=SC2053 # a pattern
	if [[ $said != $text ]]; then
		echo "said: $said" >&2
		echo "not:  $text" >&2
		return 1
	fi
}
