/* test_jws.c - signed texts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pki/jws.h"

#include <stdlib.h>

#include "base/encode.h"
#include "doc/json.h"
#include "pki/limits.h"
#include "testing/test.h"

static struct key *parse_jwk(const char *text)
{
	autoerr struct err err = {0};
	autoarena struct arena arena = {0};
	struct node *jwk = NULL;
	struct key *key = NULL;
	CHECK_OK(json_parse(&arena, "test", str_of(text), &jwk, &err), &err);
	CHECK_OK(key_parse_jwk(jwk, &key, &err), &err);
	return key;
}

/* RFC 7515, A.3 */
#define ES256_KEY                                                \
	"{\"kty\":\"EC\",\"crv\":\"P-256\","                     \
	"\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"
#define ES256_TEXT                                                                  \
	"eyJhbGciOiJFUzI1NiJ9"                                                      \
	".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv" \
	"bS9pc19yb290Ijp0cnVlfQ"                                                    \
	".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKT" \
	"UJqPP3-Kg6NU1Q"

TEST(example_of_rfc_7515_verifies)
{
	autoerr struct err err = {0};
	autoarena struct arena arena = {0};
	struct jws jws;
	autokey struct key *key = parse_jwk(ES256_KEY);
	CHECK_OK(jws_parse(&arena, STR(ES256_TEXT), &jws, &err), &err);
	CHECK_STR(jws.algorithm, "ES256");
	CHECK_STR(node_get_text(jws.payload, "iss"), "joe");
	CHECK_INT(node_get_int(jws.payload, "exp", 0), 1300819380);
	CHECK_INT(jws.signature.len, 64);
	CHECK_OK(jws_verify(&jws, key, &err), &err);
}

TEST(any_changed_digit_is_noticed)
{
	autofree char *text = xstrdup(ES256_TEXT);
	autokey struct key *key = parse_jwk(ES256_KEY);
	for (size_t i = 0; text[i]; i++) {
		autoerr struct err err = {0};
		autoarena struct arena arena = {0};
		struct jws jws;
		char before = text[i];
		text[i] = before == 'A' ? 'B' : 'A';
		bool taken = jws_parse(&arena, str_of(text), &jws, &err) == 0 &&
			     jws_verify(&jws, key, &err) == 0;
		if (taken)
			test_fail(__FILE__, __LINE__, "a change at %zu was taken", i);
		text[i] = before;
	}
}

TEST(signed_texts_read_again)
{
	for (enum key_type type = KEY_RSA; type <= KEY_ED25519; type++) {
		autoerr struct err err = {0};
		autoarena struct arena arena = {0};
		autobuf struct buf text = {0};
		autokey struct key *key = NULL, *other = NULL;
		struct jws jws;
		CHECK_OK(key_generate(type, 2048, &key, &err), &err);
		CHECK_OK(key_generate(type, 2048, &other, &err), &err);
		autofree char *header =
			xasprintf("{\"typ\":\"JWT\",\"alg\":\"%s\"}", key_algorithm(key));
		CHECK_OK(jws_sign(key, str_of(header), STR("{\"sub\":\"me\"}"), &text, &err), &err);
		CHECK_OK(jws_parse(&arena, buf_str(&text), &jws, &err), &err);
		CHECK_STR(node_get_text(jws.payload, "sub"), "me");
		CHECK_OK(jws_verify(&jws, key, &err), &err);
		CHECK(jws_verify(&jws, other, &err) < 0);
		CHECK_INT(err.kind, ERR_DENIED);
	}
}

TEST(header_and_key_must_agree)
{
	static const struct {
		const char *header, *message;
	} cases[] = {
		{"{\"alg\":\"RS256\"}", "algorithm 'RS256' does not suit the key, 'ES256' does"},
		{"{\"alg\":\"none\"}", "algorithm 'none' is not accepted"},
		{"{}", "the header names no algorithm"},
	};
	autoerr struct err err = {0};
	autokey struct key *key = NULL;
	CHECK_OK(key_generate(KEY_P256, 0, &key, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf text = {0};
		CHECK(jws_sign(key, str_of(cases[i].header), STR("{}"), &text, &err) < 0);
		CHECK_STR(err_text(&err), cases[i].message);
		CHECK_INT(text.len, 0);
		err_clear(&err);
	}
}

TEST(wrong_texts_say_why)
{
	static const struct {
		const char *header, *payload, *signature, *message;
	} cases[] = {
		{"{\"alg\":\"none\"}", "{}", "", "algorithm 'none' is not accepted"},
		{"{\"alg\":\"HS256\"}", "{}", "AAAA", "algorithm 'HS256' is not accepted"},
		{"{\"alg\":\"PS256\"}", "{}", "AAAA", "algorithm 'PS256' is not accepted"},
		{"{\"alg\":7}", "{}", "AAAA", "the header names no algorithm"},
		{"{}", "{}", "AAAA", "the header names no algorithm"},
		{"[]", "{}", "AAAA", "the token header is a list, not a map"},
		{"{\"alg\":\"ES256\"}", "\"x\"", "AAAA",
		 "the token payload is a string, not a map"},
		{"{\"alg\":\"ES256\",\"crit\":[\"b64\"]}", "{}", "AAAA",
		 "the header has critical extensions"},
		{"{\"alg\":\"ES256\"}", "{}", "AAA=", "the signature is not base64url"},
		{"{\"alg\":\"ES256\"}", "{}", "AAAA.AAAA", "not three parts with dots between"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autoarena struct arena arena = {0};
		autobuf struct buf text = {0};
		struct jws jws = {0};
		base64url_encode(&text, cases[i].header, strlen(cases[i].header));
		buf_putc(&text, '.');
		base64url_encode(&text, cases[i].payload, strlen(cases[i].payload));
		buf_printf(&text, ".%s", cases[i].signature);
		CHECK(jws_parse(&arena, buf_str(&text), &jws, &err) < 0);
		CHECK_STR(err_text(&err), cases[i].message);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK(!jws.algorithm);
	}
}

TEST(texts_of_other_shapes_are_refused)
{
	static const char *const cases[] = {"",        ".",         "..",   "a.b",
					    "e30.e30", "e30=.e30.", "....", "e30.e30.AA\n"};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autoarena struct arena arena = {0};
		struct jws jws;
		CHECK(jws_parse(&arena, str_of(cases[i]), &jws, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
	}
}

TEST(long_texts_are_refused_unread)
{
	autoerr struct err err = {0};
	autoarena struct arena arena = {0};
	autofree char *text = xcalloc(1, LIMIT_JWS_BYTES + 1);
	struct jws jws;
	memset(text, 'A', LIMIT_JWS_BYTES + 1);
	CHECK(jws_parse(&arena, (struct str){text, LIMIT_JWS_BYTES + 1}, &jws, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
}
