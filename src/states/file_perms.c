/* file_perms.c - who owns a file and who may do what.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_perms.h"

#include <unistd.h>

#include "states/accounts.h"

#include "base/banned.h"

const char *text_or_null(struct heap *heap, struct str text)
{
	return text.len ? heap_strdup(heap, text) : NULL;
}

const char *perms_mode_text(struct heap *heap, uint32_t mode)
{
	return heap_printf(heap, "%04o", (unsigned)mode);
}

struct dict *outcome_changes(struct state_call *call, struct outcome *outcome)
{
	if (outcome->changes.kind != VALUE_DICT)
		outcome->changes = value_of_dict(dict_new(call->heap));
	return outcome->changes.dict;
}

bool outcome_has_changes(const struct outcome *outcome)
{
	return outcome->changes.kind == VALUE_DICT && outcome->changes.dict->n > 0;
}

/* A number that has a name is shown by its name, as the reference does. */
static const char *shown(struct state_call *call, const char *word, uint32_t id, bool is_group)
{
	uint64_t number;

	if (!str_to_u64(str_of(word), &number))
		return word;
	return is_group ? accounts_group_name(call->world, id)
			: accounts_user_name(call->world, id);
}

bool perms_are_known(struct state_call *call, const struct perms *perms, unsigned unknown,
		     struct outcome *outcome)
{
	autobuf struct buf why = {0};

	if (!unknown || call->is_test)
		return true;
	if (unknown & PERMS_NO_USER)
		buf_printf(&why, "User %s is not available ", perms->user);
	if (unknown & PERMS_NO_GROUP)
		buf_printf(&why, "Group %s is not available", perms->group);
	outcome_fail(outcome, "%s", buf_text(&why));
	return false;
}

bool perms_resolve(struct state_call *call, struct str user, struct str group,
		   struct file_mode mode, struct perms *ret_perms, struct outcome *outcome)
{
	struct perms perms = {
		.user = text_or_null(call->heap, user),
		.group = text_or_null(call->heap, group),
		.look = {LOOK_KEPT, LOOK_KEPT, mode.is_given && !mode.is_keep, mode.mode},
	};
	bool has_user = !perms.user || accounts_uid(call->world, perms.user, &perms.look.uid);
	bool has_group = !perms.group || accounts_gid(call->world, perms.group, &perms.look.gid);
	unsigned unknown = (has_user ? 0U : PERMS_NO_USER) | (has_group ? 0U : PERMS_NO_GROUP);

	if (!perms_are_known(call, &perms, unknown, outcome))
		return false;
	if (perms.user && has_user)
		perms.user = shown(call, perms.user, perms.look.uid, false);
	if (perms.group && has_group)
		perms.group = shown(call, perms.group, perms.look.gid, true);
	*ret_perms = perms;
	return true;
}

unsigned perms_resolve_all(struct state_call *call, struct str user, struct str group,
			   struct perms *ret_perms)
{
	struct world *world = call->world;
	struct perms perms = {.user = text_or_null(call->heap, user),
			      .group = text_or_null(call->heap, group),
			      .look = {geteuid(), 0, false, 0}};
	unsigned unknown = 0;

	if (perms.user && !accounts_uid(world, perms.user, &perms.look.uid))
		unknown |= PERMS_NO_USER;
	if (!(unknown & PERMS_NO_USER))
		perms.user = accounts_user_name(world, perms.look.uid);
	if (perms.group && !accounts_gid(world, perms.group, &perms.look.gid))
		unknown |= PERMS_NO_GROUP;
	else if (!perms.group)
		accounts_primary_gid(world, perms.user, &perms.look.gid);
	if (!(unknown & PERMS_NO_GROUP))
		perms.group = accounts_group_name(world, perms.look.gid);
	*ret_perms = perms;
	return unknown;
}

bool perms_differ(struct state_call *call, const struct perms *perms, const struct stat *st,
		  struct dict *changes)
{
	const struct look *look = &perms->look;
	uint32_t before = changes->n;
	/* In a test run a user may be missing: that would change, too. */
	bool user = perms->user && look->uid != st->st_uid;
	bool group = perms->group && look->gid != st->st_gid;

	if (user)
		dict_set(call->heap, changes, "user", value_cstr(call->heap, perms->user));
	if (group)
		dict_set(call->heap, changes, "group", value_cstr(call->heap, perms->group));
	if (look->has_mode && !S_ISLNK(st->st_mode) && look->mode != (st->st_mode & 07777))
		dict_set(call->heap, changes, "mode",
			 value_cstr(call->heap, perms_mode_text(call->heap, look->mode)));
	return changes->n != before;
}

bool perms_apply(struct state_call *call, const char *path, enum place_links links,
		 const struct perms *perms, struct dict *changes, struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct stat st;

	if (!place_stat(call->world, path, links, &st)) {
		outcome_fail(outcome, "%s does not exist", path);
		return false;
	}
	if (!perms_differ(call, perms, &st, changes) || call->is_test)
		return true;
	if (place_set_look(call->world, path, links, &st, &perms->look, &err) == 0)
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}
