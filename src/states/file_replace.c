/* file_replace.c - file.replace, comment and uncomment: edits by regular expressions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"
#include "states/file_edit.h"
#include "states/file_states.h"
#include "states/file_text.h"
#include "value/list.h"
#include "value/regex.h"

#include "base/banned.h"

struct replace_args {
	struct str pattern, repl;
	int64_t count;
	struct value flags;
	bool append_if_not_found, prepend_if_not_found;
	struct value not_found_content;
	struct str backup;
	struct value show_changes;
	bool ignore_if_missing, backslash_literal;
};

#define A(field) offsetof(struct replace_args, field)
static const struct state_arg replace_args[] = {
	{"pattern", ARG_STR, A(pattern), .is_required = true},
	{"repl", ARG_STR, A(repl), .is_required = true},
	{"count", ARG_INT, A(count)},
	{"flags", ARG_VALUE, A(flags)},
	{"append_if_not_found", ARG_BOOL, A(append_if_not_found)},
	{"prepend_if_not_found", ARG_BOOL, A(prepend_if_not_found)},
	{"not_found_content", ARG_VALUE, A(not_found_content)},
	{"backup", ARG_STR, A(backup), ".bak"},
	{"show_changes", ARG_VALUE, A(show_changes)},
	{"ignore_if_missing", ARG_BOOL, A(ignore_if_missing)},
	{"backslash_literal", ARG_BOOL, A(backslash_literal)},
	{"bufsize", ARG_IGNORED},
	{0},
};
#undef A

static bool flag_of(struct value word, unsigned *flags)
{
	static const struct {
		const char *name;
		unsigned flag;
	} names[] = {{"IGNORECASE", REGEX_IGNORECASE},
		     {"I", REGEX_IGNORECASE},
		     {"MULTILINE", REGEX_MULTILINE},
		     {"M", REGEX_MULTILINE},
		     {"DOTALL", REGEX_DOTALL},
		     {"S", REGEX_DOTALL},
		     {"VERBOSE", REGEX_VERBOSE},
		     {"X", REGEX_VERBOSE},
		     {"UNICODE", 0},
		     {"U", 0},
		     {"ASCII", 0},
		     {"A", 0},
		     {"LOCALE", 0},
		     {"L", 0}};

	if (word.kind == VALUE_INT) {
		*flags |= (unsigned)word.integer &
			  (REGEX_IGNORECASE | REGEX_MULTILINE | REGEX_DOTALL | REGEX_VERBOSE);
		return true;
	}
	for (size_t i = 0; value_is_string(word) && i < ARRAY_LEN(names); i++)
		if (str_is_nocase(value_bytes(word), names[i].name)) {
			*flags |= names[i].flag;
			return true;
		}
	return false;
}

/* MULTILINE when nothing is said. */
static bool flags_of(struct value v, unsigned *ret_flags, struct outcome *outcome)
{
	unsigned flags = 0;
	bool is_list = value_is_sequence(v), known = true;

	if (v.kind == VALUE_UNDEFINED || v.kind == VALUE_NONE) {
		*ret_flags = REGEX_MULTILINE;
		return true;
	}
	for (size_t i = 0; i < (is_list ? v.list->n : 1); i++)
		known = known && flag_of(is_list ? v.list->items[i] : v, &flags);
	if (!known) {
		outcome_fail(outcome, "Invalid re flag given");
		return false;
	}
	*ret_flags = flags;
	return true;
}

/* Files are edited as bytes, whatever their encoding. */
static unsigned bytes_flag(struct str text)
{
	return text_is_utf8(text) ? 0 : REGEX_BYTES;
}

/* Whether the text stands somewhere as whole lines. */
static bool has_line(struct str text, struct str content)
{
	for (size_t at = 0; at + content.len <= text.len; at++) {
		const char *found =
			content.len ? memmem(text.ptr + at, text.len - at, content.ptr, content.len)
				    : text.ptr + at;
		if (!found)
			return false;
		size_t start = (size_t)(found - text.ptr), end = start + content.len;
		bool begins = start == 0 || text.ptr[start - 1] == '\n';
		bool ends =
			end == text.len || text.ptr[end] == '\n' ||
			(text.ptr[end] == '\r' && end + 1 < text.len && text.ptr[end + 1] == '\n');
		if (begins && ends)
			return true;
		at = start;
	}
	return false;
}

/* Behind it stands a plain newline, whatever ends the file's lines: as the reference has it. */
static void add_content(const struct replace_args *args, struct str old, struct str content,
			struct buf *new)
{
	buf_truncate(new, 0);
	if (args->prepend_if_not_found) {
		buf_append_str(new, content);
		buf_putc(new, '\n');
	}
	buf_append_str(new, old);
	if (args->prepend_if_not_found)
		return;
	if (old.len && old.ptr[old.len - 1] != '\n')
		buf_putc(new, '\n');
	buf_append_str(new, content);
	buf_putc(new, '\n');
}

static int replaced(struct state_call *call, unsigned flags, struct str old, struct buf *new,
		    struct err *err)
{
	const struct replace_args *args = call->args;
	bool adds = args->append_if_not_found || args->prepend_if_not_found;
	struct str content = value_is_string(args->not_found_content)
				     ? value_bytes(args->not_found_content)
				     : args->repl;
	struct regex_replacement by = {.text = args->repl,
				       .is_literal = args->backslash_literal,
				       .max = args->count > 0 ? (size_t)args->count : 0};
	struct regex *regex;
	size_t n;

	flags |= bytes_flag(old);
	if (regex_compile(call->heap, args->pattern, flags, &regex, err) ||
	    regex_replace(regex, old, &by, new, &n, err))
		return -1;
	if (n == 0 && adds && !has_line(old, content))
		add_content(args, old, content, new);
	return buf_check(new, call->name, err);
}

static void replace_apply(struct state_call *call, struct outcome *outcome)
{
	const struct replace_args *args = call->args;
	cleanup(edit_done) struct edit edit = {.path = place_name(call->world, call->name)};
	autobuf struct buf new = {.max = SIZE_MAX / 2};
	autoerr struct err err = {0};
	unsigned flags;

	if (*edit.path == '/' && args->ignore_if_missing &&
	    !place_stat(call->world, edit.path, LINKS_FOLLOWED, NULL)) {
		outcome_say(outcome, "No changes needed to be made");
		return;
	}
	if (!edit_begin(call, &edit, outcome) || !flags_of(args->flags, &flags, outcome))
		return;
	if (args->append_if_not_found && args->prepend_if_not_found) {
		outcome_fail(outcome, "Only one of append and prepend_if_not_found is permitted");
		return;
	}
	if (text_is_binary(buf_str(&edit.old))) {
		outcome_fail(outcome, "Cannot perform string replacements on a binary file: %s",
			     edit.path);
		return;
	}
	if (replaced(call, flags, buf_str(&edit.old), &new, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (!edit_end(call, &edit, buf_str(&new), args->show_changes, args->backup, outcome))
		return;
	edit_hide(call, args->show_changes, outcome);
	edit_say(call, outcome);
}

const struct state_def state_file_replace = {.name = "file.replace",
					     .args = replace_args,
					     .args_size = sizeof(struct replace_args),
					     .apply = replace_apply};

/* ---- comment, uncomment ---- */

struct comment_args {
	struct str regex, comment_char, backup;
	bool ignore_missing;
};

static const struct state_arg comment_args[] = {
	{"regex", ARG_STR, offsetof(struct comment_args, regex), .is_required = true},
	{"char", ARG_STR, offsetof(struct comment_args, comment_char), "#"},
	{"backup", ARG_STR, offsetof(struct comment_args, backup), ".bak"},
	{"ignore_missing", ARG_BOOL, offsetof(struct comment_args, ignore_missing)},
	{0},
};

/* The pattern without its anchors: "^a$" is "a"; flags in front stay aside. */
static struct str unanchored(struct str regex)
{
	if (str_starts(regex, STR("^")))
		regex = (struct str){regex.ptr + 1, regex.len - 1};
	if (regex.len && regex.ptr[regex.len - 1] == '$' &&
	    (regex.len < 2 || regex.ptr[regex.len - 2] != '\\'))
		regex.len--;
	return regex;
}

/* Characters that mean themselves. */
static void write_escaped(struct buf *buf, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr(".^$*+?{}[]\\|()#-/ ", text.ptr[i]))
			buf_putc(buf, '\\');
		buf_putc(buf, text.ptr[i]);
	}
}

static int matches(struct state_call *call, struct str pattern, struct str text, bool *ret_matches,
		   struct err *err)
{
	struct regex *regex;
	struct regex_match match;

	if (regex_compile(call->heap, pattern, REGEX_MULTILINE | bytes_flag(text), &regex, err))
		return -1;
	int found = regex_search(regex, text, 0, false, &match, err);
	*ret_matches = found > 0;
	return found < 0 ? -1 : 0;
}

/* Patterns of one run: a line that is to be changed, a line that has been. */
struct comment_patterns {
	struct buf wanted, done, line;
};
static void comment_patterns_done(struct comment_patterns *patterns)
{
	buf_done(&patterns->wanted);
	buf_done(&patterns->done);
	buf_done(&patterns->line);
}

static void make_patterns(const struct comment_args *args, bool comments,
			  struct comment_patterns *patterns)
{
	autobuf struct buf mark = {0};
	struct str inner = unanchored(args->regex);
	bool begins = str_starts(args->regex, STR("^")), ends = str_ends(args->regex, STR("$"));

	write_escaped(&mark, args->comment_char);
	if (comments) {
		/* Lines that have it and do not begin with the mark. */
		buf_printf(&patterns->wanted, "^(?!\\s*%s).*%.*s", buf_text(&mark), STR_ARG(inner));
		buf_printf(&patterns->done, "%s%.*s", buf_text(&mark), STR_ARG(inner));
		buf_printf(&patterns->line, "%s(%.*s)%s", begins ? "^" : "", STR_ARG(inner),
			   ends ? "$" : "");
		return;
	}
	struct str regex = args->regex;
	if (begins)
		regex = (struct str){regex.ptr + 1, regex.len - 1};
	buf_printf(&patterns->wanted, "^[ \\t]*%s[ \\t]*%.*s", buf_text(&mark), STR_ARG(regex));
	buf_printf(&patterns->done, "^[ \\t]*%.*s", STR_ARG(regex));
	buf_printf(&patterns->line, "^([ \\t]*)%s([ \\t]*)(%.*s)%s", buf_text(&mark),
		   STR_ARG(inner), ends ? "$" : "");
}

/* Each line for itself, as the reference does: the match is at its beginning. */
static int edit_lines(struct state_call *call, bool comments, struct str pattern, struct str old,
		      struct buf *new, struct err *err)
{
	const struct comment_args *args = call->args;
	struct regex *regex;
	struct str line;

	if (regex_compile(call->heap, pattern, bytes_flag(old), &regex, err))
		return -1;
	while (line_next(&old, &line)) {
		struct regex_match match;
		struct str text = line_without_end(line);
		int found = regex_search(regex, text, 0, true, &match, err);
		if (found < 0)
			return -1;
		bool is_marked = str_starts(str_trim(text), args->comment_char);
		if (found && comments && !is_marked) {
			buf_append_str(new, args->comment_char);
		} else if (found && !comments) {
			/* The mark goes, what stands before it stays. */
			buf_append_str(new, match.groups[1]);
			size_t behind = match.groups[1].len + args->comment_char.len;
			line = (struct str){line.ptr + behind, line.len - behind};
		}
		buf_append_str(new, line);
	}
	return 0;
}

/* 1: there is something to be changed; 0: not, told; -1: failed. */
static int comment_needed(struct state_call *call, bool comments,
			  const struct comment_patterns *patterns, struct str old,
			  struct outcome *outcome, struct err *err)
{
	const struct comment_args *args = call->args;
	bool wanted, done;

	if (matches(call, buf_str(&patterns->wanted), old, &wanted, err) ||
	    matches(call, buf_str(&patterns->done), old, &done, err))
		return -1;
	if (wanted)
		return 1;
	if (done)
		outcome_say(outcome, "Pattern already %s", comments ? "commented" : "uncommented");
	else if (args->ignore_missing)
		outcome_say(outcome, "Pattern not found and ignore_missing set to True");
	else
		outcome_fail(outcome, "%.*s: Pattern not found",
			     STR_ARG(comments ? unanchored(args->regex) : args->regex));
	return 0;
}

static void comment_or_not(struct state_call *call, bool comments, struct outcome *outcome)
{
	const struct comment_args *args = call->args;
	cleanup(edit_done) struct edit edit = {.path = place_name(call->world, call->name)};
	cleanup(comment_patterns_done) struct comment_patterns patterns = {0};
	autobuf struct buf new = {.max = SIZE_MAX / 2};
	autoerr struct err err = {0};

	if (!edit_begin(call, &edit, outcome))
		return;
	make_patterns(args, comments, &patterns);
	int needed = comment_needed(call, comments, &patterns, buf_str(&edit.old), outcome, &err);
	if (needed == 0)
		return;
	if (needed > 0 && call->is_test) {
		outcome_change_text(call->heap, outcome, edit.path, "updated");
		outcome_pending(outcome, "File %s is set to be updated", edit.path);
		return;
	}
	bool done = false;
	if (needed < 0 ||
	    edit_lines(call, comments, buf_str(&patterns.line), buf_str(&edit.old), &new, &err) ||
	    matches(call, buf_str(&patterns.done), buf_str(&new), &done, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (!done && str_eq(buf_str(&new), buf_str(&edit.old)))
		outcome_fail(outcome, "Expected %scommented lines not found", comments ? "" : "un");
	else if (edit_end(call, &edit, buf_str(&new), value_bool(true), args->backup, outcome))
		outcome_say(outcome, "%s lines successfully",
			    comments ? "Commented" : "Uncommented");
}

static void comment_apply(struct state_call *call, struct outcome *outcome)
{
	comment_or_not(call, true, outcome);
}

static void uncomment_apply(struct state_call *call, struct outcome *outcome)
{
	comment_or_not(call, false, outcome);
}

const struct state_def state_file_comment = {.name = "file.comment",
					     .args = comment_args,
					     .args_size = sizeof(struct comment_args),
					     .apply = comment_apply};
const struct state_def state_file_uncomment = {.name = "file.uncomment",
					       .args = comment_args,
					       .args_size = sizeof(struct comment_args),
					       .apply = uncomment_apply};
