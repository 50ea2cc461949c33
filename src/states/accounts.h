/* accounts.h - users and groups of the root that is being configured, read once and again when the
 * files change.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sources: passwd(5), group(5). Never NSS: what only a directory service knows has a number only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "state/world.h"

/* By name, else by number. false: there is no such user (a bare number is always one). */
bool accounts_uid(struct world *world, const char *user, uint32_t *ret_uid);
bool accounts_gid(struct world *world, const char *group, uint32_t *ret_gid);
/* The primary group of a user by name; false: no such name. */
bool accounts_primary_gid(struct world *world, const char *user, uint32_t *ret_gid);
/* The name, or the number as text; in the heap. */
const char *accounts_user_name(struct world *world, uint32_t uid);
const char *accounts_group_name(struct world *world, uint32_t gid);
/* Of a user; "": of whoever we are. NULL: no such user. */
const char *accounts_home(struct world *world, const char *user);
