# wire.bats - bytes on the wire, and the specification's endpoints, against the real server.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/registry

setup_file()
{
	registry_configure "$BATS_FILE_TMPDIR" "open: true
delete: true
limits: {connections_per_address: 4096}"
	registry_start "$BATS_FILE_TMPDIR"
	export PYTHONDONTWRITEBYTECODE=1
}

teardown_file() { registry_stop "$BATS_FILE_TMPDIR"; }

wire() { "$HULL_SHARE/tests/wire/play" "$REGISTRY" "$HULL_SHARE/tests/wire/$1.wire"; }

@test "the player knows a right server from a wrong one" { "$HULL_SHARE/tests/wire/play" --self-test; }
@test "chunked bodies" { wire chunked; }
@test "codings" { wire coding; }
@test "connections" { wire connection; }
@test "expectations" { wire expect; }
@test "hosts" { wire host; }
@test "lengths" { wire length; }
@test "limits" { wire limit; }
@test "request lines" { wire line; }
@test "the registry's answers" { wire registry; }
@test "targets" { wire target; }
@test "versions" { wire version; }

@test "the distribution specification, endpoint by endpoint" {
	python3 "$BATS_TEST_DIRNAME/conformance.py" "$REGISTRY"
}

@test "a slow client of each kind keeps nobody else waiting" {
	for kind in -H -B -X; do
		slowhttptest $kind -c 300 -i 1 -r 300 -s 8192 -t GET -u "http://$REGISTRY/v2/" -l 4 >"$BATS_TEST_TMPDIR/slow" 2>&1 &
		slow=$!
		sleep 2
		for _ in 1 2 3 4 5; do
			[ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 1 "http://$REGISTRY/v2/")" = 200 ]
		done
		kill $slow 2>/dev/null || true
		wait $slow || true
	done
	[ -n "${HULL_SANITIZED:-}" ] || # whose shadows are not ours
		[ "$(sed -n -E 's/^VmHWM:[^0-9]*([0-9]+) kB/\1/p' "/proc/$(cat "$BATS_FILE_TMPDIR/pid")/status")" -lt 65536 ]
}
