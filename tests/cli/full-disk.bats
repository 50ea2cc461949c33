# full-disk.bats - no room in the store: each command says so in one line, the store stays sound, and works when there is room.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/hull
bats_require_minimum_version 1.5.0

# The whole store on a tmpfs of 24 MB, with an image and a container in it.
setup()
{
	hull_begin
	mount -t tmpfs -o size=24m,mode=711 none "$HULL_ROOT" || skip "needs the right to mount a tmpfs"
	hull_busybox base
	hull create --name one base true >/dev/null
	dd if=/dev/urandom of="$BATS_TEST_TMPDIR/noise" bs=1M count=40 status=none
	before=$(cd "$HULL_ROOT/oci" && cat index.json && ls blobs/sha256)
}

teardown()
{
	hull_remove_all
	hull_nothing_left
	umount "$HULL_ROOT"
	rmdir "$HULL_ROOT"
}

# fill LEFT: all but that many KiB.
fill()
{
	local free
	free=$(($(df -k --output=avail "$HULL_ROOT" | tail -n 1) - $1))
	dd if=/dev/zero of="$HULL_ROOT/ballast" bs=1k count=$free status=none
}

drain() { rm "$HULL_ROOT/ballast"; }

# Comparing layers with their blobs unpacks them: a full disk allows the rest of the check alone.
is_sound_quickly() { [[ $(hull system check --quick) == *": sound"* ]]; }

nothing_came_in()
{
	hull_is_sound || return 1
	hull system prune -f >/dev/null # containers of these tests run, or it would take "one"
	[ "$before" = "$(cd "$HULL_ROOT/oci" && cat index.json && ls blobs/sha256)" ]
}

@test "import of more than fits" {
	tar -C "$BATS_TEST_TMPDIR" -cf "$BATS_TEST_TMPDIR/noise.tar" noise
	refused 1 "*noise.tar*No space left on device*" "$HULL" import -q "$BATS_TEST_TMPDIR/noise.tar" big
	nothing_came_in
	truncate -s 1M "$BATS_TEST_TMPDIR/noise"
	tar -C "$BATS_TEST_TMPDIR" -cf "$BATS_TEST_TMPDIR/noise.tar" noise
	hull import -q "$BATS_TEST_TMPDIR/noise.tar" small
	hull_is_sound
}

@test "import into a store without a byte, at every size of what is left" {
	for left in 0 4 8 12 16 20 24 32 48 64 128 512 1024 1500 1900; do
		fill $left
		if hull import -q -m "$left" "$(hull_busybox_tar)" again >"$BATS_TEST_TMPDIR/said" 2>&1; then
			hull rmi again >/dev/null
		else
			[ "$(wc -l <"$BATS_TEST_TMPDIR/said")" = 1 ]
			grep -q 'No space left on device' "$BATS_TEST_TMPDIR/said"
			is_sound_quickly
		fi
		drain
		hull_is_sound
	done
	hull import -q "$(hull_busybox_tar)" again
}

@test "commit of more than fits" {
	truncate -s 5M "$BATS_TEST_TMPDIR/noise"
	hull cp "$BATS_TEST_TMPDIR/noise" one:/noise
	fill 2000
	refused 1 "*No space left on device*" "$HULL" commit one committed
	is_sound_quickly
	[ -z "$(hull images -q committed)" ]
	drain
	hull commit one committed
	hull_is_sound
	hull export --format rootfs committed | tar -x -O noise | cmp - "$BATS_TEST_TMPDIR/noise"
}

@test "create, cp and tag without a byte left" {
	fill 0
	refused 1 "*No space left on device*" "$HULL" create --name two base true
	refused 1 "*No space left on device*" "$HULL" cp "$BATS_TEST_TMPDIR/noise" one:/noise
	refused 1 "*No space left on device*" "$HULL" tag base other:tag
	is_sound_quickly
	# what cannot be looked at is not called wrong, and a repair takes nothing away
	refused 1 "*comparing layer*No space left on device*" "$HULL" system check
	refused 1 "*comparing layer*No space left on device*" "$HULL" system check --repair
	[ "$(hull ps -aq | wc -l)" = 1 ]
	drain
	hull create --name two base true
	hull tag base other:tag
	hull_is_sound
}

@test "removing needs no room" {
	fill 0
	hull rm one
	hull rmi base
	hull system prune -f
	is_sound_quickly
	drain
	hull_is_sound
	[ -z "$(hull images -aq)" ]
}

@test "a running container's full disk is its own trouble" {
	hull run -d --name runs --network none base sleep 1000
	run hull exec runs sh -c 'cat /dev/zero >/zeros'
	[ "$status" = 1 ]
	[[ $output == *"No space left on device"* ]]
	[ "$(hull inspect -f '{{.State.Status}}' runs)" = running ]
	hull rm -f runs
	hull_is_sound
}
