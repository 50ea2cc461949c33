/* limits.h - how large projects may be.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_TREE_DEPTH 500 /* directories in directories; PATH_MAX ends most trees sooner */
#define ARCHIVES_KEPT    3   /* of a project, unless cfg.keep_archives says otherwise */
