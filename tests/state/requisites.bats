#!/usr/bin/env bats
# requisites.bats - the requisite scenarios of a corpus, when there is one.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() {
	[ -d "${HULL_CORPORA:-/nonexistent}/requisites" ] || skip "HULL_CORPORA names no corpora"
}

@test "requisites end as the reference ends them" {
	run -0 python3 "$BATS_TEST_DIRNAME/requisites_corpus.py" "$HULL_STATE" "$HULL_CORPORA"
	echo "$output" >&3
}
