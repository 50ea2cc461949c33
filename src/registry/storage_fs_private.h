/* storage_fs_private.h - what the files of the file system driver share.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two rules carry the durability:
 *  - What is visible is durable, but for what is in flight. Opening syncs the file system once
 *    (what a killed server left); from then on whoever publishes holds a flight over the path, and
 *    who finds something whose path is in flight waits for its end and looks again.
 *  - A flight ends well or is undone. Files are synced, renamed into place, their directories
 *    synced; a failed sync is never tried again, it fails all who shared it.
 *
 * Paths are relative to `treefd` (docker/registry/v2) and opened without following any link. */
#pragma once

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/hash.h"
#include "base/map.h"
#include "registry/storage.h"

/* FS_SYNC_CHECK: the file was synced with all others; did its own bytes get there? */
enum fs_sync_kind { FS_SYNC_FILE, FS_SYNC_DIR, FS_SYNC_ALL, FS_SYNC_CHECK };

/* The calls that may fail late or whose order matters; tests put their own in. Each gives -1 with
 * errno. `rename`: flags of renameat2(2). */
struct fs_calls {
	int (*sync)(void *arg, int fd, enum fs_sync_kind kind);
	int (*rename)(void *arg, int from_dirfd, const char *from, int to_dirfd, const char *to,
		      unsigned flags);
	ssize_t (*write)(void *arg, int fd, const void *bytes, size_t len, uint64_t offset);
	void *arg;
};

/* Group commit: the first who comes syncs for all who wait (fs_sync.c). */
struct fs_rounds {
	pthread_mutex_t mutex;
	pthread_cond_t over;
	struct fs_round_entry *first, **last; /* waiting for the next round */
	size_t n_waiting;
	bool is_running;
	bool may_sync_all;         /* syncfs(2) does on this file system what fsync(2) does */
	int64_t no_sync_all_until; /* monotonic; this and the next are the running round's alone */
	int64_t one_took_ns;       /* a single sync, as of late */
};

/* Who publishes or removes what (fs_flights.c). */
struct fs_flights {
	pthread_mutex_t mutex;
	pthread_cond_t over;
	struct map paths; /* in flight: exclusive */
	atomic_uint n_paths;
	atomic_uint n_failed; /* flights that were undone: a reader may have seen their things */
	struct map made; /* directories whose entry above is not durable yet → sequence number */
	atomic_uint n_made;
	uint64_t last_made;
};

/* Sessions that are held or remembered, by id (fs_sessions.c). */
struct fs_sessions {
	pthread_mutex_t mutex;
	struct map by_id;
	struct upload *oldest, *newest; /* idle ones */
	size_t n_idle;
};

struct fs {
	struct storage storage; /* the first member */
	bool read_only;
	uint64_t floor_bytes;
	int treefd, ownfd, tmpfd, lockfd;
	struct fs_calls calls;
	struct fs_rounds rounds;
	struct fs_flights flights;
	struct fs_sessions sessions;
	atomic_uint n_hashers;
	atomic_uint_fast64_t last_tmp;
	atomic_uint_fast64_t free_bytes;  /* of the last look, less what was written since */
	atomic_int_fast64_t free_seen_ns; /* monotonic; 0: never */
};
static inline struct fs *fs_of(struct storage *storage)
{
	return (struct fs *)storage; /* the first member */
}

/* fs_paths.c: names in the tree. */
#define FS_PATH_MAX 1024
struct fs_path {
	char text[FS_PATH_MAX];
};
struct fs_path fs_path_of(const char *fmt, ...) printf_like(1, 2);
const char *fs_algo_name(const struct digest *digest);
struct fs_path fs_blob_dir(const struct digest *digest); /* …/<hex>, which holds "data" */
struct fs_path fs_layer_dir(const char *repository, const struct digest *digest);
struct fs_path fs_revision_dir(const char *repository, const struct digest *digest);
struct fs_path fs_tag_dir(const char *repository, const char *tag);
/* The descriptor, or -1 with errno (ELOOP: a link is in the way). Close-on-exec. */
int fs_open_below(int dirfd, const char *path, int flags);
bool fs_is_absent(int sys_errno); /* ENOENT and what stands for it: no such thing as ours */
int fs_guard_writing(const struct fs *fs, struct err *err) must_check;
/* A link file. ODD: empty, torn, or something else. */
enum fs_link { FS_LINK_ABSENT, FS_LINK_ODD, FS_LINK_SOUND };
int fs_link_read(const struct fs *fs, const char *path, enum fs_link *ret_link,
		 struct digest *ret_digest, struct err *err) must_check;

/* fs_sync.c: returns when all are durable. A failure fails everybody in the round. */
void fs_rounds_open(struct fs *fs);
void fs_rounds_close(struct fs *fs);
int fs_sync(struct fs *fs, enum fs_sync_kind kind, const int *fds, size_t n,
	    struct err *err) must_check;
extern const struct fs_calls fs_kernel_calls;

/* fs_flights.c */
void fs_flights_open(struct fs *fs);
void fs_flights_close(struct fs *fs);
void fs_flight_enter(struct fs *fs, const struct fs_path *paths, size_t n); /* waits */
void fs_flight_leave(struct fs *fs, const struct fs_path *paths, size_t n, bool well);
/* A reader: look, read, and read again until what was found is settled. */
unsigned fs_flight_look(const struct fs *fs);
bool fs_flight_is_settled(struct fs *fs, const struct fs_path *path, unsigned look);
/* Directories being made: noted before mkdir(2), settled when the one above was synced. */
void fs_made_note(struct fs *fs, const char *path);
uint64_t fs_made_number(struct fs *fs, const char *path); /* 0: durable */
void fs_made_settle(struct fs *fs, const char *path, uint64_t number);

/* fs_dirs.c: directories, and which have to be synced. */
struct fs_made {
	char *path;
	uint64_t number;
};
struct fs_dirs { /* zeroed: empty */
	struct {
		int *items; /* owned descriptors */
		size_t n, cap;
	} fds;
	struct {
		struct fs_made *items;
		size_t n, cap;
	} made;
};
/* mkdir -p. What has to be synced for it is added to `dirs`. */
int fs_dirs_make(struct fs *fs, const char *path, struct fs_dirs *dirs, int *ret_fd,
		 struct err *err) must_check;
int fs_dirs_sync(struct fs *fs, struct fs_dirs *dirs, struct err *err) must_check;
void fs_dirs_done(struct fs_dirs *dirs);
/* rmdir of `path` and of empty ones above it, at most `levels`; the lowest that stays is added to
 * `dirs` when anything was removed. */
void fs_dirs_prune(struct fs *fs, const char *path, unsigned levels, struct fs_dirs *dirs);

/* fs_publish.c: several files that appear together, or not at all. */
struct fs_item {
	struct fs_path dir;
	const char *name; /* in it; a literal */
	int dirfd, fd;    /* owned; fd: to be synced */
	int from_dirfd;   /* borrowed */
	char from[UPLOAD_ID_MAX];
	unsigned stage;
	bool is_tmp; /* `from` was made for this and dies with it */
	enum { FS_ITEM_STAGED, FS_ITEM_NEW, FS_ITEM_EXCHANGED, FS_ITEM_REPLACED } state;
};
#define FS_STAGES 2 /* the second is renamed when the first is durable */
struct fs_publish {
	struct fs *fs;
	struct {
		struct fs_item *items;
		size_t n, cap;
	} files;
	struct fs_dirs dirs[FS_STAGES];
	bool is_over;
	bool is_data_lost; /* a file could not be synced: what it holds is not to be trusted */
};
int fs_publish_bytes(struct fs_publish *publish, unsigned stage, const struct fs_path *dir,
		     const char *name, struct str bytes, struct err *err) must_check;
/* fd: dup'ed. The file from_dirfd/from moves. */
int fs_publish_file(struct fs_publish *publish, const struct fs_path *dir, const char *name,
		    int from_dirfd, const char *from, int fd, struct err *err) must_check;
/* "link" in `dir`, unless a sound one is there. */
int fs_publish_link(struct fs_publish *publish, unsigned stage, const struct fs_path *dir,
		    const struct digest *digest, struct err *err) must_check;
int fs_publish_run(struct fs_publish *publish, struct err *err) must_check;
void fs_publish_done(struct fs_publish *publish); /* undoes what did not end well */

/* fs_hash.c: the running hash of an upload. */
struct fs_hashing;
struct fs_hashing *fs_hashing_new(struct fs *fs, enum hash_algo algo);
void fs_hashing_free(struct fs_hashing *hashing); /* NULL is fine */
/* Bytes that were just written to fd at `offset`. */
void fs_hashing_add(struct fs_hashing *hashing, int fd, const void *bytes, size_t len,
		    uint64_t offset);
void fs_hashing_pause(struct fs_hashing *hashing); /* fd is not used any more */
/* The digest of the file's first `size` bytes; the hash is spent. */
int fs_hashing_end(struct fs_hashing *hashing, int fd, uint64_t size, enum hash_algo algo,
		   struct digest *ret_digest, struct err *err) must_check;

/* fs_sessions.c: which uploads there are. */
struct upload {
	struct fs *fs;
	char id[UPLOAD_ID_MAX];
	char *repository;
	bool is_held;
	bool is_on_disk; /* the session's directory exists */
	bool is_dated;   /* startedat is there */
	int64_t started_ns;
	bool is_over;
	int dirfd, fd; /* -1: not open (yet) */
	_Atomic uint64_t offset;
	_Atomic int64_t last_change_ns;
	uint64_t kicked; /* bytes whose writing to the disk was begun */
	struct fs_hashing *hashing;
	struct upload *older, *newer;
};
void fs_sessions_open(struct fs *fs);
void fs_sessions_close(struct fs *fs);
int fs_upload_start(struct storage *storage, const char *repository, enum hash_algo hint,
		    struct upload **ret_upload, struct err *err) must_check;
int fs_upload_open(struct storage *storage, const char *repository, const char *id,
		   struct upload **ret_upload, struct err *err) must_check;
int fs_upload_stat(struct storage *storage, const char *repository, const char *id,
		   struct upload_facts *ret_facts, struct err *err) must_check;
void fs_upload_facts(const struct upload *upload, struct upload_facts *ret_facts);
void fs_upload_close(struct upload *upload);
int fs_upload_cancel(struct storage *storage, const char *repository, const char *id,
		     struct err *err) must_check;
int fs_upload_purge(struct storage *storage, int64_t older_than_ns, bool dry,
		    void (*told)(const char *repository, const char *id, void *arg), void *arg,
		    struct err *err) must_check;

/* fs_uploads.c */
int fs_upload_write(struct upload *upload, const void *bytes, size_t len,
		    struct err *err) must_check;
int fs_upload_commit(struct upload *upload, const struct digest *digest, uint64_t *ret_size,
		     struct err *err) must_check;
int fs_free_bytes(struct storage *storage, uint64_t *ret_bytes, struct err *err) must_check;
/* ENOSPC when `len` more bytes would go below the floor. */
int fs_room_check(struct fs *fs, uint64_t len, struct err *err) must_check;

/* fs_blobs.c */
bool fs_blob_is_there(const struct fs *fs, const struct fs_path *dir, uint64_t size); /* no wait */
int fs_blob_stat(struct storage *storage, const struct digest *digest, uint64_t *ret_size,
		 struct err *err) must_check;
int fs_blob_open(struct storage *storage, const struct digest *digest, struct blob_body *ret_body,
		 struct err *err) must_check;
int fs_blob_reader(struct storage *storage, const struct digest *digest, uint64_t offset,
		   uint64_t len, struct reader **ret_reader, struct err *err) must_check;
int fs_blob_remove(struct storage *storage, const struct digest *digest,
		   struct err *err) must_check;
int fs_blob_quarantine(struct storage *storage, const struct digest *digest,
		       struct err *err) must_check;

/* fs_links.c */
/* Whether the link in `dir` is there, sound and settled. */
int fs_link_is_there(struct fs *fs, const struct fs_path *dir, const struct digest *digest,
		     bool *ret_is_there, struct err *err) must_check;
int fs_link_layer(struct storage *storage, const char *repository, const struct digest *digest,
		  struct err *err) must_check;
int fs_unlink_layer(struct storage *storage, const char *repository, const struct digest *digest,
		    struct err *err) must_check;
int fs_drop_layer(struct storage *storage, const char *repository, const struct digest *digest,
		  struct err *err) must_check;
int fs_has_layer(struct storage *storage, const char *repository, const struct digest *digest,
		 bool *ret_has, struct err *err) must_check;
int fs_get_revision(struct storage *storage, const char *repository, const struct digest *digest,
		    char **ret_media_type, struct err *err) must_check;
int fs_unlink_revision(struct storage *storage, const char *repository, const struct digest *digest,
		       struct err *err) must_check;
int fs_prune_repository(struct storage *storage, const char *repository,
			struct err *err) must_check;

/* fs_manifests.c */
int fs_put_manifest(struct storage *storage, const struct manifest_files *files,
		    struct err *err) must_check;
int fs_get_tag(struct storage *storage, const char *repository, const char *tag,
	       struct digest *ret_digest, struct err *err) must_check;
int fs_remove_tag(struct storage *storage, const char *repository, const char *tag,
		  const struct digest *expect, struct err *err) must_check;

/* fs_walk.c */
static inline void fs_dir_closep(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}
#define autodir cleanup(fs_dir_closep)
/* *ret_dir NULL: it is not there. */
int fs_walk_open(const struct fs *fs, const char *path, DIR **ret_dir, struct err *err) must_check;
enum fs_names { FS_NAMES_WITH_CONTENT, FS_NAMES_WITH_UPLOADS };
int fs_walk_names(struct fs *fs, enum fs_names which,
		  int (*told)(const char *repository, void *arg, struct err *err), void *arg,
		  struct err *err) must_check;
int fs_walk_repositories(struct storage *storage,
			 int (*told)(const char *repository, void *arg, struct err *err), void *arg,
			 struct err *err) must_check;
int fs_walk_blobs(struct storage *storage,
		  int (*told)(const struct digest *digest, uint64_t size, void *arg,
			      struct err *err),
		  void *arg, struct err *err) must_check;
int fs_walk_layers(struct storage *storage, const char *repository,
		   int (*told)(const struct digest *digest, void *arg, struct err *err), void *arg,
		   struct err *err) must_check;
int fs_walk_revisions(struct storage *storage, const char *repository,
		      int (*told)(const struct digest *digest, void *arg, struct err *err),
		      void *arg, struct err *err) must_check;
int fs_walk_tags(struct storage *storage, const char *repository,
		 int (*told)(const char *tag, const struct digest *digest, void *arg,
			     struct err *err),
		 void *arg, struct err *err) must_check;
