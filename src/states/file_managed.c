/* file_managed.c - file.managed: one file with these contents, owner and mode.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Salt's documentation, "salt.states.file", managed. */
#include "states/file_states.h"

#include "states/file_put.h"
#include "states/file_source.h"
#include "states/file_template.h"
#include "states/file_text.h"
#include "value/list.h"

#include "base/banned.h"

struct managed_args { /* NOLINT(clang-analyzer-optin.performance.Padding): as documented */
	struct list *source;
	struct str source_hash, source_hash_name;
	bool skip_verify;
	struct str user, group;
	struct file_mode mode, dir_mode;
	struct str template;
	bool makedirs;
	struct value context, defaults;
	bool replace, create;
	struct str backup;
	struct value show_changes;
	struct value contents, contents_pillar, contents_grains;
	bool contents_newline;
	struct str contents_delimiter;
	bool allow_empty, follow_symlinks;
	struct str check_cmd, tmp_ext, tmp_dir;
	struct str encoding;
};

#define A(field) offsetof(struct managed_args, field)
static const struct state_arg managed_args[] = {
	{"source", ARG_LIST, A(source)},
	{"source_hash", ARG_STR, A(source_hash)},
	{"source_hash_name", ARG_STR, A(source_hash_name)},
	{"skip_verify", ARG_BOOL, A(skip_verify)},
	{"user", ARG_STR, A(user)},
	{"group", ARG_STR, A(group)},
	{"mode", ARG_MODE, A(mode)},
	{"file_mode", ARG_MODE, A(mode), .alias_of = "mode"},
	{"owner", ARG_STR, A(user), .alias_of = "user"},
	{"dir_mode", ARG_MODE, A(dir_mode)},
	{"template", ARG_STR, A(template)},
	{"makedirs", ARG_BOOL, A(makedirs)},
	{"context", ARG_VALUE, A(context)},
	{"defaults", ARG_VALUE, A(defaults)},
	{"replace", ARG_BOOL, A(replace), "true"},
	{"create", ARG_BOOL, A(create), "true"},
	{"backup", ARG_STR, A(backup)},
	{"show_changes", ARG_VALUE, A(show_changes)},
	{"show_diff", ARG_VALUE, A(show_changes), .alias_of = "show_changes"},
	{"contents", ARG_VALUE, A(contents)},
	{"contents_pillar", ARG_VALUE, A(contents_pillar)},
	{"contents_grains", ARG_VALUE, A(contents_grains)},
	{"contents_newline", ARG_BOOL, A(contents_newline), "true"},
	{"contents_delimiter", ARG_STR, A(contents_delimiter), ":"},
	{"allow_empty", ARG_BOOL, A(allow_empty), "true"},
	{"follow_symlinks", ARG_BOOL, A(follow_symlinks), "true"},
	{"check_cmd", ARG_STR, A(check_cmd)},
	{"tmp_ext", ARG_STR, A(tmp_ext)},
	{"tmp_dir", ARG_STR, A(tmp_dir)},
	{"encoding", ARG_STR, A(encoding)},
	{"encoding_errors", ARG_IGNORED},
	{"verify_ssl", ARG_IGNORED},
	{"use_etag", ARG_IGNORED},
	{"keep_source", ARG_IGNORED},
	{"env", ARG_IGNORED},
	{"attrs", ARG_REFUSED, .fallback = "attributes of chattr(1) are not set"},
	{"selinux", ARG_REFUSED, .fallback = "SELinux contexts are not set"},
	{"win_owner", ARG_REFUSED, .fallback = "there is no Windows here"},
	{"win_perms", ARG_REFUSED, .fallback = "there is no Windows here"},
	{"win_deny_perms", ARG_REFUSED, .fallback = "there is no Windows here"},
	{"win_inheritance", ARG_REFUSED, .fallback = "there is no Windows here"},
	{"win_perms_reset", ARG_REFUSED, .fallback = "there is no Windows here"},
	{0},
};
#undef A

static bool is_given(struct value v)
{
	return v.kind != VALUE_UNDEFINED && v.kind != VALUE_NONE;
}

static int n_contents(const struct managed_args *args)
{
	return is_given(args->contents) + is_given(args->contents_pillar) +
	       is_given(args->contents_grains);
}

/* An empty text is none: projects write `source: ""` beside contents. */
static bool has_source(const struct managed_args *args)
{
	const struct list *source = args->source;

	return source && source->n > 0 &&
	       (source->n > 1 || (source->items[0].kind != VALUE_NONE &&
				  (source->items[0].kind != VALUE_STRING || source->items[0].len)));
}

static const char *combination_fault(const struct managed_args *args)
{
	if (has_source(args) && n_contents(args) > 0)
		return "'source' cannot be used in combination with 'contents', "
		       "'contents_pillar', or 'contents_grains'";
	if (args->mode.is_keep && n_contents(args) > 0)
		return "Mode preservation cannot be used in combination with 'contents', "
		       "'contents_pillar', or 'contents_grains'";
	if (n_contents(args) > 1)
		return "Only one of 'contents', 'contents_pillar', and 'contents_grains' is "
		       "permitted";
	return NULL;
}

static bool encoding_is_utf8(struct str encoding)
{
	return !encoding.len || str_is_nocase(encoding, "utf-8") ||
	       str_is_nocase(encoding, "utf8") || str_is_nocase(encoding, "ascii") ||
	       str_is(encoding, "None");
}

static void managed_check(const struct state_call *call, struct diags *findings)
{
	autodiag struct diag diag = {0};
	const struct managed_args *args = call->args;
	const char *fault = combination_fault(args);

	if (!fault && !encoding_is_utf8(args->encoding))
		fault = "only the encoding utf-8 is known";
	if (!fault)
		return;
	(void)diag_set(&diag, ERR_INPUT, call->at, "%s", fault);
	diags_take(findings, &diag);
}

/* ---- contents ---- */

static bool traverse(struct state_call *call, const struct managed_args *args, struct value path,
		     struct value *ret_value, struct outcome *outcome)
{
	bool is_pillar = is_given(args->contents_pillar);
	struct dict *where = is_pillar ? call->world->pillar : call->world->grains;
	struct str delimiter = args->contents_delimiter;
	autoerr struct err err = {0};
	struct value text;

	if (value_str(call->heap, path, &text, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	char separator = ':';
	if (delimiter.len)
		separator = delimiter.ptr[0];
	struct value found = where ? value_traverse(call->heap, value_of_dict(where),
						    value_bytes(text), separator)
				   : (struct value){0};
	if (found.kind == VALUE_UNDEFINED) {
		outcome_fail(outcome, "%s %.*s does not exist", is_pillar ? "Pillar" : "Grain",
			     STR_ARG(value_bytes(text)));
		return false;
	}
	*ret_value = found;
	return true;
}

/* What contents, contents_pillar or contents_grains come to. */
static bool find_contents(struct state_call *call, const struct managed_args *args,
			  struct value *ret_contents, struct outcome *outcome)
{
	struct value path =
		is_given(args->contents_pillar) ? args->contents_pillar : args->contents_grains;

	if (is_given(args->contents)) {
		*ret_contents = args->contents;
		return true;
	}
	if (!value_is_sequence(path))
		return traverse(call, args, path, ret_contents, outcome);
	struct list *parts = list_new(call->heap, path.list->n);
	for (size_t i = 0; i < path.list->n; i++) {
		struct value part;
		if (!traverse(call, args, path.list->items[i], &part, outcome))
			return false;
		list_push(call->heap, parts, part);
	}
	*ret_contents = value_of_list(parts);
	return true;
}

static bool is_empty(struct value v)
{
	return (value_is_string(v) && !v.len) || (value_is_sequence(v) && !v.list->n) ||
	       (v.kind == VALUE_DICT && !v.dict->n);
}

/* Each line ends with one newline; what is not UTF-8 stays as it is. */
static bool write_contents(struct state_call *call, const struct managed_args *args,
			   struct value contents, struct buf *buf, struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct text_list texts;

	if (value_is_string(contents) && (contents.flags & VALUE_RAW)) {
		buf_append_str(buf, value_bytes(contents));
		return true;
	}
	if (text_list_of(call->heap, contents, &texts, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	if (!texts.n) {
		outcome_fail(outcome,
			     "Contents specified by contents/contents_pillar/contents_grains is "
			     "not a string or list of strings, and is not binary data. SLS is "
			     "likely malformed.");
		return false;
	}
	for (size_t i = 0; i < texts.n; i++) {
		struct str rest = texts.items[i], line;
		while (python_line_next(&rest, &line)) {
			buf_append_str(buf, line);
			buf_putc(buf, '\n');
		}
	}
	while (!args->contents_newline && buf->len && buf->ptr[buf->len - 1] == '\n')
		buf_truncate(buf, buf->len - 1);
	return true;
}

static bool make_contents(struct state_call *call, const struct managed_args *args, struct buf *buf,
			  struct outcome *outcome)
{
	struct value contents;

	if (!find_contents(call, args, &contents, outcome))
		return false;
	if (!args->allow_empty && is_empty(contents)) {
		outcome_fail(outcome,
			     "%s value would result in empty contents. Set allow_empty to True to "
			     "allow the managed file to be empty.",
			     is_given(args->contents_pillar)   ? "contents_pillar"
			     : is_given(args->contents_grains) ? "contents_grains"
							       : "'contents'");
		return false;
	}
	return write_contents(call, args, contents, buf, outcome);
}

/* ---- the state ---- */

/* What the arguments say about any file: told when it is wrong. */
static bool arguments_hold(struct state_call *call, const struct managed_args *args,
			   const char *path, struct outcome *outcome)
{
	const char *fault = combination_fault(args);

	if (!*path)
		outcome_fail(outcome, "Destination file name is required");
	else if (fault)
		outcome_fail(outcome, "%s", fault);
	else if (*path != '/')
		outcome_fail(outcome, "Specified file %s is not an absolute path", path);
	else if (!encoding_is_utf8(args->encoding))
		outcome_fail(outcome, "Encoding %.*s is not known", STR_ARG(args->encoding));
	else
		return true;
	return false;
}

/* The file is there and its contents are not ours: owner and mode alone. */
static void keep_contents(struct state_call *call, const char *path, const struct perms *perms,
			  struct outcome *outcome)
{
	struct dict *changes = outcome_changes(call, outcome);

	if (!perms_apply(call, path, LINKS_FOLLOWED, perms, changes, outcome))
		return;
	if (call->is_test && changes->n)
		outcome_pending(outcome, "File %s not updated", path);
	else if (call->is_test)
		outcome_say(outcome, "File %s not updated", path);
	else if (changes->n)
		outcome_say(outcome, "File %s updated", path);
	else
		outcome_say(outcome, "File %s exists with proper permissions. No changes made.",
			    path);
}

static void make_empty(struct state_call *call, const struct file_put *put, struct outcome *outcome)
{
	struct dict *changes = outcome_changes(call, outcome);

	if (file_put(call, put, changes, outcome) == PUT_FAILED)
		return;
	if (call->is_test) {
		outcome_set_to_change(outcome, put->path);
		return;
	}
	dict_remove(changes, value_literal("diff"), NULL);
	dict_set(call->heap, changes, "new",
		 value_printf(call->heap, "file %s created", put->path));
	outcome_say(outcome, "Empty file");
}

/* From the source, or the contents, rendered. ret_same: what is there has the right digest. */
static bool gather(struct state_call *call, const struct managed_args *args, struct file_put *put,
		   struct source_found *source, bool *ret_same, struct outcome *outcome)
{
	autofree char *mode = args->mode.is_given && !args->mode.is_keep
				      ? xasprintf("%04o", (unsigned)args->mode.mode)
				      : xstrdup(args->mode.is_keep ? "keep" : "");
	struct template_request template = {.engine = args->template,
					    .context = args->context,
					    .defaults = args->defaults,
					    .name = put->path,
					    .user = args->user,
					    .group = args->group,
					    .mode = str_of(mode)};
	bool renders = template_wanted(&template);

	if (!file_template_check(&template, outcome))
		return false;
	if (has_source(args)) {
		struct source_request request = {.sources = args->source,
						 .hash = args->source_hash,
						 .hash_name = args->source_hash_name,
						 .skip_verify = args->skip_verify,
						 .wants_mode = args->mode.is_keep,
						 .target = renders ? NULL : put->path};
		if (!source_get(call, &request, source, outcome))
			return false;
		put->has_source = true;
		template.source = source->name;
		template.file = source->file;
		*ret_same = source->is_unchanged;
		if (source->has_mode) {
			put->perms.look.has_mode = true;
			put->perms.look.mode = source->mode;
		}
	} else if (!make_contents(call, args, &source->text, outcome)) {
		return false;
	}
	put->contents = buf_str(&source->text);
	return !renders || template_render(call, &template, put->contents, &put->contents, outcome);
}

static void managed_apply(struct state_call *call, struct outcome *outcome)
{
	const struct managed_args *args = call->args;
	const char *path = place_name(call->world, call->name);
	cleanup(source_found_done) struct source_found source = {0};
	struct file_put put = {.path = path,
			       .makedirs = args->makedirs,
			       .dir_mode = args->dir_mode,
			       .show_changes = args->show_changes,
			       .links = args->follow_symlinks ? LINKS_FOLLOWED : LINKS_KEPT,
			       .backup = args->backup,
			       .check_cmd = args->check_cmd,
			       .tmp_ext = args->tmp_ext,
			       .tmp_dir = args->tmp_dir};
	bool has_contents = has_source(args) || n_contents(args) > 0;
	bool is_same = false;
	struct stat st;

	if (!arguments_hold(call, args, path, outcome))
		return;
	bool exists = place_stat(call->world, path, put.links, &st);
	put.known = exists ? &st : NULL;
	if (!args->create && !(exists && S_ISREG(st.st_mode))) {
		outcome_say(outcome, "File %s is not present and is not set for creation", path);
		return;
	}
	if (!perms_resolve(call, args->user, args->group, args->mode, &put.perms, outcome))
		return;
	if (exists && S_ISDIR(st.st_mode)) {
		outcome_fail(outcome, "Specified target %s is a directory", path);
		return;
	}
	if (exists && (!args->replace || !has_contents))
		keep_contents(call, path, &put.perms, outcome);
	else if (!has_contents)
		make_empty(call, &put, outcome);
	else if (gather(call, args, &put, &source, &is_same, outcome))
		is_same ? keep_contents(call, path, &put.perms, outcome)
			: file_put_told(call, &put, outcome);
}

const struct state_def state_file_managed = {
	.name = "file.managed",
	.args = managed_args,
	.args_size = sizeof(struct managed_args),
	.takes_extra = true,
	.check = managed_check,
	.apply = managed_apply,
};
