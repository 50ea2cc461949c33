#!/usr/bin/env bats
# install.bats - what `meson install` puts where, and that it works from there.
# SPDX-License-Identifier: Apache-2.0

setup_file() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=$(dirname "$(dirname "$(dirname "${HULL:=$top/build/cmd/hull/hull}")")")
	export top build DEST="$BATS_FILE_TMPDIR/dest"
	DESTDIR=$DEST meson install -C "$build" --no-rebuild --quiet
}

# completed WORD...: what the installed completion offers for the last of these words, one a line.
completed() {
	bash --norc -c '
		. "$1/usr/share/bash-completion/completions/hull" && shift
		COMP_WORDS=(hull "$@") COMP_CWORD=$#
		$(complete -p hull | sed -E "s/.*-F ([^ ]+).*/\1/")
		[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$DEST" "$@"
}

@test "the program is installed and says its version" {
	[ "$("$DEST/usr/bin/hull" --version)" = "hull version $(meson introspect "$build" --projectinfo | jq -r .version)" ]
}

@test "there is a manual page for each command, and man shows it" {
	[ "$(ls "$DEST/usr/share/man/man1" | wc -l)" = "$(ls "$top"/man/*.1.scd | wc -l)" ]
	MANWIDTH=100 man --local-file "$DEST/usr/share/man/man1/hull.1" | grep -q 'hull - build, launch and serve'
	MANWIDTH=100 man --local-file "$DEST/usr/share/man/man5/hull-store.5" | grep -q 'index.json'
}

@test "stage scripts and examples are installed as they are in the checkout" {
	diff -r --no-dereference "$top/stages" "$DEST/usr/share/hull/stages"
	diff -r --no-dereference "$top/examples" "$DEST/usr/share/hull/examples"
	diff <(cd "$top" && find stages examples ! -type l -printf '%p %m\n' | sort) \
		<(cd "$DEST/usr/share/hull" && find stages examples ! -type l -printf '%p %m\n' | sort)
}

@test "the installed program looks for the stage scripts where they are installed" {
	mkdir "$BATS_TEST_TMPDIR/data"
	said=$(env -u HULL_SHARE MS_DATA_DIR="$BATS_TEST_TMPDIR/data" MS_IMAGE=a/b MS_OS=debian MS_OS_MIRROR=http://none.invalid \
		"$DEST/usr/bin/hull" stage --dry-run 2>&1) || true
	[[ $said == *" /usr/share/hull/stages/stage0.sh"* ]]
}

@test "bash completes commands" {
	[ "$(completed ver)" = version ]
	diff <(completed '' | grep -v ^- | sort) \
		<("$DEST/usr/bin/hull" --help | sed -n '/^Commands:/,/^Options:/s/^  \([a-z][a-z-]*\) .*/\1/p' | sort)
	[ "$(completed star)" = start ]
	diff <(completed st) <(completed '' | grep ^st)
}

@test "bash completes the options of hull and of a command" {
	[ "$(completed --roo)" = --root ]
	[ "$(completed import --com)" = --compression ]
	[ "$(completed --debug import --com)" = --compression ]
}

@test "bash completes the commands of a group" {
	[ "$(completed system che)" = check ]
}

@test "bash completes when a tab is pressed" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$DEST/usr/bin/hull" "$BATS_TEST_TMPDIR/bin/hull"
	# a terminal, because only an interactive shell completes
	said=$(printf '. %s\nhull vers\t--format {{.Client.Os}}\nexit\n' "$DEST/usr/share/bash-completion/completions/hull" |
		PATH="$BATS_TEST_TMPDIR/bin:$PATH" script -q -e -c 'bash --norc --noprofile -i' /dev/null)
	[[ $said == *linux* ]]
}
