/* output.h - results as docker prints them: aligned tables, JSON, Go templates.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "doc/node.h"

struct column {
	const char *field;  /* in the row's map, and in --format: "ID" */
	const char *header; /* "IMAGE ID" */
	bool by_default;    /* in the table when there is no --format */
};

/* Prints a list of maps to stdout.
 *   columns  all fields that rows have; ends with {0}; the order is the table's
 *   format   NULL or "table": the default columns; "table TEMPLATE": a table of that; "json": a
 *            compact object a line; else a Go template a line
 * An unknown field in the template is ERR_INPUT and prints nothing. */
int output_rows(const struct column *columns, const char *format, const struct node *rows,
		struct err *err) must_check;
/* One object (inspect): NULL or "json": indented JSON; else a template and a newline. */
int output_object(const char *format, const struct node *object, struct err *err) must_check;
/* Writes text to stdout; a full disk or closed pipe is an error. */
int output_text(const char *text, struct err *err) must_check;
int output_flush(struct err *err) must_check;
