#!/usr/bin/env bats
# tour.bats - the tour of README.md, line by line: its sh blocks run, and each text block behind one is its output.
# SPDX-License-Identifier: Apache-2.0

setup_file() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export HULL_SHARE=${HULL_SHARE:-$top} TOUR=$BATS_FILE_TMPDIR/tour BLOCKS=$BATS_FILE_TMPDIR/blocks
	unset HULL_ROOT HULL_RUNTIME HULL_STORAGE_DRIVER SOURCE_DATE_EPOCH
	[ "$(id -u)" = 0 ] || skip "needs root's rights"
	for tool in /bin/busybox setfacl; do
		command -v $tool >/dev/null || skip "needs $tool"
	done
	mkdir "$TOUR" "$BLOCKS" "$BATS_FILE_TMPDIR/bin"
	ln -s "$(realpath "${HULL:-$top/build/cmd/hull/hull}")" "$BATS_FILE_TMPDIR/bin/hull"
	cp "${HULL_INIT:-$top/build/cmd/hull-init/hull-init}" "$BATS_FILE_TMPDIR/bin/hull-init"
	export PATH="$BATS_FILE_TMPDIR/bin:$PATH"
	blocks <"$top/README.md"
	export BEGAN=$SECONDS
	cd "$TOUR"
	# One shell runs all of it, as a reader's would; what each block prints is kept.
	bash -c '
		set -eu -o pipefail
		for block in "$BLOCKS"/*.sh; do
			. "$block" >"${block%.sh}.got" 2>"${block%.sh}.err"
			: >"${block%.sh}.done"
		done' >"$BATS_FILE_TMPDIR/shell.log" 2>&1 || true
	export TOOK=$((SECONDS - BEGAN))
}

teardown_file() {
	[ -d "$TOUR/store" ] || return 0
	HULL_ROOT=$TOUR/store hull rm -f $(HULL_ROOT=$TOUR/store hull ps -aq) >/dev/null 2>&1 || true
}

# blocks: the fenced blocks of the tour as NN.sh, and NN.want for the output that follows one.
blocks() {
	awk -v dir="$BLOCKS" '
		/^## / { in_tour = /A five-minute tour/ }
		!in_tour { next }
		/^```sh$/ { file = sprintf("%s/%02d.sh", dir, ++n); next }
		/^```text$/ { file = sprintf("%s/%02d.want", dir, n); printf "" >file; next }
		/^```$/ { file = ""; next }
		file { print >file }'
}

@test "every block of the tour runs" {
	ls "$BLOCKS"/*.sh | wc -l
	[ "$(ls "$BLOCKS"/*.sh | wc -l)" -ge 8 ]
	for block in "$BLOCKS"/*.sh; do
		[ -e "${block%.sh}.done" ] || {
			cat "$block" "${block%.sh}.err" "$BATS_FILE_TMPDIR/shell.log"
			return 1
		}
	done
}

@test "every block prints what README.md shows" {
	[ "$(ls "$BLOCKS"/*.want | wc -l)" -ge 5 ]
	for want in "$BLOCKS"/*.want; do
		# IDs and names of what was done are left out of the document
		diff -B "$want" <(grep -v -x -e 'sha256:[0-9a-f]*' -e '[0-9a-f]\{64\}' -e draft "${want%.want}.got")
	done
}

@test "a slip is told with the right name" {
	slip=$(grep -l volumes-from "$BLOCKS"/*.sh)
	grep -q "option '--volumes-from' is not supported" "${slip%.sh}.err"
	grep -q "did you mean 'IPAddress'" "${slip%.sh}.err"
	[ "$(cat "${slip%.sh}.got")" = "status 125
status 2" ]
}

@test "the tour ends with a sound and empty store" {
	last=$(ls "$BLOCKS"/*.got | tail -n 1)
	tail -n 1 "$last" | grep -qx '0 images, 0 names, 0 layers, 0 blobs: sound'
	[ -z "$(HULL_ROOT=$TOUR/store hull ps -aq)" ]
	[ -z "$(grep " $TOUR/" /proc/mounts)" ]
}

@test "the tour is quick" {
	[ "$TOOK" -lt 30 ]
}
