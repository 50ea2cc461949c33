/* auth_keys.h - a user's authorized_keys(5), found, read and put back.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The directories are the user's: no link of his is followed, and nothing is written where he has
 * led us. */
#pragma once

#include "base/ownership.h"
#include "state/world.h"

struct auth_key { /* views into a line */
	struct str options, type, blob, comment;
};
/* One line as sshd divides it; what is no key (a comment, an empty line) is false. Types are not
 * checked: the file may hold keys that we have never heard of. */
bool auth_key_parse(struct str line, struct auth_key *ret_key);
/* [options ]TYPE BLOB COMMENT */
void auth_key_write(const struct auth_key *key, struct buf *buf);
/* Whether the text is base64 at all, with its padding. */
bool auth_key_is_blob(struct str text);

struct auth_file { /* zeroed: nothing */
	bool is_open;
	int dirfd;
	const char *name;
	struct ownership owner; /* that it has, or is to get */
	struct buf text;
	bool exists;
};
/* config: relative to the home, or absolute; %h, %u and %% stand for home, user and a sign. make:
 * its directory is made, 0700 and the user's. ERR_MISSING: no such user, or no home; or (not make)
 * the directory. */
int auth_file_open(struct world *world, const char *user, struct str config, bool make,
		   struct auth_file *ret_file, struct err *err) must_check;
int auth_file_save(struct world *world, struct auth_file *file, struct str text,
		   struct err *err) must_check;
void auth_file_done(struct auth_file *file);
