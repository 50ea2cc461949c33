# dockerd.bash - a docker daemon of a test's own, without networks; `$docker` is its client.
# SPDX-License-Identifier: Apache-2.0
#
#	load ../lib/dockerd
#	teardown() { dockerd_stop; }
#	dockerd_start [ETC]	skips the test when this host refuses it; ETC: a directory that stands for /etc/docker

dockerd_start()
{
	local d=$BATS_TEST_TMPDIR/d etc=${1:-$BATS_TEST_TMPDIR/d/etc}
	mkdir -p "$d" "$etc" /etc/docker
	# shellcheck disable=SC2016 # for the inner shell
	PATH=$PATH:/usr/sbin:/sbin unshare -m sh -c 'mount --bind "$2" /etc/docker && exec dockerd --data-root "$1/data" \
		--exec-root "$1/exec" -H "unix://$1/sock" --pidfile "$1/pid" --bridge none --iptables=false \
		--exec-opt native.cgroupdriver=cgroupfs' sh "$d" "$etc" >"$d/log" 2>&1 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/dockerd"
	docker="$(PATH=/usr/bin:$PATH command -v docker) -H unix://$d/sock --config $d/client"
	for _ in $(seq 100); do
		kill -0 "$(cat "$BATS_TEST_TMPDIR/dockerd")" 2>/dev/null || break
		! $docker version >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	skip "needs a kernel and rights for dockerd: $(tail -n 1 "$d/log" | cut -c 1-200)"
}

# Nothing when none was started.
dockerd_stop()
{
	local pid
	[ -e "$BATS_TEST_TMPDIR/dockerd" ] || return 0
	pid=$(cat "$BATS_TEST_TMPDIR/dockerd")
	kill "$pid" 2>/dev/null || return 0
	for _ in $(seq 100); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -9 "$pid"
}
