/* index_walk.c - the index told in whole lists, for comparing it with the tree.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/vec.h"
#include "registry/index_private.h"

#include "base/banned.h"

static bool add_digest(sqlite3_stmt *row, void *arg)
{
	struct digest digest;

	if (row_digest(row, 0, &digest))
		strlist_add(arg, digest.text);
	return true;
}

int index_list_links(struct index_file *index, const char *repository, struct strlist *ret_digests,
		     struct err *err)
{
	return index_read(index, "SELECT digest FROM links WHERE repo=" REPO_ID " ORDER BY digest",
			  VALUES(value_text(repository)), add_digest, ret_digests, err);
}

int index_list_manifests(struct index_file *index, const char *repository,
			 struct strlist *ret_digests, struct err *err)
{
	return index_read(index,
			  "SELECT digest FROM manifests WHERE repo=" REPO_ID " ORDER BY digest",
			  VALUES(value_text(repository)), add_digest, ret_digests, err);
}

static bool add_tag(sqlite3_stmt *row, void *arg)
{
	struct digest digest;

	if (row_digest(row, 1, &digest))
		strlist_addf(arg, "%s %s", row_text(row, 0), digest.text);
	return true;
}

/* Sorted as whole lines: a space sorts before whatever a tag may contain, so by tag. */
int index_list_tags(struct index_file *index, const char *repository, struct strlist *ret_tags,
		    struct err *err)
{
	return index_read(index, "SELECT tag, digest FROM tags WHERE repo=" REPO_ID " ORDER BY tag",
			  VALUES(value_text(repository)), add_tag, ret_tags, err);
}

static bool add_blob(sqlite3_stmt *row, void *arg)
{
	struct index_blobs *blobs = arg;
	struct index_blob blob = {.size = (uint64_t)sqlite3_column_int64(row, 1)};

	if (row_digest(row, 0, &blob.digest))
		vec_push(blobs, blob);
	return true;
}

int index_list_blobs(struct index_file *index, const struct digest *last, size_t n,
		     struct index_blobs *ret_blobs, struct err *err)
{
	ret_blobs->n = 0;
	return index_read(index,
			  "SELECT digest, size FROM blobs WHERE digest>ifnull(?1, x'')"
			  " ORDER BY digest LIMIT ?2",
			  VALUES(value_digest(last), value_int((int64_t)n)), add_blob, ret_blobs,
			  err);
}

struct known_size {
	bool is_known;
	uint64_t size;
};

static bool read_size(sqlite3_stmt *row, void *arg)
{
	*(struct known_size *)arg =
		(struct known_size){true, (uint64_t)sqlite3_column_int64(row, 0)};
	return false;
}

int index_blob_size(struct index_file *index, const struct digest *digest, bool *ret_known,
		    uint64_t *ret_size, struct err *err)
{
	struct known_size known = {0};

	if (index_read(index, "SELECT size FROM blobs WHERE digest=?1",
		       VALUES(value_digest(digest)), read_size, &known, err))
		return -1;
	*ret_known = known.is_known;
	*ret_size = known.size;
	return 0;
}
