/* cmd_script.c - cmd.script: the source rendered, put into a private file, run and removed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/cmd_script.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/random.h"
#include "base/userdb.h"

#include "base/banned.h"

/* ---- where it runs from ---- */

struct script_file {
	int dirfd;
	char *name, *path; /* owned; path as the command sees it */
};

static void script_file_done(struct script_file *file)
{
	if (file->name)
		unlinkat(file->dirfd, file->name, 0);
	mem_close_at(&file->dirfd);
	free(file->name);
	free(file->path);
}

static int fill_file(struct world *world, int fd, const char *runas, struct str text,
		     struct err *err)
{
	if (io_write_all(fd, text.ptr, text.len, err))
		return -1;
	if (runas) {
		uint32_t uid, gid;
		if (userdb_resolve_owner(world->rootfd, runas, &uid, &gid, err))
			return -1;
		if (fchown(fd, uid, gid))
			return err_sys(err, "giving the script to '%s'", runas);
	}
	return fchmod(fd, 0700) ? err_sys(err, "making the script executable") : 0;
}

/* A name that nobody can guess or have made before, readable by its runner alone. */
static int make_file(struct world *world, const char *runas, struct str text,
		     struct script_file *ret_file, struct err *err)
{
	static const char *const dirs[] = {"/tmp", "/var/tmp", "/run", "/"};
	cleanup(script_file_done) struct script_file file = {.dirfd = -1};
	autoclose int fd = -1;
	char digits[17];

	random_hex(digits, sizeof(digits) - 1);
	for (size_t i = 0; i < ARRAY_LEN(dirs) && fd < 0; i++) {
		script_file_done(&file);
		file = (struct script_file){.dirfd = -1};
		if (beneath_open(world->rootfd, dirs[i], O_PATH | O_DIRECTORY, 0, &file.dirfd,
				 err)) {
			err_clear(err);
			continue;
		}
		autofree char *base = xasprintf(".hull-state-script.%s", digits);
		fd = openat(file.dirfd, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd < 0)
			continue;
		file.path = path_join(dirs[i], base);
		file.name = steal(&base);
	}
	if (fd < 0)
		return err_set(err, ERR_MISSING, "there is no directory for a script");
	if (fill_file(world, fd, runas, text, err))
		return -1;
	*ret_file = file;
	file = (struct script_file){.dirfd = -1};
	return 0;
}

/* ---- what it is ---- */

static struct str first_word(const char *name)
{
	return (struct str){name, strcspn(name, " \t\n")};
}

static struct dict *merged_context(struct state_call *call)
{
	const struct cmd_args *args = call->args;
	struct dict *context = dict_new(call->heap);

	if (args->defaults.kind == VALUE_DICT)
		dict_update(call->heap, context, args->defaults.dict);
	if (args->context.kind == VALUE_DICT)
		dict_update(call->heap, context, args->context.dict);
	return context;
}

/* false, none and "" are no template; jinja is the one there is. */
static bool is_template(struct value v)
{
	return v.kind == VALUE_STRING && v.len;
}

static bool read_script(struct state_call *call, const char *source, struct str *ret_text,
			struct outcome *outcome)
{
	const struct cmd_args *args = call->args;
	autobuf struct buf content = {0};
	autoerr struct err err = {0};
	autodiag struct diag diag = {0};
	const char *file;

	if (source_read(call->world, source, &content, &file, &err)) {
		if (err.kind != ERR_MISSING) {
			outcome_fail_err(outcome, &err);
			return false;
		}
		outcome_fail(outcome, "Unable to cache script %s from saltenv 'base'", source);
		outcome_change(call->heap, outcome, "pid", value_int(0));
		outcome_change(call->heap, outcome, "retcode", value_int(1));
		outcome_change_text(call->heap, outcome, "stdout", "");
		outcome_change_text(call->heap, outcome, "stderr", "");
		outcome_change(call->heap, outcome, "cache_error", value_bool(true));
		return false;
	}
	struct str text = value_bytes(value_text(call->heap, buf_str(&content)));
	if (is_template(args->template) &&
	    world_render(call->world, source, file, text, merged_context(call), &text, &diag)) {
		autobuf struct buf why = {0};
		diag_write(&diag, &why);
		outcome_fail(outcome, "%s", buf_text(&why));
		return false;
	}
	*ret_text = text;
	return true;
}

static bool check(struct state_call *call, struct outcome *outcome)
{
	const struct cmd_args *args = call->args;
	const struct {
		const char *name;
		struct value v;
	} dicts[] = {{"context", args->context}, {"defaults", args->defaults}};

	for (size_t i = 0; i < ARRAY_LEN(dicts); i++) {
		uint8_t kind = dicts[i].v.kind;
		if (kind == VALUE_UNDEFINED || kind == VALUE_NONE || kind == VALUE_DICT)
			continue;
		outcome_fail(outcome,
			     "Invalidly-formatted '%s' parameter. Must be formed as a dict.",
			     dicts[i].name);
		return false;
	}
	if (is_template(args->template) && !str_is(value_bytes(args->template), "jinja")) {
		outcome_fail(outcome, "template '%.*s': jinja is the one there is",
			     STR_ARG(value_bytes(args->template)));
		return false;
	}
	return cmd_is_ready(call, outcome);
}

static void write_words(struct state_call *call, const char *name, struct buf *command)
{
	const struct cmd_args *args = call->args;
	struct str word = first_word(name);
	autoerr struct err err = {0};

	if (args->script_args.kind == VALUE_UNDEFINED || args->script_args.kind == VALUE_NONE) {
		buf_puts(command, word.ptr + word.len);
		return;
	}
	buf_putc(command, ' ');
	if (value_print(call->heap, args->script_args, command, &err))
		err_clear(&err);
}

void cmd_script_apply(struct state_call *call, struct outcome *outcome)
{
	const struct cmd_args *args = call->args;
	const char *test_name = call->is_test ? cmd_test_name(call) : NULL;
	const char *name = test_name ? test_name : call->name;
	cleanup(script_file_done) struct script_file file = {.dirfd = -1};
	autobuf struct buf command = {0};
	autoerr struct err err = {0};
	struct str text;

	if (!check(call, outcome))
		return;
	if (call->is_test && !test_name) {
		outcome->result = RESULT_NONE;
		if (!cmd_is_stateful(args))
			outcome_say(outcome, "Command '%s' would have been executed", name);
		return;
	}
	struct str source = args->source.len ? args->source : first_word(name);
	if (!read_script(call, heap_strdup(call->heap, source), &text, outcome))
		return;
	const char *runas = args->runas.len ? heap_strdup(call->heap, args->runas) : NULL;
	if (make_file(call->world, runas, text, &file, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	shell_quote(&command, file.path);
	write_words(call, name, &command);
	cmd_execute(call, buf_text(&command), name, '\'', outcome);
}
