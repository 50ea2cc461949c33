/* health_request.h - the head of a request for /healthz, /readyz or /metrics: strict and small.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 9112. Whatever is not plainly a GET or HEAD without a body is refused. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

struct health_request {
	bool is_head;
	struct str path; /* without the query; a view into the bytes */
};
/* 0: more bytes are needed; 200: parsed; else the status to refuse with: 400, 405 (another method),
 * 431 (`max` bytes and no end), 505. */
int health_request_parse(struct str bytes, size_t max, struct health_request *ret_request);
