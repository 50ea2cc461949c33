/* cert_pair.c - a certificate and its key, from files.
 * SPDX-License-Identifier: Apache-2.0 */
#include <openssl/pem.h>

#include "base/clock.h"
#include "base/io.h"
#include "pki/limits.h"
#include "pki/pki_private.h"

#include "base/banned.h"

/* Configured by the owner of the machine: links are fine ("live/host/fullchain.pem" is one). */
static int file_read(int dirfd, const char *name, struct buf *ret_text, struct err *err)
{
	autofree char *path = strchr(name, '/') ? xstrdup(name) : path_join(".", name);
	return file_read_at(dirfd, path, LIMIT_PEM_BYTES, ret_text, err);
}

static int dates_check(const char *file, const struct cert_chain *chain, struct err *err)
{
	char date[CLOCK_TEXT_MAX];
	int64_t now = clock_now_ns() / NS_PER_SEC;
	int64_t from = cert_chain_not_before(chain, 0), until = cert_chain_not_after(chain, 0);

	if (now < from) {
		clock_format_rfc3339(from * NS_PER_SEC, date);
		return err_set(err, ERR_INPUT, "%s: the certificate is not valid before %s", file,
			       date);
	}
	if (now > until) {
		clock_format_rfc3339(until * NS_PER_SEC, date);
		return err_set(err, ERR_INPUT, "%s: the certificate has expired on %s", file, date);
	}
	return 0;
}

static int match_check(const char *cert_file, const char *key_file, const struct cert_pair *pair,
		       struct err *err)
{
	for (size_t i = 0; i < cert_chain_length(pair->chain); i++) {
		autokey struct key *key = cert_chain_key(pair->chain, i);
		bool is_own = key && key_equal(key, pair->key);
		if (is_own && i == 0)
			return 0;
		if (is_own)
			return err_set(err, ERR_INPUT,
				       "%s: the key belongs to certificate %zu, put that first",
				       cert_file, i + 1);
	}
	return err_set(err, ERR_INPUT, "%s: the key does not belong to the certificate in '%s'",
		       key_file, cert_file);
}

int cert_pair_load(int dirfd, const char *cert_file, const char *key_file, bool accept_expired,
		   struct cert_pair *ret_pair, struct err *err)
{
	cleanup(cert_pair_done) struct cert_pair pair = {0};
	autobuf struct buf cert_pem = {0}, key_pem = {0};

	if (file_read(dirfd, cert_file, &cert_pem, err) ||
	    cert_chain_parse(cert_file, buf_str(&cert_pem), &pair.chain, err))
		return -1;
	if (key_file && file_read(dirfd, key_file, &key_pem, err))
		return -1;
	int failed = key_file ? key_parse_private(key_file, buf_str(&key_pem), &pair.key, err)
			      : key_parse_private(cert_file, buf_str(&cert_pem), &pair.key, err);
	if (key_pem.ptr)
		OPENSSL_cleanse(key_pem.ptr, key_pem.len);
	if (!key_file)
		OPENSSL_cleanse(cert_pem.ptr, cert_pem.len);
	if (failed || match_check(cert_file, key_file ? key_file : cert_file, &pair, err))
		return -1;
	if (!accept_expired && dates_check(cert_file, pair.chain, err))
		return -1;
	*ret_pair = steal(&pair);
	return 0;
}

void cert_pair_done(struct cert_pair *pair)
{
	cert_chain_free(pair->chain);
	key_unref(pair->key);
	*pair = (struct cert_pair){0};
}
