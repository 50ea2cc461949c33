/* text_file.h - small texts of the system (/etc/hosts, a crontab), read and put back whole.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/ownership.h"
#include "state/world.h"

/* Whether a text can stand within one line: what ends a line would begin another entry. */
bool text_is_line(struct str text);

/* Beneath the world's root, links followed inside it. None is an empty text (*ret_exists false;
 * NULL: nobody asks). At most LIMIT_TEXT_FILE bytes. */
int text_file_read(struct world *world, const char *path, struct buf *ret_text, bool *ret_exists,
		   struct err *err) must_check;
/* Whole or not at all: beside it and renamed; a mount point or a link is written over in place. An
 * existing file keeps owner, mode and attributes, a new one gets `fresh`; missing directories are
 * made (0755). For files that root's directories hold. */
int text_file_write(struct world *world, const char *path, struct str text,
		    const struct ownership *fresh, struct err *err) must_check;
/* The same in an open directory that may be somebody else's: no link is followed (one that stands
 * there is replaced), and the file has exactly `owner` before it has its name. */
int text_file_replace_at(struct world *world, int dirfd, const char *name, struct str text,
			 const struct ownership *owner, struct err *err) must_check;
