/* password.c - bcrypt: making a hash and knowing one.
 * SPDX-License-Identifier: Apache-2.0
 * Source: crypt(5), "bcrypt"; $2y$ and $2b$ are the same, $2a$ differs in what no sane input has.
 */
#include <crypt.h>
#include <errno.h>

#include "account/guard.h"
#include "account/limits.h"
#include "account/password_private.h"

#include "base/banned.h"

#define BCRYPT_LEN       60 /* "$2b$10$", 22 of salt, 31 of hash */
#define BCRYPT_COST_MIN  4
#define BCRYPT_COST_USED 10

static bool is_bcrypt_digit(char byte)
{
	return byte == '.' || byte == '/' || (byte >= '0' && byte <= '9') ||
	       (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

bool password_hash_is_valid(const char *hash)
{
	if (strlen(hash) != BCRYPT_LEN || !text_starts(hash, "$2") || !strchr("aby", hash[2]) ||
	    hash[3] != '$' || hash[6] != '$')
		return false;

	uint64_t cost;
	if (!str_to_u64((struct str){hash + 4, 2}, &cost) || cost < BCRYPT_COST_MIN ||
	    cost > LIMIT_BCRYPT_COST)
		return false;
	for (const char *at = hash + 7; *at; at++)
		if (!is_bcrypt_digit(*at))
			return false;
	return true;
}

bool password_matches(const char *password, const char *hash)
{
	/* 32 KiB: not for the stack of a worker. crypt_r wants it zeroed before the first use. */
	struct crypt_data *crypt_state = xcalloc(1, sizeof(*crypt_state));
	const char *made = crypt_r(password, hash, crypt_state);
	bool is_equal = made && strlen(made) == strlen(hash);

	unsigned char difference = 0;
	for (size_t i = 0; is_equal && hash[i]; i++)
		difference |= (unsigned char)(made[i] ^ hash[i]);
	is_equal = is_equal && difference == 0;
	explicit_bzero(crypt_state, sizeof(*crypt_state));
	free(crypt_state);
	return is_equal;
}

int password_hash(const char *password, unsigned cost, char **ret_hash, struct err *err)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (cost == 0)
		cost = BCRYPT_COST_USED;
	if (cost < BCRYPT_COST_MIN || cost > LIMIT_BCRYPT_COST)
		return err_set(err, ERR_INPUT, "a bcrypt cost is between %d and %u, not %u",
			       BCRYPT_COST_MIN, LIMIT_BCRYPT_COST, cost);
	if (!*password)
		return err_set(err, ERR_INPUT, "the password is empty");
	if (strlen(password) > LIMIT_BCRYPT_PASSWORD)
		return err_set(err, ERR_LIMIT,
			       "the password is longer than %u bytes, bcrypt would cut it",
			       LIMIT_BCRYPT_PASSWORD);
	if (!crypt_gensalt_rn("$2b$", cost, NULL, 0, setting, sizeof(setting)))
		return err_sys(err, "making a salt");

	struct crypt_data *crypt_state = xcalloc(1, sizeof(*crypt_state));
	const char *made = crypt_r(password, setting, crypt_state);
	autofree char *hash = made ? xstrdup(made) : NULL;
	explicit_bzero(crypt_state, sizeof(*crypt_state));
	free(crypt_state);
	if (!hash || !password_hash_is_valid(hash))
		return err_set(err, ERR_SYSTEM, "crypt(3) makes no bcrypt here");
	*ret_hash = steal(&hash);
	return 0;
}
