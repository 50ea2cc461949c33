/* verify.h - one blob read again.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "oci/digest.h"

struct registry;
/* Reads it whole. *ret_fault: what is wrong with it, yours; NULL: nothing. ERR_MISSING. */
int verify_blob(struct registry *registry, const struct digest *digest, char **ret_fault,
		struct err *err) must_check;
