/* walk_repository.c - one repository's rows compared with its tree, and mended.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Both are listed without a lock; each difference is looked at again with the repository held
 * alone, a few at a time, so that what a push did meanwhile stays. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "registry/registry_private.h"
#include "registry/upkeep.h"

#include "base/banned.h"

#define BATCH_CHANGES 64u        /* while pushes to the repository wait */
#define BATCH_BYTES   (1u << 20) /* of manifests read for one batch */

struct lists { /* each sorted */
	struct strlist layers, manifests, tags;
};

static void lists_done(struct lists *lists)
{
	strlist_done(&lists->layers);
	strlist_done(&lists->manifests);
	strlist_done(&lists->tags);
}

static int add_digest(const struct digest *digest, void *arg, struct err *err)
{
	strlist_add(arg, digest->text);
	return 0;
}

static int add_tag(const char *tag, const struct digest *digest, void *arg, struct err *err)
{
	strlist_addf(arg, "%s %s", tag, digest->text);
	return 0;
}

/* A repository that is not there has nothing in it. */
static int pass_missing(int failed, struct err *err)
{
	if (!failed || err->kind != ERR_MISSING)
		return failed;
	err_clear(err);
	return 0;
}

static int list_tree(struct registry *registry, const char *repository, struct lists *lists,
		     struct err *err)
{
	if (pass_missing(STORE(registry, walk_layers, repository, add_digest, &lists->layers, err),
			 err) ||
	    pass_missing(
		    STORE(registry, walk_revisions, repository, add_digest, &lists->manifests, err),
		    err) ||
	    pass_missing(STORE(registry, walk_tags, repository, add_tag, &lists->tags, err), err))
		return -1;
	strlist_sort(&lists->layers);
	strlist_sort(&lists->manifests);
	strlist_sort(&lists->tags);
	return 0;
}

static int list_index(struct registry *registry, const char *repository, struct lists *lists,
		      struct err *err)
{
	if (index_list_links(registry->index, repository, &lists->layers, err) ||
	    index_list_manifests(registry->index, repository, &lists->manifests, err) ||
	    index_list_tags(registry->index, repository, &lists->tags, err))
		return -1;
	strlist_sort(&lists->tags);
	return 0;
}

/* What stands in one of two sorted lists only, each once. */
static void compare(const struct strlist *a, const struct strlist *b, struct strlist *ret_changes)
{
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		int order = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->items[i], b->items[j]);
		if (order)
			strlist_add(ret_changes, order < 0 ? a->items[i] : b->items[j]);
		i += order <= 0;
		j += order >= 0;
	}
}

struct mending {
	struct registry *registry;
	const char *repository;
	struct index_txn *txn;
	struct walk_result *result;
	int64_t now_ns;
};

/* What fails for another reason than that it is not there ends the walk: an index that lacks it
 * would have it collected. */
static int mend_layer(struct mending *mending, const char *text, struct err *err)
{
	struct registry *registry = mending->registry;
	struct digest digest = {0};
	bool has = false;
	uint64_t size = 0;

	memcpy(digest.text, text, strlen(text));
	if (STORE(registry, has_layer, mending->repository, &digest, &has, err))
		return -1;
	if (has && STORE(registry, blob_stat, &digest, &size, err) == 0) {
		index_put_link(mending->txn, mending->repository, &digest, size, mending->now_ns);
		mending->result->added++;
		return 0;
	}
	if (has && err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	mending->result->odd += has;
	index_remove_link(mending->txn, mending->repository, &digest);
	mending->result->removed++;
	return 0;
}

static int mend_tag(struct mending *mending, const char *line, struct err *err)
{
	struct registry *registry = mending->registry;
	struct str rest = str_of(line);
	autofree char *tag = str_dup(str_cut(&rest, ' '));
	struct digest digest = {0};

	memory_forget(registry->tags, mending->repository, tag);
	if (STORE(registry, get_tag, mending->repository, tag, &digest, err) == 0) {
		index_put_tag(mending->txn, mending->repository, tag, &digest, mending->now_ns);
		mending->result->added++;
		return 0;
	}
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	index_remove_tag(mending->txn, mending->repository, tag, mending->now_ns);
	mending->result->removed++;
	return 0;
}

typedef int mend_fn(struct mending *mending, const char *line, struct err *err);

/* `failed`: what went before did, and err is set. */
static int mending_end(const struct mending *mending, int failed, struct err *err)
{
	autoerr struct err ignored = {0};

	return index_end(mending->txn, failed ? &ignored : err) || failed ? -1 : 0;
}

static int mend_few(struct registry *registry, const char *repository,
		    const struct strlist *changes, size_t from, mend_fn *mend,
		    struct walk_result *result, struct err *err)
{
	HOLD_ALONE(registry, repository);
	struct mending mending = {registry, repository, index_begin(registry->index), result,
				  clock_now_ns()};
	int failed = 0;

	index_put_repository(mending.txn, repository);
	for (size_t i = from; i < changes->n && i < from + BATCH_CHANGES && !failed; i++)
		failed = mend(&mending, changes->items[i], err);
	return mending_end(&mending, failed, err);
}

static int mend_all(struct registry *registry, const char *repository,
		    const struct strlist *changes, mend_fn *mend, struct walk_result *result,
		    struct err *err)
{
	for (size_t i = 0; i < changes->n; i += BATCH_CHANGES)
		if (registry_should_stop(registry))
			return err_set(err, ERR_SYSTEM, "stopped");
		else if (mend_few(registry, repository, changes, i, mend, result, err))
			return -1;
	return 0;
}

struct read_manifest { /* read before the repository is held: content does not change */
	struct digest digest;
	uint64_t size;
	bool is_revision, is_there; /* the latter: its content, too */
	struct document document;
};

static int read_manifest(struct registry *registry, const char *repository, struct arena *arena,
			 struct read_manifest *read, struct err *err)
{
	autofree char *media_type = NULL;
	autobuf struct buf bytes = {0};

	bool missing = STORE(registry, get_revision, repository, &read->digest, &media_type, err);
	read->is_revision = !missing;
	if (missing || registry_read_blob(registry, &read->digest, &bytes, err)) {
		if (err->kind != ERR_MISSING && err->kind != ERR_CORRUPT)
			return -1;
		err_clear(err);
		return 0;
	}
	read->is_there = true;
	read->size = bytes.len;
	document_read_stored(arena, media_type, buf_str(&bytes), &read->document);
	return 0;
}

static void mend_manifest(struct mending *mending, const struct read_manifest *read)
{
	autofree struct index_part *parts = NULL;
	struct index_manifest manifest =
		index_manifest_of(&read->document, &read->digest, read->size, &parts);

	index_put_manifest(mending->txn, mending->repository, &manifest, mending->now_ns);
	mending->result->added++;
}

/* Not a manifest any more. One whose content cannot be read keeps the rows it may have: what they
 * say is needed, is needed again when the content is repaired. */
static void mend_unreadable(struct mending *mending, const struct read_manifest *read)
{
	if (read->is_revision) {
		mending->result->odd++;
		return;
	}
	index_remove_manifest(mending->txn, mending->repository, &read->digest, mending->now_ns);
	mending->result->removed++;
	memory_forget(mending->registry->manifests, mending->repository, read->digest.text);
}

/* What was read before may have been deleted since, or pushed: that is seen now that nobody can. */
static int mend_manifest_held(struct mending *mending, struct arena *arena,
			      struct read_manifest *read, struct err *err)
{
	struct registry *registry = mending->registry;
	autofree char *media_type = NULL;

	if (!read->is_there) {
		if (read_manifest(registry, mending->repository, arena, read, err))
			return -1;
	} else if (STORE(registry, get_revision, mending->repository, &read->digest, &media_type,
			 err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		read->is_there = read->is_revision = false;
	}
	if (read->is_there)
		mend_manifest(mending, read);
	else
		mend_unreadable(mending, read);
	return 0;
}

static int write_manifests(struct registry *registry, const char *repository, struct arena *arena,
			   struct read_manifest *reads, size_t n, struct walk_result *result,
			   struct err *err)
{
	HOLD_ALONE(registry, repository);
	struct mending mending = {registry, repository, index_begin(registry->index), result,
				  clock_now_ns()};
	int failed = 0;

	index_put_repository(mending.txn, repository);
	for (size_t i = 0; i < n && !failed; i++)
		failed = mend_manifest_held(&mending, arena, &reads[i], err);
	return mending_end(&mending, failed, err);
}

static int mend_manifests(struct registry *registry, const char *repository,
			  const struct strlist *changes, struct walk_result *result,
			  struct err *err)
{
	for (size_t i = 0; i < changes->n;) {
		autoarena struct arena arena = {0};
		struct read_manifest reads[BATCH_CHANGES] = {0};
		size_t n = 0, bytes = 0;

		for (; i < changes->n && n < BATCH_CHANGES && bytes < BATCH_BYTES; i++, n++) {
			memcpy(reads[n].digest.text, changes->items[i], strlen(changes->items[i]));
			if (read_manifest(registry, repository, &arena, &reads[n], err))
				return -1;
			bytes += reads[n].size;
		}
		if (registry_should_stop(registry))
			return err_set(err, ERR_SYSTEM, "stopped");
		if (write_manifests(registry, repository, &arena, reads, n, result, err))
			return -1;
	}
	return 0;
}

int walk_repository(struct registry *registry, const char *repository, struct walk_result *result,
		    struct err *err)
{
	cleanup(lists_done) struct lists tree = {0}, index = {0}, changes = {0};

	if (list_tree(registry, repository, &tree, err) ||
	    list_index(registry, repository, &index, err))
		return -1;
	compare(&tree.layers, &index.layers, &changes.layers);
	compare(&tree.manifests, &index.manifests, &changes.manifests);
	compare(&tree.tags, &index.tags, &changes.tags);
	result->manifests += tree.manifests.n;
	result->tags += tree.tags.n;
	if (mend_manifests(registry, repository, &changes.manifests, result, err) ||
	    mend_all(registry, repository, &changes.layers, mend_layer, result, err) ||
	    mend_all(registry, repository, &changes.tags, mend_tag, result, err))
		return -1;
	bool is_gone = !tree.layers.n && !tree.manifests.n && !tree.tags.n;
	if (is_gone && (index.layers.n || index.manifests.n || index.tags.n)) {
		HOLD_ALONE(registry, repository);
		struct index_txn *txn = index_begin(registry->index);
		index_prune_repository(txn, repository);
		return index_end(txn, err);
	}
	return 0;
}

static bool is_synced(struct registry *registry, const char *repository)
{
	unsigned generation = index_generation(registry->index);

	if (atomic_load(&registry->walked_generation) == generation)
		return true;
	pthread_mutex_lock(&registry->synced_lock);
	if (registry->synced_generation != generation) {
		map_done(&registry->synced);
		registry->synced_generation = generation;
	}
	bool is_there = map_has(&registry->synced, repository);
	pthread_mutex_unlock(&registry->synced_lock);
	return is_there;
}

static void note_synced(struct registry *registry, const char *repository, unsigned generation)
{
	pthread_mutex_lock(&registry->synced_lock);
	if (registry->synced_generation == generation)
		map_set(&registry->synced, repository, registry);
	pthread_mutex_unlock(&registry->synced_lock);
}

static int sync_once(struct registry *registry, const char *repository, struct err *err)
{
	struct walk_result result = {0};

	if (is_synced(registry, repository))
		return 0;
	unsigned generation = index_generation(registry->index);
	if (walk_repository(registry, repository, &result, err))
		return -1;
	if (result.manifests || result.tags) /* of names that are nothing nothing is kept */
		note_synced(registry, repository, generation);
	return 0;
}

/* When the index turns out to be damaged, an empty one has taken its place by the second try. */
int registry_sync(struct registry *registry, const char *repository, struct err *err)
{
	if (sync_once(registry, repository, err) == 0)
		return 0;
	if (err->kind != ERR_CORRUPT)
		return -1;
	err_clear(err);
	return sync_once(registry, repository, err);
}
