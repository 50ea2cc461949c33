/* limits.h - every bound of the registry's storage and index, with its unit and its reason.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Storage: hashing. Bytes of one request hashed where they arrive; more of them are worth a thread
 * (some 50 us), which reads them back from the page cache. */
#define LIMIT_FS_HASH_INLINE ((uint64_t)1 << 20)
/* Bytes a hashing thread reads at once: they stay inside the second-level cache of one core. */
#define LIMIT_FS_HASH_CHUNK  ((size_t)128 << 10)
/* Hashing threads at once: more cores than that are not kept busy by disks. Uploads beyond hash
 * where they arrive. */
#define LIMIT_FS_HASHERS     16
/* Bytes written to one upload before the kernel is asked to begin with the disk: the sync of a
 * commit, and everybody else's, then finds little left. */
#define LIMIT_FS_WRITEBACK   ((uint64_t)8 << 20)

/* Storage: syncing. Bytes of a file above which its owner syncs it alone, so that the round of the
 * small ones does not wait for it. */
#define LIMIT_FS_SYNC_ALONE     ((int64_t)1 << 20)
/* Directories, or files, in one round from which one syncfs(2) is cheaper than each by itself. */
#define LIMIT_FS_SYNCFS_DIRS    3
#define LIMIT_FS_SYNCFS_FILES   5
/* A syncfs that took longer (and longer than single syncs) had others' bytes to write: it is not
 * used again for a while. */
#define LIMIT_FS_SYNCFS_SLOW_NS ((int64_t)5 * 1000 * 1000)
#define LIMIT_FS_SYNCFS_REST_NS ((int64_t)10 * 1000 * 1000 * 1000)

/* Storage: sessions. Those whose running hash is remembered between two requests, and how long;
 * forgotten ones read their bytes again. */
#define LIMIT_FS_IDLE_SESSIONS 4096
#define LIMIT_FS_IDLE_NS       ((int64_t)10 * 60 * 1000 * 1000 * 1000)
/* How old the answer of statvfs(2) may be. */
#define LIMIT_FS_FREE_AGE_NS   ((int64_t)1000 * 1000 * 1000)

/* Storage: the tree. Times a directory may vanish between its making and its use before we say that
 * somebody is broken. */
#define LIMIT_FS_RACE_TRIES 1000
/* Components of a repository's name: 255 characters have no more. */
#define LIMIT_FS_NAME_DEPTH 128
/* Bytes of the file with a revision's media type: RFC 6838 allows 255. */
#define LIMIT_FS_TYPE_FILE  256
/* Bytes of the lock file: who holds it. */
#define LIMIT_FS_LOCK_FILE  64

/* Repositories. */
#define LIMIT_MANIFEST         (4u << 20) /* bytes; distribution-spec asks for at least that */
#define LIMIT_MANIFEST_PARTS   10000u     /* descriptors in one manifest */
#define LIMIT_MEDIA_TYPE       255u       /* bytes; RFC 6838: 127 "/" 127 */
#define LIMIT_TAGS_AT_ONCE     100u       /* in one PUT; the specification asks for ten */
#define LIMIT_CACHED_MANIFESTS ((size_t)8 << 20) /* bytes, unless configured */
#define LIMIT_CACHED_TAGS      ((size_t)1 << 20) /* bytes */
#define LIMIT_CACHED_SIZES     8192u             /* blobs whose presence is remembered */
#define LIMIT_CACHED_FILES     512u              /* descriptors kept open */
#define LIMIT_MOUNT_SOURCES    32u               /* repositories asked when a mount names none */
#define LIMIT_NOTED_PULLS      4096u             /* waiting to be written; more are forgotten */
