# readme.bats - README.md's way from nothing to a push over TLS with two users, command by command.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/dockerd
load ../lib/registry
bats_require_minimum_version 1.5.0

teardown()
{
	dockerd_stop
	[ ! -f "$BATS_TEST_TMPDIR/registry/serve.pid" ] || kill "$(cat "$BATS_TEST_TMPDIR/registry/serve.pid")" 2>/dev/null || true
}

# The command of README.md that begins with WORD, its comment cut, for this test's places instead of an operator's.
command_of()
{
	sed -n '/^    hull-registry init/,/^    docker push/p' "$HULL_SHARE/README.md" | sed -e ':a' -e '/&&$/{N;s/\n *//;ta' -e '}' |
		sed -n "s/^    \($1 .*\)/\1/p" | sed -e 's/ *#.*//' -e "s|/srv/registry|$BATS_TEST_TMPDIR/registry|g" \
		-e "s|registry.example.com|localhost|g" -e "s|:5000|:$PORT|g" -e "s|/etc/docker|$BATS_TEST_TMPDIR/etc|g"
}

@test "five commands from nothing to a push" {
	local dir=$BATS_TEST_TMPDIR/registry
	PORT=$(registry_free_port)
	PATH=$(dirname "$HULL_REGISTRY"):$PATH
	[ "$(sed -n '/^    hull-registry init/,/^    docker push/p' "$HULL_SHARE/README.md" | grep -c '^    [^ ]')" = 5 ]

	said=$(eval "$(command_of 'hull-registry init')")
	alice=$(printf '%s\n' "$said" | sed -n 's/^ *alice  *\([^ ]*\)$/\1/p')
	bob=$(printf '%s\n' "$said" | sed -n 's/^ *bob  *\([^ ]*\)$/\1/p')
	[ -n "$alice" ] && [ -n "$bob" ]
	sed -i -e "s/\":5000\"/\":$PORT\"/" -e "s/127.0.0.1:5001/127.0.0.1:$(registry_free_port)/" "$dir/hull-registry.yml"
	serve=$(command_of 'hull-registry serve')
	eval "${serve%&} >'$dir/access' 2>'$dir/log' 3>&- &"
	echo $! >"$dir/serve.pid"
	eval "$(command_of 'mkdir -p')"
	dockerd_start "$BATS_TEST_TMPDIR/etc"
	docker() { $docker "$@"; }
	registry_layout "$BATS_TEST_TMPDIR/layout"
	skopeo --insecure-policy copy -q "oci:$BATS_TEST_TMPDIR/layout:one" "docker-archive:$BATS_TEST_TMPDIR/one.tar:localhost:$PORT/alice/app:1"
	docker load -q -i "$BATS_TEST_TMPDIR/one.tar"
	printf '%s' "$alice" | eval "$(command_of 'docker login') --password-stdin"
	eval "$(command_of 'docker push')"

	[ "$(skopeo list-tags --cert-dir "$BATS_TEST_TMPDIR/etc/certs.d/localhost:$PORT" --creds "bob:$bob" \
		"docker://localhost:$PORT/alice/app" | jq -c .Tags)" = '["1"]' ]
	run ! skopeo --insecure-policy copy -q --dest-cert-dir "$BATS_TEST_TMPDIR/etc/certs.d/localhost:$PORT" --dest-creds "bob:$bob" \
		"oci:$BATS_TEST_TMPDIR/layout:one" "docker://localhost:$PORT/alice/app:2"
	registry_log_is_quiet "$dir/log"
}
