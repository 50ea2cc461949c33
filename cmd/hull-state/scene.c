/* scene.c - finds the project or the plain tree, and makes the world of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/strlist.h"
#include "base/vec.h"
#include "mapping.h"
#include "project/library.h"
#include "state/functions.h"

#include "base/banned.h"

#define DEFAULT_PROJECTS  "/srv/projects"
#define DEFAULT_STATE_DIR "/var/lib/hull-state"

volatile int scene_stop;

static void stop(int number)
{
	scene_stop = number;
}

const struct function_table *const scene_functions[] = {
	&functions_basic, &functions_mc, &functions_project, &functions_system, NULL,
};

/* ---- where things are ---- */

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static char *below(struct heap *heap, const char *dir, const char *name)
{
	autofree char *path = path_join(dir, name);

	return heap_strdup(heap, str_of(path));
}

static bool is_project(struct heap *heap, const char *dir)
{
	return is_dir(below(heap, dir, "project/.salt"));
}

static bool is_checkout(struct heap *heap, const char *dir)
{
	return is_dir(below(heap, dir, ".salt"));
}

/* A project by name: --projects-dir, or the usual places below --root. */
static int find_named(struct scene *scene, const struct scene_opts *opts, const char *name,
		      const char **ret_projects, struct err *err)
{
	static const char *const places[] = {"srv/projects", "projects", ""};
	struct heap *heap = &scene->heap;

	if (strchr(name, '/') || text_starts(name, "."))
		return err_set(err, ERR_INPUT, "'%s' is no name of a project", name);
	if (opts->projects || !opts->root) {
		*ret_projects = opts->projects ? opts->projects : DEFAULT_PROJECTS;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *dir = below(heap, opts->root, places[i]);
		if (is_dir(below(heap, dir, name))) {
			*ret_projects = dir;
			return 0;
		}
	}
	if (is_checkout(heap, opts->root)) {
		scene->checkout = opts->root;
		*ret_projects = opts->root;
		return 0;
	}
	if (text_eq(path_base(opts->root), name)) {
		*ret_projects = below(heap, opts->root, "..");
		return 0;
	}
	return err_set(err, ERR_MISSING, "no project '%s' below '%s'", name, opts->root);
}

/* The directory --root is a project itself: its name is the directory's. */
static int find_here(struct scene *scene, const char *root, const char **ret_projects,
		     const char **ret_name, struct err *err)
{
	autofree char *real = NULL;

	if (path_real(root, &real, err))
		return -1;
	char *path = heap_strdup(&scene->heap, str_of(real));
	char *slash = strrchr(path, '/');
	if (!slash || !slash[1])
		return err_set(err, ERR_INPUT, "'%s' cannot be a project", root);
	*slash = '\0';
	*ret_projects = *path ? path : "/";
	*ret_name = slash + 1;
	return 0;
}

/* The directory --root holds .salt: PROJECTS/NAME/project, or a checkout that lies anywhere. */
static int find_checkout(struct scene *scene, const char *root, const char **ret_projects,
			 const char **ret_name, struct err *err)
{
	autofree char *real = NULL;

	if (path_real(root, &real, err))
		return -1;
	if (text_eq(path_base(real), "project"))
		return find_here(scene, below(&scene->heap, real, ".."), ret_projects, ret_name,
				 err);
	scene->checkout = heap_strdup(&scene->heap, str_of(real));
	return find_here(scene, real, ret_projects, ret_name, err);
}

char *scene_projects_dir(const struct scene_opts *opts)
{
	static const char *const places[] = {"srv/projects", "projects"};

	if (opts->projects || !opts->root)
		return xstrdup(opts->projects ? opts->projects : DEFAULT_PROJECTS);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		autofree char *dir = path_join(opts->root, places[i]);
		if (is_dir(dir))
			return steal(&dir);
	}
	return xstrdup(opts->root);
}

/* --root is a whole system's tree: the project in it, when there is but one. */
static int find_only(struct scene *scene, const struct scene_opts *opts, const char **ret_projects,
		     const char **ret_name, struct err *err)
{
	autofree char *dir = scene_projects_dir(opts);
	autostrlist struct strlist names = {0};
	const char *only = NULL;

	if (text_eq(dir, opts->root) || dir_list(AT_FDCWD, dir, &names, err))
		return err_is_set(err) ? -1 : 0;
	for (size_t i = 0; i < names.n; i++) {
		if (!is_project(&scene->heap, below(&scene->heap, dir, names.items[i])))
			continue;
		if (only)
			return err_set(err, ERR_INPUT,
				       "there are several projects in '%s': say --root %s/%s", dir,
				       dir, only);
		only = names.items[i];
	}
	return only ? find_here(scene, below(&scene->heap, dir, only), ret_projects, ret_name, err)
		    : 0;
}

/* *ret_projects stays NULL when --root is a plain tree. */
static int find_project(struct scene *scene, const struct scene_opts *opts, const char **name,
			const char **ret_projects, struct err *err)
{
	if (*name)
		return find_named(scene, opts, *name, ret_projects, err);
	if (!opts->root)
		return 0;
	if (is_project(&scene->heap, opts->root))
		return find_here(scene, opts->root, ret_projects, name, err);
	if (is_checkout(&scene->heap, opts->root))
		return find_checkout(scene, opts->root, ret_projects, name, err);
	return opts->sls ? 0 : find_only(scene, opts, ret_projects, name, err);
}

static int add_root(struct scene *scene, const char *prefix, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return file_err(err, "opening", path);
	vec_push(&scene->world.roots, {.prefix = prefix, .dirfd = fd, .path = path});
	return 0;
}

/* ---- pillar and grains ---- */

/* --root says where the project lies, also when targets lie below --chroot: in there, or outside.
 */
static int enter_tree(struct scene *scene, const struct scene_opts *opts, const char **projects,
		      struct err *err)
{
	autofree char *inside = NULL, *outside = NULL;
	size_t len;

	if (!opts->chroot || !opts->root || opts->projects)
		return 0;
	if (path_real(opts->chroot, &inside, err) || path_real(*projects, &outside, err))
		return -1;
	len = strlen(inside);
	if (text_starts(outside, inside) && outside[len] == '/') {
		*projects = heap_strdup(&scene->heap, str_of(outside + len));
		return 0;
	}
	*projects = heap_strdup(&scene->heap, str_of(outside));
	scene->world.treefd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return scene->world.treefd < 0 ? file_err(err, "opening", "/") : 0;
}

static int open_project(struct scene *scene, const struct scene_opts *opts, const char *projects,
			const char *name, struct diags *findings, struct err *err)
{
	if (enter_tree(scene, opts, &projects, err))
		return -1;
	autodiag struct diag diag = {0};
	struct project_options options = {.projects_dir = projects,
					  .project_root = scene->checkout,
					  .merge_pillar = opts->merge,
					  .is_new = opts->is_new,
					  .pillar_file = opts->pillar,
					  .state_dir = opts->state_dir};

	if (project_load(&scene->world, name, &options, &scene->project, findings, &diag)) {
		diags_take(findings, &diag);
		return 1;
	}
	scene->has_project = true;
	return 0;
}

/* --pillar, else what lies in the tree under a usual name. */
static const char *plain_pillar(struct scene *scene, const struct scene_opts *opts)
{
	static const char *const names[] = {"pillar.sls", "pillar/init.sls"};

	if (opts->pillar || !opts->root)
		return opts->pillar;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *path = below(&scene->heap, opts->root, names[i]);
		if (!access(path, F_OK))
			return path;
	}
	return NULL;
}

static int open_plain(struct scene *scene, const struct scene_opts *opts, struct diags *findings,
		      struct err *err)
{
	autodiag struct diag diag = {0};
	const char *sls = opts->sls ? opts->sls : opts->root ? opts->root : ".";

	if (add_root(scene, "", sls, err))
		return -1;
	const char *pillar = plain_pillar(scene, opts);
	if (pillar && pillar_load(&scene->world, pillar, findings, &diag)) {
		diags_take(findings, &diag);
		return 1;
	}
	return 0;
}

static int open_grains(struct scene *scene, const struct scene_opts *opts, struct diags *findings)
{
	autodiag struct diag diag = {0};
	struct dict *given = NULL;

	scene->world.grains = grains_collect(&scene->heap, scene->world.rootfd);
	if (!opts->grains)
		return 0;
	if (mapping_read(&scene->heap, opts->grains, &given, &diag)) {
		diags_take(findings, &diag);
		return 1;
	}
	dict_update(&scene->heap, scene->world.grains, given);
	return 0;
}

/* ---- opening ---- */

/* One change of a root at a time; whoever comes second waits. */
static int take_lock(struct scene *scene, const struct scene_opts *opts, struct err *err)
{
	const char *dir = opts->chroot ? opts->chroot : "/";
	autoclose int fd =
		open(below(&scene->heap, dir, "run"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd <
	    0) /* an image without /run, a read-only root: then nobody else can change it either */
		return 0;
	if (!lock_file_at(fd, "hull-state.lock", LOCK_EXCLUSIVE, true, &scene->lock, NULL, err))
		return 0;
	if (err->kind != ERR_DENIED)
		return -1;
	err_clear(err);
	return 0;
}

static void begin_world(struct scene *scene, const struct scene_opts *opts, enum scene_use use)
{
	struct world *world = &scene->world;

	world->heap = &scene->heap;
	world->chroot = opts->chroot;
	world->base_dir = opts->root;
	world->functions = scene_functions;
	world->is_check = use == SCENE_READS;
	world->is_test = use == SCENE_TESTS;
	world->is_strict = opts->strict;
	world->is_offline = opts->offline;
	world->is_build = opts->build;
	world->no_fsync = opts->no_sync;
	world->state_dir = opts->state_dir ? opts->state_dir : DEFAULT_STATE_DIR;
	world->pillar = dict_new(&scene->heap);
	world->grains = dict_new(&scene->heap);
	world->opts = dict_new(&scene->heap);
	world->stop = &scene_stop;
}

static void catch_signals(void)
{
	const struct sigaction action = {.sa_handler = stop};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

int scene_open(struct scene *scene, const struct scene_opts *opts, const char *name,
	       enum scene_use use, struct diags *findings, struct err *err)
{
	const char *projects = NULL;

	*scene = (struct scene){.lock = -1};
	begin_world(scene, opts, use);
	scene->world.rootfd =
		open(opts->chroot ? opts->chroot : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (scene->world.rootfd < 0)
		return file_err(err, "opening", opts->chroot ? opts->chroot : "/");
	if (use == SCENE_CHANGES && take_lock(scene, opts, err))
		return -1;
	if (use == SCENE_CHANGES)
		catch_signals();
	if (open_grains(scene, opts, findings))
		return 1;
	world_begin(&scene->world);
	if (find_project(scene, opts, &name, &projects, err))
		return -1;
	int result = projects ? open_project(scene, opts, projects, name, findings, err)
			      : open_plain(scene, opts, findings, err);
	if (result)
		return result;
	if (projects && opts->sls && add_root(scene, "", opts->sls, err))
		return -1;
	vec_push(&scene->world.roots, {.prefix = "",
				       .dirfd = -1,
				       .path = "the built-in library",
				       .texts = library_texts,
				       .pairs = library_pairs});
	return diags_errors(findings) ? 1 : 0;
}

void scene_close(struct scene *scene)
{
	world_done(&scene->world);
	secrets_done(&scene->world.secrets);
	if (scene->world.rootfd > 0)
		close(scene->world.rootfd);
	if (scene->world.treefd > 0)
		close(scene->world.treefd);
	if (scene->lock >= 0)
		close(scene->lock);
	heap_done(&scene->heap);
}

/* ---- names of state files ---- */

int scene_top_level(const struct scene *scene, struct strlist *ret_sls, struct err *err)
{
	autostrlist struct strlist names = {0};
	autoclose int fd = -1;

	if (scene->has_project &&
	    beneath_open(world_treefd(&scene->world), scene->project.salt_root,
			 O_RDONLY | O_DIRECTORY, 0, &fd, err))
		return -1;
	if (scene->has_project ? dir_list(fd, ".", &names, err)
			       : dir_list(AT_FDCWD, scene->world.roots.items[0].path, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (text_ends(names.items[i], ".sls") && !text_eq(names.items[i], "top.sls"))
			strlist_addf(ret_sls, "%.*s",
				     (int)(strlen(names.items[i]) - strlen(".sls")),
				     names.items[i]);
	return 0;
}

const char *scene_sls_name(const struct scene *scene, const char *word)
{
	struct heap *heap = (struct heap *)&scene->heap;
	struct str name = str_of(word);

	if (str_ends(name, STR(".sls")))
		name.len -= strlen(".sls");
	if (!scene->has_project || str_starts(name, STR("makina-")))
		return heap_strdup(heap, name);
	return heap_printf(heap, "makina-projects.%s.%.*s", scene->project.name, STR_ARG(name));
}
