/* test_health_request.c - plain requests are taken, all others refused with the right status.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/health_request.h"

#include "testing/test.h"

#define HOST "Host: x\r\n"

static const struct {
	const char *bytes;
	int status;
	const char *path;
	bool is_head;
} cases[] = {
	{"GET /healthz HTTP/1.1\r\n" HOST "\r\n", 200, "/healthz", false},
	{"HEAD /readyz HTTP/1.1\r\n" HOST "\r\n", 200, "/readyz", true},
	{"GET /metrics?name[]=x HTTP/1.1\r\n" HOST "\r\n", 200, "/metrics", false},
	{"GET / HTTP/1.0\r\n\r\n", 200, "/", false},
	{"GET / HTTP/1.1\r\nhost:x\r\nAccept: a, b\t\r\nContent-Length: 0\r\n\r\n", 200, "/",
	 false},
	{"GET / HTTP/1.1\r\n" HOST "\r\nmore that nobody asked for", 200, "/", false},
	{"GET / HTTP/1.1\r\n" HOST, 0, NULL, false},
	{"", 0, NULL, false},
	{"POST / HTTP/1.1\r\n" HOST "\r\n", 405, NULL, false},
	{"get / HTTP/1.1\r\n" HOST "\r\n", 405, NULL, false},
	{"GET / HTTP/2.0\r\n" HOST "\r\n", 505, NULL, false},
	{"GET / HTTP/1.1\r\n\r\n", 400, NULL, false},
	{"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400, NULL, false},
	{"GET  / HTTP/1.1\r\n" HOST "\r\n", 400, NULL, false},
	{"GET / HTTP/1.1 \r\n" HOST "\r\n", 505, NULL, false},
	{"GET /a b HTTP/1.1\r\n" HOST "\r\n", 400, NULL, false},
	{"GET http://x/ HTTP/1.1\r\n" HOST "\r\n", 400, NULL, false},
	{"GET * HTTP/1.1\r\n" HOST "\r\n", 400, NULL, false},
	{"GET /\x01 HTTP/1.1\r\n" HOST "\r\n", 400, NULL, false},
	{"GET /\r\n\r\n", 400, NULL, false},
	{"\r\n\r\n", 400, NULL, false},
	{"\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400, NULL, false},
	{"GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n", 400, NULL, false},
	{"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400, NULL, false},
	{"GET / HTTP/1.1\r\nHost x\r\n\r\n", 400, NULL, false},
	{"GET / HTTP/1.1\r\n: x\r\n" HOST "\r\n", 400, NULL, false},
	{"GET / HTTP/1.1\nHost: x\r\n\r\n", 505, NULL, false},
	{"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400, NULL, false},
	{"GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400, NULL, false},
	{"GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n", 400, NULL, false},
	{"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400, NULL, false},
};

TEST(health_request_is_strict)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct health_request request = {0};
		int status = health_request_parse(str_of(cases[i].bytes), 4096, &request);
		if (status != cases[i].status)
			test_fail(__FILE__, __LINE__, "'%s': %d", cases[i].bytes, status);
		if (status != 200)
			continue;
		CHECK(str_is(request.path, cases[i].path));
		CHECK_INT(request.is_head, cases[i].is_head);
	}
}

TEST(health_request_with_a_nul_inside_is_refused)
{
	static const char in_path[] = "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n";
	static const char in_name[] = "GET / HTTP/1.1\r\nHost\0: x\r\n\r\n";
	struct health_request request;
	CHECK_INT(health_request_parse((struct str){in_path, sizeof(in_path) - 1}, 4096, &request),
		  400);
	CHECK_INT(health_request_parse((struct str){in_name, sizeof(in_name) - 1}, 4096, &request),
		  400);
}

TEST(health_request_without_an_end_is_too_large)
{
	char bytes[64];
	struct health_request request;
	memset(bytes, 'x', sizeof(bytes));
	CHECK_INT(health_request_parse((struct str){bytes, 63}, 64, &request), 0);
	CHECK_INT(health_request_parse((struct str){bytes, 64}, 64, &request), 431);
}
