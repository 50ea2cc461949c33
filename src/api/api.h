/* api.h - the registry's HTTP API and its token service, as one handler for http/server.h.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec 1.1, docker_auth. */
#pragma once

#include "api/access.h"
#include "http/server.h"
#include "registry/registry.h"

/* What one request was, for the access log, the audit lines and the counters. */
struct api_event {
	const char *method, *path; /* path as sent, bounded and escaped by whoever prints it */
	int status;
	const char *account;                /* "" anonymous; NULL: unknown */
	const char *address;                /* of the client, behind listed proxies */
	const char *user_agent;             /* NULL: none */
	const char *repository, *reference; /* NULL: none */
	const char *audit; /* "login", "push", "delete", "mount", "token"; NULL: nothing to audit */
	const char *detail; /* digest, refused scope, reason; NULL: none; no secrets */
	uint64_t received, sent;
	int64_t duration_ns;
	const char *route; /* "manifests", "blobs", "uploads", "tags", …: a small fixed set */
	bool was_cut;
};
struct api_settings { /* replaceable while serving */
	bool delete_enabled;
	bool read_only; /* pushes and deletes are UNSUPPORTED */
	bool catalog_enabled;
	uint64_t max_blob_bytes;      /* 0: none */
	size_t page_max;              /* of tags and catalog: 0: 1000 */
	const struct strlist *fields; /* "Name: value" added to each answer; copied */
};
struct api_options {
	struct registry *registry;    /* borrowed */
	struct access_policy *policy; /* a reference is taken */
	const struct api_settings *settings;
	/* Each request, in the loop's thread: must be quick. `cause`: the log's text when the fault
	 * was ours. */
	void (*told)(const struct api_event *event, const char *cause, void *arg);
	void *arg;
};
struct api;
int api_new(const struct api_options *options, struct api **ret_api, struct err *err) must_check;
void api_free(struct api *api);
const struct http_handler *api_handler(struct api *api);
void api_set_policy(struct api *api, struct access_policy *policy); /* takes a reference */
void api_set_settings(struct api *api, const struct api_settings *settings);
