/* outcome.c - what a state says about itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/function.h"

#include "value/list.h"

#include "base/banned.h"

printf_like(2, 0) static void say(struct outcome *outcome, const char *fmt, va_list args)
{
	if (outcome->comment.len)
		buf_putc(&outcome->comment, '\n');
	buf_vprintf(&outcome->comment, fmt, args);
}

void outcome_fail(struct outcome *outcome, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(outcome, fmt, args);
	va_end(args);
	outcome->result = RESULT_FALSE;
}

void outcome_fail_err(struct outcome *outcome, struct err *err)
{
	outcome_fail(outcome, "%s", err_text(err));
	err_clear(err);
}

void outcome_say(struct outcome *outcome, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(outcome, fmt, args);
	va_end(args);
}

void outcome_pending(struct outcome *outcome, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(outcome, fmt, args);
	va_end(args);
	outcome->result = RESULT_NONE;
}

void outcome_warn(struct heap *heap, struct outcome *outcome, const char *fmt, ...)
{
	va_list args;
	autobuf struct buf text = {0};

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	if (!outcome->warnings)
		outcome->warnings = list_new(heap, 1);
	list_push(heap, outcome->warnings, value_text(heap, buf_str(&text)));
}

void outcome_change(struct heap *heap, struct outcome *outcome, const char *key, struct value v)
{
	if (outcome->changes.kind != VALUE_DICT)
		outcome->changes = value_of_dict(dict_new(heap));
	dict_set(heap, outcome->changes.dict, key, v);
}

void outcome_change_text(struct heap *heap, struct outcome *outcome, const char *key,
			 const char *text)
{
	outcome_change(heap, outcome, key, value_cstr(heap, text));
}

void outcome_change_pair(struct heap *heap, struct outcome *outcome, const char *key,
			 struct value old, struct value new)
{
	struct dict *pair = dict_new(heap);

	dict_set(heap, pair, "old", old);
	dict_set(heap, pair, "new", new);
	outcome_change(heap, outcome, key, value_of_dict(pair));
}

void outcome_done(struct outcome *outcome)
{
	buf_done(&outcome->comment);
}
