/* rule.c - reading one entry of the access control list, and asking whether it matches.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include "account/limits.h"
#include "account/rule_private.h"
#include "base/vec.h"
#include "doc/json.h"

#include "base/banned.h"

static const char *const rule_keys[] = {"match", "actions", "comment", NULL};
static const char *const match_keys[] = {"account", "type",   "name", "service",
					 "ip",      "labels", NULL};
static const char *const known_actions[] = {"pull", "push", "delete", "*", NULL};

/* ---- what is said on the way ---- */

void reader_warn(const struct accounts_reader *reader, struct src_pos pos, const char *fmt, ...)
{
	if (!reader->warnings)
		return;

	va_list args;
	va_start(args, fmt);
	autofree char *text = xvasprintf(fmt, args);
	va_end(args);
	strlist_addf(reader->warnings, "%s:%u:%u: %s", pos.file ? pos.file : "", pos.line,
		     pos.column, text);
}

int reader_unknown_key(const struct accounts_reader *reader, const struct node *node,
		       const char *const *names, const char *of, struct err *err)
{
	const char *near = str_nearest(node->key.ptr, names);
	autofree char *hint = near ? xasprintf(", did you mean '%s'?", near) : xstrdup("");

	if (!reader->compat)
		return err_at(err, node->key_pos, "unknown key '%s' of %s%s", node->key.ptr, of,
			      hint);
	reader_warn(reader, node->key_pos, "unknown key '%s' of %s%s, ignoring", node->key.ptr, of,
		    hint);
	return 0;
}

int reader_text(const struct accounts_reader *reader, const struct node *node, const char *what,
		struct str *ret_text, struct err *err)
{
	struct str text = {0};

	if (node->kind != NODE_NULL && node_source(node).ptr)
		text = node_source(node); /* "0123" stays what it looks like */
	else if (node->kind == NODE_BOOL)
		text = str_of(node->boolean ? "true" : "false");
	else if (node->kind == NODE_INT)
		text = str_of(arena_printf(reader->arena, "%lld", (long long)node->integer));
	else if (node->kind == NODE_FLOAT)
		text = str_of(arena_printf(reader->arena, "%.17g", node->number));
	else
		return err_at(err, node->pos, "%s must be a string, not %s", what,
			      node_kind_name(node->kind));
	if (text.len && memchr(text.ptr, 0, text.len))
		return err_at(err, node->pos, "%s holds a NUL byte", what);
	*ret_text = (struct str){arena_str(reader->arena, text), text.len};
	return 0;
}

struct src_pos reader_pos(const struct accounts_reader *reader, struct src_pos pos)
{
	if (pos.file)
		pos.file = arena_strdup(reader->arena, pos.file); /* outlives the tree */
	return pos;
}

/* ---- the match ---- */

/* Strict: an error; compat: as if it were absent, which matches everything. */
static int refuse_null(const struct accounts_reader *reader, const struct node *node,
		       struct err *err)
{
	if (!reader->compat)
		return err_at(err, node->pos, "'%s' has no value, which would match everything",
			      node->key.ptr);
	reader_warn(reader, node->pos, "'%s' has no value and matches everything", node->key.ptr);
	return 0;
}

static int field_read(const struct accounts_reader *reader, const struct node *node,
		      struct rule *rule, enum pattern_field field, struct err *err)
{
	struct pattern_options options = {
		.compat = reader->compat, .allow_labels = true, .refs = &rule->refs};
	struct str text;

	if (node->kind == NODE_NULL)
		return refuse_null(reader, node, err);
	if (reader_text(reader, node, pattern_field_names[field], &text, err) ||
	    pattern_new(text, node->pos, &options, &rule->patterns[field], err))
		return -1;
	if (pattern_is_regex(rule->patterns[field]) && !pattern_is_anchored(rule->patterns[field]))
		reader_warn(reader, node->pos,
			    "the expression '%s' matches anywhere in the text: it has no ^ and $",
			    text.ptr);
	return 0;
}

static int ip_read(const struct accounts_reader *reader, const struct node *node, struct rule *rule,
		   struct err *err)
{
	struct str text;

	if (node->kind == NODE_NULL)
		return refuse_null(reader, node, err);
	if (reader_text(reader, node, "ip", &text, err))
		return -1;
	if (!address_range_parse(text, &rule->ip))
		return err_at(err, node->pos, "'%s' is no address and no ADDRESS/BITS", text.ptr);
	rule->has_ip = true;
	return 0;
}

static int labels_read(const struct accounts_reader *reader, const struct node *node,
		       struct rule *rule, struct err *err)
{
	if (node->kind == NODE_NULL)
		return refuse_null(reader, node, err);
	if (node->kind != NODE_MAP)
		return err_at(err, node->pos, "labels must be a map, not %s",
			      node_kind_name(node->kind));
	if (node->children.n > LIMIT_LABELS)
		return err_at(err, node->pos, "more than %u labels in one rule", LIMIT_LABELS);

	rule->labels = xcalloc(node->children.n + 1, sizeof(*rule->labels));
	node_foreach(child, node) {
		struct pattern_options options = {.compat = reader->compat, .refs = &rule->refs};
		struct rule_label *label = &rule->labels[rule->n_labels];
		struct str text;
		if (reader_text(reader, child, "a label's pattern", &text, err) ||
		    pattern_new(text, child->pos, &options, &label->pattern, err))
			return -1;
		label->name = (struct str){arena_str(reader->arena, child->key), child->key.len};
		rule->n_labels++;
	}
	return 0;
}

/* Strict: each "${account:1}" needs that group, and no group may depend on another. */
static int refs_check(const struct rule *rule, const struct node *match, struct err *err)
{
	vec_foreach(ref, &rule->refs) {
		const struct pattern *of = rule->patterns[ref->field];
		const char *name = pattern_field_names[ref->field];
		if (!of || !pattern_is_regex(of))
			return err_at(err, match->pos, "'%.*s' needs a /regex/ for '%s' here",
				      STR_ARG(ref->text), name);
		if (ref->index > pattern_n_groups(of))
			return err_at(err, match->pos, "'%.*s': the /regex/ of '%s' has %zu groups",
				      STR_ARG(ref->text), name, pattern_n_groups(of));
		if (pattern_uses_groups(of))
			return err_at(err, match->pos,
				      "'%.*s': the /regex/ of '%s' has groups or labels itself",
				      STR_ARG(ref->text), name);
	}
	return 0;
}

static int match_key_read(const struct accounts_reader *reader, const struct node *node,
			  struct rule *rule, struct err *err)
{
	for (int i = 0; i < N_PATTERN_FIELDS; i++)
		if (str_is(node->key, pattern_field_names[i]))
			return field_read(reader, node, rule, (enum pattern_field)i, err);
	if (str_is(node->key, "ip"))
		return ip_read(reader, node, rule, err);
	if (str_is(node->key, "labels"))
		return labels_read(reader, node, rule, err);
	return reader_unknown_key(reader, node, match_keys, "a match", err);
}

static int match_read(const struct accounts_reader *reader, const struct node *match,
		      struct rule *rule, struct err *err)
{
	if (match->kind != NODE_MAP)
		return err_at(err, match->pos, "match must be a map, not %s",
			      node_kind_name(match->kind));
	if (reader->compat) { /* the original looks for groups in these four fields only */
		for (int i = 0; i < N_PATTERN_FIELDS; i++) {
			const struct node *field = node_get(match, pattern_field_names[i]);
			struct str text;
			if (!field || field->kind == NODE_NULL)
				continue;
			if (reader_text(reader, field, pattern_field_names[i], &text, err))
				return -1;
			group_refs_collect(text, &rule->refs);
		}
	}
	node_foreach(child, match)
		if (match_key_read(reader, child, rule, err))
			return -1;

	autobuf struct buf text = {0};
	json_write(&text, match, JSON_COMPACT);
	rule->text = xstrdup(buf_text(&text));
	return reader->compat ? 0 : refs_check(rule, match, err);
}

/* ---- the rest of the rule ---- */

static int actions_read(const struct accounts_reader *reader, const struct node *list,
			struct rule *rule, struct err *err)
{
	if (list->kind != NODE_LIST)
		return err_at(err, list->pos, "actions must be a list, not %s",
			      node_kind_name(list->kind));
	if (list->children.n > LIMIT_RULE_ACTIONS)
		return err_at(err, list->pos, "more than %u actions in one rule",
			      LIMIT_RULE_ACTIONS);
	node_foreach(child, list) {
		struct str action;
		if (reader_text(reader, child, "an action", &action, err))
			return -1;
		const char *near = str_nearest(action.ptr, known_actions);
		if (near && !str_is(action, near))
			reader_warn(reader, child->pos, "nobody asks for '%s', did you mean '%s'?",
				    action.ptr, near);
		strlist_add_str(&rule->actions, action);
	}
	return 0;
}

static void warn_nameless(const struct accounts_reader *reader, const struct rule *rule)
{
	if (!rule->patterns[FIELD_TYPE] && !rule->patterns[FIELD_NAME] &&
	    strlist_has(&rule->actions, "*"))
		reader_warn(reader, rule->pos,
			    "a rule without type and name gives the list of all repositories too");
}

int rule_read(const struct accounts_reader *reader, const struct node *node, struct rule *rule,
	      struct err *err)
{
	if (node->kind != NODE_MAP)
		return err_at(err, node->pos, "a rule must be a map, not %s",
			      node_kind_name(node->kind));

	const struct node *match = node_get(node, "match");
	const struct node *actions = node_get(node, "actions");
	const struct node *comment = node_get(node, "comment");
	struct str text = {0};

	rule->pos = reader_pos(reader, node->pos);
	node_foreach(child, node) {
		if (child == match || child == actions || child == comment)
			continue;
		if (reader_unknown_key(reader, child, rule_keys, "a rule", err))
			return -1;
	}
	if (!match || match->kind == NODE_NULL)
		return err_at(err, node->pos, "a rule without match ({} matches everything)");
	if (!actions || actions->kind == NODE_NULL)
		return err_at(err, node->pos, "a rule without actions ([] denies)");
	if (comment && comment->kind != NODE_NULL &&
	    reader_text(reader, comment, "comment", &text, err))
		return -1;
	rule->comment = text.ptr ? str_dup(text) : NULL;
	if (match_read(reader, match, rule, err) || actions_read(reader, actions, rule, err))
		return -1;
	warn_nameless(reader, rule);
	return 0;
}

void rule_done(struct rule *rule)
{
	for (int i = 0; i < N_PATTERN_FIELDS; i++)
		pattern_free(rule->patterns[i]);
	for (size_t i = 0; i < rule->n_labels; i++)
		pattern_free(rule->labels[i].pattern);
	free(rule->labels);
	vec_done(&rule->refs);
	strlist_done(&rule->actions);
	free(rule->comment);
	free(rule->text);
	*rule = (struct rule){0};
}

/* ---- deciding ---- */

/* The values of the groups of one field's regex, where the rule asks for them. */
static enum match capture(const struct rule *rule, bool compat, enum pattern_field field,
			  struct pattern_values *values)
{
	struct str groups[LIMIT_REGEX_GROUPS + 2] = {0};
	const struct pattern *pattern = rule->patterns[field];
	enum match match = pattern_capture(pattern, values->fields[field], values, groups);

	if (match != MATCH_YES)
		return match;
	for (size_t i = 0; i < rule->refs.n; i++) {
		const struct group_ref *ref = &rule->refs.items[i];
		if (ref->field != field || ref->index > pattern_n_groups(pattern))
			continue;
		values->groups[i] = groups[ref->index];
		if (compat && !values->groups[i].ptr)
			values->groups[i] = STR("");
	}
	return match;
}

static bool has_ref_to(const struct rule *rule, enum pattern_field field)
{
	bool has = false;
	vec_foreach(ref, &rule->refs)
		has = has || ref->field == field;
	return has;
}

static enum match captures(const struct rule *rule, bool compat, struct pattern_values *values)
{
	for (int i = 0; i < N_PATTERN_FIELDS; i++) {
		const struct pattern *pattern = rule->patterns[i];
		if (!has_ref_to(rule, (enum pattern_field)i) || !pattern ||
		    !pattern_is_regex(pattern))
			continue;
		enum match match = capture(rule, compat, (enum pattern_field)i, values);
		/* The original keeps the variable as text when its own field does not match, and
		 * looks at the field with its variables later. */
		if (match == MATCH_BOUND || (match == MATCH_NO && !compat))
			return match;
	}
	return MATCH_YES;
}

static enum match label_matches(const struct rule_label *wanted, struct pattern_values *values)
{
	const struct label *label = labels_find(values->labels, wanted->name);
	enum match best = MATCH_NO;

	for (size_t i = 0; label && i < label->n; i++) {
		enum match match = pattern_matches(wanted->pattern, label->values[i], values);
		if (match == MATCH_YES)
			return match;
		if (match == MATCH_BOUND)
			best = match;
	}
	return best;
}

enum match rule_matches(const struct rule *rule, bool compat, const struct sockaddr_storage *ip,
			struct pattern_values *values)
{
	struct str few[8] = {0};
	autofree struct str *many =
		rule->refs.n > ARRAY_LEN(few) ? xcalloc(rule->refs.n, sizeof(*many)) : NULL;

	if (rule->has_ip && !address_range_has(&rule->ip, ip))
		return MATCH_NO;
	values->refs = &rule->refs;
	values->groups = many ? many : few;
	enum match result = captures(rule, compat, values);
	if (result != MATCH_YES)
		return result;
	for (int i = 0; i < N_PATTERN_FIELDS; i++) {
		if (!rule->patterns[i])
			continue;
		enum match match = pattern_matches(rule->patterns[i], values->fields[i], values);
		if (match == MATCH_NO)
			return MATCH_NO;
		result = match == MATCH_BOUND ? match : result;
	}
	for (size_t i = 0; i < rule->n_labels; i++) {
		enum match match = label_matches(&rule->labels[i], values);
		if (match == MATCH_NO)
			return MATCH_NO;
		result = match == MATCH_BOUND ? match : result;
	}
	return result;
}
