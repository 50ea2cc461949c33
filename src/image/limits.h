/* limits.h - bounds on archives of images that come in.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_ARCHIVE_MEMBERS \
	100000u                    /* files in an archive of images: 500 layers each, many images */
#define LIMIT_ARCHIVE_IMAGES 1000u /* in one archive: LIMIT_INDEX_ENTRIES */
#define LIMIT_ARCHIVE_TEXT   (4u << 20) /* bytes of index.json and manifest.json */
#define LIMIT_ARCHIVE_LINKS  8 /* links from member to member, as docker's old form has one */
#define LIMIT_INDEX_DEPTH    4 /* an index in an index in an index.json */
#define LIMIT_ARCHIVE_PEEK \
	(64u << 10) /* bytes looked at to tell a root file system from an archive */
