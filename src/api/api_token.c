/* api_token.c - the token service: who asks, what the rules give, a signed answer.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution, spec/auth/token.md, oauth.md.
 *
 * Less than what was asked for is granted, not refused: the registry refuses, and says what. */
#include "api/limits.h"
#include "api/request.h"
#include "api/token_form.h"
#include "base/clock.h"
#include "base/vec.h"
#include "doc/json.h"
#include "http/field.h"

#include "base/banned.h"

static int refuse_login(struct request *request, const char *why)
{
	const struct access_policy *policy = request->state->policy;
	autobuf struct buf challenge = {0};

	request->audit = "login";
	request_note(request, why);
	buf_puts(&challenge, "Basic realm=");
	json_write_text(&challenge, str_of(access_issuer_name(policy)));
	http_add_field(request->x, "WWW-Authenticate", buf_text(&challenge));
	return request_problem(request, PROBLEM_UNAUTHORIZED, "Auth failed.");
}

static const struct sockaddr_storage *address_of(const struct request *request)
{
	return request->caller.ip.ss_family == AF_UNIX ? NULL : &request->caller.ip;
}

static void know(struct request *request, const char *account)
{
	free(request->caller.account);
	request->caller.account = xstrdup(account);
}

static int check_password(struct request *request, const struct token_form *form,
			  const char *account)
{
	const struct access_policy *policy = request->state->policy;
	const struct accounts *accounts = access_accounts(policy);
	const char *hash = accounts_hash(accounts, account);

	know(request, account);
	if (!form->password && (!hash || *hash)) /* nothing was tried: it counts as no failure */
		return refuse_login(request, "no password");
	switch (guard_check(access_guard(policy), accounts, account,
			    form->password ? form->password : "", address_of(request),
			    &request->retry_seconds)) {
	case GUARD_OK: request->audit = "login"; return 0;
	case GUARD_WRONG: return refuse_login(request, "wrong account or password");
	case GUARD_LATER: break;
	}
	request->audit = "login";
	request_note(request, "too many failed logins");
	return request_problem(request, PROBLEM_TOOMANYREQUESTS, NULL);
}

static int check_refresh(struct request *request, const struct token_form *form)
{
	const struct access_policy *policy = request->state->policy;
	autofree char *account = NULL;
	autoerr struct err err = {0};

	if (refresh_check(access_token_issuer(policy), str_of(form->refresh_token),
			  form->service ? form->service : access_service(policy),
			  access_accounts(policy), &account, &err))
		return refuse_login(request, err_text(&err));
	if (form->account && !text_eq(form->account, account))
		return request_problem(request, PROBLEM_BAD_REQUEST,
				       "user and account are not the same");
	know(request, account);
	request->audit = "token";
	return 0;
}

static int authenticate(struct request *request, const struct token_form *form)
{
	const struct accounts *accounts = access_accounts(request->state->policy);
	const char *account = form->account ? form->account : form->username;

	if (!accounts)
		return refuse_login(request, "there are no users");
	if (form->grant == GRANT_REFRESH)
		return check_refresh(request, form);
	if (account && *account)
		return check_password(request, form, account);
	if (!accounts_has_anonymous(accounts))
		return refuse_login(request, "no credentials");
	know(request, "");
	return 0;
}

static void decide_one(struct request *request, const struct token_form *form,
		       const struct access *asked, struct access *ret_granted)
{
	const struct access_policy *policy = request->state->policy;
	struct acl_verdict verdict = {0};
	struct acl_question question = {
		.account = request->caller.account,
		.type = asked->type,
		.name = asked->name,
		.service = form->service ? form->service : access_service(policy),
		.ip = address_of(request),
		.actions = &asked->actions,
	};

	acl_decide(access_accounts(policy), &question, &verdict);
	ret_granted->type = xstrdup(asked->type);
	ret_granted->class = xstrdup(asked->class);
	ret_granted->name = xstrdup(asked->name);
	ret_granted->actions = steal(&verdict.actions);
	acl_verdict_done(&verdict);
}

/* One entry for each scope, in their order; denied ones stay, with no actions. */
static void decide(struct request *request, const struct token_form *form,
		   struct access_vec *granted)
{
	vec_foreach(asked, &form->accesses)
		decide_one(request, form, asked, vec_add(granted));
}

static void add_member(struct buf *json, const char *name, struct str text)
{
	buf_printf(json, "%s\"%s\":", json->len > 1 ? "," : "", name);
	json_write_text(json, text);
}

static int answer(struct request *request, const struct token_text *token,
		  const struct buf *refresh)
{
	autobuf struct buf json = {0};
	char issued_at[CLOCK_TEXT_MAX];

	clock_format_rfc3339(token->issued_at * NS_PER_SEC, issued_at);
	buf_putc(&json, '{');
	add_member(&json, "token", buf_str(&token->text));
	add_member(&json, "access_token", buf_str(&token->text));
	buf_printf(&json, ",\"expires_in\":%lld", (long long)token->expires_in);
	add_member(&json, "issued_at", str_of(issued_at));
	if (refresh->len)
		add_member(&json, "refresh_token", buf_str(refresh));
	buf_puts(&json, "}\n");
	http_add_field(request->x, "Cache-Control", "no-store");
	return request_answer_json(request, "application/json", &json);
}

/* A refresh token for whoever showed a password; what it stands for changes with that. */
static int make_refresh(struct request *request, const struct token_form *form,
			struct buf *ret_refresh, struct err *err)
{
	const struct access_policy *policy = request->state->policy;
	const char *account = request->caller.account;

	if (!form->wants_refresh || form->grant == GRANT_REFRESH || !*account)
		return 0;
	return refresh_issue(access_token_issuer(policy), account,
			     form->service ? form->service : access_service(policy),
			     accounts_hash(access_accounts(policy), account), ret_refresh, err);
}

static void note_scopes(struct request *request, const struct access_vec *granted)
{
	autobuf struct buf text = {.max = 1024};

	access_vec_text(granted, &text);
	request_note(request, buf_text(&text));
}

static int grant(struct request *request, const struct token_form *form)
{
	autoaccess struct access_vec granted = {0};
	autobuf struct buf refresh = {0};
	struct token_text token = {0};
	autoerr struct err err = {0};

	if (authenticate(request, form))
		return -1;
	decide(request, form, &granted);
	note_scopes(request, &granted);
	int failed = token_issue(access_token_issuer(request->state->policy),
				 request->caller.account, form->service, &granted, &token, &err) ||
		     make_refresh(request, form, &refresh, &err);
	failed = failed ? request_fail(request, &err, PROBLEM_UNKNOWN)
			: answer(request, &token, &refresh);
	buf_done(&token.text);
	return failed;
}

static int take_basic(struct request *request, struct token_form *form, struct err *err)
{
	autobuf struct buf user = {.max = LIMIT_TOKEN_WORD + 1}, password = {.max = 4096};
	struct str authorization = http_field(request->x, "Authorization");
	int failed = 0;

	if (!authorization.len || !basic_parse(authorization, &user, &password))
		return 0;
	if (head_count(http_head(request->x), "Authorization") > 1)
		failed = err_set(err, ERR_INPUT, "credentials are there twice");
	else if (user.overflowed || password.overflowed || strlen(buf_text(&user)) != user.len ||
		 strlen(buf_text(&password)) != password.len)
		failed = err_set(err, ERR_INPUT, "malformed credentials");
	else if (user.len || password.len)
		failed = token_form_take_basic(form, buf_text(&user), buf_text(&password), err);
	if (password.len)
		explicit_bzero(password.ptr, password.len);
	return failed;
}

static int serve(struct request *request, struct str body)
{
	autoform struct token_form form = {0};
	autoerr struct err err = {0};

	if (token_form_read(http_query(request->x), body, &form, &err) ||
	    take_basic(request, &form, &err))
		return request_problem(request, PROBLEM_BAD_REQUEST, "Bad request: %s",
				       err_text(&err));
	return grant(request, &form);
}

int token_get(struct request *request)
{
	return serve(request, (struct str){0});
}

int token_post(struct request *request)
{
	autobuf struct buf buf = {0};
	struct str body = {0};

	if (request_body(request, LIMIT_FORM_BYTES, PROBLEM_FORM_TOO_LARGE, &buf, &body))
		return -1;
	return serve(request, body);
}
