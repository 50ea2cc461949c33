/* limits.h - bounds of the store.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_STORE_RECORD  (64u << 10) /* bytes: names, image records, layer meta, cache texts */
#define LIMIT_STORE_LEASE   (4u << 20)  /* bytes of one lease file */
#define LIMIT_STORE_ENTRIES 1000000u    /* names in one directory of the store */
