/* limits.h - bounds of the store.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_STORE_RECORD  (64u << 10) /* bytes: names, layer meta, cache texts */
#define LIMIT_STORE_IMAGE   (1u << 20)  /* bytes: an image record; it lists the image's names */
#define LIMIT_STORE_LEASE   (4u << 20)  /* bytes of one lease file */
#define LIMIT_STORE_ENTRIES 1000000u    /* names in one directory of the store */
#define LIMIT_STORE_INDEX   (16u << 20) /* bytes of index.json: LIMIT_DOC_BYTES */

#define LIMIT_STORE_CACHE_DAYS 30   /* an answer nobody asked for so long is swept */
#define LIMIT_STORE_NAME_BYTES 200u /* of an escaped name; a longer one is cut and hashed */
#define LIMIT_STORE_SYNC_FILES 32u  /* a layer of fewer files is synced one by one, else syncfs */
#define LIMIT_STORE_WRITE_BEHIND \
	(16u << 20)                /* bytes of a blob after which writing back is started */
#define LIMIT_STORE_KIND_BYTES 64u /* of the name of a kind of cached answers */
