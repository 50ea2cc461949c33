/* cmd_user.c - hull-registry user add, passwd, del, list: the users of a YAML file, in place.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>

#include "account/auth_file.h"
#include "account/guard.h"
#include "doc/yaml.h"
#include "service/users_file.h"

#include "tool.h"

#include "base/banned.h"

struct user_opts {
	const char *config, *file;
	int64_t cost;
};

#define FILE_OPTS                                                                                 \
	{'c',        "config",                                                                    \
	 OPT_STRING, offsetof(struct user_opts, config),                                          \
	 "FILE",     "The configuration whose users are meant (default \"" DEFAULT_CONFIG "\")"}, \
	{                                                                                         \
		'f', "file", OPT_STRING, offsetof(struct user_opts, file), "FILE",                \
			"The file that has the users, when it is not the configuration's"         \
	}

static const struct opt file_opts[] = {FILE_OPTS, {0}};
static const struct opt password_opts[] = {
	FILE_OPTS,
	{0, "cost", OPT_INT, offsetof(struct user_opts, cost), "N",
	 "Of bcrypt: each step doubles the work, from 4 to 31 (default 10)"},
	{0},
};

/* The file to change; caller frees. */
static int find_file(const struct user_opts *opts, char **ret_path, struct err *err)
{
	const char *config = NULL;

	if (opts->file && opts->config)
		return err_set(err, ERR_INPUT, "--config or --file, not both");
	if (opts->file) {
		*ret_path = xstrdup(opts->file);
		return 0;
	}
	if (tool_config(opts->config, 0, NULL, &config, err))
		return -1;
	return users_file_find(config, ret_path, err);
}

static int set_password(const struct user_opts *opts, const char *account, bool is_new,
			struct err *err)
{
	autofree char *path = NULL, *password = NULL, *hash = NULL;

	if (opts->cost && (opts->cost < 4 || opts->cost > 31))
		return err_set(err, ERR_INPUT, "--cost is from 4 to 31, not %lld",
			       (long long)opts->cost);
	if (!account[0])
		return err_set(err, ERR_INPUT, "the name of a user may not be empty");
	if (find_file(opts, &path, err) || users_file_expect(path, account, !is_new, err) ||
	    tool_read_password(account, &password, err))
		return -1;
	int failed = password_hash(password, (unsigned)opts->cost, &hash, err);
	explicit_bzero(password, strlen(password));
	if (failed || auth_file_set_user(AT_FDCWD, path, account, hash, !is_new, is_new, err))
		return -1;
	return tool_printf(err, "%s: '%s' %s\n", path, account,
			   is_new ? "was added" : "has a new password");
}

static int add_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return set_password(opts, argv[0], true, err);
}

static int passwd_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return set_password(opts, argv[0], false, err);
}

static int del_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	autofree char *path = NULL;

	if (find_file(opts, &path, err) ||
	    auth_file_set_user(AT_FDCWD, path, argv[0], NULL, true, false, err))
		return -1;
	return tool_printf(err, "%s: '%s' was removed\n", path, argv[0]);
}

static int list_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	autofree char *path = NULL;
	autostrlist struct strlist names = {0};

	if (find_file(opts, &path, err) || users_file_list(path, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (tool_printf(err, "%s\n", names.items[i][0] ? names.items[i] : "\"\""))
			return -1;
	return 0;
}

const struct command cmd_user_add = {
	.name = "user add",
	.args = "NAME",
	.summary = "Add a user",
	.details = "The password is asked for on the terminal, or read from stdin (one line). A "
		   "running server\nsees the change by itself.",
	.opts = password_opts,
	.opts_size = sizeof(struct user_opts),
	.min_args = 1,
	.max_args = 1,
	.run = add_run,
};
const struct command cmd_user_passwd = {
	.name = "user passwd",
	.args = "NAME",
	.summary = "Give a user another password",
	.details = "Refresh tokens that were made with the old one end with it.",
	.opts = password_opts,
	.opts_size = sizeof(struct user_opts),
	.min_args = 1,
	.max_args = 1,
	.run = passwd_run,
};
const struct command cmd_user_del = {
	.name = "user del",
	.args = "NAME",
	.summary = "Remove a user",
	.opts = file_opts,
	.opts_size = sizeof(struct user_opts),
	.min_args = 1,
	.max_args = 1,
	.run = del_run,
};
const struct command cmd_user_list = {
	.name = "user list",
	.args = "",
	.summary = "List the users",
	.opts = file_opts,
	.opts_size = sizeof(struct user_opts),
	.run = list_run,
};
