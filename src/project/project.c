/* project.c - the configuration of a project: its layers, and the world that it makes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Of `data`, each over those before it: the sample, the pillar, env_defaults of the environment,
 * os_defaults of the family and of the system, the pillar again, the call's own. */
#include "project/project.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/userdb.h"
#include "base/vec.h"
#include "project/chrono.h"
#include "project/limits.h"
#include "project/project_private.h"

#include "base/banned.h"

#define PROJECTS_DIR "/srv/projects"
#define SALT_ROOT    "/srv/salt"
#define PILLAR_ROOT  "/srv/pillar"
#define EDITOR       "editor"

struct layers {
	struct dict *sample, *pillar; /* as settings: {user: …, data: {…}} */
	struct dict *sample_rest;     /* keys of the sample that are not the project's */
	struct dict *pillar_whole;
};

/* ---- places ---- */

static bool is_there(const struct world *world, const char *path, struct stat *ret_st)
{
	autoerr struct err err = {0};

	return !beneath_stat(world_treefd(world), path, ret_st, &err);
}

static int absolute(struct loading *loading, const char *path, const char **ret_path)
{
	struct world *world = loading->world;
	autoerr struct err err = {0};
	autofree char *real = NULL;

	if (world->chroot || *path == '/') {
		*ret_path = path;
		return 0;
	}
	if (path_real(path, &real, &err))
		return diag_take(loading->diag, (struct src_pos){0}, &err);
	*ret_path = heap_strdup(world->heap, str_of(real));
	return 0;
}

static int find_dirs(struct loading *loading)
{
	struct project *project = loading->project;
	const struct project_options *options = &project->options;
	struct heap *heap = loading->world->heap;
	const char *projects = options->projects_dir ? options->projects_dir : PROJECTS_DIR;
	struct stat st;

	if (options->project_root) {
		if (absolute(loading, options->project_root, &project->project_root))
			return -1;
		project->project_dir = project->project_root;
	} else {
		if (absolute(loading, projects, &projects))
			return -1;
		size_t len = strlen(projects);
		while (len && projects[len - 1] == '/')
			len--;
		project->project_dir =
			heap_printf(heap, "%.*s/%s", (int)len, projects, project->name);
		project->project_root = heap_printf(heap, "%s/project", project->project_dir);
	}
	if (!options->is_new && !is_there(loading->world, project->project_dir, &st))
		return diag_set(loading->diag, ERR_MISSING, (struct src_pos){0},
				"no project '%s': there is no '%s'", project->name,
				project->project_dir);
	project->salt_root = heap_printf(heap, "%s/.salt", project->project_root);
	project->pillar_root = heap_printf(heap, "%s/pillar", project->project_dir);
	project->data_root = heap_printf(heap, "%s/data", project->project_dir);
	project->archives_root = heap_printf(heap, "%s/archives", project->project_dir);
	return 0;
}

static int add_root(struct loading *loading, const char *prefix, const char *path)
{
	struct world *world = loading->world;
	autoerr struct err err = {0};
	int fd = -1;

	if (beneath_open(world_treefd(world), path, O_RDONLY | O_DIRECTORY, 0, &fd, &err))
		return err.kind == ERR_MISSING
			       ? 0
			       : diag_take(loading->diag, (struct src_pos){path, 0, 0}, &err);
	vec_push(&world->roots, {.prefix = prefix, .dirfd = fd, .path = path});
	return 0;
}

static int add_roots(struct loading *loading)
{
	const char *prefix =
		heap_printf(loading->world->heap, "makina-projects/%s", loading->project->name);

	return add_root(loading, prefix, loading->project->salt_root) ||
			       add_root(loading, "", SALT_ROOT)
		       ? -1
		       : 0;
}

/* ---- what a project is without any pillar ---- */

/* "editor" where the tree belongs to that group, as older layouts have it. */
static const char *first_group(const struct loading *loading)
{
	const struct project *project = loading->project;
	struct world *world = loading->world;
	autoerr struct err err = {0};
	struct stat st;
	uint32_t gid;

	if (is_there(world, project->project_root, &st) &&
	    !userdb_resolve_group(world->rootfd, EDITOR, &gid, &err) && gid == st.st_gid)
		return EDITOR;
	return heap_printf(world->heap, "%s-grp", project->name);
}

static struct value grain(const struct loading *loading, const char *name)
{
	const struct value *v = dict_get(loading->world->grains, name);

	return v ? *v : value_none();
}

static struct dict *default_settings(struct loading *loading)
{
	const struct project *project = loading->project;
	struct heap *heap = loading->world->heap;
	const char *projects = project->options.projects_dir;
	struct stat st;
	const char *git_root = heap_printf(heap, "%s/git", project->project_dir);
	const char *git = heap_printf(heap, "%s/project.git", git_root);
	struct value id = grain(loading, "id"), fqdn = grain(loading, "fqdn");
	struct dict *cfg = dict_new(heap);
	const struct {
		const char *key, *text;
	} texts[] = {
		{"name", project->name},
		{"api_version", "2"},
		{"installer", "generic"},
		{"default_env", "prod"},
		{"projects_dir", projects ? projects : PROJECTS_DIR},
		{"project_dir", project->project_dir},
		{"project_root", project->project_root},
		{"salt_root", project->salt_root},
		{"pillar_root", project->pillar_root},
		{"data_root", project->data_root},
		{"archives_root", project->archives_root},
		{"git_root", git_root},
		{"project_git_root", git},
		{"pillar_git_root", heap_printf(heap, "%s/pillar.git", git_root)},
		{"wired_salt_root",
		 heap_printf(heap, SALT_ROOT "/makina-projects/%s", project->name)},
		{"wired_pillar_root",
		 heap_printf(heap, PILLAR_ROOT "/makina-projects/%s", project->name)},
		{"installer_path", SALT_ROOT "/makina-states/projects/2/generic"},
		{"chrono", project->chrono},
		{"current_archive_dir",
		 heap_printf(heap, "%s/%s", project->archives_root, project->chrono)},
		{"user", heap_printf(heap, "%s-user", project->name)},
	};
	static const char *const falses[] = {
		"no_user",      "no_default_includes",  "raw_console_return", "rollback",
		"skip_deploy",  "skip_archive",         "skip_sync_modules",  "skip_release_sync",
		"skip_install", "skip_rotate_archives", "skip_rollback",      "skip_fixperms",
		"force_reload",
	};
	static const char *const nones[] = {"only", "only_steps", "deploy_summary"};
	static const char *const dicts[] = {"defaults", "env_defaults", "os_defaults", "data",
					    "deploy_ret"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		dict_set(heap, cfg, texts[i].key, value_cstr(heap, texts[i].text));
	for (size_t i = 0; i < ARRAY_LEN(falses); i++)
		dict_set(heap, cfg, falses[i], value_bool(false));
	for (size_t i = 0; i < ARRAY_LEN(nones); i++)
		dict_set(heap, cfg, nones[i], value_none());
	for (size_t i = 0; i < ARRAY_LEN(dicts); i++)
		dict_set(heap, cfg, dicts[i], value_of_dict(dict_new(heap)));
	dict_set(heap, cfg, "skip_notify", value_bool(true));
	dict_set(heap, cfg, "keep_archives", value_int(ARCHIVES_KEPT));
	dict_set(heap, cfg, "minion_id", id);
	dict_set(heap, cfg, "fqdn", fqdn.kind == VALUE_NONE ? id : fqdn);
	dict_set(heap, cfg, "remote_host", *dict_get(cfg, "fqdn"));
	dict_set(heap, cfg, "remote_less", value_bool(!is_there(loading->world, git, &st)));
	struct list *groups = list_new(heap, 1);
	list_push(heap, groups, value_cstr(heap, first_group(loading)));
	dict_set(heap, cfg, "groups", value_of_list(groups));
	return cfg;
}

/* ---- files ---- */

static int read_pillar(struct loading *loading, struct layers *layers)
{
	struct project *project = loading->project;
	struct heap *heap = loading->world->heap;
	const char *dir = project->pillar_root;
	const char *image = heap_printf(heap, "%s/init.sls", dir);
	const char *conf = heap_printf(heap, "%s/configuration", project->data_root);
	const char *volume = heap_printf(heap, "%s/pillar.sls", conf);
	struct dict *under = NULL, *over = NULL;
	int rootfd = world_treefd(loading->world);

	if (project->options.pillar_file) {
		const char *file = project->options.pillar_file;
		if (pillar_read(loading, AT_FDCWD, file, dir, &over))
			return -1;
		if (!over)
			return diag_set(loading->diag, ERR_MISSING, (struct src_pos){0},
					"no pillar '%s'", file);
	} else if (pillar_read(loading, rootfd, volume, conf, &over)) {
		return -1;
	}
	bool wants_image =
		!over || (project->options.merge_pillar && !project->options.pillar_file);
	if (wants_image && pillar_read(loading, rootfd, image, dir, &under))
		return -1;
	layers->pillar_whole = under && over ? dict_merge(heap, under, over)
			       : over        ? over
			       : under       ? under
					     : dict_new(heap);
	layers->pillar = settings_take(heap, project->name, layers->pillar_whole, false, NULL);
	return 0;
}

static int read_sample(struct loading *loading, struct layers *layers)
{
	struct heap *heap = loading->world->heap;
	struct dict *sample = NULL;
	const char *path = heap_printf(heap, "%s/PILLAR.sample", loading->project->salt_root);

	if (pillar_read(loading, world_treefd(loading->world), path, NULL, &sample))
		return -1;
	layers->sample_rest = dict_new(heap);
	layers->sample = settings_merge(heap, dict_new(heap),
					settings_take(heap, loading->project->name,
						      sample ? sample : dict_new(heap), true,
						      layers->sample_rest));
	return 0;
}

/* ---- layers ---- */

static const struct dict *dict_of(struct heap *heap, const struct dict *settings, const char *key)
{
	const struct value *v = settings ? dict_get(settings, key) : NULL;

	return v && v->kind == VALUE_DICT ? v->dict : dict_new(heap);
}

static struct value text_of(const struct dict *dict, const char *key)
{
	const struct value *v = dict ? dict_get(dict, key) : NULL;

	return v && v->kind == VALUE_STRING ? *v : value_none();
}

/* Who names the environment, the weightiest first. */
static struct value environment(const struct loading *loading, const struct layers *layers)
{
	const struct dict *const sources[] = {
		loading->project->options.overrides,
		layers->pillar,
		layers->pillar_whole,
		loading->world->grains,
		layers->sample,
	};

	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct value v = text_of(sources[i], "default_env");
		if (v.kind == VALUE_STRING)
			return v;
	}
	return value_literal("prod");
}

static struct dict *merge_block(struct heap *heap, struct dict *data, const struct dict *blocks,
				struct value name)
{
	const struct value *block = name.kind == VALUE_STRING ? dict_find(blocks, name) : NULL;

	return block && block->kind == VALUE_DICT ? settings_merge(heap, data, block->dict) : data;
}

static struct dict *merge_data(const struct loading *loading, const struct layers *layers,
			       const struct dict *cfg, struct value env)
{
	struct heap *heap = loading->world->heap;
	const struct dict *pillar = dict_of(heap, layers->pillar, "data");
	struct value os = grain(loading, "os"), family = grain(loading, "os_family");
	struct dict *data = settings_merge(heap, dict_of(heap, layers->sample, "data"), pillar);

	data = merge_block(heap, data, dict_of(heap, cfg, "env_defaults"), env);
	data = merge_block(heap, data, dict_of(heap, cfg, "os_defaults"), family);
	if (!value_same(os, family))
		data = merge_block(heap, data, dict_of(heap, cfg, "os_defaults"), os);
	data = settings_merge(heap, data, pillar);
	return settings_merge(heap, data,
			      dict_of(heap, loading->project->options.overrides, "data"));
}

static bool has_item(const struct list *list, struct value item)
{
	for (size_t i = 0; i < list->n; i++)
		if (value_same(list->items[i], item))
			return true;
	return false;
}

static struct list *list_with_first(struct heap *heap, struct value first, const struct list *rest)
{
	struct list *list = list_new(heap, rest->n + 1);

	list_push(heap, list, first);
	for (size_t i = 0; i < rest->n; i++)
		list_push(heap, list, rest->items[i]);
	return list;
}

/* `groups` is a list, `group` its first or what the pillar says, and that is in the list too. */
static void settle_groups(struct heap *heap, struct dict *cfg)
{
	struct value *groups = dict_get(cfg, "groups"), *group = dict_get(cfg, "group");

	if (groups->kind != VALUE_LIST) {
		struct list *list = list_new(heap, 1);
		if (groups->kind != VALUE_NONE)
			list_push(heap, list, *groups);
		*groups = value_of_list(list);
	}
	bool has_group = group && group->kind != VALUE_NONE;
	struct value first = groups->list->n ? groups->list->items[0] : value_none();
	if (!has_group)
		dict_set(heap, cfg, "group", first);
	else if (!has_item(groups->list, *group))
		*groups = value_of_list(list_with_first(heap, *group, groups->list));
}

static void merge_layers(struct loading *loading, const struct layers *layers)
{
	struct project *project = loading->project;
	struct heap *heap = loading->world->heap;
	struct value env = environment(loading, layers);
	struct dict *cfg = settings_merge(heap, project->cfg, layers->sample);

	cfg = settings_merge(heap, cfg, layers->pillar);
	if (project->options.overrides)
		cfg = settings_merge(heap, cfg, project->options.overrides);
	dict_set(heap, cfg, "default_env", env);
	settle_groups(heap, cfg);
	project->data = merge_data(loading, layers, cfg, env);
	project->cfg = cfg;
}

/* ---- placeholders ---- */

struct listener {
	struct loading *loading;
	unsigned n_told;
};

static void warn_placeholder(void *arg, struct value text, struct str name, bool is_cycle)
{
	struct listener *listener = arg;

	if (!listener->loading->warnings || listener->n_told++ >= LIMIT_WARNINGS)
		return;
	diags_warn(listener->loading->warnings, pillar_place(listener->loading, text.text),
		   is_cycle ? "the placeholder {%.*s} stands for itself"
			    : "nothing is known by the name of the placeholder {%.*s}",
		   STR_ARG(name));
}

static int resolve_placeholders(struct loading *loading)
{
	struct project *project = loading->project;
	struct heap *heap = loading->world->heap;
	struct listener listener = {.loading = loading};
	struct resolve_listener told = {warn_placeholder, &listener};
	autoerr struct err err = {0};

	/* The environments are done with, and data is resolved by itself. */
	struct dict *own = dict_copy(heap, project->cfg);
	dict_remove(own, value_literal("data"), NULL);
	dict_remove(own, value_literal("env_defaults"), NULL);
	dict_remove(own, value_literal("os_defaults"), NULL);
	if (format_resolve(heap, project->data, own, &told, &err))
		return diag_take(loading->diag, (struct src_pos){0}, &err);
	dict_update(heap, project->cfg, own);
	dict_set(heap, project->cfg, "data", value_of_dict(project->data));
	return 0;
}

/* Archives may lie elsewhere. */
static void settle_archives(struct loading *loading)
{
	struct project *project = loading->project;
	struct heap *heap = loading->world->heap;
	struct value root = text_of(project->cfg, "archives_root");

	if (root.kind != VALUE_STRING || *value_bytes(root).ptr != '/' ||
	    str_is(value_bytes(root), project->archives_root))
		return;
	project->archives_root = heap_strdup(heap, value_bytes(root));
	dict_set(heap, project->cfg, "current_archive_dir",
		 value_printf(heap, "%s/%s", project->archives_root, project->chrono));
}

/* ---- the world ---- */

static void replace_content(struct heap *heap, struct dict *dict, const struct dict *content)
{
	dict_clear(dict);
	dict_update(heap, dict, content);
}

/* Templates hold the mappings that they were given: these stay, with other content. */
static void begin_world(struct world *world)
{
	struct heap *heap = world->heap;

	heap->world = world;
	if (!world->grains)
		world->grains = grains_collect(heap, world->rootfd);
	if (!world->opts)
		world->opts = dict_new(heap);
	if (!world->pillar)
		world->pillar = dict_new(heap);
}

static void show_cfg(struct world *world, struct dict *cfg)
{
	dict_set(world->heap, world->opts, "ms_project", value_of_dict(cfg));
	if (world->engine.globals)
		dict_set(world->heap, world->engine.globals, "cfg", value_of_dict(cfg));
}

/* The sample may want to know what the project is called. */
static void show_defaults(struct loading *loading)
{
	struct dict *cfg = dict_copy(loading->world->heap, loading->project->cfg);

	settle_groups(loading->world->heap, cfg);
	show_cfg(loading->world, cfg);
}

static int configure(struct loading *loading)
{
	struct world *world = loading->world;
	struct project *project = loading->project;
	struct layers layers = {0};

	world->secrets.key_pattern = NULL;
	project->cfg = default_settings(loading);
	project->data = dict_get(project->cfg, "data")->dict;
	show_defaults(loading);
	if (read_pillar(loading, &layers))
		return -1;
	replace_content(world->heap, world->pillar, layers.pillar_whole);
	if (read_sample(loading, &layers))
		return -1;
	merge_layers(loading, &layers);
	if (resolve_placeholders(loading))
		return -1;
	settle_archives(loading);
	replace_content(world->heap, world->pillar,
			dict_merge(world->heap, layers.sample_rest, layers.pillar_whole));
	project->pillar = world->pillar;
	dict_set(world->heap, project->cfg, "sls_default_pillar",
		 value_of_dict(layers.sample_rest));
	show_cfg(world, project->cfg);
	secrets_scan(&world->secrets, value_of_dict(world->pillar));
	secrets_scan(&world->secrets, value_of_dict(project->cfg));
	return 0;
}

static int reload(struct world *world, struct err *err)
{
	struct diags warnings = {0};
	autodiag struct diag diag = {0};
	struct project *project = world->project;
	struct loading loading = {
		.world = world, .project = project, .warnings = &warnings, .diag = &diag};
	int failed = configure(&loading);

	vec_done(&loading.documents);
	diags_clear(&warnings);
	return failed ? diag_to_err(&diag, err) : 0;
}

static int refuse_name(const char *name, struct diag *diag)
{
	bool is_name = *name && *name != '.' && !strchr(name, '/');

	if (is_name)
		return 0;
	return diag_set(diag, ERR_INPUT, (struct src_pos){0}, "'%s' is no name of a project", name);
}

int project_load(struct world *world, const char *name, const struct project_options *options,
		 struct project *ret_project, struct diags *warnings, struct diag *diag)
{
	struct loading loading = {
		.world = world, .project = ret_project, .warnings = warnings, .diag = diag};

	if (refuse_name(name, diag))
		return -1;
	*ret_project = (struct project){.name = heap_strdup(world->heap, str_of(name)),
					.options = *options,
					.chrono = chrono_new(world->heap, time(NULL))};
	begin_world(world);
	if (find_dirs(&loading) || add_roots(&loading))
		return -1;
	world->project = ret_project;
	world->reload_pillar = reload;
	world->state_dir = options->state_dir
				   ? options->state_dir
				   : heap_printf(world->heap, "%s/configuration/.hull-state",
						 ret_project->data_root);
	int failed = configure(&loading);
	vec_done(&loading.documents);
	return failed;
}
