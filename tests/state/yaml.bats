#!/usr/bin/env bats
# yaml.bats - what a text of YAML means to state files: the command, and the reference's answers.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

@test "a text is shown as what it means, with its accidents told" {
	printf 'mode: 0750\npin: 0750\nport: 22:22\nyes: no\n' >"$BATS_TEST_TMPDIR/a.yml"
	run --separate-stderr "$HULL_STATE" yaml "$BATS_TEST_TMPDIR/a.yml"
	[ "$status" -eq 0 ]
	[ "$output" = '{
  "mode": 750,
  "pin": 750,
  "port": 1342,
  "true": false
}' ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	[[ ${stderr_lines[0]} == *"a.yml:2:6: warning: 0750 is read as the number 750"* ]]
	[[ ${stderr_lines[1]} == *"a.yml:3:7: warning: 22:22 is read as the number 1342"* ]]
}

@test "the output may be YAML, the input stdin" {
	run --separate-stderr "$HULL_STATE" yaml - --out yaml <<<'{a: [1, "2"], b: {c: "x: y"}}'
	[ "$status" -eq 0 ]
	[ "$output" = "a:
- 1
- '2'
b:
  c: 'x: y'" ]
}

@test "an error has its place, and nothing is printed" {
	printf 'a: 1\nb: 2\na: 3\n' >"$BATS_TEST_TMPDIR/a.yml"
	run --separate-stderr "$HULL_STATE" yaml "$BATS_TEST_TMPDIR/a.yml"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == *"a.yml:3:1: error: while constructing a mapping, found conflicting ID 'a'"* ]]
	[[ $stderr == *"'a' stands first at "*"a.yml:1:1"* ]]
}

@test "a wrong format and a missing file are told" {
	run -64 "$HULL_STATE" yaml - --out toml <<<'a: 1'
	[[ $output == *"'yaml' or 'json', not 'toml'"* ]]
	run "$HULL_STATE" yaml "$BATS_TEST_TMPDIR/none.yml"
	[ "$status" -ne 0 ]
	[[ $output == *none.yml* ]]
}

@test "the YAML test suite is read as the reference reads it" {
	[ -n "${HULL_CORPORA:-}" ] || skip "HULL_CORPORA names no folder of reference answers"
	run "$BATS_TEST_DIRNAME/yaml_corpus.py" "$HULL_STATE" "$HULL_CORPORA"
	echo "$output"
	[ "$status" -eq 0 ]
}
