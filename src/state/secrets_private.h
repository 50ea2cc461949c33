/* secrets_private.h - between the files that register and mask secrets.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/secrets.h"

enum secret_key { /* what a key tells about its value */
		  SECRET_NONE,
		  SECRET_TEXT, /* a scalar is a secret; a mapping is looked into as any other */
		  SECRET_ALL,  /* all below it */
		  SECRET_KEY,  /* a cryptographic key, or the name of a file that holds one */
};

enum secret_key secret_key_kind(const struct secrets *secrets, struct str key);
/* Calls `add` with each form of one line of text in which it may be printed. */
void secret_forms(struct str text, void (*add)(void *arg, struct str form), void *arg);
