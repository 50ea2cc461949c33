/* config.h - the registry's configuration: our file, or the reference registry's, one struct.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Our format is described in hull-registry.yml(5). A file with `version: 0.1` is the reference
 * registry's: its keys are translated, REGISTRY_A_B overrides apply, what we do not support is
 * refused by name with file:line:column. Relative paths are relative to the file. */
#pragma once

#include "account/auth_file.h"
#include "base/strlist.h"
#include "http/server.h"
#include "pki/cert.h"

struct tls_files {
	char *certificate, *key;
};
struct registry_config {             /* texts owned; NULL: not said */
	struct strlist listen;       /* "HOST:PORT", "unix:PATH" */
	struct strlist listen_plain; /* without TLS though certificates are given */
	char *admin;                 /* address of /healthz, /readyz, /metrics; NULL: none */
	struct tls_files *tls;       /* pairs */
	size_t n_tls;
	char *tls_minimum, *tls_ciphers, *tls_cipher_suites, *tls_curves;
	char *storage;          /* directory */
	uint64_t storage_floor; /* bytes that must stay free */
	bool delete_enabled, read_only, sparse_indexes;
	uint64_t max_blob_bytes;
	struct strlist fields; /* added to each answer */
	struct http_limits http;

	struct accounts *accounts; /* NULL: none of our own */
	bool is_open;              /* everybody may do everything: the file says so */
	char *basic_realm;         /* htpasswd of the reference registry's file */
	char *issuer, *service, *realm, *token_prefix;
	int64_t token_expiration_s;
	struct tls_files token_pair; /* NULLs: the first of tls */
	bool token_x5c, token_thumbprint;
	struct external_tokens {
		char *issuer, *service, *realm, *certificates;
	} * external;
	size_t n_external;
	struct strlist proxies;
	char *real_ip_header;
	int64_t real_ip_pos;
	bool hsts;

	char *log_level, *log_format; /* "text", "json" */
	bool access_log;
	int64_t upload_ttl_ns, upload_purge_every_ns;
	bool upload_purge_dry_run;
	int64_t gc_every_ns, gc_grace_ns, gc_untagged_age_ns; /* 0: off, default, keep untagged */
	int64_t verify_every_ns;
	uint64_t verify_rate;   /* bytes/s */
	int64_t drain_ns;       /* how long SIGTERM waits */
	struct strlist watched; /* files whose change is a reload: absolute paths */
	struct strlist warnings;
};
/* `env` NULL: no overrides. ERR_INPUT names file:line:column. Everything is checked that can be
 * checked without listening: certificates with their keys and dates, users, rules, limits. */
int registry_config_read(const char *path, char *const *env, struct registry_config *ret_config,
			 struct err *err) must_check;
void registry_config_done(struct registry_config *config);
