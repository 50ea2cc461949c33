/* file_template.c - contents of files that are templates.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_template.h"

#include "state/compile.h"
#include "states/file_text.h"
#include "value/list.h"

#include "base/banned.h"

#define LINES_AROUND 5 /* before and behind the one that is wrong, as the reference shows them */

bool template_wanted(const struct template_request *request)
{
	static const char *const none[] = {"", "None", "none", "False", "false", "null"};

	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		if (str_is(request->engine, none[i]))
			return false;
	return true;
}

static bool is_dict_or_none(struct value v)
{
	return v.kind == VALUE_DICT || v.kind == VALUE_NONE || v.kind == VALUE_UNDEFINED;
}

bool file_template_check(const struct template_request *request, struct outcome *outcome)
{
	if (!is_dict_or_none(request->context))
		outcome_fail(outcome, "Context must be formed as a dict");
	else if (!is_dict_or_none(request->defaults))
		outcome_fail(outcome, "Defaults must be formed as a dict");
	else if (template_wanted(request) && !str_is(request->engine, "jinja"))
		outcome_fail(outcome, "Specified template format %.*s is not supported",
			     STR_ARG(request->engine));
	else
		return true;
	return false;
}

/* The values under everything else, the call's own words, defaults and context, in this order. */
static struct dict *make_context(struct state_call *call, const struct template_request *request)
{
	struct heap *heap = call->heap;
	struct dict *context = dict_new(heap);
	struct dict *charged = call->world->accumulators;
	const struct {
		const char *name;
		struct str text;
	} words[] = {{"user", request->user}, {"group", request->group}, {"mode", request->mode}};

	dict_set(heap, context, "name", value_cstr(heap, request->name));
	dict_set(heap, context, "source",
		 request->source ? value_cstr(heap, request->source) : value_none());
	dict_set(heap, context, "saltenv", value_literal("base"));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		dict_set(heap, context, words[i].name,
			 words[i].text.len ? value_text(heap, words[i].text) : value_none());
	if (call->extra)
		dict_update(heap, context, call->extra);
	if (request->defaults.kind == VALUE_DICT)
		dict_update(heap, context, request->defaults.dict);
	if (request->context.kind == VALUE_DICT)
		dict_update(heap, context, request->context.dict);
	const struct value *accumulator = charged ? dict_get(charged, request->name) : NULL;
	if (accumulator)
		dict_set(heap, context, "accumulator", *accumulator);
	return context;
}

/* The lines around the one that is wrong, which is marked, between two "---". */
static void write_lines(struct str text, uint32_t line, struct buf *buf)
{
	uint32_t first = line > LINES_AROUND + 1 ? line - LINES_AROUND : 1;
	struct str one;
	uint32_t n = 0;

	buf_puts(buf, "\n\n---\n");
	if (first > 1)
		buf_puts(buf, "[...]\n");
	while (line_next(&text, &one)) {
		if (++n < first)
			continue;
		if (n > line + LINES_AROUND) {
			buf_puts(buf, "[...]\n");
			break;
		}
		buf_append_str(buf, line_without_end(one));
		buf_puts(buf, n == line ? "    <======================\n" : "\n");
	}
	buf_puts(buf, "---");
}

/* What the reference puts in front, by what it is about. */
static const char *prefix_of(const char *message)
{
	return text_starts(message, "Jinja ") ? "" : jinja_phrase(message);
}

static void tell_failure(const struct diag *diag, const char *file, struct str text,
			 struct outcome *outcome)
{
	autobuf struct buf buf = {0};
	const char *message = diag->message ? diag->message : "the template fails";

	buf_printf(&buf, "Unable to manage file: %s%s", prefix_of(message), message);
	if (diag->at.line) {
		buf_printf(&buf, "; line %u", (unsigned)diag->at.line);
		if (text_eq(diag->at.file, file))
			write_lines(text, diag->at.line, &buf);
		else if (diag->snippet)
			buf_printf(&buf, "\n\n---\n%s---", diag->snippet);
		buf_printf(&buf, "\nat %s:%u:%u", diag->at.file ? diag->at.file : file,
			   (unsigned)diag->at.line, (unsigned)diag->at.column);
	}
	for (size_t i = 0; i < diag->notes.n; i++) {
		const struct diag_note *note = &diag->notes.items[i];
		buf_printf(&buf, "\n%s", note->text);
		if (note->at.file)
			buf_printf(&buf, " at %s:%u:%u", note->at.file, (unsigned)note->at.line,
				   (unsigned)note->at.column);
	}
	outcome_fail(outcome, "%s", buf_text(&buf));
}

bool template_render(struct state_call *call, const struct template_request *request,
		     struct str text, struct str *ret_text, struct outcome *outcome)
{
	autodiag struct diag diag = {0};
	const char *name = request->source ? request->source : request->name;
	const char *file = request->file ? request->file : name;

	if (text_starts(name, "salt://"))
		name += strlen("salt://");
	if (world_render(call->world, name, file, text, make_context(call, request), ret_text,
			 &diag) == 0)
		return true;
	tell_failure(&diag, file, text, outcome);
	return false;
}
