# clients.bats - the clients that people use, from Debian's packages, against plain HTTP and against TLS with tokens.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/dockerd
load ../lib/registry
bats_require_minimum_version 1.5.0

setup_file()
{
	export W="$BATS_FILE_TMPDIR"
	registry_certify "$W/pki"
	mkdir "$W/certs"
	cp "$W/pki/ca.crt" "$W/certs/ca.crt"
	hash=$(htpasswd -nbB -C 5 admin open-sesame | cut -d : -f 2)
	reader=$(htpasswd -nbB -C 5 reader just-looking | cut -d : -f 2)
	registry_configure "$W/tls" "tls: {certificate: $W/pki/registry.crt, key: $W/pki/registry.key}
delete: true
users:
  admin: {password: '$hash'}
  reader: {password: '$reader'}
acl:
  - {match: {account: admin}, actions: ['*']}
  - {match: {account: reader, name: 'team/*'}, actions: [pull]}"
	export TLS=$REGISTRY
	registry_start "$W/tls"
	registry_configure "$W/plain" "open: true
delete: true"
	export PLAIN=$REGISTRY
	registry_start "$W/plain"
	registry_layout "$W/layout"
}

teardown_file()
{
	registry_stop "$W/tls"
	registry_stop "$W/plain"
}

teardown()
{
	dockerd_stop
	grep " $BATS_TEST_TMPDIR/" /proc/self/mounts | cut -d ' ' -f 2 | sort -r | xargs -r umount -l
}

skopeo() { command skopeo --insecure-policy "$@"; }

same_blobs() # LAYOUT: all blobs of the layout that was pushed are there, and no others
{
	diff <(cd "$W/layout/blobs/sha256" && sha256sum -- * | sort) <(cd "$1/blobs/sha256" && sha256sum -- * | sort)
}

@test "skopeo copies an index there and back, plain" {
	skopeo copy -q --all --dest-tls-verify=false "oci:$W/layout:multi" "docker://$PLAIN/plain/multi:1"
	skopeo copy -q --all --src-tls-verify=false "docker://$PLAIN/plain/multi:1" "oci:$BATS_TEST_TMPDIR/back:multi"
	same_blobs "$BATS_TEST_TMPDIR/back"
	[ "$(skopeo inspect --tls-verify=false "docker://$PLAIN/plain/multi:1" | jq -r .Architecture)" = amd64 ]
	[ "$(skopeo list-tags --tls-verify=false "docker://$PLAIN/plain/multi" | jq -c .Tags)" = '["1"]' ]
}

@test "skopeo copies as docker's schema 2 and list" {
	skopeo copy -q --all --format v2s2 --dest-tls-verify=false "oci:$W/layout:multi" "docker://$PLAIN/plain/docker:1"
	[ "$(skopeo inspect --raw --tls-verify=false "docker://$PLAIN/plain/docker:1" | jq -r .mediaType)" = \
		application/vnd.docker.distribution.manifest.list.v2+json ]
	skopeo copy -q --all --src-tls-verify=false "docker://$PLAIN/plain/docker:1" "dir:$BATS_TEST_TMPDIR/back"
}

@test "skopeo with TLS and a token: copy, inspect, list-tags, mount, delete" {
	cert="--dest-cert-dir $W/certs --dest-creds admin:open-sesame"
	skopeo copy -q --all $cert "oci:$W/layout:multi" "docker://$TLS/team/multi:1"
	skopeo copy -q $cert --src-cert-dir "$W/certs" --src-creds admin:open-sesame "docker://$TLS/team/multi:1" "docker://$TLS/other/mounted:1"
	read="--cert-dir $W/certs --creds reader:just-looking"
	skopeo inspect $read "docker://$TLS/team/multi:1" | jq -e '.Layers | length == 1'
	[ "$(skopeo list-tags $read "docker://$TLS/team/multi" | jq -c .Tags)" = '["1"]' ]
	skopeo copy -q --all --src-cert-dir "$W/certs" --src-creds reader:just-looking "docker://$TLS/team/multi:1" "oci:$BATS_TEST_TMPDIR/back:multi"
	same_blobs "$BATS_TEST_TMPDIR/back"
	skopeo delete --cert-dir "$W/certs" --creds admin:open-sesame "docker://$TLS/other/mounted:1"
	run ! skopeo inspect --cert-dir "$W/certs" --creds admin:open-sesame "docker://$TLS/other/mounted:1"
}

@test "who may not is told so, and nothing is written" {
	run ! skopeo copy -q --dest-cert-dir "$W/certs" --dest-creds reader:just-looking "oci:$W/layout:one" "docker://$TLS/team/forbidden:1"
	[[ $output == *"nauthorized"* || $output == *"denied"* || $output == *"authentication required"* ]]
	run ! skopeo copy -q --dest-cert-dir "$W/certs" --dest-creds admin:wrong "oci:$W/layout:one" "docker://$TLS/team/forbidden:1"
	run ! skopeo copy -q --dest-cert-dir "$W/certs" "oci:$W/layout:one" "docker://$TLS/team/forbidden:1"
	run ! skopeo inspect --cert-dir "$W/certs" --creds reader:just-looking "docker://$TLS/private/thing:1"
	[ ! -e "$W/tls/store/docker/registry/v2/repositories/team/forbidden" ]
}

@test "podman logs in, pushes, pulls, searches" {
	podman="podman --root $BATS_TEST_TMPDIR/podman --runroot $BATS_TEST_TMPDIR/podman-run --storage-driver overlay --events-backend none"
	auth="--authfile $BATS_TEST_TMPDIR/auth.json"
	run ! $podman login $auth --cert-dir "$W/certs" -u admin -p wrong "$TLS"
	$podman login $auth --cert-dir "$W/certs" -u admin -p open-sesame "$TLS"
	skopeo copy -q "oci:$W/layout:one" "containers-storage:[overlay@$BATS_TEST_TMPDIR/podman+$BATS_TEST_TMPDIR/podman-run]localhost/one:1"
	$podman push -q $auth --cert-dir "$W/certs" localhost/one:1 "$TLS/team/podman:1"
	$podman rmi -af >/dev/null
	$podman pull -q $auth --cert-dir "$W/certs" "$TLS/team/podman:1"
	$podman rmi -af >/dev/null
	skopeo copy -q --dest-tls-verify=false "oci:$W/layout:one" "docker://$PLAIN/many/found:1"
	$podman pull -q --tls-verify=false "$PLAIN/many/found:1"
	$podman search --tls-verify=false "$PLAIN/many/" | grep -q many/found
	$podman rmi -af >/dev/null
}

@test "buildah logs in, pushes, pulls" {
	buildah="buildah --root $BATS_TEST_TMPDIR/buildah --runroot $BATS_TEST_TMPDIR/buildah-run --storage-driver overlay"
	auth="--authfile $BATS_TEST_TMPDIR/auth.json"
	$buildah login $auth --cert-dir "$W/certs" -u admin -p open-sesame "$TLS"
	skopeo copy -q "oci:$W/layout:one" "containers-storage:[overlay@$BATS_TEST_TMPDIR/buildah+$BATS_TEST_TMPDIR/buildah-run]localhost/one:1"
	$buildah push -q $auth --cert-dir "$W/certs" localhost/one:1 "docker://$TLS/team/buildah:1"
	$buildah rmi -a >/dev/null
	$buildah pull -q $auth --cert-dir "$W/certs" "$TLS/team/buildah:1"
	$buildah rmi -a >/dev/null
}

@test "umoci unpacks what came back" {
	skopeo copy -q --all --dest-tls-verify=false "oci:$W/layout:one" "docker://$PLAIN/plain/umoci:1"
	skopeo copy -q --src-tls-verify=false "docker://$PLAIN/plain/umoci:1" "oci:$BATS_TEST_TMPDIR/back:one"
	umoci unpack --image "$BATS_TEST_TMPDIR/back:one" "$BATS_TEST_TMPDIR/bundle" >/dev/null
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/bundle/rootfs/content")" = 65536 ]
}

@test "docker logs in, pushes, pulls" {
	mkdir -p "$BATS_TEST_TMPDIR/etc/certs.d/$TLS"
	cp "$W/pki/ca.crt" "$BATS_TEST_TMPDIR/etc/certs.d/$TLS/ca.crt"
	dockerd_start "$BATS_TEST_TMPDIR/etc"
	run ! $docker login -u admin -p wrong "$TLS"
	$docker login -u admin -p open-sesame "$TLS"
	skopeo copy -q "oci:$W/layout:one" "docker-archive:$BATS_TEST_TMPDIR/one.tar:one:1"
	$docker load -q -i "$BATS_TEST_TMPDIR/one.tar"
	$docker tag one:1 "$TLS/team/docker:1"
	$docker push -q "$TLS/team/docker:1"
	$docker tag one:1 "$TLS/team/docker-again:1"
	$docker push -q "$TLS/team/docker-again:1"
	$docker rmi -f one:1 "$TLS/team/docker:1" "$TLS/team/docker-again:1" >/dev/null
	$docker pull -q "$TLS/team/docker:1"
	$docker logout "$TLS"
	run ! $docker pull -q "$TLS/team/docker-again:1"
	skopeo copy -q --all --dest-tls-verify=false "oci:$W/layout:multi" "docker://$PLAIN/plain/docker-multi:1"
	$docker pull -q "$PLAIN/plain/docker-multi:1"
}

@test "a layer of 1 GiB goes through, and memory does not grow with it" {
	truncate -s 1G "$BATS_TEST_TMPDIR/big"
	printf 'not only zeros' | dd of="$BATS_TEST_TMPDIR/big" conv=notrunc status=none
	digest=sha256:$(sha256sum <"$BATS_TEST_TMPDIR/big" | cut -d ' ' -f 1)
	location=$(curl -sfi -X POST "http://$PLAIN/v2/plain/big/blobs/uploads/" | sed -n 's/^[Ll]ocation: *//p' | tr -d '\r')
	curl -sf -T "$BATS_TEST_TMPDIR/big" -H 'Content-Type: application/octet-stream' \
		"http://$PLAIN$location$([[ $location == *\?* ]] && echo '&' || echo '?')digest=$digest"
	rm "$BATS_TEST_TMPDIR/big"
	[ "$(curl -sf "http://$PLAIN/v2/plain/big/blobs/$digest" | sha256sum | cut -d ' ' -f 1)" = "${digest#sha256:}" ]
	[ -n "${HULL_SANITIZED:-}" ] || # whose shadows are not ours
		[ "$(sed -n -E 's/^VmHWM:[^0-9]*([0-9]+) kB/\1/p' "/proc/$(cat "$W/plain/pid")/status")" -lt 65536 ]
}

@test "an interrupted push is resumed where it ended, also after the server was killed" {
	registry_configure "$W/resume" "open: true"
	registry_start "$W/resume"
	head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/blob"
	digest=sha256:$(sha256sum <"$BATS_TEST_TMPDIR/blob" | cut -d ' ' -f 1)
	url="http://$REGISTRY"
	location=$(curl -sfi -X POST "$url/v2/resume/blobs/uploads/" | sed -n 's/^[Ll]ocation: *//p' | tr -d '\r')
	head -c 1000000 "$BATS_TEST_TMPDIR/blob" | curl -sf -X PATCH -H 'Content-Type: application/octet-stream' -H 'Transfer-Encoding: chunked' --data-binary @- "$url$location"
	registry_kill "$W/resume"
	registry_start "$W/resume"
	range=$(curl -sfi "$url$location" | sed -n 's/^[Rr]ange: *//p' | tr -d '\r')
	[ "$range" = 0-999999 ]
	[ "$(tail -c +900001 "$BATS_TEST_TMPDIR/blob" | curl -s -o /dev/null -w '%{http_code}' -X PATCH -H 'Content-Range: 900000-2999999' --data-binary @- "$url$location")" = 416 ]
	tail -c +1000001 "$BATS_TEST_TMPDIR/blob" | curl -sf -X PATCH -H 'Content-Type: application/octet-stream' -H 'Content-Range: 1000000-2999999' --data-binary @- "$url$location"
	[ "$(curl -s -o /dev/null -w '%{http_code}' -X PUT "$url$location$([[ $location == *\?* ]] && echo '&' || echo '?')digest=$digest")" = 201 ]
	[ "$(curl -sf "$url/v2/resume/blobs/$digest" | sha256sum | cut -d ' ' -f 1)" = "${digest#sha256:}" ]
	registry_stop "$W/resume"
}

@test "64 clients push and pull at once" {
	python3 "$BATS_TEST_DIRNAME/many.py" "$PLAIN" 64
}
