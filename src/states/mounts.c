/* mounts.c - file systems that are mounted now, and written in fstab(5).
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/mounts.h"

#include <fcntl.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/program.h"
#include "states/text_file.h"

#include "base/banned.h"

struct mount_args {
	struct str device, fstype, config;
	struct value opts_value;
	bool mkmnt, persist, mount;
	int64_t dump, pass;
};

#define ROW(arg_name, arg_type, field)                       \
	{                                                    \
		.name = (arg_name), .type = (arg_type),      \
		.offset = offsetof(struct mount_args, field) \
	}
#define FALLBACK(arg_name, arg_type, field, text)                                \
	{                                                                        \
		.name = (arg_name), .type = (arg_type),                          \
		.offset = offsetof(struct mount_args, field), .fallback = (text) \
	}

static const struct state_arg mounted_args[] = {
	{.name = "device",
	 .type = ARG_STR,
	 .offset = offsetof(struct mount_args, device),
	 .is_required = true},
	{.name = "fstype",
	 .type = ARG_STR,
	 .offset = offsetof(struct mount_args, fstype),
	 .is_required = true},
	ROW("opts", ARG_VALUE, opts_value),
	ROW("mkmnt", ARG_BOOL, mkmnt),
	FALLBACK("persist", ARG_BOOL, persist, "true"),
	FALLBACK("mount", ARG_BOOL, mount, "true"),
	FALLBACK("config", ARG_STR, config, "/etc/fstab"),
	ROW("dump", ARG_INT, dump),
	ROW("pass_num", ARG_INT, pass),
	{.name = "user", .type = ARG_IGNORED},
	{.name = "match_on", .type = ARG_IGNORED},
	{.name = "device_name_regex", .type = ARG_IGNORED},
	{.name = "extra_mount_invisible_options", .type = ARG_IGNORED},
	{.name = "extra_mount_invisible_keys", .type = ARG_IGNORED},
	{.name = "hidden_opts", .type = ARG_IGNORED},
	{0},
};

static const struct state_arg unmounted_args[] = {
	ROW("device", ARG_STR, device),
	FALLBACK("config", ARG_STR, config, "/etc/fstab"),
	ROW("persist", ARG_BOOL, persist),
	{.name = "user", .type = ARG_IGNORED},
	{0},
};

static const struct ownership fresh = {0, 0, 0644};

/* ---- fstab(5), and /proc/mounts, which has its form ---- */

struct mount_line {
	struct str fields[6]; /* device, directory, type, options, dump, pass */
};

static bool line_parse(struct str line, struct mount_line *ret_line)
{
	struct mount_line parsed = {0};
	struct str rest = str_trim(line);
	size_t n = 0;

	if (!rest.len || rest.ptr[0] == '#')
		return false;
	while (rest.len && n < ARRAY_LEN(parsed.fields)) {
		size_t len = 0;
		while (len < rest.len && rest.ptr[len] != ' ' && rest.ptr[len] != '\t')
			len++;
		parsed.fields[n++] = (struct str){rest.ptr, len};
		rest = str_trim((struct str){rest.ptr + len, rest.len - len});
	}
	*ret_line = parsed;
	return n >= 3;
}

/* Blanks of paths are written as \040. */
static const char *escaped(struct heap *heap, struct str text)
{
	autobuf struct buf buf = {0};

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == ' ' || text.ptr[i] == '\t' || text.ptr[i] == '\n' ||
		    text.ptr[i] == '\\')
			buf_printf(&buf, "\\%03o", (unsigned char)text.ptr[i]);
		else
			buf_putc(&buf, text.ptr[i]);
	return heap_strdup(heap, buf_str(&buf));
}

static bool find_line(struct str text, const char *dir, struct mount_line *ret_line)
{
	struct mount_line line;
	bool found = false;

	while (text.len) {
		if (!line_parse(str_cut(&text, '\n'), &line) || !str_is(line.fields[1], dir))
			continue;
		*ret_line = line; /* the last one lies on top */
		found = true;
	}
	return found;
}

/* The text with `wanted` in place of the directory's line; NULL: without it. */
static void replace_line(struct str text, const char *dir, const char *wanted, struct buf *buf)
{
	bool is_done = !wanted;

	while (text.len) {
		struct str whole = str_cut(&text, '\n');
		struct mount_line line;
		if (!line_parse(whole, &line) || !str_is(line.fields[1], dir)) {
			buf_printf(buf, "%.*s\n", STR_ARG(whole));
		} else if (!is_done) {
			buf_printf(buf, "%s\n", wanted);
			is_done = true;
		}
	}
	if (!is_done)
		buf_printf(buf, "%s\n", wanted);
}

/* What is mounted, as our own root sees it: a root of its own has its own part of it. */
static int read_active(struct world *world, const char *dir, bool *ret_is, struct buf *ret_text,
		       struct mount_line *ret_line, struct err *err)
{
	const char *full = dir;

	if (world->chroot)
		full = heap_printf(world->heap, "%s%s", world->chroot, dir);
	if (file_read_at(AT_FDCWD, "/proc/self/mounts", 0, ret_text, err))
		return -1;
	*ret_is = find_line(buf_str(ret_text), escaped(world->heap, str_of(full)), ret_line);
	return 0;
}

static const char *options_text(struct state_call *call)
{
	const struct mount_args *args = call->args;
	autobuf struct buf text = {0};

	if (args->opts_value.kind == VALUE_STRING)
		return heap_strdup(call->heap, value_bytes(args->opts_value));
	if (args->opts_value.kind != VALUE_LIST)
		return "defaults";
	for (size_t i = 0; i < args->opts_value.list->n; i++) {
		struct value each;
		autoerr struct err err = {0};
		if (!value_str(call->heap, args->opts_value.list->items[i], &each, &err))
			buf_printf(&text, "%s%.*s", text.len ? "," : "",
				   STR_ARG(value_bytes(each)));
	}
	return text.len ? heap_strdup(call->heap, buf_str(&text)) : "defaults";
}

/* ---- mounting ---- */

static const char *dir_of(struct state_call *call)
{
	char *dir = heap_strdup(call->heap, str_of(call->name));

	for (size_t len = strlen(dir); len > 1 && dir[len - 1] == '/'; len--)
		dir[len - 1] = '\0';
	return dir;
}

static bool is_directory(const struct world *world, const char *path)
{
	autoclose int fd = -1;
	autoerr struct err err = {0};

	return !beneath_open(world->rootfd, path, O_PATH | O_DIRECTORY, 0, &fd, &err);
}

static int mount_it(struct state_call *call, const char *dir, const char *opts, struct err *err)
{
	const struct mount_args *args = call->args;
	const char *device = heap_strdup(call->heap, args->device);
	const char *type = heap_strdup(call->heap, args->fstype);
	const char *const words[] = {"mount", "-o", opts, "-t", type, "--", device, dir, NULL};

	if (args->mkmnt && !is_directory(call->world, dir)) {
		autoclose int fd = -1;
		if (beneath_make_dirs(call->world->rootfd, dir, 0755, &fd, err))
			return -1;
	}
	return program_must(call->world, words, NULL, err);
}

static void mount_now(struct state_call *call, const char *dir, const char *opts,
		      struct outcome *outcome)
{
	const struct mount_args *args = call->args;
	autoerr struct err err = {0};

	if (!is_directory(call->world, dir) && !args->mkmnt) {
		outcome_fail(outcome, "Mount directory is not present");
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "%s would be mounted", call->name);
		return;
	}
	if (mount_it(call, dir, opts, &err)) {
		outcome_fail(outcome, "%s", err_text(&err));
		return;
	}
	outcome_change(call->heap, outcome, "mount", value_bool(true));
	outcome_say(outcome, "Target was successfully mounted");
}

/* The device of what is mounted there: another one is refused, not pulled from under its users. */
static void check_active(struct state_call *call, const struct mount_line *active, const char *opts,
			 struct outcome *outcome)
{
	const struct mount_args *args = call->args;
	bool is_bind = strstr(opts, "bind") != NULL;

	if (!is_bind && args->device.len && args->device.ptr[0] == '/' && active->fields[0].len &&
	    active->fields[0].ptr[0] == '/' && !str_eq(active->fields[0], args->device))
		outcome_fail(outcome, "%s is mounted from %.*s, not from %.*s", call->name,
			     STR_ARG(active->fields[0]), STR_ARG(args->device));
	else
		outcome_say(outcome, "Target was already mounted");
}

static bool persist(struct state_call *call, const char *dir, const char *opts,
		    struct outcome *outcome)
{
	const struct mount_args *args = call->args;
	const char *config = heap_strdup(call->heap, args->config);
	autobuf struct buf text = {0};
	autobuf struct buf after = {0};
	autoerr struct err err = {0};
	struct mount_line old;
	const char *name = escaped(call->heap, str_of(dir));
	const char *wanted = heap_printf(
		call->heap, "%s\t\t%s\t%.*s\t%s\t%lld %lld", escaped(call->heap, args->device),
		name, STR_ARG(args->fstype), opts, (long long)args->dump, (long long)args->pass);
	struct mount_line new;

	if (text_file_read(call->world, config, &text, NULL, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	bool is_known = find_line(buf_str(&text), name, &old), is_same = is_known;
	line_parse(str_of(wanted), &new);
	for (size_t i = 0; is_known && i < ARRAY_LEN(new.fields); i++) {
		struct str has = old.fields[i].len || i < 4 ? old.fields[i] : STR("0");
		is_same &= str_eq(has, new.fields[i]);
	}
	if (is_same) {
		outcome_say(outcome, "Entry already exists in the fstab.");
		return true;
	}
	if (call->is_test) {
		outcome_pending(outcome,
				"%s needs to be written to the fstab in order to be made "
				"persistent.",
				call->name);
		return true;
	}
	replace_line(buf_str(&text), name, wanted, &after);
	if (text_file_write(call->world, config, buf_str(&after), &fresh, &err)) {
		outcome_fail(outcome, "Failed to write the fstab: %s", err_text(&err));
		return false;
	}
	outcome_change_text(call->heap, outcome, "persist", is_known ? "update" : "new");
	outcome_say(outcome,
		    is_known ? "Updated the entry in the fstab." : "Added new entry to the fstab.");
	return true;
}

static void mounted(struct state_call *call, struct outcome *outcome)
{
	const struct mount_args *args = call->args;
	const char *dir = dir_of(call), *opts = options_text(call);
	autobuf struct buf active_text = {0};
	autoerr struct err err = {0};
	struct mount_line active;
	bool is_active;

	if (strpbrk(opts, " \t\r\n") || !text_is_line(args->fstype)) {
		outcome_fail(outcome, "'%s' are no options of a line of fstab", opts);
		return;
	}
	if (args->mount && !call->world->is_build) {
		if (read_active(call->world, dir, &is_active, &active_text, &active, &err)) {
			outcome_fail_err(outcome, &err);
			return;
		}
		if (is_active)
			check_active(call, &active, opts, outcome);
		else
			mount_now(call, dir, opts, outcome);
	}
	if (args->persist && outcome->result != RESULT_FALSE)
		persist(call, dir, opts, outcome);
}

/* Something that is watched has changed: mounted anew with its options. */
static void mounted_watch(struct state_call *call, struct outcome *outcome)
{
	const char *dir = dir_of(call);
	const char *opts = heap_printf(call->heap, "remount,%s", options_text(call));
	autoerr struct err err = {0};

	if (call->is_test) {
		outcome_pending(outcome, "%s would be remounted", call->name);
		return;
	}
	if (mount_it(call, dir, opts, &err)) {
		outcome_fail(outcome, "%s failed to remount: %s", call->name, err_text(&err));
		return;
	}
	outcome_change(call->heap, outcome, call->name, value_bool(true));
	outcome_say(outcome, "%s remounted", call->name);
}

/* ---- mount.unmounted ---- */

static bool unmount_now(struct state_call *call, const char *dir, struct outcome *outcome)
{
	const char *const words[] = {"umount", "--", dir, NULL};
	autobuf struct buf active_text = {0};
	autoerr struct err err = {0};
	struct mount_line active;
	bool is_active;

	if (read_active(call->world, dir, &is_active, &active_text, &active, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	if (!is_active) {
		outcome_say(outcome, "Target was already unmounted");
		return true;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Mount point %s is mounted but should not be", call->name);
		return true;
	}
	if (program_must(call->world, words, NULL, &err)) {
		outcome_fail(outcome, "Failed to unmount %s: %s", call->name, err_text(&err));
		return false;
	}
	outcome_change(call->heap, outcome, "umount", value_bool(true));
	outcome_say(outcome, "Target was successfully unmounted");
	return true;
}

static void forget(struct state_call *call, const char *dir, struct outcome *outcome)
{
	const struct mount_args *args = call->args;
	const char *config = heap_strdup(call->heap, args->config);
	const char *name = escaped(call->heap, str_of(dir));
	autobuf struct buf text = {0};
	autobuf struct buf after = {0};
	autoerr struct err err = {0};
	struct mount_line old;

	if (text_file_read(call->world, config, &text, NULL, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (!find_line(buf_str(&text), name, &old)) {
		outcome_say(outcome, "fstab entry not found");
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome,
				"Mount point %s is unmounted but needs to be purged from "
				"%s to be made persistent",
				call->name, config);
		return;
	}
	replace_line(buf_str(&text), name, NULL, &after);
	if (text_file_write(call->world, config, buf_str(&after), &fresh, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	outcome_change_text(call->heap, outcome, "persist", "purged");
	outcome_say(outcome, "Removed target from fstab");
}

static void unmounted(struct state_call *call, struct outcome *outcome)
{
	const struct mount_args *args = call->args;
	const char *dir = dir_of(call);

	if (unmount_now(call, dir, outcome) && args->persist)
		forget(call, dir, outcome);
}

const struct state_def mount_mounted_def = {
	.name = "mount.mounted",
	.args = mounted_args,
	.args_size = sizeof(struct mount_args),
	.apply = mounted,
	.mod_watch = mounted_watch,
};
const struct state_def mount_unmounted_def = {
	.name = "mount.unmounted",
	.args = unmounted_args,
	.args_size = sizeof(struct mount_args),
	.apply = unmounted,
};
