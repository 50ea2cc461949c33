# setup.bash - a server of each test's own, with users, and what clients ask of it, by curl.
# SPDX-License-Identifier: Apache-2.0
load ../lib/registry
bats_require_minimum_version 1.5.0

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	unset "${!REGISTRY_@}" HULL_REGISTRY_CONFIG
	LOG=$BATS_TEST_TMPDIR/log
}

teardown()
{
	local pid
	for pid in "$BATS_TEST_TMPDIR"/*.pid; do
		[ ! -f "$pid" ] || kill -9 "$(cat "$pid")" 2>/dev/null || true
	done
	registry_log_is_quiet "$LOG"
}

hull_registry() { "$HULL_REGISTRY" "$@"; }

# hashes PASSWORD: a cheap bcrypt
hash() { htpasswd -nbB -C 5 x "$1" | cut -d : -f 2; }

# configure TEXT: registry.yml on free ports, with users alice (all) and bob (pulls); sets PORT, ADMIN
configure()
{
	PORT=$(registry_free_port)
	ADMIN=$(registry_free_port)
	cat >registry.yml <<-END
		listen: 127.0.0.1:$PORT
		admin: 127.0.0.1:$ADMIN
		storage: store
		$1
	END
}

with_users()
{
	configure "users:
  alice: {password: '$(hash wonder)'}
  bob: {password: '$(hash build)'}
acl:
  - {match: {account: alice, type: '*'}, actions: ['*']}
  - {match: {account: bob, type: repository}, actions: [pull]}
$1"
}

wait_for() # PORT
{
	for _ in $(seq 200); do
		! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || return 0
		sleep 0.05
	done
	cat "$LOG" >&2
	return 1
}

# serve [ARG...]: in the background; its pid in server.pid, its status in status when it has ended
serve()
{
	rm -f server.pid status
	(
		"$HULL_REGISTRY" serve "${@:-registry.yml}" >>access 2>>"$LOG" 3>&- &
		echo $! >server.pid
		status=0
		wait $! || status=$?
		echo $status >status
	) 3>&- &
	wait_for "$PORT"
}

# It may listen before its number is written.
server_pid()
{
	for _ in $(seq 500); do
		[ ! -s server.pid ] || break
		sleep 0.02
	done
	cat server.pid
}

# ended SECONDS: the server's exit status, once it has ended
ended()
{
	for _ in $(seq $(($1 * 20))); do
		[ ! -s status ] || { cat status; return 0; }
		sleep 0.05
	done
	echo "still runs"
	return 1
}

stop() { kill -TERM "$(server_pid)" && [ "$(ended 10)" = 0 ]; }

# log_has TEXT: soon
log_has()
{
	for _ in $(seq 100); do
		! grep -qF -- "$1" "$LOG" || return 0
		sleep 0.05
	done
	echo "no '$1' in:" >&2
	cat "$LOG" >&2
	return 1
}

SCHEME=http
url() { echo "$SCHEME://localhost:$PORT/v2/$1"; }
request() { curl -sS --cacert pki/ca.crt "$@"; } # curl of this server

# token USER:PASSWORD SCOPE
token()
{
	request --fail -u "$1" "$SCHEME://localhost:$PORT/token?service=hull-registry&scope=$2" | jq -r .token
}

# push_blob TOKEN REPOSITORY FILE: prints the digest
push_blob()
{
	local digest place
	digest=sha256:$(sha256sum <"$3" | cut -d ' ' -f 1)
	place=$(request --fail -X POST -H "Authorization: Bearer $1" -D - -o /dev/null "$(url "$2/blobs/uploads/")" |
		sed -n 's/^[Ll]ocation: //p' | tr -d '\r')
	request --fail -X PUT -H "Authorization: Bearer $1" -H 'Content-Type: application/octet-stream' \
		--data-binary "@$3" -o /dev/null "$SCHEME://localhost:$PORT$place?digest=$digest" || return 1
	echo "$digest"
}

# push TOKEN REPOSITORY TAG FILE: a manifest with the file as its layer; prints the layer's digest
push()
{
	local layer config
	echo '{}' >config.json
	config=$(push_blob "$1" "$2" config.json)
	layer=$(push_blob "$1" "$2" "$4")
	cat >manifest.json <<-END
		{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
		 "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "$config", "size": 3},
		 "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "$layer",
		             "size": $(stat -c %s "$4")}]}
	END
	request --fail -X PUT -H "Authorization: Bearer $1" -o /dev/null --data-binary @manifest.json \
		-H 'Content-Type: application/vnd.oci.image.manifest.v1+json' "$(url "$2/manifests/$3")" || return 1
	echo "$layer"
}

# status ARG...: of curl's request
status() { request -o /dev/null -w '%{http_code}' "$@"; }
