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

static void make_setting(char setting[20])
{
	static const char letters[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	unsigned char bytes[16];
	size_t n = 3;

	memcpy(setting, "$6$", n);
	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		setting[n++] = letters[bytes[i] & 63];
	setting[n] = '\0';
}

int password_hash(const char *password, const char *like, char **ret_hash, struct err *err)
{
	autofree void *state = xcalloc(1, CRYPT_STATE_SIZE);
	char fresh[20];
	const char *made = NULL;

	if (like && like[0] == '$')
		made = crypt_r(password, like, state);
	if (!made || made[0] != '$') {
		make_setting(fresh);
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
