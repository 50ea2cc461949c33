/* cmd_list.c - list: which states, filters, tests and functions there are; which a tree misses.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/vec.h"
#include "scene.h"
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
	struct strlist names = {0};

	for (const struct function_table *const *table = scene_functions; *table; table++)
		for (size_t i = 0; i < (*table)->n; i++)
			strlist_add(&names, (*table)->rows[i].name);
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

/* What does not compile for want of something of ours, by what the finding says: the name stands
 * between two texts. */
static const struct gap {
	const char *kind, *before, *after;
} gaps[] = {
	{"state", "State '", "' was not found in SLS"},
	{"filter", "No filter named '", "'"},
	{"test", "No test named '", "'"},
	{"function", "'salt' has no function '", "'"},
	{"module", "'salt' has no module '", "'"},
	{"function", "the function '", "' is known to Salt"},
	{"module", "the module '", "' is known to Salt"},
	{"renderer", "the renderer '", "' is not available here"},
	{"sls", "Specified SLS ", " in saltenv"},
	{"template", "template '", "' not found"},
};

/* "kind<TAB>name", or NULL. The caller frees. */
static char *gap_of(const struct diag *finding)
{
	for (size_t i = 0; i < ARRAY_LEN(gaps); i++) {
		const char *at = finding->message ? strstr(finding->message, gaps[i].before) : NULL;
		const char *end = NULL;

		if (at) {
			at += strlen(gaps[i].before);
			end = strstr(at, gaps[i].after);
		}
		if (end)
			return xasprintf("%s\t%.*s", gaps[i].kind, (int)(end - at), at);
	}
	return NULL;
}

/* One line a name: its kind, the name, the first place; how many there are. */
static int gaps_print(const struct diags *findings, size_t *ret_n, struct err *err)
{
	autostrlist struct strlist told = {0};
	autobuf struct buf text = {0};

	vec_foreach(finding, findings) {
		autofree char *gap = gap_of(finding);
		if (!gap || strlist_has(&told, gap))
			continue;
		strlist_add(&told, gap);
		buf_puts(&text, gap);
		if (finding->at.file)
			buf_printf(&text, "\t%s:%u:%u", finding->at.file, finding->at.line,
				   finding->at.column);
		buf_putc(&text, '\n');
	}
	*ret_n = told.n;
	return tool_print(buf_str(&text), err);
}

static int list_missing(const struct tool *tool, const struct list_opts *opts, const char *name,
			struct err *err)
{
	struct scene *scene = xcalloc(1, sizeof(*scene));
	struct diags findings = {0};
	autostrlist struct strlist names = {0};
	const struct compile_options options = {.states = states_all, .for_check = true};
	int result = scene_open(scene, &opts->scene, name, SCENE_READS, &findings, err);
	size_t n_gaps = 0;

	if (!result)
		result = scene_top_level(scene, &names, err);
	for (size_t i = 0; !result && i < names.n; i++) {
		const char *sls = scene_sls_name(scene, names.items[i]);
		struct low_list low = {0};
		/* all that is wrong is in the findings */
		(void)!sls_compile(&scene->world, &options, &sls, 1, &low, &findings);
		low_list_done(&low);
	}
	if (result >= 0 && gaps_print(&findings, &n_gaps, err))
		result = -1;
	if (result > 0) /* nothing could be compiled */
		tool_tell(tool, &scene->world, &findings);
	diags_clear(&findings);
	scene_close(scene);
	free(scene);
	return result < 0 ? -1 : result || n_gaps ? EXIT_NOT_COMPILED : EXIT_DONE;
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
	.details =
		"Each line is a kind and a name with a tab between; with --missing the first place too,\n"
		"and the exit status is 1 when anything is missing.",
	.opts = list_opts,
	.opts_size = sizeof(struct list_opts),
	.max_args = 1,
	.run = list_run,
};
