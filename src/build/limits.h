/* limits.h - how much a build may ask for.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_IGNORE_BYTES    (1u << 20) /* of a .dockerignore */
#define LIMIT_IGNORE_PATTERNS 10000u     /* each is tried on each path */
#define LIMIT_GLOB_BYTES      4096u      /* PATH_MAX: of one pattern */
#define LIMIT_CONTEXT_ENTRIES 10000000u  /* of one COPY: they are held in memory */
#define LIMIT_LINKS_FOLLOWED  40u        /* as the kernel does */
#define LIMIT_ONBUILD         1000u      /* triggers of one image */
#define LIMIT_VIEW_FILE_BYTES (4u << 20) /* /etc/passwd, /etc/group */
#define LIMIT_STEP_LAYERS     512u       /* of one image, those of its base included */
#define LIMIT_HEADER_BYTES \
	(32u << 20) /* of one file in a digest: LIMIT_XATTRS of LIMIT_XATTR_BYTES */
