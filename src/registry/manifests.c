/* manifests.c - manifests handed out: from memory when it knows, else from the storage.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "registry/registry_private.h"
#include "registry/upkeep.h"

#include "base/banned.h"

struct shared_manifest {
	struct memory_object object;
	struct pulls *pulls;
	atomic_llong pulled_ns; /* the last pull that the index has not heard of; 0: none */
	struct manifest_view view;
	char *repository;
	char text[]; /* fields, media type, repository, bytes */
};

struct tag_target {
	struct memory_object object;
	struct digest digest;
};

static struct shared_manifest *shared_of(const struct manifest_view *view)
{
	return (struct shared_manifest *)((char *)view - offsetof(struct shared_manifest, view));
}

static void keep_pull(struct pulls *pulls, const struct shared_manifest *shared, int64_t pulled_ns)
{
	vec_push(pulls, {xstrdup(shared->repository), shared->view.digest, pulled_ns});
}

/* A pull that was not written yet outlives the view. */
static void free_manifest(struct memory_object *object)
{
	struct shared_manifest *shared = (struct shared_manifest *)object;
	int64_t pulled_ns = atomic_load(&shared->pulled_ns);

	if (pulled_ns) {
		pthread_mutex_lock(&shared->pulls->lock);
		if (shared->pulls->n < LIMIT_NOTED_PULLS)
			keep_pull(shared->pulls, shared, pulled_ns);
		pthread_mutex_unlock(&shared->pulls->lock);
	}
	free(shared);
}

static char *put_text(char **at, struct str text)
{
	char *start = *at;

	memcpy(start, text.ptr, text.len);
	start[text.len] = '\0';
	*at += text.len + 1;
	return start;
}

const struct manifest_view *manifest_view_new(struct registry *registry, const char *repository,
					      const struct digest *digest, const char *media_type,
					      struct str bytes)
{
	autofree char *fields = xasprintf("Content-Type: %s\r\n"
					  "Docker-Content-Digest: %s\r\n"
					  "ETag: \"%s\"\r\n",
					  media_type, digest->text, digest->text);
	size_t size = strlen(fields) + strlen(media_type) + strlen(repository) + bytes.len + 4;
	struct shared_manifest *shared = xcalloc(1, sizeof(*shared) + size);
	char *at = shared->text;

	atomic_init(&shared->object.refs, 1);
	shared->object.free = free_manifest;
	shared->pulls = &registry->pulls;
	shared->view.digest = *digest;
	shared->view.fields = str_of(put_text(&at, str_of(fields)));
	shared->view.media_type = put_text(&at, str_of(media_type));
	shared->repository = put_text(&at, str_of(repository));
	shared->view.bytes = (struct str){put_text(&at, bytes), bytes.len};
	return &shared->view;
}

void manifest_view_release(const struct manifest_view *view)
{
	if (view)
		memory_object_unref(&shared_of(view)->object);
}

void registry_remember_manifest(struct registry *registry, const char *repository,
				const struct manifest_view *view, unsigned ticket)
{
	memory_put(registry->manifests,
		   &(struct memory_offer){.repository = repository,
					  .name = view->digest.text,
					  .object = &shared_of(view)->object,
					  .cost = sizeof(struct shared_manifest) + view->bytes.len +
						  view->fields.len,
					  .until_ns = MEMORY_FOREVER,
					  .ticket = ticket});
}

static void free_target(struct memory_object *object)
{
	free(object);
}

static struct tag_target *target_new(const struct digest *digest)
{
	struct tag_target *target = xcalloc(1, sizeof(*target));

	atomic_init(&target->object.refs, 1);
	target->object.free = free_target;
	target->digest = *digest;
	return target;
}

static struct memory_offer tag_offer(const char *repository, const char *tag,
				     struct tag_target *target)
{
	return (struct memory_offer){
		.repository = repository,
		.name = tag,
		.object = target ? &target->object : NULL,
		.cost = sizeof(*target) + strlen(repository) + strlen(tag),
		.until_ns = clock_monotonic_ns() + TAG_TRUST_NS,
	};
}

void registry_set_tag(struct registry *registry, const char *repository, const char *tag,
		      const struct digest *digest)
{
	struct tag_target *target = digest ? target_new(digest) : NULL;
	struct memory_offer offer = tag_offer(repository, tag, target);

	memory_change_end(registry->tags, &offer);
	memory_object_unref(target ? &target->object : NULL);
}

static bool is_digest(const char *reference)
{
	return strchr(reference, ':');
}

static const struct manifest_view *peek_digest(struct registry *registry, const char *repository,
					       const char *digest)
{
	struct memory_object *object = memory_get(registry->manifests, repository, digest);
	struct shared_manifest *shared = (struct shared_manifest *)object;
	struct timespec now;

	if (!shared)
		return NULL;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	atomic_store_explicit(&shared->pulled_ns, (int64_t)now.tv_sec * NS_PER_SEC + now.tv_nsec,
			      memory_order_relaxed);
	return &shared->view;
}

static const struct manifest_view *peek(struct registry *registry, const char *repository,
					const char *reference)
{
	if (is_digest(reference))
		return peek_digest(registry, repository, reference);

	struct memory_object *object = memory_get(registry->tags, repository, reference);
	if (!object)
		return NULL;
	struct digest digest = ((struct tag_target *)object)->digest;
	memory_object_unref(object);
	return peek_digest(registry, repository, digest.text);
}

const struct manifest_view *registry_manifest_peek(struct registry *registry,
						   const char *repository, const char *reference)
{
	const struct manifest_view *view = peek(registry, repository, reference);

	if (view)
		atomic_fetch_add_explicit(&registry->hits, 1, memory_order_relaxed);
	return view;
}

/* From the storage, into memory. A content that is not what it was is put aside at once. */
static int load(struct registry *registry, const char *repository, const struct digest *digest,
		const struct manifest_view **ret_view, struct err *err)
{
	unsigned ticket = memory_ticket(registry->manifests, repository, digest->text);
	autofree char *media_type = NULL;
	autobuf struct buf bytes = {0};
	autoarena struct arena arena = {0};

	if (STORE(registry, get_revision, repository, digest, &media_type, err))
		return -1;
	if (registry_read_blob(registry, digest, &bytes, err)) {
		autoerr struct err why = {0};
		if (err->kind == ERR_CORRUPT && registry_quarantine(registry, digest, &why))
			log_debug("%s", err_text(&why));
		return -1;
	}
	const char *type = media_type && media_type_is_sane(str_of(media_type))
				   ? media_type
				   : document_sniff(&arena, buf_str(&bytes));
	*ret_view = manifest_view_new(registry, repository, digest, type, buf_str(&bytes));
	registry_remember_manifest(registry, repository, *ret_view, ticket);
	return 0;
}

static int resolve_tag(struct registry *registry, const char *repository, const char *tag,
		       struct digest *ret_digest, struct err *err)
{
	unsigned ticket = memory_ticket(registry->tags, repository, tag);

	if (STORE(registry, get_tag, repository, tag, ret_digest, err))
		return -1;
	struct tag_target *target = target_new(ret_digest);
	struct memory_offer offer = tag_offer(repository, tag, target);
	offer.ticket = ticket;
	memory_put(registry->tags, &offer);
	memory_object_unref(&target->object);
	return 0;
}

static int get_digest(struct registry *registry, const char *repository,
		      const struct digest *digest, const struct manifest_view **ret_view,
		      struct err *err)
{
	const struct manifest_view *view = peek_digest(registry, repository, digest->text);

	if (!view && load(registry, repository, digest, &view, err))
		return -1;
	atomic_store(&shared_of(view)->pulled_ns, clock_now_ns());
	*ret_view = view;
	return 0;
}

/* While we looked, the tag may have moved on and its old manifest gone: then it is asked again. */
static int get_tag(struct registry *registry, const char *repository, const char *tag,
		   const struct manifest_view **ret_view, struct err *err)
{
	struct digest digest = {0}, earlier;

	for (;;) {
		earlier = digest;
		if (resolve_tag(registry, repository, tag, &digest, err))
			return -1;
		if (digest_eq(&digest, &earlier))
			return err_set(err, ERR_MISSING, "tag '%s' leads to no manifest", tag);
		if (get_digest(registry, repository, &digest, ret_view, err) == 0)
			return 0;
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
	}
}

int registry_manifest_get(struct registry *registry, const char *repository, const char *reference,
			  const struct manifest_view **ret_view, struct err *err)
{
	const struct manifest_view *view = registry_manifest_peek(registry, repository, reference);
	struct digest digest = {0};

	if (view) {
		*ret_view = view;
		return 0;
	}
	atomic_fetch_add_explicit(&registry->misses, 1, memory_order_relaxed);
	if (!is_digest(reference))
		return get_tag(registry, repository, reference, ret_view, err);
	return digest_parse(str_of(reference), &digest, err)
		       ? -1
		       : get_digest(registry, repository, &digest, ret_view, err);
}

static void note_pull(const char *repository, const char *name, struct memory_object *object,
		      void *arg)
{
	struct pulls *pulls = arg;
	struct shared_manifest *shared = (struct shared_manifest *)object;
	int64_t pulled_ns = atomic_exchange(&shared->pulled_ns, 0);

	(void)name;
	if (pulled_ns)
		vec_push(pulls, {xstrdup(repository), shared->view.digest, pulled_ns});
}

/* Outside of memory's locks, in one transaction. */
void registry_flush_pulls(struct registry *registry)
{
	struct pulls pulls = {0};

	pthread_mutex_lock(&registry->pulls.lock);
	pulls.items = steal(&registry->pulls.items);
	pulls.n = steal(&registry->pulls.n);
	pulls.cap = steal(&registry->pulls.cap);
	pthread_mutex_unlock(&registry->pulls.lock);
	memory_visit(registry->manifests, note_pull, &pulls);
	if (!pulls.n)
		return;

	struct index_txn *txn = index_begin(registry->index);
	vec_foreach(pull, &pulls) {
		index_note_pull(txn, pull->repository, &pull->digest, pull->when_ns);
		free(pull->repository);
	}
	vec_done(&pulls);
	autoerr struct err why = {0};
	if (index_end(txn, &why))
		log_debug("noting pulls: %s", err_text(&why));
}
