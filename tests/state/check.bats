#!/usr/bin/env bats
# check.bats - what can be known without changing anything.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() {
	sls=$BATS_TEST_TMPDIR/sls
	mkdir -p "$sls"
}

sls() { cat >"$sls/$1.sls"; }
check() { "$HULL_STATE" check --sls "$sls" "$@"; }

@test "a good tree has no findings" {
	sls a <<<'a: test.nop'
	sls b <<<'a: test.nop'
	run -0 --separate-stderr check
	[ "$output" = "2 states, 0 errors, 0 warnings" ]
	[ -z "$stderr" ]
}

@test "all errors of all files are told at once" {
	sls a <<<'a: test.nopp'
	sls b <<<'b: {{ nope }}'
	run -1 --separate-stderr check
	[[ $stderr == *"/a.sls:1:4: error: State 'test.nopp' was not found"* ]]
	[[ $stderr == *"/b.sls:1:7: error: Rendering SLS 'base:b' failed: Jinja variable 'nope' is undefined; line 1"* ]]
}

@test "missing requisites and circles are errors here" {
	sls a <<-'END'
		a:
		  test.nop:
		    - require: [{test: z}]
	END
	run -1 --separate-stderr check a
	[[ $stderr == *"/a.sls:3:17: error: The following requisites were not found: require: test: z"* ]]
	sls a <<-'END'
		a:
		  test.nop: [{require: [{test: b}]}]
		b:
		  test.nop: [{require: [{test: c}]}]
		c:
		  test.nop: [{require: [{test: a}]}]
	END
	run -1 --separate-stderr check a
	[[ $stderr == *"Recursive requisite found: test 'a' in SLS 'a'"* ]]
	[[ $stderr == *"through test 'c'"* ]]
}

@test "functions that run something are refused" {
	sls a <<<"'{{ salt['cmd.run']('touch $BATS_TEST_TMPDIR/ran') }}': test.nop"
	run -1 --separate-stderr check a
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
}

@test "findings as JSON, and the low list" {
	sls a <<<'a: test.nopp'
	run -1 --separate-stderr check --out json a
	python3 -c 'import json,sys; d=json.loads(sys.argv[1]); assert d["line"] == 1, d' "${lines[0]}"
	sls a <<<'a: test.nop'
	run -0 --separate-stderr check --show-low a
	python3 -c 'import json,sys; d=json.loads(sys.argv[1]); assert d[0]["__id__"] == "a" and d[0]["order"] == 10000, d' "$output"
}

@test "an argument one slip away from a known one is an error, also where others are variables" {
	sls a <<-'END'
		a:
		  file.managed:
		    - name: /nowhere/a
		    - contetns: x
		    - groups: [a]
		    - colour: red
	END
	run -1 --separate-stderr check
	[[ $stderr == *"/a.sls:4:7: error: argument 'contetns' of file.managed is unknown: did you mean 'contents'?"* ]]
	[[ $stderr != *groups* && $stderr != *colour* ]]
}

@test "list --missing prints each thing of the tree that is not here once" {
	sls a <<-'END'
		include: [b]
		{% for i in range(2) %}
		a{{ i }}: npm.installed
		b{{ i }}: test.nopp
		{% endfor %}
	END
	sls b <<<'{{ 1|nosuch }}'
	sls c <<<'{{ 1 is nosuch }}'
	sls d <<<'{{ salt["nosuch.thing"]() }}'
	sls e <<<'{{ salt["mine.get"]() }}'
	sls f <<<'#!py'
	sls g <<<'include: [makina-states.nosuch]'
	sls h <<<'{% import "makina-states/nosuch.jinja" as n %}'
	run -1 --separate-stderr "$HULL_STATE" list --missing --sls "$sls"
	[[ $output == *$'filter\tnosuch\t'*/b.sls:1:6* ]]
	[[ $output == *$'test\tnosuch\t'*/c.sls:1:* ]]
	[[ $output == *$'function\tnosuch.thing\t'*/d.sls:1:* ]]
	[[ $output == *$'function\tmine.get\t'*/e.sls:1:* ]]
	[[ $output == *$'renderer\tpy\t'*/f.sls:1:1* ]]
	[[ $output == *$'sls\tmakina-states.nosuch\t'*/g.sls:1:11* ]]
	[[ $output == *$'template\tmakina-states/nosuch.jinja\t'*/h.sls:1:11* ]]
	sls b <<<'x: test.nop'
	run -1 --separate-stderr "$HULL_STATE" list --missing --sls "$sls"
	[ "$(grep -c $'^state\tnpm.installed\t' <<<"$output")" = 1 ]
	[ "$(grep -c $'^state\ttest.nopp\t' <<<"$output")" = 1 ]
	rm "$sls"/[a-h].sls
	sls a <<<'a: test.nop'
	run -0 --separate-stderr "$HULL_STATE" list --missing --sls "$sls"
	[ -z "$output" ]
}

@test "what several files include is found wrong once" {
	sls bad <<<'a: test.nopp'
	sls one <<<'include: [bad]'
	sls two <<<'include: [bad]'
	run -1 --separate-stderr check
	[ "$(grep -c 'was not found' <<<"$stderr")" = 1 ]
	[[ $output == *" 1 errors, "* ]]
}
