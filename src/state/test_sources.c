/* test_sources.c - names below salt://, and what may be opened by them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/strlist.h"
#include "base/vec.h"
#include "state/source_names.h"
#include "state/test_sls_scene.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(names_are_cut_into_words)
{
	static const struct {
		const char *name, *from, *wanted;
	} cases[] = {
		{"a/b", NULL, "a/b"},      {"/a//./b/", NULL, "a/b"}, {"a/../b", NULL, "b"},
		{"../a", NULL, NULL},      {"a/../../b", NULL, NULL}, {"a?saltenv=base", NULL, "a"},
		{"./x", "p/q.sls", "p/x"}, {"../x", "p/q.sls", "x"},  {"../../x", "p/q.sls", NULL},
		{"x", "p/q.sls", "x"},     {"./x", "q.sls", "x"},     {"./x", "/abs/q", "/abs/x"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *name = source_name(cases[i].name, cases[i].from);
		CHECK_STR(name, cases[i].wanted);
	}
}

TEST(sources_stay_beneath_their_root)
{
	struct sls_scene scene;
	autobuf struct buf content = {0};
	const char *file;

	sls_scene_begin(&scene);
	sls_scene_file(&scene, "d/f", "text");
	CHECK_INT(symlinkat("/etc/passwd", scene.dirfd, "out"), 0);
	CHECK_INT(symlinkat("f", scene.dirfd, "d/link"), 0);
	autoerr struct err err = {0};
	CHECK_OK(source_read(&scene.world, "salt://d/f", &content, &file, &err), &err);
	CHECK_STR(buf_text(&content), "text");
	CHECK_STR(file, "top/d/f");
	CHECK_OK(source_read(&scene.world, "salt://d/link", &content, &file, &err), &err);
	static const char *const refused[] = {"salt://out",  "salt://../x",   "salt://d",
					      "salt://none", "http://host/x", "/no/such/file"};
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		autoerr struct err why = {0};
		CHECK_INT(source_read(&scene.world, refused[i], &content, &file, &why), -1);
		CHECK(err_is_set(&why));
	}
	autoerr struct err missing = {0};
	CHECK_INT(source_read(&scene.world, "salt://none", &content, &file, &missing), -1);
	CHECK_STR(err_text(&missing), "Source file salt://none not found in saltenv 'base'");
	CHECK(source_exists(&scene.world, "salt://d"));
	CHECK(source_exists(&scene.world, "salt://d/f"));
	CHECK(!source_exists(&scene.world, "salt://e"));
	sls_scene_end(&scene);
}

TEST(a_root_may_be_texts_and_have_a_prefix)
{
	static const struct builtin_text texts[] = {{"hooks.sls", "h: t.ok\n"}, {NULL}};
	struct sls_scene scene;
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};

	sls_scene_begin(&scene);
	vec_push(&scene.world.roots, {.prefix = "lib/x", .dirfd = -1, .path = "", .texts = texts});
	sls_scene_file(&scene, "a.sls", "include: [lib.x.hooks]\na: t.ok\n");
	sls_scene_file(&scene, "p/init.sls", "");
	CHECK_INT(sls_scene_compile(&scene, "a", false), 0);
	CHECK_STR(sls_scene_order(&scene), "h a");
	CHECK_OK(source_list_states(&scene.world, &names, &err), &err);
	autofree char *joined = strlist_join(&names, " ");
	CHECK_STR(joined, "a p");
	sls_scene_end(&scene);
}

TEST(bytes_of_a_builtin_text_may_stand_for_pairs)
{
	/* 0x80 is ": ", 0x81 "t.", 0x82 both, each of them with what they hold. */
	static const uint8_t pairs[][2] = {{':', ' '}, {'t', '.'}, {0x80, 0x81}};
	static const struct builtin_text texts[] = {
		{"a.sls", "a\202ok\nb\202ok\n"}, {"empty.sls", ""}, {NULL}};
	struct sls_scene scene;
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	const char *file;

	sls_scene_begin(&scene);
	vec_push(&scene.world.roots,
		 {.prefix = "lib", .dirfd = -1, .path = "", .texts = texts, .pairs = pairs});
	CHECK_OK(source_read(&scene.world, "salt://lib/a.sls", &text, &file, &err), &err);
	CHECK_STR(buf_text(&text), "a: t.ok\nb: t.ok\n");
	CHECK_OK(source_read(&scene.world, "salt://lib/empty.sls", &text, &file, &err), &err);
	CHECK_STR(buf_text(&text), "");
	sls_scene_end(&scene);
}

TEST(templates_know_where_they_are)
{
	struct sls_scene scene;

	sls_scene_begin(&scene);
	sls_scene_file(&scene, "p/m.jinja", "{% set where = tpldir ~ ' ' ~ tplfile %}");
	sls_scene_file(
		&scene, "p/init.sls",
		"{% import './m.jinja' as m %}\n'{{ sls }} {{ slspath }} {{ tplfile }} {{ tpldot }}': t.ok\n"
		"'{{ m.where }}': t.ok\n");
	if (sls_scene_compile(&scene, "p", false))
		test_fail(__FILE__, __LINE__, "%s", sls_scene_findings(&scene));
	CHECK_STR(sls_scene_order(&scene), "p p p/init.sls p p p/m.jinja");
	sls_scene_end(&scene);
}

TEST(imports_see_what_was_given_to_the_rendering_with_context_or_not)
{
	struct sls_scene scene;

	sls_scene_begin(&scene);
	sls_scene_file(
		&scene, "p/m.jinja",
		"{% set where = sls ~ ' ' ~ slspath ~ ' ' ~ tplfile ~ ' ' ~ own|default('-') %}");
	sls_scene_file(&scene, "p/q.sls",
		       "{% set own = 1 %}{% from 'p/m.jinja' import where %}'{{ where }}': t.ok\n"
		       "{% from 'p/m.jinja' import where with context %}'{{ where }}': t.ok\n");
	if (sls_scene_compile(&scene, "p.q", false))
		test_fail(__FILE__, __LINE__, "%s", sls_scene_findings(&scene));
	CHECK_STR(sls_scene_order(&scene), "p.q p p/m.jinja - p.q p p/m.jinja 1");
	sls_scene_end(&scene);
}

TEST(what_a_call_gives_to_a_template_counts_over_where_that_is)
{
	struct sls_scene scene;
	struct str text = {0};
	autodiag struct diag diag = {0};

	sls_scene_begin(&scene);
	struct dict *context = dict_new(scene.world.heap);
	dict_set(scene.world.heap, context, "tplfile", value_literal("mine"));
	CHECK(world_render(&scene.world, "p/t", "p/t", STR("{{ tplfile }} {{ tpldir }}"), context,
			   &text, &diag) == 0);
	CHECK(str_is(text, "mine p"));
	sls_scene_end(&scene);
}
