/* limits.h - every bound of the runner, with its unit and its reason.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes of one template or one configuration file that is filled in. */
#define LIMIT_TEMPLATE   ((size_t)16 << 20)
/* Bytes of a secret's file. */
#define LIMIT_SECRET     ((size_t)1 << 20)
/* Bytes of one file of public keys. */
#define LIMIT_KEYS_FILE  ((size_t)1 << 20)
/* Levels of directories of a copied tree. */
#define LIMIT_COPY_DEPTH 256
