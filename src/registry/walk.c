/* walk.c - the whole tree compared with the index, beside the service.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/log.h"
#include "registry/registry_private.h"
#include "registry/upkeep.h"

#include "base/banned.h"

#define BATCH_BLOBS 256u /* in one transaction */

struct walk {
	struct registry *registry;
	struct walk_result *result;
	struct index_blobs found; /* in the tree, not as the index has them */
};

static int stop(struct err *err)
{
	return err_set(err, ERR_SYSTEM, "stopped");
}

static int add_name(const char *repository, void *arg, struct err *err)
{
	strlist_add(arg, repository);
	return 0;
}

/* What fails of one repository does not keep the others from being walked. */
static int walk_all(struct walk *walk, const struct strlist *names, struct err *err)
{
	int result = 0;

	for (size_t i = 0; i < names->n; i++) {
		autoerr struct err why = {0};
		if (registry_should_stop(walk->registry))
			return result ? result : stop(err);
		if (walk_repository(walk->registry, names->items[i], walk->result, &why) == 0)
			continue;
		log_debug("walking '%s': %s", names->items[i], err_text(&why));
		walk->result->odd++;
		if (!result) {
			err_move(err, &why);
			result = err_wrap(err, "repository '%s'", names->items[i]);
		}
	}
	return result;
}

static int walk_repositories(struct walk *walk, struct err *err)
{
	autostrlist struct strlist tree = {0}, index = {0}, gone = {0};
	automap struct map there = {0};

	int hidden = STORE(walk->registry, walk_repositories, add_name, &tree, err);
	if (hidden && err->kind != ERR_DENIED)
		return -1;
	autoerr struct err ignored = {0};
	struct err *why = hidden ? &ignored : err; /* it is told at the end, it comes first */
	if (index_all_repositories(walk->registry->index, &index, why))
		return -1;
	for (size_t i = 0; i < tree.n; i++)
		map_set(&there, tree.items[i], walk);
	for (size_t i = 0; i < index.n; i++)
		if (!map_has(&there, index.items[i]))
			strlist_add(&gone, index.items[i]);
	walk->result->repositories = tree.n;
	int failed = walk_all(walk, &tree, why) || walk_all(walk, &gone, why);
	return failed || hidden ? -1 : 0;
}

/* The tree is asked again with the digest pinned: it may be gone by now, or just have come. */
static int mend_blobs(struct walk *walk, struct err *err)
{
	struct registry *registry = walk->registry;
	cleanup(pin_set_release) struct pin_set pins = {0};

	vec_foreach(blob, &walk->found)
		pin_set_add(&pins, &registry->pins, &blob->digest);
	struct index_txn *txn = index_begin(registry->index);
	vec_foreach(blob, &walk->found) {
		autoerr struct err why = {0};
		uint64_t size = 0;
		if (STORE(registry, blob_stat, &blob->digest, &size, &why) == 0) {
			index_put_blob(txn, &blob->digest, size);
			walk->result->added++;
		} else if (why.kind == ERR_MISSING) {
			index_remove_blob(txn, &blob->digest);
			walk->result->removed++;
		}
	}
	walk->found.n = 0;
	return index_end(txn, err);
}

static int add_blob(const struct digest *digest, uint64_t size, void *arg, struct err *err)
{
	struct walk *walk = arg;
	bool known = false;
	uint64_t known_size = 0;

	if (registry_should_stop(walk->registry))
		return stop(err);
	walk->result->blobs++;
	if (index_blob_size(walk->registry->index, digest, &known, &known_size, err))
		return -1;
	if (!known || known_size != size)
		vec_push(&walk->found, {*digest, size});
	return walk->found.n == BATCH_BLOBS ? mend_blobs(walk, err) : 0;
}

static bool is_gone(struct registry *registry, const struct digest *digest)
{
	autoerr struct err why = {0};
	uint64_t size;

	return STORE(registry, blob_stat, digest, &size, &why) && why.kind == ERR_MISSING;
}

static int walk_few_rows(struct walk *walk, const struct index_blobs *rows, struct err *err)
{
	vec_foreach(row, rows)
		if (is_gone(walk->registry, &row->digest))
			vec_push(&walk->found, *row);
	if (walk->found.n && mend_blobs(walk, err))
		return -1;
	return registry_should_stop(walk->registry) ? stop(err) : 0;
}

/* What the index has and the tree has not. */
static int walk_rows(struct walk *walk, struct err *err)
{
	struct index_blobs rows = {0};
	struct digest last = {0};
	int failed;

	do {
		failed = index_list_blobs(walk->registry->index, &last, BATCH_BLOBS, &rows, err) ||
			 walk_few_rows(walk, &rows, err);
		if (rows.n)
			last = rows.items[rows.n - 1].digest;
	} while (!failed && rows.n);
	vec_done(&rows);
	return failed ? -1 : 0;
}

static int walk_blobs(struct walk *walk, struct err *err)
{
	if (STORE(walk->registry, walk_blobs, add_blob, walk, err))
		return -1;
	return mend_blobs(walk, err) || walk_rows(walk, err) ? -1 : 0;
}

int registry_walk_held(struct registry *registry, struct walk_result *ret_result, struct err *err)
{
	struct walk_result result = {0};
	struct walk walk = {.registry = registry, .result = &result};
	unsigned generation = index_generation(registry->index);

	int failed = walk_repositories(&walk, err) || walk_blobs(&walk, err) ? -1 : 0;
	vec_done(&walk.found);
	*ret_result = result;
	if (failed)
		return -1;
	atomic_store(&registry->walked_generation, generation);
	return 0;
}

int registry_walk(struct registry *registry, struct walk_result *ret_result, struct err *err)
{
	pthread_mutex_lock(&registry->upkeep);
	int failed = registry_walk_held(registry, ret_result, err);
	pthread_mutex_unlock(&registry->upkeep);
	return failed;
}

int registry_ensure_walked(struct registry *registry, struct err *err)
{
	struct walk_result result;
	int failed = 0;

	if (registry_is_walked(registry))
		return 0;
	pthread_mutex_lock(&registry->upkeep);
	if (!registry_is_walked(registry))
		failed = registry_walk_held(registry, &result, err);
	pthread_mutex_unlock(&registry->upkeep);
	return failed;
}
