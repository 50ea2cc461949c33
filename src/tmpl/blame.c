/* blame.c - the place of an error, the way to it, and what may have been meant.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/vec.h"
#include "tmpl/interp_private.h"

#include "base/banned.h"

#define NOTES_MAX   20 /* of a chain of calls */
#define KEYS_LISTED 20

struct src_pos place_of(const struct template *template, struct mark mark)
{
	return (struct src_pos){template ? template->file : NULL, mark.line, mark.column};
}

int(fail_here)(struct interp *interp, struct mark mark)
{
	struct failure *failure = &interp->failure;

	if (failure->is_set)
		return -1;
	failure->is_set = true;
	failure->template = interp->now.template;
	failure->mark = mark;
	return -1;
}

void fail_note(struct interp *interp, const struct template *template, struct mark mark,
	       const char *fmt, ...)
{
	struct src_pos at = place_of(template, mark), *noted = &interp->failure.noted;
	va_list args;
	autobuf struct buf text = {0};

	if ((text_eq(at.file, noted->file) && at.line == noted->line &&
	     at.column == noted->column) ||
	    interp->failure.n_notes++ >= NOTES_MAX)
		return;
	*noted = at;
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	diag_note(interp->diag, at, "%s", buf_text(&text));
}

void fail_called(struct interp *interp, struct mark mark)
{
	struct failure *failure = &interp->failure;

	if (!failure->in_macro)
		return;
	if (failure->macro)
		fail_note(interp, interp->now.template, mark, "in macro '%s'", failure->macro);
	else
		fail_note(interp, interp->now.template, mark, "in the body of a call block");
	failure->in_macro = false;
}

static void hint(struct interp *interp, const char *text)
{
	diag_note(interp->diag, (struct src_pos){0}, "%s", text);
}

void hint_nearest(struct interp *interp, const char *word, const char *const *names)
{
	const char *nearest = str_nearest(word, names);
	autofree char *text = NULL;

	if (!nearest)
		return;
	text = xasprintf("did you mean '%s'?", nearest);
	hint(interp, text);
}

struct word_list {
	const char **items;
	size_t n, cap;
};

static void word_add(struct word_list *words, const char *word)
{
	vec_push(words, word);
}

static void words_of_dict(struct heap *heap, const struct dict *dict, struct word_list *words)
{
	if (!dict)
		return;
	dict_foreach(entry, dict)
	{
		if (entry->key.kind == VALUE_STRING)
			word_add(words, heap_strdup(heap, value_bytes(entry->key)));
	}
}

static void hint_variable(struct interp *interp, const char *name)
{
	struct word_list words = {0};

	for (struct scope *scope = interp->now.scope; scope; scope = scope->parent)
		for (uint32_t i = 0; i < scope->n; i++)
			word_add(&words, scope->variables[i].name);
	words_of_dict(interp->heap, interp->now.rendering->context, &words);
	words_of_dict(interp->heap, interp->engine->globals, &words);
	word_add(&words, NULL);
	hint_nearest(interp, name, words.items);
	vec_done(&words);
}

static void hint_key(struct interp *interp, struct value container, const char *name)
{
	struct word_list words = {0};
	autobuf struct buf text = {0};

	if (container.kind != VALUE_DICT)
		return;
	words_of_dict(interp->heap, container.dict, &words);
	size_t n = words.n;
	word_add(&words, NULL);
	hint_nearest(interp, name, words.items);
	for (size_t i = 0; i < n && i < KEYS_LISTED; i++)
		buf_printf(&text, "%s%s", i ? ", " : "it has: ", words.items[i]);
	if (n > KEYS_LISTED)
		buf_printf(&text, ", and %zu more", n - KEYS_LISTED);
	hint(interp, n ? buf_text(&text) : "it is empty");
	vec_done(&words);
}

/* Only what can be looked at twice: names, and constant parts of them. */
static bool is_plain_path(const struct expr *expr)
{
	for (;; expr = expr->of) {
		if (expr->kind == EXPR_NAME)
			return true;
		if (expr->kind == EXPR_ITEM && expr->index->kind != EXPR_CONST)
			return false;
		if (expr->kind != EXPR_ATTRIBUTE && expr->kind != EXPR_ITEM)
			return false;
	}
}

int(fail_operand)(struct interp *interp, const struct expr *operand, struct value v)
{
	autoerr struct err err = {0};
	struct value container;

	if (interp->failure.is_set || v.kind != VALUE_UNDEFINED)
		return -1;
	fail_here(interp, operand->mark);
	if (operand->kind == EXPR_NAME) {
		if (text_eq(v.why->name, operand->name))
			hint_variable(interp, operand->name);
		return -1;
	}
	if (!v.why->name || (operand->kind != EXPR_ATTRIBUTE && operand->kind != EXPR_ITEM) ||
	    !is_plain_path(operand->of))
		return -1;
	if (eval(interp, operand->of, &container, &err) == 0)
		hint_key(interp, container, v.why->name);
	return -1;
}
