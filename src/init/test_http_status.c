/* test_http_status.c - a status, however the bytes come.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/http_status.h"

#include "testing/test.h"

static const struct {
	const char *text;
	int status;
} cases[] = {
	{"HTTP/1.1 200 OK\r\n", 200},
	{"HTTP/1.0 404 Not Found\r\n", 404},
	{"HTTP/1.1 204\r\n", 204},
	{"HTTP/1.1 503\n", 503},
	{"HTTP/1.1 200", 0},
	{"HTTP/1.", 0},
	{"", 0},
	{"HTTP/1.1 2000 OK\r\n", -1},
	{"HTTP/1.1 20 OK\r\n", -1},
	{"HTTP/1.1 099 No\r\n", -1},
	{"HTTP/2 200\r\n", -1},
	{"http/1.1 200 OK\r\n", -1},
	{"SSH-2.0-OpenSSH_9\r\n", -1},
	{"\x15\x03\x01", -1},
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 301 Moved\r\n", 301},
	{"HTTP/1.1 103 Early Hints\r\nLink: x\r\nMore: y\r\n\r\nHTTP/1.1 200 OK\r\n", 200},
	{"HTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 200 OK\r\n", 200},
	{"HTTP/1.1 103 Early Hints\r\nLink: x\r\n", 0},
	{"HTTP/1.1 100 Continue\r\n\r\ngarbage", -1},
};

TEST(http_status_is_the_same_at_once_and_byte_by_byte)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].text);
		struct http_status status = {0};
		int found = http_status_feed(&status, cases[i].text, len);
		if (found != cases[i].status)
			test_fail(__FILE__, __LINE__, "'%s': %d", cases[i].text, found);
		status = (struct http_status){0};
		found = 0;
		for (size_t k = 0; k < len && found == 0; k++)
			found = http_status_feed(&status, cases[i].text + k, 1);
		CHECK_INT(found, cases[i].status);
	}
}

TEST(http_status_does_not_wait_for_ever)
{
	static const char field[] = "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n";
	struct http_status status = {0};
	CHECK_INT(http_status_feed(&status, "HTTP/1.1 103 Wait\r\n", 19), 0);
	int found = 0;
	for (int i = 0; i < 1000 && found == 0; i++)
		found = http_status_feed(&status, field, sizeof(field) - 1);
	CHECK_INT(found, -1);
}
