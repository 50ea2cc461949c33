/* fuzz_form.c - a token request that is taken is whole, and its secrets came from the body.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "api/limits.h"
#include "api/token_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_form(const struct token_form *form, struct str body)
{
	assert(!form->username == !form->password);
	assert(body.len || (!form->password && !form->refresh_token));
	assert(form->grant != GRANT_REFRESH || form->refresh_token);
	assert(str_of(form->account).len <= LIMIT_TOKEN_WORD);
}

/* The query, a line break, the body. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoerr struct err err = {0};
	autoform struct token_form form = {0};
	struct str body = {(const char *)bytes, len};
	struct str query = str_cut(&body, '\n');
	bool failed = token_form_read(query, body, &form, &err) != 0;

	assert(failed == err_is_set(&err) && form.accesses.n <= LIMIT_TOKEN_SCOPES);
	if (!failed)
		check_form(&form, body);
	return 0;
}
