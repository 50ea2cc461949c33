#!/usr/bin/env bats
# boot.bats - a Debian with systemd as PID 1: built, tested, committed, run, and taken by other tools.
# SPDX-License-Identifier: Apache-2.0
load stage

setup_file()
{
	stage_begin
	stage_debian
	sh "$HULL_SHARE/examples/hello-systemd/prepare" "$MS_DATA_DIR/example/hello"
}
teardown_file() { stage_end; }
setup() { cd "$BATS_TEST_TMPDIR" || return; }

@test "the example is built, and its service answers in the result" {
	stage example/hello
	log_has "the service answers through systemd's socket"
	log_has "the injected ACL has arrived"
	log_lacks "degraded"
	[ "$(hull inspect -f '{{json .Config.Cmd}} {{.Config.StopSignal}}' example/hello:candidate)" = \
		'["/sbin/init"] SIGRTMIN+3' ]
	hull run -d --name hello example/hello:candidate >/dev/null
	address=$(hull inspect -f '{{ .NetworkSettings.IPAddress }}' hello)
	for _ in $(seq 100); do
		answer=$(curl --silent --fail --max-time 2 "http://$address:8080/") && break
		sleep 0.1
	done
	[ "$answer" = "Hello from a full system." ]
	[ "$(hull exec hello systemctl is-system-running --wait)" = running ]
	hull stop hello >/dev/null
	[ "$(hull inspect -f '{{.State.ExitCode}}' hello)" != 137 ]
	hull rm hello >/dev/null
}

@test "what a first boot makes anew is not in the image" {
	out=$(unpacked example/hello:candidate)
	[ ! -s "$out/etc/machine-id" ] && [ ! -e "$out/var/lib/systemd/random-seed" ]
	[ -z "$(ls -A "$out/run")" ] && [ -z "$(ls -A "$out/tmp")" ]
	[ -z "$(find "$out/var/log" -type f -size +0)" ]
	[ -z "$(find "$out/var/cache/apt" "$out/var/lib/apt/lists" -type f)" ]
}

@test "PID 1 is the init, with no more rights than any container" {
	stage_script boot/rights stage3.sh <<'EOF'
#!/bin/sh
set -eu
[ "$(cat /proc/1/comm)" = systemd ]
[ "$(systemctl is-system-running)" = running ]
capabilities=$(sed -n 's/^CapBnd:\t//p' /proc/1/status)
echo "bounding set $capabilities"
[ "$capabilities" = 00000000a80425fb ]
! mount -t tmpfs none /mnt 2>/dev/null
! mknod /tmp/disk b 8 0 2>/dev/null || ! dd if=/tmp/disk of=/dev/null bs=1 count=1 2>/dev/null
systemd-run --wait --quiet true
EOF
	stage boot/rights
	log_has "bounding set 00000000a80425fb"
}

@test "a system that comes up degraded is told, and which unit it was" {
	units=$(injected boot/degraded)/etc/systemd/system
	mkdir -p "$units/multi-user.target.wants"
	printf '[Service]\nType=oneshot\nExecStart=/bin/false\n' >"$units/sad.service"
	ln -s ../sad.service "$units/multi-user.target.wants/sad.service"
	stage boot/degraded
	log_has "the system is degraded; failed units"
	log_has "sad.service"
}

@test "an init that does not boot fails the build and shows its console" {
	dir=$(injected boot/broken)/opt/broken
	mkdir -p "$dir"
	printf '#!/bin/sh\necho "the console says no"\nexit 4\n' >"$dir/systemd"
	chmod 755 "$dir/systemd"
	fails 1 boot/broken -e MS_COMMAND=/opt/broken/systemd
	log_has "'/opt/broken/systemd' ended with status 4 instead of booting"
	log_has "the console says no"
	[ -z "$(hull ps -aq)" ]
}

@test "ACLs, attributes and capabilities are equal in other tools" {
	dir=$(injected boot/fidelity)/srv/tree
	mkdir -p "$dir/d"
	echo x >"$dir/f"
	chmod 640 "$dir/f"
	chown 33:44 "$dir/f"
	setfacl -m u:65534:r--,g:65753:rw- "$dir/f"
	setfacl -m u:7:rwx -d -m g:65753:rwx "$dir/d"
	setfattr -n user.note -v kept "$dir/f"
	cp /bin/true "$dir/c"
	setcap cap_net_raw=ep "$dir/c"
	ln "$dir/f" "$dir/hard"
	stage boot/fidelity
	tell() { (cd "$1/srv/tree" && getfacl -Rn . && getfattr -d -m 'user\.' f && getcap c && stat -c '%a %u %g %h' f hard c d); }
	hull export --format oci -o "$BATS_TEST_TMPDIR/oci" boot/fidelity:candidate

	umoci unpack --image "$BATS_TEST_TMPDIR/oci:candidate" "$BATS_TEST_TMPDIR/umoci" 2>/dev/null ||
		umoci unpack --image "$BATS_TEST_TMPDIR/oci:$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' \
			"$BATS_TEST_TMPDIR/oci/index.json")" "$BATS_TEST_TMPDIR/umoci"
	diff <(tell "$(dirname "$(dirname "$dir")")") <(tell "$BATS_TEST_TMPDIR/umoci/rootfs")

	export CONTAINERS_STORAGE_CONF=$BATS_TEST_TMPDIR/storage.conf
	printf '[storage]\ndriver = "overlay"\nrunroot = "%s"\ngraphroot = "%s"\n' "$BATS_TEST_TMPDIR/run" \
		"$BATS_TEST_TMPDIR/podman" >"$CONTAINERS_STORAGE_CONF"
	hull export --format docker-archive -o "$BATS_TEST_TMPDIR/docker.tar" boot/fidelity:candidate
	podman load -q -i "$BATS_TEST_TMPDIR/docker.tar" >/dev/null
	mounted=$(podman image mount "$(podman images -q | head -n 1)")
	status=0
	diff <(tell "$(dirname "$(dirname "$dir")")") <(tell "$mounted") || status=1
	podman image umount -a >/dev/null
	podman system reset -f >/dev/null 2>&1 || true
	[ $status = 0 ]
}

@test "the report is one page that a browser shows" {
	command -v chromium >/dev/null || skip "needs chromium"
	page=$BATS_TEST_TMPDIR/report.html
	stage example/hello --no-cache --report "$page"
	chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --user-data-dir="$BATS_TEST_TMPDIR/profile" \
		--dump-dom "file://$page" >"$BATS_TEST_TMPDIR/dom" 2>/dev/null
	for wanted in '<title>example/hello - staged build</title>' 'id="timeline"' 'id="files"' 'id="directories"' \
		'id="settings"' 'id="log"' '/srv/hello/greeting' 'class="bar' 'all is well'; do
		grep -qF -- "$wanted" "$BATS_TEST_TMPDIR/dom" || { echo "no $wanted"; return 1; }
	done
	[ "$(grep -c '<tr>' "$BATS_TEST_TMPDIR/dom")" -gt 30 ]
	run -1 grep -E 'https?://|<script|<img|<link|src=' "$page"
	stage_script boot/report stage3.sh <<<$'#!/bin/sh\necho "<b>no</b>"\nexit 3'
	fails 1 boot/report --report "$page"
	grep -qF 'class="verdict bad">failed: boot/report: build failed: stage3.sh ended with status 3' "$page"
	grep -qF '&lt;b&gt;no&lt;/b&gt;' "$page"
}

@test "what a build costs beside what runs in it" {
	stage_script boot/cost stage3.sh <<<$'#!/bin/sh\ntrue'
	stage boot/cost
	best=999999
	for _ in 1 2 3; do
		MS_IMAGE=boot/cost /usr/bin/env time -f '%M' -o peak "$HULL" stage --json --no-cache >events 2>/dev/null || true
		ms=$(jq -s '[.[] | select(.event == "end" and (.step | IN("inject", "boot", "stop", "scrub", "markers", "commit"))) | .ms] | add' events)
		[ "$ms" -ge $best ] || best=$ms
	done
	echo "# boot to commit $best ms" >&3
	# The aim is 900 ms on a quiet machine; this only notices when something is badly wrong.
	[ "$best" -lt 5000 ]
}
