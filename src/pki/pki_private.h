/* pki_private.h - OpenSSL's objects behind ours, and its errors in our words.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "pki/cert.h"
#include "pki/key.h"

static inline void pkey_freep(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}
#define autopkey cleanup(pkey_freep)
static inline void x509_freep(X509 **cert)
{
	X509_free(*cert);
}
#define autox509 cleanup(x509_freep)
static inline void bio_freep(BIO **bio)
{
	BIO_free(*bio);
}
#define autobio cleanup(bio_freep)

/* "fmt: reason" with the first reason that OpenSSL has put into this thread's queue, which is then
 * empty. Clear the queue before the call that may fail: it remembers. */
int pki_err(struct err *err, enum err_kind kind, const char *fmt, ...) printf_like(3, 4);
#define pki_err(...) err_failed(pki_err(__VA_ARGS__))
const char *pki_reason(unsigned long code); /* the reason alone; borrowed for ever */

BIO *bio_of(struct str text); /* reads the text, which is borrowed */

/* Takes a reference of its own. ERR_INPUT: a kind of key that we do not know, or a weak one. */
int key_of_pkey(const char *name, EVP_PKEY *pkey, bool is_private, struct key **ret_key,
		struct err *err) must_check;
EVP_PKEY *key_pkey(const struct key *key);                       /* borrowed */
X509 *cert_chain_x509(const struct cert_chain *chain, size_t i); /* borrowed */
