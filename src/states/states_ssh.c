/* states_ssh.c - ssh_auth.*: keys that may log in; ssh_known_hosts.*.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"

#include "base/key_line.h"
#include "base/strlist.h"
#include "states/auth_keys.h"
#include "states/known_hosts.h"
#include "value/list.h"

#include "base/banned.h"

struct auth_args {
	struct str user, enc, comment, source, config;
	struct list *options, *ssh_keys;
};

#define ROW(arg_name, arg_type, field)                      \
	{                                                   \
		.name = (arg_name), .type = (arg_type),     \
		.offset = offsetof(struct auth_args, field) \
	}

static const struct state_arg auth_arg_rows[] = {
	{.name = "user",
	 .type = ARG_STR,
	 .offset = offsetof(struct auth_args, user),
	 .is_required = true},
	{.name = "enc",
	 .type = ARG_STR,
	 .offset = offsetof(struct auth_args, enc),
	 .fallback = "ssh-rsa"},
	ROW("comment", ARG_STR, comment),
	ROW("source", ARG_STR, source),
	ROW("options", ARG_LIST, options),
	ROW("config", ARG_STR, config),
	ROW("ssh_keys", ARG_LIST, ssh_keys),
	{.name = "fingerprint_hash_type", .type = ARG_IGNORED},
	{0},
};

/* ---- what is wanted ---- */

/* The names that people give the types. */
static struct str full_type(struct str enc)
{
	static const struct {
		const char *name, *type;
	} names[] = {
		{"r", "ssh-rsa"},
		{"rsa", "ssh-rsa"},
		{"d", "ssh-dss"},
		{"dsa", "ssh-dss"},
		{"dss", "ssh-dss"},
		{"e", "ecdsa-sha2-nistp256"},
		{"ecdsa", "ecdsa-sha2-nistp256"},
		{"ed25519", "ssh-ed25519"},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_is(enc, names[i].name))
			return str_of(names[i].type);
	return enc.len ? enc : STR("ssh-rsa");
}

static struct str join_options(struct heap *heap, const struct list *options)
{
	autobuf struct buf text = {0};

	for (size_t i = 0; options && i < options->n; i++) {
		struct value each;
		autoerr struct err err = {0};
		if (value_str(heap, options->items[i], &each, &err))
			continue;
		buf_printf(&text, "%s%.*s", text.len ? "," : "", STR_ARG(value_bytes(each)));
	}
	return value_bytes(value_text(heap, buf_str(&text)));
}

/* A whole line, or the key alone (and a comment) with the type beside it. */
static struct auth_key wanted_key(struct state_call *call, struct str text)
{
	const struct auth_args *args = call->args;
	struct str options = join_options(call->heap, args->options);
	struct auth_key key;

	if (auth_key_parse(text, &key)) {
		if (!key.options.len)
			key.options = options;
		if (!key.comment.len)
			key.comment = args->comment;
		return key;
	}
	struct str rest = str_trim(text);
	key = (struct auth_key){.options = options, .type = full_type(args->enc)};
	key.blob = str_cut(&rest, ' ');
	key.comment = rest.len ? str_trim(rest) : args->comment;
	return key;
}

static bool check_key(struct state_call *call, const struct auth_key *key, struct outcome *outcome)
{
	autobuf struct buf line = {0};
	struct key_line parsed;
	const char *why = NULL;

	auth_key_write(key, &line);
	if (!auth_key_is_blob(key->blob) || memchr(line.ptr, '\n', line.len - 1)) {
		outcome_fail(outcome, "Invalid public ssh key, most likely has spaces or invalid "
				      "syntax");
		return false;
	}
	if (key_line_parse(buf_str(&line), &parsed, &why) == KEY_LINE_BAD)
		outcome_warn(call->heap, outcome, "sshd will not take this key: %s", why);
	return true;
}

/* ---- the text of the file ---- */

enum key_change { KEY_SAME, KEY_NEW, KEY_REPLACED };

static bool same_key(const struct auth_key *a, const struct auth_key *b)
{
	return str_eq(a->options, b->options) && str_eq(a->type, b->type) &&
	       str_eq(a->comment, b->comment);
}

/* The text with the key in it: the same, replaced in its line, or at the end. */
static enum key_change put_key(struct str text, const struct auth_key *wanted, struct buf *buf)
{
	enum key_change change = KEY_NEW;

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		struct auth_key key;
		if (!auth_key_parse(line, &key) || !str_eq(key.blob, wanted->blob)) {
			buf_printf(buf, "%.*s\n", STR_ARG(line));
			continue;
		}
		bool is_same = same_key(&key, wanted);
		if (change == KEY_NEW)
			change = is_same ? KEY_SAME : KEY_REPLACED;
		if (is_same)
			buf_printf(buf, "%.*s\n", STR_ARG(line));
		else
			auth_key_write(wanted, buf);
	}
	if (change == KEY_NEW)
		auth_key_write(wanted, buf);
	return change;
}

static bool drop_key(struct str text, struct str blob, struct buf *buf)
{
	bool was_there = false;

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		struct auth_key key;
		if (auth_key_parse(line, &key) && str_eq(key.blob, blob))
			was_there = true;
		else
			buf_printf(buf, "%.*s\n", STR_ARG(line));
	}
	return was_there;
}

static const char *user_of(struct state_call *call)
{
	const struct auth_args *args = call->args;

	return heap_strdup(call->heap, args->user);
}

/* In test mode a directory that is not there is an empty file. */
static bool open_file(struct state_call *call, struct auth_file *file, struct outcome *outcome)
{
	const struct auth_args *args = call->args;
	autoerr struct err err = {0};

	if (!auth_file_open(call->world, user_of(call), args->config, !call->is_test, file, &err))
		return true;
	if (call->is_test && err.kind == ERR_MISSING)
		return true;
	outcome_fail(outcome,
		     "Failed to add the ssh key. Is the home directory available, and/or does "
		     "the key file exist?\n%s",
		     err_text(&err));
	return false;
}

static bool save_file(struct state_call *call, struct auth_file *file, struct str text,
		      struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (!auth_file_save(call->world, file, text, &err))
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

/* ---- ssh_auth.present ---- */

static void tell_present(struct state_call *call, enum key_change change, const char *key,
			 struct outcome *outcome)
{
	const char *user = user_of(call);

	if (change == KEY_SAME) {
		outcome_say(outcome, "The authorized host key %s is already present for user %s",
			    key, user);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Key %s for user %s is set to be %s", key, user,
				change == KEY_NEW ? "added" : "updated");
		return;
	}
	outcome_change_text(call->heap, outcome, key, change == KEY_NEW ? "New" : "Updated");
	outcome_say(outcome, "The authorized host key %s for user %s was %s", key, user,
		    change == KEY_NEW ? "added" : "updated");
}

static void present_one(struct state_call *call, const char *text, struct outcome *outcome)
{
	cleanup(auth_file_done) struct auth_file file = {0};
	struct auth_key key = wanted_key(call, str_of(text));
	autobuf struct buf after = {.max = 2 * BUF_DEFAULT_MAX};

	if (!check_key(call, &key, outcome) || !open_file(call, &file, outcome))
		return;
	enum key_change change = put_key(buf_str(&file.text), &key, &after);
	if (change != KEY_SAME && !call->is_test &&
	    !save_file(call, &file, buf_str(&after), outcome))
		return;
	tell_present(call, change, heap_strdup(call->heap, key.blob), outcome);
}

/* The lines of the source that are keys; NULL: told that it is missing. */
static struct list *source_keys(struct state_call *call, struct outcome *outcome)
{
	const struct auth_args *args = call->args;
	const char *source = heap_strdup(call->heap, args->source), *file;
	autobuf struct buf content = {0};
	autoerr struct err err = {0};

	if (source_read(call->world, source, &content, &file, &err)) {
		outcome_fail(outcome, "Failed to add the ssh key. Source file %s is missing",
			     source);
		return NULL;
	}
	struct list *lines = list_new(call->heap, 0);
	struct str rest = buf_str(&content);
	while (rest.len) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		if (line.len && line.ptr[0] != '#')
			list_push(call->heap, lines, value_text(call->heap, line));
	}
	return lines;
}

static void tell_source(struct state_call *call, bool is_new, bool is_replaced,
			const struct buf *pending, struct outcome *outcome)
{
	const struct auth_args *args = call->args;

	if (!is_new && !is_replaced && call->is_test)
		outcome_say(outcome, "All host keys in file %.*s are already present",
			    STR_ARG(args->source));
	else if (call->is_test)
		outcome_pending(outcome, "%s", buf_text(pending));
	else
		tell_present(call,
			     is_new        ? KEY_NEW
			     : is_replaced ? KEY_REPLACED
					   : KEY_SAME,
			     call->name, outcome);
}

static void present_source(struct state_call *call, struct outcome *outcome)
{
	cleanup(auth_file_done) struct auth_file file = {0};
	struct list *lines = source_keys(call, outcome);
	autobuf struct buf pending = {0};
	bool is_new = false, is_replaced = false;

	if (!lines || !open_file(call, &file, outcome))
		return;
	autobuf struct buf text = {.max = 2 * BUF_DEFAULT_MAX};
	buf_append(&text, file.text.ptr, file.text.len);
	for (size_t i = 0; i < lines->n; i++) {
		struct auth_key key = wanted_key(call, value_bytes(lines->items[i]));
		struct buf after = {.max = 2 * BUF_DEFAULT_MAX};
		if (!check_key(call, &key, outcome))
			return;
		enum key_change change = put_key(buf_str(&text), &key, &after);
		buf_done(&text);
		text = after;
		is_new |= change == KEY_NEW;
		is_replaced |= change == KEY_REPLACED;
		if (change != KEY_SAME)
			buf_printf(&pending, "Set to %s: %.*s\n",
				   change == KEY_NEW ? "add" : "update", STR_ARG(key.blob));
	}
	if ((is_new || is_replaced) && !call->is_test &&
	    !save_file(call, &file, buf_str(&text), outcome))
		return;
	tell_source(call, is_new, is_replaced, &pending, outcome);
}

static void auth_present(struct state_call *call, struct outcome *outcome)
{
	const struct auth_args *args = call->args;

	if (args->source.len)
		present_source(call, outcome);
	else
		present_one(call, call->name, outcome);
}

/* ---- ssh_auth.absent ---- */

static void absent_one(struct state_call *call, const char *text, struct outcome *outcome)
{
	const struct auth_args *args = call->args;
	cleanup(auth_file_done) struct auth_file file = {0};
	autobuf struct buf after = {.max = 2 * BUF_DEFAULT_MAX};
	autoerr struct err err = {0};
	struct auth_key key = wanted_key(call, str_of(text));
	const char *blob = heap_strdup(call->heap, key.blob);

	if (auth_file_open(call->world, user_of(call), args->config, false, &file, &err)) {
		if (err.kind != ERR_MISSING) {
			outcome_fail_err(outcome, &err);
			return;
		}
		err_clear(&err);
	}
	if (!drop_key(buf_str(&file.text), key.blob, &after)) {
		outcome_say(outcome, "%s",
			    call->is_test ? "Key is already absent" : "Key not present");
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Key %s for user %s is set for removal", blob,
				user_of(call));
		return;
	}
	if (!save_file(call, &file, buf_str(&after), outcome))
		return;
	outcome_change_text(call->heap, outcome, blob, "Removed");
	outcome_say(outcome, "Key removed");
}

static void auth_absent(struct state_call *call, struct outcome *outcome)
{
	const struct auth_args *args = call->args;

	if (!args->source.len) {
		absent_one(call, call->name, outcome);
		return;
	}
	struct list *lines = source_keys(call, outcome);
	for (size_t i = 0; lines && i < lines->n; i++)
		absent_one(call, heap_strdup(call->heap, value_bytes(lines->items[i])), outcome);
}

/* ---- ssh_auth.manage: these keys and no others ---- */

static bool is_kept(struct state_call *call, struct str blob)
{
	const struct auth_args *args = call->args;

	for (size_t i = 0; args->ssh_keys && i < args->ssh_keys->n; i++) {
		struct value each = args->ssh_keys->items[i];
		if (each.kind == VALUE_STRING &&
		    str_eq(wanted_key(call, value_bytes(each)).blob, blob))
			return true;
	}
	return false;
}

static void drop_others(struct state_call *call, struct outcome *outcome)
{
	const struct auth_args *args = call->args;
	cleanup(auth_file_done) struct auth_file file = {0};
	autobuf struct buf after = {.max = 2 * BUF_DEFAULT_MAX};
	autoerr struct err err = {0};
	bool is_changed = false;

	if (auth_file_open(call->world, user_of(call), args->config, false, &file, &err)) {
		if (err.kind != ERR_MISSING)
			outcome_fail_err(outcome, &err);
		err_clear(&err);
		return;
	}
	struct str rest = buf_str(&file.text);
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		struct auth_key key;
		if (!auth_key_parse(line, &key) || is_kept(call, key.blob)) {
			buf_printf(&after, "%.*s\n", STR_ARG(line));
			continue;
		}
		is_changed = true;
		if (call->is_test)
			outcome_pending(outcome, "%.*s Key set for removal", STR_ARG(key.blob));
		else
			outcome_change_text(call->heap, outcome, heap_strdup(call->heap, key.blob),
					    "Key removed");
	}
	if (is_changed && !call->is_test)
		save_file(call, &file, buf_str(&after), outcome);
}

static void auth_manage(struct state_call *call, struct outcome *outcome)
{
	const struct auth_args *args = call->args;

	drop_others(call, outcome);
	for (size_t i = 0; args->ssh_keys && i < args->ssh_keys->n; i++) {
		struct value text;
		autoerr struct err err = {0};
		if (!value_str(call->heap, args->ssh_keys->items[i], &text, &err))
			present_one(call, heap_strdup(call->heap, value_bytes(text)), outcome);
	}
}

#define AUTH(symbol, fn)                               \
	static const struct state_def symbol = {       \
		.name = "ssh_auth." #fn,               \
		.args = auth_arg_rows,                 \
		.args_size = sizeof(struct auth_args), \
		.apply = auth_##fn,                    \
	}

AUTH(present_def, present);
AUTH(absent_def, absent);
AUTH(manage_def, manage);

static const struct state_def *const rows[] = {
	&present_def, &absent_def, &manage_def, &known_hosts_present_def, &known_hosts_absent_def,
	NULL,
};

const struct state_table states_ssh = {rows};
