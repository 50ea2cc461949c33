/* cert.h - chains of certificates: reading them, what they are for, who vouches for them.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/strlist.h"
#include "pki/key.h"

struct cert_chain; /* one or more certificates, the first is the end's own; immutable */

/* PEM with at least one CERTIFICATE; private keys among them are passed over. */
int cert_chain_parse(const char *name, struct str pem, struct cert_chain **ret_chain,
		     struct err *err) must_check;
/* Base64 DER texts, as "x5c" holds them (RFC 7515, 4.1.6). */
int cert_chain_parse_x5c(const struct node *x5c, struct cert_chain **ret_chain,
			 struct err *err) must_check;
void cert_chain_free(struct cert_chain *chain); /* NULL is fine */
DEFINE_FREEP(struct cert_chain, cert_chain_free)
#define autochain cleanup(cert_chain_freep)

size_t cert_chain_length(const struct cert_chain *chain);
struct key *cert_chain_key(const struct cert_chain *chain, size_t i);    /* public; a new reference;
	   NULL: of a    kind that key.h does not take */
int64_t cert_chain_not_before(const struct cert_chain *chain, size_t i); /* seconds since 1970 */
int64_t cert_chain_not_after(const struct cert_chain *chain, size_t i);
/* DNS names and addresses that the first one speaks for (subject alternative names, else CN). */
void cert_chain_names(const struct cert_chain *chain, struct strlist *ret_names);
struct node *cert_chain_x5c(struct arena *arena, const struct cert_chain *chain);
/* `chain` leads to a certificate among `roots` (any of them counts as an anchor, self-signed or
 * not) and all are valid at `now` (seconds). ERR_DENIED tells why not. */
int cert_chain_verify(const struct cert_chain *chain, const struct cert_chain *roots, int64_t now,
		      struct err *err) must_check;

/* A certificate with its key, as servers and token services are given them. Files are relative to
 * dirfd; `key_file` NULL: the key stands in the certificate's file. ERR_INPUT names the file: no
 * certificate, no key, an encrypted one, that of another certificate, expired or not yet valid
 * (unless `accept_expired`). ERR_MISSING: no such file. */
struct cert_pair {
	struct cert_chain *chain;
	struct key *key;
};
int cert_pair_load(int dirfd, const char *cert_file, const char *key_file, bool accept_expired,
		   struct cert_pair *ret_pair, struct err *err) must_check;
void cert_pair_done(struct cert_pair *pair);
