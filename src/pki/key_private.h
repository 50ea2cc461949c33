/* key_private.h - what a key holds.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdatomic.h>

#include "pki/pki_private.h"

struct key {
	atomic_uint refs;
	enum key_type type;
	bool is_private;
	EVP_PKEY *pkey; /* OpenSSL lets many threads use it as long as none changes it */
	char libtrust[KEY_ID_MAX], thumbprint[KEY_ID_MAX]; /* asked for with each token */
};

int key_set_ids(struct key *key, struct err *err) must_check;
