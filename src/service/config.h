/* config.h - the registry's configuration: our file, or the reference registry's, one struct.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Our format is described in hull-registry.yml(5). A file with `version: 0.1` is the reference
 * registry's: its keys are translated, REGISTRY_A_B overrides apply, what we do not support is
 * refused by name with file:line:column. Relative paths are relative to the file. */
#pragma once

#include "account/auth_file.h"
#include "base/arena.h"
#include "base/strlist.h"
#include "http/server.h"
#include "pki/cert.h"

struct listen_address {
	const char *text;   /* "HOST:PORT", ":PORT", "unix:PATH" */
	struct src_pos pos; /* for who finds it taken */
	bool is_tls;
};
struct certificate_files {
	const char *certificate, *key; /* key NULL: it stands in the certificate's file */
	struct src_pos pos;
	struct cert_pair pair; /* loaded and checked */
};
struct external_tokens { /* a token service whose tokens are believed */
	const char *issuer, *service, *realm, *certificates;
	struct src_pos pos;
	struct cert_chain *chain; /* loaded */
};
/* What belongs together stands together, padding or not. A zero or NULL: not said. */
struct registry_config {      /* NOLINT(clang-analyzer-optin.performance.Padding) */
	struct arena arena;   /* where the texts are */
	const char *path;     /* of the file, as given */
	bool is_distribution; /* the reference registry's format */
	struct listen_address_vec {
		struct listen_address *items;
		size_t n, cap;
	} listen;
	struct listen_address admin; /* of /healthz, /readyz, /metrics; text NULL: none */
	struct certificate_files_vec {
		struct certificate_files *items;
		size_t n, cap;
	} tls;
	const char *tls_minimum, *tls_ciphers, *tls_cipher_suites, *tls_curves;
	const char *storage;    /* directory */
	uint64_t storage_floor; /* bytes that must stay free */
	bool delete_enabled, read_only, sparse_indexes, catalog_enabled;
	uint64_t max_blob_bytes;
	size_t page_max;       /* of tags and catalog */
	struct strlist fields; /* "Name: value", added to each answer */
	struct http_limits http;

	struct accounts *accounts; /* NULL: none of our own */
	bool is_open;              /* everybody may do everything: the file says so */
	const char *basic_realm;   /* htpasswd of the reference registry's file */
	const char *issuer, *service, *realm, *token_prefix;
	int64_t token_expiration_s;
	struct certificate_files token; /* certificate NULL: the key that the storage keeps */
	bool token_x5c, token_thumbprint;
	struct external_tokens_vec {
		struct external_tokens *items;
		size_t n, cap;
	} external;
	struct strlist proxies;
	const char *real_ip_header;
	int64_t real_ip_pos;
	bool hsts;

	const char *log_level; /* "error", "warn", "info", "debug" */
	bool log_is_json, access_log;
	int64_t upload_ttl_ns, upload_purge_every_ns; /* ttl 0: never purged */
	bool upload_purge_dry_run;
	int64_t gc_every_ns, gc_grace_ns; /* every 0: only when asked */
	int64_t gc_untagged_age_ns;       /* 0: manifests without a tag are kept */
	int64_t verify_every_ns;          /* 0: only when asked */
	uint64_t verify_rate;             /* bytes/s; 0: unbounded */
	int64_t drain_ns;                 /* how long SIGTERM waits */
	struct strlist watched;           /* files whose change is a reload: absolute paths */
	struct strlist warnings;
};
/* `env` NULL: no overrides. ERR_INPUT names file:line:column (a file
 * that is missing or may not be read too). Everything is checked that can be
 * checked without listening: certificates with their keys and dates, users, rules, limits. */
int registry_config_read(const char *path, char *const *env, struct registry_config *ret_config,
			 struct err *err) must_check;
/* The same of a text that `path` names in errors; for tests and the fuzzer. */
int registry_config_parse(const char *path, struct str text, char *const *env,
			  struct registry_config *ret_config, struct err *err) must_check;
void registry_config_done(struct registry_config *config);
#define autoconfig cleanup(registry_config_done)
