/* spans.c - from a byte of the output to the template that it came from.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "tmpl/interp_private.h"

#include "base/banned.h"

void rendered_done(struct rendered *rendered)
{
	vec_done(&rendered->spans);
}

/* The last span that begins at or before `offset`; NULL: none does. */
static const struct output_span *span_at(const struct rendered *rendered, size_t offset)
{
	size_t low = 0, high = rendered->spans.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (rendered->spans.items[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &rendered->spans.items[low - 1] : NULL;
}

struct src_pos rendered_place(const void *arg, size_t offset, uint32_t line, uint32_t column)
{
	/* Asked with growing offsets: the walk through a long span goes on where it stood. */
	struct rendered *rendered = (struct rendered *)(uintptr_t)arg;
	const struct output_span *span = span_at(rendered, offset);
	struct src_pos at = {0};

	if (!span)
		return at;
	at = place_of(span->template, span->mark);
	if (!span->is_text)
		return at;
	/* The end of the file is the end of its last line: there is text there to be shown. */
	size_t end = rendered->text.len;
	if (offset >= end && end && rendered->text.ptr[end - 1] == '\n')
		end--;
	size_t i = span->offset;
	if (rendered->last.at.line && rendered->last.offset >= i &&
	    rendered->last.offset <= offset && rendered->last.span == span) {
		i = rendered->last.offset;
		at = rendered->last.at;
	}
	for (; i < offset && i < end; i++) {
		at.column++;
		if (rendered->text.ptr[i] == '\n') {
			at.line++;
			at.column = 1;
		}
	}
	rendered->last.span = span;
	rendered->last.offset = i;
	rendered->last.at = at;
	return at;
}

struct str rendered_source(const struct rendered *rendered, size_t offset)
{
	const struct output_span *span = span_at(rendered, offset);

	return span ? span->template->text : (struct str){0};
}
