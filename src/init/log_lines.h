/* log_lines.h - bytes of a pipe, in whatever chunks they come, to lines.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A line longer than LIMIT_LOG_LINE comes in pieces of that size; a piece never ends inside a
 * UTF-8 sequence. The lines do not depend on the chunks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct log_carry {
	char *bytes; /* LIMIT_LOG_LINE of them, or NULL as long as nothing is kept */
	size_t len;
	size_t taken; /* of len, at the front: went out with the last line */
};

struct log_line {
	struct str text; /* valid until the next call with this carry */
	bool is_piece;   /* it goes on in the next one: no newline stood here */
};

/* Takes the next line off what is carried and *rest. false: none is complete; what is there,
 * *rest included, then fits into the carry. */
bool log_line_take(struct log_carry *carry, struct str *rest, struct log_line *ret_line);
/* After false: keeps what is left of *rest. carry->bytes must be there. */
void log_line_keep(struct log_carry *carry, struct str rest);
