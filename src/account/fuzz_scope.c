/* fuzz_scope.c - scopes that are read and written read again as the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "account/scope.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoaccess struct access_vec accesses = {0}, again = {0}, claimed = {0};
	autobuf struct buf once = {0}, twice = {0}, third = {0};
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};

	if (scope_parse_all((struct str){(const char *)bytes, len}, &accesses, &err)) {
		assert(err_is_set(&err) && accesses.n == 0);
		return 0;
	}
	access_vec_text(&accesses, &once);
	int failed = scope_parse_all(buf_str(&once), &again, &err);
	assert(!failed);
	access_vec_text(&again, &twice);
	assert(str_eq(buf_str(&once), buf_str(&twice)));
	failed = access_vec_decode(access_vec_encode(&arena, &accesses), &claimed, &err);
	assert(!failed);
	access_vec_text(&claimed, &third);
	assert(str_eq(buf_str(&once), buf_str(&third)));
	return 0;
}
