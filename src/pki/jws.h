/* jws.h - compact JSON web signatures: header.payload.signature.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 7515. "none" and the HMAC algorithms are never accepted (RFC 8725, 3.1). */
#pragma once

#include "pki/key.h"

/* `header` and `payload` are JSON texts; the header's "alg" must suit the key (key_sign).
 * ERR_INPUT: it does not; ERR_LIMIT. */
int jws_sign(const struct key *key, struct str header, struct str payload, struct buf *ret_text,
	     struct err *err) must_check;

struct jws {                                 /* parsed, not yet believed */
	const struct node *header, *payload; /* maps in the arena */
	const char *algorithm;               /* borrowed from the header */
	struct str signed_text;              /* borrowed from the text: header "." payload */
	struct str signature;                /* raw bytes in the arena */
};
/* ERR_INPUT: not three parts of base64url without padding, no JSON maps, no usable "alg", a "crit"
 * header; ERR_LIMIT: larger than LIMIT_JWS_BYTES. */
int jws_parse(struct arena *arena, struct str text, struct jws *ret_jws,
	      struct err *err) must_check;
int jws_verify(const struct jws *jws, const struct key *key, struct err *err) must_check;
