# init.bash - hull-init as PID 1 of a name space of its own, waits with deadlines, and nothing left behind.
# SPDX-License-Identifier: Apache-2.0
#
#	load ../lib/init
#	setup() { init_begin; }		# skips where there are no rights for name spaces; $dir is the test's own
#	teardown() { init_end; }	# ends what the test left running
#
#	as_pid1 CMD...			runs CMD as PID 1; its exit status is CMD's
#	init_start CMD...		the same behind our back: $init is the number of PID 1 as seen from here
#	init_wait			it ends within $DEADLINE seconds; $status is how (not to be `run`)
#	until_true CMD...		CMD succeeds within $DEADLINE seconds, or the test fails
#
# The program is $HULL_INIT; without it that of the checkout this file is in.

: "${HULL_SHARE:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${HULL_INIT:=$HULL_SHARE/build/cmd/hull-init/hull-init}"
: "${DEADLINE:=60}"
export HULL_INIT HULL_SHARE DEADLINE

init_begin()
{
	[ -x "$HULL_INIT" ] || {
		echo "no program at '$HULL_INIT': build it, or set HULL_INIT" >&2
		return 1
	}
	unshare -pf --mount-proc true 2>/dev/null || skip "needs the right to make name spaces"
	dir=$BATS_TEST_TMPDIR
	cd "$dir" || return 1
	init_namespace=
}

# --kill-child: the name space ends with unshare, whatever becomes of the test.
as_pid1()
{
	timeout -k 1 "$DEADLINE" unshare -pf --kill-child --mount-proc "$@"
}

# Its output is in $dir/out and $dir/err unless the caller has sent them elsewhere.
init_start()
{
	unshare -pf --kill-child --mount-proc "$@" >"$dir/out" 2>"$dir/err" 3>&- &
	init_namespace=$!
	until_true init_has_child "$init_namespace"
	init=$(ps -o pid= --ppid "$init_namespace" | tr -d ' ')
}

init_has_child()
{
	[ -n "$(ps -o pid= --ppid "$1")" ] || ! kill -0 "$1" 2>/dev/null
}

init_wait()
{
	until_true init_is_gone || return 1
	status=0
	wait "$init_namespace" || status=$?
	init_namespace=
}

# A process that has ended and is not waited for yet is gone too.
init_is_gone()
{
	[ -z "$(ps -o pid= --pid "$init_namespace")" ] || [ "$(ps -o stat= --pid "$init_namespace" | cut -c 1)" = Z ]
}

init_end()
{
	[ -z "${init_namespace:-}" ] || {
		kill -KILL "$init_namespace" 2>/dev/null
		wait "$init_namespace" 2>/dev/null
	}
	return 0
}

until_true()
{
	local end=$((SECONDS + DEADLINE))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || {
			echo "not within $DEADLINE s: $*" >&2
			return 1
		}
		sleep 0.02
	done
}

# FILE holds TEXT (a fixed string).
holds()
{
	grep -qsF -- "$2" "$1"
}
