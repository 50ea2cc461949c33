# hostile.bats - archives that lie, break off or want to leave: one line, a failure, and nothing changed.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a process of its own
load ../lib/hull

setup_file()
{
	hull_begin
	export ARCHIVES="$BATS_FILE_TMPDIR/archives" OUTSIDE="$BATS_FILE_TMPDIR/outside"
	mkdir "$ARCHIVES" "$OUTSIDE"
	echo 'sing' >"$OUTSIDE/canary"
	touch -d @1 "$OUTSIDE/canary" "$OUTSIDE"
	python3 "$BATS_TEST_DIRNAME/hostile.py" "$ARCHIVES" "$OUTSIDE"
	outside >"$BATS_FILE_TMPDIR/outside.before"
}

teardown_file() { hull_end; }

outside()
{
	find "$OUTSIDE" -printf '%p %y %m %U %G %s %T@ %l\n' | sort
	sha256sum "$OUTSIDE"/*
}

outside_is_untouched() { outside | diff -u "$BATS_FILE_TMPDIR/outside.before" -; }

# Nothing has come in; what was received before the fault was seen is not held by anything.
nothing_changed()
{
	local left
	outside_is_untouched && hull_is_sound || return 1
	hull system prune -f >/dev/null
	left=$(find "$HULL_ROOT"/{tmp,layers,l,images,names,leases,oci/blobs/sha256} -mindepth 1)
	[ -z "$left" ] || {
		echo "left: $left" >&2
		return 1
	}
}

# All cases of a group; every one that is not as it should be is told.
refuses_group()
{
	local file group expected n=0 failed=0
	while IFS=$'\t' read -r file group expected; do
		[ "$group" = "$1" ] || continue
		n=$((n + 1))
		{ refused "${2:-2}" "$expected" timeout 60 "$HULL" import "$ARCHIVES/$file" "hostile:$n" && nothing_changed; } || {
			echo "   ^ $file" >&2
			failed=$((failed + 1))
			hull system prune -af >/dev/null
		}
	done <"$ARCHIVES/cases"
	echo "$n cases, $failed failed"
	[ "$n" -gt 0 ] && [ "$failed" = 0 ]
}

@test "a root file system cannot leave its root" { refuses_group leave; }

@test "a broken root file system is refused" { refuses_group broken '[12]'; } # what the kernel refuses to set is 1

@test "damaged and cut compressed data is refused" { refuses_group compressed; }

@test "a bomb is refused before it fills the disk" {
	refuses_group bomb
	[ "$(du -sm "$HULL_ROOT" | cut -f 1)" -lt 16 ]
}

@test "a layout that lies is refused" { refuses_group oci; }

@test "a docker archive that lies is refused" { refuses_group docker; }

@test "the same comes on stdin, and is refused as well" {
	local file failed=0
	for file in dotdot.tar cut-in-data.tar cut.tar.gz oci-layer-digest.tar docker-config-out.tar; do
		refused 2 '*' "$HULL" import - hostile <"$ARCHIVES/$file" && nothing_changed || {
			echo "   ^ $file" >&2
			failed=1
		}
	done
	[ $failed = 0 ]
}

@test "links lead nowhere but into the image" {
	local file group expected id layer failed=0
	while IFS=$'\t' read -r file group expected; do
		[ "$group" = contained ] || continue
		id=$(hull import -q "$ARCHIVES/$file" contained) || {
			echo "   ^ $file" >&2
			failed=1
			continue
		}
		outside_is_untouched && hull_is_sound || failed=1
		layer=$(echo "$HULL_ROOT"/layers/*/fs)
		case $file in
		through-* | absolute.tar) [ "$(cat "$layer$OUTSIDE/evil")" = x ] ;;
		directory-becomes-a-link.tar) [ -L "$layer/d" ] && [ "$(cat "$layer$OUTSIDE/evil")" = x ] ;;
		file-over-a-link.tar) [ ! -L "$layer/way" ] && [ "$(cat "$layer/way")" = evil ] ;;
		file-over-a-link-to-a-link.tar) [ -L "$layer/way" ] && [ ! -L "$layer/other" ] ;;
		overlay-attributes.tar) [ -z "$(getfattr -d -m trusted.overlay "$layer/d")" ] ;;
		oci-name-leaves.tar) [ -z "$(find "$HULL_ROOT/.." -name '*evil*' -not -path '*/archives/*')" ] ;;
		esac || {
			echo "   ^ $file is not as it should be in the layer" >&2
			failed=1
		}
		hull rmi -f "$id" >/dev/null
		hull system prune -f >/dev/null
	done <"$ARCHIVES/cases"
	[ $failed = 0 ]
}

@test "what names files of the host as layers brings none of their bytes" {
	! grep -rqs sing "$HULL_ROOT"
}
