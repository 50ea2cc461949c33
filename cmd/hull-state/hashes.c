/* hashes.c - the methods of libcrypt that nobody hashes passwords with any more.
 * SPDX-License-Identifier: Apache-2.0
 *
 * crypt(5) advises against them, and no system that this program cares for makes them. They answer
 * as libcrypt does for what it does not know (EINVAL, "*0"), and 35 KB of tables and code are not
 * linked: crypt-port.h and hash-methods of libxcrypt name the functions. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/* From the phrase and the setting, with room to work: the hash. */
typedef void hash_fn(const char *phrase, size_t phrase_size, const char *setting,
		     size_t setting_size, uint8_t *out, size_t out_size, void *scratch,
		     size_t scratch_size);
/* A setting for a new password. */
typedef void setting_fn(unsigned long cost, const uint8_t *random, size_t n_random, uint8_t *out,
			size_t out_size);

#define METHOD_LEFT_OUT(name)                                                                      \
	hash_fn _crypt_crypt_##name##_rn;                                                          \
	setting_fn _crypt_gensalt_##name##_rn;                                                     \
	void _crypt_crypt_##name##_rn(const char *phrase, size_t phrase_size, const char *setting, \
				      size_t setting_size, uint8_t *out, size_t out_size,          \
				      void *scratch, size_t scratch_size)                          \
	{                                                                                          \
		errno = EINVAL;                                                                    \
	}                                                                                          \
	void _crypt_gensalt_##name##_rn(unsigned long cost, const uint8_t *random,                 \
					size_t n_random, uint8_t *out, size_t out_size)            \
	{                                                                                          \
		errno = EINVAL;                                                                    \
	}

METHOD_LEFT_OUT(gost_yescrypt)
METHOD_LEFT_OUT(nt)
METHOD_LEFT_OUT(scrypt)
METHOD_LEFT_OUT(sha1crypt)
METHOD_LEFT_OUT(sunmd5)
