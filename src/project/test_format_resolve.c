/* test_format_resolve.c - {placeholders} in configurations.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/limits.h"
#include "project/project.h"
#include "testing/test.h"
#include "value/yaml.h"

#include "base/banned.h"

static struct value from_yaml(struct heap *heap, const char *yaml)
{
	autoerr struct err err = {0};
	struct value v = value_none();

	CHECK_OK(value_from_yaml(heap, str_of(yaml), "t", &v, &err), &err);
	return v;
}

static const char *to_yaml(struct heap *heap, struct value v)
{
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};

	CHECK_OK(value_print_repr(heap, v, &buf, &err), &err);
	return heap_strdup(heap, buf_str(&buf));
}

TEST(placeholders_are_resolved_in_data_and_cfg)
{
	static const struct {
		const char *data, *cfg, *wanted;
	} cases[] = {
		/* the test of the original */
		{"{a: ['{b}/{d}/{f}', '{c}', '{eee}'], b: 1, c: ['{d}', b], d: '{b}', "
		 "eee: '{f}', f: '{g}', g: '3'}",
		 "{}",
		 "{'a': ['1/1/3', ['1', 'b'], '3'], 'b': 1, 'c': ['1', 'b'], 'd': '1', "
		 "'eee': '3', 'f': '3', 'g': '3'}"},
		{"{x: '{name}-{y}', y: '{name}'}", "{name: p}", "{'x': 'p-p', 'y': 'p'}"},
		{"{name: mine, x: '{name}'}", "{name: p}", "{'name': 'mine', 'x': 'mine'}"},
		{"{x: '{root}'}", "{root: '/srv/{name}', name: p}", "{'x': '/srv/p'}"},
		{"{x: '{root}', y: '1'}", "{root: '/srv/{y}'}", "{'x': '/srv/1', 'y': '1'}"},
		{"{x: '{b} {t} {n} {f}', b: true, t: [1, '2'], n: null, f: 1.5}", "{}",
		 "{'x': \"True [1, '2'] None 1.5\", 'b': True, 't': [1, '2'], 'n': None, 'f': "
		 "1.5}"},
		{"{x: '{n}', n: null, y: '{i}', i: 3}", "{}",
		 "{'x': 'None', 'n': None, 'y': '3', 'i': 3}"},
		{"{x: '{d}', d: {k: '{v}'}, v: 1}", "{}",
		 "{'x': {'k': '1'}, 'd': {'k': '1'}, 'v': 1}"},
		{"{x: '{a[b]} {0} {y:>5} {{ {} }', y: 1}", "{}",
		 "{'x': '{a[b]} {0} {y:>5} {{ {} }', 'y': 1}"},
		{"{x: '{{y}}', y: z}", "{}", "{'x': '{z}', 'y': 'z'}"},
		{"{x: '{{y}}', y: z, z: 1}", "{}", "{'x': '1', 'y': 'z', 'z': 1}"},
		{"{x: '{unknown} ${y} {y', y: 1}", "{}", "{'x': '{unknown} $1 {y', 'y': 1}"},
		{"{x: '{0}', 0: zero}", "{}", "{'x': 'zero', 0: 'zero'}"},
		{"{x: '{x}'}", "{}", "{'x': '{x}'}"},
		{"{x: 'a{y}', y: 'b{x}'}", "{}", "{'x': 'ab{x}', 'y': 'b{x}'}"},
		{"{x: {in: '{x}'}}", "{}", "{'x': {'in': '{x}'}}"},
		{"{'{y}': '{y}', y: 1}", "{}", "{'{y}': '1', 'y': 1}"},
		{"{a: [[{k: '{name}'}]]}", "{name: p}", "{'a': [[{'k': 'p'}]]}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoheap struct heap heap = {0};
		autoerr struct err err = {0};
		struct value data = from_yaml(&heap, cases[i].data);
		struct value cfg = from_yaml(&heap, cases[i].cfg);
		CHECK_OK(format_resolve(&heap, data.dict, cfg.dict, NULL, &err), &err);
		CHECK_STR(to_yaml(&heap, data), cases[i].wanted);
	}
}

TEST(cfg_is_resolved_against_itself_and_then_data)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct value data = from_yaml(&heap, "{domain: '{fqdn}', user: other}");
	struct value cfg = from_yaml(&heap, "{fqdn: h, user: '{name}-u', name: p, url: "
					    "'http://{domain}/{user}'}");

	CHECK_OK(format_resolve(&heap, data.dict, cfg.dict, NULL, &err), &err);
	CHECK_STR(to_yaml(&heap, cfg),
		  "{'fqdn': 'h', 'user': 'p-u', 'name': 'p', 'url': 'http://h/p-u'}");
}

TEST(a_list_that_is_named_is_copied)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct value data = from_yaml(&heap, "{a: '{l}', l: [1, [2]]}");

	CHECK_OK(format_resolve(&heap, data.dict, dict_new(&heap), NULL, &err), &err);
	list_push(&heap, dict_get(data.dict, "a")->list->items[1].list, value_int(3));
	CHECK_STR(to_yaml(&heap, data), "{'a': [1, [2, 3]], 'l': [1, [2]]}");
}

static void note(void *arg, struct value text, struct str name, bool is_cycle)
{
	buf_printf(arg, "%.*s in %.*s%s; ", STR_ARG(name), STR_ARG(value_bytes(text)),
		   is_cycle ? " (cycle)" : "");
}

TEST(what_is_not_resolved_is_told)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	autobuf struct buf told = {0};
	struct resolve_listener listener = {note, &told};
	struct value data =
		from_yaml(&heap, "{a: 'x{nope}y{b}', b: '{c}', c: '{b}', d: '{print $1} "
				 "${e} {0} {{e}} {x.y}', f: '{good}', good: '1'}");

	CHECK_OK(format_resolve(&heap, data.dict, dict_new(&heap), &listener, &err), &err);
	CHECK_STR(buf_text(&told), "b in {b} (cycle); b in {c} (cycle); nope in x{nope}y{b}; b in "
				   "x{nope}y{b} (cycle); ");
}

TEST(a_value_is_resolved_against_a_mapping_and_both_stay)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct value v = from_yaml(&heap, "['{a}', {k: '{b}'}]");
	struct value mapping = from_yaml(&heap, "{a: '{b}', b: 2}");
	struct value resolved;

	CHECK_OK(format_resolve_value(&heap, v, mapping.dict, &resolved, &err), &err);
	CHECK_STR(to_yaml(&heap, resolved), "['2', {'k': '2'}]");
	CHECK_STR(to_yaml(&heap, v), "['{a}', {'k': '{b}'}]");
	CHECK_STR(to_yaml(&heap, mapping), "{'a': '{b}', 'b': 2}");
	CHECK_OK(format_resolve_value(&heap, mapping, NULL, &resolved, &err), &err);
	CHECK_STR(to_yaml(&heap, resolved), "{'a': '2', 'b': 2}");
	CHECK_OK(format_resolve_value(&heap, value_literal("{a}"), NULL, &resolved, &err), &err);
	CHECK_STR(to_yaml(&heap, resolved), "'{a}'");
}

/* {k0: <item>, k1: …{k0}{k0}…, …} */
static struct dict *bomb(struct heap *heap, const char *first, const char *format, int n)
{
	struct dict *data = dict_new(heap);

	for (int i = 0; i < n; i++) {
		const char *before = heap_printf(heap, "{k%d}", i - 1);
		struct value text = value_cstr(heap, before);
		struct list *list = list_new(heap, 2);
		list_push(heap, list, text);
		list_push(heap, list, text);
		struct value v = !i        ? value_cstr(heap, first)
				 : *format ? value_printf(heap, "%s%s", before, before)
					   : value_of_list(list);
		dict_set(heap, data, heap_printf(heap, "k%d", i), v);
	}
	return data;
}

TEST(bombs_end_with_an_error)
{
	static const char *const formats[] = {"text", ""};

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		autoheap struct heap heap = {0};
		autoerr struct err err = {0};
		CHECK_INT(format_resolve(&heap, bomb(&heap, "0123456789", formats[i], 40),
					 dict_new(&heap), NULL, &err),
			  -1);
		CHECK_INT(err.kind, ERR_LIMIT);
	}
}

TEST(a_long_chain_ends_with_an_error)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct dict *data = dict_new(&heap);

	for (int i = 5000; i > 0; i--)
		dict_set(&heap, data, heap_printf(&heap, "k%d", i),
			 value_printf(&heap, "{k%d}", i - 1));
	CHECK_INT(format_resolve(&heap, data, dict_new(&heap), NULL, &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
}

TEST(a_list_in_itself_ends_with_an_error)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct dict *data = dict_new(&heap);
	struct list *list = list_new(&heap, 1);

	list_push(&heap, list, value_of_list(list));
	dict_set(&heap, data, "a", value_of_list(list));
	CHECK_INT(format_resolve(&heap, data, dict_new(&heap), NULL, &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
}
