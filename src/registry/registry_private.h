/* registry_private.h - a registry from inside: its locks, its memory, and the order they go in.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Order of locks: upkeep, repository, tags (ascending), pins, then what memory and index take for
 * themselves. A change is: pin what it counts on, look, the storage (slow, durable), the index,
 * memory. Who waits for the storage holds no lock but those of its repository (shared), its tags
 * and its pins, so that pushes do not wait for each other. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/vec.h"
#include "registry/document.h"
#include "registry/index.h"
#include "registry/limits.h"
#include "registry/memory.h"
#include "registry/pins.h"
#include "registry/registry.h"
#include "registry/upkeep.h"

#define REPOSITORY_LOCKS 64u
#define TAG_LOCKS        256u
#define GC_GRACE_NS      (3600 * NS_PER_SEC)
#define TAG_TRUST_NS     (2 * NS_PER_SEC) /* another program may write to the storage, too */

/* Calls the driver. */
#define STORE(registry, call, ...) \
	((registry)->storage->ops->call((registry)->storage, __VA_ARGS__))

struct pull {
	char *repository;
	struct digest digest;
	int64_t when_ns;
};
struct pulls { /* that left memory before they were written */
	pthread_mutex_t lock;
	struct pull *items;
	size_t n, cap;
};

struct registry {
	struct storage *storage;
	struct index_file *index;
	struct memory *tags;                             /* tag → digest */
	struct memory *manifests;                        /* digest → view */
	struct memory *sizes;                            /* blobs that a repository may see */
	struct memory *files;                            /* open descriptors of them */
	pthread_rwlock_t repositories[REPOSITORY_LOCKS]; /* shared: push; alone: delete, mend */
	pthread_mutex_t tag_locks[TAG_LOCKS]; /* who changes one tag, and in what order */
	struct pins pins;
	struct pulls pulls;
	pthread_mutex_t upkeep; /* one walk or collection at a time */
	pthread_mutex_t synced_lock;
	struct map synced; /* repositories whose index rows are as the tree, before the walk ends */
	unsigned synced_generation;
	atomic_uint walked_generation; /* of the index when a walk ended; 0: none has */
	atomic_ullong hits, misses;
	pthread_mutex_t count_lock;
	struct registry_counts counts;
	int64_t count_after_ns;
	int64_t grace_ns;
	bool sparse_indexes;
	bool (*is_stopping)(void *arg);
	void *arg;
};

pthread_rwlock_t *registry_repository_lock(struct registry *registry, const char *repository);
static inline void rwlock_release(pthread_rwlock_t **lock)
{
	if (*lock)
		pthread_rwlock_unlock(*lock);
}
/* Held to the end of the scope. */
#define HOLD_SHARED(registry, repository)                       \
	cleanup(rwlock_release) pthread_rwlock_t *held =        \
		registry_repository_lock(registry, repository); \
	pthread_rwlock_rdlock(held)
#define HOLD_ALONE(registry, repository)                        \
	cleanup(rwlock_release) pthread_rwlock_t *held =        \
		registry_repository_lock(registry, repository); \
	pthread_rwlock_wrlock(held)

struct tag_locks { /* those of a few tags, taken together; each once, ascending */
	struct registry *registry;
	uint8_t taken[TAG_LOCKS / 8];
};
void tag_locks_take(struct tag_locks *locks, struct registry *registry, const char *repository,
		    const char *const *tags);
void tag_locks_release(struct tag_locks *locks);

struct pin_set { /* pins of one change, each digest once */
	struct pins *pins;
	struct map digests;
};
void pin_set_add(struct pin_set *set, struct pins *pins, const struct digest *digest);
void pin_set_release(struct pin_set *set);

/* A change of the tree that the index could not follow: it is not trusted until the next walk. */
void registry_end_change(struct registry *registry, struct index_txn *txn);
bool registry_should_stop(struct registry *registry);

/* The whole content of a small blob, checked against its digest. ERR_MISSING; ERR_CORRUPT. */
int registry_read_blob(struct registry *registry, const struct digest *digest,
		       struct buf *ret_bytes, struct err *err) must_check;
/* Whether a repository may see a blob, and its size; keeps it from the collector. The caller has
 * pinned it. ERR_MISSING. */
int registry_find_blob(struct registry *registry, const char *repository,
		       const struct digest *digest, uint64_t *ret_size, struct err *err) must_check;
/* Out of the way of everybody: the storage hides it, memory and index forget it. */
int registry_quarantine(struct registry *registry, const struct digest *digest,
			struct err *err) must_check;

const struct manifest_view *manifest_view_new(struct registry *registry, const char *repository,
					      const struct digest *digest, const char *media_type,
					      struct str bytes);
void registry_remember_manifest(struct registry *registry, const char *repository,
				const struct manifest_view *view, unsigned ticket);
/* What memory shall say of a tag; digest NULL: nothing. After memory_change_begin. */
void registry_set_tag(struct registry *registry, const char *repository, const char *tag,
		      const struct digest *digest);

/* Makes the index rows of one repository what the tree says, once until the index is made anew. */
int registry_sync(struct registry *registry, const char *repository, struct err *err) must_check;
int registry_walk_held(struct registry *registry, struct walk_result *ret_result,
		       struct err *err) must_check; /* upkeep is held */
/* Walks unless a walk has ended since the index was made; waits for one that goes on. */
int registry_ensure_walked(struct registry *registry, struct err *err) must_check;
int walk_repository(struct registry *registry, const char *repository, struct walk_result *result,
		    struct err *err) must_check;

/* Takes one manifest out: tags, revision, index, memory. The repository is held alone. */
int registry_take_manifest(struct registry *registry, const char *repository,
			   const struct digest *digest, struct err *err) must_check;
/* Forgets a repository in which nothing is left. The repository is held alone. */
void registry_prune(struct registry *registry, const char *repository);
/* The rows of a document, as the index takes them; `parts` is freed by the caller. */
struct index_manifest index_manifest_of(const struct document *document,
					const struct digest *digest, uint64_t size,
					struct index_part **ret_parts);
