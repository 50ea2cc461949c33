#!/usr/bin/env bats
# cp.bats - docker cp's rules, both ways; links that want out stay harmless.
load setup

setup_container() {
	rootfs r.tar
	hull import -q r.tar base:1 >/dev/null
	hull create --name box base:1 /usr/bin/hello >/dev/null
	mkdir -p src/sub && echo a >src/a && echo b >src/sub/b
	echo file >file
}
content() { hull cp "$1" - | tar -xO; }

@test "a file is copied in by docker's rules" {
	setup_container
	hull cp file box:/new
	[ "$(content box:/new)" = file ]
	hull cp file box:/etc
	[ "$(content box:/etc/file)" = file ]
	hull cp file box:etc/plain
	[ "$(content box:/etc/plain)" = file ]
	run -1 hull cp file box:/missing/
	[[ $output == *"there is no directory '/missing/'"* ]]
	run -1 hull cp file box:/missing/dir/file
	run -2 hull cp file box:/etc/plain/
	run -1 hull cp gone box:/x
	[[ $output == *"there is no 'gone'"* ]]
	run -2 hull cp file/ box:/x
	cp file etc && run -1 hull cp etc box:/
	[[ $output == *"is a directory: a file does not replace it"* ]]
}

@test "a directory is copied in by docker's rules" {
	setup_container
	hull cp src box:/into
	[ "$(content box:/into/sub/b)" = b ]
	hull cp src box:/etc
	[ "$(content box:/etc/src/a)" = a ]
	hull cp src/. box:/empty
	[ "$(content box:/empty/a)" = a ]
	hull cp src/ box:/empty
	[ "$(content box:/empty/src/sub/b)" = b ]
	run -2 hull cp src box:/etc/plain
	[[ $output == *"is a file: a directory does not replace it"* ]]
	run -1 hull cp src box:/no/such/dir
}

@test "files and directories are copied out by the same rules" {
	setup_container
	hull cp box:/etc/plain .
	cmp plain tree/etc/plain
	hull cp box:/etc/plain other
	cmp other tree/etc/plain
	hull cp box:/dir out
	diff <(cd tree/dir && find . | sort) <(cd out && find . | sort)
	mkdir there && hull cp box:/dir there
	[ -e there/dir/owned ]
	hull cp box:/dir/. there
	[ -e there/owned ]
	hull cp box:/. all
	[ -p all/pipe ] && [ -c all/null ]
	run -1 hull cp box:/nothing x
	[[ $output == *"there is no '/nothing'"* ]]
	run -1 hull cp box:/etc/plain missing/
}

@test "owners become those of the place, with -a they stay" {
	setup_container
	chown 1234:1234 src/a
	hull cp src box:/plainly
	hull cp -a src box:/kept
	hull cp box:/plainly/a - | tar -tv --numeric-owner | grep -q ' 0/0 '
	hull cp box:/kept/a - | tar -tv --numeric-owner | grep -q ' 1234/1234 '
	hull cp box:/dir/owned mine && hull cp -a box:/dir/owned theirs
	[ "$(stat -c %u:%g mine theirs | tr '\n' ' ')" = '0:0 1000:100 ' ]
}

@test "modes, times, xattrs and ACLs are copied" {
	setup_container
	hull cp -a box:/. out
	diff <(listing tree | grep -v ' hard\|owned') <(listing out | grep -v ' hard\|owned')
	hull cp -a tree box:/again
	hull cp -a box:/again again
	diff <(listing tree) <(listing again)
}

@test "a link is copied as a link, with -L as what it leads to" {
	setup_container
	hull cp box:/dir/soft link
	[ "$(readlink link)" = ../etc/plain ]
	hull cp -L box:/dir/soft followed
	[ ! -L followed ] && cmp followed tree/etc/plain
	ln -s file local
	hull cp local box:/etc/local
	hull cp box:/etc/local back && [ "$(readlink back)" = file ]
	hull cp -L local box:/etc/local2
	[ "$(content box:/etc/local2)" = file ]
}

@test "a tar stream comes and goes" {
	setup_container
	hull cp box:/dir - | tar -t >names
	grep -qx dir/ names && grep -qx dir/deep/ names
	hull cp box:/dir/. - | tar -t >names
	grep -qx deep/ names
	tar -c src | hull cp - box:/etc
	[ "$(content box:/etc/src/a)" = a ]
	tar -cz src | hull cp - box:/empty
	[ "$(content box:/empty/src/sub/b)" = b ]
	run -1 hull cp - box:/nowhere < <(tar -c src)
	run -2 hull cp - box:/etc/plain < <(tar -c src)
	run -1 hull cp - box:/etc </dev/urandom
	[ "${#lines[@]}" = 1 ]
}

@test "links in a container that want out lead nowhere else" {
	setup_container
	mkdir outside && echo secret >outside/secret
	mkdir evil
	ln -s "$PWD/outside" evil/dir
	ln -s "$PWD/outside/secret" evil/file
	ln -s ../../../../../../../../../..$PWD/outside evil/up
	hull cp evil/. box:/
	for path in dir/secret up/secret; do
		run -1 hull cp "box:/$path" stolen
	done
	run -1 hull cp -L box:/file stolen
	[ ! -e stolen ]
	for path in dir/x up/x; do
		run -1 hull cp file "box:/$path"
	done
	run hull cp file box:/file
	[ "$(cat outside/secret)" = secret ]
	[ "$(ls outside)" = secret ]
	# a tree over a link: the link is not followed
	mkdir -p over/dir && echo x >over/dir/x
	run hull cp over/. box:/
	[ "$(ls outside)" = secret ]
	run hull cp - box:/ < <(tar -C over -c dir)
	[ "$(ls outside)" = secret ]
	# what comes out is not followed on the host's side of the copy
	mkdir host && ln -s "$PWD/outside" host/dir
	mkdir -p in/dir && echo y >in/dir/y && hull cp in box:/tmp-in
	run hull cp box:/tmp-in/. host
	[ "$(ls outside)" = secret ]
}

@test "a stopped container's volumes and bind mounts are where they will be" {
	rootfs r.tar
	hull import -q r.tar base:1 >/dev/null
	mkdir -p bound/sub && echo one >single && echo file >file
	hull create --name box -v vol:/data -v "$PWD/bound:/bound/deep" -v "$PWD/bound:/ro:ro" \
		-v "$PWD/single:/etc/single" base:1 /usr/bin/hello >/dev/null
	hull cp file box:/data/
	hull cp file box:/bound/deep/sub/new
	[ "$(cat bound/sub/new)" = file ]
	[ "$(cat "$HULL_ROOT"/volumes/vol/file)" = file ]
	hull cp file box:/etc/single
	[ "$(cat single)" = file ]
	run -1 hull cp file box:/ro/x
	[[ $output == *"'/ro/x' is mounted read-only"* ]]
	mkdir out && hull cp box:/data out && [ -e out/data/file ]
	hull cp box:/bound/deep/. out2 && [ -e out2/sub/new ]
	hull cp box:/ro/sub/new - | tar -xO | grep -qx file
	hull create --name fixed --read-only base:1 /usr/bin/hello >/dev/null
	run -1 hull cp file fixed:/x
	[[ $output == *"read-only"* ]]
}

@test "cp says what it does not do" {
	setup_container
	run -2 hull cp box:/a box:/b
	[[ $output == *"not between containers"* ]]
	run -2 hull cp file other
	[[ $output == *"neither 'file' nor 'other' is CONTAINER:PATH"* ]]
	run -1 hull cp file nobody:/x
	[[ $output == *"no such container"* ]]
	run -2 hull cp file box:
	run -2 hull cp file
	run -2 hull cp --archiv file box:/
	[[ $output == *"--archive"* ]]
	touch a:b && hull cp ./a:b box:/with-colon
	content box:/with-colon
}
