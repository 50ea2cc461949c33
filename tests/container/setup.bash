# setup.bash - what every test of this folder begins with: a store of its own with one small image.
bats_require_minimum_version 1.5.0

setup() {
	: "${HULL:?is the program under test}"
	export HULL_ROOT=$BATS_TEST_TMPDIR/root
	unset SOURCE_DATE_EPOCH
	cd "$BATS_TEST_TMPDIR" || return 1
	need_containers
	image box
}

teardown() {
	local id
	[ -n "${HULL_ROOT:-}" ] || return 0
	for id in $("$HULL" ps -aq --external 2>/dev/null); do
		"$HULL" rm -f -v "$id" >/dev/null
	done
	# Nothing of a container may outlive it.
	if mount | grep -F "$HULL_ROOT/"; then
		echo "mounts are left over"
		return 1
	fi
}

hull() { "$HULL" "$@"; }

# box [OPTIONS] COMMAND...: a container that is gone afterwards, without a network.
box() { "$HULL" run --rm --network none "$@"; }

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "needs $tool"
	done
}

need_containers() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	unshare -m true 2>/dev/null || skip "needs mount namespaces"
	command -v crun >/dev/null || command -v runc >/dev/null || skip "needs crun or runc"
	need busybox
	busybox true
}

need_controller() {
	grep -qw "$1" /sys/fs/cgroup/cgroup.controllers 2>/dev/null || [ -d "/sys/fs/cgroup/$1" ] ||
		skip "needs the cgroup controller $1"
}

need_bridge() {
	[ -x /usr/lib/cni/bridge ] || skip "needs the CNI plugins (package containernetworking-plugins)"
	ip link add hulltest type bridge 2>/dev/null || skip "needs bridges in the kernel"
	ip link del hulltest
}

# rootfs: a static busybox and what a small system has, made once a file of tests.
rootfs() {
	local dir=$BATS_FILE_TMPDIR/rootfs tool
	[ -e "$BATS_FILE_TMPDIR/rootfs.tar" ] && return
	mkdir -p "$dir"/{bin,etc,tmp,root,data/sub,home/user}
	cp "$(command -v busybox)" "$dir/bin/busybox"
	for tool in $(busybox --list); do
		[ "$tool" = busybox ] || ln -s busybox "$dir/bin/$tool"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$dir/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\nextra:x:77:user\nmore:x:88:\n' >"$dir/etc/group"
	echo content >"$dir/data/file"
	echo deep >"$dir/data/sub/file"
	chown 1000:77 "$dir/data" "$dir/data/file"
	chmod 2750 "$dir/data"
	tar -C "$dir" --numeric-owner -cf "$BATS_FILE_TMPDIR/rootfs.tar" .
}

# image NAME [CHANGE...]
image() {
	local name=$1 change changes=()
	shift
	for change; do
		changes+=(--change "$change")
	done
	rootfs
	"$HULL" import -q --change 'CMD ["sh"]' --change 'ENV PATH=/bin' "${changes[@]}" "$BATS_FILE_TMPDIR/rootfs.tar" "$name" >/dev/null
}

# state NAME FIELD: one field of inspect's State.
state() { "$HULL" inspect -f "{{.State.$2}}" "$1"; }

# monitor NAME: the pid of its monitor.
monitor() {
	local id
	id=$("$HULL" inspect -f '{{.Id}}' "$1")
	sed -E 's/.*"monitorPid":([0-9]+).*/\1/' "$HULL_ROOT/containers/$id/state.json"
}

# until_is SECONDS COMMAND...: waits until the command succeeds.
until_is() {
	local tries=$(($1 * 20))
	shift
	until "$@"; do
		[ $((tries--)) -gt 0 ] || return 1
		sleep 0.05
	done
}

# on_terminal ROWS COLUMNS INPUT COMMAND...: runs it on a terminal, types the input, tells what was seen.
on_terminal() { python3 "$BATS_TEST_DIRNAME/on_terminal.py" "$@"; }
