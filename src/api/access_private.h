/* access_private.h - what a policy holds.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdatomic.h>

#include "api/access.h"
#include "api/proxy.h"
#include "api/token_memory.h"

struct access_policy {
	atomic_uint refs;
	struct accounts *accounts;
	struct guard *guard; /* borrowed */
	struct token_issuer *issuer;
	struct token_verifier *own, *foreign; /* NULL: no token service here; no trusts */
	struct token_memory *memory;
	struct proxy_rules proxies;
	char *issuer_name, *service, *realm, *token_prefix, *basic_realm;
	bool is_open, hsts;
};
