# cross.bats - Debian's docker-registry serves the volume that we wrote, and we the one that it wrote, bytes equal.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/registry
bats_require_minimum_version 1.5.0

setup_file()
{
	export W="$BATS_FILE_TMPDIR"
	registry_configure "$W" "open: true
delete: true
gc: {grace: 1ms}"
	export OURS=$REGISTRY THEIRS
	THEIRS=127.0.0.1:$(registry_free_port)
	cat >"$W/reference.yml" <<-END
		version: 0.1
		log: {level: error}
		storage: {filesystem: {rootdirectory: $W/store}, delete: {enabled: true}}
		http: {addr: "$THEIRS"}
	END
	registry_layout "$W/layout"
}

teardown()
{
	registry_stop "$W"
	reference_stop
}

reference_start()
{
	docker-registry serve "$W/reference.yml" >>"$W/reference.log" 2>&1 3>&- &
	echo $! >"$W/reference.pid"
	for _ in $(seq 100); do
		! curl -sf "http://$THEIRS/v2/" >/dev/null || return 0
		sleep 0.1
	done
	cat "$W/reference.log" >&2
	return 1
}

reference_stop()
{
	local pid
	[ -f "$W/reference.pid" ] || return 0
	pid=$(cat "$W/reference.pid")
	rm "$W/reference.pid"
	kill "$pid"
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.05
	done
}

skopeo() { command skopeo --insecure-policy "$@"; }

same_blobs()
{
	diff <(cd "$W/layout/blobs/sha256" && sha256sum -- * | sort) <(cd "$1/blobs/sha256" && sha256sum -- * | sort)
}

@test "the reference registry serves what we wrote" {
	registry_start "$W"
	skopeo copy -q --all --dest-tls-verify=false "oci:$W/layout:multi" "docker://$OURS/ours/multi:1"
	skopeo copy -q --all --dest-tls-verify=false "oci:$W/layout:one" "docker://$OURS/ours/multi:one"
	registry_stop "$W"
	reference_start
	skopeo copy -q --all --src-tls-verify=false "docker://$THEIRS/ours/multi:1" "oci:$BATS_TEST_TMPDIR/back:multi"
	same_blobs "$BATS_TEST_TMPDIR/back"
	[ "$(curl -sf "http://$THEIRS/v2/ours/multi/tags/list" | jq -c '.tags | sort')" = '["1","one"]' ]
	[ "$(curl -sf "http://$THEIRS/v2/_catalog" | jq -c .)" = '{"repositories":["ours/multi"]}' ]
}

@test "we serve what the reference registry wrote, beside our own" {
	reference_start
	skopeo copy -q --all --dest-tls-verify=false "oci:$W/layout:multi" "docker://$THEIRS/theirs/deep/multi:1"
	skopeo copy -q --all --dest-tls-verify=false "oci:$W/layout:one" "docker://$THEIRS/ours/multi:theirs"
	reference_stop
	registry_start "$W"
	skopeo copy -q --all --src-tls-verify=false "docker://$OURS/theirs/deep/multi:1" "oci:$BATS_TEST_TMPDIR/back:multi"
	same_blobs "$BATS_TEST_TMPDIR/back"
	for _ in $(seq 50); do # the index hears of it beside the service
		[ "$(curl -sf "http://$OURS/v2/_catalog" | jq -c .)" != '{"repositories":["ours/multi","theirs/deep/multi"]}' ] || break
		sleep 0.1
	done
	[ "$(curl -sf "http://$OURS/v2/_catalog" | jq -c .)" = '{"repositories":["ours/multi","theirs/deep/multi"]}' ]
	[ "$(curl -sf "http://$OURS/v2/ours/multi/tags/list" | jq -c .tags)" = '["1","one","theirs"]' ]
}

@test "a tag that the reference registry moves is where it put it" {
	reference_start
	skopeo copy -q --all --dest-tls-verify=false "oci:$W/layout:one" "docker://$THEIRS/ours/multi:1"
	reference_stop
	registry_start "$W"
	for _ in $(seq 50); do
		digest=$(curl -sfI -H 'Accept: */*' "http://$OURS/v2/ours/multi/manifests/1" | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: *//p' | tr -d '\r')
		[ "$digest" != "$(jq -r '.manifests[1].digest' "$W/layout/index.json")" ] || break
		sleep 0.1
	done
	[ "$digest" = "$(jq -r '.manifests[1].digest' "$W/layout/index.json")" ]
}

@test "the reference registry's collector and ours leave each other's images whole" {
	docker-registry garbage-collect "$W/reference.yml" >"$BATS_TEST_TMPDIR/gc" 2>&1
	for _ in 1 2; do
		"$HULL_REGISTRY" gc --config "$W/registry.yml" >/dev/null
	done
	registry_start "$W"
	skopeo copy -q --all --src-tls-verify=false "docker://$OURS/theirs/deep/multi:1" "oci:$BATS_TEST_TMPDIR/back:multi"
	same_blobs "$BATS_TEST_TMPDIR/back"
	registry_stop "$W"
	reference_start
	skopeo copy -q --all --src-tls-verify=false "docker://$THEIRS/theirs/deep/multi:1" "oci:$BATS_TEST_TMPDIR/again:multi"
	same_blobs "$BATS_TEST_TMPDIR/again"
}

@test "what we delete is gone for the reference registry, and the other way round" {
	registry_start "$W"
	digest=$(jq -r '.manifests[0].digest' "$W/layout/index.json")
	[ "$(curl -s -o /dev/null -w '%{http_code}' -X DELETE "http://$OURS/v2/theirs/deep/multi/manifests/$digest")" = 202 ]
	registry_stop "$W"
	reference_start
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://$THEIRS/v2/theirs/deep/multi/manifests/1")" = 404 ]
	digest=$(jq -r '.manifests[1].digest' "$W/layout/index.json")
	[ "$(curl -s -o /dev/null -w '%{http_code}' -X DELETE "http://$THEIRS/v2/ours/multi/manifests/$digest")" = 202 ]
	reference_stop
	registry_start "$W"
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://$OURS/v2/ours/multi/manifests/$digest")" = 404 ]
}

@test "Debian's own configuration file starts us" {
	cp /etc/docker/registry/config.yml "$W/drop-in.yml"
	htpasswd -bcB -C 5 "$W/htpasswd" admin open-sesame 2>/dev/null
	port=$(registry_free_port)
	REGISTRY_HTTP_ADDR=127.0.0.1:$port REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=$W/store REGISTRY_AUTH_HTPASSWD_PATH=$W/htpasswd \
		"$HULL_REGISTRY" serve "$W/drop-in.yml" >"$W/access" 2>"$W/log" 3>&- &
	echo $! >"$W/pid"
	for _ in $(seq 100); do
		! curl -sf -u admin:open-sesame "http://127.0.0.1:$port/v2/" >/dev/null || break
		sleep 0.1
	done
	[ "$(curl -sf -u admin:open-sesame "http://127.0.0.1:$port/v2/_catalog" | jq -c .)" != null ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/v2/_catalog")" = 401 ]
	curl -si "http://127.0.0.1:$port/v2/" | grep -qi '^www-authenticate: Basic realm="basic-realm"'
}
