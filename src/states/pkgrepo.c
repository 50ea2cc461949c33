/* pkgrepo.c - sources of apt and apk by the line, of dnf by a file each.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/pkgrepo.h"

#include <fcntl.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/package_tool.h"
#include "states/program.h"
#include "states/text_file.h"
#include "value/list.h"

#include "base/banned.h"

#define APT_FILE  "/etc/apt/sources.list"
#define APT_FILES "/etc/apt/sources.list.d"

struct repo_args {
	struct str file, humanname, baseurl, gpgkey, mirrorlist, keyid, keyserver, key_text;
	struct value key_url, enabled, disabled, refresh, gpgcheck;
};

#define ROW(arg_name, arg_type, field)                      \
	{                                                   \
		.name = (arg_name), .type = (arg_type),     \
		.offset = offsetof(struct repo_args, field) \
	}

static const struct state_arg repo_arg_rows[] = {
	ROW("file", ARG_STR, file),
	ROW("humanname", ARG_STR, humanname),
	ROW("baseurl", ARG_STR, baseurl),
	ROW("mirrorlist", ARG_STR, mirrorlist),
	ROW("gpgkey", ARG_STR, gpgkey),
	ROW("gpgcheck", ARG_VALUE, gpgcheck),
	ROW("keyid", ARG_STR, keyid),
	ROW("keyserver", ARG_STR, keyserver),
	ROW("key_text", ARG_STR, key_text),
	ROW("key_url", ARG_VALUE, key_url),
	ROW("enabled", ARG_VALUE, enabled),
	ROW("disabled", ARG_VALUE, disabled),
	ROW("refresh", ARG_VALUE, refresh),
	{.name = "dist", .type = ARG_IGNORED},
	{.name = "comps", .type = ARG_IGNORED},
	{.name = "refresh_db", .type = ARG_IGNORED},
	{.name = "consolidate", .type = ARG_IGNORED},
	{.name = "clean_file", .type = ARG_IGNORED},
	{.name = "architectures", .type = ARG_IGNORED},
	{.name = "aptkey", .type = ARG_IGNORED},
	{.name = "allow_insecure_key", .type = ARG_IGNORED},
	{.name = "comments", .type = ARG_IGNORED},
	{.name = "ppa",
	 .type = ARG_REFUSED,
	 .fallback = "a PPA's line and key are asked for over the network: write the deb line"},
	{.name = "copr",
	 .type = ARG_REFUSED,
	 .fallback = "a COPR is asked for over the network: write its baseurl"},
	{0},
};

struct repo {
	enum package_kind kind;
	const char *file;
	struct str text; /* the line, or the whole file of dnf's */
};

static const struct ownership fresh = {0, 0, 0644};

static bool is_disabled(const struct repo_args *args)
{
	return (args->disabled.kind == VALUE_BOOL && args->disabled.boolean) ||
	       (args->enabled.kind == VALUE_BOOL && !args->enabled.boolean);
}

/* A name for a file: what is no letter or digit is a dash. */
static const char *file_word(struct heap *heap, const char *name)
{
	char *word = heap_strdup(heap, str_of(name));

	for (char *at = word; *at; at++)
		if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
		      (*at >= '0' && *at <= '9') || strchr("._", *at)))
			*at = '-';
	return word;
}

static struct str dnf_text(struct state_call *call)
{
	const struct repo_args *args = call->args;
	const struct {
		const char *key;
		struct str value;
	} pairs[] = {
		{"name", args->humanname.len ? args->humanname : str_of(call->name)},
		{"baseurl", args->baseurl},
		{"mirrorlist", args->mirrorlist},
		{"gpgkey", args->gpgkey},
	};
	autobuf struct buf text = {0};

	buf_printf(&text, "[%s]\n", call->name);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (pairs[i].value.len)
			buf_printf(&text, "%s=%.*s\n", pairs[i].key, STR_ARG(pairs[i].value));
	buf_printf(&text, "enabled=%d\n", !is_disabled(args));
	if (args->gpgcheck.kind == VALUE_BOOL || args->gpgcheck.kind == VALUE_INT)
		buf_printf(&text, "gpgcheck=%d\n",
			   args->gpgcheck.kind == VALUE_BOOL ? args->gpgcheck.boolean
							     : args->gpgcheck.integer != 0);
	return value_bytes(value_text(call->heap, buf_str(&text)));
}

/* Blanks between words do not tell lines apart. */
static bool same_words(struct str a, struct str b)
{
	while (a.len || b.len) {
		struct str left = str_cut(&a, ' '), right = str_cut(&b, ' ');
		if (!str_eq(left, right))
			return false;
		a = str_trim_blanks(a);
		b = str_trim_blanks(b);
	}
	return true;
}

/* The text with the line in it, or without; a line that is commented out is not there. */
static bool edit_lines(struct str text, struct str wanted, bool is_wanted, struct buf *buf)
{
	bool has = false;

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		if (same_words(str_trim(line), wanted)) {
			has = true;
			if (!is_wanted)
				continue;
		}
		buf_printf(buf, "%.*s\n", STR_ARG(line));
	}
	if (!has && is_wanted)
		buf_printf(buf, "%.*s\n", STR_ARG(wanted));
	return has;
}

static bool file_holds(struct world *world, const char *file, struct str wanted)
{
	autobuf struct buf text = {0};
	autobuf struct buf ignored = {0};
	autoerr struct err err = {0};

	return !text_file_read(world, file, &text, NULL, &err) &&
	       edit_lines(buf_str(&text), wanted, true, &ignored);
}

/* The first of apt's own files that holds the line, sources.list(5); NULL: none does. */
static const char *listed_in(struct world *world, struct str wanted)
{
	autostrlist struct strlist names = {0};
	autoclose int fd = -1;
	autoerr struct err err = {0};

	if (file_holds(world, APT_FILE, wanted))
		return APT_FILE;
	if (beneath_open(world->rootfd, APT_FILES, O_RDONLY | O_DIRECTORY, 0, &fd, &err) ||
	    dir_list(fd, ".", &names, &err))
		return NULL;
	strlist_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		const char *file = heap_printf(world->heap, APT_FILES "/%s", names.items[i]);
		if (text_ends(file, ".list") && file_holds(world, file, wanted))
			return file;
	}
	return NULL;
}

/* What is written into a file of lines; each argument is one of them, or part of one. */
static bool has_lines(const struct state_call *call)
{
	const struct repo_args *args = call->args;

	return text_is_line(str_trim(str_of(call->name))) && text_is_line(args->humanname) &&
	       text_is_line(args->baseurl) && text_is_line(args->mirrorlist) &&
	       text_is_line(args->gpgkey);
}

static bool find_repo(struct state_call *call, struct repo *ret_repo, struct outcome *outcome)
{
	const struct repo_args *args = call->args;
	cleanup(package_db_done) struct package_db db = {0};
	autoerr struct err err = {0};

	if (package_db_read(call->world, &db, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	if (!has_lines(call)) {
		outcome_fail(outcome, "Repo '%s' holds a line's end", call->name);
		return false;
	}
	struct repo repo = {.kind = db.kind, .text = str_trim(str_of(call->name))};
	if (repo.kind == PACKAGES_DPKG && !args->file.len)
		repo.file = listed_in(call->world, repo.text);
	if (repo.kind == PACKAGES_DPKG)
		repo.file = repo.file ? repo.file : APT_FILE;
	else if (repo.kind == PACKAGES_APK)
		repo.file = "/etc/apk/repositories";
	else
		repo.file = heap_printf(call->heap, "/etc/yum.repos.d/%s.repo",
					file_word(call->heap, call->name));
	if (args->file.len)
		repo.file = heap_strdup(call->heap, args->file);
	if (repo.kind == PACKAGES_RPM)
		repo.text = dnf_text(call);
	*ret_repo = repo;
	if (repo.kind != PACKAGES_NONE)
		return true;
	outcome_fail(outcome, "Repo management not implemented on this platform");
	return false;
}

/* ---- keys ---- */

/* A key that people can read has lines; gpg's own form is told by its name. */
static int save_key(struct state_call *call, const char *name, struct str key, struct err *err)
{
	bool is_text = str_starts(str_trim(key), STR("-----BEGIN"));
	const char *path = heap_printf(call->heap, "/etc/apt/trusted.gpg.d/%s.%s",
				       file_word(call->heap, name), is_text ? "asc" : "gpg");

	return text_file_write(call->world, path, key, &fresh, err);
}

static int fetch_key(struct state_call *call, const char *url, struct buf *ret_key, struct err *err)
{
	const char *const curl[] = {"curl", "-fsSL", "--", url, NULL};
	const char *const wget[] = {"wget", "-qO-", "--", url, NULL};
	bool is_remote = !strncmp(url, "http://", 7) || !strncmp(url, "https://", 8);
	const char *file;

	if (!is_remote)
		return source_read(call->world, url, ret_key, &file, err);
	if (call->world->is_offline)
		return err_set(err, ERR_SYSTEM, "'%s' needs the network, which --offline forbids",
			       url);
	cleanup(command_outcome_done) struct command_outcome said = {0};
	if (program_run(call->world, program_find(call->world, "curl") ? curl : wget, NULL, &said,
			err))
		return -1;
	if (said.retcode)
		return err_set(err, ERR_SYSTEM, "'%s': %s", url,
			       program_complaint(call->heap, &said));
	buf_append(ret_key, said.out.ptr, said.out.len);
	buf_putc(ret_key, '\n');
	return 0;
}

static int add_keys(struct state_call *call, struct err *err)
{
	const struct repo_args *args = call->args;
	struct list *urls;

	if (args->key_text.len && save_key(call, call->name, args->key_text, err))
		return -1;
	if (args->keyid.len) {
		const char *server = args->keyserver.len ? heap_strdup(call->heap, args->keyserver)
							 : "keyserver.ubuntu.com";
		const char *const words[] = {"apt-key",
					     "adv",
					     "--batch",
					     "--keyserver",
					     server,
					     "--recv-keys",
					     heap_strdup(call->heap, args->keyid),
					     NULL};
		if (program_must(call->world, words, NULL, err))
			return -1;
	}
	if (args->key_url.kind == VALUE_UNDEFINED || args->key_url.kind == VALUE_NONE)
		return 0;
	if (args->key_url.kind == VALUE_LIST) {
		urls = args->key_url.list;
	} else {
		urls = list_new(call->heap, 1);
		list_push(call->heap, urls, args->key_url);
	}
	for (size_t i = 0; i < urls->n; i++) {
		autobuf struct buf key = {0};
		struct value url;
		if (value_str(call->heap, urls->items[i], &url, err))
			return -1;
		const char *text = heap_strdup(call->heap, value_bytes(url));
		if (fetch_key(call, text, &key, err) || save_key(call, text, buf_str(&key), err))
			return err_wrap(err, "key of the repository");
	}
	return 0;
}

/* ---- states ---- */

static bool compute(struct state_call *call, const struct repo *repo, bool is_wanted,
		    struct buf *before, struct buf *after, struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (text_file_read(call->world, repo->file, before, NULL, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	if (repo->kind != PACKAGES_RPM)
		edit_lines(buf_str(before), repo->text, is_wanted, after);
	else if (is_wanted)
		buf_append_str(after, repo->text);
	return true;
}

static bool wants_refresh(const struct repo_args *args)
{
	return args->refresh.kind != VALUE_BOOL || args->refresh.boolean;
}

static void managed(struct state_call *call, struct outcome *outcome)
{
	const struct repo_args *args = call->args;
	autobuf struct buf before = {0};
	autobuf struct buf after = {0};
	autoerr struct err err = {0};
	struct repo repo;

	if (!find_repo(call, &repo, outcome))
		return;
	bool is_wanted = repo.kind == PACKAGES_RPM || !is_disabled(args);
	if (!compute(call, &repo, is_wanted, &before, &after, outcome))
		return;
	if (str_eq(buf_str(&before), buf_str(&after))) {
		outcome_say(outcome, "Package repo '%s' already configured", call->name);
		return;
	}
	outcome_change_text(call->heap, outcome, "repo", call->name);
	if (call->is_test) {
		outcome_pending(outcome,
				"Package repo '%s' would be configured. This may cause pkg states "
				"to behave differently than stated if this action is repeated "
				"without test=True, due to the differences in the configured "
				"repositories.",
				call->name);
		return;
	}
	if (add_keys(call, &err) ||
	    text_file_write(call->world, repo.file, buf_str(&after), &fresh, &err)) {
		outcome->changes = (struct value){0};
		outcome_fail(outcome, "Failed to configure repo '%s': %s", call->name,
			     err_text(&err));
		return;
	}
	outcome_say(outcome, "Configured package repo '%s'", call->name);
	if (wants_refresh(args) && !call->world->is_offline &&
	    package_tool_refresh(call->world, repo.kind, &err))
		outcome_fail(outcome, "%s", err_text(&err));
}

/* Where no file is named the line goes from all of them. */
static int remove_others(struct state_call *call, const struct repo *repo, struct err *err)
{
	const struct repo_args *args = call->args;
	const char *file;

	while (repo->kind == PACKAGES_DPKG && !args->file.len &&
	       (file = listed_in(call->world, repo->text)) != NULL) {
		autobuf struct buf before = {0};
		autobuf struct buf after = {0};
		if (text_file_read(call->world, file, &before, NULL, err))
			return -1;
		edit_lines(buf_str(&before), repo->text, false, &after);
		if (text_file_write(call->world, file, buf_str(&after), &fresh, err))
			return -1;
	}
	return 0;
}

static void absent(struct state_call *call, struct outcome *outcome)
{
	autobuf struct buf before = {0};
	autobuf struct buf after = {0};
	autoerr struct err err = {0};
	struct repo repo;

	if (!find_repo(call, &repo, outcome) ||
	    !compute(call, &repo, false, &before, &after, outcome))
		return;
	if (str_eq(buf_str(&before), buf_str(&after))) {
		outcome_say(outcome, "Package repo %s is absent", call->name);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome,
				"Package repo '%s' will be removed. This may cause pkg states to "
				"behave differently than stated if this action is repeated without "
				"test=True, due to the differences in the configured repositories.",
				call->name);
		return;
	}
	if (text_file_write(call->world, repo.file, buf_str(&after), &fresh, &err) ||
	    remove_others(call, &repo, &err)) {
		outcome_fail(outcome, "Failed to remove repo '%s': %s", call->name, err_text(&err));
		return;
	}
	outcome_change_text(call->heap, outcome, "repo", call->name);
	outcome_say(outcome, "Removed repo %s", call->name);
}

const struct state_def pkgrepo_managed_def = {
	.name = "pkgrepo.managed",
	.args = repo_arg_rows,
	.args_size = sizeof(struct repo_args),
	.is_build_only = true,
	.apply = managed,
};
const struct state_def pkgrepo_absent_def = {
	.name = "pkgrepo.absent",
	.args = repo_arg_rows,
	.args_size = sizeof(struct repo_args),
	.is_build_only = true,
	.apply = absent,
};
