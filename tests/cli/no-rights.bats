# no-rights.bats - what the host does not grant, lacks or was asked wrongly: one line that names it, and nothing changed.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/hull
bats_require_minimum_version 1.5.0

setup_file()
{
	hull_begin
	chmod 755 "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" 2>/dev/null || true
	hull_busybox base
	cp "$HULL" "$BATS_FILE_TMPDIR/hull" # where another user can get at it
}

teardown_file() { hull_end; }

as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

@test "without root's rights a command says so, and help and version work" {
	for command in 'images' 'run base true' 'ps' 'import x' 'system check' 'rm x'; do
		# shellcheck disable=SC2086 # words
		refused '1*' "*needs root's rights*" as_nobody "$BATS_FILE_TMPDIR/hull" $command
	done
	as_nobody "$BATS_FILE_TMPDIR/hull" --version
	as_nobody "$BATS_FILE_TMPDIR/hull" run --help >/dev/null
	refused 2 "*did you mean 'images'*" as_nobody "$BATS_FILE_TMPDIR/hull" imagse
	hull_is_sound
}

@test "root without capabilities is told what the kernel refused" {
	refused '1*' '*ermission denied*|*peration not permitted*|*ermitted*' \
		setpriv --bounding-set -all --inh-caps -all "$HULL" run --rm --network none base true ||
		refused '1*' '*permitted*' setpriv --bounding-set -all --inh-caps -all "$HULL" run --rm --network none base true
	hull system prune -f >/dev/null
	hull_is_sound
	hull_nothing_left
}

@test "a store that may not be written, or is none" {
	mkdir "$BATS_TEST_TMPDIR/read-only"
	mount -t tmpfs -o ro none "$BATS_TEST_TMPDIR/read-only" || skip "needs the right to mount a tmpfs"
	refused 1 "*$BATS_TEST_TMPDIR/read-only*Read-only file system*" "$HULL" --root "$BATS_TEST_TMPDIR/read-only" images
	echo text >"$BATS_TEST_TMPDIR/file"
	refused 1 "*$BATS_TEST_TMPDIR/file*" "$HULL" --root "$BATS_TEST_TMPDIR/file" images
	mkdir "$BATS_TEST_TMPDIR/foreign"
	echo 99 >"$BATS_TEST_TMPDIR/foreign/VERSION"
	refused 1 "*$BATS_TEST_TMPDIR/foreign*99*" "$HULL" --root "$BATS_TEST_TMPDIR/foreign" images
	[ "$(ls "$BATS_TEST_TMPDIR/foreign")" = VERSION ]
}

# A PATH with everything but the OCI runtimes.
path_without_runtimes()
{
	local dir
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	for dir in /usr/sbin /usr/bin /sbin /bin /usr/local/bin /usr/local/sbin; do
		[ ! -d $dir ] || find $dir -maxdepth 1 ! -name runc ! -name crun ! -type d -exec ln -sf -t "$BATS_TEST_TMPDIR/bin" {} +
	done
	printf '%s\n' "$BATS_TEST_TMPDIR/bin"
}

@test "without an OCI runtime run says which are looked for, and all else works" {
	path=$(path_without_runtimes)
	refused 125 '*runc*' env PATH="$path" "$HULL" run --rm base true
	refused 125 '*crun*' env PATH="$path" "$HULL" run --rm base true
	refused 125 '*nonesuch*' "$HULL" --runtime nonesuch run --rm base true
	refused 125 '*/no/such/runtime*' "$HULL" --runtime /no/such/runtime run --rm base true
	env PATH="$path" "$HULL" images >/dev/null
	env PATH="$path" "$HULL" create --name made base true >/dev/null
	hull start -a made
	hull rm made
	# as docker does, what fails when it starts stays, to be looked at
	[ -z "$(hull ps -a --format '{{.State}}' | grep -vx created)" ]
	hull_remove_all
	hull_is_sound
	hull_nothing_left
}

@test "a store where overlay cannot be mounted is served by copies, unless overlay was asked for" {
	# an overlay is no upper directory of another
	mkdir "$BATS_TEST_TMPDIR"/{l,u,w,m}
	mount -t overlay -o "lowerdir=$BATS_TEST_TMPDIR/l,upperdir=$BATS_TEST_TMPDIR/u,workdir=$BATS_TEST_TMPDIR/w" none \
		"$BATS_TEST_TMPDIR/m" || skip "needs a kernel with overlayfs"
	export HULL_ROOT="$BATS_TEST_TMPDIR/m/store"
	hull_busybox base
	refused 125 '*overlay*' "$HULL" --storage-driver overlay run --rm --network none base true
	[ "$(hull run --rm --network none base echo works)" = works ]
	hull run --name made --network none base sh -c 'echo made >/made; chmod 700 /tmp'
	[ "$(hull diff made | grep -v -e ' /etc' | sort)" = "$(printf 'A /made\nC /tmp')" ]
	hull commit made changed >/dev/null
	[ "$(hull run --rm --network none changed cat /made)" = made ]
	# deletions are whiteouts in a layer, which an overlay keeps to itself
	hull run --name deletes --network none base rm /etc/group
	[ "$(hull diff deletes | grep group)" = 'D /etc/group' ]
	refused 1 '*keep the store on another file system*' "$HULL" commit deletes changed
	hull_is_sound
	hull_end
}

teardown() { hull_unmount "$BATS_TEST_TMPDIR"; }

@test "drivers have names" {
	refused '[12]*' "*'ovrelay'*" "$HULL" --storage-driver ovrelay images
	refused '[12]*' "*'zfs'*" env HULL_STORAGE_DRIVER=zfs "$HULL" images
}

@test "two containers of one name at once: one wins, the other says who has it" {
	for round in $(seq 5); do
		for i in 1 2 3 4; do
			(
				status=0
				hull create --name same base true >"$BATS_TEST_TMPDIR/out$i" 2>"$BATS_TEST_TMPDIR/err$i" || status=$?
				echo $status >"$BATS_TEST_TMPDIR/status$i"
			) 3>&- &
		done
		wait
		[ "$(sort "$BATS_TEST_TMPDIR"/status? | tr -d '\n')" = 0111 ]
		id=$(cat "$BATS_TEST_TMPDIR"/out?)
		[ "$(grep -l "same.*${id:0:12}\|${id:0:12}.*same" "$BATS_TEST_TMPDIR"/err? | wc -l)" = 3 ]
		[ "$(hull ps -aq | wc -l)" = 1 ]
		hull rm same >/dev/null
	done
	hull_is_sound
}

@test "two imports and commits of one tag at once: both are there, the tag is one of them" {
	hull create --name one base true >/dev/null
	for i in 1 2 3; do
		hull import -q -m "$i" "$(hull_busybox_tar)" tag:1 >"$BATS_TEST_TMPDIR/id$i" 3>&- &
		hull commit -m "$i" one tag:1 >"$BATS_TEST_TMPDIR/id$i$i" 3>&- &
	done
	wait
	for file in "$BATS_TEST_TMPDIR"/id*; do
		hull inspect "$(cat "$file")" >/dev/null
	done
	grep -qxF "$(hull inspect -f '{{.Id}}' tag:1)" "$BATS_TEST_TMPDIR"/id*
	hull rm one >/dev/null
	hull_is_sound
}

@test "the nearest right name of commands and options" {
	while IFS='|' read -r words said; do
		# shellcheck disable=SC2086 # words
		refused '[12]*' "*$said*" "$HULL" $words </dev/null
	done <<-'END'
		rnu base|unknown command 'rnu' (did you mean 'run'?)
		comit one|did you mean 'commit'
		system chekc|unknown command 'system chekc' (did you mean 'check'?)
		image lss|did you mean 'ls'
		--rot /x images|did you mean '--root'
		run --detatch base|did you mean '--detach'
		run --volumee=/a base|did you mean '--volume'
		run --cap-ad X base|did you mean '--cap-add'
		commit --massage x one|did you mean '--message'
		import --chnage x y|did you mean '--change'
		system prune --al|did you mean '--all'
		export --fromat oci base|did you mean '--format'
		ps --fliter x=y|did you mean '--filter'
	END
}

@test "what is asked wrongly is named, and nothing has run" {
	while IFS='|' read -r words said; do
		# shellcheck disable=SC2086 # words
		refused '[12]*' "*$said*" "$HULL" $words </dev/null
	done <<-'END'
		run nosuch true|'nosuch'
		run base:notag true|base:notag
		run --cap-add NET_ADMINN base true|NET_ADMIN
		run --network nosuch base true|nosuch
		run -m 1x base true|1x
		run -m 1 base true|
		run --cpus 0,5 base true|0,5
		run -p 70000:80 base true|70000
		run -v relative/path:relative base true|relative
		run --mount type=bnd,src=/a,dst=/b base true|bnd
		run --mount type=bind,sorce=/a,dst=/b base true|sorce
		run -e =x base true|
		run --ulimit nofil=1 base true|nofil
		run --restart sometimes base true|sometimes
		run --stop-signal SIGNONE base true|SIGNONE
		run --user nobodyhere base true|nobodyhere
		run --device /dev/nosuch base true|/dev/nosuch
		run --env-file /no/such/file base true|/no/such/file
		run --security-opt secomp=x base true|secomp
		run --gpus all base true|gpus
		exec nosuch true|nosuch
		rm nosuch|nosuch
		kill -s NOSUCH nosuch|nosuch
		inspect nosuch|nosuch
		logs nosuch|nosuch
		export nosuch|nosuch
		commit nosuch x|nosuch
		ps --filter nosuch=1|nosuch
		images --filter dangeling=true|dangeling
		images --format {{.Nmaes}}|Nmaes
		tag base UPPER:x|UPPER
		import /no/such/file x|/no/such/file
	END
	# as docker does, what fails when it starts stays, to be looked at
	[ -z "$(hull ps -a --format '{{.State}}' | grep -vx created)" ]
	hull_remove_all
	hull_is_sound
	hull_nothing_left
}
