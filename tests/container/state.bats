#!/usr/bin/env bats
# state.bats - an image that configures itself at start: hull-init launches, hull-state applies the pillar.
# SPDX-License-Identifier: Apache-2.0
load setup

setup_file() {
	: "${HULL_INIT:?is the init under test}" "${HULL_STATE:?is the program under test}"
}

# An image of busybox and the two programs, without a shell but busybox's, and the example's project.
configured() {
	example=$BATS_TEST_DIRNAME/../../examples/configured-app
	rootfs=$BATS_TEST_TMPDIR/rootfs
	mkdir -p "$rootfs"/{bin,etc/hull,usr/sbin,tmp,run,root,srv/projects/app}
	cp /bin/busybox "$rootfs/bin/"
	for tool in sh httpd wget cat ls; do ln -s busybox "$rootfs/bin/$tool"; done
	printf 'root:x:0:0::/root:/bin/sh\n' >"$rootfs/etc/passwd"
	printf 'root:x:0:\n' >"$rootfs/etc/group"
	cp "$HULL_INIT" "$rootfs/usr/sbin/hull-init"
	cp "$HULL_STATE" "$rootfs/usr/sbin/hull-state"
	cp "$example/init.ini" "$rootfs/etc/hull/init.ini"
	cp -r "$example/project" "$example/pillar" "$rootfs/srv/projects/app/"
	tar -C "$rootfs" -c . | hull import - configured >/dev/null
	volume=$BATS_TEST_TMPDIR/volume
	cp -r "$example/data" "$volume"
}

launch() {
	hull run --name app --network none -v "$volume:/srv/projects/app/data" "$@" configured \
		/srv/projects/app/project/bin/launch.sh re_configure=True
}

page() { hull exec app wget -qO- "http://127.0.0.1:8080/$1"; }

started() {
	for _ in $(seq 200); do
		page '' >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	hull logs app
	return 1
}

@test "a container configures itself from the pillar in its volume, without a tool in the image" {
	configured
	launch -d >/dev/null
	started
	[ "$(page '')" = "$(printf '<h1>Welcome to app.example.org</h1>\n<p>2 users</p>')" ]
	[ "$(page ada.html)" = "Good morning, ada" ]
	[ "$(page brian.html)" = "Hello, brian!" ]
	# the password was made once, is kept in the volume for root alone, and is told to nobody
	password=$(hull exec app cat /etc/app/httpd.conf | sed -n 's/^.admin:admin://p')
	[ "${#password}" -eq 16 ]
	run -0 hull logs app
	[[ $output != *"$password"* ]]
	hull rm -f app >/dev/null

	# another container with the same volume has the same password; one with a new pillar other pages
	printf 'makina-projects.app:\n  data:\n    title: "{domain} moved"\n' >"$volume/configuration/pillar.sls"
	launch -d >/dev/null
	started
	[ "$(page '' | head -1)" = "<h1>app.example.test moved</h1>" ]
	[ "$(hull exec app cat /etc/app/httpd.conf | sed -n 's/^.admin:admin://p')" = "$password" ]
	hull rm -f app >/dev/null
}

@test "a pillar that cannot be read stops the start with its line, and nothing runs" {
	configured
	printf 'makina-projects.app:\n  data:\n    domain: {{ nobody }}\n' >"$volume/configuration/pillar.sls"
	run launch --rm
	[ "$status" -ne 0 ]
	[[ $output == *"pillar"*":3:"*"'nobody' is undefined"* ]]
	printf 'makina-projects.app:\n  data: [1]\n' >"$volume/configuration/pillar.sls"
	run launch --rm
	[ "$status" -ne 0 ]
	[[ $output == *"pillar"*":2:"* ]]
}

@test "a second start finds everything as it should be" {
	configured
	launch -d >/dev/null
	started
	run -0 hull exec app /usr/sbin/hull-state deploy app --only install --steps 050_conf --out json
	[ "$(jq -r '[.local.steps["050_conf"][] | select(.changes != {})] | length' <<<"$output")" = 0 ]
	[ "$(jq -r '.local.result' <<<"$output")" = true ]
	hull rm -f app >/dev/null
}
