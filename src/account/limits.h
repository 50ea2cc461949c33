/* limits.h - every bound of accounts, rules and tokens, with its unit and its reason.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* Bytes of one scope: a name of 255 with its host, a type and all actions fit several times. */
#define LIMIT_SCOPE_BYTES   2048u
/* Scopes of one request, entries of one token: clients that mount ask for one per source. */
#define LIMIT_SCOPES        256u
/* Actions of one scope: registries know five. */
#define LIMIT_SCOPE_ACTIONS 32u

/* Of one configuration: far above what people keep in a file, far below what hurts. */
#define LIMIT_USERS         200000u
#define LIMIT_RULES         20000u
#define LIMIT_RULE_ACTIONS  64u
#define LIMIT_LABELS        64u   /* of one user, and of one rule */
#define LIMIT_LABEL_VALUES  1024u /* of one label */
#define LIMIT_ACCOUNT_BYTES 255u

/* Bytes of a pattern as written, and of what it becomes with its variables filled in. */
#define LIMIT_PATTERN_BYTES  4096u
#define LIMIT_PATTERN_FILLED (64u << 10)
/* Steps, depth and KiB of one match: a few ms at most, then the decision ends without rights. */
#define LIMIT_REGEX_STEPS    100000u
#define LIMIT_REGEX_DEPTH    5000u
#define LIMIT_REGEX_HEAP_KIB 1024u
#define LIMIT_REGEX_GROUPS   99u
/* As RE2: "a{1001}" is refused. */
#define LIMIT_REGEX_REPEAT   1000u
/* Combinations of label values tried for one pattern, and for one decision in all. */
#define LIMIT_LABEL_TRIES    4096u
#define LIMIT_DECISION_TRIES 20000u

/* Bytes of a password: what crypt(3) takes (CRYPT_MAX_PASSPHRASE_SIZE); bcrypt uses 72. */
#define LIMIT_PASSWORD_BYTES  511u
#define LIMIT_BCRYPT_PASSWORD 72u
/* Cost of a hash: what bcrypt has. 10 takes 50 ms, each more doubles it. */
#define LIMIT_BCRYPT_COST     31u

/* Entries of the guard's tables; fixed memory (2 MiB), whatever comes. */
#define LIMIT_GUARD_REMEMBERED  8192u
#define LIMIT_GUARD_FAILURES    16384u
#define LIMIT_GUARD_WAYS        8u
/* Checks that wait for or run a bcrypt: in all, and of one address. */
#define LIMIT_GUARD_JOBS        256u
#define LIMIT_GUARD_JOBS_OF_ONE 64u
/* Those whose thread a check holds, when nobody says how many threads there are. */
#define LIMIT_GUARD_CALLERS     128u
/* How long a check may wait for its turn: clients give up after 15 to 30 s. */
#define LIMIT_GUARD_WAIT_MS     10000

/* Bytes of a configuration or htpasswd file. */
#define LIMIT_ACCOUNT_FILE   (16u << 20)
/* Seconds by which the clocks of issuer and registry may differ, as distribution has it. */
#define LIMIT_TOKEN_LEEWAY_S 60
/* Seconds an access token may live, whatever the configuration says: one year. */
#define LIMIT_TOKEN_LIFE_S   ((int64_t)366 * 24 * 3600)
/* Seconds a refresh token lives: one year, then people log in again. */
#define LIMIT_REFRESH_LIFE_S ((int64_t)365 * 24 * 3600)
/* Keys and certificates that one issuer is believed by. */
#define LIMIT_TRUST_KEYS     64u
