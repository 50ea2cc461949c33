/* output.c - what a template prints: into the one buffer, escaped, captured, bounded.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/vec.h"
#include "tmpl/filter_private.h"
#include "tmpl/interp_private.h"

#include "base/banned.h"

/* More output runs than any file of states has: from there on places are those of the last one. */
#define SPANS_MAX ((size_t)1 << 20)

static int out_check(const struct interp *interp, struct err *err)
{
	if (!interp->out.overflowed)
		return 0;
	return err_set(err, ERR_LIMIT, "a template prints more than %zu MiB", LIMIT_OUTPUT >> 20);
}

int out_text(struct interp *interp, struct str text, struct err *err)
{
	buf_append(&interp->out, text.ptr, text.len);
	return out_check(interp, err);
}

int out_value(struct interp *interp, struct value v, struct err *err)
{
	bool escaped = interp->now.autoescape && !(v.flags & VALUE_MARKUP);
	struct value string = v;

	if (v.kind == VALUE_STRING && !escaped)
		return out_text(interp, value_bytes(v), err);
	if (!escaped)
		return value_print(interp->heap, v, &interp->out, err) ? -1
								       : out_check(interp, err);
	if (v.kind != VALUE_STRING && value_str(interp->heap, v, &string, err))
		return -1;
	if (string.flags & VALUE_MARKUP)
		return out_text(interp, value_bytes(string), err);
	markup_escape(&interp->out, value_bytes(string));
	return out_check(interp, err);
}

/* Whether the last span begins there too: it printed nothing. */
static bool span_is_empty(const struct rendered *rendered, size_t offset)
{
	size_t n = rendered->spans.n;

	return n && rendered->spans.items[n - 1].offset == offset;
}

void out_mark(struct interp *interp, struct mark mark, bool is_text)
{
	struct rendered *rendered = interp->rendered;

	if (interp->n_captures || !rendered || rendered->spans.n >= SPANS_MAX)
		return;
	struct output_span span = {interp->out.len, interp->now.template, mark, is_text};
	if (span_is_empty(rendered, span.offset))
		rendered->spans.items[rendered->spans.n - 1] = span;
	else
		vec_push(&rendered->spans, span);
}

size_t capture_begin(struct interp *interp)
{
	interp->n_captures++;
	return interp->out.len;
}

struct value capture_end(struct interp *interp, size_t begin)
{
	struct str text = {buf_text(&interp->out) + begin, interp->out.len - begin};
	struct value v = value_text(interp->heap, text);

	if (interp->now.autoescape)
		v.flags |= VALUE_MARKUP;
	capture_drop(interp, begin);
	return v;
}

void capture_drop(struct interp *interp, size_t begin)
{
	buf_truncate(&interp->out, begin);
	interp->n_captures--;
}
