/* cmd_cp.c - hull cp: files between a container and the host.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/copy.h"

#include "commands.h"

#include "base/banned.h"

struct cp_opts {
	bool archive, follow_link, quiet;
};

static const struct opt cp_opts[] = {
	{'a', "archive", OPT_FLAG, offsetof(struct cp_opts, archive), NULL, "Keep owners"},
	{'L', "follow-link", OPT_FLAG, offsetof(struct cp_opts, follow_link), NULL,
	 "Copy what a link leads to"},
	{'q', "quiet", OPT_FLAG, offsetof(struct cp_opts, quiet), NULL, "Nothing is said anyway"},
	{0},
};

/* docker: "NAME:PATH" unless it begins as a path of the host does. *ret_name is owned; NULL: a path
 * of the host. */
static const char *split(const char *text, char **ret_name)
{
	const char *colon = strchr(text, ':');

	*ret_name = NULL;
	if (text[0] == '/' || text[0] == '.' || !colon)
		return text;
	*ret_name = xstrndup(text, (size_t)(colon - text));
	return colon + 1;
}

static int cp_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct cp_opts *opts = opts_ptr;
	struct copy_options options = {.archive = opts->archive, .follow_link = opts->follow_link};
	cleanup(container_closep) struct container *container = NULL;
	autofree char *from_name = NULL, *to_name = NULL;
	const char *from = split(argv[0], &from_name);
	const char *to = split(argv[1], &to_name);

	if (from_name && to_name)
		return err_set(err, ERR_INPUT,
			       "files are copied between a container and the host, not "
			       "between containers");
	if (!from_name && !to_name)
		return err_set(err, ERR_INPUT, "neither '%s' nor '%s' is CONTAINER:PATH", from, to);
	if (!from[0] || !to[0])
		return err_set(err, ERR_INPUT, "the path of '%s' is empty",
			       from[0] ? argv[1] : argv[0]);
	if (container_find(&hull->engine, from_name ? from_name : to_name, &container, err))
		return -1;
	if (from_name ? container_copy_out(container, from, to, &options, err)
		      : container_copy_in(container, from, to, &options, err))
		return err_wrap(err, "copying '%s' to '%s'", argv[0], argv[1]);
	return 0;
}

const struct command cmd_cp = {
	.name = "cp",
	.args = "CONTAINER:PATH PATH|- | PATH|- CONTAINER:PATH",
	.summary = "Copy files between a container and the host",
	.details =
		"'-' is a tar stream on stdin or stdout. A directory is copied into one that exists, or\n"
		"becomes one that does not; 'DIR/.' means its contents.",
	.opts = cp_opts,
	.opts_size = sizeof(struct cp_opts),
	.min_args = 2,
	.max_args = 2,
	.needs = CMD_NEEDS_ENGINE,
	.run = cp_run,
};
