/* limits.h - how large projects may be.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_TREE_DEPTH     500 /* directories in directories; PATH_MAX ends most trees sooner */
#define ARCHIVES_KEPT        3   /* of a project, unless cfg.keep_archives says otherwise */
#define LIMIT_RESOLVE_DEPTH  500 /* placeholders in placeholders and containers */
#define LIMIT_RESOLVE_ROUNDS 100 /* passes over one text: what the original allows */
#define LIMIT_RESOLVE_COPIES 1000000 /* values copied in place of "{list}" */
#define LIMIT_PILLAR_FILES   1000    /* that one pillar includes */
#define LIMIT_WARNINGS       50      /* about placeholders: the rest is of the same kind */
#define LIMIT_STORED         ((size_t)1 << 20) /* bytes of the file of stored passwords */
#define LIMIT_PASSWORD       1024              /* characters */
