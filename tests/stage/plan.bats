#!/usr/bin/env bats
# plan.bats - what a staged build says before it begins, and what it refuses without changing anything.
# SPDX-License-Identifier: Apache-2.0
load stage

setup_file() { stage_begin; }
teardown_file() { stage_end; }

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	unset MS_IMAGE
}

@test "--help tells the options and needs no rights" {
	run -0 "$HULL" stage --help
	[[ $output == "Usage: hull stage [OPTIONS]"* ]]
	[[ $output == *--dry-run* && $output == *--report* && $output == *--volume* ]]
	run -0 "$HULL" --help
	[[ $output == *"  stage "* && $output == *"  promote "* && $output != *"  step "* ]]
}

@test "--dry-run prints the plan and makes nothing, not even a store" {
	HULL_ROOT=$PWD/none MS_IMAGE=org/new MS_DATA_DIR=$PWD/data run -0 "$HULL" stage --dry-run -e MS_BASE=busybox
	[ ! -e none ] && [ ! -e data ]
	for label in CWD OS OS_RELEASE DATADIR BASE BASEIMAGE IMAGE IMAGE_DIR "STAGE0 TAG" "STAGE1 TAG" "STAGE2 TAG" \
		"IMAGE CANDIDATE" "DOCKER ARGS"; do
		[[ $output == *$'\n'"$label: "* ]] || { echo "no $label"; return 1; }
	done
	[[ $output == *"BASE: busybox"* && $output == *"IMAGE_DIR: $PWD/data/org/new"* ]]
	[[ $output == *"stage3.sh: $HULL_SHARE/stages/stage3.sh (default)"* ]]
	[[ $output == *"target=/docker/injected_volumes"* && $output == *"step: commit"* ]]
}

@test "an option beats the environment, which beats the file, also in what is derived" {
	printf 'MS_IMAGE=from/file\nMS_GIT_BRANCH=file\n# a comment\nMS_OS_MIRROR="http://file.example.org/"\n' >conf
	MS_GIT_BRANCH=environment run -0 "$HULL" stage --dry-run --config conf
	[[ $output == *"IMAGE: from/file"*"IMAGE CANDIDATE: from/file:candidate"* ]]
	MS_IMAGE=from/environment run -0 "$HULL" stage --dry-run --config conf
	[[ $output == *"IMAGE CANDIDATE: from/environment:candidate"* ]]
	MS_IMAGE=from/environment run -0 "$HULL" stage --dry-run --config conf -e MS_IMAGE=reg:5000/an/option:7
	[[ $output == *"IMAGE CANDIDATE: reg:5000/an/option:candidate"* ]]
	[[ $output == *"IMAGE_DIR: $MS_DATA_DIR/reg:5000/an/option"* ]]
}

@test "MS_DOCKER_ARGS stands in front of the options of the call" {
	MS_DOCKER_ARGS="-e MS_IMAGE=args -e 'A=x y'" run -0 "$HULL" stage --dry-run
	[[ $output == *"IMAGE: args"* && $output == *"DOCKER ARGS: -e MS_IMAGE=args -e 'A=***'"* && $output != *"x y"* ]]
	MS_DOCKER_ARGS="-e MS_IMAGE=args" run -0 "$HULL" stage --dry-run -e MS_IMAGE=call
	[[ $output == *"IMAGE: call"* ]]
}

@test "two plans have two names for their containers" {
	run -0 "$HULL" stage --dry-run
	first=$(grep "STAGE1 TAG" <<<"$output")
	run -0 "$HULL" stage --dry-run
	[ "$first" != "$(grep "STAGE1 TAG" <<<"$output")" ]
}

@test "a plan without a terminal has no colours, with one it has" {
	run -0 "$HULL" stage --dry-run
	[[ $output != *$'\e'* ]]
	run -0 script -qec "'$HULL' stage --dry-run" /dev/null
	[[ $output == *$'\e[33;01m'* && $output == *$'\e[36;01m'* ]]
	NO_COLOR=1 run -0 script -qec "'$HULL' stage --dry-run" /dev/null
	[[ $output != *$'\e['* ]]
}

# The files of the data directory with their times, and the images: what a refusal must not change.
state() { (find "$MS_DATA_DIR" -printf '%p %T@ %m\n' | sort; "$HULL" images -q) | sha256sum; }

refuses()
{
	local before status=0 last
	before=$(state)
	"${@:2}" >said 2>&1 || status=$?
	last=$(tail -n 1 said)
	if [ "$status" != 2 ] || [ "$before" != "$(state)" ]; then
		cat said >&2
		echo "status $status" >&2
		return 1
	fi
	# shellcheck disable=SC2053 # a pattern
	[[ $last == $1 ]] || { echo "said: $last" >&2; return 1; }
}

@test "bad input gets one line that names it, status 2, and changes nothing" {
	refuses "*unknown option '--kep' (did you mean '--keep'?)*" "$HULL" stage --kep
	refuses "*-e: unknown variable 'MS_IMGAE' (did you mean 'MS_IMAGE'?)" "$HULL" stage -e MS_IMGAE=x
	refuses "*environment: unknown variable 'MS_DATADIR' (did you mean 'MS_DATA_DIR'?)" \
		env MS_DATADIR=x "$HULL" stage
	refuses "*MS_IMAGE: *Org/Img*" "$HULL" stage -e MS_IMAGE=Org/Img
	refuses "*MS_COMMAND: a quote (') is not closed" "$HULL" stage -e "MS_COMMAND='x"
	refuses "*MS_DOCKER_ARGS: a quote (\") is not closed" env MS_DOCKER_ARGS='"x' "$HULL" stage
	refuses "*MS_DOCKER_ARGS: 'word' is not an option" env MS_DOCKER_ARGS='word' "$HULL" stage
	printf 'MS_OS=debian\nMS_IMGAE=x\n' >conf
	refuses "*conf:2: unknown variable 'MS_IMGAE' (did you mean 'MS_IMAGE'?)" "$HULL" stage --config conf
	refuses "*--config: *'nowhere'*" "$HULL" stage --config nowhere
	refuses "*stage file 'stage2.sh' does not exist (looked for *$PWD/nowhere.sh)" \
		"$HULL" stage -e MS_DOCKER_STAGE2=nowhere.sh
	refuses "*MS_BASE: *no such image*no/such*" "$HULL" stage -e MS_BASE=no/such:image
	refuses "*MS_OS: there is no way to make a root file system of 'plan9'*plan9.tar'" \
		"$HULL" stage -e MS_OS=plan9 -e MS_BASEIMAGE=plan9.tar
	refuses "*MS_OS_MIRROR is not set*" "$HULL" stage -e MS_OS=ubuntu -e MS_BASEIMAGE=u.tar
	refuses "*--compression*" "$HULL" stage --compression lzma
	refuses "*--gpus*" "$HULL" stage --gpus all
	refuses "*'hull stage' takes no arguments*" "$HULL" stage word
}

@test "a tarball that is none is refused" {
	: >"$MS_DATA_DIR/empty.tar"
	refuses "*empty.tar' is not a tarball: it is empty" "$HULL" stage -e MS_BASEIMAGE=empty.tar
	mkdir "$MS_DATA_DIR/dir.tar"
	refuses "*dir.tar' is not a tarball: it is no file" "$HULL" stage -e MS_BASEIMAGE=dir.tar
	head -c 100000 /dev/urandom >"$MS_DATA_DIR/noise.tar.xz"
	fails 2 org/noise -e MS_BASEIMAGE=noise.tar.xz
	log_has "unpacking '/docker/data/noise.tar.xz'"
	xz -0 <"$(hull_busybox_tar)" | head -c 100000 >"$MS_DATA_DIR/cut.tar.xz"
	fails 2 org/cut -e MS_BASEIMAGE=cut.tar.xz
	log_has "unpacking '/docker/data/cut.tar.xz'"
	run -1 hull inspect org/noise:candidate
	run -1 hull inspect org/cut:candidate
	hull_is_sound
}

@test "without root's rights nothing is begun" {
	cp "$HULL" /tmp/hull.$$ # the checkout may be nobody's business
	run setpriv --reuid=65534 --regid=65534 --clear-groups /tmp/hull.$$ stage -e MS_IMAGE=a
	rm /tmp/hull.$$
	[ "$status" = 1 ] && [[ $output == *"root's rights"* ]]
}

@test "a list of what to scrub with a mistake stops the build before it begins" {
	stage_script org/list scrub.conf <<<"remvoe /tmp/x"
	refuses "*scrub.conf:1: unknown action 'remvoe' (did you mean 'remove'?)" "$HULL" stage -e MS_IMAGE=org/list
}
