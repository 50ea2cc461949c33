# setup.bash - what every test of this folder begins with: a store of its own, and small trees.
bats_require_minimum_version 1.5.0

setup() {
	: "${HULL:?is the program under test}"
	export HULL_ROOT=$BATS_TEST_TMPDIR/root
	unset SOURCE_DATE_EPOCH
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	local id
	for id in $("$HULL" ps -aq 2>/dev/null); do
		"$HULL" rm -f "$id" >/dev/null
	done
}

hull() { "$HULL" "$@"; }

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "needs $tool"
	done
}

# tree DIR: every kind of file that a layer can hold.
tree() {
	mkdir -p "$1"/{etc,usr/bin,dir/deep,empty}
	echo plain >"$1/etc/plain"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
	printf '#!/bin/sh\necho hello\n' >"$1/usr/bin/hello"
	chmod 755 "$1/usr/bin/hello"
	ln "$1/etc/plain" "$1/dir/hard"
	ln -s ../etc/plain "$1/dir/soft"
	ln -s /etc/plain "$1/absolute"
	mkfifo "$1/pipe"
	mknod "$1/null" c 1 3
	echo owned >"$1/dir/owned"
	chown 1000:100 "$1/dir/owned"
	chmod 4755 "$1/dir/owned"
	setfattr -n user.colour -v blue "$1/etc/plain"
	setfacl -m u:1000:rw "$1/dir/deep"
	touch -d '2020-01-02T03:04:05' "$1/dir/deep" "$1/etc/plain"
	echo long >"$1/dir/$(printf 'n%.0s' {1..200})"
}

# listing DIR: everything that the files of a tree have, sorted.
listing() {
	(
		cd "$1" || exit 1
		find . -mindepth 1 -print0 | LC_ALL=C sort -z | while IFS= read -r -d '' file; do
			stat -c '%n %F %a %u:%g %y %h %t:%T %N' "$file"
			[ -L "$file" ] || [ ! -f "$file" ] || cksum <"$file"
			[ -L "$file" ] || getfacl -p -n -s "$file"
			getfattr -h -d -m 'user|trusted' "$file"
		done 2>/dev/null
	)
}

# rootfs FILE: the tree as a tar.
rootfs() {
	tree tree
	tar -C tree --xattrs --xattrs-include='*' --acls --numeric-owner --sort=name -cf "$1" .
}
