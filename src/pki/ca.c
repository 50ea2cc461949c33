/* ca.c - a small certificate authority in a directory.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 5280, 4.1 and 4.2; CA/Browser Forum Baseline Requirements, 7.1 (serials). */
#include "pki/ca.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/random.h"
#include "pki/limits.h"
#include "pki/pki_private.h"

#include "base/banned.h"

#define DAY_SECONDS    ((int64_t)86400)
#define CA_DAYS        3650
#define DEFAULT_DAYS   825  /* Apple refuses longer ones, other clients follow */
#define SKEW_SECONDS   3600 /* clients whose clock is behind take a new certificate too */
#define RSA_BITS       2048
#define SERIAL_SIZE    16
#define NAME_BYTES_MAX 253 /* RFC 1035, 2.3.4 */
#define CN_BYTES_MAX   64  /* RFC 5280, A.1: ub-common-name */

/* What a certificate shall say. */
struct leaf {
	const struct strlist *names; /* NULL: the authority itself */
	const char *organization;    /* of the subject; NULL: none */
	const char *common_name;     /* NULL: none */
	int64_t from, until;         /* seconds since 1970 */
	const struct key *key;
	const struct cert_pair *issuer; /* NULL: it vouches for itself */
};

static void must_work(bool ok)
{
	if (!ok)
		abort(); /* building in memory fails for want of memory only */
}

static void set_subject(X509 *cert, const struct leaf *leaf)
{
	const struct {
		const char *field, *value;
	} parts[] = {{"O", leaf->organization}, {"CN", leaf->common_name}};
	X509_NAME *subject = X509_get_subject_name(cert);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (parts[i].value)
			must_work(X509_NAME_add_entry_by_txt(subject, parts[i].field, MBSTRING_UTF8,
							     (const uint8_t *)parts[i].value, -1,
							     -1, 0));
	}
}

static void set_serial(X509 *cert)
{
	uint8_t bytes[SERIAL_SIZE];
	random_bytes(bytes, sizeof(bytes));
	bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, and as long as the others */
	BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	must_work(number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)));
	BN_free(number);
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must_work(extension && X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

static bool address_of(const char *name, uint8_t bytes[16], int *ret_len)
{
	if (inet_pton(AF_INET, name, bytes) == 1)
		*ret_len = 4;
	else if (inet_pton(AF_INET6, name, bytes) == 1)
		*ret_len = 16;
	else
		return false;
	return true;
}

static void add_names(X509 *cert, const struct strlist *names)
{
	GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
	for (size_t i = 0; i < names->n; i++) {
		uint8_t address[16];
		int len = (int)strlen(names->items[i]);
		bool is_address = address_of(names->items[i], address, &len);
		ASN1_STRING *value = is_address ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
		GENERAL_NAME *name = GENERAL_NAME_new();
		must_work(value && name &&
			  ASN1_STRING_set(value, is_address ? (void *)address : names->items[i],
					  len));
		GENERAL_NAME_set0_value(name, is_address ? GEN_IPADD : GEN_DNS, value);
		must_work(sk_GENERAL_NAME_push(list, name) > 0);
	}
	must_work(X509_add1_ext_i2d(cert, NID_subject_alt_name, list, 0, 0) == 1);
	GENERAL_NAMES_free(list);
}

static void add_extensions(X509 *cert, X509 *issuer, const struct leaf *leaf)
{
	add_extension(cert, issuer, NID_subject_key_identifier, "hash");
	add_extension(cert, issuer, NID_authority_key_identifier, "keyid");
	if (!leaf->names) {
		add_extension(cert, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
		add_extension(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
		return;
	}
	/* An RSA key is also encrypted to, by clients without ephemeral keys. */
	bool is_rsa = key_type_of(leaf->key) == KEY_RSA;
	add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE");
	add_extension(cert, issuer, NID_key_usage,
		      is_rsa ? "critical,digitalSignature,keyEncipherment"
			     : "critical,digitalSignature");
	add_extension(cert, issuer, NID_ext_key_usage, "serverAuth");
	add_names(cert, leaf->names);
}

static int sign(const struct leaf *leaf, struct buf *pem, struct err *err)
{
	autox509 X509 *cert = X509_new();
	autobio BIO *bio = BIO_new(BIO_s_mem());
	char *text;

	must_work(cert && bio && X509_set_version(cert, X509_VERSION_3));
	X509 *issuer = leaf->issuer ? cert_chain_x509(leaf->issuer->chain, 0) : cert;
	const struct key *issuer_key = leaf->issuer ? leaf->issuer->key : leaf->key;
	set_serial(cert);
	set_subject(cert, leaf);
	must_work(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) &&
		  X509_set_pubkey(cert, key_pkey(leaf->key)) &&
		  ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)leaf->from) &&
		  ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)leaf->until));
	add_extensions(cert, issuer, leaf);
	ERR_clear_error();
	bool has_digest = key_type_of(issuer_key) != KEY_ED25519;
	if (!X509_sign(cert, key_pkey(issuer_key), has_digest ? EVP_sha256() : NULL) ||
	    !PEM_write_bio_X509(bio, cert))
		return pki_err(err, ERR_SYSTEM, "signing a certificate");
	long len = BIO_get_mem_data(bio, &text);
	buf_append(pem, text, (size_t)len);
	return 0;
}

static bool file_is_there(int dirfd, const char *name)
{
	struct stat st;
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int write_key(int dirfd, const char *name, const struct key *key, struct err *err)
{
	autobuf struct buf pem = {0};
	key_write_private(key, &pem);
	int failed = file_write_at(dirfd, name, pem.ptr, pem.len, 0600, FILE_SYNC, err);
	OPENSSL_cleanse(pem.ptr, pem.len);
	return failed;
}

static int write_cert(int dirfd, const char *name, const struct buf *pem, struct err *err)
{
	return file_write_at(dirfd, name, pem->ptr, pem->len, 0644, FILE_SYNC, err);
}

/* The key is written first: one without a certificate is from a run that was cut off, and used. */
static int authority_make(int dirfd, const struct ca_options *options, struct err *err)
{
	autokey struct key *key = NULL;
	autobuf struct buf pem = {0}, key_pem = {0};
	const char *organization =
		options->organization ? options->organization : "Hullwright test authority";

	if (file_is_there(dirfd, "ca.key")) {
		if (file_read_at(dirfd, "ca.key", LIMIT_PEM_BYTES, &key_pem, err) ||
		    key_parse_private("ca.key", buf_str(&key_pem), &key, err))
			return -1;
	} else if (key_generate(KEY_P256, 0, &key, err) || write_key(dirfd, "ca.key", key, err)) {
		return -1;
	}
	int64_t now = clock_now_ns() / NS_PER_SEC;
	struct leaf authority = {.organization = organization,
				 .common_name = organization,
				 .from = now - SKEW_SECONDS,
				 .until = now + CA_DAYS * DAY_SECONDS,
				 .key = key};
	return sign(&authority, &pem, err) ? -1 : write_cert(dirfd, "ca.crt", &pem, err);
}

static int authority_load(int dirfd, const struct ca_options *options, struct cert_pair *ret_pair,
			  struct err *err)
{
	if (!file_is_there(dirfd, "ca.crt") && authority_make(dirfd, options, err))
		return -1;
	if (cert_pair_load(dirfd, "ca.crt", "ca.key", false, ret_pair, err))
		return err_wrap(err, "the authority");
	return 0;
}

/* Letters, digits, '-', '_' and dots, ':' of addresses, a leading "*.": nothing that is special in
 * a path. */
static int names_check(const struct strlist *names, struct err *err)
{
	if (names->n == 0)
		return err_set(err, ERR_INPUT, "a certificate needs a name");
	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->items[i];
		uint8_t address[16];
		int len;
		if (address_of(name, address, &len))
			continue;
		const char *labels = text_starts(name, "*.") ? name + 2 : name;
		size_t n_good =
			strspn(labels, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789-_.");
		if (!*labels || labels[n_good] || *labels == '.' || strstr(labels, "..") ||
		    strlen(name) > NAME_BYTES_MAX)
			return err_set(err, ERR_INPUT, "'%s' is no DNS name and no address", name);
		if (i == 0 && text_eq(name, "ca"))
			return err_set(err, ERR_INPUT,
				       "'ca' is the name of the authority's own files");
	}
	return 0;
}

/* The same names in any order; addresses may be spelled in several ways. */
static bool has_names(const struct cert_chain *chain, const struct strlist *names)
{
	autostrlist struct strlist have = {0}, want = {0};
	cert_chain_names(chain, &have);
	for (size_t i = 0; i < names->n; i++) {
		uint8_t address[16];
		char text[INET6_ADDRSTRLEN];
		int len;
		bool is_address = address_of(names->items[i], address, &len);
		if (is_address &&
		    !inet_ntop(len == 4 ? AF_INET : AF_INET6, address, text, sizeof(text)))
			return false;
		strlist_add(&want, is_address ? text : names->items[i]);
	}
	strlist_sort(&have);
	strlist_sort(&want);
	autofree char *have_text = strlist_join(&have, " "), *want_text = strlist_join(&want, " ");
	return text_eq(have_text, want_text);
}

/* Where the files of an end are. */
struct leaf_files {
	char *key, *cert, *bundle;
};
static void leaf_files_done(struct leaf_files *files)
{
	free(files->key);
	free(files->cert);
	free(files->bundle);
}

/* Good: by this authority, for these names, of this type, and more than a third of its days (a
 * month at most) is left. */
static bool is_good(int dirfd, const struct leaf_files *files, const struct cert_pair *authority,
		    const struct strlist *names, const struct ca_options *options)
{
	cleanup(cert_pair_done) struct cert_pair pair = {0};
	autoerr struct err err = {0};
	int64_t now = clock_now_ns() / NS_PER_SEC;

	if (!file_is_there(dirfd, files->bundle) ||
	    cert_pair_load(dirfd, files->cert, files->key, false, &pair, &err) ||
	    cert_chain_verify(pair.chain, authority->chain, now, &err))
		return false;
	int64_t until = cert_chain_not_after(pair.chain, 0);
	int64_t third = (until - cert_chain_not_before(pair.chain, 0)) / 3;
	int64_t spare = third < 30 * DAY_SECONDS ? third : 30 * DAY_SECONDS;
	return until - now > spare && key_type_of(pair.key) == options->type &&
	       has_names(pair.chain, names);
}

/* In this order, so that a run that was cut off leaves a pair that does not match: the next one
 * sees that and begins again. */
static int leaf_make(int dirfd, const struct leaf_files *files, const struct cert_pair *authority,
		     const struct strlist *names, const struct ca_options *options, struct err *err)
{
	autokey struct key *key = NULL;
	autobuf struct buf pem = {0}, ca_pem = {0};
	int64_t now = clock_now_ns() / NS_PER_SEC;
	int64_t ca_until = cert_chain_not_after(authority->chain, 0);
	int64_t days = options->days ? options->days : DEFAULT_DAYS;
	int64_t until = now + days * DAY_SECONDS;

	if (key_generate(options->type, RSA_BITS, &key, err))
		return -1;
	bool has_short_name = strlen(names->items[0]) <= CN_BYTES_MAX;
	struct leaf leaf = {.names = names,
			    .common_name = has_short_name ? names->items[0] : NULL,
			    .from = now - SKEW_SECONDS,
			    .until = until < ca_until ? until : ca_until,
			    .key = key,
			    .issuer = authority};
	if (sign(&leaf, &pem, err) || write_key(dirfd, files->key, key, err) ||
	    write_cert(dirfd, files->cert, &pem, err) ||
	    file_read_at(dirfd, "ca.crt", LIMIT_PEM_BYTES, &ca_pem, err))
		return -1;
	buf_append_str(&pem, buf_str(&ca_pem));
	return write_cert(dirfd, files->bundle, &pem, err);
}

int ca_issue(int dirfd, const struct strlist *names, const struct ca_options *options,
	     struct err *err)
{
	cleanup(cert_pair_done) struct cert_pair authority = {0};

	if (names_check(names, err) || authority_load(dirfd, options, &authority, err))
		return -1;
	autofree char *base = xstrdup(names->items[0]);
	if (*base == '*')
		*base = '_';
	cleanup(leaf_files_done) struct leaf_files files = {
		.key = xasprintf("%s.key", base),
		.cert = xasprintf("%s.crt", base),
		.bundle = xasprintf("%s.bundle.crt", base),
	};
	if (is_good(dirfd, &files, &authority, names, options))
		return 0;
	return leaf_make(dirfd, &files, &authority, names, options, err);
}
