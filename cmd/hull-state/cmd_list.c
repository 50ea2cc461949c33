/* cmd_list.c - list: which states, filters, tests and functions there are; which a tree misses.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "scene.h"
#include "state/functions.h"
#include "states/states.h"
#include "tmpl/filters.h"

#include "base/banned.h"

struct list_opts {
	struct scene_opts scene;
	bool missing;
};

static const struct opt list_opts[] = {
	SCENE_OPTS(struct list_opts),
	{0, "missing", OPT_FLAG, offsetof(struct list_opts, missing), NULL,
	 "Only what the state files of a tree use and this program does not have"},
	{0},
};

static void put_all(struct buf *text, const char *kind, struct strlist *names)
{
	strlist_sort(names);
	for (size_t i = 0; i < names->n; i++)
		if (!i || !text_eq(names->items[i], names->items[i - 1]))
			buf_printf(text, "%s\t%s\n", kind, names->items[i]);
	strlist_done(names);
}

static void put_functions(struct buf *text)
{
	static const struct function_table *const tables[] = {
		&functions_basic, &functions_mc, &functions_project, &functions_system};
	struct strlist names = {0};

	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (size_t i = 0; i < tables[t]->n; i++)
			strlist_add(&names, tables[t]->rows[i].name);
	put_all(text, "function", &names);
}

static int list_all(struct err *err)
{
	autobuf struct buf text = {0};
	struct strlist names = {0};

	state_names(states_all, &names);
	put_all(&text, "state", &names);
	filter_names(&names);
	put_all(&text, "filter", &names);
	test_names(&names);
	put_all(&text, "test", &names);
	put_functions(&text);
	return tool_print(buf_str(&text), err);
}

/* What does not compile for want of something of ours, out of the findings of a check. */
static bool is_missing(const struct diag *finding)
{
	static const char *const phrases[] = {
		"not implemented here", "No filter named", "No test named", "unknown state",
		"unknown function",     "not provided",    "Python module"};

	for (size_t i = 0; i < ARRAY_LEN(phrases); i++)
		if (finding->message && strstr(finding->message, phrases[i]))
			return true;
	return false;
}

static int list_missing(struct tool *tool, const struct list_opts *opts, const char *name,
			struct err *err)
{
	struct scene *scene = xcalloc(1, sizeof(*scene));
	struct diags findings = {0};
	autostrlist struct strlist names = {0};
	const struct compile_options options = {.states = states_all, .for_check = true};
	int result = scene_open(scene, &opts->scene, name, SCENE_READS, &findings, err);
	bool found = false;

	if (!result)
		result = scene_top_level(scene, &names, err);
	for (size_t i = 0; !result && i < names.n; i++) {
		const char *sls = scene_sls_name(scene, names.items[i]);
		struct low_list low = {0};
		if (sls_compile(&scene->world, &options, &sls, 1, &low, &findings))
			found |= false; /* all that is wrong is in the findings */
		low_list_done(&low);
	}
	for (size_t i = 0; i < findings.n; i++)
		if (is_missing(&findings.items[i])) {
			found = true;
			tool_tell_one(tool, &scene->world, &findings.items[i]);
		}
	diags_clear(&findings);
	scene_close(scene);
	free(scene);
	return result < 0 ? -1 : found ? EXIT_NOT_COMPILED : EXIT_DONE;
}

static int list_run(void *context, void *raw_opts, int argc, char **argv, struct err *err)
{
	const struct list_opts *opts = raw_opts;

	return opts->missing ? list_missing(context, opts, argc ? argv[0] : NULL, err)
			     : list_all(err);
}

const struct command cmd_list = {
	.name = "list",
	.args = "[NAME]",
	.summary = "List the states, filters, tests and functions that exist",
	.opts = list_opts,
	.opts_size = sizeof(struct list_opts),
	.max_args = 1,
	.run = list_run,
};
