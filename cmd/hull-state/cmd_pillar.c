/* cmd_pillar.c - hull-state pillar: what a project is configured with.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "scene.h"
#include "shown.h"

#include "base/banned.h"

struct pillar_opts {
	struct scene_opts scene;
	const char *out;
	bool show_secrets;
};

static const struct opt pillar_opts[] = {
	SCENE_OPTS(struct pillar_opts),
	{0, "out", OPT_STRING, offsetof(struct pillar_opts, out), "FORMAT",
	 "yaml (default) or json"},
	{0, "show-secrets", OPT_FLAG, offsetof(struct pillar_opts, show_secrets), NULL,
	 "Print passwords and keys as they are"},
	{0},
};

/* The project's configuration without the blocks that it was merged from; of a plain tree, the
 * pillar. */
static struct value configuration(struct scene *scene)
{
	static const char *const merged[] = {"env_defaults", "os_defaults"};

	if (!scene->has_project)
		return value_of_dict(scene->world.pillar);
	struct dict *cfg = dict_copy(&scene->heap, scene->project.cfg);
	for (size_t i = 0; i < ARRAY_LEN(merged); i++)
		dict_remove(cfg, value_cstr(&scene->heap, merged[i]), NULL);
	return value_of_dict(cfg);
}

static int pillar_run(void *context, void *opts_raw, int argc, char **argv, struct err *err)
{
	struct tool *tool = context;
	const struct pillar_opts *opts = opts_raw;
	struct scene *scene = xcalloc(1, sizeof(*scene));
	struct diags findings = {0};
	int result =
		scene_open(scene, &opts->scene, argc ? argv[0] : NULL, SCENE_READS, &findings, err);

	tool_tell(tool, &scene->world, &findings);
	diags_clear(&findings);
	if (!result) {
		struct value v = configuration(scene);
		if (!opts->show_secrets)
			v = secrets_mask_value(&scene->world.secrets, &scene->heap, v);
		result = value_show(&scene->heap, v, opts->out, "yaml", err);
	}
	scene_close(scene);
	free(scene);
	return result;
}

const struct command cmd_pillar = {
	.name = "pillar",
	.args = "[NAME]",
	.summary = "Print the merged configuration of a project, or the pillar of a plain tree",
	.opts = pillar_opts,
	.opts_size = sizeof(struct pillar_opts),
	.min_args = 0,
	.max_args = 1,
	.run = pillar_run,
};
