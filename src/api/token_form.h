/* token_form.h - what a client asks of the token service, from its query or its form.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution, spec/auth/token.md and oauth.md. */
#pragma once

#include "account/scope.h"
#include "base/buf.h"

enum token_grant { GRANT_CREDENTIALS, GRANT_REFRESH };
struct token_form { /* texts owned; NULL: not said */
	enum token_grant grant;
	char *account, *service, *client_id;
	char *username, *password; /* of a form; both or none, neither empty */
	char *refresh_token;
	bool wants_refresh;         /* offline_token, access_type=offline */
	struct access_vec accesses; /* in the order of the request, not joined */
	size_t n_scopes;
};
/* Takes "a=b&c=d" texts; the form goes before the query, as in the original. ERR_INPUT, ERR_LIMIT:
 * 400 with the text. */
int token_form_read(struct str query, struct str body, struct token_form *ret_form,
		    struct err *err) must_check;
void token_form_done(struct token_form *form);
#define autoform cleanup(token_form_done)
/* Basic credentials beside the form: the account is theirs, or the same. ERR_INPUT. */
int token_form_take_basic(struct token_form *form, const char *user, const char *password,
			  struct err *err) must_check;
