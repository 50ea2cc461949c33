/* openssl.c - errors and texts between OpenSSL and us.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <limits.h>

#include <openssl/err.h>

#include "pki/pki_private.h"

#include "base/banned.h"

const char *pki_reason(unsigned long code)
{
	if (code == 0)
		return "no reason given";
	if (ERR_SYSTEM_ERROR(code))
		return strerrordesc_np(ERR_GET_REASON(code));
	const char *reason = ERR_reason_error_string(code);
	return reason ? reason : "unknown reason";
}

int(pki_err)(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	autofree char *text = xvasprintf(fmt, args);
	va_end(args);
	err_set(err, kind, "%s: %s", text, pki_reason(ERR_peek_error()));
	ERR_clear_error();
	return -1;
}

BIO *bio_of(struct str text)
{
	BIO *bio = BIO_new_mem_buf(text.ptr ? text.ptr : "",
				   text.len > INT_MAX ? INT_MAX : (int)text.len);
	assert(bio);
	return bio;
}
