/* request.h - one JSON text read in place: strict, bounded, without memory.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The grammar is RFC 8259's with less: no duplicate names in an object, no \u0000, no invalid
 * UTF-8, nothing behind the value but blanks, LIMIT_CONTROL_DEPTH levels. Strings are unescaped
 * where they stand (an escape is never shorter than what it means) and end with NUL in place of
 * their closing quote. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json_node {
	enum json_type type;
	uint32_t span;    /* nodes of this value with all that is in it: the next one follows */
	uint32_t n;       /* of an array or object: items, or names; else bytes of text */
	const char *text; /* strings and numbers as written, ends with NUL */
};

/* Reads `line` (len bytes and room for a NUL; it is changed) to at most `max` nodes, the whole
 * value first; in an object each name stands in front of its value. Returns the number of nodes, or
 * -1 with *ret_problem: static text. */
int json_read(char *line, size_t len, struct json_node *nodes, size_t max,
	      const char **ret_problem);
/* The value of a name; NULL: not there, or `object` is NULL or no object. */
const struct json_node *json_member(const struct json_node *object, const char *name);
/* The first value in an array, the first name in an object; then from one to the next.
 * NULL: no more. */
const struct json_node *json_first(const struct json_node *node);
const struct json_node *json_next(const struct json_node *of, const struct json_node *node);
const char *json_text(const struct json_node *node); /* NULL: no string */
bool json_is_true(const struct json_node *node);
bool json_integer(const struct json_node *node, int64_t *ret_value); /* whole, in range */
bool json_seconds(const struct json_node *node, int64_t *ret_ns);    /* 0 to ten years, 1.5 too */

/* {"id": …, "command": "…", "msg_type": "cast", "properties": {…}} */
struct request {
	const struct json_node *id; /* text, number or null; NULL: none */
	const char *command;
	bool is_cast;                       /* nobody wants an answer */
	const struct json_node *properties; /* an object, or NULL */
};
enum request_fault { /* errno of an answer, as circus numbers them */
		     REQUEST_FINE = 0,
		     REQUEST_NOT_JSON = 1,
		     REQUEST_UNKNOWN = 2,
		     REQUEST_MESSAGE = 3,
		     REQUEST_SYSTEM = 4,
		     REQUEST_COMMAND = 5,
		     REQUEST_BAD = 6,
};
/* *ret_problem: static text. */
enum request_fault request_read(char *line, size_t len, struct json_node *nodes, size_t max,
				struct request *ret_request, const char **ret_problem);
