/* install.c - which state files a deployment runs.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "base/beneath.h"
#include "base/io.h"
#include "project/deploy.h"

#include "base/banned.h"

/* Run by the steps of their names; what begins with TASK_PREFIX only by deploy_task. */
static const char *const special[] = {"archive.sls", "fixperms.sls", "notify.sls", "rollback.sls"};
#define TASK_PREFIX "task_"

static bool is_special(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(special); i++)
		if (text_eq(name, special[i]))
			return true;
	return text_starts(name, TASK_PREFIX);
}

static bool is_wanted(const struct strlist *wanted, const char *name)
{
	if (!wanted || !wanted->n)
		return true;
	for (size_t i = 0; i < wanted->n; i++)
		if (text_eq(wanted->items[i], name) ||
		    (text_starts(name, wanted->items[i]) &&
		     text_eq(name + strlen(wanted->items[i]), ".sls")))
			return true;
	return false;
}

/* Every step asked for has to be there. */
static int check_wanted(const struct project *project, const struct strlist *wanted,
			const struct strlist *all, struct err *err)
{
	for (size_t i = 0; wanted && i < wanted->n; i++) {
		autofree char *name = NULL;
		struct buf text = {0};
		buf_printf(&text, "%s%s", wanted->items[i],
			   text_ends(wanted->items[i], ".sls") ? "" : ".sls");
		name = buf_steal(&text);
		if (strlist_has(all, name))
			continue;
		const char *nearest = str_nearest(name, (const char *const *)strlist_argv(all));
		return err_set(err, ERR_MISSING, "%s: no step '%s'%s%s%s", project->salt_root, name,
			       nearest ? "; did you mean '" : "", nearest ? nearest : "",
			       nearest ? "'?" : "");
	}
	return 0;
}

int install_list(const struct world *world, const struct project *project,
		 const struct strlist *wanted, struct strlist *ret_steps, struct err *err)
{
	autostrlist struct strlist names = {0}, steps = {0};
	autoclose int fd = -1;

	if (beneath_open(world->rootfd, project->salt_root, O_RDONLY | O_DIRECTORY, 0, &fd, err) ||
	    dir_list(fd, ".", &names, err))
		return err_wrap(err, "the project's states");
	for (size_t i = 0; i < names.n; i++) {
		if (!text_ends(names.items[i], ".sls") || is_special(names.items[i]))
			continue;
		strlist_add(&steps, names.items[i]);
	}
	if (check_wanted(project, wanted, &steps, err))
		return -1;
	for (size_t i = 0; i < steps.n; i++)
		if (is_wanted(wanted, steps.items[i]))
			strlist_add(ret_steps, steps.items[i]);
	if (!ret_steps->n)
		return err_set(err, ERR_MISSING, "%s: no state files (*.sls) to install",
			       project->salt_root);
	return 0;
}
