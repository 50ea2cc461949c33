/* digest.h - digests that say which bytes a file must have.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#define DIGEST_TEXT_MAX 129 /* of SHA-512, with its end */

enum digest_algo {
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	N_DIGESTS
};

struct digest {
	enum digest_algo algo;
	char hex[DIGEST_TEXT_MAX]; /* lower case */
};

const char *digest_algo_name(enum digest_algo algo); /* "sha256" */
bool digest_algo_named(struct str name, enum digest_algo *ret_algo);
/* "sha256=HEX", "sha256:HEX", or HEX alone whose length says which. false: none of it. */
bool digest_parse(struct str text, struct digest *ret_digest);
void digest_of(enum digest_algo algo, struct str bytes, struct digest *ret_digest);
/* The digest for a file out of a list of them: a line that names it ("HEX  name", "HEX *name",
 * "SHA256 (name) = HEX"); else, if `any`, the first there is. */
bool digest_find(struct str list, struct str name, bool any, struct digest *ret_digest);
