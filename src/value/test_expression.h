/* test_expression.h - Python's expressions, for tables of tests.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "value/call.h"

/* Literals, lists, tuples, dicts, calls of methods, items, slices, operators, and the functions
 * str repr len list bool float range. */
int expression_evaluate(struct heap *heap, const char *text, struct value *ret_value,
			struct err *err);

struct expression_row {
	const char *expression;
	const char *repr; /* of the result; or NULL */
	const char *error;
};
/* Every row, in a heap of its own, with its expectation. */
void expression_check(const struct expression_row *rows, size_t n);
