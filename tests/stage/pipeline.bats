#!/usr/bin/env bats
# pipeline.bats - stages 0 to 3 in order, what is cached, what a failure leaves, how it is told.
# SPDX-License-Identifier: Apache-2.0
load stage

setup_file() { stage_begin; }
teardown_file() { stage_end; }
setup() { cd "$BATS_TEST_TMPDIR" || return; }

id_of() { hull images -q --no-trunc "$1" 2>/dev/null; }

@test "the stages come in their order and the last word is the candidate" {
	stage pipe/order --no-cache
	grep -oE "STAGE -1|STAGE 0|STAGE 2|STAGE 3|CANDIDATE$|pipe/order:candidate sha256:[0-9a-f]{64}" \
		"$BATS_TEST_TMPDIR/log" | sed 's/ sha256.*//' | tr '\n' , >order
	[ "$(cat order)" = "STAGE -1,STAGE 0,STAGE 2,STAGE 3,CANDIDATE,pipe/order:candidate," ]
	log_has "step                                 seconds     files      bytes"
	[ -d "$MS_DATA_DIR/pipe/order/injected_volumes/bootstrap_scripts" ]
	for file in stage0.sh stage1.sh stage2.sh stage3.sh Dockerfile.stage0 scrub.conf; do
		cmp "$HULL_SHARE/stages/$file" "$MS_DATA_DIR/pipe/order/injected_volumes/bootstrap_scripts/$file"
	done
}

@test "-q prints the digest alone, --json one event a line" {
	MS_IMAGE=pipe/order run -0 --separate-stderr "$HULL" stage -q
	[[ $output =~ ^sha256:[0-9a-f]{64}$ && -z $stderr ]]
	MS_IMAGE=pipe/order "$HULL" stage --json --no-cache >events 2>/dev/null
	jq -es 'map(.event) | (index("banner") and index("value") and index("begin") and index("log") and index("end"))' \
		events >/dev/null
	[ "$(jq -r 'select(.event == "result") | .name' events)" = pipe/order:candidate ]
	jq -es 'map(select(.event == "end" and .step == "commit"))[0] | .files > 0 and .ms >= 0 and .failed == false' events
	MS_IMAGE=pipe/order "$HULL" stage --plain >out 2>err
	[[ $(cat out) == "pipe/order:candidate sha256:"*" (nothing changed)" ]] && ! grep -q "(nothing changed)" err
}

@test "nothing changed is answered from the cache, and each input is one" {
	dir=$(injected pipe/key)
	echo a >"$dir/file"
	stage pipe/key
	again() { stage pipe/key "$@" && was_cached; }
	anew() { stage pipe/key "$@" && ! was_cached; }
	again
	again --keep --report "$BATS_TEST_TMPDIR/report.html"
	echo b >"$dir/file" && anew && again
	chmod 600 "$dir/file" && anew && again
	setfacl -m u:5:r "$dir/file" && anew && again
	setfattr -n user.x -v y "$dir/file" && anew && again
	stage_script pipe/key stage3.sh <<<$'#!/bin/sh\ntrue'
	anew && again
	stage_script pipe/key stage2.sh <<<$'#!/bin/sh\ntrue'
	anew && again
	cp "$HULL_SHARE/stages/scrub.conf" "$MS_DATA_DIR/pipe/key/image_rootfs/bootstrap_scripts/"
	echo "remove /nothing" >>"$MS_DATA_DIR/pipe/key/image_rootfs/bootstrap_scripts/scrub.conf"
	anew && again
	anew -e X=1 && again -e X=1
	anew -e MS_GIT_BRANCH=other && again -e MS_GIT_BRANCH=other
	anew -e 'MS_COMMAND=/bin/sh -x'
	anew --compression zstd
	SOURCE_DATE_EPOCH=5 anew
	anew --no-cache
	hull rmi pipe/key:candidate >/dev/null
	stage pipe/key
	[ -n "$(id_of pipe/key:candidate)" ]
}

@test "the base layer is made again only for its own inputs" {
	stage pipe/base -e MS_OS_RELEASE=own
	echo x >"$(injected pipe/base)/x"
	stage pipe/base -e MS_OS_RELEASE=own
	log_has "the base layer is there already"
	log_lacks "+ $MS_DATA_DIR"
	[[ $(hull inspect -f '{{index .Config.Labels "MS_IMAGE_BUILD_KEY"}}' pipe/base-stage1) =~ ^[0-9a-f]{64}$ ]]
	stage_script pipe/base stage1.sh <"$HULL_SHARE/stages/stage1.sh"
	echo "# another" >>"$MS_DATA_DIR/pipe/base/image_rootfs/bootstrap_scripts/stage1.sh"
	stage pipe/base -e MS_OS_RELEASE=own
	log_lacks "the base layer is there already"
	log_has "reusing /docker/data/busybox.tar"
}

@test "tarballs of any compression are taken, and one that changed is noticed" {
	tar=$(hull_busybox_tar)
	xz -0 <"$tar" >"$MS_DATA_DIR/c.tar.xz"
	gzip -1 <"$tar" >"$MS_DATA_DIR/c.tar.gz"
	zstd -q -1 <"$tar" >"$MS_DATA_DIR/c.tar.zst"
	for form in xz gz zst; do
		stage "pipe/$form" -e "MS_BASEIMAGE=c.tar.$form"
	done
	tree=$BATS_TEST_TMPDIR/tree
	mkdir "$tree"
	tar -C "$tree" -xf "$tar"
	echo changed >"$tree/etc/changed"
	tar -C "$tree" -cf - . | gzip -1 >"$MS_DATA_DIR/c.tar.gz"
	stage pipe/gz -e MS_BASEIMAGE=c.tar.gz
	run -1 was_cached
	[ "$(cat "$(unpacked pipe/gz:candidate)/etc/changed")" = changed ]
}

@test "an image can be the base, and its tarball is not asked for" {
	hull import -c 'ENV FROM=base' -c 'ENTRYPOINT ["/bin/false"]' -c 'LABEL own=yes' "$(hull_busybox_tar)" my/base:1 >/dev/null
	stage pipe/onbase -e MS_BASE=my/base:1 -e MS_BASEIMAGE=nowhere.tar
	log_has "the base is the image my/base:1: no tarball is needed"
	[ "$(hull inspect -f '{{json .Config.Env}} {{json .Config.Entrypoint}} {{.Config.Labels.own}}' \
		pipe/onbase:candidate)" = '["FROM=base"] null yes' ]
	[ "$(hull history -q pipe/onbase:candidate | wc -l)" = 2 ]
}

@test "a failing self-test fails the build, shows its log, and keeps the old candidate" {
	stage pipe/fail
	before=$(id_of pipe/fail:candidate)
	stage_script pipe/fail stage3.sh <<<$'#!/bin/sh\necho the test says no >&2\nexit 3'
	fails 1 pipe/fail
	log_has "the test says no"
	log_has "pipe/fail: build failed: stage3.sh ended with status 3"
	[ "$(id_of pipe/fail:candidate)" = "$before" ]
	[ -z "$(hull ps -aq)" ]
	stage_script pipe/fail stage3.sh <<<$'#!/bin/sh\ntrue # better'
	stage pipe/fail
	[ "$(id_of pipe/fail:candidate)" != "" ]
}

@test "each stage's failure ends the build" {
	for n in 0 1 2; do
		stage_script "pipe/bad$n" "stage$n.sh" <<<$'#!/bin/sh\nexit 7'
		fails 1 "pipe/bad$n"
		[ -z "$(id_of "pipe/bad$n:candidate")" ]
	done
	stage_script pipe/badfile Dockerfile.stage0 <<<$'FROM scratch\nRUN_IT now'
	fails 2 pipe/badfile
	log_has "Dockerfile.stage0:2"
}

@test "--keep keeps the container of a failed build, to look at and to commit" {
	stage_script pipe/keep stage3.sh <<<$'#!/bin/sh\necho crumbs >/srv/crumbs\nexit 3'
	fails 1 pipe/keep --keep
	log_has "the container is kept"
	name=$(sed -n 's/.*the container is kept: //p' "$BATS_TEST_TMPDIR/log")
	[ "$(hull exec "$name" cat /srv/crumbs)" = crumbs ]
	hull rm -f "$name"
}

@test "--shell opens a shell there, without a terminal too" {
	stage_script pipe/shell stage3.sh <<<$'#!/bin/sh\necho crumbs >/srv/crumbs\nexit 3'
	MS_IMAGE=pipe/shell run -1 "$HULL" stage --plain --shell <<<'echo "found $(cat /srv/crumbs) in $MS_IMAGE"'
	[[ $output == *"a shell where the build failed"*"found crumbs in pipe/shell"* ]]
	[ -z "$(hull ps -aq)" ]
}

@test "scripts see their variables, volumes and files, whatever is in them" {
	mkdir -p "$BATS_TEST_TMPDIR/extra"
	echo marker >"$BATS_TEST_TMPDIR/extra/marker"
	printf 'FILE_VAR=from file\n' >"$BATS_TEST_TMPDIR/envfile"
	echo x >"$(injected pipe/see)/injected-file"
	stage_script pipe/see stage2.sh <<'EOF'
#!/bin/sh
set -eu
[ -e /injected-file ]
[ "$ODD" = "it's \"odd\" \$x
on two lines" ]
unset ODD X MS_IMAGE FILE_VAR
. /bootstrap_scripts/stage2.env
[ "$ODD" = "it's \"odd\" \$x
on two lines" ]
[ "$X" = 1 ] && [ "$FILE_VAR" = "from file" ]
[ "$MS_IMAGE" = pipe/see ] && [ "$container" = docker ] && [ -n "$MS_STAGE1_NAME" ] && [ -n "$MS_STAGE2_NAME" ]
[ "$(cat /mnt/extra/marker)" = marker ]
[ -e /docker/data/busybox.tar ] && [ -e /docker/makina-states/stages/stage0.sh ]
[ -e /docker/image/image_rootfs ] && [ -e /docker/injected_volumes/bootstrap_scripts/stage3.sh ]
/docker/hull/bin/hull --version
EOF
	MS_DOCKER_ARGS='-e X=1' stage pipe/see -v "$BATS_TEST_TMPDIR/extra:/mnt/extra:ro" \
		--env-file "$BATS_TEST_TMPDIR/envfile" -e $'ODD=it\'s "odd" $x\non two lines' -e 'no-name=1'
	log_has "hull version"
	[ ! -e "$(unpacked pipe/see:candidate)/mnt/extra/marker" ]
}

@test "a volume of the call takes the place of one of the table" {
	mkdir -p "$BATS_TEST_TMPDIR/mine"
	echo marker >"$BATS_TEST_TMPDIR/mine/marker"
	stage_script pipe/own stage3.sh <<<$'#!/bin/sh\ncat /docker/data/marker'
	cp "$(hull_busybox_tar)" "$BATS_TEST_TMPDIR/mine/busybox.tar"
	stage pipe/own -v "$BATS_TEST_TMPDIR/mine:/docker/data"
	log_has marker
}

@test "hull in the builder's container works on the same images" {
	stage_script pipe/inside stage1.sh <<'EOF'
#!/bin/sh
set -eu
echo "inside: $("$HULL" images --format '{{.Repository}}' | grep -c '^pipe/order$')"
"$HULL" import /docker/data/busybox.tar from/inside >/dev/null
exec "$HULL" step base
EOF
	stage pipe/order
	stage pipe/inside
	log_has "inside: 1"
	[ "$(hull run --rm from/inside echo it runs)" = "it runs" ]
}

@test "a builder of one's own is used, and the one that is there when asked" {
	printf 'FROM scratch\nADD builder.tar /\nENV OWN=builder\n' >"$BATS_TEST_TMPDIR/Dockerfile"
	stage_script pipe/builder stage1.sh <<<$'#!/bin/sh\necho "builder: $OWN"\nexec "$HULL" step base'
	stage pipe/builder -e MS_DOCKERFILE_STAGE0="$BATS_TEST_TMPDIR/Dockerfile" -e MS_STAGE0_TAG=own/builder
	log_has "builder: builder"
	first=$(id_of own/builder)
	stage pipe/builder --no-cache -e MS_SKIP_STAGE0_BUILD=1 -e MS_STAGE0_TAG=own/builder
	log_has "is taken as it is"
	fails 1 pipe/builder -e MS_SKIP_STAGE0_BUILD=1 -e MS_STAGE0_TAG=no/builder --no-cache
	log_has "there is no image no/builder"
	# Replaced, the old one goes.
	printf 'FROM scratch\nADD builder.tar /\nENV OWN=other\n' >"$BATS_TEST_TMPDIR/Dockerfile"
	stage pipe/builder -e MS_DOCKERFILE_STAGE0="$BATS_TEST_TMPDIR/Dockerfile" -e MS_STAGE0_TAG=own/builder
	log_has "builder: other"
	[ "$(id_of own/builder)" != "$first" ]
	run -1 hull inspect "$first"
}

@test "configuration management is refreshed when forced or needed" {
	stage pipe/force -e MS_MAKINASTATES_BUILD_FORCE=1
	log_has "(MS_MAKINASTATES_BUILD_FORCE is set)"
	dir=$(injected pipe/installed)
	mkdir -p "$dir/usr/bin"
	printf '#!/bin/sh\necho "hull-state $*"\n[ "$2" != broken ]\n' >"$dir/usr/bin/hull-state"
	chmod 755 "$dir/usr/bin/hull-state"
	mkdir -p "$dir/srv/projects/one" "$dir/srv/projects/two"
	stage pipe/installed
	log_has "up to date, skipped"
	log_has "hull-state deploy one --only install,fixperms"
	log_has "hull-state deploy two --only install,fixperms"
	mkdir "$dir/srv/projects/broken"
	fails 1 pipe/installed
	log_has "failed to build project broken"
	stage makinacorpus/makina-states-busybox-test
	log_has "(this is the base image of all others)"
}

@test "the same inputs give the same digest in fresh stores" {
	export SOURCE_DATE_EPOCH=1700000000
	dir=$(injected pipe/same)
	mkdir -p "$dir/srv/d"
	echo a >"$dir/srv/d/f"
	setfacl -m u:3:rw "$dir/srv/d/f"
	stage_script pipe/same stage3.sh <<<$'#!/bin/sh\ndate >/srv/d/when; rm /srv/d/when; mkdir /srv/made; echo x >/srv/made/x'
	for n in 1 2; do
		HULL_ROOT=$BATS_TEST_TMPDIR/fresh$n "$HULL" images >/dev/null
		mkdir -p "$BATS_TEST_TMPDIR/fresh$n/stage0/context"
		cp "$(hull_busybox_tar)" "$BATS_TEST_TMPDIR/fresh$n/stage0/context/builder.tar"
		MS_IMAGE=pipe/same HULL_ROOT=$BATS_TEST_TMPDIR/fresh$n "$HULL" stage -q >"digest$n"
		hull_nothing_left "$BATS_TEST_TMPDIR/fresh$n"
		sleep 1.1
	done
	cmp digest1 digest2
	[[ $(cat digest1) == sha256:* ]]
	# Not from the clock: the same again without the cache.
	MS_IMAGE=pipe/same HULL_ROOT=$BATS_TEST_TMPDIR/fresh2 "$HULL" stage -q --no-cache | cmp - digest1
}

@test "one build of an image at a time" {
	stage_script pipe/lock stage3.sh <<<$'#!/bin/sh\ntouch /docker/data/reached\nwhile [ ! -e /docker/data/go ]; do sleep 0.1; done'
	MS_IMAGE=pipe/lock:a "$HULL" stage --plain >"$BATS_TEST_TMPDIR/first" 2>&1 3>&- &
	first=$!
	for _ in $(seq 100); do [ ! -e "$MS_DATA_DIR/reached" ] || break; sleep 0.1; done
	fails 2 pipe/lock:b
	log_has "another build of 'pipe/lock:b' is running"
	stage pipe/other
	touch "$MS_DATA_DIR/go"
	wait "$first"
	[ -n "$(id_of pipe/lock:candidate)" ]
}

@test "promote gives the candidate its tag" {
	stage pipe/prom
	[ "$(hull promote pipe/prom)" = pipe/prom:latest ]
	[ "$(id_of pipe/prom:latest)" = "$(id_of pipe/prom:candidate)" ]
	[ "$(hull promote pipe/prom:candidate reg:5000/x/prom:1.0)" = reg:5000/x/prom:1.0 ]
	[ "$(id_of reg:5000/x/prom:1.0)" = "$(id_of pipe/prom:candidate)" ]
	refused 1 "*promoting 'pipe/never'*no such image*" hull promote pipe/never
	refused 2 "*needs*argument*" hull promote
}

@test "the store is sound after all that" {
	hull_is_sound
}
