/* layout.c - what a project has around its code: directories, owner, links, first files.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/userdb.h"
#include "project/deploy.h"
#include "project/perms.h"
#include "states/program.h"

#include "base/banned.h"

#define SALT_LINKS   "/srv/salt/makina-projects"
#define PILLAR_LINKS "/srv/pillar/makina-projects"
#define PILLAR_TOP   "/srv/pillar/top.sls"
#define RESET_PERMS  "/usr/sbin/reset-perms" /* as mc_locations.settings has it */
#define EDITOR       "editor"
#define EDITOR_GID   65753 /* of the group that may edit volumes, the same in every image */
#define LAYOUT_MODE  0750

static const char *cfg_text(struct heap *heap, const struct project *project, const char *key,
			    const char *fallback)
{
	const struct value *v = dict_get(project->cfg, key);

	return v && v->kind == VALUE_STRING ? heap_strdup(heap, value_bytes(*v)) : fallback;
}

static bool has_user(const struct project *project)
{
	const struct value *no_user = dict_get(project->cfg, "no_user");

	return !no_user || no_user->kind != VALUE_BOOL || !no_user->boolean;
}

/* ---- user and group ---- */

static int apply(struct world *world, const struct state_table *const *states, const char *state,
		 const char *name, struct dict *args, struct err *err)
{
	const struct state_def *def = state_find(states, state);
	struct outcome outcome = {0};

	if (!def)
		return err_set(err, ERR_MISSING, "no state '%s'", state);
	int result = state_apply_one(world, def, name, args, &outcome, err);
	if (!result && outcome.result == RESULT_FALSE)
		result = err_set(err, ERR_SYSTEM, "%s '%s': %s", state, name,
				 buf_text(&outcome.comment));
	outcome_done(&outcome);
	return result;
}

static int make_group(struct world *world, const struct state_table *const *states,
		      const char *group, struct err *err)
{
	struct dict *args = dict_new(world->heap);
	uint32_t gid;

	if (!userdb_resolve_group(world->rootfd, group, &gid, err))
		return 0; /* as the image has it */
	if (err->kind != ERR_INPUT)
		return -1;
	err_clear(err);
	if (text_eq(group, EDITOR))
		dict_set(world->heap, args, "gid", value_int(EDITOR_GID));
	else
		dict_set(world->heap, args, "system", value_bool(true));
	return apply(world, states, "group.present", group, args, err);
}

/* cfg.group, then what else cfg.groups has. */
static int make_groups(struct world *world, const struct project *project,
		       const struct state_table *const *states, struct list *ret_groups,
		       struct err *err)
{
	struct heap *heap = world->heap;
	const struct value *groups = dict_get(project->cfg, "groups");
	const char *first = cfg_text(heap, project, "group", EDITOR);

	list_push(heap, ret_groups, value_cstr(heap, first));
	for (size_t i = 0; groups && groups->kind == VALUE_LIST && i < groups->list->n; i++) {
		struct value group = groups->list->items[i];
		if (group.kind == VALUE_STRING && group.len && !str_is(value_bytes(group), first))
			list_push(heap, ret_groups, group);
	}
	for (size_t i = 0; i < ret_groups->n; i++)
		if (make_group(world, states, heap_strdup(heap, value_bytes(ret_groups->items[i])),
			       err))
			return -1;
	return 0;
}

/* An account that is there keeps its home and its shell: it is somebody's. */
static int make_owner(struct world *world, const struct project *project,
		      const struct state_table *const *states, struct err *err)
{
	struct heap *heap = world->heap;
	const char *user = cfg_text(heap, project, "user", NULL);
	struct dict *args = dict_new(heap);
	struct list *groups = list_new(heap, 1);
	uint32_t uid, gid;

	if (make_groups(world, project, states, groups, err))
		return -1;
	if (!user || !has_user(project))
		return 0;
	bool is_there = !userdb_resolve_owner(world->rootfd, user, &uid, &gid, err);
	if (!is_there && err->kind != ERR_INPUT)
		return -1;
	err_clear(err);
	if (is_there && !uid) /* root needs no group to read */
		return 0;
	dict_set(heap, args, "groups", value_of_list(groups));
	dict_set(heap, args, "remove_groups", value_bool(false));
	if (!is_there) {
		dict_set(heap, args, "usergroup", value_bool(true));
		dict_set(heap, args, "shell", value_literal("/bin/bash"));
		dict_set(heap, args, "home", value_printf(heap, "/home/users/%s", user));
	}
	return apply(world, states, "user.present", user, args, err);
}

/* ---- directories ---- */

static int make_dir(const struct world *world, const char *path, uint32_t uid, uint32_t gid,
		    struct err *err)
{
	struct stat st;
	autoclose int fd = -1;

	if (!beneath_stat(world->rootfd, path, &st, err))
		return 0; /* whose it is is fixperms' to say */
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	if (beneath_make_dirs(world->rootfd, path, LAYOUT_MODE, &fd, err))
		return -1;
	return fchown(fd, uid, gid) ? file_err(err, "giving an owner to", path) : 0;
}

/* The volume is the project's from the first deployment on, whoever has made its directory. Only
 * that: what lies in it is fixperms' to say. Behind a link it is somebody else's. */
static int own_data(const struct world *world, const struct project *project, uint32_t uid,
		    uint32_t gid, struct err *err)
{
	const struct perms_rule rule = {.uid = uid,
					.gid = gid,
					.dirs = {PERMS_KEEP, 0027, LAYOUT_MODE},
					.files = {PERMS_KEEP, 0, 0},
					.not_recursive = true,
					.no_acls = true};
	struct perms_count count = {0};
	autoclose int fd = -1;

	if (beneath_open(world->rootfd, project->project_dir, O_RDONLY | O_DIRECTORY, 0, &fd, err))
		return -1;
	if (!tree_perms_apply(fd, path_base(project->data_root), &rule, NULL, NULL, &count, err))
		return 0;
	if (err->kind != ERR_DENIED)
		return -1;
	err_clear(err);
	return 0;
}

static int make_dirs(const struct world *world, const struct project *project, struct err *err)
{
	const char *user =
		has_user(project) ? cfg_text(world->heap, project, "user", "root") : "root";
	const char *group = cfg_text(world->heap, project, "group", "root");
	uint32_t uid, gid;
	const char *const dirs[] = {project->archives_root, project->data_root,
				    project->pillar_root};

	if (userdb_resolve_owner(world->rootfd, heap_printf(world->heap, "%s:%s", user, group),
				 &uid, &gid, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (make_dir(world, dirs[i], uid, gid, err))
			return -1;
	return own_data(world, project, uid, gid, err);
}

/* Scripts of projects quote mc_locations' resetperms: one word, which images may lack. */
int layout_link_program(struct world *world, struct err *err)
{
	const char *program = program_find(world, "hull-state"), *name;
	autoclose int dir = -1;

	if (!program)
		return 0;
	if (beneath_make_parent(world->rootfd, RESET_PERMS, &dir, &name, err))
		return -1;
	return symlinkat(program, dir, name) && errno != EEXIST
		       ? file_err(err, "linking", RESET_PERMS)
		       : 0;
}

int layout_make(struct world *world, const struct project *project,
		const struct state_table *const *states, struct err *err)
{
	return make_owner(world, project, states, err) || make_dirs(world, project, err) ||
			       layout_link(world, project, err) || layout_link_program(world, err)
		       ? -1
		       : 0;
}

/* ---- links into the roots that states and pillars are named by ---- */

static int link_one(const struct world *world, const char *links, const char *name,
		    const char *target, struct err *err)
{
	autoclose int fd = -1;
	char old[PATH_MAX];
	struct stat st;
	bool dangles = beneath_stat(world->rootfd, target, &st, err) != 0;

	if (dangles && err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	if (beneath_make_dirs(world->rootfd, links, 0755, &fd, err))
		return -1;
	ssize_t n = readlinkat(fd, name, old, sizeof(old) - 1);
	if (n >= 0) {
		old[n] = '\0';
		if (text_eq(old, target) && !dangles)
			return 0;
		if (unlinkat(fd, name, 0))
			return file_err(err, "removing the old link", name);
	}
	if (dangles) /* nothing to link to: no link is better than one to nowhere */
		return 0;
	return symlinkat(target, fd, name) ? file_err(err, "linking", name) : 0;
}

static int unlink_one(const struct world *world, const char *links, const char *name,
		      struct err *err)
{
	autoclose int fd = -1;
	char old[PATH_MAX];

	if (beneath_open(world->rootfd, links, O_RDONLY | O_DIRECTORY, 0, &fd, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	if (readlinkat(fd, name, old, sizeof(old)) < 0) /* what is no link is not ours */
		return errno == ENOENT || errno == EINVAL ? 0
							  : file_err(err, "reading the link", name);
	return unlinkat(fd, name, 0) ? file_err(err, "removing the link", name) : 0;
}

/* "- makina-projects.NAME": where a target of top.sls has the project. */
static bool is_item(struct str line, const char *name)
{
	struct str item = str_trim(line);

	return str_starts(item, STR("-")) &&
	       str_is(str_trim((struct str){item.ptr + 1, item.len - 1}), name);
}

/* The target that all machines are. */
static bool is_everybody(struct str line)
{
	struct str key = str_trim(line);

	return str_is(key, "'*':") || str_is(key, "\"*\":");
}

/* The text of top.sls with, or without, the project below '*'. One that has no such target, or
 * writes it in another way, stays as it is. */
static void top_edit(struct str text, const char *name, bool wanted, struct buf *buf)
{
	struct str rest = text;
	bool done = !wanted;

	if (!text.len && wanted) {
		buf_printf(buf, "base:\n  '*':\n    - %s\n", name);
		return;
	}
	while (rest.len)
		done |= is_item(str_cut(&rest, '\n'), name);
	for (rest = text; rest.len;) {
		struct str line = str_cut(&rest, '\n');
		if (!wanted && is_item(line, name))
			continue;
		buf_append_str(buf, line);
		buf_putc(buf, '\n');
		if (!done && is_everybody(line)) {
			buf_append(buf, line.ptr, (size_t)(str_trim(line).ptr - line.ptr));
			buf_printf(buf, "  - %s\n", name);
			done = true;
		}
	}
}

static int top_change(const struct world *world, const struct project *project, bool wanted,
		      struct err *err)
{
	autobuf struct buf text = {0}, edited = {0};
	autoclose int fd = -1, dir = -1;
	const char *item = heap_printf(world->heap, "makina-projects.%s", project->name), *name;

	if (beneath_open(world->rootfd, PILLAR_TOP, O_RDONLY, 0, &fd, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
	} else if (io_read_all(fd, &text, err)) {
		return err_wrap(err, PILLAR_TOP);
	}
	top_edit(buf_str(&text), item, wanted, &edited);
	if (str_eq(buf_str(&text), buf_str(&edited)))
		return 0;
	if (beneath_make_parent(world->rootfd, PILLAR_TOP, &dir, &name, err))
		return -1;
	return file_write_at(dir, name, edited.ptr, edited.len, 0644, FILE_NO_SYNC, err);
}

int layout_link(const struct world *world, const struct project *project, struct err *err)
{
	return link_one(world, SALT_LINKS, project->name, project->salt_root, err) ||
			       link_one(world, PILLAR_LINKS, project->name, project->pillar_root,
					err) ||
			       top_change(world, project, true, err)
		       ? -1
		       : 0;
}

int layout_unlink(const struct world *world, const struct project *project, struct err *err)
{
	return unlink_one(world, SALT_LINKS, project->name, err) ||
			       unlink_one(world, PILLAR_LINKS, project->name, err) ||
			       top_change(world, project, false, err)
		       ? -1
		       : 0;
}

/* ---- the files that a project begins with ---- */

#define NAME_MARK "@name@"

static const struct first_file {
	const char *dir; /* "salt" or "pillar" */
	const char *name;
	const char *text; /* NAME_MARK: the project's name */
} first_files[] = {
	{"salt", "PILLAR.sample",
	 "# Defaults of the project; copy what you change to the pillar, passwords there only.\n"
	 "makina-projects." NAME_MARK ":\n  data:\n    domain: example.test\n"
	 "    conf: \"{data_root}/configuration\"\n"},
	{"salt", "050_conf.sls",
	 "{% set cfg = opts.ms_project %}\n"
	 "# The step of " NAME_MARK " that is run at every start of a container.\n"
	 "{{cfg.name}}-conf:\n  file.directory:\n    - name: {{cfg.data.conf}}\n"
	 "    - user: {{cfg.user}}\n    - group: {{cfg.group}}\n    - makedirs: true\n"},
	{"pillar", "init.sls",
	 "# What this image sets over PILLAR.sample; a volume's configuration/pillar.sls replaces it.\n"
	 "makina-projects." NAME_MARK ":\n  data: {}\n"},
};

static void named_put(struct buf *buf, const char *text, const char *name)
{
	for (const char *mark; (mark = strstr(text, NAME_MARK));
	     text = mark + sizeof(NAME_MARK) - 1) {
		buf_append(buf, text, (size_t)(mark - text));
		buf_puts(buf, name);
	}
	buf_puts(buf, text);
}

/* A file of that name; of state files, any: a project that has some has chosen its steps. */
static int is_begun(int fd, const char *name, bool *ret_is, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (dir_list(fd, ".", &names, err))
		return -1;
	*ret_is = strlist_has(&names, name);
	for (size_t i = 0; i < names.n && text_ends(name, ".sls"); i++)
		*ret_is |= text_ends(names.items[i], ".sls");
	return 0;
}

/* Others may pass, as fixperms has it. */
static int make_project_dir(const struct world *world, const struct project *project,
			    struct err *err)
{
	autoclose int dir = -1;
	const char *name;

	if (beneath_make_parent(world->rootfd, project->project_dir, &dir, &name, err))
		return -1;
	return mkdirat(dir, name, 0751) && errno != EEXIST
		       ? file_err(err, "making", project->project_dir)
		       : 0;
}

int layout_scaffold(const struct world *world, const struct project *project, struct err *err)
{
	if (make_project_dir(world, project, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(first_files); i++) {
		const struct first_file *file = &first_files[i];
		const char *dir = file->dir[0] == 's' ? project->salt_root : project->pillar_root;
		autoclose int fd = -1;
		autobuf struct buf text = {0};
		bool is_there = false;
		if (beneath_make_dirs(world->rootfd, dir, LAYOUT_MODE, &fd, err) ||
		    is_begun(fd, file->name, &is_there, err))
			return -1;
		if (is_there)
			continue;
		named_put(&text, file->text, project->name);
		if (file_write_at(fd, file->name, text.ptr, text.len, 0640, FILE_NO_SYNC, err))
			return -1;
	}
	return 0;
}
