#!/usr/bin/env bats
# commit.bats - containers' changes: told, committed, exported.
load setup

# container: of a small image, stopped, changed by hand in its snapshot; prints its ID.
container() {
	[ -e r.tar ] || rootfs r.tar
	hull import -q -c 'CMD ["/usr/bin/hello"]' -c 'ENV A=1' r.tar base:1 >/dev/null
	id=$(hull create "$@" base:1)
	echo changed >changed && hull cp changed "$id:/etc/changed"
	tar -C tree -c etc/plain | hull cp - "$id:/"
}

@test "diff tells what was added, changed and deleted" {
	container
	[ "$(hull diff "$id")" = "$(printf 'C /etc\nA /etc/changed\nC /etc/plain')" ] ||
		[ "$(hull diff "$id")" = "$(printf 'C /etc\nA /etc/changed')" ]
	run -1 hull diff nobody
	[[ $output == *"no such container"* ]]
}

@test "commit makes an image of one more layer" {
	container
	run -0 hull commit -m 'a message' -a 'an author' -c 'CMD ["x"]' -c 'LABEL l=v' "$id" done:1
	[[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
	image=$output
	[ "$(hull inspect -f '{{.Id}} {{len .RootFS.Layers}} {{.Author}} {{.Comment}}' done:1)" = \
		"$image 2 an author a message" ]
	[ "$(hull inspect -f '{{json .Config.Cmd}}{{.Config.Labels.l}}{{json .Config.Env}}' done:1)" = \
		"[\"x\"]v$(hull inspect -f '{{json .Config.Env}}' "$id")" ] ||
		[ "$(hull inspect -f '{{json .Config.Cmd}}{{.Config.Labels.l}}' done:1)" = '["x"]v' ]
	hull export --format rootfs done:1 | tar -xO etc/changed | grep -q changed
	[ "$(hull history --format '{{.Comment}}' done:1 | head -1)" = 'a message' ]
	run -0 hull system check
}

@test "commit takes what run was told, as docker does" {
	container -e B=2 -w /dir -u 1000 --label who=me --entrypoint /usr/bin/hello
	hull commit "$id" done:1
	[ "$(hull inspect --type image -f '{{.Config.WorkingDir}} {{.Config.User}} {{.Config.Labels.who}} {{json .Config.Entrypoint}}' done:1)" = \
		'/dir 1000 me ["/usr/bin/hello"]' ]
	hull inspect --type image -f '{{json .Config.Env}}' done:1 | grep -q '"B=2"'
}

@test "equal changes give equal images" {
	export SOURCE_DATE_EPOCH=1700000000
	container --name one --hostname h
	hull commit one a:1
	hull rm one >/dev/null
	container --name two --hostname h
	sleep 1.1
	hull commit two b:1
	[ "$(hull inspect -f '{{.Id}}' a:1)" = "$(hull inspect -f '{{.Id}}' b:1)" ]
	[ "$(hull images --digests --format '{{.Digest}}' a)" = "$(hull images --digests --format '{{.Digest}}' b)" ]
}

@test "commit --squash makes one layer of everything" {
	container
	hull commit --squash "$id" flat:1
	[ "$(hull inspect -f '{{len .RootFS.Layers}}' flat:1)" = 1 ]
	hull export --format rootfs flat:1 | tar -t >names
	grep -q etc/changed names && grep -q dir/hard names
	run -0 hull system check
}

@test "commit of an unchanged container adds no layer" {
	rootfs r.tar
	hull import -q r.tar base:1
	id=$(hull create base:1 /usr/bin/hello)
	hull commit -c 'LABEL a=b' "$id" same:1
	[ "$(hull inspect -f '{{len .RootFS.Layers}}' same:1)" = 1 ]
	[ "$(hull history -q same:1 | wc -l)" = 2 ]
}

@test "commit says what is wrong" {
	container
	run -1 hull commit nobody
	[[ $output == *"no such container"* ]]
	run -2 hull commit "$id" Upper/Case
	run -2 hull commit -c 'RUN x' "$id"
	[[ $output == *"RUN"* ]]
	run -2 hull commit -c 'CDM x' "$id"
	[[ $output == *"CMD"* ]]
	run -2 hull commit --paus "$id"
	run -2 env SOURCE_DATE_EPOCH=soon "$HULL" commit "$id"
	[[ $output == *SOURCE_DATE_EPOCH* ]]
	[ "$(hull images -q | wc -l)" = 1 ]
}

@test "export of a container is its tree" {
	container
	hull export -o c.tar "$id"
	tar -xOf c.tar etc/changed | grep -q changed
	hull export --compression zstd "$id" | zstd -dq | cmp - c.tar
	run -2 hull export --format oci-archive -o x "$id"
	[[ $output == *"commit it first"* ]]
	[ ! -e x ]
}

@test "rmi does not take an image from a container" {
	container
	run -1 hull rmi base:1
	[[ $output == *"container ${id:0:12} uses it"* ]]
	hull rmi -f base:1
	hull commit "$id" saved:1 # its layers are still there
	hull rm "$id" >/dev/null
	run -0 hull system check
	hull export --format rootfs saved:1 | tar -t | grep -q etc/changed
}

@test "inspect -s tells sizes of containers" {
	container
	[ "$(hull inspect -s -f '{{.SizeRw}}' "$id")" = 8 ] || [ "$(hull inspect -s -f '{{.SizeRw}}' "$id")" = 14 ]
	[ "$(hull inspect -s -f '{{.SizeRootFs}}' "$id")" -gt 50 ]
	run -2 hull inspect -f '{{.SizeRw}}' "$id"
}

@test "system prune takes stopped containers and what is left without them" {
	container
	hull commit "$id" >/dev/null
	run -0 hull system prune -f
	[[ $output == *"Deleted Containers:"*"$id"*"Deleted Images:"*"deleted: sha256:"*"Total reclaimed space: "* ]]
	[ "$(hull images --format '{{.Repository}}')" = base ]
	run -1 hull inspect "$id"
	run -0 hull system check
}
