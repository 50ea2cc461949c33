/* hashes.c - the methods of libcrypt that nobody hashes passwords with any more.
 * SPDX-License-Identifier: Apache-2.0
 *
 * crypt(5) advises against them, and no system that this program cares for makes them. They answer
 * as libcrypt does for what it does not know (EINVAL, "*0"), and 35 KB of tables and code are not
 * linked: crypt-port.h and hash-methods of libxcrypt name the functions. */
#include <errno.h>

/* A hash, and a setting for a new password. Their arguments are not looked at, and by the calling
 * conventions of Linux whoever passes them also removes them. */
#define METHOD_LEFT_OUT(name)                  \
	void _crypt_crypt_##name##_rn(void);   \
	void _crypt_gensalt_##name##_rn(void); \
	void _crypt_crypt_##name##_rn(void)    \
	{                                      \
		errno = EINVAL;                \
	}                                      \
	void _crypt_gensalt_##name##_rn(void)  \
	{                                      \
		errno = EINVAL;                \
	}

/* NOLINTBEGIN(readability-function-size,bugprone-reserved-identifier): their names are libcrypt's
 */
METHOD_LEFT_OUT(gost_yescrypt)
METHOD_LEFT_OUT(nt)
METHOD_LEFT_OUT(scrypt)
METHOD_LEFT_OUT(sha1crypt)
METHOD_LEFT_OUT(sunmd5)
/* NOLINTEND(readability-function-size,bugprone-reserved-identifier) */
