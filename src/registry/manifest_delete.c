/* manifest_delete.c - tags and manifests taken out, and repositories that became empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "registry/registry_private.h"

#include "base/banned.h"

struct tags_at {
	const struct digest *digest;
	struct strlist *tags;
};

static int add_tag_at(const char *tag, const struct digest *digest, void *arg, struct err *err)
{
	struct tags_at *at = arg;

	if (digest_eq(digest, at->digest))
		strlist_add(at->tags, tag);
	return 0;
}

/* From the index when it is as the tree, else from the tree. */
static int find_tags(struct registry *registry, const char *repository, const struct digest *digest,
		     struct strlist *ret_tags, struct err *err)
{
	autoerr struct err why = {0};

	if (index_tags_at(registry->index, repository, digest, ret_tags, &why) == 0)
		return 0;
	struct tags_at at = {digest, ret_tags};
	strlist_done(ret_tags);
	return STORE(registry, walk_tags, repository, add_tag_at, &at, err);
}

/* A tag that moved on meanwhile is no longer its tag. */
static int remove_tag_at(struct registry *registry, const char *repository, const char *tag,
			 const struct digest *digest, struct err *err)
{
	memory_change_begin(registry->tags, repository, tag);
	int failed = STORE(registry, remove_tag, repository, tag, digest, err);
	registry_set_tag(registry, repository, tag, NULL);
	if (!failed || (err->kind != ERR_MISSING && err->kind != ERR_EXISTS))
		return failed;
	err_clear(err);
	return 0;
}

static int remove_from_tree(struct registry *registry, const char *repository,
			    const struct digest *digest, struct err *err)
{
	autostrlist struct strlist tags = {0};

	if (find_tags(registry, repository, digest, &tags, err))
		return -1;
	for (size_t i = 0; i < tags.n; i++)
		if (remove_tag_at(registry, repository, tags.items[i], digest, err))
			return -1;
	return STORE(registry, unlink_revision, repository, digest, err);
}

int registry_take_manifest(struct registry *registry, const char *repository,
			   const struct digest *digest, struct err *err)
{
	memory_change_begin(registry->manifests, repository, digest->text);
	int failed = remove_from_tree(registry, repository, digest, err);
	memory_change_end(registry->manifests,
			  &(struct memory_offer){.repository = repository, .name = digest->text});
	if (failed && err->kind != ERR_MISSING) {
		index_distrust(registry->index); /* some of its tags may be gone */
		return -1;
	}
	struct index_txn *txn = index_begin(registry->index);
	index_remove_manifest(txn, repository, digest, clock_now_ns());
	registry_end_change(registry, txn);
	return failed;
}

void registry_prune(struct registry *registry, const char *repository)
{
	autoerr struct err why = {0};

	if (STORE(registry, prune_repository, repository, &why))
		log_debug("%s", err_text(&why));
	struct index_txn *txn = index_begin(registry->index);
	index_prune_repository(txn, repository);
	registry_end_change(registry, txn);
}

static int check_unheld(struct registry *registry, const char *repository,
			const struct digest *digest, struct problems *problems, struct err *err)
{
	struct digest parent = {0};

	if (index_parent(registry->index, repository, digest, &parent, err))
		return problem_of_err(problems, err, PROBLEM_UNKNOWN);
	if (!digest_is_set(&parent))
		return 0;
	autofree char *detail = xasprintf("{\"digest\":\"%s\"}", parent.text);
	return problem_add(problems, PROBLEM_REFERENCED, detail, NULL);
}

int registry_manifest_delete(struct registry *registry, const char *repository,
			     const struct digest *digest, struct problems *problems,
			     struct err *err)
{
	autofree char *media_type = NULL;

	if (registry_sync(registry, repository, err))
		return problem_of_err(problems, err, PROBLEM_NAME_UNKNOWN);
	HOLD_ALONE(registry, repository);
	if (STORE(registry, get_revision, repository, digest, &media_type, err))
		return problem_of_err(problems, err, PROBLEM_MANIFEST_UNKNOWN);
	if (check_unheld(registry, repository, digest, problems, err))
		return -1;
	if (registry_take_manifest(registry, repository, digest, err))
		return problem_of_err(problems, err, PROBLEM_MANIFEST_UNKNOWN);
	registry_prune(registry, repository);
	return 0;
}

int registry_tag_delete(struct registry *registry, const char *repository, const char *tag,
			struct problems *problems, struct err *err)
{
	const char *const tags[] = {tag, NULL};

	HOLD_SHARED(registry, repository);
	cleanup(tag_locks_release) struct tag_locks locks = {.registry = registry};
	tag_locks_take(&locks, registry, repository, tags);
	memory_change_begin(registry->tags, repository, tag);
	int failed = STORE(registry, remove_tag, repository, tag, NULL, err);
	if (!failed || err->kind == ERR_MISSING) {
		struct index_txn *txn = index_begin(registry->index);
		index_remove_tag(txn, repository, tag, clock_now_ns());
		registry_end_change(registry, txn);
	} else {
		index_distrust(registry->index); /* it may be gone */
	}
	registry_set_tag(registry, repository, tag, NULL);
	return failed ? problem_of_err(problems, err, PROBLEM_MANIFEST_UNKNOWN) : 0;
}
