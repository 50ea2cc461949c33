/* fuzz_token.c - no text is believed that our key did not sign.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input is a token as it comes, and, behind a first byte of '!', the header and the claims of
 * one (two lines) that is signed here, so that what stands behind the signature is reached. */
#include <assert.h>
#include <stdlib.h>

#include "account/token.h"
#include "pki/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct ours {
	struct key *key;
	struct token_issuer *issuer;
	struct token_verifier *verifier;
	struct accounts *accounts;
};

static const struct ours *ours(void)
{
	static struct ours made; /* a program of its own: its state may be file-wide */
	struct err err = {0};

	if (made.key)
		return &made;
	struct accounts_options nobody = {0};
	int failed = key_generate(KEY_ED25519, 0, &made.key, &err);
	struct token_options options = {
		.issuer = "i", .service = "s", .expiration_s = 60, .key = made.key};
	struct token_trust trust = {.issuer = "i", .service = "s", .keys = &made.key, .n_keys = 1};
	failed = failed || token_issuer_new(&options, &made.issuer, &err) ||
		 token_verifier_new(&trust, 1, &made.verifier, &err) ||
		 accounts_new(&nobody, &made.accounts, &err);
	if (failed)
		abort();
	return &made;
}

static bool is_believed(struct str text)
{
	autoerr struct err err = {0};
	autofree char *account = NULL;
	struct subject subject = {0};

	bool is = token_verify(ours()->verifier, text, 1000, &subject, &err) == 0;
	assert(is != err_is_set(&err) && (is || err.kind == ERR_DENIED));
	subject_done(&subject);
	err_clear(&err);
	int refreshed = refresh_check(ours()->issuer, text, NULL, ours()->accounts, &account, &err);
	assert(refreshed && err.kind == ERR_DENIED); /* there are no users */
	return is;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct str text = {(const char *)bytes, len};
	autobuf struct buf signed_text = {0};
	autoerr struct err err = {0};

	if (!str_starts(text, STR("!"))) {
		bool is = is_believed(text);
		assert(!is);
		return 0;
	}
	struct str claims = {text.ptr + 1, text.len - 1};
	struct str header = str_cut(&claims, '\n');
	if (!claims.ptr || jws_sign(ours()->key, header, claims, &signed_text, &err))
		return 0;
	if (is_believed(buf_str(&signed_text))) {
		signed_text.ptr[0] ^= 1;
		bool is = is_believed(buf_str(&signed_text));
		assert(!is);
	}
	return 0;
}
