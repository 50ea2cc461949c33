/* index_change.c - changes of the index, each a few rows of one transaction.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "registry/index_private.h"

#include "base/banned.h"

#define WRITE(txn, sql, ...) index_run(txn, sql, VALUES(__VA_ARGS__))

void index_put_repository(struct index_txn *txn, const char *repository)
{
	WRITE(txn, "INSERT OR IGNORE INTO repositories(name) VALUES(?1)", value_text(repository));
}

static void put_part(struct index_txn *txn, const char *repository, const struct digest *manifest,
		     const struct index_part *part)
{
	WRITE(txn,
	      "INSERT OR IGNORE INTO parts(repo, manifest, digest, kind) VALUES(" REPO_ID
	      ", ?2, ?3, ?4)",
	      value_text(repository), value_digest(manifest), value_digest(&part->digest),
	      value_int(part->kind));
}

void index_put_manifest(struct index_txn *txn, const char *repository,
			const struct index_manifest *manifest, int64_t now_ns)
{
	index_put_repository(txn, repository);
	index_put_blob(txn, &manifest->digest, manifest->size);
	WRITE(txn,
	      "INSERT INTO manifests(repo, digest, media_type, size, subject, artifact_type,"
	      " annotations, pushed_at, held_at) VALUES(" REPO_ID
	      ", ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)"
	      " ON CONFLICT(digest, repo) DO UPDATE SET media_type=excluded.media_type,"
	      " pushed_at=excluded.pushed_at, held_at=excluded.held_at",
	      value_text(repository), value_digest(&manifest->digest),
	      value_text(manifest->media_type), value_int((int64_t)manifest->size),
	      value_digest(&manifest->subject), value_text(manifest->artifact_type),
	      value_text(manifest->annotations), value_int(now_ns));
	for (size_t i = 0; i < manifest->n_parts; i++)
		put_part(txn, repository, &manifest->digest, &manifest->parts[i]);
}

/* Whoever counts on what something held until now gets the whole grace. */
static void touch_around(struct index_txn *txn, const char *repository, const struct digest *digest,
			 int64_t now_ns)
{
	WRITE(txn,
	      "UPDATE links SET since=max(since, ?3) WHERE repo=" REPO_ID " AND digest IN"
	      " (SELECT digest FROM parts WHERE repo=" REPO_ID " AND manifest=?2)",
	      value_text(repository), value_digest(digest), value_int(now_ns));
	WRITE(txn,
	      "UPDATE manifests SET held_at=max(held_at, ?3) WHERE repo=" REPO_ID
	      " AND digest IN (SELECT digest FROM parts WHERE repo=" REPO_ID " AND manifest=?2)",
	      value_text(repository), value_digest(digest), value_int(now_ns));
	WRITE(txn,
	      "UPDATE manifests SET held_at=max(held_at, ?3) WHERE repo=" REPO_ID " AND subject=?2",
	      value_text(repository), value_digest(digest), value_int(now_ns));
}

void index_remove_manifest(struct index_txn *txn, const char *repository,
			   const struct digest *digest, int64_t now_ns)
{
	touch_around(txn, repository, digest, now_ns);
	WRITE(txn, "DELETE FROM tags WHERE digest=?2 AND repo=" REPO_ID, value_text(repository),
	      value_digest(digest));
	WRITE(txn, "DELETE FROM parts WHERE repo=" REPO_ID " AND manifest=?2",
	      value_text(repository), value_digest(digest));
	WRITE(txn, "DELETE FROM manifests WHERE digest=?2 AND repo=" REPO_ID,
	      value_text(repository), value_digest(digest));
}

static void touch_tagged(struct index_txn *txn, const char *repository, const char *tag,
			 int64_t now_ns)
{
	WRITE(txn,
	      "UPDATE manifests SET held_at=max(held_at, ?3) WHERE repo=" REPO_ID " AND digest="
	      "(SELECT digest FROM tags WHERE repo=" REPO_ID " AND tag=?2)",
	      value_text(repository), value_text(tag), value_int(now_ns));
}

void index_put_tag(struct index_txn *txn, const char *repository, const char *tag,
		   const struct digest *digest, int64_t now_ns)
{
	index_put_repository(txn, repository);
	touch_tagged(txn, repository, tag, now_ns);
	WRITE(txn,
	      "INSERT INTO tags(repo, tag, digest) VALUES(" REPO_ID ", ?2, ?3)"
	      " ON CONFLICT(repo, tag) DO UPDATE SET digest=excluded.digest",
	      value_text(repository), value_text(tag), value_digest(digest));
}

void index_remove_tag(struct index_txn *txn, const char *repository, const char *tag,
		      int64_t now_ns)
{
	touch_tagged(txn, repository, tag, now_ns);
	WRITE(txn, "DELETE FROM tags WHERE repo=" REPO_ID " AND tag=?2", value_text(repository),
	      value_text(tag));
}

void index_put_link(struct index_txn *txn, const char *repository, const struct digest *digest,
		    uint64_t size, int64_t now_ns)
{
	index_put_repository(txn, repository);
	index_put_blob(txn, digest, size);
	WRITE(txn,
	      "INSERT INTO links(repo, digest, since) VALUES(" REPO_ID ", ?2, ?3)"
	      " ON CONFLICT(digest, repo) DO UPDATE SET since=max(since, excluded.since)",
	      value_text(repository), value_digest(digest), value_int(now_ns));
}

void index_remove_link(struct index_txn *txn, const char *repository, const struct digest *digest)
{
	WRITE(txn, "DELETE FROM links WHERE digest=?2 AND repo=" REPO_ID, value_text(repository),
	      value_digest(digest));
}

void index_put_blob(struct index_txn *txn, const struct digest *digest, uint64_t size)
{
	WRITE(txn,
	      "INSERT INTO blobs(digest, size) VALUES(?1, ?2) ON CONFLICT(digest) DO UPDATE SET"
	      " size=excluded.size, state=0, condemned_at=0"
	      " WHERE size!=excluded.size OR state!=0",
	      value_digest(digest), value_int((int64_t)size));
}

void index_remove_blob(struct index_txn *txn, const struct digest *digest)
{
	WRITE(txn, "DELETE FROM blobs WHERE digest=?1", value_digest(digest));
}

static void set_state(struct index_txn *txn, const struct digest *digest, enum blob_state state,
		      int64_t condemned_at_ns)
{
	WRITE(txn, "UPDATE blobs SET state=?2, condemned_at=?3 WHERE digest=?1",
	      value_digest(digest), value_int(state), value_int(condemned_at_ns));
}

void index_condemn_blob(struct index_txn *txn, const struct digest *digest, int64_t now_ns)
{
	set_state(txn, digest, BLOB_CONDEMNED, now_ns);
}

void index_kill_blob(struct index_txn *txn, const struct digest *digest)
{
	set_state(txn, digest, BLOB_DEAD, 0);
}

void index_revive_blob(struct index_txn *txn, const struct digest *digest)
{
	set_state(txn, digest, BLOB_LIVE, 0);
}

void index_note_verified(struct index_txn *txn, const struct digest *digest, int64_t now_ns)
{
	WRITE(txn, "UPDATE blobs SET verified_at=?2 WHERE digest=?1", value_digest(digest),
	      value_int(now_ns));
}

void index_note_pull(struct index_txn *txn, const char *repository, const struct digest *digest,
		     int64_t when_ns)
{
	WRITE(txn,
	      "UPDATE manifests SET last_pull=max(last_pull, ?3) WHERE digest=?2 AND repo=" REPO_ID,
	      value_text(repository), value_digest(digest), value_int(when_ns));
}

void index_prune_repository(struct index_txn *txn, const char *repository)
{
	WRITE(txn,
	      "DELETE FROM repositories WHERE name=?1"
	      " AND NOT EXISTS(SELECT 1 FROM tags WHERE repo=repositories.id)"
	      " AND NOT EXISTS(SELECT 1 FROM manifests WHERE repo=repositories.id)"
	      " AND NOT EXISTS(SELECT 1 FROM links WHERE repo=repositories.id)",
	      value_text(repository));
}
