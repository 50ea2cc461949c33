/* blobs.c - blobs as one repository sees them: looked up, opened, committed, mounted, deleted.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "registry/registry_private.h"
#include "registry/verify.h"

#include "base/banned.h"

/* How long a link is believed without asking the index, and how old its
 * last use must be before a new one is written down: parts of the collector's grace. */
#define TRUST_PART 2
#define TOUCH_PART 4

struct shared_size {
	struct memory_object object;
	uint64_t size;
};

struct shared_file {
	struct memory_object object;
	struct blob_file file;
};

static void free_size(struct memory_object *object)
{
	free(object);
}

static void free_file(struct memory_object *object)
{
	struct shared_file *shared = (struct shared_file *)object;

	mem_close_at(&shared->file.fd);
	free(shared);
}

static struct shared_file *shared_of(const struct blob_file *file)
{
	return (struct shared_file *)((char *)file - offsetof(struct shared_file, file));
}

void blob_file_release(const struct blob_file *file)
{
	if (file)
		memory_object_unref(&shared_of(file)->object);
}

static bool peek_size(struct registry *registry, const char *repository,
		      const struct digest *digest, uint64_t *ret_size)
{
	struct memory_object *object = memory_get(registry->sizes, repository, digest->text);

	if (!object)
		return false;
	*ret_size = ((struct shared_size *)object)->size;
	memory_object_unref(object);
	return true;
}

bool registry_blob_peek(struct registry *registry, const char *repository,
			const struct digest *digest, uint64_t *ret_size)
{
	return peek_size(registry, repository, digest, ret_size);
}

static void remember_size(struct registry *registry, const char *repository,
			  const struct digest *digest, uint64_t size, int64_t until_ns,
			  unsigned ticket)
{
	struct shared_size *shared = xcalloc(1, sizeof(*shared));

	atomic_init(&shared->object.refs, 1);
	shared->object.free = free_size;
	shared->size = size;
	memory_put(registry->sizes, &(struct memory_offer){.repository = repository,
							   .name = digest->text,
							   .object = &shared->object,
							   .cost = 1,
							   .until_ns = until_ns,
							   .ticket = ticket});
	memory_object_unref(&shared->object);
}

/* A size that differs from what the index remembers: somebody damaged the content, or the index is
 * wrong. Reading it tells. */
static int check_size(struct registry *registry, const struct digest *digest, struct err *err)
{
	autofree char *fault = NULL;

	if (verify_blob(registry, digest, &fault, err))
		return -1;
	if (!fault)
		return 0;
	return err_set(err, ERR_CORRUPT, "blob '%s': %s", digest->text, fault);
}

/* Tells the index that the link is needed, when it does not know that well enough. Until when
 * memory may answer alone comes back. */
static int keep_link(struct registry *registry, const char *repository, const struct digest *digest,
		     uint64_t size, int64_t *ret_until_ns, struct err *err)
{
	struct index_link link = {0};
	autoerr struct err why = {0};
	int64_t now_ns = clock_now_ns();

	if (index_find_link(registry->index, repository, digest, &link, &why)) {
		*ret_until_ns = 0;
		return 0;
	}
	bool is_odd = link.has_size && link.size != size;
	if (is_odd && check_size(registry, digest, err))
		return -1;
	bool is_old = !link.is_needed && now_ns - link.since_ns > registry->grace_ns / TOUCH_PART;
	if (!link.is_known || !link.has_size || is_odd || is_old) {
		struct index_txn *txn = index_begin(registry->index);
		index_put_link(txn, repository, digest, size, now_ns);
		registry_end_change(registry, txn);
		link.since_ns = now_ns;
	}
	/* A link loses its manifest only together with a fresh date (index_remove_manifest): what
	 * is needed now has at least the whole grace from now on, but no longer for sure. */
	int64_t since_ns = link.is_needed ? now_ns : link.since_ns;
	int64_t trust_ns = since_ns + registry->grace_ns / TRUST_PART - now_ns;
	*ret_until_ns = clock_monotonic_ns() + trust_ns;
	return 0;
}

int registry_find_blob(struct registry *registry, const char *repository,
		       const struct digest *digest, uint64_t *ret_size, struct err *err)
{
	unsigned ticket = memory_ticket(registry->sizes, repository, digest->text);
	int64_t until_ns = 0;
	bool has = false;
	uint64_t size = 0;

	if (peek_size(registry, repository, digest, ret_size))
		return 0;
	if (STORE(registry, has_layer, repository, digest, &has, err))
		return -1;
	if (!has)
		return err_set(err, ERR_MISSING, "repository '%s' has no blob '%s'", repository,
			       digest->text);
	if (STORE(registry, blob_stat, digest, &size, err) ||
	    keep_link(registry, repository, digest, size, &until_ns, err))
		return -1;
	remember_size(registry, repository, digest, size, until_ns, ticket);
	*ret_size = size;
	return 0;
}

/* Found while pinned; what turns out to be damaged is put aside when nobody holds it. */
static int find_pinned(struct registry *registry, const char *repository,
		       const struct digest *digest, uint64_t *ret_size, struct err *err)
{
	autoerr struct err why = {0};

	pin_take(&registry->pins, digest);
	int failed = registry_find_blob(registry, repository, digest, ret_size, err);
	pin_drop(&registry->pins, digest);
	if (failed && err->kind == ERR_CORRUPT && registry_quarantine(registry, digest, &why))
		log_debug("%s", err_text(&why));
	return failed;
}

int registry_blob_stat(struct registry *registry, const char *repository,
		       const struct digest *digest, uint64_t *ret_size, struct err *err)
{
	if (peek_size(registry, repository, digest, ret_size))
		return 0;
	return find_pinned(registry, repository, digest, ret_size, err);
}

const struct blob_file *registry_blob_open_peek(struct registry *registry, const char *repository,
						const struct digest *digest)
{
	struct memory_object *object = NULL;
	uint64_t size;

	if (peek_size(registry, repository, digest, &size))
		object = memory_get(registry->files, repository, digest->text);
	return object ? &((struct shared_file *)object)->file : NULL;
}

int registry_blob_open(struct registry *registry, const char *repository,
		       const struct digest *digest, const struct blob_file **ret_file,
		       struct err *err)
{
	unsigned ticket = memory_ticket(registry->files, repository, digest->text);
	struct blob_body body = {.fd = -1};
	uint64_t size = 0;

	if (registry_blob_stat(registry, repository, digest, &size, err))
		return -1;
	*ret_file = registry_blob_open_peek(registry, repository, digest);
	if (*ret_file)
		return 0;
	if (STORE(registry, blob_open, digest, &body, err)) {
		memory_forget(registry->sizes, repository, digest->text);
		return -1;
	}
	free(body.url);
	struct shared_file *shared = xcalloc(1, sizeof(*shared));
	atomic_init(&shared->object.refs, 1);
	shared->object.free = free_file;
	shared->file = (struct blob_file){body.fd, body.size};
	if (body.fd >= 0)
		memory_put(registry->files, &(struct memory_offer){.repository = repository,
								   .name = digest->text,
								   .object = &shared->object,
								   .cost = 1,
								   .until_ns = MEMORY_FOREVER,
								   .ticket = ticket});
	*ret_file = &shared->file;
	return 0;
}

static void note_link(struct registry *registry, const char *repository,
		      const struct digest *digest, uint64_t size)
{
	struct index_txn *txn = index_begin(registry->index);

	index_put_link(txn, repository, digest, size, clock_now_ns());
	registry_end_change(registry, txn);
}

int registry_blob_commit(struct registry *registry, const char *repository, struct upload *upload,
			 const struct digest *digest, struct err *err)
{
	cleanup(pin_set_release) struct pin_set pins = {0};
	uint64_t size = 0;

	HOLD_SHARED(registry, repository);
	pin_set_add(&pins, &registry->pins, digest);
	if (registry->storage->ops->upload_commit(upload, digest, &size, err))
		return -1;
	note_link(registry, repository, digest, size);
	return 0;
}

static int mount_from(struct registry *registry, const char *repository, const char *from,
		      const struct digest *digest, struct err *err)
{
	uint64_t size = 0;

	if (registry_find_blob(registry, from, digest, &size, err))
		return -1;
	if (text_eq(repository, from))
		return 0;
	if (STORE(registry, link_layer, repository, digest, err))
		return -1;
	note_link(registry, repository, digest, size);
	return 0;
}

static int mount_from_any(struct registry *registry, const char *repository,
			  const struct digest *digest,
			  bool (*may_pull)(const char *repository, void *arg), void *arg,
			  struct err *err)
{
	autostrlist struct strlist sources = {0};

	strlist_add(&sources, repository);
	if (index_linked_in(registry->index, digest, LIMIT_MOUNT_SOURCES, &sources, err))
		return -1;
	for (size_t i = 0; i < sources.n; i++) {
		if (i &&
		    (text_eq(sources.items[i], repository) || !may_pull(sources.items[i], arg)))
			continue;
		if (mount_from(registry, repository, sources.items[i], digest, err) == 0)
			return 0;
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
	}
	return err_set(err, ERR_MISSING, "no blob '%s' to mount", digest->text);
}

int registry_blob_mount(struct registry *registry, const char *repository, const char *from,
			const struct digest *digest,
			bool (*may_pull)(const char *repository, void *arg), void *arg,
			struct err *err)
{
	cleanup(pin_set_release) struct pin_set pins = {0};

	HOLD_SHARED(registry, repository);
	pin_set_add(&pins, &registry->pins, digest);
	return from ? mount_from(registry, repository, from, digest, err)
		    : mount_from_any(registry, repository, digest, may_pull, arg, err);
}

static int unlink_blob(struct registry *registry, const char *repository,
		       const struct digest *digest, struct problems *problems, struct err *err)
{
	struct index_link link = {0};
	bool has = false;

	if (STORE(registry, has_layer, repository, digest, &has, err))
		return problem_of_err(problems, err, PROBLEM_BLOB_UNKNOWN);
	if (!has)
		return problem_add(problems, PROBLEM_BLOB_UNKNOWN, NULL, NULL);
	/* An acknowledged manifest stays whole until it is deleted itself. */
	if (index_find_link(registry->index, repository, digest, &link, err))
		return problem_of_err(problems, err, PROBLEM_UNKNOWN);
	if (link.is_needed)
		return problem_add(problems, PROBLEM_BLOB_NEEDED, NULL, NULL);
	if (STORE(registry, unlink_layer, repository, digest, err))
		return problem_of_err(problems, err, PROBLEM_BLOB_UNKNOWN);
	struct index_txn *txn = index_begin(registry->index);
	index_remove_link(txn, repository, digest);
	registry_end_change(registry, txn);
	return 0;
}

int registry_blob_delete(struct registry *registry, const char *repository,
			 const struct digest *digest, struct problems *problems, struct err *err)
{
	const struct memory_offer nothing = {.repository = repository, .name = digest->text};

	if (registry_sync(registry, repository, err))
		return problem_of_err(problems, err, PROBLEM_NAME_UNKNOWN);
	HOLD_ALONE(registry, repository);
	memory_change_begin(registry->sizes, repository, digest->text);
	memory_change_begin(registry->files, repository, digest->text);
	int failed = unlink_blob(registry, repository, digest, problems, err);
	memory_change_end(registry->sizes, &nothing);
	memory_change_end(registry->files, &nothing);
	if (!failed)
		registry_prune(registry, repository);
	return failed;
}
