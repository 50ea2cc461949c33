#!/bin/bash
# fuzz.sh [SECONDS [TARGET...]] - each fuzz target under libFuzzer, with its corpus, for a minute (or SECONDS).
# SPDX-License-Identifier: Apache-2.0
#
# TAP on stdout. Finds are left in build-check/fuzz/finds/TARGET: they belong into src/MODULE/corpus/, with the mend.
set -u -o pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
shift
build=$top/build-check/fuzz
mkdir -p "$top/build-check"

if ! {
	[ -f "$build/build.ninja" ] || CC=clang meson setup "$build" "$top" -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
} >"$build.log" 2>&1; then
	echo "1..1"
	echo "not ok 1 libFuzzer builds are configured"
	tail -n 20 "$build.log" | sed 's/^/# /'
	exit 1
fi
# shellcheck disable=SC2046 # a list of targets
if ! ninja -C "$build" $(ninja -C "$build" -t targets all | sed -n -E 's/^((src\/)?fuzz-[a-z0-9_-]+): .*/\1/p') >>"$build.log" 2>&1; then
	echo "1..1"
	echo "not ok 1 the fuzz targets compile"
	tail -n 20 "$build.log" | sed 's/^/# /'
	exit 1
fi

# PROGRAM CORPUS lines: "fuzz-layer-tar" has src/layer/corpus/tar, "fuzz-port" src/MODULE/corpus/port.
targets()
{
	local program name corpus module
	for program in "$build"/src/fuzz-*; do
		[ -x "$program" ] && [ -f "$program" ] || continue
		name=${program##*/fuzz-}
		for corpus in "$top"/src/*/corpus/*/; do
			corpus=${corpus%/}
			module=${corpus%/corpus/*}
			if [ "${corpus##*/}" = "$name" ] || [ "${module##*/}-${corpus##*/}" = "$name" ]; then
				echo "$program $corpus"
				break
			fi
		done
	done
}

one()
{
	local program=$1 corpus=$2 name=${1##*/}
	local grown=$build/corpus/$name finds=$build/finds/$name
	mkdir -p "$grown" "$finds"
	"$program" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
		-artifact_prefix="$finds/" "$grown" "$corpus" >"$build/$name.log" 2>&1
}

mapfile -t all < <(targets)
[ $# = 0 ] || mapfile -t all < <(targets | grep -E "$(printf '%s\n' "$@" | paste -sd '|')")
[ ${#all[@]} -gt 0 ] || {
	echo "1..1"
	echo "not ok 1 there are fuzz targets"
	exit 1
}
echo "1..${#all[@]}"
n=0
failures=0
export -f one
export build seconds
# as many at once as there are processors
printf '%s\n' "${all[@]}" | xargs -P "$(nproc)" -L 1 bash -c 'one "$0" "$1"; echo $? >"$build/${0##*/}.status"'
for line in "${all[@]}"; do
	n=$((n + 1))
	name=${line%% *}
	name=${name##*/}
	executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log")
	if [ "$(cat "$build/$name.status")" = 0 ] && [ "${executed:-0}" -gt 0 ]; then
		echo "ok $n $name: $executed inputs in $seconds s"
	else
		echo "not ok $n $name"
		grep -E -m 5 'ERROR|SUMMARY|runtime error|Test unit written' "$build/$name.log" | sed 's/^/# /'
		failures=1
	fi
done
exit $failures
