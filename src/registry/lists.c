/* lists.c - tags and repositories in pages: from the index, or from the tree while it knows less.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/log.h"
#include "registry/registry_private.h"
#include "registry/upkeep.h"

#include "base/banned.h"

/* The page behind `last` of a whole list. */
static void cut_page(struct strlist *all, size_t n, const char *last, struct strlist *ret_page,
		     bool *ret_more)
{
	struct strlist page = {0};

	strlist_sort(all);
	*ret_more = false;
	for (size_t i = 0; i < all->n && !*ret_more; i++) {
		if (last && strcmp(all->items[i], last) <= 0)
			continue;
		if (page.n == n)
			*ret_more = true;
		else
			strlist_add(&page, all->items[i]);
	}
	*ret_page = page;
}

static int add_tag(const char *tag, const struct digest *digest, void *arg, struct err *err)
{
	strlist_add(arg, tag);
	return 0;
}

static int tags_of_tree(struct registry *registry, const char *repository, size_t n,
			const char *last, struct strlist *ret_tags, bool *ret_more, struct err *err)
{
	autostrlist struct strlist all = {0};

	if (STORE(registry, walk_tags, repository, add_tag, &all, err))
		return -1;
	if (!all.n)
		return err_set(err, ERR_MISSING, "no repository '%s'", repository);
	cut_page(&all, n, last, ret_tags, ret_more);
	return 0;
}

int registry_tags(struct registry *registry, const char *repository, size_t n, const char *last,
		  struct strlist *ret_tags, bool *ret_more, struct err *err)
{
	autoerr struct err why = {0};

	if (registry_sync(registry, repository, &why) == 0 &&
	    index_tags(registry->index, repository, n, last, ret_tags, ret_more, &why) == 0)
		return 0;
	if (why.kind == ERR_MISSING) {
		err_move(err, &why);
		return -1;
	}
	log_debug("%s: asking the tree", err_text(&why));
	return tags_of_tree(registry, repository, n, last, ret_tags, ret_more, err);
}

struct catalog {
	struct registry *registry;
	const char *last;
	bool (*may_see)(const char *repository, void *arg);
	void *arg;
	struct strlist names;
};

/* One is enough. */
static int stop_at_first(const struct digest *digest, void *arg, struct err *err)
{
	*(bool *)arg = true;
	return err_set(err, ERR_EXISTS, "found");
}

static int add_repository(const char *repository, void *arg, struct err *err)
{
	struct catalog *catalog = arg;
	autoerr struct err why = {0};
	bool has = false;

	if ((catalog->last && strcmp(repository, catalog->last) <= 0) ||
	    (catalog->may_see && !catalog->may_see(repository, catalog->arg)))
		return 0;
	if (STORE(catalog->registry, walk_revisions, repository, stop_at_first, &has, &why) &&
	    !has && why.kind != ERR_MISSING) {
		err_move(err, &why);
		return -1;
	}
	if (has)
		strlist_add(&catalog->names, repository);
	return 0;
}

static int repositories_of_tree(struct catalog *catalog, size_t n, struct strlist *ret_names,
				bool *ret_more, struct err *err)
{
	int failed = STORE(catalog->registry, walk_repositories, add_repository, catalog, err);

	if (!failed)
		cut_page(&catalog->names, n, catalog->last, ret_names, ret_more);
	strlist_done(&catalog->names);
	return failed;
}

/* NOLINTNEXTLINE(readability-function-size): a page has many sides */
int registry_repositories(struct registry *registry, size_t n, const char *last,
			  bool (*may_see)(const char *repository, void *arg), void *arg,
			  struct strlist *ret_names, bool *ret_more, struct err *err)
{
	struct catalog catalog = {registry, last, may_see, arg, {0}};
	autoerr struct err why = {0};

	if (registry_is_walked(registry)) {
		if (index_repositories(registry->index, n, last, may_see, arg, ret_names, ret_more,
				       &why) == 0)
			return 0;
		log_debug("%s: asking the tree", err_text(&why));
	}
	return repositories_of_tree(&catalog, n, ret_names, ret_more, err);
}
