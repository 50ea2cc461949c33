/* head.h - the head of an HTTP/1.1 request: strict, zero-copy, bounded.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 9110, RFC 9112. Whatever two readers could understand differently is refused: see
 * head.c for the list of what a smuggler would use. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_OTHER_METHOD, /* a token that is none of these: 405 or 501 */
	N_HTTP_METHODS,
};
const char *http_method_text(enum http_method method);

struct http_field {
	struct str name;  /* as sent; compare with head_field */
	struct str value; /* trimmed */
};

#define HTTP_BODY_CHUNKED INT64_C(-1)

struct http_head { /* views into the bytes that were parsed */
	enum http_method method;
	struct str method_text;
	struct str target; /* origin form, or absolute form cut down to it; "*" only for OPTIONS */
	struct str host;   /* of the Host field or the absolute form; empty on HTTP/1.0 without */
	unsigned minor;    /* HTTP/1.<minor>: 0 or 1 */
	bool keep_alive;
	bool expects_continue;
	int64_t body_length; /* 0: none; HTTP_BODY_CHUNKED */
	struct http_field *fields;
	size_t n_fields;
};

enum head_state {
	HEAD_DONE,
	HEAD_PARTIAL,   /* more bytes are needed */
	HEAD_BAD,       /* 400: `*ret_why` tells in a few words */
	HEAD_TOO_LARGE, /* 431: too many fields (bytes are the caller's limit) */
	HEAD_VERSION,   /* 505 */
	HEAD_EXPECT,    /* 417: an expectation other than 100-continue */
	HEAD_CODING,    /* 501: a transfer coding other than chunked */
};
/* `fields` has room for max_fields. `scanned` remembers between calls with more of the same bytes
 * how far was looked (start with 0). ret_len: bytes of the head, with the empty line. */
enum head_state head_parse(struct str bytes, struct http_field *fields, size_t max_fields,
			   size_t *scanned, struct http_head *ret_head, size_t *ret_len,
			   const char **ret_why);
/* The value of the first field of that name (case aside); {NULL, 0}: absent. */
struct str head_field(const struct http_head *head, const char *name);
/* How often it stands there: whoever needs exactly one asks. */
size_t head_count(const struct http_head *head, const char *name);
/* All of them, as the one list that they mean (RFC 9110, 5.3), appended: docker sends one Accept
 * for each type. */
struct buf;
void head_join(const struct http_head *head, const char *name, struct buf *buf);
