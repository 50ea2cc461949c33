/* test_storage_memory.c - the storage interface over sorted keys and whole values.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything is put, get, delete and list on keys like an object store's: no rename, no
 * append to what is published, no directories. Keys:
 *   blob/DIGEST  layer/REPO:DIGEST  revision/REPO:DIGEST  tag/REPO:TAG  upload/REPO:ID  bad/DIGEST
 */
#include "registry/test_storage_memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/vec.h"

struct object {
	char *key;
	char *bytes;
	size_t len;
};

struct storage_memory {
	struct storage storage;
	pthread_mutex_t lock;
	struct object *items; /* sorted by key */
	size_t n, cap;
	int changes_left; /* -1: no end */
	size_t quarantined;
	unsigned keepers; /* who wants it after it was closed */
};

struct upload {
	struct storage_memory *store;
	char *repository;
	char id[UPLOAD_ID_MAX];
	struct buf bytes;
	bool is_over; /* committed, or refused for good */
};

static struct storage_memory *of(struct storage *storage)
{
	return (struct storage_memory *)storage;
}

static size_t position(const struct storage_memory *store, const char *key, bool *ret_found)
{
	size_t low = 0, high = store->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (strcmp(store->items[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_found = low < store->n && strcmp(store->items[low].key, key) == 0;
	return low;
}

static struct object *get(struct storage_memory *store, const char *key)
{
	bool found;
	size_t at = position(store, key, &found);

	return found ? &store->items[at] : NULL;
}

static void put(struct storage_memory *store, const char *key, const void *bytes, size_t len)
{
	bool found;
	size_t at = position(store, key, &found);

	if (!found) {
		vec_reserve(store, 1);
		memmove(&store->items[at + 1], &store->items[at],
			(store->n - at) * sizeof(*store->items));
		store->items[at] = (struct object){.key = xstrdup(key)};
		store->n++;
	}
	free(store->items[at].bytes);
	store->items[at].bytes = xmemdup(bytes, len ? len : 1);
	store->items[at].len = len;
}

static bool drop(struct storage_memory *store, const char *key)
{
	bool found;
	size_t at = position(store, key, &found);

	if (!found)
		return false;
	free(store->items[at].key);
	free(store->items[at].bytes);
	memmove(&store->items[at], &store->items[at + 1],
		(store->n - at - 1) * sizeof(*store->items));
	store->n--;
	return true;
}

static int may_change(struct storage_memory *store, struct err *err)
{
	if (store->changes_left < 0)
		return 0;
	if (store->changes_left == 0) {
		errno = ENOSPC;
		return err_sys(err, "writing");
	}
	store->changes_left--;
	return 0;
}

static void release(struct storage_memory **store)
{
	pthread_mutex_unlock(&(*store)->lock);
}
#define LOCKED(storage)                                              \
	cleanup(release) struct storage_memory *store = of(storage); \
	pthread_mutex_lock(&store->lock)

static int missing(const char *key, struct err *err)
{
	return err_set(err, ERR_MISSING, "no '%s'", key);
}

static void memory_close(struct storage *storage)
{
	struct storage_memory *store = of(storage);

	if (store->keepers) {
		store->keepers--;
		return;
	}
	while (store->n)
		drop(store, store->items[store->n - 1].key);
	vec_done(store);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

static int blob_stat(struct storage *storage, const struct digest *digest, uint64_t *ret_size,
		     struct err *err)
{
	autofree char *key = xasprintf("blob/%s", digest->text);
	LOCKED(storage);
	const struct object *object = get(store, key);

	if (!object)
		return missing(key, err);
	*ret_size = object->len;
	return 0;
}

static int blob_open(struct storage *storage, const struct digest *digest,
		     struct blob_body *ret_body, struct err *err)
{
	*ret_body = (struct blob_body){.fd = -1};
	return blob_stat(storage, digest, &ret_body->size, err);
}

struct copied_reader {
	struct reader reader;
	struct reader *inner;
	char *bytes;
};

static ssize_t copied_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	return reader_read(((struct copied_reader *)reader)->inner, data, len, err);
}

static void copied_close(struct reader *reader)
{
	struct copied_reader *copied = (struct copied_reader *)reader;

	reader_close(copied->inner);
	free(copied->bytes);
	free(copied);
}

static int blob_reader(struct storage *storage, const struct digest *digest, uint64_t offset,
		       uint64_t len, struct reader **ret_reader, struct err *err)
{
	static const struct reader_ops ops = {copied_read, copied_close};
	autofree char *key = xasprintf("blob/%s", digest->text);
	LOCKED(storage);
	const struct object *object = get(store, key);

	if (!object)
		return missing(key, err);
	struct copied_reader *copied = xcalloc(1, sizeof(*copied));
	size_t from = offset < object->len ? offset : object->len;
	size_t n = len < object->len - from ? len : object->len - from;
	copied->reader.ops = &ops;
	copied->bytes = xmemdup(object->bytes + from, n ? n : 1);
	copied->inner = reader_of_bytes((struct str){copied->bytes, n});
	*ret_reader = &copied->reader;
	return 0;
}

static int remove_key(struct storage *storage, const char *key, struct err *err)
{
	LOCKED(storage);

	if (may_change(store, err))
		return -1;
	return drop(store, key) ? 0 : missing(key, err);
}

static int blob_remove(struct storage *storage, const struct digest *digest, struct err *err)
{
	autofree char *key = xasprintf("blob/%s", digest->text);

	return remove_key(storage, key, err);
}

static int blob_quarantine(struct storage *storage, const struct digest *digest, struct err *err)
{
	if (blob_remove(storage, digest, err))
		return -1;
	of(storage)->quarantined++;
	return 0;
}

static struct upload *upload_new(struct storage_memory *store, const char *repository)
{
	struct upload *upload = xcalloc(1, sizeof(*upload));
	uint8_t bytes[16];

	upload->store = store;
	upload->repository = xstrdup(repository);
	upload->bytes.max = (size_t)1 << 30;
	random_bytes(bytes, sizeof(bytes));
	hash_hex(bytes, sizeof(bytes), upload->id);
	return upload;
}

static int upload_start(struct storage *storage, const char *repository, enum hash_algo hint,
			struct upload **ret_upload, struct err *err)
{
	LOCKED(storage);

	if (may_change(store, err))
		return -1;
	*ret_upload = upload_new(store, repository);
	autofree char *key = xasprintf("upload/%s:%s", repository, (*ret_upload)->id);
	put(store, key, "", 0);
	return 0;
}

static void upload_free(struct upload *upload)
{
	buf_done(&upload->bytes);
	free(upload->repository);
	free(upload);
}

static void upload_close(struct upload *upload)
{
	if (!upload)
		return;
	autofree char *key = xasprintf("upload/%s:%s", upload->repository, upload->id);
	if (!upload->is_over) {
		LOCKED(&upload->store->storage);
		put(store, key, buf_text(&upload->bytes), upload->bytes.len);
	}
	upload_free(upload);
}

static int upload_open(struct storage *storage, const char *repository, const char *id,
		       struct upload **ret_upload, struct err *err)
{
	autofree char *key = xasprintf("upload/%s:%s", repository, id);
	LOCKED(storage);
	const struct object *object = get(store, key);

	if (!object)
		return missing(key, err);
	*ret_upload = upload_new(store, repository);
	memcpy((*ret_upload)->id, id, strlen(id) + 1);
	buf_append(&(*ret_upload)->bytes, object->bytes, object->len);
	return 0;
}

static void upload_facts(const struct upload *upload, struct upload_facts *ret_facts)
{
	*ret_facts = (struct upload_facts){.offset = upload->bytes.len};
	memcpy(ret_facts->id, upload->id, sizeof(upload->id));
}

static int upload_stat(struct storage *storage, const char *repository, const char *id,
		       struct upload_facts *ret_facts, struct err *err)
{
	struct upload *upload = NULL;

	if (upload_open(storage, repository, id, &upload, err))
		return -1;
	upload_facts(upload, ret_facts);
	upload_free(upload);
	return 0;
}

static int upload_write(struct upload *upload, const void *data, size_t len, struct err *err)
{
	LOCKED(&upload->store->storage);

	if (may_change(store, err))
		return -1;
	buf_append(&upload->bytes, data, len);
	return 0;
}

static void drop_session(struct storage_memory *store, const struct upload *upload)
{
	autofree char *session = xasprintf("upload/%s:%s", upload->repository, upload->id);

	drop(store, session);
}

static int commit_locked(struct storage_memory *store, struct upload *upload,
			 const struct digest *digest, struct err *err)
{
	autofree char *blob = xasprintf("blob/%s", digest->text);
	autofree char *layer = xasprintf("layer/%s:%s", upload->repository, digest->text);

	if (may_change(store, err))
		return -1;
	drop_session(store, upload);
	put(store, blob, buf_text(&upload->bytes), upload->bytes.len);
	put(store, layer, "", 0);
	return 0;
}

static int upload_commit(struct upload *upload, const struct digest *digest, uint64_t *ret_size,
			 struct err *err)
{
	autohash struct hash *hash = hash_new(digest_algo(digest));
	int failed = 0;

	hash_update(hash, buf_text(&upload->bytes), upload->bytes.len);
	struct digest real = digest_of_hash(hash, digest_algo(digest));
	{
		LOCKED(&upload->store->storage);
		failed = digest_eq(&real, digest)
				 ? commit_locked(store, upload, digest, err)
				 : err_set(err, ERR_CORRUPT, "it is '%s'", real.text);
		if (failed && !storage_is_full(err))
			drop_session(store, upload);
	}
	*ret_size = upload->bytes.len;
	upload->is_over = !failed || !storage_is_full(err);
	return failed;
}

static int upload_cancel(struct storage *storage, const char *repository, const char *id,
			 struct err *err)
{
	autofree char *key = xasprintf("upload/%s:%s", repository, id);

	return remove_key(storage, key, err);
}

/* The rest of each key below "KIND/…", copied while the lock is held. */
static void list(struct storage *storage, const char *prefix, struct strlist *ret_keys)
{
	LOCKED(storage);
	bool found;

	for (size_t at = position(store, prefix, &found);
	     at < store->n && text_starts(store->items[at].key, prefix); at++)
		strlist_add(ret_keys, store->items[at].key + strlen(prefix));
}

static int upload_purge(struct storage *storage, int64_t older_than_ns, bool dry,
			void (*told)(const char *repository, const char *id, void *arg), void *arg,
			struct err *err)
{
	autostrlist struct strlist keys = {0};

	list(storage, "upload/", &keys);
	for (size_t i = 0; i < keys.n && older_than_ns >= clock_now_ns() - NS_PER_SEC; i++) {
		struct str rest = str_of(keys.items[i]);
		autofree char *repository = str_dup(str_cut(&rest, ':'));
		if (told)
			told(repository, rest.ptr, arg);
		if (!dry && upload_cancel(storage, repository, rest.ptr, err))
			return -1;
	}
	return 0;
}

static int put_manifest(struct storage *storage, const struct manifest_files *files,
			struct err *err)
{
	autofree char *blob = xasprintf("blob/%s", files->digest->text);
	autofree char *revision =
		xasprintf("revision/%s:%s", files->repository, files->digest->text);
	LOCKED(storage);

	if (may_change(store, err))
		return -1;
	put(store, blob, files->bytes.ptr, files->bytes.len);
	put(store, revision, files->media_type ? files->media_type : "",
	    files->media_type ? strlen(files->media_type) : 0);
	for (const char *const *tag = files->tags; tag && *tag; tag++) {
		autofree char *key = xasprintf("tag/%s:%s", files->repository, *tag);
		if (may_change(store, err))
			return -1;
		put(store, key, files->digest->text, strlen(files->digest->text));
	}
	return 0;
}

static int link_layer(struct storage *storage, const char *repository, const struct digest *digest,
		      struct err *err)
{
	autofree char *key = xasprintf("layer/%s:%s", repository, digest->text);
	LOCKED(storage);

	if (may_change(store, err))
		return -1;
	put(store, key, "", 0);
	return 0;
}

static int unlink_layer(struct storage *storage, const char *repository,
			const struct digest *digest, struct err *err)
{
	autofree char *key = xasprintf("layer/%s:%s", repository, digest->text);

	return remove_key(storage, key, err);
}

static int has_layer(struct storage *storage, const char *repository, const struct digest *digest,
		     bool *ret_has, struct err *err)
{
	autofree char *key = xasprintf("layer/%s:%s", repository, digest->text);
	LOCKED(storage);

	*ret_has = get(store, key) != NULL;
	return 0;
}

static int get_revision(struct storage *storage, const char *repository,
			const struct digest *digest, char **ret_media_type, struct err *err)
{
	autofree char *key = xasprintf("revision/%s:%s", repository, digest->text);
	LOCKED(storage);
	const struct object *object = get(store, key);

	if (!object)
		return missing(key, err);
	*ret_media_type = object->len ? xstrndup(object->bytes, object->len) : NULL;
	return 0;
}

static int unlink_revision(struct storage *storage, const char *repository,
			   const struct digest *digest, struct err *err)
{
	autofree char *key = xasprintf("revision/%s:%s", repository, digest->text);

	return remove_key(storage, key, err);
}

static int get_tag(struct storage *storage, const char *repository, const char *tag,
		   struct digest *ret_digest, struct err *err)
{
	autofree char *key = xasprintf("tag/%s:%s", repository, tag);
	LOCKED(storage);
	const struct object *object = get(store, key);

	if (!object)
		return missing(key, err);
	return digest_parse((struct str){object->bytes, object->len}, ret_digest, err);
}

static int remove_tag(struct storage *storage, const char *repository, const char *tag,
		      const struct digest *expect, struct err *err)
{
	autofree char *key = xasprintf("tag/%s:%s", repository, tag);
	LOCKED(storage);
	const struct object *object = get(store, key);

	if (!object)
		return missing(key, err);
	if (expect && !str_is((struct str){object->bytes, object->len}, expect->text))
		return err_set(err, ERR_EXISTS, "another one");
	if (may_change(store, err))
		return -1;
	drop(store, key);
	return 0;
}

static int prune_repository(struct storage *storage, const char *repository, struct err *err)
{
	return 0; /* a repository is its keys */
}

static int walk_repositories(struct storage *storage,
			     int (*told)(const char *repository, void *arg, struct err *err),
			     void *arg, struct err *err)
{
	static const char *const kinds[] = {"layer/", "revision/", "tag/"};
	autostrlist struct strlist names = {0};

	for (size_t kind = 0; kind < ARRAY_LEN(kinds); kind++) {
		autostrlist struct strlist keys = {0};
		list(storage, kinds[kind], &keys);
		for (size_t i = 0; i < keys.n; i++) {
			struct str rest = str_of(keys.items[i]);
			autofree char *name = str_dup(str_cut(&rest, ':'));
			if (!strlist_has(&names, name))
				strlist_add(&names, name);
		}
	}
	for (size_t i = 0; i < names.n; i++)
		if (told(names.items[i], arg, err))
			return -1;
	return 0;
}

static int walk_blobs(struct storage *storage,
		      int (*told)(const struct digest *digest, uint64_t size, void *arg,
				  struct err *err),
		      void *arg, struct err *err)
{
	autostrlist struct strlist keys = {0};

	list(storage, "blob/", &keys);
	for (size_t i = 0; i < keys.n; i++) {
		struct digest digest;
		autoerr struct err why = {0};
		uint64_t size = 0;
		if (digest_parse(str_of(keys.items[i]), &digest, err))
			return -1;
		if (blob_stat(storage, &digest, &size, &why) == 0 && told(&digest, size, arg, err))
			return -1;
	}
	return 0;
}

static int walk_digests(struct storage *storage, const char *kind, const char *repository,
			int (*told)(const struct digest *digest, void *arg, struct err *err),
			void *arg, struct err *err)
{
	autofree char *prefix = xasprintf("%s/%s:", kind, repository);
	autostrlist struct strlist keys = {0};

	list(storage, prefix, &keys);
	for (size_t i = 0; i < keys.n; i++) {
		struct digest digest;
		if (digest_parse(str_of(keys.items[i]), &digest, err) || told(&digest, arg, err))
			return -1;
	}
	return 0;
}

static int walk_layers(struct storage *storage, const char *repository,
		       int (*told)(const struct digest *digest, void *arg, struct err *err),
		       void *arg, struct err *err)
{
	return walk_digests(storage, "layer", repository, told, arg, err);
}

static int walk_revisions(struct storage *storage, const char *repository,
			  int (*told)(const struct digest *digest, void *arg, struct err *err),
			  void *arg, struct err *err)
{
	return walk_digests(storage, "revision", repository, told, arg, err);
}

static int walk_tags(struct storage *storage, const char *repository,
		     int (*told)(const char *tag, const struct digest *digest, void *arg,
				 struct err *err),
		     void *arg, struct err *err)
{
	autofree char *prefix = xasprintf("tag/%s:", repository);
	autostrlist struct strlist tags = {0};

	list(storage, prefix, &tags);
	for (size_t i = 0; i < tags.n; i++) {
		struct digest digest = {0};
		autoerr struct err why = {0};
		if (get_tag(storage, repository, tags.items[i], &digest, &why) == 0 &&
		    told(tags.items[i], &digest, arg, err))
			return -1;
	}
	return 0;
}

static int free_bytes(struct storage *storage, uint64_t *ret_bytes, struct err *err)
{
	*ret_bytes = 0;
	return 0;
}

static const struct storage_ops memory_ops = {
	.name = "memory",
	.close = memory_close,
	.blob_stat = blob_stat,
	.blob_open = blob_open,
	.blob_reader = blob_reader,
	.blob_remove = blob_remove,
	.blob_quarantine = blob_quarantine,
	.upload_start = upload_start,
	.upload_open = upload_open,
	.upload_stat = upload_stat,
	.upload_facts = upload_facts,
	.upload_write = upload_write,
	.upload_commit = upload_commit,
	.upload_close = upload_close,
	.upload_cancel = upload_cancel,
	.upload_purge = upload_purge,
	.put_manifest = put_manifest,
	.link_layer = link_layer,
	.unlink_layer = unlink_layer,
	.drop_layer = unlink_layer,
	.has_layer = has_layer,
	.get_revision = get_revision,
	.unlink_revision = unlink_revision,
	.get_tag = get_tag,
	.remove_tag = remove_tag,
	.prune_repository = prune_repository,
	.walk_repositories = walk_repositories,
	.walk_blobs = walk_blobs,
	.walk_layers = walk_layers,
	.walk_revisions = walk_revisions,
	.walk_tags = walk_tags,
	.free_bytes = free_bytes,
};

struct storage *storage_memory_new(void)
{
	struct storage_memory *store = xcalloc(1, sizeof(*store));

	store->storage.ops = &memory_ops;
	store->changes_left = -1;
	pthread_mutex_init(&store->lock, NULL);
	return &store->storage;
}

struct storage *storage_memory_keep(struct storage *storage)
{
	of(storage)->keepers++;
	return storage;
}

void storage_memory_damage(struct storage *storage, const struct digest *digest)
{
	autofree char *key = xasprintf("blob/%s", digest->text);
	LOCKED(storage);
	struct object *object = get(store, key);

	if (object && object->len)
		object->bytes[object->len / 2] ^= 1;
}

void storage_memory_cut(struct storage *storage, const struct digest *digest)
{
	autofree char *key = xasprintf("blob/%s", digest->text);
	LOCKED(storage);
	struct object *object = get(store, key);

	if (object)
		object->len /= 2;
}

void storage_memory_fail_after(struct storage *storage, int n)
{
	LOCKED(storage);

	store->changes_left = n;
}

void storage_memory_set_tag(struct storage *storage, const char *repository, const char *tag,
			    const struct digest *digest)
{
	autofree char *key = xasprintf("tag/%s:%s", repository, tag);
	LOCKED(storage);

	put(store, key, digest->text, strlen(digest->text));
}

size_t storage_memory_quarantined(const struct storage *storage)
{
	return of((struct storage *)storage)->quarantined;
}
