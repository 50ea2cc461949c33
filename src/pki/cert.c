/* cert.c - chains of certificates.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pki/cert.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/vec.h"
#include "pki/limits.h"
#include "pki/pki_private.h"

#include "base/banned.h"

struct cert {
	X509 *x509;
};
struct cert_chain {
	struct cert *items;
	size_t n, cap;
};

static void chain_take(struct cert_chain *chain, X509 *x509)
{
	vec_push(chain, {x509});
}

void cert_chain_free(struct cert_chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->n; i++)
		X509_free(chain->items[i].x509);
	vec_done(chain);
	free(chain);
}

int cert_chain_parse(const char *name, struct str pem, struct cert_chain **ret_chain,
		     struct err *err)
{
	autochain struct cert_chain *chain = xcalloc(1, sizeof(*chain));
	autobio BIO *bio = bio_of(pem);
	X509 *cert;

	if (pem.len > LIMIT_PEM_BYTES)
		return err_set(err, ERR_LIMIT, "%s: larger than %u bytes", name, LIMIT_PEM_BYTES);
	ERR_clear_error();
	while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		chain_take(chain, cert);
		if (chain->n > LIMIT_PEM_CERTS)
			return err_set(err, ERR_LIMIT, "%s: more than %u certificates", name,
				       LIMIT_PEM_CERTS);
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return pki_err(err, ERR_INPUT, "%s: certificate %zu is damaged", name,
			       chain->n + 1);
	ERR_clear_error();
	if (chain->n == 0)
		return err_set(err, ERR_INPUT, "%s: no certificate inside", name);
	*ret_chain = steal(&chain);
	return 0;
}

int cert_chain_parse_x5c(const struct node *x5c, struct cert_chain **ret_chain, struct err *err)
{
	autochain struct cert_chain *chain = xcalloc(1, sizeof(*chain));

	if (!x5c || x5c->kind != NODE_LIST || !x5c->children.n)
		return err_set(err, ERR_INPUT, "'x5c' is no list of certificates");
	if (x5c->children.n > LIMIT_X5C_CERTS)
		return err_set(err, ERR_LIMIT, "'x5c' has more than %u certificates",
			       LIMIT_X5C_CERTS);
	node_foreach(text, x5c) {
		autobuf struct buf der = {.max = LIMIT_JWS_BYTES};
		if (text->kind != NODE_STRING || !base64_decode(&der, text->text))
			return err_set(err, ERR_INPUT, "'x5c': certificate %zu is not base64",
				       chain->n + 1);
		const uint8_t *at = (const uint8_t *)buf_text(&der);
		const uint8_t *end = at + der.len;
		ERR_clear_error();
		X509 *cert = d2i_X509(NULL, &at, (long)der.len);
		if (!cert)
			return pki_err(err, ERR_INPUT, "'x5c': certificate %zu is damaged",
				       chain->n + 1);
		chain_take(chain, cert);
		if (at != end)
			return err_set(err, ERR_INPUT, "'x5c': bytes follow certificate %zu",
				       chain->n);
	}
	*ret_chain = steal(&chain);
	return 0;
}

struct node *cert_chain_x5c(struct arena *arena, const struct cert_chain *chain)
{
	struct node *list = node_new(arena, NODE_LIST);
	for (size_t i = 0; i < chain->n; i++) {
		autobuf struct buf text = {0};
		uint8_t *der = NULL;
		int len = i2d_X509(chain->items[i].x509, &der);
		if (len < 0)
			abort(); /* it was parsed: only memory can lack */
		base64_encode(&text, der, (size_t)len);
		OPENSSL_free(der);
		node_append(list, node_new_text(arena, buf_text(&text)));
	}
	return list;
}

size_t cert_chain_length(const struct cert_chain *chain)
{
	return chain->n;
}

X509 *cert_chain_x509(const struct cert_chain *chain, size_t i)
{
	return chain->items[i].x509;
}

struct key *cert_chain_key(const struct cert_chain *chain, size_t i)
{
	autoerr struct err err = {0};
	struct key *key = NULL;
	EVP_PKEY *pkey = X509_get0_pubkey(chain->items[i].x509);
	ERR_clear_error();
	return pkey && !key_of_pkey("certificate", pkey, false, &key, &err) ? key : NULL;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
	struct tm tm;
	return ASN1_TIME_to_tm(time, &tm) ? (int64_t)timegm(&tm) : 0;
}

int64_t cert_chain_not_before(const struct cert_chain *chain, size_t i)
{
	return seconds_of(X509_get0_notBefore(chain->items[i].x509));
}

int64_t cert_chain_not_after(const struct cert_chain *chain, size_t i)
{
	return seconds_of(X509_get0_notAfter(chain->items[i].x509));
}

/* A NUL inside is an old way to make "good.example\0.evil.example" pass for another name. */
static void add_name(struct strlist *names, const ASN1_STRING *text)
{
	struct str name = {(const char *)ASN1_STRING_get0_data(text),
			   (size_t)ASN1_STRING_length(text)};
	if (name.len && !memchr(name.ptr, '\0', name.len))
		strlist_add_str(names, name);
}

static void add_address(struct strlist *names, const ASN1_OCTET_STRING *bytes)
{
	char text[INET6_ADDRSTRLEN];
	int len = ASN1_STRING_length(bytes);
	if ((len == 4 || len == 16) && inet_ntop(len == 4 ? AF_INET : AF_INET6,
						 ASN1_STRING_get0_data(bytes), text, sizeof(text)))
		strlist_add(names, text);
}

static void add_common_name(struct strlist *names, X509 *cert)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (at >= 0)
		add_name(names, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

void cert_chain_names(const struct cert_chain *chain, struct strlist *ret_names)
{
	X509 *cert = chain->items[0].x509;
	GENERAL_NAMES *alternatives = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	strlist_done(ret_names);
	for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(alternatives, i);
		if (name->type == GEN_DNS)
			add_name(ret_names, name->d.dNSName);
		else if (name->type == GEN_IPADD)
			add_address(ret_names, name->d.iPAddress);
	}
	GENERAL_NAMES_free(alternatives);
	if (ret_names->n == 0)
		add_common_name(ret_names, cert);
}

static void store_freep(X509_STORE **store)
{
	X509_STORE_free(*store);
}
static void store_ctx_freep(X509_STORE_CTX **ctx)
{
	X509_STORE_CTX_free(*ctx);
}
static void stack_freep(STACK_OF(X509) * *stack)
{
	sk_X509_free(*stack);
}

int cert_chain_verify(const struct cert_chain *chain, const struct cert_chain *roots, int64_t now,
		      struct err *err)
{
	cleanup(store_freep) X509_STORE *store = X509_STORE_new();
	cleanup(store_ctx_freep) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	cleanup(stack_freep) STACK_OF(X509) *between = sk_X509_new_null();

	if (!store || !ctx || !between)
		abort();
	for (size_t i = 0; i < roots->n; i++) {
		if (!X509_STORE_add_cert(store, roots->items[i].x509))
			abort();
	}
	for (size_t i = 1; i < chain->n; i++) {
		if (!sk_X509_push(between, chain->items[i].x509))
			abort();
	}
	ERR_clear_error();
	if (!X509_STORE_CTX_init(ctx, store, chain->items[0].x509, between))
		return pki_err(err, ERR_SYSTEM, "verifying a certificate");
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	bool is_good = X509_verify_cert(ctx) == 1;
	ERR_clear_error();
	if (is_good)
		return 0;
	int why = X509_STORE_CTX_get_error(ctx);
	return err_set(err, ERR_DENIED, "certificate %d of the chain: %s",
		       X509_STORE_CTX_get_error_depth(ctx) + 1, X509_verify_cert_error_string(why));
}
