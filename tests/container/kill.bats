# kill.bats - kill -9 of hull at forty random moments; the campaign of hundreds is tests/long/kill.sh.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

@test "import, commit, run, rm, exec, tag and prune survive kill -9 at any moment" {
	"$BATS_TEST_DIRNAME/../long/kill.sh" 5 3>&-
}
