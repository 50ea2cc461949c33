/* group_state.c - group.present and group.absent.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/group_state.h"

#include "states/user_add.h"
#include "value/list.h"

#include "base/banned.h"

struct group_args {
	struct value gid;
	bool system, non_unique;
	struct list *addusers, *delusers, *members;
};

static const struct state_arg present_args[] = {
	{"gid", ARG_VALUE, offsetof(struct group_args, gid)},
	{"system", ARG_BOOL, offsetof(struct group_args, system)},
	{"non_unique", ARG_BOOL, offsetof(struct group_args, non_unique)},
	{"addusers", ARG_LIST, offsetof(struct group_args, addusers)},
	{"delusers", ARG_LIST, offsetof(struct group_args, delusers)},
	{"members", ARG_LIST, offsetof(struct group_args, members)},
	{0},
};

struct group_wanted {
	int64_t gid; /* -1: any */
	struct strlist add, remove, members;
	bool has_members;
};

static void group_wanted_done(struct group_wanted *wanted)
{
	strlist_done(&wanted->add);
	strlist_done(&wanted->remove);
	strlist_done(&wanted->members);
}

static void take_names(struct heap *heap, const struct list *list, struct strlist *names)
{
	for (size_t i = 0; list && i < list->n; i++) {
		struct value text;
		autoerr struct err err = {0};
		if (!value_str(heap, list->items[i], &text, &err))
			strlist_add_str(names, value_bytes(text));
	}
}

static bool fill_wanted(struct state_call *call, struct group_wanted *wanted,
			struct outcome *outcome)
{
	const struct group_args *args = call->args;
	struct value text = {0};
	autoerr struct err err = {0};

	wanted->gid = -1;
	if (args->members && (args->addusers || args->delusers)) {
		outcome_pending(outcome, "Error: Conflicting options \"members\" with \"addusers\" "
					 "and/or \"delusers\" can not be used together. ");
		return false;
	}
	take_names(call->heap, args->addusers, &wanted->add);
	take_names(call->heap, args->delusers, &wanted->remove);
	take_names(call->heap, args->members, &wanted->members);
	wanted->has_members = args->members != NULL;
	for (size_t i = 0; i < wanted->add.n; i++) {
		if (!strlist_has(&wanted->remove, wanted->add.items[i]))
			continue;
		outcome_pending(outcome, "Error. Same user(s) can not be added and deleted "
					 "simultaneously");
		return false;
	}
	if (args->gid.kind == VALUE_UNDEFINED || args->gid.kind == VALUE_NONE)
		return true;
	if (value_str(call->heap, args->gid, &text, &err) ||
	    !str_to_i64(value_bytes(text), &wanted->gid) || wanted->gid < 0 ||
	    wanted->gid >= UINT32_MAX) {
		outcome_fail(outcome, "Invalid gid");
		return false;
	}
	return true;
}

/* ---- what differs ---- */

static void list_members(const struct group_entry *group, struct strlist *members)
{
	struct str rest = group->members;

	while (rest.len) {
		struct str member = str_trim_blanks(str_cut(&rest, ','));
		if (member.len)
			strlist_add_str(members, member);
	}
}

static void put_names(struct heap *heap, struct dict *changes, const char *key,
		      const struct strlist *names)
{
	struct list *list = list_new(heap, names->n);

	for (size_t i = 0; i < names->n; i++)
		list_push(heap, list, value_cstr(heap, names->items[i]));
	if (list->n)
		dict_set(heap, changes, key, value_of_list(list));
}

static bool same_names(const struct strlist *a, const struct strlist *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!strlist_has(b, a->items[i]))
			return false;
	for (size_t i = 0; i < b->n; i++)
		if (!strlist_has(a, b->items[i]))
			return false;
	return true;
}

static struct dict *group_changes(struct heap *heap, const struct group_entry *group,
				  const struct group_wanted *wanted)
{
	struct dict *changes = dict_new(heap);
	autostrlist struct strlist has = {0};
	autostrlist struct strlist add = {0};
	autostrlist struct strlist remove = {0};

	list_members(group, &has);
	if (wanted->gid > 0 && wanted->gid != group->gid)
		dict_set(heap, changes, "gid", value_int(wanted->gid));
	if (wanted->has_members && !same_names(&has, &wanted->members))
		put_names(heap, changes, wanted->members.n ? "members" : "delusers",
			  wanted->members.n ? &wanted->members : &has);
	for (size_t i = 0; i < wanted->add.n; i++)
		if (!strlist_has(&has, wanted->add.items[i]))
			strlist_add(&add, wanted->add.items[i]);
	for (size_t i = 0; i < wanted->remove.n; i++)
		if (strlist_has(&has, wanted->remove.items[i]))
			strlist_add(&remove, wanted->remove.items[i]);
	put_names(heap, changes, "addusers", &add);
	put_names(heap, changes, "delusers", &remove);
	return changes;
}

static void change_members(struct users *users, const char *name, const struct list *list, bool add)
{
	struct user_entry user;

	for (size_t i = 0; i < list->n; i++) {
		struct str member = value_bytes(list->items[i]);
		if (!add)
			group_remove_member(users, str_of(name), member);
		else if (user_find(users, member, &user)) /* gpasswd(1): no user, no member */
			group_add_member(users, str_of(name), member);
	}
}

static void set_members(struct users *users, const char *name, const struct list *list)
{
	autostrlist struct strlist has = {0};
	struct group_entry group;
	struct user_entry user;

	for (size_t i = 0; i < list->n; i++)
		if (!user_find(users, value_bytes(list->items[i]), &user))
			return; /* gpasswd(1): one is no user, and nothing is done */
	if (group_find(users, str_of(name), &group))
		list_members(&group, &has);
	for (size_t i = 0; i < has.n; i++)
		group_remove_member(users, str_of(name), str_of(has.items[i]));
	change_members(users, name, list, true);
}

static void change_group(struct users *users, const char *name, struct dict *changes)
{
	struct value *gid = dict_get(changes, "gid"), *members = dict_get(changes, "members");
	struct value *add = dict_get(changes, "addusers");
	struct value *remove = dict_get(changes, "delusers");

	if (gid) {
		autofree char *text = xasprintf("%lld", (long long)gid->integer);
		group_set(users, str_of(name), GROUP_GID, text);
	}
	if (members)
		set_members(users, name, members->list);
	if (add)
		change_members(users, name, add->list, true);
	if (remove)
		change_members(users, name, remove->list, false);
}

/* ---- states ---- */

static void say_changes(struct state_call *call, struct dict *changes, struct outcome *outcome)
{
	autobuf struct buf text = {0};

	dict_foreach(entry, changes)
	{
		autoerr struct err err = {0};
		buf_printf(&text, "%.*s: ", STR_ARG(value_bytes(entry->key)));
		if (value_print(call->heap, entry->value, &text, &err))
			err_clear(&err);
		buf_putc(&text, '\n');
	}
	outcome_say(outcome, "The following group attributes are set to be changed:\n%s",
		    buf_text(&text));
}

/* What could not be done (a member that is no user) is still to be changed. */
static bool tell_left(struct state_call *call, const struct users *users,
		      const struct group_wanted *wanted, struct outcome *outcome)
{
	struct group_entry group;

	if (!group_find(users, str_of(call->name), &group))
		return false;
	struct dict *left = group_changes(call->heap, &group, wanted);
	if (!left->n)
		return false;
	outcome->result = RESULT_FALSE;
	outcome->changes = (struct value){0};
	outcome_change(call->heap, outcome, "Failed", value_of_dict(left));
	return true;
}

static void update(struct state_call *call, struct users *users, const struct group_wanted *wanted,
		   struct dict *changes, struct outcome *outcome)
{
	const struct group_args *args = call->args;
	struct value *gid = dict_get(changes, "gid");
	autoerr struct err err = {0};
	struct group_entry other;

	say_changes(call, changes, outcome);
	if (call->is_test) {
		outcome->result = RESULT_NONE;
		return;
	}
	if (gid && !args->non_unique && group_find_id(users, (uint32_t)gid->integer, &other))
		dict_remove(changes, value_literal("gid"), &(struct value){0});
	change_group(users, call->name, changes);
	if (users_save(users, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (tell_left(call, users, wanted, outcome))
		buf_puts(&outcome->comment, "Some changes could not be applied");
	else
		outcome_change_text(call->heap, outcome, "Final",
				    "All changes applied successfully");
}

static void create(struct state_call *call, struct users *users, const struct group_wanted *wanted,
		   struct outcome *outcome)
{
	const struct group_args *args = call->args;
	autoerr struct err err = {0};
	struct group_entry group;

	if (call->is_test) {
		outcome_pending(outcome, "Group %s set to be added", call->name);
		return;
	}
	if (wanted->gid >= 0 && !args->non_unique &&
	    group_find_id(users, (uint32_t)wanted->gid, &group)) {
		outcome_fail(outcome,
			     "Group %s is not present but gid %lld is already taken by group %.*s",
			     call->name, (long long)wanted->gid, STR_ARG(group.name));
		return;
	}
	if (group_add(call->world, users, call->name, wanted->gid, args->system, args->non_unique,
		      &err)) {
		outcome_fail(outcome, "Failed to create new group %s: %s", call->name,
			     err_text(&err));
		return;
	}
	if (group_find(users, str_of(call->name), &group))
		change_group(users, call->name, group_changes(call->heap, &group, wanted));
	if (users_save(users, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (tell_left(call, users, wanted, outcome)) {
		outcome_say(outcome,
			    "Group %s has been created but, some changes could not be applied",
			    call->name);
		return;
	}
	if (group_find(users, str_of(call->name), &group))
		outcome->changes = group_to_value(call->heap, &group);
	outcome_say(outcome, "New group %s created", call->name);
}

static void group_present(struct state_call *call, struct outcome *outcome)
{
	autousers struct users users = {0};
	cleanup(group_wanted_done) struct group_wanted wanted = {0};
	autoerr struct err err = {0};
	struct group_entry group;

	if (!fill_wanted(call, &wanted, outcome))
		return;
	if (users_open(call->world, !call->is_test, &users, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (!group_find(&users, str_of(call->name), &group)) {
		create(call, &users, &wanted, outcome);
		return;
	}
	struct dict *changes = group_changes(call->heap, &group, &wanted);
	if (changes->n)
		update(call, &users, &wanted, changes, outcome);
	else
		outcome_say(outcome, "Group %s is present and up to date", call->name);
}

/* groupdel(8): not the primary group of somebody. */
static bool is_primary(const struct users *users, uint32_t gid)
{
	struct user_walk walk = {0};
	struct user_entry user;

	while (user_next(users, &walk, &user))
		if (user.gid == gid)
			return true;
	return false;
}

static void group_absent(struct state_call *call, struct outcome *outcome)
{
	autousers struct users users = {0};
	autoerr struct err err = {0};
	struct group_entry group;

	if (users_open(call->world, !call->is_test, &users, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (!group_find(&users, str_of(call->name), &group)) {
		outcome_say(outcome, "Group not present");
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Group %s is set for removal", call->name);
		return;
	}
	if (is_primary(&users, group.gid)) {
		outcome_fail(outcome,
			     "Failed to remove group %s: it is the primary group of a user",
			     call->name);
		return;
	}
	group_remove(&users, call->name);
	if (users_save(&users, &err)) {
		outcome_fail(outcome, "Failed to remove group %s: %s", call->name, err_text(&err));
		return;
	}
	outcome_change_text(call->heap, outcome, call->name, "");
	outcome_say(outcome, "Removed group %s", call->name);
}

static const struct state_arg no_args[] = {{0}};

const struct state_def group_present_def = {
	.name = "group.present",
	.args = present_args,
	.args_size = sizeof(struct group_args),
	.apply = group_present,
};
const struct state_def group_absent_def = {
	.name = "group.absent",
	.args = no_args,
	.args_size = 1,
	.apply = group_absent,
};
