/* test_project.c - the layers of a project's configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/project.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"
#include "testing/test.h"
#include "value/yaml.h"

#include "base/banned.h"

#define SAMPLE "p/project/.salt/PILLAR.sample"
#define PILLAR "p/pillar/init.sls"
#define VOLUME "p/data/configuration/pillar.sls"

struct scene {
	struct heap heap;
	struct world world;
	struct project project;
	struct project_options options;
	struct diags warnings;
	struct diag diag;
	const char *dir;
};

static void write_file(struct scene *scene, const char *name, const char *text)
{
	autoerr struct err err = {0};
	autofree char *path = path_join(scene->dir, name);
	autofree char *dir = xstrndup(path, (size_t)(path_base(path) - path));

	CHECK_OK(dir_make_all(AT_FDCWD, dir, 0755, &err), &err);
	CHECK_OK(file_write_at(AT_FDCWD, path, text, strlen(text), 0644, FILE_NO_SYNC, &err), &err);
}

static void begin(struct scene *scene)
{
	*scene = (struct scene){0};
	test_dir(&scene->dir);
	scene->world.heap = &scene->heap;
	scene->world.rootfd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	scene->world.grains = dict_new(&scene->heap);
	dict_set(&scene->heap, scene->world.grains, "id", value_literal("h.example.org"));
	dict_set(&scene->heap, scene->world.grains, "os", value_literal("Ubuntu"));
	dict_set(&scene->heap, scene->world.grains, "os_family", value_literal("Debian"));
	scene->options.projects_dir = scene->dir;
	world_begin(&scene->world);
	write_file(scene, "p/project/README", "");
}

static int load(struct scene *scene)
{
	return project_load(&scene->world, "p", &scene->options, &scene->project, &scene->warnings,
			    &scene->diag);
}

static void end(struct scene *scene)
{
	diag_clear(&scene->diag);
	diags_clear(&scene->warnings);
	secrets_done(&scene->world.secrets);
	vec_foreach(root, &scene->world.roots)
		if (root->dirfd >= 0)
			close(root->dirfd);
	vec_done(&scene->world.roots);
	engine_done(&scene->world.engine);
	close(scene->world.rootfd);
	heap_done(&scene->heap);
}

static const char *shown(struct scene *scene, struct value v)
{
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};

	CHECK_OK(value_to_yaml(&scene->heap, v, YAML_FLOW | YAML_AS_IS, &buf, &err), &err);
	return heap_strdup(&scene->heap, buf_str(&buf));
}

static const char *data(struct scene *scene)
{
	if (load(scene))
		CHECK_STR(scene->diag.message, "");
	return shown(scene, value_of_dict(scene->project.data));
}

static const char *cfg(struct scene *scene, const char *key)
{
	const struct value *v = dict_get(scene->project.cfg, key);

	return v ? shown(scene, *v) : "absent";
}

TEST(the_volume_replaces_the_pillar_which_is_over_the_sample)
{
	struct scene scene;

	begin(&scene);
	write_file(&scene, SAMPLE,
		   "makina-projects.projectname:\n  data:\n    a: sample\n    b: sample\n    "
		   "m: {x: 1}\n    l: [1]\n");
	CHECK_STR(data(&scene), "{a: sample, b: sample, m: {x: 1}, l: [1]}");
	write_file(&scene, PILLAR,
		   "makina-projects.p:\n  data:\n    b: pillar\n    c: pillar\n    m: {y: 2}\n    "
		   "l: [2]\n");
	CHECK_STR(data(&scene), "{a: sample, b: pillar, m: {x: 1, y: 2}, l: [2], c: pillar}");
	write_file(&scene, VOLUME, "makina-projects.p.data.a: volume\n");
	CHECK_STR(data(&scene), "{a: volume, b: sample, m: {x: 1}, l: [1]}");
	scene.options.merge_pillar = true;
	CHECK_STR(data(&scene), "{a: volume, b: pillar, m: {x: 1, y: 2}, l: [2], c: pillar}");
	end(&scene);
}

TEST(a_file_given_replaces_both)
{
	struct scene scene;

	begin(&scene);
	autofree char *path = path_join(scene.dir, "given.sls");
	write_file(&scene, PILLAR, "makina-projects.p.data.a: image\n");
	write_file(&scene, VOLUME, "makina-projects.p.data.a: volume\n");
	write_file(&scene, "given.sls", "makina-projects.p.data.b: given\n");
	scene.options.pillar_file = path;
	CHECK_STR(data(&scene), "{b: given}");
	scene.options.pillar_file = "/no/such/file";
	CHECK_INT(load(&scene), -1);
	CHECK_STR(scene.diag.message, "no pillar '/no/such/file'");
	end(&scene);
}

TEST(environment_and_system_are_over_the_sample_and_under_the_pillar)
{
	struct scene scene;

	begin(&scene);
	write_file(&scene, SAMPLE,
		   "makina-projects.x:\n  data: {a: 1, b: 1, c: 1, d: 1}\n"
		   "  env_defaults: {dev: {a: dev, b: dev}, prod: {a: prod, d: prod}}\n"
		   "  os_defaults: {Debian: {b: deb, c: deb}, Ubuntu: {c: ubu}}\n");
	CHECK_STR(data(&scene), "{a: prod, b: deb, c: ubu, d: prod}");
	CHECK_STR(cfg(&scene, "default_env"), "prod");
	write_file(&scene, PILLAR, "default_env: dev\nmakina-projects.p: {data: {a: mine}}\n");
	CHECK_STR(data(&scene), "{a: mine, b: deb, c: ubu, d: 1}");
	write_file(&scene, PILLAR, "default_env: dev\nmakina-projects.p.default_env: staging\n");
	CHECK_STR(data(&scene), "{a: 1, b: deb, c: ubu, d: 1}");
	CHECK_STR(cfg(&scene, "default_env"), "staging");
	end(&scene);
}

TEST(the_call_is_over_everything)
{
	struct scene scene;
	autoerr struct err err = {0};
	struct value overrides;

	begin(&scene);
	write_file(&scene, PILLAR, "makina-projects.p: {user: u, data: {a: 1, b: 1}}\n");
	CHECK_OK(value_from_yaml(&scene.heap, STR("{user: me, data: {a: '{user}'}}"), "t",
				 &overrides, &err),
		 &err);
	scene.options.overrides = overrides.dict;
	CHECK_STR(data(&scene), "{a: me, b: 1}");
	CHECK_STR(cfg(&scene, "user"), "me");
	end(&scene);
}

TEST(a_project_without_a_pillar_has_its_defaults)
{
	struct scene scene;

	begin(&scene);
	CHECK_STR(data(&scene), "{}");
	CHECK_STR(cfg(&scene, "name"), "p");
	CHECK_STR(cfg(&scene, "user"), "p-user");
	CHECK_STR(cfg(&scene, "group"), "p-grp");
	CHECK_STR(cfg(&scene, "groups"), "[p-grp]");
	CHECK_STR(cfg(&scene, "fqdn"), "h.example.org");
	CHECK_STR(cfg(&scene, "api_version"), "'2'");
	CHECK_STR(cfg(&scene, "remote_less"), "true");
	CHECK_STR(cfg(&scene, "skip_notify"), "true");
	CHECK_STR(cfg(&scene, "rollback"), "false");
	CHECK_STR(cfg(&scene, "data_root"), heap_printf(&scene.heap, "%s/p/data", scene.dir));
	CHECK_STR(cfg(&scene, "current_archive_dir"),
		  heap_printf(&scene.heap, "%s/p/archives/%s", scene.dir, scene.project.chrono));
	CHECK_STR(scene.world.state_dir,
		  heap_printf(&scene.heap, "%s/p/data/configuration/.hull-state", scene.dir));
	end(&scene);
}

TEST(the_pillar_sets_what_the_configuration_is)
{
	struct scene scene;

	begin(&scene);
	write_file(&scene, PILLAR,
		   "makina-projects.p:\n  user: '{name}-www'\n  groups: editor\n  extra: 1\n");
	CHECK_STR(data(&scene), "{}");
	CHECK_STR(cfg(&scene, "user"), "p-www");
	CHECK_STR(cfg(&scene, "group"), "editor");
	CHECK_STR(cfg(&scene, "groups"), "[editor]");
	CHECK_STR(cfg(&scene, "extra"), "1");
	end(&scene);
}

TEST(other_keys_of_the_sample_are_under_the_pillar)
{
	struct scene scene;

	begin(&scene);
	write_file(&scene, SAMPLE, "makina-projects.x: {data: {}}\nnginx: {a: 1, b: 1}\n");
	write_file(&scene, PILLAR, "nginx: {b: 2}\nmore: 1\n");
	CHECK_STR(data(&scene), "{}");
	CHECK_STR(shown(&scene, value_of_dict(scene.world.pillar)),
		  "{nginx: {a: 1, b: 2}, more: 1}");
	CHECK_STR(cfg(&scene, "sls_default_pillar"), "{nginx: {a: 1, b: 1}}");
	CHECK(dict_get(scene.world.opts, "ms_project")->dict == scene.project.cfg);
	end(&scene);
}

TEST(a_pillar_includes_files_beside_it)
{
	struct scene scene;

	begin(&scene);
	write_file(&scene, PILLAR,
		   "include: [.one, makina-projects.p.sub.two, three]\nmakina-projects.p.data.a: "
		   "main\n");
	write_file(&scene, "p/pillar/one.sls", "makina-projects.p: {data: {a: one, b: one}}\n");
	write_file(&scene, "p/pillar/sub/two.sls", "include: [one]\nmakina-projects.p.data.c: 2\n");
	write_file(&scene, "p/pillar/three/init.sls", "x: 3\n");
	CHECK_STR(data(&scene), "{a: main, b: one, c: 2}");
	CHECK(dict_get(scene.world.pillar, "include") == NULL);
	CHECK(dict_get(scene.world.pillar, "x") != NULL);
	write_file(&scene, PILLAR, "include:\n  - nope\n");
	CHECK_INT(load(&scene), -1);
	CHECK_INT(scene.diag.at.line, 2);
	CHECK_STR(
		scene.diag.message,
		heap_printf(&scene.heap, "there is no pillar 'nope' in '%s/p/pillar'", scene.dir));
	end(&scene);
}

TEST(placeholders_and_their_warnings_have_places)
{
	struct scene scene;
	autobuf struct buf told = {0};

	begin(&scene);
	write_file(&scene, SAMPLE,
		   "makina-projects.x:\n  data:\n    dir: '{data_root}/x'\n    a: '{nope}/y'\n"
		   "    l:\n      - ['{l}']\n");
	CHECK_STR(data(&scene),
		  heap_printf(&scene.heap, "{dir: %s/p/data/x, a: '{nope}/y', l: [['{l}']]}",
			      scene.dir));
	vec_foreach(warning, &scene.warnings) {
		CHECK(text_ends(warning->at.file, "/PILLAR.sample"));
		buf_printf(&told, "%u:%u %s\n", warning->at.line, warning->at.column,
			   warning->message);
	}
	CHECK_STR(buf_text(&told), "4:8 nothing is known by the name of the placeholder {nope}\n"
				   "6:10 the placeholder {l} stands for itself\n");
	end(&scene);
}

TEST(secrets_of_the_pillar_are_known)
{
	struct scene scene;
	autobuf struct buf masked = {0};

	begin(&scene);
	write_file(&scene, PILLAR,
		   "secrets_pattern: pin\nmakina-projects.p.data: {pin: '12345', password: shown, "
		   "url: 'x {pin}'}\n");
	CHECK_STR(data(&scene), "{pin: '12345', password: shown, url: x 12345}");
	secrets_mask(&scene.world.secrets, STR("12345 shown"), &masked);
	CHECK_STR(buf_text(&masked), "*** shown");
	end(&scene);
}

TEST(errors_are_at_their_place_and_their_line_is_masked)
{
	static const struct {
		const char *name, *text, *wanted;
		unsigned line, column;
	} cases[] = {
		{PILLAR, "a: 1\nb: ]\n", "did not find expected node content", 2, 4},
		{PILLAR, "- a\n", "a pillar must be a mapping, not a list", 1, 1},
		{VOLUME, "makina-projects.p:\n  data: []\n", "'data' must be a mapping, not a list",
		 2, 9},
		{SAMPLE, "makina-projects.x:\n  data: 1\n",
		 "'data' must be a mapping, not a number", 2, 9},
		{SAMPLE, "a: {{ nope }}\n", "'nope' is undefined", 1, 7},
		{PILLAR, "a:\n  password: hidden-one\n a: 1\n", "did not find expected key", 3, 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene scene;
		autobuf struct buf text = {0}, masked = {0};
		begin(&scene);
		write_file(&scene, cases[i].name, cases[i].text);
		CHECK_INT(load(&scene), -1);
		diag_write(&scene.diag, &text);
		secrets_mask(&scene.world.secrets, buf_str(&text), &masked);
		if (!strstr(buf_text(&masked), cases[i].wanted))
			CHECK_STR(buf_text(&masked), cases[i].wanted);
		CHECK(text_ends(scene.diag.at.file, cases[i].name));
		CHECK_INT(scene.diag.at.line, cases[i].line);
		CHECK_INT(scene.diag.at.column, cases[i].column);
		CHECK(!strstr(buf_text(&masked), "hidden-one"));
		CHECK(strstr(buf_text(&masked), "^") != NULL);
		end(&scene);
	}
}

TEST(a_pillar_is_a_template_that_sees_what_is_known)
{
	struct scene scene;

	begin(&scene);
	write_file(&scene, PILLAR, "{% set x = 'v' %}\nmakina-projects.p.data.a: {{ x }}\n");
	CHECK_STR(data(&scene), "{a: v}");
	end(&scene);
}

TEST(the_pillar_is_read_again)
{
	struct scene scene;
	autoerr struct err err = {0};

	begin(&scene);
	write_file(&scene, PILLAR, "makina-projects.p.data.a: 1\n");
	CHECK_STR(data(&scene), "{a: 1}");
	struct dict *pillar = scene.world.pillar;
	write_file(&scene, PILLAR, "makina-projects.p.data.a: 2\n");
	CHECK_OK(scene.world.reload_pillar(&scene.world, &err), &err);
	CHECK_STR(shown(&scene, value_of_dict(scene.project.data)), "{a: 2}");
	CHECK(scene.world.pillar == pillar);
	write_file(&scene, PILLAR, "a: ]\n");
	CHECK_INT(scene.world.reload_pillar(&scene.world, &err), -1);
	CHECK(strstr(err_text(&err), "init.sls:1:4: ") != NULL);
	end(&scene);
}

TEST(a_project_that_is_not_there_is_told)
{
	struct scene scene;
	static const char *const names[] = {"", "../p", ".p", "a/b"};

	begin(&scene);
	CHECK_INT(
		project_load(&scene.world, "q", &scene.options, &scene.project, NULL, &scene.diag),
		-1);
	CHECK_STR(scene.diag.message,
		  heap_printf(&scene.heap, "no project 'q': there is no '%s/q'", scene.dir));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		diag_clear(&scene.diag);
		CHECK_INT(project_load(&scene.world, names[i], &scene.options, &scene.project, NULL,
				       &scene.diag),
			  -1);
		CHECK_INT(scene.diag.kind, ERR_INPUT);
	}
	end(&scene);
}

TEST(a_checkout_is_a_project_of_its_own)
{
	struct scene scene;

	begin(&scene);
	autofree char *path = path_join(scene.dir, "co");
	write_file(&scene, "co/.salt/PILLAR.sample",
		   "makina-projects.x: {data: {a: '{project_root}'}}\n");
	write_file(&scene, "co/pillar/init.sls", "makina-projects.p.data.b: 1\n");
	scene.options.project_root = path;
	CHECK_STR(data(&scene), heap_printf(&scene.heap, "{a: %s, b: 1}", path));
	end(&scene);
}
