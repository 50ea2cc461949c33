/* fixperms.c - who may read and write what of a project.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   project_dir (alone)              user:group  0751        its parents are the system's
 *   pillar, recursive                user:root   0770 0770
 *   data/ssh, data/configuration     user:group  directories g+rxs-w,o-rwx; files keep their mode
 *   data/data, www_dir, images       user:group  directories g+rwxs,o-rwx; files keep their mode
 *   data/configuration, recursive    user:group  2750 0440
 *
 * First all ACLs below project_dir are removed. Links are not touched. */
#include <fcntl.h>

#include "base/beneath.h"
#include "base/userdb.h"
#include "project/deploy.h"
#include "project/perms.h"

#include "base/banned.h"

enum owner { OWNER_GROUP, OWNER_ROOT_GROUP, OWNER_NONE };

static const struct perms_row {
	const char *path; /* below project_dir; NULL: `setting` of cfg.data names it */
	const char *setting;
	enum owner owner;
	struct mode_change dirs, files;
	bool not_recursive, strips_acls;
} rows[] = {
	{"", NULL, OWNER_NONE, {PERMS_KEEP, 0, 0}, {PERMS_KEEP, 0, 0}, .strips_acls = true},
	{"", NULL, OWNER_GROUP, {0751}, {0770}, .not_recursive = true},
	{"pillar", NULL, OWNER_ROOT_GROUP, {0770}, {0770}},
	{"data/ssh", NULL, OWNER_GROUP, {PERMS_KEEP, 0027, 02050}, {PERMS_KEEP, 0, 0}},
	{"data/data", NULL, OWNER_GROUP, {PERMS_KEEP, 0007, 02070}, {PERMS_KEEP, 0, 0}},
	{NULL, "www_dir", OWNER_GROUP, {PERMS_KEEP, 0007, 02070}, {PERMS_KEEP, 0, 0}},
	{NULL, "images", OWNER_GROUP, {PERMS_KEEP, 0007, 02070}, {PERMS_KEEP, 0, 0}},
	{"data/configuration", NULL, OWNER_GROUP, {02750}, {0440}},
};

static const char *cfg_text(const struct world *world, const struct dict *cfg, const char *key,
			    const char *fallback)
{
	const struct value *v = dict_get(cfg, key);

	return v && v->kind == VALUE_STRING ? heap_strdup(world->heap, value_bytes(*v)) : fallback;
}

static bool cfg_is_true(const struct dict *cfg, const char *key)
{
	const struct value *v = dict_get(cfg, key);

	return v && v->kind == VALUE_BOOL && v->boolean;
}

/* Relative to project_dir; NULL: the row is about nothing here. A setting must lie in the volume:
 * fixperms gives no file of the system to a project. */
static const char *row_path(const struct world *world, const struct project *project,
			    const struct perms_row *row)
{
	if (row->path)
		return row->path;
	const char *path = cfg_text(world, project->data, row->setting, NULL);
	size_t root = strlen(project->data_root);
	if (!path || !text_starts(path, project->data_root) || path[root] != '/')
		return NULL;
	return heap_printf(world->heap, "data/%s", path + root + 1);
}

static int row_apply(int project_fd, const char *path, const struct perms_row *row, uint32_t uid,
		     uint32_t gid, uint64_t *changed, struct err *err)
{
	struct perms_count count = {0};
	struct perms_rule rule = {
		.uid = row->owner == OWNER_NONE ? PERMS_KEEP : uid,
		.gid = row->owner == OWNER_GROUP  ? gid
		       : row->owner == OWNER_NONE ? PERMS_KEEP
						  : 0,
		.dirs = row->dirs,
		.files = row->files,
		.not_recursive = row->not_recursive,
		.no_acls = !row->strips_acls,
		.only_acls = row->strips_acls,
		.reset_acls = row->strips_acls,
	};

	if (tree_perms_apply(project_fd, path, &rule, NULL, NULL, &count, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err); /* a project need not have every directory */
	}
	*changed += count.changed;
	return 0;
}

int fixperms_apply(const struct world *world, const struct project *project, uint64_t *ret_changed,
		   struct err *err)
{
	const char *user = cfg_is_true(project->cfg, "no_user")
				   ? "root"
				   : cfg_text(world, project->cfg, "user", "root");
	const char *group = cfg_text(world, project->cfg, "group", "root");
	uint32_t uid, gid;
	uint64_t changed = 0;
	autoclose int project_fd = -1;

	if (userdb_resolve_owner(world->rootfd, heap_printf(world->heap, "%s:%s", user, group),
				 &uid, &gid, err))
		return err_wrap(err, "the project's owner");
	if (beneath_open(world->rootfd, project->project_dir, O_RDONLY | O_DIRECTORY, 0,
			 &project_fd, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *path = row_path(world, project, &rows[i]);
		if (path && row_apply(project_fd, path, &rows[i], uid, gid, &changed, err))
			return -1;
	}
	*ret_changed = changed;
	return 0;
}
