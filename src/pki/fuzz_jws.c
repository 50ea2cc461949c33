/* fuzz_jws.c - no text verifies but the one that was signed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "doc/json.h"
#include "pki/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* RFC 7515, A.3 */
static const char key_text[] = "{\"kty\":\"EC\",\"crv\":\"P-256\","
			       "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
			       "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}";
static const char signed_text[] =
	"eyJhbGciOiJFUzI1NiJ9"
	".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
	"bS9pc19yb290Ijp0cnVlfQ";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autokey struct key *key = NULL;
	struct node *jwk;
	struct jws jws;

	if (jws_parse(&arena, (struct str){(const char *)data, len}, &jws, &err)) {
		assert(err_is_set(&err));
		return 0;
	}
	if (json_parse(&arena, "key", str_of(key_text), &jwk, &err) ||
	    key_parse_jwk(jwk, &key, &err))
		abort();
	if (jws_verify(&jws, key, &err)) {
		assert(err_is_set(&err));
		return 0;
	}
	assert(str_is(jws.signed_text, signed_text));
	return 0;
}
