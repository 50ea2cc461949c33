#!/usr/bin/env bats
# images.bats - names of images: listed, filtered, formatted, given, taken away.
load setup

# image NAME DATE [CHANGE]: a small image, created then.
image() {
	[ -e small.tar ] || { mkdir small && echo 12345 >small/file && tar -C small -cf small.tar .; }
	SOURCE_DATE_EPOCH=$(date -ud "$2" +%s) hull import -q ${3:+--change "$3"} -m "$1" small.tar ${1:+"$1"}
}

@test "images lists what docker lists, newest first" {
	image old:1 2020-01-01
	image new:2 2021-01-01
	image "" 2022-01-01
	run -0 hull images
	[[ ${lines[0]} =~ ^'REPOSITORY   TAG      IMAGE ID       CREATED'\ +'SIZE'$ ]]
	[[ ${lines[1]} =~ ^'<none>       <none>   '[0-9a-f]{12}' '.*' years ago'\ +'6B'$ ]]
	[[ ${lines[2]} =~ ^'new          2' ]]
	[[ ${lines[3]} =~ ^'old          1' ]]
	[ "${#lines[@]}" = 4 ]
	run -0 hull image ls -q
	[ "${#lines[@]}" = 3 ]
}

@test "images has --no-trunc, --digests, --quiet and templates" {
	id=$(image a:1 2020-01-01)
	[ "$(hull images --no-trunc -q)" = "$id" ]
	[ "$(hull images -q)" = "${id:7:12}" ]
	run -0 hull images --digests
	[[ ${lines[0]} == *DIGEST* ]]
	[[ ${lines[1]} =~ a\ +1\ +sha256:[0-9a-f]{64}\  ]]
	[ "$(hull images --format '{{.Repository}}:{{.Tag}}|{{.Size}}|{{.CreatedAt}}')" = \
		'a:1|6B|2020-01-01 00:00:00 +0000 UTC' ]
	run -0 hull images --format 'table {{.Tag}}\t{{.Repository}}'
	[ "${lines[0]}" = 'TAG   REPOSITORY' ]
	[ "${lines[1]}" = '1     a' ]
	hull images --format json | python3 -c 'import json,sys; assert json.load(sys.stdin)["Repository"] == "a"'
	run -2 hull images --format '{{.Repo}}'
	[[ $output == *"Repo"* && $output == *"Repository"* ]]
}

@test "images filters by dangling, label, before, since, until and reference" {
	image org/old:1 2020-01-01 'LABEL kind=x'
	image mid:1 2021-01-01 'LABEL kind=y'
	image "" 2022-01-01
	names() { hull images --format '{{.Repository}}' "$@" | tr '\n' ' '; }
	[ "$(names)" = '<none> mid org/old ' ]
	[ "$(names -f dangling=true)" = '<none> ' ]
	[ "$(names -f dangling=false)" = 'mid org/old ' ]
	[ "$(names -f label=kind)" = 'mid org/old ' ]
	[ "$(names -f label=kind=x)" = 'org/old ' ]
	[ "$(names -f label!=kind=x)" = '<none> mid ' ]
	[ "$(names -f before=mid:1)" = 'org/old ' ]
	[ "$(names -f since=mid:1)" = '<none> ' ]
	[ "$(names -f until=2021-06-01)" = 'mid org/old ' ]
	[ "$(names -f 'reference=*/old')" = 'org/old ' ]
	[ "$(names -f 'reference=m*:1')" = 'mid ' ]
	[ "$(names mid)" = 'mid ' ]
	[ "$(names mid:2)" = '' ]
	run -2 hull images -f dangeling=true
	[[ $output == *"unknown filter 'dangeling' (did you mean 'dangling'?)"* ]]
	run -2 hull images -f dangling=maybe
	run -2 hull images -f dangling
	run -1 hull images -f before=nobody
	[[ $output == *"no such image 'nobody'"* ]]
}

@test "tag gives names and moves them" {
	a=$(image a:1 2020-01-01)
	b=$(image b:1 2021-01-01)
	hull tag a:1 host:5000/team/a
	hull image tag "${a:7:8}" c:1
	[ "$(hull inspect -f '{{json .RepoTags}}' a:1)" = '["a:1","c:1","host:5000/team/a:latest"]' ]
	hull tag b:1 c:1
	[ "$(hull inspect -f '{{.Id}}' c:1)" = "$b" ]
	[ "$(hull inspect -f '{{json .RepoTags}}' a:1)" = '["a:1","host:5000/team/a:latest"]' ]
	run -1 hull tag nobody x
	[[ $output == *"no such image 'nobody'"* ]]
	run -2 hull tag a:1 Upper/Case
	[ "${#lines[@]}" = 1 ]
	run -2 hull tag a:1 "x@$a"
	run -2 hull tag a:1
	[[ $output == *"'hull tag' needs exactly 2 arguments"* ]]
}

@test "rmi takes names one by one and the image with the last" {
	id=$(image a:1 2020-01-01)
	hull tag a:1 b:1
	[ "$(hull rmi a:1)" = 'Untagged: a:1' ]
	run -0 hull rmi b:1
	[ "${lines[0]}" = 'Untagged: b:1' ]
	[ "${lines[1]}" = "Deleted: $id" ]
	[ -z "$(hull images -q)" ]
	# and its blobs and layers with it
	[ -z "$(ls "$HULL_ROOT/oci/blobs/sha256" "$HULL_ROOT/layers" | grep '^[0-9a-f]')" ]
}

@test "rmi by ID needs force for names in several repositories" {
	id=$(image a:1 2020-01-01)
	hull tag a:1 a:2
	hull tag a:1 other/b:1
	run -1 hull rmi "$id"
	[[ $output == *"several repositories"* ]]
	[ "$(hull images -q | wc -l)" = 3 ]
	run -0 hull rmi -f "${id:7:12}"
	[ "${#lines[@]}" = 4 ]
	[ -z "$(hull images -q)" ]
}

@test "rmi removes what it can, names what it cannot, and says so by its status" {
	image a:1 2020-01-01
	run -1 hull rmi nobody a:1 nobody:2
	[[ $output == *"no such image 'nobody'"* && $output == *"no such image 'nobody:2'"* ]]
	[[ $output == *'Untagged: a:1'* ]]
	run -2 hull rmi
	run -2 hull rmi --forse a:1
	[[ $output == *"--force"* ]]
}

@test "an image is found by name, tag, short ID, ID and digest" {
	id=$(image host/a:1 2020-01-01)
	digest=$(hull images --digests --format '{{.Digest}}')
	for name in host/a:1 "$id" "${id:7}" "${id:7:12}" "${id:7:2}" "host/a@$digest" "$digest"; do
		[ "$(hull inspect --type image -f '{{.Id}}' "$name")" = "$id" ]
	done
	run -1 hull inspect --type image host/a
	run -1 hull inspect --type image "${id:7:1}"
}

@test "inspect has docker's fields, several names, and 1 when one is missing" {
	id=$(image a:1 2020-01-01 'ENV A=b')
	run -0 hull inspect a:1
	python3 -c '
import json, sys
(image,) = json.load(sys.stdin)
for field in "Id RepoTags RepoDigests Parent Comment Created Config Architecture Os Size GraphDriver RootFS Metadata".split():
    assert field in image, field
assert image["RootFS"]["Type"] == "layers" and len(image["RootFS"]["Layers"]) == 1
assert image["Config"]["Env"] == ["A=b"] and image["Config"]["Cmd"] is None
assert image["Created"] == "2020-01-01T00:00:00Z"
assert image["Comment"] == "a:1"
' <<<"$output"
	[ "$(hull inspect -f '{{.Architecture}} {{.Os}} {{len .RootFS.Layers}}' a:1 a:1 | wc -l)" = 2 ]
	run -1 --separate-stderr hull inspect -f '{{.Id}}' nobody a:1 gone
	[ "$output" = "$id" ]
	[[ ${stderr_lines[0]} == *"no such container or image 'nobody'"* ]]
	[[ ${stderr_lines[1]} == *"no such container or image 'gone'"* ]]
	run -1 hull inspect --type container a:1
	[[ $output == *"no such container"* ]]
	run -2 hull inspect --type imgae a:1
	[[ $output == *"did you mean 'image'"* ]]
	run -2 hull inspect -f '{{.Idd}}' a:1
	run -0 hull image inspect -f '{{.Id}}' a:1
	[ "$output" = "$id" ]
}

@test "history tells the steps" {
	image a:1 2020-01-01 'CMD ["x"]'
	run -0 hull history a:1
	[[ ${lines[0]} =~ ^IMAGE\ +CREATED\ +'CREATED BY'\ +SIZE\ +COMMENT$ ]]
	[[ ${lines[1]} =~ ^[0-9a-f]{12}\ .*' years ago '.*' 6B '.*a:1$ ]]
	[ "$(hull history --human=false --format '{{.Size}} {{.CreatedSince}}' a:1)" = '6 2020-01-01T00:00:00Z' ]
	[ "$(hull history -q --no-trunc a:1)" = "$(hull images -q --no-trunc)" ]
	run -1 hull history nobody
}

@test "image prune takes what has no name, with -a what nobody uses" {
	image a:1 2020-01-01
	image b:1 2021-01-01
	hull tag a:1 b:1
	run -0 hull image prune <<<n
	[[ $output == *"Are you sure you want to continue? [y/N]"* ]]
	[ "$(hull images -q | sort -u | wc -l)" = 2 ]
	run -0 hull image prune <<<y
	[[ $output == *"Deleted Images:"*"deleted: sha256:"*"Total reclaimed space: "* ]]
	[ "$(hull images -q | sort -u | wc -l)" = 1 ]
	run -0 hull image prune -a -f --filter until=2019-01-01
	[ "$(hull images -q | wc -l)" = 2 ]
	run -0 hull image prune -a -f
	[[ $output == *"untagged: a:1"*"untagged: b:1"*"deleted: "* ]]
	[ -z "$(hull images -q)" ]
}

@test "system check, df and prune speak of the store" {
	image a:1 2020-01-01
	run -0 hull system check
	[ "$output" = '1 images, 1 names, 1 layers, 3 blobs: sound' ]
	run -0 hull system df
	[[ ${lines[0]} =~ ^TYPE\ +TOTAL\ +ACTIVE\ +SIZE\ +RECLAIMABLE$ ]]
	[[ ${lines[1]} =~ ^Images\ +1\ +0\ +6B\ +'6B (100%)'$ ]]
	[[ ${lines[2]} =~ ^Containers\ +0 ]]
	run -0 hull system df -v
	[[ $output == *"Images space usage:"*"Containers space usage:"*"Local Volumes space usage:"* ]]
	run -0 hull system prune -af
	[[ $output == *"Total reclaimed space: "* ]]
	[ -z "$(hull images -q)" ]
	run -2 hull system prune -f --volumes --filter until=1h
	run -2 hull system checks
	[[ $output == *"did you mean 'check'"* ]]
}

@test "system check finds damage and repairs it" {
	image a:1 2020-01-01
	echo damage >>"$HULL_ROOT"/layers/*/fs/file
	run -0 hull system check --quick
	run -1 hull system check
	[[ $output == *": 1 wrong"* ]]
	run -0 hull system check --repair
	[[ $output == *"(repaired)"* ]]
	run -0 hull system check
	[[ $output == *sound ]]
	run -2 hull system check --repair --quick
}
