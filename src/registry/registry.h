/* registry.h - the repositories of one registry: storage, index and memory as one coherent thing.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything the API, the collector and the tools do goes through here, so that a tag, a link and
 * what the collector thinks of a blob change together. Names, tags and digests were checked by the
 * caller (name.h, oci/digest.h). All are safe from any thread; all but the _peek ones may block.
 *
 * The tree is the truth: what the index does not know is looked for in the tree before it is called
 * missing, and taken into the index. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strlist.h"
#include "oci/digest.h"
#include "registry/problem.h"
#include "registry/storage.h"

struct registry_options {
	struct storage *storage;        /* taken */
	int own_dirfd;                  /* where the index is; borrowed, -1: in memory only */
	size_t cache_bytes;             /* of manifests in memory; 0: the default */
	int64_t gc_grace_ns;            /* between condemned and removed; 0: one hour */
	bool sparse_indexes;            /* children of an index may be missing */
	bool (*is_stopping)(void *arg); /* asked by long walks; NULL: never */
	void *arg;
};
struct registry;
int registry_open(const struct registry_options *options, struct registry **ret_registry,
		  struct err *err) must_check;
void registry_close(struct registry *registry);              /* NULL is fine */
struct storage *registry_storage(struct registry *registry); /* for uploads */

/* One manifest, shared and immutable. */
struct manifest_view {
	struct digest digest;
	const char *media_type; /* as pushed */
	struct str bytes;
	struct str fields; /* ready: Content-Type, Docker-Content-Digest, ETag, each "…\r\n" */
};
/* `reference`: a tag or a digest. Peek: only when memory knows that it is current; never blocks. */
const struct manifest_view *registry_manifest_peek(struct registry *registry,
						   const char *repository, const char *reference);
/* Notes the pull. ERR_MISSING; ERR_CORRUPT: quarantined, to be answered as missing. */
int registry_manifest_get(struct registry *registry, const char *repository, const char *reference,
			  const struct manifest_view **ret_view, struct err *err) must_check;
void manifest_view_release(const struct manifest_view *view); /* also from registry_manifest_peek */

struct manifest_put {
	const char *repository;
	const char *reference;    /* tag or digest; NULL allowed when there are tags */
	const char *content_type; /* of the request; NULL: none */
	struct str bytes;
	const struct strlist *tags; /* of ?tag=; NULL: none */
	const char *if_match;       /* digest the tag must be at; NULL: any */
	bool if_absent;             /* If-None-Match: *: the tag must be new */
	bool may_rewrite_tags;      /* reserved for write-once tags: true */
};
struct manifest_put_result {
	struct digest digest, subject; /* subject unset: none */
	struct strlist tags;           /* those that were set by ?tag= */
};
/* Durable when it returns 0. -1: the problems say all that is wrong. `err` has the text for the log
 * when the cause is ours (PROBLEM_UNKNOWN, NO_SPACE). */
int registry_manifest_put(struct registry *registry, const struct manifest_put *put,
			  struct manifest_put_result *ret_result, struct problems *problems,
			  struct err *err) must_check;
/* By digest: with its tags. MANIFEST_UNKNOWN; REFERENCED: an index of the repository holds it. */
int registry_manifest_delete(struct registry *registry, const char *repository,
			     const struct digest *digest, struct problems *problems,
			     struct err *err) must_check;
int registry_tag_delete(struct registry *registry, const char *repository, const char *tag,
			struct problems *problems, struct err *err) must_check;

/* Blobs as one repository sees them. ERR_MISSING: not there for it. Each of them keeps a condemned
 * blob from the collector. */
bool registry_blob_peek(struct registry *registry, const char *repository,
			const struct digest *digest, uint64_t *ret_size);
int registry_blob_stat(struct registry *registry, const char *repository,
		       const struct digest *digest, uint64_t *ret_size, struct err *err) must_check;
/* A descriptor that stays open in memory for the next: blob_file_release when it was sent. */
struct blob_file {
	int fd; /* -1: use storage's blob_reader */
	uint64_t size;
};
const struct blob_file *registry_blob_open_peek(struct registry *registry, const char *repository,
						const struct digest *digest);
int registry_blob_open(struct registry *registry, const char *repository,
		       const struct digest *digest, const struct blob_file **ret_file,
		       struct err *err) must_check;
void blob_file_release(const struct blob_file *file);
/* Ends an upload of the storage: content, link, index. ERR_CORRUPT: another digest. `upload` stays
 * the caller's, for upload_close. */
int registry_blob_commit(struct registry *registry, const char *repository, struct upload *upload,
			 const struct digest *digest, struct err *err) must_check;
/* from NULL: any repository that `may_pull` accepts. ERR_MISSING: nothing to mount. */
int registry_blob_mount(struct registry *registry, const char *repository, const char *from,
			const struct digest *digest,
			bool (*may_pull)(const char *repository, void *arg), void *arg,
			struct err *err) must_check;
/* BLOB_NEEDED: a manifest of the repository would be broken. */
int registry_blob_delete(struct registry *registry, const char *repository,
			 const struct digest *digest, struct problems *problems,
			 struct err *err) must_check;

/* Lists, bytewise sorted. `last`: after that one; NULL: from the start. n: at most; *ret_more. */
int registry_tags(struct registry *registry, const char *repository, size_t n, const char *last,
		  struct strlist *ret_tags, bool *ret_more,
		  struct err *err) must_check; /* ERR_MISSING: no such repository */
int registry_repositories(struct registry *registry, size_t n, const char *last,
			  bool (*may_see)(const char *repository, void *arg), void *arg,
			  struct strlist *ret_names, bool *ret_more, struct err *err) must_check;
/* The descriptors of what refers to `subject`, as a JSON list, sorted by digest; also those of the
 * fallback tag "sha256-…". artifact_type NULL: all. `last`: digest after which to go on. */
int registry_referrers(struct registry *registry, const char *repository,
		       const struct digest *subject, const char *artifact_type, const char *last,
		       size_t max_bytes, struct buf *ret_json, struct digest *ret_last,
		       bool *ret_more, struct err *err) must_check;
