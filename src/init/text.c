/* text.c - text into memory of a fixed size: what does not fit is cut and remembered.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/text.h"

#include <stdio.h>

#include "base/banned.h"

void text_add(struct text *text, const char *fmt, ...)
{
	if (text->is_cut)
		return;
	va_list args;
	va_start(args, fmt);
	int len = vsnprintf(text->at + text->len, text->size - text->len, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= text->size - text->len) {
		text->is_cut = true;
		if (text->size > text->len)
			text->at[text->len] = '\0';
		return;
	}
	text->len += (size_t)len;
}
