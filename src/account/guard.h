/* guard.h - checking passwords at a bounded cost: caches, back-off, few bcrypts at once.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A verified password is remembered as a keyed digest (key: this process' own random bytes) bound
 * to the stored hash, for a while. Failures are counted per address (IPv6: its /64) and per pair of
 * account and address: who fails often waits, others are not hindered. An unknown account costs the
 * same bcrypt as a known one. At most `bcrypt_threads` run at once; how long and how many wait for
 * that is bounded. */
#pragma once

#include "account/accounts.h"

struct guard;
struct guard_options {
	unsigned bcrypt_threads; /* 0: half of the cores, at least 1 */
	unsigned max_callers;    /* inside of guard_check at once; 0: 128 */
	unsigned free_failures;  /* 0: 5 before waiting begins */
	int64_t max_delay_ms;    /* 0: 60 s; the delay doubles from 1 s */
	int64_t remember_ms;     /* 0: 10 min */
	int64_t (*now_ms)(void); /* NULL: the monotonic clock; tests turn their own */
};
struct guard *guard_new(const struct guard_options *options);
void guard_free(struct guard *guard);

enum guard_result {
	GUARD_OK,
	GUARD_WRONG, /* unknown account or wrong password: the same to the outside */
	GUARD_LATER, /* too many failures, or no bcrypt slot in time: 429 with Retry-After */
};
/* Blocks for a bcrypt unless remembered. ip NULL: a local socket. */
enum guard_result guard_check(struct guard *guard, const struct accounts *accounts,
			      const char *account, const char *password,
			      const struct sockaddr_storage *ip, unsigned *ret_retry_seconds);
/* Only what is remembered; GUARD_LATER: it needs guard_check. Never blocks. Who has to wait is not
 * told that he guessed right: nothing is remembered for him. */
enum guard_result guard_peek(struct guard *guard, const struct accounts *accounts,
			     const char *account, const char *password,
			     const struct sockaddr_storage *ip);

/* bcrypt, cost 4..31 (0: 10): "$2b$…". Passwords over 72 bytes are ERR_LIMIT (bcrypt would cut
 * them), with a NUL or empty ERR_INPUT. */
int password_hash(const char *password, unsigned cost, char **ret_hash, struct err *err) must_check;
bool password_hash_is_valid(const char *hash); /* $2a$ $2b$ $2y$, right length and alphabet */
