/* command.c - shell commands, as the user, in the directory and with the words they ask for.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/strlist.h"
#include "base/userdb.h"
#include "state/limits.h"
#include "state/run.h"

#include "base/banned.h"

#define DEFAULT_SHELL "/bin/sh"
#define DEFAULT_PATH  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct becoming { /* what the child does before it is the shell */
	const char *chroot, *cwd;
	const struct user_identity *identity; /* NULL: who we are */
	bool has_umask, merge_stderr;
	mode_t mask;
};

/* Async-signal-safe calls only. The order: root while we may; the directory while we may, for it
 * can be one that the user may not enter; groups before the user. */
static int become(void *arg)
{
	const struct becoming *becoming = arg;
	const struct user_identity *identity = becoming->identity;

	if (becoming->chroot && (chroot(becoming->chroot) || chdir("/")))
		return -1;
	if (becoming->cwd && chdir(becoming->cwd))
		return -1;
	if (identity && (setgroups(identity->n_extra_gids, identity->extra_gids) ||
			 setgid(identity->gid) || setuid(identity->uid)))
		return -1;
	if (becoming->has_umask)
		umask(becoming->mask);
	return becoming->merge_stderr ? dup2(STDOUT_FILENO, STDERR_FILENO) < 0 : 0;
}

/* ---- who ---- */

static int identity_read(struct world *world, const struct command_options *options,
			 struct user_identity *ret_identity, struct err *err)
{
	autofree char *user =
		options->runas ? xstrdup(options->runas) : xasprintf("%u", (unsigned)geteuid());
	cleanup(user_identity_done) struct user_identity identity = {0};

	if (userdb_resolve(world->rootfd, user, &identity, err)) {
		if (err->kind != ERR_INPUT || !options->runas)
			return -1;
		err_clear(err);
		return err_set(err, ERR_INPUT, "User '%s' is not available", options->runas);
	}
	/* The user's other groups stay. */
	if (options->group &&
	    userdb_resolve_group(world->rootfd, options->group, &identity.gid, err)) {
		if (err->kind != ERR_INPUT)
			return -1;
		err_clear(err);
		return err_set(err, ERR_INPUT, "Group '%s' is not available", options->group);
	}
	*ret_identity = steal(&identity);
	return 0;
}

static bool is_us(const struct command_options *options, const struct user_identity *identity)
{
	return !options->group && identity->uid == geteuid() && geteuid() != 0;
}

/* ---- where, and by which shell ---- */

static bool dir_is_there(struct world *world, const char *path)
{
	autoerr struct err ignored = {0};
	autoclose int fd = -1;

	return beneath_open(world->rootfd, path, O_PATH | O_DIRECTORY, 0, &fd, &ignored) == 0;
}

static bool file_is_there(struct world *world, const char *path)
{
	autoerr struct err ignored = {0};
	autoclose int fd = -1;

	return beneath_open(world->rootfd, path, O_PATH, 0, &fd, &ignored) == 0;
}

/* What it says, else ours ($SHELL), else /bin/sh. Nobody can log in by the last two names. */
static const char *shell_choose(struct world *world, const struct command_options *options)
{
	const char *own = getenv("SHELL");

	if (options->shell && *options->shell)
		return options->shell;
	if (!own || *own != '/' || text_ends(own, "/nologin") || text_ends(own, "/false") ||
	    !file_is_there(world, own))
		return DEFAULT_SHELL;
	return own;
}

static int cwd_choose(struct world *world, const struct command_options *options,
		      const struct user_identity *identity, const char **ret_cwd, struct err *err)
{
	const char *home = identity->home ? identity->home : "/";

	if (!options->cwd) {
		*ret_cwd = dir_is_there(world, home) ? home : "/";
		return 0;
	}
	const char *cwd = options->cwd;
	if (*cwd == '~' && (!cwd[1] || cwd[1] == '/'))
		cwd = heap_printf(world->heap, "%s%s", home, cwd + 1);
	if (*cwd != '/')
		return err_set(err, ERR_INPUT,
			       "Specified cwd '%s' either not absolute or does not exist", cwd);
	if (!dir_is_there(world, cwd))
		return err_set(err, ERR_MISSING,
			       "Desired working directory \"%s\" is not available", cwd);
	*ret_cwd = cwd;
	return 0;
}

/* ---- environment ---- */

static int env_given(struct world *world, const struct dict *given, struct strlist *env,
		     struct err *err)
{
	if (!given)
		return 0;
	for (struct dict_entry *entry = given->entries;
	     entry && entry < given->entries + given->n_entries; entry++) {
		autobuf struct buf key = {0}, text = {0};
		if (entry->key.kind == VALUE_UNDEFINED)
			continue;
		if (value_print(world->heap, entry->key, &key, err))
			return -1;
		if (entry->value.kind != VALUE_NONE &&
		    value_print(world->heap, entry->value, &text, err))
			return -1;
		strlist_env_setf(env, buf_text(&key), buf_text(&text));
	}
	return 0;
}

/* Each for itself: LC_ALL would win over a LANG or LC_x that the command is given. */
static const char *const locale_names[] = {
	"LC_CTYPE",       "LC_NUMERIC",        "LC_TIME",  "LC_COLLATE", "LC_MONETARY",
	"LC_MESSAGES",    "LC_PAPER",          "LC_NAME",  "LC_ADDRESS", "LC_TELEPHONE",
	"LC_MEASUREMENT", "LC_IDENTIFICATION", "LANGUAGE",
};

static void env_own(const struct command_options *options, const struct user_identity *identity,
		    const char *shell, struct strlist *env)
{
	for (char **each = environ; each && *each && !options->clean_env; each++)
		strlist_add(env, *each);
	if (!options->keep_locale)
		for (size_t i = 0; i < ARRAY_LEN(locale_names); i++)
			strlist_env_setf(env, locale_names[i], "C");
	if (!options->runas && options->clean_env)
		return;
	if (!strlist_env_get(env, "PATH"))
		strlist_env_setf(env, "PATH", DEFAULT_PATH);
	if (!options->runas && strlist_env_get(env, "HOME"))
		return;
	strlist_env_setf(env, "HOME", identity->home ? identity->home : "/");
	strlist_env_setf(env, "SHELL", shell);
	if (!identity->name)
		return;
	strlist_env_setf(env, "USER", identity->name);
	strlist_env_setf(env, "LOGNAME", identity->name);
}

static int env_make(struct world *world, const struct command_options *options,
		    const struct user_identity *identity, struct strlist *env, struct err *err)
{
	env_own(options, identity, shell_choose(world, options), env);
	if (env_given(world, options->env, env, err))
		return -1;
	if (options->prepend_path) {
		const char *path = strlist_env_get(env, "PATH");
		autofree char *both = xasprintf("%s:%s", options->prepend_path, path ? path : "");
		strlist_env_setf(env, "PATH", both);
	}
	return 0;
}

/* ---- what it said ---- */

/* Length of the UTF-8 character at the front, or 0: RFC 3629, 4. */
static size_t character_length(const unsigned char *at, size_t left)
{
	static const struct {
		unsigned char low, high, second_low, second_high;
		size_t len;
	} rows[] = {
		{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = rows[i].len;
		if (at[0] < rows[i].low || at[0] > rows[i].high)
			continue;
		if (len > left ||
		    (len > 1 && (at[1] < rows[i].second_low || at[1] > rows[i].second_high)))
			return 0;
		for (size_t n = 2; n < len; n++)
			if ((at[n] & 0xc0) != 0x80)
				return 0;
		return len;
	}
	return 0;
}

static void output_repair(struct buf *buf)
{
	struct buf repaired = {.max = buf->len * 3 + 1};
	size_t good = 0;

	while (good < buf->len) {
		size_t len =
			character_length((const unsigned char *)buf->ptr + good, buf->len - good);
		if (!len)
			break;
		good += len;
	}
	if (good == buf->len)
		return;
	for (size_t i = 0; i < buf->len;) {
		size_t len = character_length((const unsigned char *)buf->ptr + i, buf->len - i);
		if (len)
			buf_append(&repaired, buf->ptr + i, len);
		else
			buf_puts(&repaired, "\xef\xbf\xbd");
		i += len ? len : 1;
	}
	buf_done(buf);
	*buf = repaired;
}

static void output_finish(struct buf *buf, bool strip)
{
	bool dropped = buf->overflowed;

	buf->overflowed = false;
	buf->max = 0;
	while (strip && buf->len && strchr(" \t\n\r\v\f", buf->ptr[buf->len - 1]))
		buf_truncate(buf, buf->len - 1);
	output_repair(buf);
	if (dropped)
		buf_printf(buf, "\n[more than %zu bytes: the rest was dropped]",
			   LIMIT_COMMAND_OUTPUT);
}

/* use_vt: people want to see a long build while it goes on. */
static void output_show(void *arg, int stream, struct str bytes)
{
	struct world *world = arg;
	autobuf struct buf masked = {0};
	autoerr struct err ignored = {0};
	int fd = stream == 1 && !world->output_to_stderr ? STDOUT_FILENO : STDERR_FILENO;

	secrets_mask(&world->secrets, bytes, &masked);
	if (io_write_all(fd, masked.ptr, masked.len, &ignored))
		err_clear(&ignored);
}

/* ---- the whole ---- */

static void outcome_fill(const struct command_options *options, int status,
			 struct command_outcome *outcome)
{
	bool strip = !options->use_vt && !options->keep_newlines;

	outcome->retcode = status;
	output_finish(&outcome->out, strip);
	output_finish(&outcome->errors, strip);
}

static int shell_run(struct world *world, const char *text, const struct command_options *options,
		     struct becoming *becoming, const struct strlist *env,
		     struct command_outcome *outcome, struct err *err)
{
	const char *shell = shell_choose(world, options);
	const char *argv[] = {shell, "-c", text, NULL};
	pid_t pid = 0;
	int status = 0, signal = 0;
	bool is_plain = !becoming->chroot && !becoming->identity && !becoming->has_umask &&
			!becoming->merge_stderr;
	struct proc_options proc = {
		.argv = (char *const *)argv,
		.env = strlist_argv(env),
		.cwd = is_plain ? becoming->cwd : NULL,
		.fd_stdin = -1,
		.new_session = true,
		.before_exec = is_plain ? NULL : become,
		.before_exec_arg = becoming,
		.heard = options->use_vt ? output_show : NULL,
		.heard_arg = world,
		.ret_pid = &pid,
		.ret_signal = &signal,
	};

	outcome->out.max = outcome->errors.max = LIMIT_COMMAND_OUTPUT;
	int failed = proc_run(&proc, options->input, &outcome->out, &outcome->errors,
			      options->timeout_ms, &status, err);
	outcome->pid = pid;
	if (failed && err->kind == ERR_LIMIT && pid) {
		err_clear(err);
		outcome->timed_out = true;
		status = 1;
	} else if (failed && err->kind == ERR_MISSING && !file_is_there(world, shell)) {
		err_clear(err);
		return err_set(err, ERR_MISSING, "The shell %s is not available", shell);
	} else if (failed) {
		return err_wrap(err, "running '%s -c' as '%s'", shell,
				options->runas ? options->runas : "ourselves");
	}
	outcome_fill(options, signal ? -signal : status, outcome);
	return 0;
}

int command_run(struct world *world, const char *text, const struct command_options *options,
		struct command_outcome *ret_outcome, struct err *err)
{
	cleanup(user_identity_done) struct user_identity identity = {0};
	cleanup(command_outcome_done) struct command_outcome outcome = {0};
	autostrlist struct strlist env = {0};
	struct becoming becoming = {.chroot = world->chroot, .merge_stderr = options->merge_stderr};
	uint32_t mask = 0;

	if (identity_read(world, options, &identity, err) ||
	    cwd_choose(world, options, &identity, &becoming.cwd, err) ||
	    env_make(world, options, &identity, &env, err))
		return -1;
	if (options->umask_text) {
		if (!str_to_octal(str_of(options->umask_text), &mask) || mask > 0777)
			return err_set(err, ERR_INPUT, "Invalid umask: '%s'", options->umask_text);
		becoming.has_umask = true;
		becoming.mask = mask;
	}
	if ((options->runas || options->group) && !is_us(options, &identity))
		becoming.identity = &identity;
	if (shell_run(world, text, options, &becoming, &env, &outcome, err))
		return -1;
	command_outcome_done(ret_outcome);
	*ret_outcome = steal(&outcome);
	return 0;
}

void command_outcome_done(struct command_outcome *outcome)
{
	buf_done(&outcome->out);
	buf_done(&outcome->errors);
}
