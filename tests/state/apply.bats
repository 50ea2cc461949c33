#!/usr/bin/env bats
# apply.bats - state files compiled and run: results, exit statuses, two phases.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() {
	sls=$BATS_TEST_TMPDIR/sls
	mkdir -p "$sls"
	export SHELL=/bin/sh
}

sls() { cat >"$sls/$1.sls"; }
apply() { "$HULL_STATE" apply --sls "$sls" "$@"; }
field() { python3 -c 'import json,sys; d=json.load(sys.stdin)["local"]; print(eval(sys.argv[1]))' "$1"; }

@test "states run and say so in the layout of the reference" {
	sls a <<-'END'
		say:
		  cmd.run:
		    - name: echo hello
		nothing: test.nop
	END
	run -0 --separate-stderr apply a
	[[ $output == "local:"* ]]
	[[ $output == *"          ID: say
    Function: cmd.run
        Name: echo hello
      Result: True
     Comment: Command \"echo hello\" run"* ]]
	[[ $output == *"              stdout:
                  hello"* ]]
	[[ $output == *"Succeeded: 2 (changed=1)
Failed:    0
------------
Total states run:     2"* ]]
	[ -z "$stderr" ]
}

@test "JSON has one result a tag, in the order of execution" {
	sls a <<-'END'
		b:
		  test.nop:
		    - require: [{test: c}]
		c: test.succeed_with_changes
	END
	run -0 --separate-stderr apply --out json a
	[ "$(field 'list(d)' <<<"$output")" = "['test_|-c_|-c_|-succeed_with_changes', 'test_|-b_|-b_|-nop']" ]
	[ "$(field 'd["test_|-c_|-c_|-succeed_with_changes"]["changes"]' <<<"$output")" = \
		"{'testing': {'old': 'Unchanged', 'new': 'Something pretended to change'}}" ]
	[ "$(field 'd["test_|-b_|-b_|-nop"]["__run_num__"]' <<<"$output")" = 1 ]
	[[ ${lines[1]} == '    "local": {' ]]
	run -0 --separate-stderr apply --out json --out-indent=-1 a
	[ "${#lines[@]}" -eq 1 ]
}

@test "nothing runs when anything does not compile, and all of it is told" {
	sls a <<-END
		first:
		  cmd.run:
		    - name: touch $BATS_TEST_TMPDIR/ran
		second: test.nopp
		third:
		  test.nop:
		    - unless: true
	END
	run -1 --separate-stderr apply --out json a
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
	[ "$(field 'len(d)' <<<"$output")" = 2 ]
	[[ $stderr == *"/a.sls:4:9: error: State 'test.nopp' was not found in SLS 'a'"* ]]
	[[ $stderr == *"did you mean 'test.nop'?"* ]]
	[[ $stderr == *"/a.sls:7:15: error: 'unless' needs a command"* ]]
	[[ ${stderr_lines[-1]} == *"nothing was changed"* ]]
}

@test "the place is the line of the template, not of what it printed" {
	sls a <<-'END'
		{% for i in [1, 2, 3] %}
		n{{ i }}:
		  test.nop: []
		{% endfor %}
		{% if true %}
		bad:
		  test.nop: {}
		{% endif %}
	END
	run -1 --separate-stderr apply a
	[[ $stderr == *"/a.sls:7:13: error: State 'bad' in SLS 'a' is not formed as a list"* ]]
}

@test "a failed state is status 2, what it says is on the last line" {
	sls a <<-'END'
		bad: test.fail_without_changes
	END
	run -2 --separate-stderr apply a
	[[ ${stderr_lines[-1]} == *"failed states: 1 of 1"* ]]
}

@test "--test changes nothing; 4 when asked what would change" {
	sls a <<-END
		a:
		  cmd.run:
		    - name: touch $BATS_TEST_TMPDIR/ran
	END
	run -0 --separate-stderr apply --test a
	[[ $output == *"would have been executed"* ]]
	run -4 --separate-stderr apply --test --detailed-exitcode a
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
}

@test "without names every top-level file is a run of its own, up to a failure" {
	sls 10 <<<'x: test.nop'
	sls 20 <<<'x: test.fail_without_changes'
	sls 30 <<<'y: test.nop'
	run -2 --separate-stderr apply --out json
	[ "$(field 'sorted(v["__sls__"] for v in d.values())' <<<"$output")" = "['10', '20']" ]
	sls 20 <<<'x: test.nop'
	run -0 --separate-stderr apply
	# Named together they are one run: IDs are shared.
	sls 20 <<<'x: test.succeed_with_changes'
	run -1 --separate-stderr apply 10 20
	[[ $stderr == *"Detected conflicting IDs"* ]]
}

@test "a later file sees what an earlier one did" {
	sls 10 <<-END
		say:
		  cmd.run:
		    - name: echo new > $BATS_TEST_TMPDIR/word
	END
	sls 20 <<-END
		'{{ salt['file.read']('$BATS_TEST_TMPDIR/word')|trim }}': test.nop
	END
	echo old >"$BATS_TEST_TMPDIR/word"
	run -0 --separate-stderr apply --out json
	[ "$(field '[v["name"] for v in d.values()][1]' <<<"$output")" = new ]
}

@test "the pillar is a template, and its secrets are masked wherever they come out" {
	sls a <<-'END'
		say:
		  cmd.run:
		    - name: echo {{ pillar['db_password'] }} {{ pillar.plain }}
	END
	printf 'db_password: hidden-one\nplain: {{ 1 + 1 }}\n' >"$BATS_TEST_TMPDIR/pillar"
	run -0 --separate-stderr apply --pillar "$BATS_TEST_TMPDIR/pillar" --out json a
	[[ $output == *'"stdout": "*** 2"'* ]]
	[[ $output$stderr != *hidden-one* ]]
}

@test "an unknown argument is a warning, an error when strict" {
	sls a <<-'END'
		a:
		  cmd.run:
		    - name: 'true'
		    - wibble_wobble: 1
	END
	run -0 --separate-stderr apply a
	[[ $stderr == *"/a.sls:4:7: warning: argument 'wibble_wobble' of cmd.run is unknown"* ]]
	run -1 --separate-stderr apply --strict a
}

@test "a hostile requisite knot ends" {
	python3 - >"$sls/a.sls" <<-'END'
		n = 300
		for i in range(n):
		    print(f"s{i}:\n  test.nop:\n  - prereq: [{{test: s{(i + 1) % n}}}, {{test: s{(i * 7 + 3) % n}}}]")
	END
	run --separate-stderr timeout 60 "$HULL_STATE" apply --sls "$sls" --out json --out-indent=-1 a
	[ "$status" -eq 1 ] || [ "$status" -eq 2 ]
}

@test "SIGTERM ends behind the current state" {
	sls a <<-END
		wait:
		  cmd.run:
		    - name: touch $BATS_TEST_TMPDIR/begun; while [ ! -e $BATS_TEST_TMPDIR/go ]; do sleep 0.05; done
		after:
		  cmd.run:
		    - name: touch $BATS_TEST_TMPDIR/after
	END
	"$HULL_STATE" apply --sls "$sls" --out json a >"$BATS_TEST_TMPDIR/out" 2>/dev/null &
	pid=$!
	until [ -e "$BATS_TEST_TMPDIR/begun" ]; do sleep 0.05; done
	kill -TERM $pid
	touch "$BATS_TEST_TMPDIR/go"
	status=0
	wait $pid || status=$?
	[ "$status" -eq 2 ]
	[ ! -e "$BATS_TEST_TMPDIR/after" ]
	[ "$(field 'len(d)' <"$BATS_TEST_TMPDIR/out")" = 1 ]
}

@test "wrong words are status 64" {
	sls a <<<'a: test.nop'
	run -64 apply --out yaml a
	run -64 apply --no-such-option a
	run -64 apply --state-output loud a
}

@test "names that only look like those of secrets are shown" {
	sls a <<-END
		pwd: {cmd.run: [{name: pwd}, {cwd: $sls}]}
		$BATS_TEST_TMPDIR/etc/passwd/x: {file.directory: [{makedirs: true}]}
	END
	run -0 apply a --out json
	[[ $output != *'***'* ]]
	[[ $output == *'"stdout": "'"$sls"'"'* ]]
	run -0 apply a --test --out json
	[[ $output != *'***'* ]]
}

@test "--root says where the project lies, --chroot where its targets do" {
	mkdir -p "$BATS_TEST_TMPDIR/shop/project/.salt" "$BATS_TEST_TMPDIR/scratch/etc"
	cat >"$BATS_TEST_TMPDIR/shop/project/.salt/PILLAR.sample" <<<'makina-projects.projectname: {data: {a: 7}}'
	cat >"$BATS_TEST_TMPDIR/shop/project/.salt/050_conf.sls" <<<'/etc/conf: {file.managed: [{contents: "{{ opts.ms_project.data.a }}"}]}'
	run -0 "$HULL_STATE" apply --root "$BATS_TEST_TMPDIR/shop" --chroot "$BATS_TEST_TMPDIR/scratch"
	[ "$(cat "$BATS_TEST_TMPDIR/scratch/etc/conf")" = 7 ]
	mv "$BATS_TEST_TMPDIR/shop" "$BATS_TEST_TMPDIR/scratch/shop"
	rm "$BATS_TEST_TMPDIR/scratch/etc/conf"
	run -0 "$HULL_STATE" apply --root "$BATS_TEST_TMPDIR/scratch/shop" --chroot "$BATS_TEST_TMPDIR/scratch"
	[ "$(cat "$BATS_TEST_TMPDIR/scratch/etc/conf")" = 7 ]
}
