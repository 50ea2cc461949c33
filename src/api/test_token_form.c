/* test_token_form.c - what clients of the token service send.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/token_form.h"

#include "testing/test.h"

static int read_form(const char *query, const char *body, struct token_form *form, struct err *err)
{
	return token_form_read(str_of(query), str_of(body), form, err);
}

TEST(scopes_may_be_repeated_and_joined)
{
	autoform struct token_form form = {0};
	autoerr struct err err = {0};
	autobuf struct buf text = {0};

	CHECK_OK(read_form("service=s&scope=repository:a:pull,push+repository:b/c:pull"
			   "&scope=repository%3Ahost%3A5000%2Fd%3Apull&scope=registry:catalog:*",
			   NULL, &form, &err),
		 &err);
	CHECK_STR(form.service, "s");
	CHECK_INT(form.accesses.n, 4);
	access_vec_text(&form.accesses, &text);
	CHECK_STR(buf_text(&text), "repository:a:pull,push repository:b/c:pull "
				   "repository:host:5000/d:pull registry:catalog:*");
	CHECK(!form.account && !form.username && !form.wants_refresh);
}

TEST(a_login_asks_for_nothing)
{
	autoform struct token_form form = {0};
	autoerr struct err err = {0};

	CHECK_OK(read_form("account=me&client_id=docker&offline_token=true&service=s&scope=", NULL,
			   &form, &err),
		 &err);
	CHECK_INT(form.accesses.n, 0);
	CHECK_STR(form.account, "me");
	CHECK_STR(form.client_id, "docker");
	CHECK(form.wants_refresh);
}

TEST(secrets_are_taken_from_a_body_only)
{
	autoform struct token_form query = {0}, body = {0};
	autoerr struct err err = {0};

	CHECK_OK(read_form("username=a&password=b&refresh_token=c&grant_type=refresh_token", NULL,
			   &query, &err),
		 &err);
	CHECK(!query.username && !query.password && !query.refresh_token);
	CHECK_INT(query.grant, GRANT_CREDENTIALS);
	CHECK_OK(read_form("", "grant_type=password&username=a&password=b%26c&access_type=offline",
			   &body, &err),
		 &err);
	CHECK_STR(body.username, "a");
	CHECK_STR(body.password, "b&c");
	CHECK(body.wants_refresh);
}

TEST(half_of_the_credentials_is_none)
{
	autoform struct token_form form = {0};
	autoerr struct err err = {0};

	CHECK_OK(read_form("", "username=a&password=", &form, &err), &err);
	CHECK(!form.username && !form.password);
}

TEST(a_refresh_token_is_a_grant_of_its_own)
{
	autoform struct token_form form = {0};
	autoerr struct err err = {0};

	CHECK_OK(read_form("", "grant_type=refresh_token&refresh_token=x&service=s", &form, &err),
		 &err);
	CHECK_INT(form.grant, GRANT_REFRESH);
	CHECK_STR(form.refresh_token, "x");
}

TEST(the_form_goes_before_the_query)
{
	autoform struct token_form form = {0};
	autoerr struct err err = {0};

	CHECK_OK(read_form("service=query&account=q", "service=form", &form, &err), &err);
	CHECK_STR(form.service, "form");
	CHECK_STR(form.account, "q");
}

TEST(malformed_requests_are_refused)
{
	static const struct {
		const char *query, *body, *want;
	} cases[] = {
		{"scope=repository:a", NULL, "invalid scope"},
		{"scope=repository:a:b:c:d", NULL, "invalid scope"},
		{"scope=repository:a:pull+", NULL, "invalid scope"},
		{"scope=x&account=a", NULL, "invalid scope"},
		{"account=%zz", NULL, "'account' is malformed"},
		{"account=a%00b", NULL, "'account' is malformed"},
		{"account=a%ff", NULL, ""},
		{"", "grant_type=implicit", "unsupported grant_type"},
		{"", "grant_type=refresh_token", "the refresh_token is missing"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoform struct token_form form = {0};
		autoerr struct err err = {0};
		if (!read_form(cases[i].query, cases[i].body, &form, &err))
			test_fail(__FILE__, __LINE__, "'%s' '%s' is taken", cases[i].query,
				  cases[i].body);
		CHECK_INT(err.kind, ERR_INPUT);
		if (!strstr(err_text(&err), cases[i].want))
			test_fail(__FILE__, __LINE__, "'%s'", err_text(&err));
	}
}

TEST(too_much_is_refused)
{
	autoform struct token_form form = {0};
	autoerr struct err many = {0}, wide = {0};
	autobuf struct buf scopes = {0}, account = {0};

	for (int i = 0; i < 101; i++)
		buf_printf(&scopes, "scope=repository:a%d:pull&", i);
	CHECK(token_form_read(buf_str(&scopes), STR(""), &form, &many) < 0);
	CHECK_INT(many.kind, ERR_LIMIT);
	buf_puts(&account, "account=");
	for (int i = 0; i < 256; i++)
		buf_putc(&account, 'a');
	CHECK(token_form_read(buf_str(&account), STR(""), &form, &wide) < 0);
	CHECK_INT(wide.kind, ERR_LIMIT);
}

TEST(basic_credentials_are_the_accounts_own)
{
	autoform struct token_form form = {0}, none = {0};
	autoerr struct err err = {0};

	CHECK_OK(read_form("account=a", NULL, &form, &err), &err);
	CHECK(token_form_take_basic(&form, "b", "x", &err) < 0);
	CHECK_STR(err_text(&err), "user and account are not the same");
	err_clear(&err);
	CHECK_OK(token_form_take_basic(&form, "a", "x", &err), &err);
	CHECK_STR(form.password, "x");
	CHECK_OK(token_form_take_basic(&none, "b", "y", &err), &err);
	CHECK_STR(none.username, "b");
}
