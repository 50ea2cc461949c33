/* test_event_line.c - requests as lines: what clients send is bounded and cannot end a line.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/event_line.h"

#include "base/clock.h"
#include "doc/json.h"
#include "service/limits.h"
#include "testing/test.h"

#include "base/banned.h"

#define NOW (INT64_C(1767322985) * NS_PER_SEC + 600000000) /* 2026-01-02T03:03:05.6Z */

static const struct api_event pull = {
	.method = "GET",
	.path = "/v2/team/app/manifests/1.0",
	.status = 200,
	.account = "alice",
	.address = "192.0.2.1",
	.user_agent = "docker/24.0.1 go/1.20",
	.repository = "team/app",
	.reference = "1.0",
	.sent = 1234,
	.duration_ns = 1500000,
	.route = "manifests",
};

TEST(the_access_log_is_the_combined_format)
{
	autobuf struct buf line = {0};

	access_line(&line, &pull, NOW, false);
	CHECK_STR(buf_text(&line),
		  "192.0.2.1 - alice [02/Jan/2026:03:03:05 +0000] \"GET /v2/team/app/manifests/1.0 "
		  "HTTP/1.1\" 200 1234 \"-\" \"docker/24.0.1 go/1.20\" 0.001500\n");
}

TEST(days_of_all_kinds_have_their_dates)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{0, "[01/Jan/1970:00:00:00 +0000]"},
		{68169600, "[29/Feb/1972:00:00:00 +0000]"},
		{951782400, "[29/Feb/2000:00:00:00 +0000]"},
		{951868800, "[01/Mar/2000:00:00:00 +0000]"},
		{1735689599, "[31/Dec/2024:23:59:59 +0000]"},
		{1735689600, "[01/Jan/2025:00:00:00 +0000]"},
		{4107542400, "[01/Mar/2100:00:00:00 +0000]"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf line = {0};
		access_line(&line, &pull, cases[i].seconds * NS_PER_SEC, false);
		if (!strstr(buf_text(&line), cases[i].text))
			test_fail(__FILE__, __LINE__, "no %s in %s", cases[i].text,
				  buf_text(&line));
	}
}

TEST(the_access_log_as_json_has_all_fields)
{
	autobuf struct buf line = {0};
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct node *root = NULL;

	access_line(&line, &pull, NOW, true);
	CHECK_OK(json_parse(&arena, "line", buf_str(&line), &root, &err), &err);
	CHECK_STR(node_get_text(root, "time"), "2026-01-02T03:03:05.6Z");
	CHECK_STR(node_get_text(root, "msg"), "access");
	CHECK_STR(node_get_text(root, "account"), "alice");
	CHECK_STR(node_get_text(root, "agent"), "docker/24.0.1 go/1.20");
	CHECK_STR(node_get_text(root, "repository"), "team/app");
	CHECK_INT(node_get_int(root, "status", 0), 200);
	CHECK_INT(node_get_int(root, "sent", 0), 1234);
}

static const struct api_event hostile = {
	.method = "GE\"T",
	.path = "/v2/\n1.2.3.4 - root \"\\\x80",
	.status = 400,
	.account = "a b\n",
	.address = "192.0.2.1",
	.user_agent = "x\r\nSet-Cookie: y",
	.audit = "login",
	.detail = "wrong\npassword",
	.was_cut = true,
};

TEST(hostile_bytes_stay_inside_of_their_field)
{
	autobuf struct buf line = {0};

	access_line(&line, &hostile, NOW, false);
	CHECK_STR(buf_text(&line),
		  "192.0.2.1 - a\\x20b\\x0a [02/Jan/2026:03:03:05 +0000] \"GE\\\"T "
		  "/v2/\\x0a1.2.3.4 - root \\\"\\\\\\x80 HTTP/1.1\" 400 0 \"-\" "
		  "\"x\\x0d\\x0aSet-Cookie: y\" 0.000000 cut\n");
	buf_truncate(&line, 0);
	audit_line(&line, &hostile, NOW, false);
	CHECK_STR(
		buf_text(&line),
		"audit: login time=2026-01-02T03:03:05.6Z status=400 account=a\\x20b\\x0a address=192.0.2.1 "
		"detail=wrong\\x0apassword agent=x\\x0d\\x0aSet-Cookie:\\x20y\n");
}

TEST(hostile_bytes_are_good_json)
{
	autobuf struct buf line = {0};
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct node *root = NULL;

	access_line(&line, &hostile, NOW, true);
	CHECK_OK(json_parse(&arena, "line", buf_str(&line), &root, &err), &err);
	CHECK(node_get_bool(root, "cut", false));
	buf_truncate(&line, 0);
	audit_line(&line, &hostile, NOW, true);
	CHECK_OK(json_parse(&arena, "line", buf_str(&line), &root, &err), &err);
	CHECK_STR(node_get_text(root, "detail"), "wrong\npassword");
	buf_truncate(&line, 0);
	fault_line(&line, &hostile, "disk\nfull", NOW, true);
	CHECK_OK(json_parse(&arena, "line", buf_str(&line), &root, &err), &err);
	CHECK_STR(node_get_text(root, "level"), "error");
	CHECK_STR(node_get_text(root, "cause"), "disk\nfull");
}

TEST(an_audit_line_names_account_address_and_digest)
{
	autobuf struct buf line = {0};
	struct api_event push = pull;

	push.audit = "push";
	push.status = 201;
	push.detail = "sha256:abc";
	audit_line(&line, &push, NOW, false);
	CHECK_STR(
		buf_text(&line),
		"audit: push time=2026-01-02T03:03:05.6Z status=201 account=alice address=192.0.2.1 repository=team/app "
		"reference=1.0 detail=sha256:abc agent=docker/24.0.1\\x20go/1.20\n");
}

TEST(a_nobody_and_an_unknown_are_told_apart)
{
	autobuf struct buf line = {0};
	struct api_event event = {.audit = "login", .status = 401, .account = ""};

	audit_line(&line, &event, NOW, false);
	CHECK_STR(buf_text(&line),
		  "audit: login time=2026-01-02T03:03:05.6Z status=401 account=-\n");
	buf_truncate(&line, 0);
	event.account = NULL;
	audit_line(&line, &event, NOW, false);
	CHECK_STR(buf_text(&line),
		  "audit: login time=2026-01-02T03:03:05.6Z status=401 account=?\n");
}

TEST(a_long_path_is_cut)
{
	autobuf struct buf line = {0};
	static char path[4 * LIMIT_SERVICE_SHOWN];
	struct api_event event = {.method = "GET", .path = path, .status = 414};

	memset(path, 'p', sizeof(path) - 1);
	access_line(&line, &event, NOW, false);
	CHECK(line.len < LIMIT_SERVICE_SHOWN + 200);
}
