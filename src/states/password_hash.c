/* password_hash.c - hashing by libcrypt.
 * SPDX-License-Identifier: Apache-2.0
 *
 * crypt_r(3) is libxcrypt's, also in the musl program: the state is of its size (32 KiB), which the
 * other library's header does not know. */
#include "states/password_hash.h"

#include "base/random.h"
#include "base/str.h"

#include "base/banned.h"

/* crypt.h of libxcrypt: sizeof(struct crypt_data). */
#define CRYPT_STATE_SIZE 32768u

char *crypt_r(const char *phrase, const char *setting, void *state);

char *crypt_gensalt_rn(const char *prefix, unsigned long count, const char *random, int n_random,
		       char *output, int output_size);

/* crypt.h: CRYPT_GENSALT_OUTPUT_SIZE. */
#define SETTING_SIZE 192

int password_hash(const char *password, const char *like, char **ret_hash, struct err *err)
{
	autofree void *state = xcalloc(1, CRYPT_STATE_SIZE);
	char fresh[SETTING_SIZE], bytes[16];
	const char *made = NULL;

	if (like && like[0] == '$')
		made = crypt_r(password, like, state);
	if (!made || made[0] != '$') {
		random_bytes(bytes, sizeof(bytes));
		if (crypt_gensalt_rn("$6$", 0, bytes, sizeof(bytes), fresh, sizeof(fresh)))
			made = crypt_r(password, fresh, state);
	}
	if (!made || made[0] != '$') /* libxcrypt's failures begin with '*' */
		return err_set(err, ERR_SYSTEM, "the password cannot be hashed");
	*ret_hash = xstrdup(made);
	explicit_bzero(state, CRYPT_STATE_SIZE);
	return 0;
}

int password_crypt(const char *password, const char *setting, char **ret_hash, struct err *err)
{
	autofree void *state = xcalloc(1, CRYPT_STATE_SIZE);
	const char *made = crypt_r(password, setting, state);

	if (!made || made[0] == '*')
		return err_set(err, ERR_INPUT, "the password cannot be hashed by that method");
	*ret_hash = xstrdup(made);
	explicit_bzero(state, CRYPT_STATE_SIZE);
	return 0;
}
