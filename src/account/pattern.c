/* pattern.c - one pattern of a rule: its variables, and what they become in a decision.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/limits.h"
#include "account/pattern_private.h"
#include "base/encode.h"
#include "base/vec.h"

#include "base/banned.h"

#define VARIABLES_MAX 26
static const char variable_names[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"; /* behind a mark */

const char *const pattern_field_names[N_PATTERN_FIELDS + 1] = {
	[FIELD_ACCOUNT] = "account",
	[FIELD_TYPE] = "type",
	[FIELD_NAME] = "name",
	[FIELD_SERVICE] = "service",
};

struct variable {
	enum { VARIABLE_FIELD, VARIABLE_GROUP, VARIABLE_LABEL } kind;
	size_t index;      /* of the field, or of the group in the rule's refs */
	struct str label;  /* its name */
	struct str source; /* "${…}" */
};

struct pattern {
	struct str text;
	bool compat, is_regex;
	struct variable variables[VARIABLES_MAX];
	size_t n_variables;
	bool has_labels, has_groups;
	struct buf source;   /* the text with marks; of a strict regex: translated */
	struct regex *regex; /* strict: without variables; compat: the text as it is */
	size_t n_groups;
};

static bool text_is_regex(struct str text)
{
	return text.len > 2 && text.ptr[0] == '/' && text.ptr[text.len - 1] == '/';
}

static struct str regex_inside(struct str text)
{
	return (struct str){text.ptr + 1, text.len - 2};
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	regex_free(pattern->regex);
	buf_done(&pattern->source);
	free(pattern);
}

bool pattern_is_regex(const struct pattern *pattern)
{
	return pattern->is_regex;
}

bool pattern_uses_groups(const struct pattern *pattern)
{
	return pattern->has_groups || pattern->has_labels;
}

size_t pattern_n_groups(const struct pattern *pattern)
{
	return pattern->n_groups;
}

/* For a warning: "^a|b$" is taken for what it is, a class with a "(" in it is not. */
bool pattern_is_anchored(const struct pattern *pattern)
{
	struct str inside = regex_inside(pattern->text);
	int depth = 0;

	if (!str_starts(inside, STR("^")) && !str_starts(inside, STR("\\A")))
		return false;
	if (str_ends(inside, STR("\\$")) ||
	    (!str_ends(inside, STR("$")) && !str_ends(inside, STR("\\z"))))
		return false;
	for (size_t i = 0; i < inside.len; i++) {
		if (inside.ptr[i] == '\\')
			i++;
		else if (inside.ptr[i] == '(' || inside.ptr[i] == ')')
			depth += inside.ptr[i] == '(' ? 1 : -1;
		else if (inside.ptr[i] == '|' && depth == 0)
			return false;
	}
	return true;
}

const struct label *labels_find(const struct labels *labels, struct str name)
{
	for (size_t i = 0; labels && i < labels->n; i++)
		if (str_is(name, labels->items[i].name))
			return &labels->items[i];
	return NULL;
}

/* ---- finding variables ---- */

static bool field_named(struct str name, enum pattern_field *ret_field)
{
	for (int i = 0; i < N_PATTERN_FIELDS; i++) {
		if (str_is(name, pattern_field_names[i])) {
			*ret_field = (enum pattern_field)i;
			return true;
		}
	}
	return false;
}

/* "account:1"; `lenient`: "Account:1" as well */
static bool group_ref_parse(struct str inside, bool lenient, struct group_ref *ret_ref)
{
	struct str number = inside;
	struct str name = str_cut(&number, ':');
	char lower[16];
	uint64_t index;

	if (!number.ptr || !str_to_u64(number, &index) || name.len >= sizeof(lower) || !name.len)
		return false;
	memcpy(lower, name.ptr, name.len);
	if (lenient && lower[0] >= 'A' && lower[0] <= 'Z')
		lower[0] |= 0x20;
	ret_ref->index = index > LIMIT_REGEX_GROUPS ? LIMIT_REGEX_GROUPS + 1 : (unsigned)index;
	return field_named((struct str){lower, name.len}, &ret_ref->field);
}

static void refs_add(struct group_refs *refs, struct group_ref ref)
{
	vec_push(refs, ref);
}

static size_t refs_find(const struct group_refs *refs, struct str text)
{
	size_t i = 0;
	while (i < refs->n && !str_eq(refs->items[i].text, text))
		i++;
	return i;
}

/* The end of what "\$\{(.+?):(\d+)\}" finds at this place; 0: nothing. */
static size_t lazy_group_len(struct str text)
{
	for (size_t i = 3; i < text.len && text.ptr[i - 1] != '\n'; i++) {
		size_t end = i + 1;
		if (text.ptr[i] != ':')
			continue;
		while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
			end++;
		if (end > i + 1 && end < text.len && text.ptr[end] == '}')
			return end + 1;
	}
	return 0;
}

void group_refs_collect(struct str text, struct group_refs *refs)
{
	while (text.len) {
		size_t len = str_starts(text, STR("${")) ? lazy_group_len(text) : 0;
		struct group_ref ref = {.text = {text.ptr, len}};
		if (len && group_ref_parse((struct str){text.ptr + 2, len - 3}, true, &ref) &&
		    refs_find(refs, ref.text) == refs->n)
			refs_add(refs, ref);
		text = (struct str){text.ptr + (len ? len : 1), text.len - (len ? len : 1)};
	}
}

/* `inside` is what stands between "${" and "}". */
static bool variable_parse(struct str inside, const struct pattern_options *options,
			   struct variable *variable)
{
	struct group_ref ref = {.text = variable->source};
	enum pattern_field field;

	if (field_named(inside, &field)) {
		variable->kind = VARIABLE_FIELD;
		variable->index = field;
		return true;
	}
	if (options->allow_labels && str_starts(inside, STR("labels:")) && inside.len > 7) {
		variable->kind = VARIABLE_LABEL;
		variable->label = (struct str){inside.ptr + 7, inside.len - 7};
		return true;
	}
	if (!group_ref_parse(inside, options->compat, &ref))
		return false;
	variable->kind = VARIABLE_GROUP;
	variable->index = refs_find(options->refs, ref.text);
	if (variable->index == options->refs->n) {
		if (options->compat)
			return false;
		refs_add(options->refs, ref);
	}
	return true;
}

static int refuse(struct src_pos pos, struct str text, const char *why, struct err *err)
{
	return err_at(err, pos, "the pattern '%.*s' is wrong: %s", STR_ARG(text), why);
}

static int refuse_variable(struct src_pos pos, struct str source, bool allow_labels,
			   struct err *err)
{
	autofree char *name = xstrndup(source.ptr + 2, source.len - 3);
	const char *near = str_nearest(name, pattern_field_names);

	if (!allow_labels && text_starts(name, "labels:"))
		return err_at(err, pos, "'%.*s' has no meaning in the pattern of a label",
			      STR_ARG(source));
	if (near)
		return err_at(err, pos, "unknown variable '%.*s', did you mean '${%s}'?",
			      STR_ARG(source), near);
	return err_at(err, pos, "unknown variable '%.*s'", STR_ARG(source));
}

/* The text with its variables as marks. */
static int marks_set(struct pattern *pattern, struct str text, struct src_pos pos,
		     const struct pattern_options *options, struct err *err)
{
	struct str rest = text;

	while (rest.len) {
		const char *end =
			str_starts(rest, STR("${")) ? memchr(rest.ptr, '}', rest.len) : NULL;
		size_t len = end ? (size_t)(end - rest.ptr) + 1 : 1;
		struct variable variable = {.source = {rest.ptr, len}};
		bool is_variable = end && variable_parse((struct str){rest.ptr + 2, len - 3},
							 options, &variable);
		if (end && !is_variable && !options->compat)
			return refuse_variable(pos, variable.source, options->allow_labels, err);
		if (is_variable && pattern->n_variables == VARIABLES_MAX)
			return err_set(err, ERR_LIMIT, "the pattern '%.*s' has over %d variables",
				       STR_ARG(text), VARIABLES_MAX);
		if (is_variable) {
			buf_putc(&pattern->source, MARK);
			buf_putc(&pattern->source, variable_names[pattern->n_variables]);
			pattern->variables[pattern->n_variables++] = variable;
			pattern->has_groups |= variable.kind == VARIABLE_GROUP;
			pattern->has_labels |= variable.kind == VARIABLE_LABEL;
		} else {
			len = 1; /* what the original does not know is text */
			buf_putc(&pattern->source, rest.ptr[0]);
		}
		rest = (struct str){rest.ptr + len, rest.len - len};
	}
	return 0;
}

/* ---- making ---- */

/* A regular expression from text in RE2's syntax; a fault is the writer's. */
static struct regex *regex_of(struct str text, char fault[256])
{
	autobuf struct buf translated = {.max = LIMIT_PATTERN_FILLED};
	const char *why;

	if (regex_translate(text, &translated, &why))
		return regex_new(buf_str(&translated), fault);
	snprintf(fault, 256, "%s", why);
	return NULL;
}

/* With "x" for each variable: is what stands around them right? */
static struct regex *regex_sample(const struct buf *source, char fault[256])
{
	autobuf struct buf sample = {.max = LIMIT_PATTERN_FILLED};

	for (size_t i = 0; i < source->len; i++) {
		char byte = source->ptr[i];
		if (byte == MARK || byte == MARK_IN_CLASS) {
			byte = 'x';
			i++;
		}
		buf_putc(&sample, byte);
	}
	return regex_new(buf_str(&sample), fault);
}

static int strict_finish(struct pattern *pattern, struct src_pos pos, struct err *err)
{
	const char *why;
	char fault[256];

	if (!pattern->is_regex) {
		why = path_glob_fault(buf_str(&pattern->source));
		return why ? refuse(pos, pattern->text, why, err) : 0;
	}
	autobuf struct buf marked = {.max = LIMIT_PATTERN_FILLED};
	if (!regex_translate(buf_str(&pattern->source), &marked, &why))
		return refuse(pos, pattern->text, why, err);
	buf_done(&pattern->source);
	pattern->source = steal(&marked);
	pattern->regex = regex_sample(&pattern->source, fault);
	if (!pattern->regex)
		return refuse(pos, pattern->text, fault, err);
	pattern->n_groups = regex_n_groups(pattern->regex);
	if (pattern->n_variables) {
		regex_free(pattern->regex);
		pattern->regex = NULL;
	}
	return 0;
}

static int compat_finish(struct pattern *pattern, struct src_pos pos, struct err *err)
{
	char fault[256];

	if (!pattern->is_regex)
		return 0;
	pattern->regex = regex_of(regex_inside(pattern->text), fault);
	if (!pattern->regex)
		return refuse(pos, pattern->text, fault, err);
	pattern->n_groups = regex_n_groups(pattern->regex);
	return 0;
}

int pattern_new(struct str text, struct src_pos pos, const struct pattern_options *options,
		struct pattern **ret_pattern, struct err *err)
{
	if (text.len > LIMIT_PATTERN_BYTES)
		return err_set(err, ERR_LIMIT, "%s:%u: a pattern is longer than %u bytes",
			       pos.file ? pos.file : "", pos.line, LIMIT_PATTERN_BYTES);
	if (!text_is_utf8(text))
		return err_at(err, pos, "a pattern is not UTF-8");

	struct pattern *pattern = xcalloc(1, sizeof(*pattern));
	pattern->text = text;
	pattern->compat = options->compat;
	pattern->is_regex = text_is_regex(text);
	struct str marked = pattern->is_regex && !pattern->compat ? regex_inside(text) : text;
	if (marks_set(pattern, marked, pos, options, err) ||
	    (options->compat ? compat_finish : strict_finish)(pattern, pos, err)) {
		pattern_free(pattern);
		return -1;
	}
	*ret_pattern = pattern;
	return 0;
}

/* ---- filling in ---- */

struct filling {
	const struct pattern *pattern;
	const struct pattern_values *values;
	/* Of each variable: which of its label's values is tried. */
	const struct label *labels[VARIABLES_MAX];
	size_t tries[VARIABLES_MAX];
	bool use_labels; /* compat: first without */
};

static struct str variable_value(const struct filling *filling, size_t i)
{
	const struct variable *variable = &filling->pattern->variables[i];
	struct str value = {0};

	if (variable->kind == VARIABLE_FIELD)
		value = filling->values->fields[variable->index];
	else if (variable->kind == VARIABLE_GROUP)
		value = filling->values->groups[variable->index];
	else if (filling->use_labels && filling->labels[i])
		value = filling->labels[i]->values[filling->tries[i]];
	return value;
}

/* false: with no value here nothing can match. */
static bool variable_put(const struct filling *filling, size_t i, bool in_class, struct buf *out)
{
	const struct variable *variable = &filling->pattern->variables[i];
	struct str value = variable_value(filling, i);

	if (filling->pattern->compat) {
		if (!value.ptr)
			buf_append_str(out, variable->source);
		else if (variable->kind == VARIABLE_FIELD)
			regex_quote_as_go(out, value);
		else
			buf_append_str(out, value);
		return true;
	}
	if (!value.ptr || (in_class && value.len == 0)) /* "[]": the class would not end there */
		return false;
	bool is_group = filling->pattern->is_regex && !in_class;
	buf_puts(out, is_group ? "(?:" : ""); /* what repeats it repeats all of it */
	regex_quote(out, value);
	buf_puts(out, is_group ? ")" : "");
	return true;
}

static bool fill(const struct filling *filling, struct buf *out)
{
	const struct buf *source = &filling->pattern->source;

	for (size_t i = 0; i < source->len; i++) {
		bool in_class = source->ptr[i] == MARK_IN_CLASS;
		if (source->ptr[i] != MARK && !in_class)
			buf_putc(out, source->ptr[i]);
		else if (!variable_put(filling, (size_t)(source->ptr[++i] - 'A'), in_class, out))
			return false;
	}
	return true;
}

static enum match filled_match(const struct filling *filling, struct str text, struct str *groups)
{
	autobuf struct buf filled = {.max = LIMIT_PATTERN_FILLED};
	const struct pattern *pattern = filling->pattern;
	struct regex *regex = NULL;
	char fault[256];

	if (!fill(filling, &filled))
		return MATCH_NO;
	if (filled.overflowed)
		return MATCH_BOUND;
	if (!(pattern->compat ? text_is_regex(buf_str(&filled)) : pattern->is_regex))
		return path_glob_matches(buf_str(&filled), text, pattern->compat);
	if (pattern->compat)
		regex = regex_of(regex_inside(buf_str(&filled)), fault);
	else
		regex = regex_new(buf_str(&filled), fault);
	if (!regex)
		return pattern->compat ? MATCH_NO : MATCH_BOUND;
	enum match match = regex_matches(regex, text, groups);
	regex_free(regex);
	return match;
}

/* The next combination: labels of the same name move together. false: that was the last. */
static bool tries_next(struct filling *filling)
{
	const struct pattern *pattern = filling->pattern;

	for (size_t i = 0; i < pattern->n_variables; i++) {
		const struct label *label = filling->labels[i];
		bool is_first = label != NULL;
		for (size_t k = 0; k < i; k++)
			is_first = is_first && filling->labels[k] != label;
		if (!is_first)
			continue;
		size_t next = (filling->tries[i] + 1) % label->n;
		for (size_t k = i; k < pattern->n_variables; k++)
			if (filling->labels[k] == label)
				filling->tries[k] = next;
		if (next)
			return true;
	}
	return false;
}

static enum match labels_match(struct filling *filling, struct str text,
			       struct pattern_values *values)
{
	const struct pattern *pattern = filling->pattern;
	unsigned n = 0;
	bool has_any = false;

	for (size_t i = 0; i < pattern->n_variables; i++) {
		if (pattern->variables[i].kind != VARIABLE_LABEL)
			continue;
		filling->labels[i] = labels_find(values->labels, pattern->variables[i].label);
		has_any = has_any || filling->labels[i];
		if (filling->labels[i] ? filling->labels[i]->n == 0 : !pattern->compat)
			return MATCH_NO;
	}
	if (!has_any)
		return MATCH_NO;
	filling->use_labels = true;
	do {
		if (++n > LIMIT_LABEL_TRIES || ++values->n_tries > LIMIT_DECISION_TRIES)
			return MATCH_BOUND;
		enum match match = filled_match(filling, text, NULL);
		if (match != MATCH_NO)
			return match;
	} while (tries_next(filling));
	return MATCH_NO;
}

enum match pattern_matches(const struct pattern *pattern, struct str text,
			   struct pattern_values *values)
{
	struct filling filling = {.pattern = pattern, .values = values};
	enum match match = MATCH_NO;

	if (pattern->n_variables == 0 && pattern->is_regex)
		return regex_matches(pattern->regex, text, NULL);
	if (pattern->n_variables == 0)
		return path_glob_matches(pattern->text, text, pattern->compat);
	if (pattern->compat || !pattern->has_labels)
		match = filled_match(&filling, text, NULL);
	if (match == MATCH_NO && pattern->has_labels)
		match = labels_match(&filling, text, values);
	return match;
}

enum match pattern_capture(const struct pattern *pattern, struct str text,
			   struct pattern_values *values, struct str *groups)
{
	struct filling filling = {.pattern = pattern, .values = values};

	if (pattern->regex)
		return regex_matches(pattern->regex, text, groups);
	return filled_match(&filling, text, groups);
}
