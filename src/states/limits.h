/* limits.h - what states accept of the files that they find.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_LINK            4096 /* bytes of a symbolic link's target: PATH_MAX */
#define LIMIT_LINKS           40   /* links followed by hand: the kernel's own MAXSYMLINKS */
#define LIMIT_TEMP_NAME       220 /* bytes of a name repeated in its temporary one: NAME_MAX is 255 */
#define LIMIT_XATTRS          ((size_t)64 << 10) /* bytes of names, and of a value: XATTR_SIZE_MAX */
#define LIMIT_TREE            200                /* levels of a directory that is walked */
#define LIMIT_ACCOUNTS        ((size_t)8 << 20)  /* bytes of a passwd or a group file */
#define LIMIT_FETCH_MS        300000             /* of a download: five minutes */
#define LIMIT_TEXT_SAMPLE     512 /* bytes looked at to tell text from binary: as the reference */
#define LIMIT_HASH_FILE       ((size_t)1 << 20)  /* bytes of a file of digests */
#define LIMIT_ARCHIVE_LIST    ((size_t)16 << 20) /* bytes of an archive's listing */
#define LIMIT_ARCHIVE_ENTRIES 1000000            /* of one archive */
#define LIMIT_ARCHIVE_MS      600000             /* of a program that unpacks */
#define LIMIT_UNPACK_BLOCK    ((size_t)64 << 10) /* bytes moved at once */
