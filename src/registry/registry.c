/* registry.c - opening a registry; its locks and pins.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/registry.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "registry/registry_private.h"
#include "registry/upkeep.h"

#include "base/banned.h"

#define INDEX_NAME "index.db"

static void init_locks(struct registry *registry)
{
	pthread_rwlockattr_t attributes;

	/* Deletes would wait for ever behind a stream of pushes. */
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	for (size_t i = 0; i < REPOSITORY_LOCKS; i++)
		pthread_rwlock_init(&registry->repositories[i], &attributes);
	pthread_rwlockattr_destroy(&attributes);
	for (size_t i = 0; i < TAG_LOCKS; i++)
		pthread_mutex_init(&registry->tag_locks[i], NULL);
	pthread_mutex_init(&registry->upkeep, NULL);
	pthread_mutex_init(&registry->count_lock, NULL);
	pthread_mutex_init(&registry->synced_lock, NULL);
	pthread_mutex_init(&registry->pulls.lock, NULL);
	pins_init(&registry->pins);
}

int registry_open(const struct registry_options *options, struct registry **ret_registry,
		  struct err *err)
{
	struct registry *registry = xcalloc(1, sizeof(*registry));
	enum index_state state;

	registry->storage = options->storage;
	registry->grace_ns = options->gc_grace_ns ? options->gc_grace_ns : GC_GRACE_NS;
	registry->sparse_indexes = options->sparse_indexes;
	registry->is_stopping = options->is_stopping;
	registry->arg = options->arg;
	registry->tags = memory_new(LIMIT_CACHED_TAGS);
	registry->manifests =
		memory_new(options->cache_bytes ? options->cache_bytes : LIMIT_CACHED_MANIFESTS);
	registry->sizes = memory_new(LIMIT_CACHED_SIZES);
	registry->files = memory_new(LIMIT_CACHED_FILES);
	init_locks(registry);
	if (index_file_open(options->own_dirfd, INDEX_NAME, &registry->index, &state, err)) {
		registry_close(registry);
		return -1;
	}
	*ret_registry = registry;
	return 0;
}

void registry_close(struct registry *registry)
{
	if (!registry)
		return;
	if (registry->index)
		registry_flush_pulls(registry);
	memory_free(registry->tags);
	memory_free(registry->manifests);
	memory_free(registry->sizes);
	memory_free(registry->files);
	vec_foreach(pull, &registry->pulls)
		free(pull->repository);
	vec_done(&registry->pulls);
	index_file_close(registry->index);
	for (size_t i = 0; i < REPOSITORY_LOCKS; i++)
		pthread_rwlock_destroy(&registry->repositories[i]);
	for (size_t i = 0; i < TAG_LOCKS; i++)
		pthread_mutex_destroy(&registry->tag_locks[i]);
	pthread_mutex_destroy(&registry->upkeep);
	pthread_mutex_destroy(&registry->count_lock);
	pthread_mutex_destroy(&registry->synced_lock);
	pthread_mutex_destroy(&registry->pulls.lock);
	pins_done(&registry->pins);
	map_done(&registry->synced);
	storage_close(registry->storage);
	free(registry);
}

struct storage *registry_storage(struct registry *registry)
{
	return registry->storage;
}

/* FNV-1a: names that meet at one lock only wait a little longer. */
static uint32_t name_hash(uint32_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash;
}

pthread_rwlock_t *registry_repository_lock(struct registry *registry, const char *repository)
{
	return &registry->repositories[name_hash(2166136261u, repository) % REPOSITORY_LOCKS];
}

void tag_locks_take(struct tag_locks *locks, struct registry *registry, const char *repository,
		    const char *const *tags)
{
	uint32_t start = name_hash(2166136261u, repository);

	locks->registry = registry;
	for (; tags && *tags; tags++) {
		uint32_t lock = name_hash(start ^ '/', *tags) % TAG_LOCKS;
		locks->taken[lock / 8] |= (uint8_t)(1u << lock % 8);
	}
	for (uint32_t i = 0; i < TAG_LOCKS; i++)
		if (locks->taken[i / 8] & 1u << i % 8)
			pthread_mutex_lock(&registry->tag_locks[i]);
}

void tag_locks_release(struct tag_locks *locks)
{
	for (uint32_t i = 0; i < TAG_LOCKS; i++)
		if (locks->taken[i / 8] & 1u << i % 8)
			pthread_mutex_unlock(&locks->registry->tag_locks[i]);
}

void pin_set_add(struct pin_set *set, struct pins *pins, const struct digest *digest)
{
	set->pins = pins;
	if (map_has(&set->digests, digest->text))
		return;
	pin_take(pins, digest);
	map_set(&set->digests, digest->text, set);
}

void pin_set_release(struct pin_set *set)
{
	const char *text;
	void *value;

	for (size_t i = 0; map_next(&set->digests, &i, &text, &value);) {
		struct digest digest = {0};
		memcpy(digest.text, text, strlen(text));
		pin_drop(set->pins, &digest);
	}
	map_done(&set->digests);
}

void registry_end_change(struct registry *registry, struct index_txn *txn)
{
	autoerr struct err why = {0};

	if (index_end(txn, &why) == 0)
		return;
	index_distrust(registry->index);
	log_debug("%s: the next walk mends that", err_text(&why));
}

bool registry_should_stop(struct registry *registry)
{
	return registry->is_stopping && registry->is_stopping(registry->arg);
}

bool registry_is_walked(const struct registry *registry)
{
	return atomic_load(&registry->walked_generation) == index_generation(registry->index);
}

static int read_open(struct registry *registry, const struct digest *digest,
		     const struct blob_body *body, struct buf *bytes, struct err *err)
{
	autoreader struct reader *reader = NULL;

	if (body->size > LIMIT_MANIFEST)
		return err_set(err, ERR_CORRUPT, "'%s' is larger than a manifest", digest->text);
	if (body->fd >= 0)
		reader = reader_of_borrowed_fd(body->fd);
	else if (STORE(registry, blob_reader, digest, 0, body->size, &reader, err))
		return -1;
	char *room = buf_reserve(bytes, body->size);
	if (!room)
		return buf_check(bytes, digest->text, err);
	if (reader_read_full(reader, room, body->size, err))
		return err_wrap(err, "'%s'", digest->text);
	buf_added(bytes, body->size);
	return 0;
}

int registry_read_blob(struct registry *registry, const struct digest *digest,
		       struct buf *ret_bytes, struct err *err)
{
	struct blob_body body = {.fd = -1};

	if (STORE(registry, blob_open, digest, &body, err))
		return -1;
	autoclose int fd = body.fd;
	autofree char *url = body.url;
	(void)fd;
	(void)url;
	if (read_open(registry, digest, &body, ret_bytes, err))
		return -1;
	autohash struct hash *hash = hash_new(digest_algo(digest));
	hash_update(hash, buf_text(ret_bytes), ret_bytes->len);
	struct digest real = digest_of_hash(hash, digest_algo(digest));
	return digest_eq(&real, digest)
		       ? 0
		       : err_set(err, ERR_CORRUPT, "the content of '%s' is not what it was",
				 digest->text);
}
