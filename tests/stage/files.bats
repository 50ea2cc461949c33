#!/usr/bin/env bats
# files.bats - what is injected arrives exactly; what the build needed stays out; what is scrubbed goes.
# SPDX-License-Identifier: Apache-2.0
load stage

setup_file() { stage_begin; }
teardown_file() { stage_end; }
setup() { cd "$BATS_TEST_TMPDIR" || return; }

@test "every kind of file arrives with everything it has" {
	dir=$(injected files/kinds)
	mkdir -p "$dir/srv/deep/er" "$dir/etc"
	echo plain >"$dir/srv/plain"
	chmod 4751 "$dir/srv/plain"
	chown 1234:4321 "$dir/srv/plain"
	touch -d '2001-02-03 04:05:06.789' "$dir/srv/plain"
	ln "$dir/srv/plain" "$dir/etc/same" # between two top directories
	ln -s ../nowhere "$dir/srv/soft"
	ln -s /etc "$dir/srv/absolute"
	mkfifo "$dir/srv/pipe"
	mknod "$dir/srv/device" c 1 7
	truncate -s 20M "$dir/srv/sparse"
	setfattr -n user.note -v hello "$dir/srv/deep"
	setfattr -n trusted.note -v secret "$dir/srv/deep"
	echo x >"$dir/srv/capable"
	setcap cap_net_bind_service=ep "$dir/srv/capable"
	setfacl -m u:77:rwx,g:78:r-- "$dir/srv/deep/er"
	setfacl -d -m g:78:rwx "$dir/srv/deep/er"
	chmod 2750 "$dir/srv/deep"
	touch -d '1999-01-01 00:00:00' "$dir/srv/deep/er" "$dir/srv/deep"
	stage files/kinds -e MS_DO_ACLS=no -e MS_DO_PASSWORDS_RESET=no
	out=$(unpacked files/kinds:candidate)

	tell() { (cd "$1" && find srv etc/same -printf '%p %y %m %U:%G %s %l %Ts\n' | sort | grep -vE '^srv(/pillar|/mastersalt-pillar|/projects)? d '); }
	diff <(tell "$dir") <(tell "$out")
	[ "$(stat -c %i "$out/srv/plain")" = "$(stat -c %i "$out/etc/same")" ]
	diff <(cd "$dir" && getfacl -Rpn srv/deep) <(cd "$out" && getfacl -Rpn srv/deep)
	[ "$(getfattr --only-values -n user.note "$out/srv/deep")" = hello ]
	[ "$(getfattr --only-values -n trusted.note "$out/srv/deep")" = secret ]
	[ "$(getcap "$out/srv/capable")" = "$out/srv/capable cap_net_bind_service=ep" ]
	[ "$(stat -c '%t:%T' "$out/srv/device")" = 1:7 ]
}

@test "image_rootfs lies over injected_volumes, and both stay as they are" {
	dir=$(injected files/over)
	over=$MS_DATA_DIR/files/over/image_rootfs
	mkdir -p "$dir/srv/d" "$over/srv/d"
	echo below >"$dir/srv/d/both"
	echo below >"$dir/srv/d/one"
	echo above >"$over/srv/d/both"
	echo above >"$over/srv/d/two"
	chmod 700 "$over/srv/d"
	stage files/over
	out=$(unpacked files/over:candidate)
	[ "$(cat "$out/srv/d/both" "$out/srv/d/one" "$out/srv/d/two")" = $'above\nbelow\nabove' ]
	[ "$(stat -c %a "$out/srv/d")" = 700 ]
	[ "$(cat "$dir/srv/d/both")" = below ]
	[ ! -e "$dir/srv/d/two" ]

	# What is gone from the one does not linger in the other.
	rm "$over/srv/d/two"
	stage files/over
	out=$(unpacked files/over:candidate)
	[ ! -e "$out/srv/d/two" ] && [ -e "$out/srv/d/one" ]
}

@test "directories at the top keep what they are, and links there are followed" {
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree"
	tar -C "$tree" -xf "$(hull_busybox_tar)"
	mkdir -p "$tree/usr/lib" "$tree/opt"
	ln -s usr/lib "$tree/lib"
	chmod 1770 "$tree/opt"
	chown 5:6 "$tree/opt"
	setfacl -d -m u:99:rwx "$tree/opt"
	touch -d '2005-05-05 05:05:05' "$tree/opt" "$tree/usr"
	chmod 711 "$tree"
	tar -C "$tree" --numeric-owner --format=posix --xattrs --xattrs-include='*' -cf "$MS_DATA_DIR/top.tar" .

	dir=$(injected files/top)
	mkdir -p "$dir/opt/new" "$dir/usr" "$dir/lib/mine" "$dir/brandnew"
	chmod 777 "$dir/opt" "$dir/usr" "$dir" "$dir/brandnew"
	setfacl -d -m u:1:r "$dir/opt"
	echo x >"$dir/opt/new/file"
	echo x >"$dir/opt/file"
	echo x >"$dir/lib/mine/file"
	stage files/top -e MS_BASEIMAGE=top.tar
	out=$(unpacked files/top:candidate)
	[ "$(stat -c '%a %u:%g' "$out/opt")" = "1770 5:6" ]
	[ "$(getfacl -cdpn "$out/opt" | grep -c '^user:99:rwx\|^user:1:')" = 1 ]
	[ "$(stat -c '%Y' "$out/opt")" = "$(date -d '2005-05-05 05:05:05' +%s)" ]
	[ "$(stat -c '%a %Y' "$out/usr")" = "755 $(date -d '2005-05-05 05:05:05' +%s)" ]
	[ "$(stat -c %a "$out/brandnew")" = 777 ]
	[ "$(readlink "$out/lib")" = usr/lib ] && [ -e "$out/usr/lib/mine/file" ]
	# The default ACL of /opt is for what comes later, not for what was injected.
	[ -z "$(getfacl -pn "$out/opt/file" "$out/opt/new" "$out/opt/new/file" | grep '^user:99')" ]
	[ "$(stat -c %a "$out/opt/file")" = "$(stat -c %a "$dir/opt/file")" ]
}

@test "what was injected below mount points and into the engine's own files arrives" {
	dir=$(injected files/below)
	mkdir -p "$dir/docker/data" "$dir/docker/mine" "$dir/etc" "$dir/tmp" "$dir/run"
	echo a >"$dir/docker/data/kept"
	echo b >"$dir/docker/mine/kept"
	echo "127.0.0.1 mine" >"$dir/etc/hosts"
	echo c >"$dir/tmp/kept"
	echo d >"$dir/run/kept"
	stage_script files/below stage3.sh <<<$'#!/bin/sh\ntouch /docker/built /tmp/built /run/built; [ -d /docker/data/files/below ]'
	stage files/below
	out=$(unpacked files/below:candidate)
	[ "$(cat "$out/docker/data/kept" "$out/docker/mine/kept" "$out/tmp/kept" "$out/run/kept" "$out/etc/hosts")" = \
		$'a\nb\nc\nd\n127.0.0.1 mine' ]
	[ "$(cd "$out" && find docker tmp run | sort | tr '\n' ' ')" = \
		"docker docker/data docker/data/kept docker/mine docker/mine/kept run run/kept tmp tmp/kept " ]
}

@test "nothing of the build is left in the image" {
	stage_script files/clean stage3.sh <<'EOF'
#!/bin/sh
. /bootstrap_scripts/stage2.env
[ "$container" = docker ] && [ "$MS_IMAGE" = files/clean ] && [ "$SECRET" = hush ] || exit 9
echo done >/srv/done
EOF
	stage files/clean -e SECRET=hush --label from=build
	out=$(unpacked files/clean:candidate)
	[ -e "$out/srv/done" ]
	[ ! -e "$out/bootstrap_scripts" ] && [ ! -e "$out/docker" ]
	[ -e "$out/acls.txt" ] && [ -e "$out/acls.restore" ] && [ -e "$out/passwords.reset" ]
	run -0 hull inspect files/clean:candidate
	[[ $output != *MS_* && $output != *hush* && $output != *container=* && $output != *from*build* ]]
	run -1 grep -rsE 'hush|MS_IMAGE' "$out/srv" "$out/etc" "$out/acls.txt"
	[ "$(hull inspect -f '{{json .Config.Cmd}}' files/clean:candidate)" = '["/bin/sh"]' ]
	stage files/clean -e SECRET=hush -e MS_DO_ACLS=no -e MS_DO_PASSWORDS_RESET=maybe
	out=$(unpacked files/clean:candidate)
	[ ! -e "$out/acls.txt" ] && [ ! -e "$out/acls.restore" ] && [ ! -e "$out/passwords.reset" ]
}

@test "the list of ACLs is what getfacl says" {
	dir=$(injected files/acls)
	mkdir -p "$dir/srv/a b"
	echo x >"$dir/srv/a b/f"
	setfacl -m u:7:rw "$dir/srv/a b/f"
	setfacl -d -m g:8:rwx "$dir/srv/a b"
	stage files/acls
	out=$(unpacked files/acls:candidate)
	diff <(cd "$out" && getfacl -RnE --skip-base srv) <(grep -v '^$' -n "$out/acls.txt" >/dev/null; cat "$out/acls.txt")
	# A tool that loses them can give them back.
	setfacl -Rbk "$out/srv"
	(cd "$out" && setfacl --restore=acls.txt)
	diff <(cd "$dir" && getfacl -RnE --skip-base srv) <(cd "$out" && getfacl -RnE --skip-base srv)
}

@test "what was injected is never scrubbed, the rest is" {
	dir=$(injected files/scrub)
	mkdir -p "$dir/srv/pillar" "$dir/root/.ssh" "$dir/var/log" "$dir/etc/ssh"
	echo mine >"$dir/srv/pillar/init.sls"
	echo mine >"$dir/root/.ssh/authorized_keys"
	echo mine >"$dir/var/log/mine.log"
	echo mine >"$dir/etc/ssh/ssh_host_rsa_key"
	stage_script files/scrub stage3.sh <<'EOF'
#!/bin/sh
mkdir -p /root/.cache /home/u/.ssh /var/log/deep /etc/ssh /srv/pillar /etc/ssl/nginx
for f in /srv/pillar/built.sls /root/.ssh/known_hosts /root/.ssh/id_rsa /root/.cache/x /home/u/.ssh/authorized_keys \
	/root/.bash_history /var/log/deep/built.log /var/log/old.gz /etc/ssh/ssh_host_dsa_key /etc/ssl/nginx/key /tmp/x; do
	echo built >$f
done
EOF
	stage files/scrub
	out=$(unpacked files/scrub:candidate)
	[ "$(cat "$out/srv/pillar/init.sls" "$out/root/.ssh/authorized_keys" "$out/var/log/mine.log" \
		"$out/etc/ssh/ssh_host_rsa_key" | sort -u)" = mine ]
	for f in srv/pillar/built.sls root/.ssh/known_hosts root/.ssh/id_rsa root/.cache var/log/old.gz \
		etc/ssh/ssh_host_dsa_key etc/ssl/nginx/key tmp/x; do
		[ ! -e "$out/$f" ] || { echo "$f is there"; return 1; }
	done
	for f in home/u/.ssh/authorized_keys root/.bash_history var/log/deep/built.log; do
		[ -e "$out/$f" ] && [ ! -s "$out/$f" ] || { echo "$f is not empty"; return 1; }
	done
	stage files/scrub -e MS_DO_SNAPSHOT=no
	log_has "nothing is scrubbed"
	out=$(unpacked files/scrub:candidate)
	[ -e "$out/root/.ssh/id_rsa" ] && [ -e "$out/srv/pillar/built.sls" ]
}

@test "what no layer can hold is refused before anything is built" {
	dir=$(injected files/whiteout)
	mkdir "$dir/srv"
	echo x >"$dir/srv/.wh.name"
	fails 2 files/whiteout
	log_has ".wh.name"
	log_lacks "STAGE 0"
}

@test "a project is deployed as it was committed" {
	project=$MS_DATA_DIR/corpus/app
	mkdir -p "$project/.salt"
	git -C "$MS_DATA_DIR/corpus" -c init.defaultBranch=main init -q app
	git -C "$project" config user.email nobody@example.org
	git -C "$project" config user.name nobody
	echo committed >"$project/code.py"
	printf '#!/bin/sh\necho "own stage3"\n[ "$(cat /srv/projects/app/project/code.py)" = committed ]\n' >"$project/.salt/stage3.sh"
	ln -s code.py "$project/link"
	git -C "$project" add -A
	git -C "$project" commit -qm one
	echo dirty >"$project/code.py"
	echo new >"$project/untracked"
	stage corpus/app
	log_has "own stage3"
	out=$(unpacked corpus/app:candidate)
	deployed=$out/srv/projects/app/project
	[ "$(cat "$deployed/code.py")" = committed ] && [ ! -e "$deployed/untracked" ] && [ ! -e "$deployed/.git" ]
	[ "$(stat -c '%a %u:%g' "$deployed/code.py")" = "644 0:0" ] && [ "$(readlink "$deployed/link")" = code.py ]
	head=$(git -C "$project" rev-parse HEAD)
	[ "$(hull inspect -f '{{index .Config.Labels "org.opencontainers.image.revision"}}' corpus/app:candidate)" = "$head" ]
	# A change that is not committed changes nothing; a commit does.
	stage corpus/app
	was_cached
	git -C "$project" commit -qam two
	fails 1 corpus/app
}

@test "a project without a commit is refused" {
	mkdir -p "$MS_DATA_DIR/corpus/none/.salt"
	git -C "$MS_DATA_DIR/corpus" -c init.defaultBranch=main init -q none
	fails 2 corpus/none
	log_has "has no commit to deploy"
}

@test "hull-init is put into the image when asked for, and acts on the markers at the first start" {
	[ -x "${HULL_INIT:-$HULL_SHARE/build/cmd/hull-init/hull-init}" ] || skip "needs hull-init"
	dir=$(injected files/init)
	mkdir -p "$dir/etc/hull" "$dir/usr/bin" "$dir/srv/kept"
	printf '#!/bin/sh\n' >"$dir/usr/bin/circusctl"
	printf 'root:$6$salt$hash:19000::::::\n' >"$dir/etc/shadow"
	setfacl -m u:7:rwx "$dir/srv/kept"
	printf '[service:look]\ncommand = sh -c "ls /acls.restore /passwords.reset; cat /etc/shadow; exit 5"\nmain = yes\nrestart = never\n' \
		>"$dir/etc/hull/init.ini"
	stage files/init -e "MS_HULL_INIT=${HULL_INIT:-$HULL_SHARE/build/cmd/hull-init/hull-init}"
	out=$(unpacked files/init:candidate)
	[ "$(stat -c '%a %u' "$out/usr/sbin/hull-init")" = "755 0" ]
	[ "$(readlink "$out/usr/sbin/circusd")" = hull-init ]
	[ ! -e "$out/usr/sbin/circusctl" ] # the image has one of its own
	[ -e "$out/acls.restore" ] && [ -e "$out/passwords.reset" ]

	run -5 hull run --rm --network none files/init:candidate /usr/sbin/hull-init
	[[ $output == *"ACLs of "*" files are restored"* ]]
	[[ $output == *"1 passwords of the image are not valid any more"* ]]
	[[ $output == *"/acls.restore: No such file"* && $output == *"/passwords.reset: No such file"* ]]
	[[ $output == *'root:$6$'* && $output != *'$salt$'* ]]

	stage files/init -e MS_HULL_INIT=no
	out=$(unpacked files/init:candidate)
	[ ! -e "$out/usr/sbin/hull-init" ]
	run stage files/init -e MS_HULL_INIT=/nowhere/init
	[ "$status" != 0 ]
	[[ $output == *"MS_HULL_INIT"*"/nowhere/init"* ]]
}
