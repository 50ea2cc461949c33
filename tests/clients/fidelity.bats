# fidelity.bats - a tree with every kind of file goes into an image, out, and into other engines: all of it is still there.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/dockerd
load ../lib/hull
bats_require_minimum_version 1.5.0

setup_file()
{
	hull_begin
	export W="$BATS_FILE_TMPDIR" TZ=UTC
	hull_busybox_tar >/dev/null
	"$BATS_TEST_DIRNAME/fixture.py" "$W/tree"
	list "$W/tree" >"$W/tree.list"
	make_tools "$W/tools"
	make_images
	"$BATS_TEST_DIRNAME/changes.sh" "$W/tree"
	list "$W/tree" >"$W/changed.list"
	hull export -o "$W/oci.tar" changed
	hull export --format docker-archive -o "$W/docker.tar" changed
	hull export --format oci --name mine -o "$W/layout" changed
}

teardown_file()
{
	hull_end
}

teardown()
{
	dockerd_stop
	hull_unmount "$BATS_TEST_TMPDIR"
}

list() { python3 "$BATS_TEST_DIRNAME/listing.py" "$@"; }

# Programs of the host that work in any container: DIR/setfacl and so on, with their own libraries.
make_tools()
{
	local tool
	mkdir "$1"
	for tool in setfacl setfattr; do
		cp "$(command -v $tool)" "$1/$tool.real"
		ldd "$(command -v $tool)" | grep -o '/[^ ]*' | xargs -I '{}' cp -L '{}' "$1"
		printf '#!/bin/sh\nexec /tools/ld-linux* --library-path /tools /tools/%s.real "$@"\n' $tool >"$1/$tool"
		chmod +x "$1/$tool"
	done
	cp "$BATS_TEST_DIRNAME/changes.sh" "$1"
}

# The tree by cp into a container, committed: "fidelity"; changes of attributes in a container of that: "changed".
make_images()
{
	hull_busybox
	hull run -d --network none --name one busybox sleep 1000 >/dev/null
	hull cp -a "$W/tree" one:/tree
	hull exec one touch -d '2001-09-09 01:46:40' /etc # the mount points of /etc/hosts and so on were made there
	hull commit one fidelity >/dev/null
	hull rm -f one >/dev/null
	hull run --name two --network none -v "$W/tools:/tools:ro" -e PATH=/tools:/bin fidelity \
		sh -c "sh /tools/changes.sh /tree && touch -d '2001-09-09 01:46:40' /etc"
	hull commit -c 'CMD ["sh"]' two changed >/dev/null
	hull rm two >/dev/null
}

# same LIST DIR [OPTION]...: the tree is what it was, but for what the options leave out.
same()
{
	local wanted=$1 dir=$2
	shift 2
	diff <(list "$@" "$wanted") <(list "$@" "$dir")
}

layers() { hull inspect -f '{{range .RootFS.Layers}}{{println .}}{{end}}' "$1"; }

# The blob of the last layer, as a tar.
last_layer()
{
	local blob
	blob=$(skopeo inspect --raw "oci:$W/layout:mine" | jq -r '.layers[-1].digest')
	zcat "$W/layout/blobs/sha256/${blob#sha256:}"
}

@test "what was copied into a container is what the container has" {
	hull run -d --network none --name see fidelity sleep 1000 >/dev/null
	diff "$W/tree.list" <(list "/proc/$(hull inspect -f '{{.State.Pid}}' see)/root/tree")
	hull rm -f see >/dev/null
}

@test "changes of attributes alone are changes, and nothing else is in the layer" {
	last_layer | tar -t | grep -v -e '/$' >"$BATS_TEST_TMPDIR/files"
	last_layer | tar -t | grep -e '/$' >"$BATS_TEST_TMPDIR/directories"
	diff - "$BATS_TEST_TMPDIR/files" <<-END
		tree/contents/of-1
		tree/modes/file-0777
		tree/names/.wh.-rf
		tree/xattrs/binary
	END
	for changed in modes/directory-0700 modes/directory-2775 acls/access-and-default acls/default-alone owners/home xattrs/directory \
		contents/empty-directory times/old names/new; do
		grep -qxF "tree/$changed/" "$BATS_TEST_TMPDIR/directories"
	done
	run -1 grep -e 'links/' -e 'names/d' -e 'acls/default-alone/' "$BATS_TEST_TMPDIR/files"
}

@test "the copying driver makes the same image" {
	wanted=$(layers changed)
	export HULL_STORAGE_DRIVER=copy HULL_ROOT="$BATS_TEST_TMPDIR/copy" W_TOOLS="$W/tools" W="$BATS_TEST_TMPDIR"
	mkdir "$HULL_ROOT"
	cp -r "$W_TOOLS" "$W/tools"
	"$BATS_TEST_DIRNAME/fixture.py" "$W/tree"
	make_images
	[ "$(layers changed)" = "$wanted" ]
	hull run -d --network none --name see changed sleep 1000 >/dev/null
	diff "$BATS_FILE_TMPDIR/changed.list" <(list "/proc/$(hull inspect -f '{{.State.Pid}}' see)/root/tree")
	hull_is_sound
	hull_end
}

@test "a tar of GNU tar comes in whole" {
	tar -C "$W/tree" --format=pax --numeric-owner --xattrs '--xattrs-include=*' --acls --sparse -cf "$BATS_TEST_TMPDIR/gnu.tar" . 2>/dev/null
	hull import -q "$BATS_TEST_TMPDIR/gnu.tar" gnu >/dev/null
	hull export --format rootfs gnu | tar -t >/dev/null
	layer=$(layers gnu)
	# it writes hard links of devices as devices
	same "$W/tree" "$HULL_ROOT/layers/${layer#sha256:}/fs" --drop-links cb
}

@test "an archive of ours comes in again, in a store of either driver" {
	for driver in overlay copy; do
		for file in oci.tar docker.tar layout; do
			(
				export HULL_STORAGE_DRIVER=$driver HULL_ROOT="$BATS_TEST_TMPDIR/$driver-$file"
				mkdir "$HULL_ROOT"
				hull import -q "$W/$file" back >/dev/null
				hull run -d --network none --name see back sleep 1000 >/dev/null
				diff "$W/changed.list" <(list "/proc/$(hull inspect -f '{{.State.Pid}}' see)/root/tree")
				hull_is_sound
				hull_end
			)
		done
	done
}

@test "a tree that goes out by cp is the tree that went in" {
	hull create --network none --name out changed >/dev/null
	hull cp -a out:/tree "$BATS_TEST_TMPDIR/tree"
	diff "$W/changed.list" <(list "$BATS_TEST_TMPDIR/tree")
	mkdir "$BATS_TEST_TMPDIR/tar"
	# with --acls GNU tar wants ACLs as text alone; without, their binary records are attributes like others
	hull cp -a out:/tree - | tar -x -C "$BATS_TEST_TMPDIR/tar" --xattrs '--xattrs-include=*' --numeric-owner --preserve-permissions 2>/dev/null
	diff "$W/changed.list" <(list "$BATS_TEST_TMPDIR/tar/tree")
	hull rm out >/dev/null
}

# Go's archive/tar, which all three peers use, takes a PAX record without a value as POSIX has it: the attribute is not
# there. Its users take times before 1970 for unset; umoci does not.

@test "umoci unpacks it: equal" {
	umoci unpack --image "$W/layout:mine" "$BATS_TEST_TMPDIR/bundle" >/dev/null
	same "$W/tree" "$BATS_TEST_TMPDIR/bundle/rootfs/tree" --drop-empty
}

@test "podman loads and mounts it: equal" {
	podman="podman --root $BATS_TEST_TMPDIR/podman --runroot $BATS_TEST_TMPDIR/podman-run --storage-driver overlay --events-backend none"
	for file in oci.tar docker.tar; do
		$podman load -q -i "$W/$file" >/dev/null
		same "$W/tree" "$($podman image mount changed)/tree" --drop-empty --since-1970
		$podman image umount changed >/dev/null
		$podman rmi -af >/dev/null
	done
}

@test "docker loads it: equal" {
	dockerd_start
	mkdir "$BATS_TEST_TMPDIR/root"
	for file in oci.tar docker.tar; do
		$docker load -q -i "$W/$file" >/dev/null
		layers=$($docker image inspect -f '{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}' changed)
		mount -t overlay -o "ro,lowerdir=$layers" none "$BATS_TEST_TMPDIR/root"
		same "$W/tree" "$BATS_TEST_TMPDIR/root/tree" --drop-empty --since-1970
		umount "$BATS_TEST_TMPDIR/root"
		$docker rmi -f changed >/dev/null
	done
}

@test "buildah makes a container of it: equal" {
	buildah="buildah --root $BATS_TEST_TMPDIR/buildah --runroot $BATS_TEST_TMPDIR/buildah-run --storage-driver overlay"
	container=$($buildah from "oci-archive:$W/oci.tar")
	same "$W/tree" "$($buildah mount "$container")/tree" --drop-empty --since-1970
	$buildah rm "$container" >/dev/null
}

@test "the stores are sound after all that" {
	hull_is_sound
}
