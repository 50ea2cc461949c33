#!/usr/bin/env bats
# archives.bats - images and root file systems that come in and go out, by our own hand and others'.
load setup

make() { python3 "$BATS_TEST_DIRNAME/archives.py" "$1" "${2:-$1.tar}"; }
# ids: what is in the store, names and IDs
ids() { hull images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort; }
is_sound() { hull system check >/dev/null; }

@test "a root file system comes in plain, gzip, zstd, xz and bzip2, as the same image" {
	need zstd xz bzip2
	export SOURCE_DATE_EPOCH=1700000000
	rootfs r.tar
	gzip -k r.tar && zstd -q -k r.tar && xz -k -0 r.tar && bzip2 -k r.tar
	id=$(hull import -q -m same r.tar a:plain)
	[[ $id =~ ^sha256:[0-9a-f]{64}$ ]]
	for form in gz zst xz bz2; do
		[ "$(hull import -q -m same r.tar.$form a:$form)" = "$id" ]
	done
	[ "$(hull import -q -m same - a:stdin <r.tar)" = "$id" ]
	[ "$(hull import -q -m same - a:pipe < <(cat r.tar.gz))" = "$id" ]
	[ "$(hull images -q | wc -l)" = 7 ]
	is_sound
}

@test "a root file system goes out as it came in" {
	rootfs r.tar
	hull import -q r.tar a:1
	hull export --format rootfs -o out.tar a:1
	# GNU tar takes ACLs in its own form only
	mkdir out && tar -C out --xattrs --xattrs-include='user.*' --numeric-owner -xf out.tar
	setfacl -b tree/dir/deep && chmod 775 tree/dir/deep && touch -d '2020-01-02T03:04:05' tree/dir/deep
	diff <(listing tree | grep -v ' directory ') <(listing out | grep -v ' directory ')
	hull export --format rootfs --compression gzip a:1 | gzip -d | cmp - out.tar
	[ -z "$(grep "$HULL_ROOT" /proc/mounts)" ]
}

@test "import tells the ID on stdout and the name on stderr" {
	rootfs r.tar
	run -0 --separate-stderr hull import r.tar a
	[[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
	[ "$stderr" = "imported image 'a:latest'" ]
	[ "$(hull history --format '{{.Comment}}' a)" = 'Imported from r.tar' ]
}

@test "import takes changes, message and platform" {
	rootfs r.tar
	hull import -q -c 'CMD ["/bin/x", "y"]' --change 'ENV A=1 B="two words"' -m hello \
		--platform linux/arm64/v8 r.tar a
	[ "$(hull inspect -f '{{json .Config.Cmd}}{{json .Config.Env}}{{.Architecture}}/{{.Variant}}{{.Comment}}' a)" = \
		'["/bin/x","y"]["A=1","B=two words"]arm64/v8hello' ]
	run -2 hull import -c 'RUN x' r.tar b
	[[ $output == *"--change 'RUN x'"* ]]
	run -2 hull import --platform plan9 --compression lzma r.tar b
	run -2 hull import --compression xz r.tar b
	[ "$(hull images -q | wc -l)" = 1 ]
}

@test "archives that are exported come in again as the same image" {
	rootfs r.tar
	id=$(hull import -q r.tar a:1)
	before=$(ids)
	for format in oci-archive oci docker-archive; do
		hull export --format $format -o out-$format a:1
		hull rmi a:1 >/dev/null
		[ "$(hull import -q out-$format)" = "$id" ]
		[ "$(ids)" = "$before" ]
	done
	hull export a:1 | gzip >piped
	hull rmi a:1 >/dev/null
	[ "$(hull import -q - other:2 <piped)" = "$id" ]
	[ "$(ids)" = "other:2 $id" ]
	is_sound
}

@test "layers are compressed anew when asked" {
	need skopeo
	rootfs r.tar
	id=$(hull import -q --compression none r.tar a:1)
	for form in gzip zstd none; do
		hull export --compression $form -o $form.tar a:1
		type=$(skopeo inspect --raw oci-archive:$form.tar | python3 -c 'import json,sys; print(json.load(sys.stdin)["layers"][0]["mediaType"])')
		case $form in
		none) [ "$type" = application/vnd.oci.image.layer.v1.tar ] ;;
		*) [ "$type" = application/vnd.oci.image.layer.v1.tar+$form ] ;;
		esac
		[ "$(hull import -q $form.tar b:$form)" = "$id" ]
	done
	run -2 hull export --compression xz -o x.tar a:1
	[ ! -e x.tar ]
	is_sound
}

@test "equal images give equal archives" {
	export SOURCE_DATE_EPOCH=1700000000
	rootfs r.tar
	hull import -q r.tar a:1
	hull export -o one.tar a:1
	sleep 1.1
	HULL_ROOT=$HULL_ROOT-2 hull import -q r.tar a:1
	HULL_ROOT=$HULL_ROOT-2 hull export -o two.tar a:1
	cmp one.tar two.tar
}

@test "skopeo reads what is exported, and hull what skopeo writes" {
	need skopeo
	rootfs r.tar
	id=$(hull import -q r.tar a:1)
	hull export -o a.tar a:1
	hull export --format docker-archive -o d.tar a:1
	hull export --format oci --name 1 -o layout a:1
	for from in oci-archive:a.tar docker-archive:a.tar docker-archive:d.tar oci:layout:1; do
		skopeo copy -q --insecure-policy "$from" oci-archive:s-oci.tar:back:1
		skopeo copy -q --insecure-policy "$from" docker-archive:s-docker.tar:back:1
		for back in s-oci.tar s-docker.tar; do
			[ "$(hull import -q $back)" = "$id" ]
			[ "$(hull inspect -f '{{.Id}}' back:1)" = "$id" ]
			hull rmi back:1 >/dev/null
			rm $back
		done
	done
	is_sound
}

@test "umoci unpacks what is exported, and hull what umoci packs" {
	need umoci
	rootfs r.tar
	hull import -q r.tar a:1
	hull export --format oci --name mine -o layout a:1
	umoci unpack --image layout:mine bundle >/dev/null
	diff <(listing tree) <(listing bundle/rootfs)
	echo more >bundle/rootfs/etc/more
	rm bundle/rootfs/dir/soft
	umoci repack --image layout:changed bundle >/dev/null
	run -2 hull import layout b:1
	[[ $output == *"it holds 2 images: one name cannot be given to all of them"* ]]
	umoci rm --image layout:mine
	hull import -q layout b:1
	hull export --format rootfs b:1 | tar -t >names
	grep -q '^etc/more$' names
	run -1 grep -q '^dir/soft$' names
	is_sound
}

@test "podman loads what is exported" {
	need podman
	podman() { command podman --root "$PWD/pod" --runroot "$PWD/podrun" --storage-driver vfs "$@"; }
	rootfs r.tar
	id=$(hull import -q r.tar a:1)
	hull export -o a.tar a:1
	hull export --format docker-archive -o d.tar a:1
	for file in a.tar d.tar; do
		[[ $(podman load -q -i $file) == *docker.io/library/a:1 ]]
		[ "$(podman inspect -f '{{.Id}}' docker.io/library/a:1)" = "${id#sha256:}" ]
		podman rmi -f docker.io/library/a:1 >/dev/null
	done
	hull export --format rootfs -o r2.tar a:1
	podman import -q r2.tar >/dev/null
	podman save -q --format oci-archive -o p.tar "$(podman images -q)"
	hull import -q p.tar b:1
	podman rmi -af >/dev/null
}

@test "docker's older archives come in: a directory a layer, links, compressed whole" {
	for kind in docker docker-links docker-gzip docker-untagged; do
		make $kind
		hull import -q $kind.tar
		hull export --format rootfs "$(hull images -q)" | tar -xO both | grep -q upper
		hull system prune -af >/dev/null
	done
	make docker
	hull import -q docker.tar
	[ "$(hull images --format '{{.Repository}}:{{.Tag}}')" = old/form:1 ]
	is_sound
}

@test "of several platforms ours is taken, or the one asked for" {
	for kind in oci-platforms oci-flat-platforms; do
		make $kind
		hull import -q $kind.tar
		[ "$(hull inspect -f '{{.Architecture}}' "$(hull images -q)")" = amd64 ]
		hull system prune -af >/dev/null
		hull import -q --platform linux/arm64 $kind.tar
		[ "$(hull inspect -f '{{.Architecture}}' "$(hull images -q)")" = arm64 ]
		hull system prune -af >/dev/null
		run -1 hull import --platform linux/s390x $kind.tar
		[[ $output == *amd64* ]]
	done
}

@test "an archive of several images brings them all, by all their names" {
	make oci-two-images
	run -0 --separate-stderr hull import oci-two-images.tar
	[ "${#lines[@]}" = 2 ]
	[ "$(hull images --format '{{.Repository}}:{{.Tag}}' | sort | tr '\n' ' ')" = 'one:1 two:2 uno:1 ' ]
	run -2 hull import oci-two-images.tar name:1
	is_sound
}

@test "lies are refused with one line and change nothing" {
	for kind in docker-bad-config-name docker-bad-layer docker-missing-layer docker-layer-count docker-bad-tag \
		docker-not-a-list docker-not-json oci-wrong-layer oci-wrong-diff-id oci-missing-blob oci-wrong-size \
		oci-index-loop oci-escaping-layer oci-second-image-bad oci-layout-2 oci-digest-with-path oci-empty; do
		make $kind
		export HULL_ROOT=$BATS_TEST_TMPDIR/root-$kind
		run hull import $kind.tar x:1
		[ "$status" -eq 1 ] || [ "$status" -eq 2 ] || { echo "$kind: status $status"; false; }
		[ "${#lines[@]}" = 1 ] || { echo "$kind: $output"; false; }
		[[ $output == "error: importing '$kind.tar': "* ]] || { echo "$kind: $output"; false; }
		run hull import - x:1 < <(cat $kind.tar)
		[ "$status" -ne 0 ]
		[ -z "$(hull images -q)" ] || { echo "$kind left an image"; false; }
		is_sound
		hull system prune -f >/dev/null
		[ -z "$(ls "$HULL_ROOT/oci/blobs/sha256" "$HULL_ROOT/layers" "$HULL_ROOT/tmp" | grep -v :)" ]
		[ ! -e "$HULL_ROOT/escaped" ]
	done
}

@test "what is no archive is refused with one line" {
	rootfs r.tar
	head -c 100000 /dev/urandom >noise
	: >empty
	gzip -c r.tar | head -c 500 >cut.gz
	head -c 3000 r.tar >cut.tar
	mkdir dir
	for file in noise empty cut.gz cut.tar dir missing; do
		run hull import $file x:1
		[ "$status" -ne 0 ]
		[ "${#lines[@]}" = 1 ] || { echo "$file: $output"; false; }
		[[ $output == "error: importing '$file': "* ]]
	done
	run -2 hull import http://host/file.tar
	run -2 hull import r.tar Upper/Case
	run -2 hull import
	[ -z "$(hull images -q)" ]
	is_sound
}

@test "export says what it cannot do and leaves nothing half done" {
	rootfs r.tar
	hull import -q r.tar a:1
	run -1 hull export -o x nobody
	[[ $output == *"no such container or image 'nobody'"* ]]
	run -2 hull export --format oci-archiv -o x a:1
	[[ $output == *"did you mean 'oci-archive'"* ]]
	run -1 hull export -o no/such/dir/x a:1
	mkdir full && touch full/x
	run -1 hull export --format oci -o full a:1
	[[ $output == *"'full' exists"* ]]
	run -2 hull export --format oci a:1
	run -2 hull export -o full a:1
	run -2 hull export --format rootfs --name x -o x a:1
	run -2 hull export --type contaner a:1
	need script
	run -2 script -qec "$HULL export a:1" /dev/null
	[[ $output == *"terminal"* ]]
	[ ! -e x ]
	[ "$(ls)" = "$(printf 'full\nr.tar\nroot\ntree')" ]
}

@test "a full disk leaves neither archive nor damage" {
	rootfs r.tar
	hull import -q r.tar a:1
	mkdir small && mount -t tmpfs -o size=64k tmpfs small || skip 'needs the right to mount'
	head -c 300000 /dev/urandom >tree/large
	tar -C tree -cf r2.tar .
	hull import -q r2.tar b:1
	run -1 hull export -o small/b.tar b:1
	[[ $output == *"No space left"* ]]
	[ -z "$(ls -A small)" ]
	run -1 env HULL_ROOT="$PWD/small/root" "$HULL" import r2.tar b:1
	[ "${#lines[@]}" = 1 ]
	umount small
	is_sound
}
