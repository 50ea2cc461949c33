/* limits.h - how large keys, chains and signed texts may be.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#define LIMIT_JWS_BYTES      (64u << 10) /* room for an x5c chain and hundreds of access entries */
#define LIMIT_PEM_BYTES      (4u << 20)  /* a bundle with all public authorities has 250 KiB */
#define LIMIT_PEM_CERTS      4096u
#define LIMIT_X5C_CERTS      10u   /* what a stranger may send: more is work for us, not trust */
#define LIMIT_RSA_BITS_MIN   2048u /* NIST SP 800-57: less is broken */
#define LIMIT_RSA_BITS_MAX   8192u /* verifying grows with the square */
#define LIMIT_TICKET_SECONDS ((int64_t)14400) /* how long a TLS session can be resumed */
