# live-store.bats - the store's oci/ directory is a valid image layout at any moment: other tools read it while hull works.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/hull
bats_require_minimum_version 1.5.0

setup_file()
{
	hull_begin
	export W="$BATS_FILE_TMPDIR" LIVE="$HULL_ROOT/oci"
	hull_busybox live
	hull create --name one live sh >/dev/null
	echo 'more' >"$W/more"
	hull cp "$W/more" one:/more
	hull commit one two-layers:1 >/dev/null
}

teardown_file() { hull_end; }

@test "the layout is one by the specification's words" {
	jq -e '.imageLayoutVersion == "1.0.0"' "$LIVE/oci-layout"
	[ "$(jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' "$LIVE/index.json" | sort | tr '\n' ' ')" = 'live:latest two-layers:1 ' ]
	jq -e '.schemaVersion == 2 and (.manifests | length == 2)' "$LIVE/index.json"
	for blob in "$LIVE"/blobs/sha256/*; do
		[ "$(sha256sum <"$blob" | cut -d ' ' -f 1)" = "${blob##*/}" ]
	done
}

@test "skopeo inspects and copies from the live store" {
	[ "$(skopeo inspect "oci:$LIVE:two-layers:1" | jq '.Layers | length')" = 2 ]
	skopeo copy -q --insecure-policy "oci:$LIVE:two-layers:1" "oci-archive:$BATS_TEST_TMPDIR/out.tar:back:1"
	id=$(hull inspect -f '{{.Id}}' two-layers:1)
	[ "$(hull import -q "$BATS_TEST_TMPDIR/out.tar" back:1)" = "$id" ]
	hull rmi back:1 >/dev/null
}

@test "umoci lists, stats and unpacks from the live store" {
	umoci ls --layout "$LIVE" | grep -qxF "live:latest"
	umoci stat --image "$LIVE:two-layers:1" >/dev/null
	umoci unpack --image "$LIVE:two-layers:1" "$BATS_TEST_TMPDIR/bundle" >/dev/null
	[ "$(cat "$BATS_TEST_TMPDIR/bundle/rootfs/more")" = more ]
	[ -x "$BATS_TEST_TMPDIR/bundle/rootfs/bin/busybox" ]
}

@test "podman's storage takes an image from the live store" {
	storage="overlay@$BATS_TEST_TMPDIR/podman+$BATS_TEST_TMPDIR/podman-run"
	skopeo copy -q --insecure-policy "oci:$LIVE:two-layers:1" "containers-storage:[$storage]back:1"
	id=$(podman --root "$BATS_TEST_TMPDIR/podman" --runroot "$BATS_TEST_TMPDIR/podman-run" --storage-driver overlay inspect -f '{{.Id}}' back:1)
	[ "sha256:$id" = "$(hull inspect -f '{{.Id}}' two-layers:1)" ]
}

teardown() { hull_unmount "$BATS_TEST_TMPDIR"; }

@test "others read while hull imports, tags, commits and removes" {
	(
		for i in $(seq 12); do
			hull import -q -c "LABEL round=$i" "$(hull_busybox_tar)" "busy:$i" >/dev/null &&
				hull tag "busy:$i" "busy:again$i" && hull commit one "busy:commit$i" >/dev/null &&
				hull rmi "busy:$i" "busy:again$i" >/dev/null && hull image prune -f >/dev/null || exit 1
		done
	) 3>&- &
	worker=$!
	n=0
	while kill -0 $worker 2>/dev/null; do
		jq -e .manifests "$LIVE/index.json" >/dev/null
		skopeo copy -q --insecure-policy "oci:$LIVE:two-layers:1" "oci:$BATS_TEST_TMPDIR/copy$n:x"
		rm -r "$BATS_TEST_TMPDIR/copy$n"
		umoci ls --layout "$LIVE" >/dev/null
		n=$((n + 1))
	done
	wait $worker
	[ $n -gt 2 ]
	[ "$(hull images -q busy | wc -l)" = 12 ]
	hull_is_sound
}

@test "what others write to a copy comes back" {
	cp -r "$LIVE" "$BATS_TEST_TMPDIR/copy"
	umoci config --image "$BATS_TEST_TMPDIR/copy:two-layers:1" --config.label from=umoci
	umoci gc --layout "$BATS_TEST_TMPDIR/copy"
	skopeo copy -q --insecure-policy "oci:$BATS_TEST_TMPDIR/copy:two-layers:1" "oci:$BATS_TEST_TMPDIR/single:x"
	hull import -q "$BATS_TEST_TMPDIR/single" changed >/dev/null
	[ "$(hull inspect -f '{{.Config.Labels.from}}' changed)" = umoci ]
	hull_is_sound
}
