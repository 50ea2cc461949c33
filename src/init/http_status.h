/* http_status.h - the status of an HTTP/1 answer, read as it comes, and nothing else of it.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 9112 section 4; interim answers (1xx) are passed over, RFC 9110 section 15.2. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct http_status {   /* zeroed: at the start */
	unsigned seen; /* bytes of the status line that were looked at */
	unsigned code;
	bool in_fields; /* of an interim answer */
	bool at_line_start;
	size_t total;
};
/* 0: more is needed; -1: this is no HTTP/1 answer; else the status, 200-999. */
int http_status_feed(struct http_status *status, const char *bytes, size_t len);
