/* cmd_reset_perms.c - reset-perms: owner, mode and ACLs of trees, for scripts of projects.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/userdb.h"
#include "base/vec.h"
#include "project/perms.h"
#include "states/place.h"
#include "tool.h"
#include "value/regex.h"

#include "base/banned.h"

struct perms_opts {
	struct strlist paths, users, groups, excludes;
	const char *user, *group, *fmode, *dmode;
	bool no_acls, only_acls, reset_acls, not_recursive, quiet, verbose, debug;
};

static const struct opt perms_opts[] = {
	{'p', "paths", OPT_LIST, offsetof(struct perms_opts, paths), "PATH",
	 "A tree; may be repeated"},
	{'u', "user", OPT_STRING, offsetof(struct perms_opts, user), "USER", "The owner (root)"},
	{'g', "group", OPT_STRING, offsetof(struct perms_opts, group), "GROUP", "The group (root)"},
	{0, "fmode", OPT_STRING, offsetof(struct perms_opts, fmode), "MODE", "Of files (770)"},
	{0, "dmode", OPT_STRING, offsetof(struct perms_opts, dmode), "MODE",
	 "Of directories (770)"},
	{0, "users", OPT_LIST, offsetof(struct perms_opts, users), "USER[:PERMS]",
	 "Let another user in by ACL; may be repeated"},
	{0, "groups", OPT_LIST, offsetof(struct perms_opts, groups), "GROUP[:PERMS]",
	 "Let another group in by ACL; may be repeated"},
	{'e', "excludes", OPT_LIST, offsetof(struct perms_opts, excludes), "PATTERN",
	 "Left out: part of a path, a regular expression, a glob; may be repeated"},
	{'n', "no-acls", OPT_FLAG, offsetof(struct perms_opts, no_acls), NULL, "Leave ACLs alone"},
	{'o', "only-acls", OPT_FLAG, offsetof(struct perms_opts, only_acls), NULL,
	 "Neither owner nor mode"},
	{'k', "reset-acls", OPT_FLAG, offsetof(struct perms_opts, reset_acls), NULL,
	 "Remove all ACLs first"},
	{'R', "no-recursive", OPT_FLAG, offsetof(struct perms_opts, not_recursive), NULL,
	 "The paths alone, not what is in them"},
	{'q', "quiet", OPT_FLAG, offsetof(struct perms_opts, quiet), NULL, "Say nothing"},
	{'v', "verbose", OPT_FLAG, offsetof(struct perms_opts, verbose), NULL, "Tell each change"},
	{0, "debug", OPT_FLAG, offsetof(struct perms_opts, debug), NULL, "The same"},
	{0},
};

static int parse_grant(const char *word, bool is_group, struct perms_rule *rule, struct err *err)
{
	struct str rest = str_of(word), name = str_cut(&rest, ':');
	struct acl_grant grant = {.is_group = is_group, .perms = PERMS_KEEP};
	autofree char *owner = str_dup(name);
	uint32_t other = 0;

	if (rest.ptr)
		grant.perms = 0;
	for (size_t i = 0; rest.ptr && i < rest.len; i++) {
		const char *at = strchr("xwr", rest.ptr[i]);
		if (at)
			grant.perms |= 1u << (at - "xwr");
		else if (rest.ptr[i] >= '0' && rest.ptr[i] <= '7' && rest.len == 1)
			grant.perms = (uint32_t)(rest.ptr[i] - '0');
		else if (rest.ptr[i] != '-')
			return err_set(err, ERR_INPUT, "'%s': permissions are letters of rwx",
				       word);
	}
	autoclose int rootfd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (is_group ? userdb_resolve_group(rootfd, owner, &grant.id, err)
		     : userdb_resolve_owner(rootfd, owner, &grant.id, &other, err)) {
		if (err->kind != ERR_INPUT)
			return -1;
		log_warn("there is no '%s' to let in, ignoring", owner);
		err_clear(err); /* the others, owners and modes are set all the same */
		return 0;
	}
	vec_push(&rule->grants, grant);
	return 0;
}

static int parse_rule(const struct perms_opts *opts, struct perms_rule *rule, struct err *err)
{
	autofree char *owner = NULL;
	struct buf text = {0};
	autoclose int rootfd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	buf_printf(&text, "%s:%s", opts->user ? opts->user : "root",
		   opts->group ? opts->group : "root");
	owner = buf_steal(&text);
	if (userdb_resolve_owner(rootfd, owner, &rule->uid, &rule->gid, err) ||
	    perms_parse_mode(opts->fmode ? opts->fmode : "770", &rule->files.exact, err) ||
	    perms_parse_mode(opts->dmode ? opts->dmode : "770", &rule->dirs.exact, err))
		return -1;
	for (size_t i = 0; i < opts->users.n; i++)
		if (parse_grant(opts->users.items[i], false, rule, err))
			return -1;
	for (size_t i = 0; i < opts->groups.n; i++)
		if (parse_grant(opts->groups.items[i], true, rule, err))
			return -1;
	rule->not_recursive = opts->not_recursive;
	rule->no_acls = opts->no_acls;
	rule->only_acls = opts->only_acls;
	rule->reset_acls = opts->reset_acls;
	return 0;
}

/* ---- what is left out ---- */

struct excluder {
	struct heap heap;
	size_t n;
	struct excluded {
		const char *pattern;
		struct regex *regex; /* NULL: it is none */
	} * items;
};

static void excluder_begin(struct excluder *excluder, const struct strlist *patterns)
{
	*excluder = (struct excluder){.heap = {.max_steps = UINT64_MAX}, .n = patterns->n};
	excluder->items = heap_alloc(&excluder->heap, (patterns->n + 1) * sizeof(struct excluded));
	for (size_t i = 0; i < patterns->n; i++) {
		struct excluded *item = &excluder->items[i];
		autoerr struct err err = {0}; /* "*.pyc": then it is a glob */
		item->pattern = patterns->items[i];
		if (regex_compile(&excluder->heap, str_of(item->pattern),
				  REGEX_MULTILINE | REGEX_DOTALL | REGEX_BYTES, &item->regex, &err))
			item->regex = NULL;
	}
}

static int is_excluded(void *arg, const char *path, struct err *err)
{
	const struct excluder *excluder = arg;
	bool found = false;

	for (size_t i = 0; !found && i < excluder->n; i++) {
		const struct excluded *item = &excluder->items[i];
		struct regex_match match;
		found = strstr(path, item->pattern) || str_glob(item->pattern, path) ||
			str_glob(item->pattern, path_base(path));
		if (found || !item->regex)
			continue;
		int matches = regex_search(item->regex, str_of(path), 0, false, &match, err);
		if (matches < 0)
			return -1; /* nobody may be let in because a name was too much */
		found = matches;
	}
	return found;
}

static void tell_change(void *arg, const char *path, const char *what)
{
	autobuf struct buf line = {0};
	autoerr struct err err = {0};

	buf_printf(&line, "%s: %s\n", path, what);
	if (tool_print(buf_str(&line), &err))
		err_clear(&err); /* the change is made all the same */
}

/* "/", "/srv": what lies directly below the root belongs to the system, whatever a script asks. */
static bool is_the_systems(const char *real)
{
	const char *slash = strchr(real + 1, '/');

	return !slash || text_eq(real, "/srv/projects");
}

/* Absolute, without slashes at the end: "link/" would be what the link leads to. */
static char *bare_path(const char *path)
{
	autofree char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	char *bare = xasprintf("%s%s%s", here ? here : "", *path == '/' ? "" : "/", path);

	for (size_t len = strlen(bare); len > 1 && bare[len - 1] == '/'; len--)
		bare[len - 1] = '\0';
	return bare;
}

/* Whether a user's link on the way leads to what is another's. */
static bool is_led_astray(int rootfd, const char *path)
{
	struct heap heap = {0};
	struct world world = {.rootfd = rootfd, .heap = &heap};
	autoerr struct err err = {0};
	bool is_astray = place_check_links(&world, path, LINKS_KEPT, &err) != 0;

	if (is_astray)
		log_warn("%s, ignoring", err_text(&err));
	heap_done(&heap);
	return is_astray;
}

static int reset_path(const char *given, const struct perms_rule *rule, perms_told_fn *told,
		      struct err *err)
{
	autofree char *path = bare_path(given);
	autofree char *real = NULL;
	struct perms_count count = {0};
	autoclose int rootfd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	/* Scripts name what a project may have, and whoever owns a tree may put links in it. */
	bool is_there = !lstat(path, &st);
	if (!is_there && errno != ENOENT)
		return file_err(err, "asking about", path);
	if (!is_there) {
		if (told)
			told(NULL, path, "is not there");
		return 0;
	}
	if (S_ISLNK(st.st_mode)) {
		if (told)
			told(NULL, path, "left alone, it is a link");
		return 0;
	}
	if (is_led_astray(rootfd, path))
		return 0;
	if (path_real(path, &real, err))
		return -1;
	if (is_the_systems(real)) {
		tell_change(NULL, real, "left alone, it is the system's");
		return 0;
	}
	return tree_perms_apply(rootfd, real + 1, rule, told, NULL, &count, err);
}

static int reset_perms_run(void *context, void *raw_opts, int argc, char **argv, struct err *err)
{
	const struct perms_opts *opts = raw_opts;
	struct perms_rule rule = {0};
	struct excluder excluder;
	bool tells = (opts->verbose || opts->debug) && !opts->quiet;
	int result = parse_rule(opts, &rule, err);

	excluder_begin(&excluder, &opts->excludes);
	if (opts->excludes.n) {
		rule.excludes = is_excluded;
		rule.excludes_arg = &excluder;
	}
	if (!result && !opts->paths.n)
		result = err_set(err, ERR_INPUT, "reset-perms: no --paths");
	for (size_t i = 0; !result && i < opts->paths.n; i++)
		result = reset_path(opts->paths.items[i], &rule, tells ? tell_change : NULL, err);
	vec_done(&rule.grants);
	heap_done(&excluder.heap);
	return result;
}

const struct command cmd_reset_perms = {
	.name = "reset-perms",
	.summary = "Give trees an owner, modes and ACLs, only where they differ",
	.details =
		"Called as reset-perms or reset-perms.py the program is this command. Links are never\n"
		"followed; /, what lies directly below it and /srv/projects are left alone.",
	.opts = perms_opts,
	.opts_size = sizeof(struct perms_opts),
	.max_args = 0,
	.run = reset_perms_run,
};
