/* http_get.h - one request of plain HTTP and its answer.
 * SPDX-License-Identifier: Apache-2.0
 *
 * For a service on this machine or by its number: names are those of /etc/hosts, nobody else is
 * asked. */
#pragma once

#include "state/world.h"

struct http_request {
	const char *method, *url;
	struct str fields; /* "Name: value\r\n"…; empty: none */
	struct str body;
};
struct http_answer {
	unsigned status;
	struct buf text; /* the body, owned */
};

/* As HTTP/1.0, which has no parts and ends with the connection; redirections are followed.
 * ERR_INPUT: no http:// URL; ERR_MISSING: no such name; ERR_SYSTEM: nobody answers, or not in
 * time; ERR_CORRUPT: no HTTP; ERR_LIMIT. */
int http_ask(struct world *world, const struct http_request *request,
	     struct http_answer *ret_answer, struct err *err) must_check;
void http_answer_done(struct http_answer *answer);
