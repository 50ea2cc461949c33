/* fuzz_jwk.c - a key that is read can be written, and is the same when read again.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "doc/json.h"
#include "pki/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autokey struct key *key = NULL, *again = NULL;
	struct str text = {(const char *)data, len};
	struct node *jwk;

	if (json_parse(&arena, "fuzz", text, &jwk, &err) || key_parse_jwk(jwk, &key, &err)) {
		assert(err_is_set(&err));
		return 0;
	}
	int failed = key_parse_jwk(key_jwk(&arena, key), &again, &err);
	assert(!failed && key_equal(key, again));
	/* It may be nonsense as a key, but asking it does no harm. */
	failed = key_verify(key, key_algorithm(key), STR("text"), STR("signature"), &err);
	assert(failed);
	return 0;
}
