#!/usr/bin/env bats
# render.bats - one template to stdout: variables, settings, imports, errors.
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0

load ../lib/state

setup() { state_setup; }

render() { "$HULL_STATE" render "$@"; }

# template NAME: from stdin.
template() { cat >"$dir/$1"; }

@test "variables come from a context and from the command line" {
	template t <<<'{{ who }} {{ list|join(",") }} {{ n + 1 }}'
	printf '{"who": "context", "list": [1, 2], "n": 3}' >context.json
	printf 'who: yaml\nlist: [1, 2]\nn: 3\n' >context.yaml
	run -0 render t --context context.json
	[ "$output" = "context 1,2 4" ]
	run -0 render t --context context.yaml --var who=word
	[ "$output" = "word 1,2 4" ]
	run -64 render t --var who
	[[ $output == *"--var takes NAME=TEXT, not 'who'"* ]]
}

@test "the template may come from stdin, and its imports from the working directory" {
	template lib <<<'{% macro hello(name) %}hello {{ name }}{% endmacro %}'
	run -0 bash -c 'echo "{% from '"'lib'"' import hello %}{{ hello(1) }}" | "$1" render -' _ "$HULL_STATE"
	[ "$output" = "hello 1" ]
}

@test "imports lie in the template's directory, relative ones beside who asks" {
	mkdir -p sub/deep
	template sub/t <<<'{% include "deep/a" %}{% include "./b" %}'
	template sub/deep/a <<<'a{% include "./c" %}{% include "../b" %}'
	template sub/deep/c <<<'c'
	template sub/b <<<'b'
	template outside <<<'outside'
	run -0 render sub/t
	[ "$output" = "acbb" ]
	template sub/t <<<'{% include "../../outside" %}'
	run -1 render sub/t
	[[ $output == "sub/t:1:12: error: template '../../outside' not found"* ]]
}

@test "an error has its place, the lines, and nothing is printed" {
	template t <<-'END'
		before
		{% set cfg = {'domain': 1} %}
		{{ cfg.domani }}
	END
	run -1 --separate-stderr render t
	[ -z "$output" ]
	[ "$stderr" = "$(cat <<-'END'
		t:3:8: error: 'dict object' has no attribute 'domani'
		    1 | before
		    2 | {% set cfg = {'domain': 1} %}
		    3 | {{ cfg.domani }}
		      |        ^~~~~~
		  did you mean 'domain'?
		  it has: domain
	END
	)" ]
	run -1 --separate-stderr "$HULL_STATE" --log-format json render t
	[[ $stderr == '{"severity":"error","file":"t","line":3,"column":8,"message":'* ]]
}

@test "what is wrong with a context has its place too, and is status 1" {
	echo '{{ x }}' >"$BATS_TEST_TMPDIR/a.j2"
	cd "$BATS_TEST_TMPDIR"
	echo '{"x": 1,}' >c.json
	run -1 --separate-stderr "$HULL_STATE" render a.j2 --context c.json
	[ -z "$output" ]
	[[ $stderr == "c.json:1:9: error: Expecting property name enclosed in double quotes"* ]]
	[[ $stderr == *'    1 | {"x": 1,}'* ]]
	echo '{"x": 12345678901234567890123}' >c.json
	run -1 --separate-stderr "$HULL_STATE" render a.j2 --context c.json
	[[ $stderr == "c.json:1:7: error: integer beyond 64 bits"* ]]
	printf 'x: [1,\ny: b: c\n' >c.yaml
	run -1 --separate-stderr "$HULL_STATE" render a.j2 --context c.yaml
	[[ $stderr == "c.yaml:2:5: error: "*"    2 | y: b: c"* ]]
	echo '[1]' >l.yaml
	run -1 --separate-stderr "$HULL_STATE" render a.j2 --context l.yaml
	[[ $stderr == "l.yaml:1:1: error: not a mapping, but 'list'"* ]]
}

@test "undefined variables are strict by default, and may be otherwise" {
	template t <<<'[{{ nothing }}]'
	run -1 render t
	[[ $output == *"t:1:5: error: 'nothing' is undefined"* ]]
	run -0 render t --undefined default
	[ "$output" = "[]" ]
	run -0 render t --undefined debug
	[ "$output" = "[{{ nothing }}]" ]
	template t <<<'[{{ nothing.at.all }}]'
	run -1 render t --undefined default
	run -0 render t --undefined chainable
	[ "$output" = "[]" ]
	run -64 render t --undefined lenient
}

@test "blocks are trimmed, and the last newline kept, when it is asked" {
	printf '  {%% if true %%}\nx\n  {%% endif %%}\n' >t
	run -0 bash -c '"$1" render t | od -An -c | tr -d " \n"' _ "$HULL_STATE"
	[ "$output" = '\nx\n' ]
	run -0 bash -c '"$1" render t --trim-blocks --lstrip-blocks | od -An -c | tr -d " \n"' _ "$HULL_STATE"
	[ "$output" = 'x\n' ]
	printf 'x\n' >t
	run -0 bash -c '"$1" render t --keep-trailing-newline | od -An -c | tr -d " \n"' _ "$HULL_STATE"
	[ "$output" = 'x\n' ]
}

@test "settings have the names of Jinja's Environment" {
	printf '<%% for x in [1, 2] %%>\n${x}\n<%% endfor %%>\n## gone\n' >t
	cat >settings.json <<-'END'
		{"block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "${",
		 "variable_end_string": "}", "trim_blocks": true, "line_comment_prefix": "##",
		 "undefined": "StrictUndefined", "autoescape": false}
	END
	run -0 render t --settings settings.json
	[ "$output" = $'1\n2' ]
	printf '{"block_start": "<%%"}' >settings.json
	run -64 render t --settings settings.json
	[[ $output == *"setting 'block_start' is unknown"* ]]
}

@test "autoescape escapes what is printed and not marked safe" {
	template t <<<'{{ x }}{{ x|safe }}{% set y %}<b>{% endset %}{{ y }}'
	run -0 render t --autoescape --var 'x=<'
	[ "$output" = '&lt;<<b>' ]
}

@test "a pillar brings what state files see" {
	template t <<<'{{ pillar.domain }} {{ salt["pillar.get"]("domain") }} {{ grains.kernel }} {{ opts is mapping }}'
	printf 'domain: {{ 1 + 1 }}.example\n' >pillar.sls
	run -0 render t --pillar pillar.sls
	[ "$output" = "2.example 2.example Linux True" ]
	run -1 render t
	[[ $output == *"'pillar' is undefined"* ]]
}

@test "texts of other formats are loaded" {
	template data.yaml <<<'a: {{ 1 + 1 }}'
	template data.json <<<'{"b": [1, null]}'
	template t <<-'END'
		{% import_yaml "data.yaml" as y %}{% import_json "data.json" as j %}{% import_text "data.yaml" as x -%}
		{% load_yaml as z %}
		c: [{{ y.a }}, x]
		{% endload %}{{ y }} {{ j }} {{ x }} {{ z }}
	END
	run -0 render t
	[ "$output" = "{'a': 2} {'b': [1, None]} a: 2 {'c': [2, 'x']}" ]
	template t <<<'{% load_yaml as z %}{{ "a: [" }}{% endload %}'
	run -1 render t
	[[ $output == "t:1:"*"error:"* ]]
}

@test "Jinja's answers are ours" {
	[ -n "$HULL_CORPORA" ] || skip "needs the reference corpora (HULL_CORPORA)"
	run -0 /usr/bin/env python3 "$BATS_TEST_DIRNAME/jinja_corpus.py" "$HULL_STATE" "$HULL_CORPORA"
}
