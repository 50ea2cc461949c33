/* limits.h - every bound of base, with its unit and its reason.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes moved at once where the kernel cannot copy by itself: past 256 KiB more buys nothing. */
#define LIMIT_IO_CHUNK         ((size_t)256 << 10)
/* Bytes one copy_file_range call may move, so that a signal is noticed in between. */
#define LIMIT_COPY_RANGE       ((size_t)1 << 30)
/* Bytes a pipe holds at most unless root enlarged it: the default fs.pipe-max-size. */
#define LIMIT_PIPE             ((size_t)1 << 20)
/* Tries for a temporary name nobody has; 32 random bits each. */
#define LIMIT_TEMP_NAME_TRIES  16
/* Bytes of the final name repeated in the temporary one: leaves room for the rest in NAME_MAX. */
#define LIMIT_TEMP_NAME_KEPT   200
/* Descriptors a tree removal holds at once; deeper levels are reopened on the way back. */
#define LIMIT_REMOVE_OPEN_DIRS 64
/* Fresh looks at a directory that others keep filling while it is being removed. */
#define LIMIT_REMOVE_REWINDS   16
/* openat2 gives EAGAIN when a rename or mount raced with ".."; a hostile one could do so for ever.
 */
#define LIMIT_RESOLVE_TRIES    1000
/* Symbolic links followed by hand while making directories: the kernel's own MAXSYMLINKS. */
#define LIMIT_LINKS_FOLLOWED   40
/* Times a lock file may be replaced under us before we say that somebody is broken. */
#define LIMIT_LOCK_FILE_TRIES  1000
/* Events heard in one turn of a loop. */
#define LIMIT_LOOP_EVENTS      64
/* Bytes of /proc/PID/stat: 52 numbers of at most 20 digits and a name of 64 bytes. */
#define LIMIT_PROC_STAT        2048
/* Bytes of stack for the child of a vfork until it has become another program. */
#define LIMIT_SPAWN_STACK      ((size_t)64 << 10)
/* An asynchronous writer's ring: 2 MiB stay inside the second-level cache of one core. */
#define LIMIT_ASYNC_BLOCKS     8
#define LIMIT_ASYNC_BLOCK_SIZE ((size_t)256 << 10)
/* Bytes of an image's /etc/passwd, /etc/group and their shadows: a million users. */
#define LIMIT_USERDB_FILE      ((size_t)64 << 20)
/* Bytes of one POSIX ACL: XATTR_SIZE_MAX. */
#define LIMIT_ACL_BYTES        ((size_t)64 << 10)
/* How long others may hold the locks of the accounts: lckpwdf(3) waits as long. */
#define LIMIT_ACCOUNTS_LOCK_MS 15000
/* Bytes of one extended attribute and of all their names: the kernel's own bound (XATTR_SIZE_MAX).
 */
#define LIMIT_XATTR            ((size_t)64 << 10)
/* Bytes of one line of keys: a key of 16384 bits has 3 KB, sshd takes 8 KiB with its options. */
#define LIMIT_KEY_LINE         ((size_t)16 << 10)
/* Bytes of a name of a user or group: what utmp(5) and shadow's tools take. */
#define LIMIT_ACCOUNT_NAME     32
