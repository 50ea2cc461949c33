/* index_collect.c - candidates for the collector, each question safe to ask again under a lock.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/index_collect.h"

#include <stdlib.h>

#include "base/vec.h"
#include "registry/index_private.h"

#include "base/banned.h"

#define REASONS_MAX 1000 /* lines; who reads more of them? */

/* A manifest is held by a tag, by an index of its repository, or by its subject there. */
#define IS_UNHELD                                                                                  \
	" m.pushed_at<=?1 AND m.pushed_at<=?2 AND m.held_at<=?2 AND m.last_pull<=?2"               \
	" AND NOT EXISTS(SELECT 1 FROM tags t WHERE t.digest=m.digest AND t.repo=m.repo)"          \
	" AND NOT EXISTS(SELECT 1 FROM parts p WHERE p.digest=m.digest AND p.repo=m.repo"          \
	" AND p.kind=2)"                                                                           \
	" AND (m.subject IS NULL OR NOT EXISTS(SELECT 1 FROM manifests s WHERE s.digest=m.subject" \
	" AND s.repo=m.repo))"
_Static_assert(PART_CHILD == 2, "the text above says so");

#define IS_UNNEEDED                                                      \
	" NOT EXISTS(SELECT 1 FROM links WHERE digest=b.digest)"         \
	" AND NOT EXISTS(SELECT 1 FROM manifests WHERE digest=b.digest)" \
	" AND NOT EXISTS(SELECT 1 FROM parts WHERE digest=b.digest)"

void index_things_done(struct index_things *things)
{
	vec_foreach(thing, things)
		free(thing->repository);
	vec_done(things);
}

static bool add_manifest(sqlite3_stmt *row, void *arg)
{
	struct index_things *things = arg;
	struct index_thing thing = {.size = (uint64_t)sqlite3_column_int64(row, 2),
				    .id = sqlite3_column_int64(row, 3)};

	if (!row_digest(row, 1, &thing.digest))
		return true;
	thing.repository = xstrdup(row_text(row, 0));
	vec_push(things, thing);
	return true;
}

int index_unheld_manifests(struct index_file *index, int64_t after_id,
			   const struct index_cuts *cuts, size_t n, struct index_things *ret_things,
			   struct err *err)
{
	return index_read(index,
			  "SELECT r.name, m.digest, m.size, m.id FROM manifests m"
			  " JOIN repositories r ON r.id=m.repo WHERE m.id>?3 AND" IS_UNHELD
			  " ORDER BY m.id LIMIT ?4",
			  VALUES(value_int(cuts->pushed_before_ns),
				 value_int(cuts->needed_before_ns), value_int(after_id),
				 value_int((int64_t)n)),
			  add_manifest, ret_things, err);
}

static bool found(sqlite3_stmt *row, void *arg)
{
	*(bool *)arg = true;
	return false;
}

int index_is_unheld(struct index_file *index, const char *repository, const struct digest *digest,
		    const struct index_cuts *cuts, bool *ret_is, struct err *err)
{
	*ret_is = false;
	return index_read(index,
			  "SELECT 1 FROM manifests m JOIN repositories r ON r.id=m.repo"
			  " WHERE r.name=?3 AND m.digest=?4 AND" IS_UNHELD,
			  VALUES(value_int(cuts->pushed_before_ns),
				 value_int(cuts->needed_before_ns), value_text(repository),
				 value_digest(digest)),
			  found, ret_is, err);
}

static bool add_link(sqlite3_stmt *row, void *arg)
{
	struct index_things *things = arg;
	struct index_thing thing = {.id = sqlite3_column_int64(row, 2),
				    .size = (uint64_t)sqlite3_column_int64(row, 3)};

	if (!row_digest(row, 1, &thing.digest))
		return true;
	thing.repository = xstrdup(row_text(row, 0));
	vec_push(things, thing);
	return true;
}

int index_unneeded_links(struct index_file *index, const struct index_thing *last,
			 int64_t needed_before_ns, size_t n, struct index_things *ret_things,
			 struct err *err)
{
	return index_read(index,
			  "SELECT r.name, l.digest, l.repo,"
			  " (SELECT size FROM blobs WHERE digest=l.digest) FROM links l"
			  " JOIN repositories r ON r.id=l.repo"
			  " WHERE (l.digest, l.repo)>(ifnull(?1, x''), ?2) AND l.since<=?3"
			  " AND NOT EXISTS(SELECT 1 FROM parts p WHERE p.digest=l.digest"
			  " AND p.repo=l.repo) ORDER BY l.digest, l.repo LIMIT ?4",
			  VALUES(value_digest(last ? &last->digest : NULL),
				 value_int(last ? last->id : 0), value_int(needed_before_ns),
				 value_int((int64_t)n)),
			  add_link, ret_things, err);
}

static bool add_blob(sqlite3_stmt *row, void *arg)
{
	int state = sqlite3_column_int(row, 2);
	struct index_thing thing = {
		.size = (uint64_t)sqlite3_column_int64(row, 1),
		.is_condemned = state != BLOB_LIVE,
		.is_dead = state == BLOB_DEAD,
		.condemned_at_ns = sqlite3_column_int64(row, 3),
	};

	if (row_digest(row, 0, &thing.digest))
		vec_push((struct index_things *)arg, thing);
	return true;
}

int index_unneeded_blobs(struct index_file *index, const struct digest *last, size_t n,
			 struct index_things *ret_things, struct err *err)
{
	return index_read(
		index,
		"SELECT digest, size, state, condemned_at FROM blobs b"
		" WHERE digest>ifnull(?1, x'') AND" IS_UNNEEDED " ORDER BY digest LIMIT ?2",
		VALUES(value_digest(last), value_int((int64_t)n)), add_blob, ret_things, err);
}

int index_is_unneeded(struct index_file *index, const struct digest *digest,
		      struct index_thing *ret_thing, bool *ret_is, struct err *err)
{
	struct index_things things = {0};

	if (index_read(index,
		       "SELECT digest, size, state, condemned_at FROM blobs b"
		       " WHERE digest=?1 AND" IS_UNNEEDED,
		       VALUES(value_digest(digest)), add_blob, &things, err)) {
		index_things_done(&things);
		return -1;
	}
	*ret_is = things.n;
	if (things.n)
		*ret_thing = things.items[0];
	index_things_done(&things);
	return 0;
}

int index_needed_again(struct index_file *index, struct index_things *ret_things, struct err *err)
{
	return index_read(index,
			  "SELECT digest, size, state, condemned_at FROM blobs b"
			  " WHERE state!=0 AND NOT (" IS_UNNEEDED ")",
			  NULL, 0, add_blob, ret_things, err);
}

int index_unverified(struct index_file *index, int64_t before_ns, size_t n,
		     struct index_things *ret_things, struct err *err)
{
	return index_read(index,
			  "SELECT digest, size, state, condemned_at FROM blobs"
			  " WHERE verified_at<?1 ORDER BY verified_at LIMIT ?2",
			  VALUES(value_int(before_ns), value_int((int64_t)n)), add_blob, ret_things,
			  err);
}

/* What it is, where, of what: "layer of team/app@sha256:…". */
static bool add_reason(sqlite3_stmt *row, void *arg)
{
	const char *what = row_text(row, 0), *repository = row_text(row, 1);
	const char *tag = row_text(row, 2);
	struct digest digest;

	if (row_digest(row, 3, &digest))
		strlist_addf(arg, "%s %s@%s", what, repository, digest.text);
	else if (tag)
		strlist_addf(arg, "%s %s:%s", what, repository, tag);
	else
		strlist_addf(arg, "%s %s", what, repository);
	return true;
}

int index_reasons(struct index_file *index, const struct digest *digest,
		  struct strlist *ret_reasons, struct err *err)
{
	return index_read(
		index,
		"SELECT what, r.name, tag, other FROM ("
		"SELECT 1 AS rank, 'tag' AS what, repo, tag, NULL AS other FROM tags WHERE digest=?1"
		" UNION ALL SELECT 2, CASE kind WHEN 0 THEN 'config of' WHEN 1 THEN 'layer of'"
		" ELSE 'part of index' END, repo, NULL, manifest FROM parts WHERE digest=?1"
		" UNION ALL SELECT 3, 'refers to', m.repo, NULL, m.subject FROM manifests m"
		" JOIN manifests s ON s.repo=m.repo AND s.digest=m.subject WHERE m.digest=?1"
		" UNION ALL SELECT 4, 'manifest of', repo, NULL, NULL FROM manifests WHERE digest=?1"
		" UNION ALL SELECT 5, 'pushed to', repo, NULL, NULL FROM links l WHERE digest=?1"
		" AND NOT EXISTS(SELECT 1 FROM parts p WHERE p.digest=l.digest AND p.repo=l.repo)"
		") JOIN repositories r ON r.id=repo ORDER BY rank, r.name, tag LIMIT ?2",
		VALUES(value_digest(digest), value_int(REASONS_MAX)), add_reason, ret_reasons, err);
}

static bool read_counts(sqlite3_stmt *row, void *arg)
{
	struct registry_counts *counts = arg;

	counts->repositories = (uint64_t)sqlite3_column_int64(row, 0);
	counts->tags = (uint64_t)sqlite3_column_int64(row, 1);
	counts->manifests = (uint64_t)sqlite3_column_int64(row, 2);
	counts->blobs = (uint64_t)sqlite3_column_int64(row, 3);
	counts->blob_bytes = (uint64_t)sqlite3_column_int64(row, 4);
	counts->condemned = (uint64_t)sqlite3_column_int64(row, 5);
	return false;
}

int index_count(struct index_file *index, struct registry_counts *ret_counts, struct err *err)
{
	return index_read(index,
			  "SELECT (SELECT count(*) FROM repositories WHERE EXISTS"
			  "(SELECT 1 FROM manifests WHERE repo=repositories.id)),"
			  " (SELECT count(*) FROM tags), (SELECT count(*) FROM manifests),"
			  " (SELECT count(*) FROM blobs), (SELECT sum(size) FROM blobs),"
			  " (SELECT count(*) FROM blobs WHERE state!=0)",
			  NULL, 0, read_counts, ret_counts, err);
}
