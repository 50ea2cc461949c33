/* index_query.c - questions to the index.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "registry/index_private.h"

#include "base/banned.h"

#define READ(index, sql, told, arg, err, ...) \
	index_read(index, sql, VALUES(__VA_ARGS__), told, arg, err)

static bool found(sqlite3_stmt *row, void *arg)
{
	*(bool *)arg = true;
	return false;
}

static bool read_link(sqlite3_stmt *row, void *arg)
{
	struct index_link *link = arg;

	link->is_known = sqlite3_column_type(row, 0) != SQLITE_NULL;
	link->since_ns = sqlite3_column_int64(row, 0);
	link->is_needed = sqlite3_column_int(row, 1) != 0;
	link->has_size = sqlite3_column_type(row, 2) != SQLITE_NULL;
	link->size = (uint64_t)sqlite3_column_int64(row, 2);
	return false;
}

int index_find_link(struct index_file *index, const char *repository, const struct digest *digest,
		    struct index_link *ret_link, struct err *err)
{
	struct index_link link = {0};

	if (READ(index,
		 "SELECT (SELECT since FROM links WHERE digest=?2 AND repo=" REPO_ID "),"
		 " EXISTS(SELECT 1 FROM parts WHERE digest=?2 AND repo=" REPO_ID "),"
		 " (SELECT size FROM blobs WHERE digest=?2)",
		 read_link, &link, err, value_text(repository), value_digest(digest)))
		return -1;
	*ret_link = link;
	return 0;
}

bool index_has_manifest(struct index_file *index, const char *repository,
			const struct digest *digest)
{
	autoerr struct err why = {0};
	bool has = false;

	return READ(index, "SELECT 1 FROM manifests WHERE digest=?2 AND repo=" REPO_ID, found, &has,
		    &why, value_text(repository), value_digest(digest)) == 0 &&
	       has;
}

struct page {
	struct strlist *list;
	size_t n;
	bool more;
	bool (*may_see)(const char *repository, void *arg);
	void *arg;
};

static bool add_to_page(sqlite3_stmt *row, void *arg)
{
	struct page *page = arg;
	const char *text = row_text(row, 0);

	if (page->may_see && !page->may_see(text, page->arg))
		return true;
	if (page->list->n == page->n) {
		page->more = true;
		return false;
	}
	strlist_add(page->list, text);
	return true;
}

static int has_repository(struct index_file *index, const char *repository, bool *ret_has,
			  struct err *err)
{
	bool has = false;

	if (READ(index, "SELECT 1 FROM repositories WHERE name=?1", found, &has, err,
		 value_text(repository)))
		return -1;
	*ret_has = has;
	return 0;
}

int index_tags(struct index_file *index, const char *repository, size_t n, const char *last,
	       struct strlist *ret_tags, bool *ret_more, struct err *err)
{
	autostrlist struct strlist tags = {0};
	struct page page = {.list = &tags, .n = n};
	bool has = false;

	if (has_repository(index, repository, &has, err))
		return -1;
	if (!has)
		return err_set(err, ERR_MISSING, "no repository '%s'", repository);
	if (READ(index, "SELECT tag FROM tags WHERE repo=" REPO_ID " AND tag>?2 ORDER BY tag",
		 add_to_page, &page, err, value_text(repository), value_text(last ? last : "")))
		return -1;
	*ret_tags = steal(&tags);
	*ret_more = page.more;
	return 0;
}

/* NOLINTNEXTLINE(readability-function-size): a page has many sides */
int index_repositories(struct index_file *index, size_t n, const char *last,
		       bool (*may_see)(const char *repository, void *arg), void *arg,
		       struct strlist *ret_names, bool *ret_more, struct err *err)
{
	autostrlist struct strlist names = {0};
	struct page page = {.list = &names, .n = n, .may_see = may_see, .arg = arg};

	if (READ(index,
		 "SELECT name FROM repositories WHERE name>?1"
		 " AND EXISTS(SELECT 1 FROM manifests WHERE repo=repositories.id) ORDER BY name",
		 add_to_page, &page, err, value_text(last ? last : "")))
		return -1;
	*ret_names = steal(&names);
	*ret_more = page.more;
	return 0;
}

static bool add_text(sqlite3_stmt *row, void *arg)
{
	strlist_add(arg, row_text(row, 0));
	return true;
}

int index_all_repositories(struct index_file *index, struct strlist *ret_names, struct err *err)
{
	return index_read(index, "SELECT name FROM repositories ORDER BY name", NULL, 0, add_text,
			  ret_names, err);
}

int index_tags_at(struct index_file *index, const char *repository, const struct digest *digest,
		  struct strlist *ret_tags, struct err *err)
{
	return READ(index, "SELECT tag FROM tags WHERE digest=?2 AND repo=" REPO_ID " ORDER BY tag",
		    add_text, ret_tags, err, value_text(repository), value_digest(digest));
}

static bool read_digest(sqlite3_stmt *row, void *arg)
{
	row_digest(row, 0, arg);
	return false;
}

int index_parent(struct index_file *index, const char *repository, const struct digest *child,
		 struct digest *ret_parent, struct err *err)
{
	struct digest parent = {0};

	if (READ(index,
		 "SELECT manifest FROM parts WHERE digest=?2 AND repo=" REPO_ID " AND kind=?3",
		 read_digest, &parent, err, value_text(repository), value_digest(child),
		 value_int(PART_CHILD)))
		return -1;
	*ret_parent = parent;
	return 0;
}

int index_linked_in(struct index_file *index, const struct digest *digest, size_t n,
		    struct strlist *ret_names, struct err *err)
{
	return READ(index,
		    "SELECT name FROM links JOIN repositories ON repositories.id=links.repo"
		    " WHERE digest=?1 LIMIT ?2",
		    add_text, ret_names, err, value_digest(digest), value_int((int64_t)n));
}

struct referrers_told {
	bool (*told)(const struct index_manifest *manifest, void *arg);
	void *arg;
};

static bool tell_referrer(sqlite3_stmt *row, void *arg)
{
	struct referrers_told *told = arg;
	struct index_manifest manifest = {
		.media_type = row_text(row, 1),
		.size = (uint64_t)sqlite3_column_int64(row, 2),
		.artifact_type = row_text(row, 3),
		.annotations = row_text(row, 4),
	};

	return !row_digest(row, 0, &manifest.digest) || told->told(&manifest, told->arg);
}

int index_referrers(struct index_file *index, const char *repository, const struct digest *subject,
		    const struct digest *last,
		    bool (*told)(const struct index_manifest *manifest, void *arg), void *arg,
		    struct err *err)
{
	struct referrers_told row = {told, arg};

	return READ(index,
		    "SELECT digest, media_type, size, artifact_type, annotations FROM manifests"
		    " WHERE repo=" REPO_ID
		    " AND subject=?2 AND digest>ifnull(?3, x'') ORDER BY digest",
		    tell_referrer, &row, err, value_text(repository), value_digest(subject),
		    value_digest(last));
}
