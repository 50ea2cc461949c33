/* test_token_service.c - what the token service gives to whom, in which form.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution, spec/auth/token.md and oauth.md; docker_auth. */
#include "api/test_fixture.h"

#include "base/encode.h"
#include "doc/json.h"

TEST(the_token_service_answers_as_docker_auth_does)
{
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	test_word(&test, "alice", test_basic(&test, "alice", "secret"));
	test_word(&test, "wrong", test_basic(&test, "alice", "nope"));
	test_word(&test, "auth-failed",
		  "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"Auth failed.\","
		  "\"detail\":null}]}");
	static const struct row rows[] = {
		{"login", "GET /auth?account=alice&service=registry.test&offline_token=true",
		 "{alice}", NULL, 200, "Content-Type: application/json\nCache-Control: no-store",
		 "\"expires_in\":300,\"issued_at\":\"20"},
		{"on the other paths", "GET /token", "{alice}", NULL, 200, NULL, "\"token\":\""},
		{"and the third", "GET /auth/token/", "{alice}", NULL, 200, NULL,
		 "\"access_token\":\""},
		{"posted", "POST /auth", NULL,
		 "grant_type=password&username=alice&password=secret&service=registry.test", 200,
		 NULL, "\"access_token\":\""},
		{"posted as docker_auth takes it", "POST /auth?service=registry.test", NULL,
		 "username=alice&password=secret", 200, NULL, "\"token\":\""},
		{"posted wrong", "POST /auth", NULL,
		 "grant_type=password&username=alice&password=nope", 401,
		 "WWW-Authenticate: Basic realm=\"Test \\\"issuer\\\" <1>\"", "{auth-failed}"},
		{"wrong", "GET /auth", "{wrong}", NULL, 401,
		 "WWW-Authenticate: Basic realm=\"Test \\\"issuer\\\" <1>\"", "{auth-failed}"},
		{"another account", "GET /auth?account=bob", "{alice}", NULL, 400, NULL,
		 "user and account are not the same"},
		{"an account without a password", "GET /auth?account=bob", NULL, NULL, 401, NULL,
		 "{auth-failed}"},
		{"a bad scope", "GET /auth?scope=repository:x", "{alice}", NULL, 400, NULL,
		 "invalid scope"},
		{"a trailing blank", "GET /auth?scope=repository:x:pull+", "{alice}", NULL, 400,
		 NULL, "invalid scope"},
		{"unknown grant", "POST /auth", NULL, "grant_type=device_code", 400, NULL,
		 "unsupported grant_type"},
		{"a forged refresh token", "POST /auth", NULL,
		 "grant_type=refresh_token&refresh_token=a.b.c", 401, NULL, "{auth-failed}"},
		{"nobody", "GET /auth", NULL, NULL, 200, NULL, "\"token\":\""},
		{"delete", "DELETE /auth", NULL, NULL, 405, "Allow: GET, HEAD, POST", NULL},
		{"elsewhere", "GET /auth/other", NULL, NULL, 404, NULL, NULL},
	};
	TEST_ROWS(&test, rows);

	autobuf struct buf form = {0};
	while (form.len <= (16u << 10))
		buf_puts(&form, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=&");
	CHECK_INT(test_call(&test, "POST /auth", NULL, buf_str(&form)).status, 413);
}

/* The claims of a token, as text. */
static const char *claims_of(struct api_test *test, const struct reply *reply, const char *member)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf text = {0}, claims = {0};
	struct node *root = NULL;

	CHECK_OK(json_parse(&arena, "token", reply->body, &root, &err), &err);
	struct str rest = str_of(node_get_text(root, member));
	str_cut(&rest, '.');
	buf_append_str(&text, str_cut(&rest, '.'));
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '-' || text.ptr[i] == '_')
			text.ptr[i] = (char)(text.ptr[i] == '-' ? '+' : '/');
	while (text.len % 4)
		buf_putc(&text, '=');
	CHECK(base64_decode(&claims, buf_str(&text)));
	return arena_strdup(&test->arena, buf_text(&claims));
}

TEST(less_is_granted_and_not_refused)
{
	static const struct {
		const char *auth, *query, *access;
	} cases[] = {
		{"{alice}", "", "\"access\":[]"},
		{"{alice}", "&scope=repository:team/x:push,pull,delete",
		 "\"access\":[{\"type\":\"repository\",\"name\":\"team/x\",\"actions\":[\"pull\","
		 "\"push\"]}]"},
		{"{alice}", "&scope=repository:other:pull",
		 "\"access\":[{\"type\":\"repository\",\"name\":\"other\",\"actions\":[]}]"},
		{"{alice}", "&scope=repository:alice/x:*",
		 "\"access\":[{\"type\":\"repository\",\"name\":\"alice/x\",\"actions\":[\"*\"]}]"},
		{"{alice}", "&scope=repository:team/x:pull+repository:alice/y:pull",
		 "{\"type\":\"repository\",\"name\":\"alice/y\",\"actions\":[\"pull\"]}]"},
		{"{alice}", "&scope=registry:catalog:*",
		 "{\"type\":\"registry\",\"name\":\"catalog\",\"actions\":[\"*\"]}"},
		{"", "&scope=repository:public/x:pull,push",
		 "{\"type\":\"repository\",\"name\":\"public/x\",\"actions\":[\"pull\"]}"},
		{"{alice}", "", "\"sub\":\"alice\""},
		{"", "", "\"sub\":\"\""},
		{"", "", "\"aud\":\"registry.test\""},
		{"", "", "\"iss\":\"Test \\\"issuer\\\" <1>\""},
	};
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	test_word(&test, "alice", test_basic(&test, "alice", "secret"));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *line =
			xasprintf("GET /auth?service=registry.test%s", cases[i].query);
		struct reply reply = test_call(&test, line, cases[i].auth, (struct str){0});
		CHECK_INT(reply.status, 200);
		const char *claims = claims_of(&test, &reply, "token");
		if (!strstr(claims, cases[i].access))
			test_fail(__FILE__, __LINE__, "%s: no %s", claims, cases[i].access);
		CHECK_STR(claims, claims_of(&test, &reply, "access_token"));
	}
}

TEST(a_token_for_another_service_is_none_here)
{
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	struct reply reply = test_call(&test, "GET /auth?service=elsewhere",
				       test_basic(&test, "alice", "secret"), (struct str){0});
	CHECK_INT(reply.status, 200);
	CHECK(strstr(claims_of(&test, &reply, "token"), "\"aud\":\"elsewhere\""));
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct node *root = NULL;
	CHECK_OK(json_parse(&arena, "token", reply.body, &root, &err), &err);
	autofree char *auth =
		xasprintf("Authorization: Bearer %s\r\n", node_get_text(root, "token"));
	CHECK_INT(test_call(&test, "GET /v2/", auth, (struct str){0}).status, 401);
}

TEST(a_refresh_token_stands_for_the_password)
{
	autotest struct api_test test;
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct node *root = NULL;

	api_test_start(&test, &test_with_users);
	struct reply reply = test_call(
		&test, "GET /auth?service=registry.test&offline_token=true&client_id=docker",
		test_basic(&test, "alice", "secret"), (struct str){0});
	CHECK_INT(reply.status, 200);
	CHECK_OK(json_parse(&arena, "token", reply.body, &root, &err), &err);
	CHECK(node_get_text(root, "refresh_token") != NULL);
	test_word(&test, "refresh", node_get_text(root, "refresh_token"));
	static const struct row rows[] = {
		{"used", "POST /auth", NULL,
		 "grant_type=refresh_token&refresh_token={refresh}&service=registry.test"
		 "&scope=repository:team/x:pull",
		 200, NULL, "\"access_token\":\""},
		{"of another account", "POST /auth", NULL,
		 "grant_type=refresh_token&refresh_token={refresh}&service=registry.test"
		 "&account=bob",
		 400, NULL, "not the same"},
		{"of another service", "POST /auth", NULL,
		 "grant_type=refresh_token&refresh_token={refresh}&service=elsewhere", 401, NULL,
		 NULL},
		{"is no access token", "GET /v2/", "Authorization: Bearer {refresh}\r\n", NULL, 401,
		 NULL, "UNAUTHORIZED"},
	};
	TEST_ROWS(&test, rows);
	reply = test_call(&test, "GET /auth?offline_token=true", NULL, (struct str){0});
	CHECK(!memmem(reply.body.ptr, reply.body.len, "refresh_token", 13));
}
