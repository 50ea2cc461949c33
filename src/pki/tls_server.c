/* tls_server.c - certificates and rules of TLS, and which certificate answers for which name.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#ifdef __aarch64__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <openssl/err.h>

#include "base/clock.h"
#include "pki/limits.h"
#include "pki/pki_private.h"
#include "pki/tls_private.h"

#include "base/banned.h"

/* Forward secret and authenticated only, as BSI TR-02102-2 and RFC 9325 want; the ones that the
 * processor is quick with come first. */
#define AES_128_12 "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
#define AES_256_12 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
#define CHACHA_12  "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define AES_13     "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"
#define CHACHA_13  "TLS_CHACHA20_POLY1305_SHA256"
#define CURVES     "X25519:P-256:P-384"

static bool has_fast_aes(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
	return (getauxval(AT_HWCAP) & (HWCAP_AES | HWCAP_PMULL)) == (HWCAP_AES | HWCAP_PMULL);
#else
	return false;
#endif
}

static int alpn_select(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len,
		       const unsigned char *offered, unsigned n_offered, void *unused)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen = NULL;
	/* No overlap: go on without (an answer of "no_application_protocol" helps no one). */
	if (SSL_select_next_proto(&chosen, ret_len, ours, sizeof(ours) - 1, offered, n_offered) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*ret_name = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static bool is_same_name(struct str a, struct str b)
{
	return a.len == b.len && a.ptr && b.ptr && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/* Exactly, or by a wildcard. */
static bool names_match(const struct strlist *names, struct str name)
{
	for (size_t i = 0; i < names->n; i++) {
		struct str own = str_of(names->items[i]), rest = name;
		if (str_starts(own, STR("*."))) { /* RFC 6125, 6.4.3: the first label alone */
			if (str_cut(&rest, '.').len == 0)
				continue;
			own = (struct str){own.ptr + 2, own.len - 2};
		}
		if (own.len && is_same_name(own, rest))
			return true;
	}
	return false;
}

static bool names_has(const struct strlist *names, struct str name)
{
	for (size_t i = 0; i < names->n; i++) {
		if (is_same_name(str_of(names->items[i]), name))
			return true;
	}
	return false;
}

static int name_select(SSL *ssl, int *alert, void *arg)
{
	const struct tls_server *server = arg;
	struct str name = str_of(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
	const struct tls_host *found = NULL;

	if (!name.len)
		return SSL_TLSEXT_ERR_NOACK;
	if (name.ptr[name.len - 1] == '.')
		name.len--;
	for (size_t i = 0; i < server->n_hosts && !found; i++)
		found = names_has(&server->hosts[i].names, name) ? &server->hosts[i] : NULL;
	for (size_t i = 0; i < server->n_hosts && !found; i++)
		found = names_match(&server->hosts[i].names, name) ? &server->hosts[i] : NULL;
	if (!found)
		return SSL_TLSEXT_ERR_NOACK;
	return SSL_set_SSL_CTX(ssl, found->ctx) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int set_version(SSL_CTX *ctx, const char *version, struct err *err)
{
	static const struct {
		const char *name;
		int version;
	} versions[] = {{"1.2", TLS1_2_VERSION}, {"1.3", TLS1_3_VERSION}};
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		if (text_eq(version ? version : "1.2", versions[i].name))
			return SSL_CTX_set_min_proto_version(ctx, versions[i].version)
				       ? 0
				       : pki_err(err, ERR_SYSTEM, "setting the TLS version");
	}
	return err_set(err, ERR_INPUT, "TLS version '%s' is not 1.2 or 1.3", version);
}

static int set_rules(SSL_CTX *ctx, const struct tls_options *options, struct err *err)
{
	bool fast_aes = has_fast_aes();
	const char *ciphers = fast_aes ? AES_128_12 ":" AES_256_12 ":" CHACHA_12
				       : CHACHA_12 ":" AES_128_12 ":" AES_256_12;
	const char *suites = fast_aes ? AES_13 ":" CHACHA_13 : CHACHA_13 ":" AES_13;
	const char *curves = CURVES;

	ciphers = options->ciphers ? options->ciphers : ciphers;
	suites = options->cipher_suites ? options->cipher_suites : suites;
	curves = options->curves ? options->curves : curves;
	if (set_version(ctx, options->min_version, err))
		return -1;
	if (!SSL_CTX_set_cipher_list(ctx, ciphers))
		return pki_err(err, ERR_INPUT, "TLS ciphers '%s'", ciphers);
	if (!SSL_CTX_set_ciphersuites(ctx, suites))
		return pki_err(err, ERR_INPUT, "TLS 1.3 cipher suites '%s'", suites);
	if (!SSL_CTX_set1_groups_list(ctx, curves))
		return pki_err(err, ERR_INPUT, "TLS curves '%s'", curves);
	return 0;
}

static void set_modes(SSL_CTX *ctx)
{
	/* An unexpected end is an end: HTTP/1.1 frames its messages, a cut one is noticed there. */
	uint64_t options = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
			   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF;
#ifndef OPENSSL_NO_KTLS
	options |= SSL_OP_ENABLE_KTLS;
#endif
	SSL_CTX_set_options(ctx, options);
	/* A quiet connection holds no record buffers: 32 KiB less for each. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets carry all */
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"hull", 4);
	SSL_CTX_set_alpn_select_cb(ctx, alpn_select, NULL);
}

static void stack_freep(STACK_OF(X509) * *stack)
{
	sk_X509_free(*stack);
}

static int add_pair(SSL_CTX *ctx, const struct cert_pair *pair, struct err *err)
{
	cleanup(stack_freep) STACK_OF(X509) *rest = sk_X509_new_null();
	for (size_t i = 1; i < cert_chain_length(pair->chain); i++) {
		if (!sk_X509_push(rest, cert_chain_x509(pair->chain, i)))
			abort();
	}
	if (!SSL_CTX_use_cert_and_key(ctx, cert_chain_x509(pair->chain, 0), key_pkey(pair->key),
				      rest, 1))
		return pki_err(err, ERR_INPUT, "using certificate and key for TLS");
	return 0;
}

/* `other` can answer wherever `own` can. */
static bool names_cover(const struct strlist *other, const struct strlist *own)
{
	for (size_t i = 0; i < own->n; i++) {
		struct str name = str_of(own->items[i]);
		if (!names_has(other, name) && !names_match(other, name)) /* "*.x" has itself */
			return false;
	}
	return true;
}

/* OpenSSL keeps one certificate for each of these in a context. */
static unsigned slot_of(const struct cert_pair *pair)
{
	enum key_type type = key_type_of(pair->key);
	return type == KEY_RSA ? 1 : type == KEY_ED25519 ? 2 : 4;
}

static int host_fill(struct tls_server *server, size_t own, const struct tls_options *options,
		     struct err *err)
{
	struct tls_host *host = &server->hosts[own];
	unsigned taken = slot_of(&options->pairs[own]);

	host->ctx = SSL_CTX_new(TLS_server_method());
	if (!host->ctx)
		return pki_err(err, ERR_SYSTEM, "making a TLS context");
	set_modes(host->ctx);
	ticket_ring_install(server->tickets, host->ctx);
	if (set_rules(host->ctx, options, err) || add_pair(host->ctx, &options->pairs[own], err))
		return -1;
	for (size_t i = 0; i < options->n_pairs; i++) {
		unsigned slot = slot_of(&options->pairs[i]);
		if (taken & slot || !names_cover(&server->hosts[i].names, &host->names))
			continue;
		if (add_pair(host->ctx, &options->pairs[i], err))
			return -1;
		taken |= slot;
	}
	if (server->n_hosts > 1) {
		SSL_CTX_set_tlsext_servername_callback(host->ctx, name_select);
		SSL_CTX_set_tlsext_servername_arg(host->ctx, server);
	}
	return 0;
}

DEFINE_FREEP(struct tls_server, tls_server_unref)

int tls_server_new(const struct tls_options *options, const struct tls_server *previous,
		   struct tls_server **ret_server, struct err *err)
{
	cleanup(tls_server_unrefp) struct tls_server *server = xcalloc(1, sizeof(*server));

	server->refs = 1;
	if (options->n_pairs == 0)
		return err_set(err, ERR_INPUT, "TLS needs a certificate");
	server->tickets = previous ? ticket_ring_ref(previous->tickets)
				   : ticket_ring_new(LIMIT_TICKET_SECONDS * NS_PER_SEC);
	server->n_hosts = options->n_pairs;
	server->hosts = xcalloc(server->n_hosts, sizeof(*server->hosts));
	for (size_t i = 0; i < server->n_hosts; i++)
		cert_chain_names(options->pairs[i].chain, &server->hosts[i].names);
	ERR_clear_error();
	for (size_t i = 0; i < server->n_hosts; i++) {
		if (host_fill(server, i, options, err))
			return -1;
	}
	*ret_server = steal(&server);
	return 0;
}

struct tls_server *tls_server_ref(struct tls_server *server)
{
	atomic_fetch_add_explicit(&server->refs, 1, memory_order_relaxed);
	return server;
}

void tls_server_unref(struct tls_server *server)
{
	if (!server || atomic_fetch_sub_explicit(&server->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < server->n_hosts; i++) {
		SSL_CTX_free(server->hosts[i].ctx);
		strlist_done(&server->hosts[i].names);
	}
	free(server->hosts);
	ticket_ring_unref(server->tickets);
	free(server);
}
