/* fuzz_form.c - a token request that is taken is whole, and its secrets came from the body.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "api/limits.h"
#include "api/token_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The query, a line break, the body. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoerr struct err err = {0};
	autoform struct token_form form = {0};
	struct str body = {(const char *)bytes, len};
	struct str query = str_cut(&body, '\n');

	if (token_form_read(query, body, &form, &err)) {
		assert(err_is_set(&err) && !form.account && !form.password);
		return 0;
	}
	assert(!err_is_set(&err) && form.accesses.n <= LIMIT_TOKEN_SCOPES);
	assert(!form.username == !form.password);
	assert(body.len || (!form.password && !form.refresh_token));
	assert(form.grant != GRANT_REFRESH || form.refresh_token);
	assert(!form.account || (*form.account && strlen(form.account) <= LIMIT_TOKEN_WORD));
	return 0;
}
