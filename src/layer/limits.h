/* limits.h - how much a layer may ask for before it is called hostile.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_LAYER_BYTES      ((uint64_t)1 << 40)  /* unpacked content of one layer: 1 TiB */
#define LIMIT_LAYER_ENTRIES    ((uint64_t)20000000) /* files in one layer */
#define LIMIT_LAYER_RATIO      2000u /* unpacked bytes a compressed byte, see LIMIT_RATIO_FREE_BYTES */
#define LIMIT_PATH_BYTES       4096u       /* PATH_MAX */
#define LIMIT_PATH_DEPTH       256u        /* components */
#define LIMIT_PAX_BYTES        (1u << 20)  /* one extended header: Go's limit too */
#define LIMIT_XATTR_BYTES      (64u << 10) /* one value: XATTR_SIZE_MAX */
#define LIMIT_XATTRS           1024u       /* of one file */
#define LIMIT_SPARSE_PIECES    100000u
#define LIMIT_COMPRESS_THREADS 8 /* each has two blocks of 1 MiB in flight: 64 MiB in all */
#define LIMIT_DECOMPRESS_BYTES ((uint64_t)256 << 20) /* of an xz decoder: xz -9 wants 65 MiB */
#define LIMIT_RATIO_FREE_BYTES ((uint64_t)1 << 30)   /* a swap file of zeros is no bomb */
#define LIMIT_DIRECTORY_BYTES  ((size_t)1 << 30)     /* records of one: some ten million names */
#define LIMIT_LINK_STEPS       40u                   /* symbolic links in one path: MAXSYMLINKS */
