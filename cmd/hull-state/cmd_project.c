/* cmd_project.c - what a project has around its code: init, link, unlink, report.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/vec.h"
#include "project/deploy.h"
#include "scene.h"
#include "state/report.h"
#include "states/states.h"

#include "base/banned.h"

struct project_opts {
	struct scene_opts scene;
	bool show_secrets;
};

static const struct opt project_opts[] = {
	SCENE_OPTS(struct project_opts),
	{0},
};

typedef int project_fn(struct scene *scene, const struct project_opts *opts, int argc, char **argv,
		       struct err *err);

/* Opens the project argv[0] and calls `step` with the words behind it. */
static int with_project(struct tool *tool, const struct project_opts *opts, enum scene_use use,
			int argc, char **argv, project_fn *step, struct err *err)
{
	struct scene *scene = xcalloc(1, sizeof(*scene));
	struct diags findings = {0};
	int result = scene_open(scene, &opts->scene, argv[0], use, &findings, err);

	tool_tell(tool, &scene->world, &findings);
	diags_clear(&findings);
	if (!result)
		result = step(scene, opts, argc - 1, argv + 1, err);
	scene_close(scene);
	free(scene);
	return result;
}

/* ---- init, link, unlink ---- */

static int init(struct scene *scene, const struct project_opts *opts, int argc, char **argv,
		struct err *err)
{
	return layout_scaffold(&scene->world, &scene->project, err) ||
			       layout_make(&scene->world, &scene->project, states_all, err)
		       ? -1
		       : 0;
}

static int init_run(void *context, void *raw_opts, int argc, char **argv, struct err *err)
{
	struct project_opts *opts = raw_opts;

	opts->scene.is_new = true;
	return with_project(context, opts, SCENE_CHANGES, argc, argv, init, err);
}

const struct command cmd_init = {
	.name = "init",
	.args = "NAME",
	.summary =
		"Make a project's directories, owner, links and first files where they are missing",
	.opts = project_opts,
	.opts_size = sizeof(struct project_opts),
	.min_args = 1,
	.max_args = 1,
	.run = init_run,
};

static int link_roots(struct scene *scene, const struct project_opts *opts, int argc, char **argv,
		      struct err *err)
{
	return layout_link(&scene->world, &scene->project, err);
}

static int link_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return with_project(context, opts, SCENE_CHANGES, argc, argv, link_roots, err);
}

const struct command cmd_link = {
	.name = "link",
	.args = "NAME",
	.summary = "Link a project into /srv/salt and /srv/pillar",
	.opts = project_opts,
	.opts_size = sizeof(struct project_opts),
	.min_args = 1,
	.max_args = 1,
	.run = link_run,
};

static int unlink_roots(struct scene *scene, const struct project_opts *opts, int argc, char **argv,
			struct err *err)
{
	return layout_unlink(&scene->world, &scene->project, err);
}

static int unlink_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return with_project(context, opts, SCENE_CHANGES, argc, argv, unlink_roots, err);
}

const struct command cmd_unlink = {
	.name = "unlink",
	.args = "NAME",
	.summary = "Remove what link has made",
	.opts = project_opts,
	.opts_size = sizeof(struct project_opts),
	.min_args = 1,
	.max_args = 1,
	.run = unlink_run,
};

/* ---- report ---- */

static void put_list(struct scene *scene, struct dict *to, const char *key,
		     const struct strlist *list)
{
	struct list *items = list_new(&scene->heap, list->n);

	for (size_t i = 0; i < list->n; i++)
		list_push(&scene->heap, items, value_cstr(&scene->heap, list->items[i]));
	dict_set(&scene->heap, to, key, value_of_list(items));
}

static int report(struct scene *scene, const struct project_opts *opts, int argc, char **argv,
		  struct err *err)
{
	autobuf struct buf text = {0};
	autostrlist struct strlist archives = {0}, steps = {0};
	struct dict *all = dict_copy(&scene->heap, scene->project.cfg);

	if (archive_list(&scene->world, &scene->project, &archives, err))
		return -1;
	if (install_list(&scene->world, &scene->project, NULL, &steps, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err); /* a project without steps is one all the same */
	}
	put_list(scene, all, "archives", &archives);
	put_list(scene, all, "steps", &steps);
	struct value shown = opts->show_secrets
				     ? value_of_dict(all)
				     : secrets_mask_value(&scene->world.secrets, &scene->heap,
							  value_of_dict(all));
	report_nested(&scene->heap, shown, 0, false, &text);
	if (text.len && text.ptr[text.len - 1] != '\n')
		buf_putc(&text, '\n');
	return tool_print(buf_str(&text), err);
}

static int report_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return with_project(context, opts, SCENE_READS, argc, argv, report, err);
}

static const struct opt report_opts[] = {
	SCENE_OPTS(struct project_opts),
	{0, "show-secrets", OPT_FLAG, offsetof(struct project_opts, show_secrets), NULL,
	 "Print passwords and keys as they are"},
	{0},
};

const struct command cmd_report = {
	.name = "report",
	.args = "NAME",
	.summary = "Print what is known of a project: configuration, steps, archives",
	.opts = report_opts,
	.opts_size = sizeof(struct project_opts),
	.min_args = 1,
	.max_args = 1,
	.run = report_run,
};
