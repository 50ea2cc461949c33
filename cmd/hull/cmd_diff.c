/* cmd_diff.c - hull diff: what a container changed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "output.h"

#include "base/banned.h"

#define OUTPUT_MAX ((size_t)1 << 30) /* bytes: millions of changed files */

static int add_change(const struct change *change, void *out, struct err *err)
{
	static const char letters[] = {
		[CHANGE_MODIFIED] = 'C', [CHANGE_ADDED] = 'A', [CHANGE_DELETED] = 'D'};

	(void)err;
	buf_printf(out, "%c /%s\n", letters[change->kind], change->path);
	return 0;
}

static int diff_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	cleanup(container_closep) struct container *container = NULL;
	cleanup(snap_closep) struct snapshot *snapshot = NULL;
	autobuf struct buf out = {.max = OUTPUT_MAX};

	if (container_find(&hull->engine, argv[0], &container, err) ||
	    container_open_snapshot(container, &snapshot, err) ||
	    snap_changes(snapshot, container_exclude, container, add_change, &out, err) ||
	    buf_check(&out, "the list of changes", err))
		return -1;
	return output_text(buf_text(&out), err);
}

const struct command cmd_diff = {
	.name = "diff",
	.args = "CONTAINER",
	.summary = "List the files that a container changed",
	.details = "Each line begins with A (added), C (changed) or D (deleted).",
	.min_args = 1,
	.max_args = 1,
	.needs = CMD_NEEDS_ENGINE,
	.run = diff_run,
};
