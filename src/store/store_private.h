/* store_private.h - what the files of this folder share: paths, records, the lock, the walk of
 * roots. SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <dirent.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/map.h"
#include "store/images.h"
#include "store/limits.h"
#include "store/store.h"

#define STORE_VERSION_TEXT "1\n"
#define STORE_WORKDIR_LOCK ".lock"
#define STORE_OCI_LAYOUT   "{\"imageLayoutVersion\":\"1.0.0\"}"
#define LEASE_HELD         "held-"

static inline void dir_closep(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

enum { JOURNAL_UNKNOWN, JOURNAL_ONE, JOURNAL_OTHER };

struct store {
	char *root; /* absolute, free of links */
	int fd;
	/* Set while a repair holds the store's lock: calls from its callbacks must not wait for us.
	 */
	atomic_bool is_exclusive;
	atomic_int journal; /* journal.c: what is known of the file system */
};

/* A path below the store, by value. The longest: "oci/blobs/sha512/<128>", "names/<at most 255>".
 */
struct store_path {
	char text[320];
};
struct store_path path_format(const char *fmt, ...) printf_like(1, 2);
struct store_path blob_path(const struct digest *digest);
struct store_path layer_dir_path(const struct digest *chain_id, const char *behind);
struct store_path image_path(const struct digest *manifest);
/* `prefix` and 16 random hex digits. */
struct store_path fresh_path(const char *prefix);
/* The digest whose hex a file is called by; false when it is no such name. */
bool digest_of_name(const char *name, struct digest *ret_digest);

/* ---- store.c ---- */
/* Work that publishes, or checks what exists and leases it, holds the lock shared; what removes
 * holds it exclusively. *ret_fd is -1 when a repair of ours holds it already. Closing releases. */
int store_lock_shared(struct store *store, int *ret_fd, struct err *err) must_check;
int store_lock_exclusive(struct store *store, int *ret_fd, struct err *err) must_check;
/* One writer at a time of names/, images/ and index.json; taken inside the shared lock. */
int store_lock_names(struct store *store, int *ret_fd, struct err *err) must_check;

/* ---- record.c: small files, replaced as a whole ---- */
enum record_sync {
	RECORD_SYNC,
	RECORD_NO_SYNC
}; /* of the content; the directory is the caller's */
/* Writes in tmp/, renames to `path`. The caller holds the store's lock: what lies in tmp/ without
 * a lock of its own is garbage to whoever holds it exclusively. */
int record_write(struct store *store, const char *path, const char *text, size_t len, mode_t mode,
		 enum record_sync sync, struct err *err) must_check;
int record_read(struct store *store, const char *path, size_t max, struct buf *ret_buf,
		struct err *err) must_check;
/* The record as a tree; a text that is none is ERR_CORRUPT by its path. */
int record_read_tree(struct store *store, const char *path, size_t max, struct arena *arena,
		     struct node **ret_root, struct err *err) must_check;
/* A record that waits in tmp/ to be placed. Zeroed: none. */
struct record_draft {
	struct store *store;
	struct store_path path, beside;
	int fd;
	bool is_open, is_placed;
};
int record_draft(struct store *store, const char *path, const char *text, size_t len, mode_t mode,
		 struct record_draft *ret_draft, struct err *err) must_check;
/* Settled. */
int record_draft_tree(struct store *store, const char *path, const struct node *root, size_t max,
		      struct record_draft *ret_draft, struct err *err) must_check;
int record_draft_place(struct record_draft *draft, struct err *err) must_check;
void record_draft_done(struct record_draft *draft);
void record_write_out(
	int fd); /* starts and awaits writing the data, so that syncing many is one commit */
int record_digest(const struct node *map, const char *key, const char *path,
		  struct digest *ret_digest, struct err *err) must_check;
/* Durable with all names in it, and on a file system of one journal with all that was done before.
 */
int record_sync_dir(struct store *store, const char *path, struct err *err) must_check;
/* The names in a directory of the store but "." and "..", sorted; a missing one has none. */
int record_list(struct store *store, const char *path, struct strlist *ret_names,
		struct err *err) must_check;

/* ---- journal.c ---- */
/* Whether changes become durable in the order in which they are made. */
bool journal_is_one(struct store *store);
/* The content before the name: a rename that comes now is never seen without it. */
int journal_settle(struct store *store, int fd, const char *what, struct err *err) must_check;
/* Directories below the store, in the order of who relies on whom; the last one changed last. */
int journal_sync_dirs(struct store *store, const char *const *paths, size_t n,
		      struct err *err) must_check;

/* ---- names.c ---- */
struct name_record {
	char *text; /* canonical, with tag or digest */
	struct descriptor manifest;
};
void name_record_done(struct name_record *record);
char *name_text(const struct reference *name); /* canonical, "latest" when nothing was given */
struct store_path name_path(const char *canonical);
int name_read(struct store *store, const char *path, struct name_record *ret_record,
	      struct err *err) must_check;
int name_draft(struct store *store, const struct name_record *record,
	       struct record_draft *ret_draft, struct err *err) must_check;

/* ---- index.c: oci/index.json follows names/ and images/ ---- */
/* Said before names or images change; a writer that dies in between leaves the mark. */
int index_mark_stale(struct store *store, struct err *err) must_check;
/* Anew from the records, then takes the mark away. Under the names lock. */
int index_refresh(struct store *store, struct err *err) must_check;
/* What it should be. Unreadable records are left out. */
int index_text(struct store *store, struct buf *ret_buf, struct err *err) must_check;
/* The same after names or images changed for good: when it cannot be written (a full disk) the
 * change stands, and the mark lets a later one or the next opening make up for it. */
void index_follow(struct store *store);
bool index_is_stale(struct store *store);
/* At opening: refreshes it when a writer died or the power went before it was written. */
void index_heal(struct store *store);

/* ---- images.c ---- */
/* One record; image.names are those it lists, whether or not they (still) point here. */
int image_read_record(struct store *store, const struct digest *manifest, struct image *ret_image,
		      struct err *err) must_check;
/* The record with the names that do point here, sorted. ERR_MISSING when there is none. */
int image_load(struct store *store, const struct digest *manifest, struct image *ret_image,
	       struct err *err) must_check;
int image_draft(struct store *store, const struct image *image, struct record_draft *ret_draft,
		struct err *err) must_check;
int image_write_record(struct store *store, const struct image *image, struct err *err) must_check;
/* All that the manifest names is in the store, of the right size. ret_id may be NULL. */
int image_is_complete(struct store *store, const struct descriptor *manifest, struct digest *ret_id,
		      struct err *err) must_check;

/* ---- lease.c ---- */
/* Under the store's lock; what it names need not be there yet. `lease` NULL: nothing. */
int lease_note_blob(struct lease *lease, const struct digest *digest, struct err *err) must_check;
int lease_note_layer(struct lease *lease, const struct digest *chain_id,
		     struct err *err) must_check;
/* Whether leases/`name` is held: a named one, or one whose owner lives. */
int lease_is_alive(struct store *store, const char *name, bool *ret_alive,
		   struct err *err) must_check;
typedef int (*lease_line_fn)(bool is_layer, const struct digest *digest, void *arg,
			     struct err *err);
/* One that is gone holds nothing: ending a lease takes no lock, also not while a sweep reads it. */
int lease_read(struct store *store, const char *name, lease_line_fn fn, void *arg,
	       struct err *err) must_check;

/* ---- mark.c: what the roots hold ---- */
struct marks {
	struct map blobs;  /* digest texts */
	struct map layers; /* chain IDs */
};
void marks_done(struct marks *marks);
/* ERR_CORRUPT when an image cannot be read: then nobody knows what it holds. */
int marks_collect(struct store *store, struct marks *ret_marks, struct err *err) must_check;

/* ---- usage.c ---- */
/* Bytes allocated for a file or a tree below the store; hard links once, other file systems not.
 * What goes away meanwhile is left out. */
int usage_of(struct store *store, const char *path, uint64_t *ret_bytes,
	     struct err *err) must_check;

/* ---- dead.c: what dead processes left in tmp/ and leases/ ---- */
struct dead_entry {
	char *path;
	bool is_tree;
};
struct dead_list {
	struct dead_entry *items;
	size_t n, cap;
};
void dead_list_done(struct dead_list *list);
/* `is_alone`: the store's lock is held exclusively, so that what nobody locked is dead as well. */
int dead_collect(struct store *store, bool is_alone, struct dead_list *ret_list,
		 struct err *err) must_check;
/* Moves a tree out of sight into tmp/, where it counts as dead; *ret_path is its new one. */
int dead_bury(struct store *store, const char *path, struct store_path *ret_path,
	      struct err *err) must_check;
/* Removes a buried tree with what is mounted in it; needs no lock. */
int dead_remove_tree(struct store *store, const char *path, struct err *err) must_check;
