/* test_functions.c - functions of templates that know the project and what it stores.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/project.h"
#include "testing/test.h"
#include "value/yaml.h"

#include "base/banned.h"

struct scene {
	struct heap heap;
	struct world world;
	struct project project;
	struct err err;
};

static void begin(struct scene *scene)
{
	*scene = (struct scene){0};
	scene->world.heap = &scene->heap;
	scene->heap.world = &scene->world;
	scene->world.rootfd = test_dir(NULL);
	scene->world.state_dir = "/stored";
	scene->world.no_fsync = true;
	scene->world.pillar = dict_new(&scene->heap);
	scene->world.grains = dict_new(&scene->heap);
	scene->world.opts = dict_new(&scene->heap);
}

static void end(struct scene *scene)
{
	err_clear(&scene->err);
	secrets_done(&scene->world.secrets);
	heap_done(&scene->heap);
}

static struct value from_yaml(struct scene *scene, const char *yaml)
{
	struct value v = value_none();

	CHECK_OK(value_from_yaml(&scene->heap, str_of(yaml), "t", &v, &scene->err), &scene->err);
	return v;
}

/* The function with a list of arguments in YAML: its answer as YAML, or its error. */
static const char *called(struct scene *scene, const char *name, const char *args)
{
	const struct list *list = from_yaml(scene, args).list;
	struct call call = {.heap = &scene->heap, .args = list->items, .n_args = list->n};
	autobuf struct buf buf = {0};
	struct value v;

	err_clear(&scene->err);
	for (size_t i = 0; i < functions_project.n; i++) {
		if (!text_eq(functions_project.rows[i].name, name))
			continue;
		if (functions_project.rows[i].fn(&call, &v, &scene->err))
			return err_text(&scene->err);
		CHECK_OK(value_to_yaml(&scene->heap, v, YAML_FLOW | YAML_AS_IS, &buf, &scene->err),
			 &scene->err);
		return heap_strdup(&scene->heap, buf_str(&buf));
	}
	return "no such function";
}

TEST(the_table_of_functions_is_sorted)
{
	for (size_t i = 1; i < functions_project.n; i++)
		CHECK(strcmp(functions_project.rows[i - 1].name, functions_project.rows[i].name) <
		      0);
}

TEST(the_configuration_is_the_projects)
{
	struct scene scene;

	begin(&scene);
	CHECK_STR(called(&scene, "mc_project.get_configuration", "[]"),
		  "mc_project.get_configuration: there is no project here");
	scene.project.name = "p";
	scene.project.cfg = from_yaml(&scene, "{name: p, data: {a: 1}}").dict;
	scene.world.project = &scene.project;
	CHECK_STR(called(&scene, "mc_project.get_configuration", "[]"), "{name: p, data: {a: 1}}");
	CHECK_STR(called(&scene, "mc_project.get_configuration", "[p]"), "{name: p, data: {a: 1}}");
	CHECK_STR(called(&scene, "mc_project.get_configuration", "[q]"),
		  "the configuration of 'q' is not at hand: this is project 'p'");
	end(&scene);
}

TEST(a_path_is_looked_up_wherever_it_may_be)
{
	static const struct {
		const char *args, *wanted;
	} cases[] = {
		{"[a.b]", "1"},       {"['a:b']", "1"},    {"[x.y.z]", "2"},
		{"['x.y:z']", "2"},   {"[os]", "Debian"},  {"[both]", "from opts"},
		{"[none]", "''"},     {"[none, d]", "d"},  {"[none, null]", "null"},
		{"[stored]", "kept"}, {"[a.b.c, d]", "d"},
	};
	struct scene scene;

	begin(&scene);
	scene.world.pillar = from_yaml(&scene, "{a: {b: 1}, x.y: {z: 2}, both: pillar}").dict;
	scene.world.grains = from_yaml(&scene, "{os: Debian}").dict;
	scene.world.opts = from_yaml(&scene, "{both: from opts}").dict;
	CHECK_OK(stored_set(&scene.world, "stored", STR("kept"), &scene.err), &scene.err);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_STR(called(&scene, "mc_utils.get", cases[i].args), cases[i].wanted);
	end(&scene);
}

TEST(passwords_are_generated_given_and_forced)
{
	struct scene scene;

	begin(&scene);
	const char *name = "mc_utils.generate_stored_password";
	const char *first = called(&scene, name, "[k]");
	CHECK_INT(strlen(first), 16);
	CHECK_STR(called(&scene, name, "[k]"), first);
	CHECK_STR(called(&scene, name, "[k, 8]"), first);
	CHECK_INT(strlen(called(&scene, name, "[other, 8]")), 8);
	CHECK(strcmp(called(&scene, name, "[k, 16, true]"), first) != 0);
	CHECK_STR(called(&scene, name, "[k, 16, false, given-one]"), "given-one");
	CHECK_STR(called(&scene, name, "[k]"), "given-one");
	CHECK_STR(called(&scene, name, "[z, -1]"), "a password has 1 to 1024 characters, not 0");
	end(&scene);
}

TEST(redis_has_a_password_that_can_be_changed)
{
	struct scene scene;

	begin(&scene);
	scene.world.pillar =
		from_yaml(&scene, "{makina-states.services.db.redis: {redis: {port: '1'}}}").dict;
	CHECK_STR(called(&scene, "mc_redis.change_password", "[new-one]"), "new-one");
	const char *settings = called(&scene, "mc_redis.settings", "[]");
	CHECK(strstr(settings, "requirepass: new-one") != NULL);
	CHECK(strstr(settings, "port: '1'") != NULL);
	CHECK_INT(strlen(called(&scene, "mc_redis.change_password", "[]")), 16);
	CHECK(!strstr(called(&scene, "mc_redis.settings", "[]"), "new-one"));
	end(&scene);
}

TEST(values_are_resolved_and_passwords_hashed)
{
	struct scene scene;

	begin(&scene);
	CHECK_STR(called(&scene, "mc_utils.format_resolve", "[{a: '{b}', b: 1}]"),
		  "{a: '1', b: 1}");
	CHECK_STR(called(&scene, "mc_utils.format_resolve", "['{a}', {a: x}]"), "x");
	CHECK_STR(called(&scene, "mc_utils.format_resolve", "[x, [1]]"),
		  "format_resolve() takes a mapping, not 'list'");
	const char *hash = called(&scene, "mc_utils.unix_crypt", "[word]");
	CHECK(text_starts(hash, "$6$"));
	CHECK_STR(called(&scene, "mc_utils.unix_crypt", "[word]"), hash);
	end(&scene);
}
