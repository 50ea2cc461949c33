/* index_page.c - what a browser is shown at the root: whose service this is.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker_auth has one; balancers ask the reference registry's / for its health. */
#include "api/request.h"
#include "base/encode.h"

#include "base/banned.h"

bool index_page_peek(struct request *request)
{
	const char *issuer = access_issuer_name(request->state->policy);
	autobuf struct buf page = {0};
	struct str name = str_of(issuer ? issuer : access_service(request->state->policy));

	buf_puts(&page, "<!DOCTYPE html>\n<html><head><title>");
	html_escape(&page, name);
	buf_puts(&page, "</title></head><body><h1>");
	html_escape(&page, name);
	buf_puts(&page, "</h1></body></html>\n");
	http_add_field(request->x, "Content-Type", "text/html; charset=utf-8");
	http_answer(request->x, 200, page.ptr, page.len);
	return true;
}
