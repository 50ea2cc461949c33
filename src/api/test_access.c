/* test_access.c - who is let in, who is told what, and what the token service says.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution, spec/auth/token.md; docker_auth. */
#include "api/test_fixture.h"

#define HELLO        "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"

#define REALM "Bearer realm=\"http://registry.test/auth\",service=\"registry.test\""

TEST(whoever_shows_nothing_is_told_where_to_get_a_token)
{
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	static const struct row rows[] = {
		{"base", "GET /v2/", NULL, NULL, 401,
		 "WWW-Authenticate: " REALM "\nDocker-Distribution-Api-Version: registry/2.0\n"
		 "Content-Type: application/json",
		 "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required\","
		 "\"detail\":null}]}"},
		{"pull", "GET /v2/team/x/manifests/v1", NULL, NULL, 401,
		 "WWW-Authenticate: " REALM ",scope=\"repository:team/x:pull\"",
		 "\"detail\":[{\"Type\":\"repository\",\"Class\":\"\",\"Name\":\"team/x\","
		 "\"Action\":\"pull\"}]"},
		{"head", "HEAD /v2/team/x/blobs/" HELLO, NULL, NULL, 401,
		 "WWW-Authenticate: " REALM ",scope=\"repository:team/x:pull\"", ""},
		{"push", "POST /v2/team/x/blobs/uploads/", NULL, "", 401,
		 "WWW-Authenticate: " REALM ",scope=\"repository:team/x:pull,push\"",
		 "\"Action\":\"pull\"},{\"Type\":\"repository\",\"Class\":\"\",\"Name\":\"team/x\","
		 "\"Action\":\"push\"}]"},
		{"put", "PUT /v2/team/x/manifests/v1", NULL, "{}", 401,
		 "WWW-Authenticate: " REALM ",scope=\"repository:team/x:pull,push\"", NULL},
		{"session", "GET /v2/team/x/blobs/uploads/id", NULL, NULL, 401,
		 "WWW-Authenticate: " REALM ",scope=\"repository:team/x:pull,push\"", NULL},
		{"delete", "DELETE /v2/team/x/manifests/v1", NULL, NULL, 401,
		 "WWW-Authenticate: " REALM ",scope=\"repository:team/x:delete\"", NULL},
		{"tags", "GET /v2/team/x/tags/list", NULL, NULL, 401,
		 "WWW-Authenticate: " REALM ",scope=\"repository:team/x:pull\"", NULL},
		{"referrers", "GET /v2/team/x/referrers/" HELLO, NULL, NULL, 401,
		 "WWW-Authenticate: " REALM ",scope=\"repository:team/x:pull\"", NULL},
		{"catalog", "GET /v2/_catalog", NULL, NULL, 401,
		 "WWW-Authenticate: " REALM ",scope=\"registry:catalog:*\"", NULL},
		{"mount", "POST /v2/team/x/blobs/uploads/?mount=" HELLO "&from=alice/y", NULL, "",
		 401,
		 "WWW-Authenticate: " REALM
		 ",scope=\"repository:team/x:pull,push repository:alice/y:pull\"",
		 NULL},
		{"a token that is none", "GET /v2/", "Authorization: Bearer a.b.c\r\n", NULL, 401,
		 "WWW-Authenticate: " REALM ",error=\"invalid_token\"", NULL},
		{"another scheme", "GET /v2/", "Authorization: Digest x\r\n", NULL, 401,
		 "WWW-Authenticate: " REALM, NULL},
		{"a bad name comes first", "GET /v2/BAD/tags/list", NULL, NULL, 400, NULL,
		 "NAME_INVALID"},
		{"what is public is", "GET /v2/public/x/tags/list", NULL, NULL, 404, NULL,
		 "NAME_UNKNOWN"},
		{"expecting to go on", "PUT /v2/team/x/manifests/v1",
		 "Expect: 100-continue\r\nContent-Length: 100\r\n", NULL, 401, NULL, NULL},
		{"a host that would break out", "GET /v2/", "X-Forwarded-Host: evil\r\n", NULL, 401,
		 "WWW-Authenticate: " REALM, NULL},
		{"index", "GET /", NULL, NULL, 200, NULL,
		 "<h1>Test &quot;issuer&quot; &lt;1&gt;</h1>"},
	};
	TEST_ROWS(&test, rows);
}

TEST(a_token_says_what_its_bearer_may)
{
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	const char *alice =
		test_login(&test, "alice", "secret", "&scope=repository:team/x:pull,push");
	const char *bob = test_login(&test, "bob", "b", "&scope=repository:team/x:pull,push");
	const char *nobody = test_login(&test, NULL, NULL, "&scope=repository:public/x:pull,push");
	test_push_image(&test, "team/x", "v1", alice);
	static const struct row of_alice[] = {
		{"base", "GET /v2/", "{auth}", NULL, 200, NULL, "{}"},
		{"pull", "GET /v2/team/x/manifests/v1", "{auth}", NULL, 200, NULL,
		 "{manifest-body}"},
		{"a blob is private", "GET /v2/team/x/blobs/{layer}", "{auth}", NULL, 200,
		 "Cache-Control: private, max-age=31536000, immutable", NULL},
		{"another repository", "GET /v2/team/y/manifests/v1", "{auth}", NULL, 401,
		 "WWW-Authenticate: " REALM
		 ",scope=\"repository:team/y:pull\",error=\"insufficient_scope\"",
		 "UNAUTHORIZED"},
		{"delete", "DELETE /v2/team/x/manifests/v1", "{auth}", NULL, 401,
		 "WWW-Authenticate: " REALM
		 ",scope=\"repository:team/x:delete\",error=\"insufficient_scope\"",
		 NULL},
		{"catalog", "GET /v2/_catalog", "{auth}", NULL, 401, NULL, NULL},
	};
	test_word(&test, "auth", alice);
	TEST_ROWS(&test, of_alice);
	static const struct row of_bob[] = {
		{"pull", "GET /v2/team/x/manifests/v1", "{auth}", NULL, 200, NULL, NULL},
		{"push", "PUT /v2/team/x/manifests/v2", "{auth}", "{manifest-body}", 401,
		 "WWW-Authenticate: " REALM
		 ",scope=\"repository:team/x:pull,push\",error=\"insufficient_scope\"",
		 NULL},
		{"upload", "POST /v2/team/x/blobs/uploads/", "{auth}", "", 401, NULL, NULL},
	};
	test_word(&test, "auth", bob);
	TEST_ROWS(&test, of_bob);
	static const struct row of_nobody[] = {
		{"base", "GET /v2/", "{auth}", NULL, 200, NULL, "{}"},
		{"public", "GET /v2/public/x/manifests/v1", "{auth}", NULL, 404, NULL, NULL},
		{"not public", "GET /v2/team/x/manifests/v1", "{auth}", NULL, 401, NULL, NULL},
		{"push", "POST /v2/public/x/blobs/uploads/", "{auth}", "", 401, NULL, NULL},
	};
	test_word(&test, "auth", nobody);
	TEST_ROWS(&test, of_nobody);
}

TEST(credentials_are_taken_without_a_token_too)
{
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	test_push_image(&test, "alice/x", "v1", test_basic(&test, "alice", "secret"));
	test_word(&test, "alice", test_basic(&test, "alice", "secret"));
	test_word(&test, "bob", test_basic(&test, "bob", "b"));
	test_word(&test, "wrong", test_basic(&test, "alice", "sekret"));
	test_word(&test, "stranger", test_basic(&test, "eve", "x"));
	static const struct row rows[] = {
		{"base", "GET /v2/", "{alice}", NULL, 200, NULL, "{}"},
		{"base, remembered", "GET /v2/", "{alice}", NULL, 200, NULL, "{}"},
		{"pull", "GET /v2/alice/x/manifests/v1", "{alice}", NULL, 200, NULL, NULL},
		{"not hers", "GET /v2/other/x/manifests/v1", "{alice}", NULL, 401,
		 "WWW-Authenticate: " REALM
		 ",scope=\"repository:other/x:pull\",error=\"insufficient_scope\"",
		 NULL},
		{"not his", "GET /v2/alice/x/manifests/v1", "{bob}", NULL, 401, NULL, NULL},
		{"wrong", "GET /v2/", "{wrong}", NULL, 401, "WWW-Authenticate: " REALM, NULL},
		{"unknown", "GET /v2/", "{stranger}", NULL, 401, "WWW-Authenticate: " REALM, NULL},
		{"a body behind a password that is checked later",
		 "POST /v2/alice/x/blobs/uploads/?digest=" HELLO, "{alice}", "hello", 201, NULL,
		 ""},
		{"delete", "DELETE /v2/alice/x/manifests/v1", "{alice}", NULL, 202, NULL, ""},
	};
	TEST_ROWS(&test, rows);
	api_test_stop(&test);
	size_t n_failed = 0;
	for (size_t i = 0; i < test.seen->n; i++) {
		const struct seen *seen = &test.seen->items[i];
		if (!text_eq(seen->audit, "login"))
			continue;
		CHECK_INT(seen->status, 401);
		CHECK(text_eq(seen->account, "alice") || text_eq(seen->account, "eve"));
		CHECK_STR(seen->detail, "wrong account or password");
		n_failed++;
	}
	CHECK_INT(n_failed, 2);
}

TEST(two_credentials_are_none)
{
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	test_word(&test, "alice", test_basic(&test, "alice", "secret"));
	test_word(&test, "bob", test_basic(&test, "bob", "b"));
	static const struct row rows[] = {
		{"one", "GET /v2/", "{alice}", NULL, 200, NULL, NULL},
		{"two", "GET /v2/", "{alice}{bob}", NULL, 401, NULL, NULL},
		{"the same twice", "GET /v2/", "{alice}{alice}", NULL, 401, NULL, NULL},
		{"for a token", "GET /token", "{alice}{bob}", NULL, 400, NULL, "twice"},
	};
	TEST_ROWS(&test, rows);
}

TEST(secrets_of_a_query_are_not_told)
{
	static const struct {
		const char *line, *path;
	} cases[] = {
		{"GET /token?account=bob&password=hunter2&service=s",
		 "/token?account=bob&password=*&service=s"},
		{"GET /v2/?Access_Token=a.b.c", "/v2/?Access_Token=*"},
		{"GET /token?refresh_token=a=b&&refresh_token=c",
		 "/token?refresh_token=*&&refresh_token=*"},
		{"GET /token?password&password=", "/token?password&password="},
		{"GET /v2/?", "/v2/?"},
		{"GET /v2/", "/v2/"},
	};
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		test_call(&test, cases[i].line, NULL, (struct str){0});
	api_test_stop(&test);
	CHECK_INT(test.seen->n, ARRAY_LEN(cases));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_STR(test.seen->items[i].path, cases[i].path);
}

TEST(a_mount_needs_the_right_on_both_ends)
{
	static const struct {
		const char *account, *password, *from, *to;
		int status;
	} cases[] = {
		{"alice", "secret", "team/s", "alice/t", 201},
		{"alice", "secret", "admin/s", "alice/t", 401},
		{"bob", "b", "team/s", "alice/t", 401},
		{"bob", "b", "team/s", "team/t", 401},
		{"admin", "root", "admin/s", "team/t", 201},
		{NULL, NULL, "public/s", "public/t", 401},
		/* from anywhere: only what the account may pull counts */
		{"alice", "secret", NULL, "alice/u", 201},
		{"admin", "root", NULL, "x/u", 201},
	};
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	const char *admin = test_basic(&test, "admin", "root");
	test_push_blob(&test, "team/s", STR("hello"), admin);
	test_push_blob(&test, "admin/s", STR("hello"), admin);
	test_push_blob(&test, "admin/s", STR("only admin's"), admin);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (int by_token = 0; by_token < 2; by_token++) {
			autofree char *line = xasprintf(
				"POST /v2/%s/blobs/uploads/?mount=" HELLO "%s%s", cases[i].to,
				cases[i].from ? "&from=" : "", cases[i].from ? cases[i].from : "");
			autofree char *scope =
				xasprintf("&scope=repository:%s:pull,push&scope=repository:%s:pull",
					  cases[i].to, cases[i].from ? cases[i].from : "team/s");
			const char *auth = by_token           ? test_login(&test, cases[i].account,
									   cases[i].password, scope)
					   : cases[i].account ? test_basic(&test, cases[i].account,
									   cases[i].password)
							      : NULL;
			struct reply reply = test_call(&test, line, auth, STR(""));
			if (reply.status != cases[i].status)
				test_fail(__FILE__, __LINE__, "%s from %s to %s: %d, not %d",
					  cases[i].account, cases[i].from, cases[i].to,
					  reply.status, cases[i].status);
		}

	struct digest secret = digest_of_bytes("only admin's", 12);
	autofree char *probe = xasprintf("POST /v2/alice/v/blobs/uploads/?mount=%s", secret.text);
	struct reply reply = test_call(&test, probe, test_basic(&test, "alice", "secret"), STR(""));
	CHECK_INT(reply.status, 202);
}

TEST(the_catalog_shows_what_one_may_pull)
{
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	const char *admin = test_basic(&test, "admin", "root");
	test_push_image(&test, "alice/a", "v1", admin);
	test_push_image(&test, "other/o", "v1", admin);
	test_push_image(&test, "public/p", "v1", admin);
	test_push_image(&test, "team/t", "v1", admin);
	test_word(&test, "admin", admin);
	test_word(&test, "alice", test_basic(&test, "alice", "secret"));
	test_word(&test, "bob", test_login(&test, "bob", "b", "&scope=registry:catalog:*"));
	test_word(&test, "nobody", test_login(&test, NULL, NULL, "&scope=registry:catalog:*"));
	static const struct row rows[] = {
		{"admin", "GET /v2/_catalog", "{admin}", NULL, 200, NULL,
		 "[\"alice/a\",\"other/o\",\"public/p\",\"team/t\"]"},
		{"alice", "GET /v2/_catalog", "{alice}", NULL, 200, NULL,
		 "[\"alice/a\",\"public/p\",\"team/t\"]"},
		{"alice, paged", "GET /v2/_catalog?n=2", "{alice}", NULL, 200,
		 "Link: </v2/_catalog?n=2&last=public%2Fp>; rel=\"next\"",
		 "[\"alice/a\",\"public/p\"]"},
		{"bob, by a token", "GET /v2/_catalog", "{bob}", NULL, 200, NULL,
		 "[\"public/p\",\"team/t\"]"},
		{"nobody", "GET /v2/_catalog", "{nobody}", NULL, 401, NULL, NULL},
	};
	TEST_ROWS(&test, rows);
}

TEST(who_guesses_has_to_wait)
{
	autotest struct api_test test;
	struct reply reply = {0};

	api_test_start(&test, &test_with_users);
	for (int i = 0; i < 20 && reply.status != 429; i++)
		reply = test_call(&test, "GET /auth", test_basic(&test, "alice", "guess"),
				  (struct str){0});
	CHECK_INT(reply.status, 429);
	CHECK(reply_field(&test, &reply, "Retry-After") != NULL);
	CHECK(memmem(reply.body.ptr, reply.body.len, "TOOMANYREQUESTS", 15));
	reply = test_call(&test, "GET /v2/", test_basic(&test, "alice", "guess"), (struct str){0});
	CHECK_INT(reply.status, 429);
	CHECK(reply_field(&test, &reply, "Retry-After") != NULL);
}

TEST(an_audit_tells_who_did_what)
{
	static const struct {
		const char *audit, *account;
		int status;
	} wanted[] = {
		{"login", "alice", 200},  {"push", "alice", 201}, {"mount", "alice", 201},
		{"delete", "alice", 202}, {"login", "eve", 401},  {"push", "bob", 401},
	};
	autotest struct api_test test;

	api_test_start(&test, &test_with_users);
	const char *auth = test_login(&test, "alice", "secret",
				      "&scope=repository:alice/x:*&scope=repository:alice/y:*");
	test_push_image(&test, "alice/x", "v1", auth);
	test_word(&test, "auth", auth);
	test_word(&test, "eve", test_basic(&test, "eve", "x"));
	test_word(&test, "bob", test_basic(&test, "bob", "b"));
	static const struct row rows[] = {
		{"mount", "POST /v2/alice/y/blobs/uploads/?mount={layer}&from=alice/x", "{auth}",
		 "", 201, NULL, NULL},
		{"delete", "DELETE /v2/alice/x/manifests/v1", "{auth}", NULL, 202, NULL, NULL},
		{"login", "GET /auth", "{eve}", NULL, 401, NULL, NULL},
		{"refused", "PUT /v2/team/x/manifests/v1", "{bob}", "{}", 401, NULL, NULL},
	};
	TEST_ROWS(&test, rows);
	api_test_stop(&test);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		bool found = false;
		for (size_t j = 0; j < test.seen->n; j++) {
			const struct seen *seen = &test.seen->items[j];
			found |= text_eq(seen->audit, wanted[i].audit) &&
				 text_eq(seen->account, wanted[i].account) &&
				 seen->status == wanted[i].status;
			CHECK_STR(seen->address, "127.0.0.1");
			CHECK(!seen->detail || !strstr(seen->detail, "secret"));
			CHECK(!seen->cause);
		}
		if (!found)
			test_fail(__FILE__, __LINE__, "no %s of %s", wanted[i].audit,
				  wanted[i].account);
	}
}

TEST(htpasswd_lets_everybody_with_a_password_do_everything)
{
	autotest struct api_test test;
	struct api_test_options options = {
		.users = "{\"me\":{\"password\":\"x\"}}",
		.basic_realm = "Registry \"Realm\"",
		.settings = {.delete_enabled = true, .catalog_enabled = true}};

	api_test_start(&test, &options);
	test_word(&test, "me", test_basic(&test, "me", "x"));
	test_push_image(&test, "a", "v1", test_basic(&test, "me", "x"));
	static const struct row rows[] = {
		{"nobody", "GET /v2/", NULL, NULL, 401,
		 "WWW-Authenticate: Basic realm=\"Registry \\\"Realm\\\"\"", "UNAUTHORIZED"},
		{"pull", "GET /v2/a/manifests/v1", "{me}", NULL, 200, NULL, NULL},
		{"catalog", "GET /v2/_catalog", "{me}", NULL, 200, NULL, "[\"a\"]"},
		{"delete", "DELETE /v2/a/manifests/v1", "{me}", NULL, 202, NULL, NULL},
		{"no token service", "GET /auth", "{me}", NULL, 404, NULL, NULL},
	};
	TEST_ROWS(&test, rows);
}

TEST(tokens_of_a_trusted_issuer_are_believed)
{
	autotest struct api_test test;
	autoerr struct err err = {0};
	autokey struct key *key = NULL, *other = NULL;
	struct token_issuer *issuer = NULL;
	autoaccess struct access_vec accesses = {0};
	struct token_text good = {0}, forged = {0};

	CHECK_OK(key_generate(KEY_P256, 0, &key, &err), &err);
	CHECK_OK(key_generate(KEY_P256, 0, &other, &err), &err);
	struct token_trust trust = {
		.issuer = "them", .service = "registry.test", .keys = &key, .n_keys = 1};
	struct api_test_options options = {
		.trusts = &trust, .n_trusts = 1, .settings = {.catalog_enabled = true}};
	api_test_start(&test, &options);
	access_vec_add(&accesses, "repository", "a", "pull");
	access_vec_add(&accesses, "repository", "a", "push");
	access_vec_add(&accesses, "registry", "catalog", "*");
	struct token_options token = {
		.issuer = "them", .service = "registry.test", .expiration_s = 60, .key = key};
	CHECK_OK(token_issuer_new(&token, &issuer, &err), &err);
	CHECK_OK(token_issue(issuer, "me", NULL, &accesses, &good, &err), &err);
	token_issuer_free(issuer);
	token.key = other;
	CHECK_OK(token_issuer_new(&token, &issuer, &err), &err);
	CHECK_OK(token_issue(issuer, "me", NULL, &accesses, &forged, &err), &err);
	token_issuer_free(issuer);
	autofree char *auth = xasprintf("Authorization: Bearer %s\r\n", buf_text(&good.text));
	test_word(&test, "good", auth);
	autofree char *bad = xasprintf("Authorization: Bearer %s\r\n", buf_text(&forged.text));
	test_word(&test, "forged", bad);
	test_word(&test, "basic", test_basic(&test, "me", "x"));
	test_push_image(&test, "a", "v1", auth);
	static const struct row rows[] = {
		{"nobody", "GET /v2/", NULL, NULL, 401,
		 "WWW-Authenticate: Bearer realm=\"https://elsewhere.test/auth\","
		 "service=\"registry.test\"",
		 NULL},
		{"pull", "GET /v2/a/manifests/v1", "{good}", NULL, 200, NULL, NULL},
		{"all of the catalog", "GET /v2/_catalog", "{good}", NULL, 200, NULL, "[\"a\"]"},
		{"forged", "GET /v2/", "{forged}", NULL, 401, NULL, NULL},
		{"a password nobody knows", "GET /v2/", "{basic}", NULL, 401, NULL, NULL},
		{"no token service", "GET /token", NULL, NULL, 404, NULL, NULL},
	};
	TEST_ROWS(&test, rows);
	buf_done(&good.text);
	buf_done(&forged.text);
}

TEST(listed_proxies_tell_address_scheme_and_host)
{
	autotest struct api_test test;
	autostrlist struct strlist proxies = {0};
	struct api_test_options options = {
		.users = "{\"me\":{\"password\":\"x\"},\"\":{}}",
		.acl = "[{\"match\":{\"ip\":\"203.0.113.0/24\"},\"actions\":[\"pull\"]}]",
		.prefix = "/authserver",
		.proxies = &proxies,
		.hsts = true};

	strlist_add(&proxies, "127.0.0.0/8");
	api_test_start(&test, &options);
	static const struct row rows[] = {
		{"the proxy itself", "GET /v2/a/tags/list", NULL, NULL, 401,
		 "Strict-Transport-Security: max-age=63072000; includeSubDomains", NULL},
		{"for a client", "GET /v2/a/tags/list", "X-Forwarded-For: 203.0.113.9\r\n", NULL,
		 404, NULL, "NAME_UNKNOWN"},
		{"for a client that lies", "GET /v2/a/tags/list",
		 "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\n", NULL, 401, NULL, NULL},
		{"no address", "GET /v2/a/tags/list", "X-Forwarded-For: x\r\n", NULL, 400, NULL,
		 "the proxy does not tell the client's address"},
		{"realm", "GET /v2/",
		 "X-Forwarded-Proto: https\r\nX-Forwarded-Host: images.test:8443\r\n", NULL, 401,
		 "WWW-Authenticate: Bearer realm=\"https://images.test:8443/authserver/auth\","
		 "service=\"registry.test\"",
		 NULL},
		{"a host that is none", "GET /v2/", "X-Forwarded-Host: a\",b=\"c\r\n", NULL, 401,
		 "WWW-Authenticate: Bearer realm=\"/authserver/auth\",service=\"registry.test\"",
		 NULL},
		{"token", "GET /authserver/auth", NULL, NULL, 200, NULL, NULL},
		{"index", "GET /authserver/", NULL, NULL, 200, NULL, "<h1>"},
	};
	TEST_ROWS(&test, rows);
}

TEST(a_new_policy_is_for_those_who_come_later)
{
	autotest struct api_test test;
	autoerr struct err err = {0};
	struct access_policy *open = NULL;

	api_test_start(&test, &test_with_users);
	CHECK_INT(test_call(&test, "GET /v2/", NULL, (struct str){0}).status, 401);
	struct access_options options = {.is_open = true, .service = "registry.test"};
	CHECK_OK(access_policy_new(&options, &open, &err), &err);
	api_set_policy(test.api, open);
	access_policy_unref(open);
	CHECK_INT(test_call(&test, "GET /v2/", NULL, (struct str){0}).status, 200);
}

TEST(a_policy_that_lets_nobody_in_is_refused)
{
	autoerr struct err nobody = {0}, nowhere = {0};
	struct access_policy *policy = NULL;
	struct token_trust trust = {.issuer = "them", .service = "x"};

	CHECK(access_policy_new(&(struct access_options){0}, &policy, &nobody) < 0);
	CHECK_INT(nobody.kind, ERR_INPUT);
	CHECK(access_policy_new(&(struct access_options){.trusts = &trust, .n_trusts = 1}, &policy,
				&nowhere) < 0);
	CHECK(strstr(err_text(&nowhere), "realm"));
}
