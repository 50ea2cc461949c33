/* index.h - what a registry must find quickly: an SQLite file that can be made anew at any time.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Repositories, tags, manifests with what they refer to, the blobs each repository may see, sizes,
 * referrers, last pulls, and where the garbage collector stands with a blob. Safe from any thread:
 * one writer at a time, readers beside it (WAL). A file that turns out to be damaged is put aside
 * and an empty one takes its place: the generation grows, and what the index says is not the whole
 * truth until a walk of the tree has ended. Times are real time in ns since 1970. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strlist.h"
#include "oci/digest.h"

struct index_file;
enum index_state {
	INDEX_SOUND, /* opened; a walk beside the service may still find changes of others */
	INDEX_EMPTY, /* there was none, or an old or damaged one that was put aside: walk first */
};
/* dirfd -1, or a place that cannot be written: in memory only. */
int index_file_open(int dirfd, const char *name, struct index_file **ret_index,
		    enum index_state *ret_state, struct err *err) must_check;
void index_file_close(struct index_file *index);
unsigned index_generation(struct index_file *index);
void index_distrust(struct index_file *index); /* a change of the tree did not get in */
/* A private copy on temporary storage, for asking "what if". */
int index_file_copy(struct index_file *index, struct index_file **ret_copy,
		    struct err *err) must_check;

enum part_kind { PART_CONFIG, PART_LAYER, PART_CHILD }; /* a child is a manifest of an index */
struct index_part {
	struct digest digest;
	enum part_kind kind;
	bool is_optional; /* elsewhere (urls) or inline (data): does not have to be here */
};
struct index_manifest {
	struct digest digest;
	const char *media_type;
	uint64_t size;
	struct digest subject;     /* unset: none */
	const char *artifact_type; /* NULL: none */
	const char *annotations;   /* JSON map; NULL: none */
	const struct index_part *parts;
	size_t n_parts;
};

/* Changes: each belongs to a transaction. Its first failure is sticky and told by the end, which
 * releases the transaction whatever it returns. */
struct index_txn;
struct index_txn *index_begin(struct index_file *index);
int index_end(struct index_txn *txn, struct err *err) must_check;
void index_put_manifest(struct index_txn *txn, const char *repository,
			const struct index_manifest *manifest, int64_t now_ns);
/* With its tags. What it referred to, and what referred to it, counts as needed just now. */
void index_remove_manifest(struct index_txn *txn, const char *repository,
			   const struct digest *digest, int64_t now_ns);
void index_put_tag(struct index_txn *txn, const char *repository, const char *tag,
		   const struct digest *digest, int64_t now_ns);
void index_remove_tag(struct index_txn *txn, const char *repository, const char *tag,
		      int64_t now_ns);
void index_put_repository(struct index_txn *txn, const char *repository);
/* The right to see a blob there, needed just now; a condemned blob lives again. */
void index_put_link(struct index_txn *txn, const char *repository, const struct digest *digest,
		    uint64_t size, int64_t now_ns);
void index_remove_link(struct index_txn *txn, const char *repository, const struct digest *digest);
void index_put_blob(struct index_txn *txn, const struct digest *digest, uint64_t size);
void index_remove_blob(struct index_txn *txn, const struct digest *digest);
void index_condemn_blob(struct index_txn *txn, const struct digest *digest, int64_t now_ns);
void index_kill_blob(struct index_txn *txn, const struct digest *digest); /* being removed */
void index_revive_blob(struct index_txn *txn, const struct digest *digest);
void index_note_verified(struct index_txn *txn, const struct digest *digest, int64_t now_ns);
void index_note_pull(struct index_txn *txn, const char *repository, const struct digest *digest,
		     int64_t when_ns);
void index_prune_repository(struct index_txn *txn, const char *repository); /* an empty one */

/* Questions. */
struct index_link {
	bool is_known, is_needed; /* needed: a manifest of the repository refers to it */
	int64_t since_ns;         /* when somebody needed it last */
	bool has_size;            /* the blob's size is known */
	uint64_t size;
};
int index_find_link(struct index_file *index, const char *repository, const struct digest *digest,
		    struct index_link *ret_link, struct err *err) must_check;
bool index_has_manifest(struct index_file *index, const char *repository,
			const struct digest *digest);
/* Lists: at most n behind `last` (NULL: from the start), sorted bytewise. ERR_MISSING: none such.
 */
int index_tags(struct index_file *index, const char *repository, size_t n, const char *last,
	       struct strlist *ret_tags, bool *ret_more, struct err *err) must_check;
int index_repositories(struct index_file *index, size_t n, const char *last,
		       bool (*may_see)(const char *repository, void *arg), void *arg,
		       struct strlist *ret_names, bool *ret_more, struct err *err) must_check;
int index_all_repositories(struct index_file *index, struct strlist *ret_names,
			   struct err *err) must_check; /* also those without a manifest */
int index_tags_at(struct index_file *index, const char *repository, const struct digest *digest,
		  struct strlist *ret_tags, struct err *err) must_check;
/* An index manifest of the repository that has it as child; unset: none. */
int index_parent(struct index_file *index, const char *repository, const struct digest *child,
		 struct digest *ret_parent, struct err *err) must_check;
int index_linked_in(struct index_file *index, const struct digest *digest, size_t n,
		    struct strlist *ret_names, struct err *err) must_check;
/* `told` returns false to stop; what the row points to is borrowed for the call. */
int index_referrers(struct index_file *index, const char *repository, const struct digest *subject,
		    const struct digest *last,
		    bool (*told)(const struct index_manifest *manifest, void *arg), void *arg,
		    struct err *err) must_check;

/* For comparing with the tree: all of one repository, sorted. Tags as "tag digest". */
int index_list_links(struct index_file *index, const char *repository, struct strlist *ret_digests,
		     struct err *err) must_check;
int index_list_manifests(struct index_file *index, const char *repository,
			 struct strlist *ret_digests, struct err *err) must_check;
int index_list_tags(struct index_file *index, const char *repository, struct strlist *ret_tags,
		    struct err *err) must_check;
/* Blobs behind `last` (NULL: from the start) in the order of their digests. */
struct index_blob {
	struct digest digest;
	uint64_t size;
};
struct index_blobs {
	struct index_blob *items;
	size_t n, cap;
};
int index_list_blobs(struct index_file *index, const struct digest *last, size_t n,
		     struct index_blobs *ret_blobs, struct err *err) must_check;
int index_blob_size(struct index_file *index, const struct digest *digest, bool *ret_known,
		    uint64_t *ret_size, struct err *err) must_check;
