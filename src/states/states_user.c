/* states_user.c - user.* and group.*: the accounts of the world's root, edited without tools.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/group_state.h"
#include "states/password_hash.h"
#include "states/user_add.h"
#include "states/user_state.h"
#include "value/list.h"

#include "base/banned.h"

#define REDACTED "XXX-REDACTED-XXX"

/* ---- arguments ---- */

#define ROW(arg_name, arg_type, field)                      \
	{                                                   \
		.name = (arg_name), .type = (arg_type),     \
		.offset = offsetof(struct user_args, field) \
	}
#define TRUE_ROW(arg_name, field)                                                                  \
	{                                                                                          \
		.name = (arg_name), .type = ARG_BOOL, .offset = offsetof(struct user_args, field), \
		.fallback = "true"                                                                 \
	}

static const struct state_arg present_args[] = {
	ROW("uid", ARG_VALUE, uid),
	ROW("gid", ARG_VALUE, gid),
	ROW("usergroup", ARG_VALUE, usergroup),
	ROW("gid_from_name", ARG_BOOL, gid_from_name),
	ROW("groups", ARG_LIST, groups),
	ROW("optional_groups", ARG_LIST, optional_groups),
	TRUE_ROW("remove_groups", remove_groups),
	ROW("home", ARG_STR, home),
	TRUE_ROW("createhome", createhome),
	ROW("password", ARG_STR, password),
	ROW("hash_password", ARG_BOOL, hash_password),
	TRUE_ROW("enforce_password", enforce_password),
	ROW("empty_password", ARG_BOOL, empty_password),
	ROW("password_lock", ARG_VALUE, password_lock),
	ROW("shell", ARG_STR, shell),
	TRUE_ROW("unique", unique),
	ROW("system", ARG_BOOL, system),
	ROW("fullname", ARG_VALUE, fullname),
	ROW("roomnumber", ARG_VALUE, roomnumber),
	ROW("workphone", ARG_VALUE, workphone),
	ROW("homephone", ARG_VALUE, homephone),
	ROW("other", ARG_VALUE, other),
	ROW("date", ARG_VALUE, date),
	ROW("mindays", ARG_VALUE, mindays),
	ROW("maxdays", ARG_VALUE, maxdays),
	ROW("inactdays", ARG_VALUE, inactdays),
	ROW("warndays", ARG_VALUE, warndays),
	ROW("expire", ARG_VALUE, expire),
	ROW("nologinit", ARG_BOOL, nologinit),
	ROW("allow_uid_change", ARG_BOOL, allow_uid_change),
	ROW("allow_gid_change", ARG_BOOL, allow_gid_change),
	{.name = "loginclass", .type = ARG_IGNORED},
	{.name = "win_homedrive", .type = ARG_IGNORED},
	{.name = "win_profile", .type = ARG_IGNORED},
	{.name = "win_logonscript", .type = ARG_IGNORED},
	{.name = "win_description", .type = ARG_IGNORED},
	{0},
};

static bool is_given(struct value v)
{
	return v.kind != VALUE_UNDEFINED && v.kind != VALUE_NONE;
}

static const char *text_of(struct heap *heap, struct value v)
{
	struct value text;
	autoerr struct err err = {0};

	if (!is_given(v) || value_str(heap, v, &text, &err) || !text.len)
		return NULL;
	return heap_strdup(heap, value_bytes(text));
}

static const char *word_of(struct heap *heap, struct str s)
{
	return s.len ? heap_strdup(heap, s) : NULL;
}

/* The comma divides the parts of the field. */
static bool check_gecos(struct state_call *call, struct outcome *outcome)
{
	const struct user_args *args = call->args;
	const struct value parts[] = {args->fullname, args->roomnumber, args->workphone};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const char *text = text_of(call->heap, parts[i]);
		if (!text || !strchr(text, ','))
			continue;
		outcome_fail(outcome, "Unsupported char ',' in %s", text);
		return false;
	}
	return true;
}

/* What is written into a line of passwd or shadow: a colon would be another field, a newline
 * another user. */
static bool check_fields(struct state_call *call, struct outcome *outcome)
{
	const struct user_args *args = call->args;
	const char *const fields[] = {
		text_of(call->heap, args->fullname),
		text_of(call->heap, args->roomnumber),
		text_of(call->heap, args->workphone),
		text_of(call->heap, args->homephone),
		text_of(call->heap, args->other),
		word_of(call->heap, args->home),
		word_of(call->heap, args->shell),
		args->hash_password ? NULL : word_of(call->heap, args->password),
	};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		for (const char *pos = fields[i] ? fields[i] : ""; *pos; pos++)
			if (*pos == ':' || (unsigned char)*pos < ' ' || *pos == 0x7f) {
				outcome_fail(outcome,
					     "An argument of user %s holds a colon or a control "
					     "character",
					     call->name);
				return false;
			}
	return true;
}

/* Names of groups that exist into wanted; the others into *missing. */
static void take_groups(struct state_call *call, const struct users *users, const struct list *list,
			struct user_wanted *wanted, struct strlist *missing)
{
	struct group_entry group;

	for (size_t i = 0; list && i < list->n; i++) {
		const char *name = text_of(call->heap, list->items[i]);
		if (!name)
			continue;
		if (group_find(users, str_of(name), &group))
			strlist_add(&wanted->groups, name);
		else
			strlist_add(missing, name);
	}
}

static bool wants_name_group(const struct user_args *args)
{
	return args->gid_from_name ||
	       (args->usergroup.kind == VALUE_BOOL && args->usergroup.boolean);
}

static bool fill_password(struct state_call *call, const struct users *users,
			  struct user_wanted *wanted, struct outcome *outcome)
{
	const struct user_args *args = call->args;
	autofree char *old = str_dup(user_password(users, call->name));
	autofree char *hash = NULL;
	autoerr struct err err = {0};

	wanted->password = word_of(call->heap, args->password);
	if (wanted->password)
		secrets_add(&call->world->secrets, args->password);
	if (!wanted->password || !args->hash_password)
		return true;
	if (password_hash(wanted->password, old, &hash, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	secrets_add(&call->world->secrets, str_of(hash));
	wanted->password = heap_strdup(call->heap, str_of(hash));
	return true;
}

static bool fill_wanted(struct state_call *call, const struct users *users,
			struct user_wanted *wanted, struct outcome *outcome)
{
	const struct user_args *args = call->args;
	autostrlist struct strlist missing = {0};
	autostrlist struct strlist optional = {0};
	const char *uid = text_of(call->heap, args->uid);
	struct group_entry group;

	if (!check_gecos(call, outcome) || !check_fields(call, outcome))
		return false;
	*wanted = (struct user_wanted){
		.args = args,
		.name = call->name,
		.uid = -1,
		.group = text_of(call->heap, args->gid),
		.home = word_of(call->heap, args->home),
		.shell = word_of(call->heap, args->shell),
	};
	if (uid && (!str_to_i64(str_of(uid), &wanted->uid) || wanted->uid < 0 ||
		    wanted->uid >= UINT32_MAX)) {
		outcome_fail(outcome, "'%s' is no uid", uid);
		return false;
	}
	take_groups(call, users, args->groups, wanted, &missing);
	if (missing.n) {
		autofree char *names = strlist_join(&missing, ",");
		outcome_fail(outcome, "The following group(s) are not present: %s", names);
		return false;
	}
	size_t n = wanted->groups.n;
	take_groups(call, users, args->optional_groups, wanted, &optional);
	wanted->has_groups = args->groups || wanted->groups.n > n;
	if (wants_name_group(args) && group_find(users, str_of(call->name), &group))
		wanted->group = call->name;
	return fill_password(call, users, wanted, outcome);
}

/* ---- user.present ---- */

static void list_changes(struct state_call *call, struct dict *changes, struct outcome *outcome)
{
	autobuf struct buf text = {0};

	dict_foreach(entry, changes)
	{
		autoerr struct err err = {0};
		bool is_password = str_is(value_bytes(entry->key), "passwd");
		buf_printf(&text, "%.*s: ", STR_ARG(value_bytes(entry->key)));
		if (is_password)
			buf_puts(&text, REDACTED);
		else if (value_print(call->heap, entry->value, &text, &err))
			err_clear(&err);
		buf_putc(&text, '\n');
	}
	outcome_pending(outcome, "The following user attributes are set to be changed:\n%s",
			buf_text(&text));
}

static void tell_difference(struct state_call *call, struct value before, struct value after,
			    struct outcome *outcome)
{
	dict_foreach(entry, after.dict)
	{
		struct value *old = dict_find(before.dict, entry->key);
		if (old && value_same(*old, entry->value))
			continue;
		autofree char *key = str_dup(value_bytes(entry->key));
		/* shadow's own; passwd(5) has an "x" there */
		bool is_hash =
			text_eq(key, "passwd") && !value_same(entry->value, value_literal("x"));
		outcome_change(call->heap, outcome, key,
			       is_hash ? value_literal(REDACTED) : entry->value);
	}
}

static struct value user_value(struct state_call *call, const struct users *users)
{
	struct user_entry user;

	if (!user_find(users, str_of(call->name), &user))
		return value_of_dict(dict_new(call->heap));
	return user_to_value(call->heap, users, &user);
}

/* When its numbers have changed. */
static int give_home(struct state_call *call, const struct users *users,
		     const struct user_entry *old, struct err *err)
{
	struct user_entry user;

	if (!user_find(users, str_of(call->name), &user) || user.home.len < 2 ||
	    user.home.ptr[0] != '/' || (user.uid == old->uid && user.gid == old->gid))
		return 0;
	const struct home_owner owner = {old->uid, user.uid, old->gid, user.gid};
	return user_give_home(call->world, heap_strdup(call->heap, user.home), &owner, err);
}

static void change_user(struct state_call *call, struct users *users,
			const struct user_wanted *wanted, struct dict *changes,
			struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct value before = user_value(call, users);
	struct value shadow = user_shadow_value(call->heap, users, call->name);
	struct value *home = dict_get(changes, "homeDoesNotExist"), text;
	struct dict *left;

	struct user_entry old = {0};

	if (!user_find(users, str_of(call->name), &old))
		return;
	user_change(users, wanted, changes);
	if (users_save(users, &err) ||
	    (home && user_make_home(call->world, users, call->name, false, &err)) ||
	    give_home(call, users, &old, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	tell_difference(call, before, user_value(call, users), outcome);
	tell_difference(call, shadow, user_shadow_value(call->heap, users, call->name), outcome);
	if (home)
		outcome_change(call->heap, outcome, "home", *home);
	if (user_changes(call->world, call->heap, users, wanted, &left, &err) ||
	    value_repr(call->heap, value_of_dict(left), &text, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (left->n)
		outcome_fail(outcome, "These values could not be changed: %.*s",
			     STR_ARG(value_bytes(text)));
	else
		outcome_say(outcome, "Updated user %s", call->name);
}

static int add_user(struct state_call *call, struct users *users, struct user_wanted *wanted,
		    struct err *err)
{
	const struct user_args *args = call->args;
	const bool has_own = wants_name_group(args);
	const bool is_said = args->gid_from_name || args->usergroup.kind == VALUE_BOOL;
	struct user_wish wish = {
		.name = call->name,
		.uid = wanted->uid,
		.group = wanted->group,
		.own_group = is_said ? &has_own : NULL,
		.home = wanted->home,
		.shell = wanted->shell,
		.gecos = user_gecos(call->heap, STR(""), args),
		.is_system = args->system,
		.may_share_uid = !args->unique,
		.make_home = args->createhome,
	};

	if (user_add(call->world, users, &wish, err))
		return -1;
	for (size_t i = 0; i < wanted->groups.n; i++)
		group_add_member(users, str_of(wanted->groups.items[i]), str_of(call->name));
	if (args->createhome && user_make_home(call->world, users, call->name, true, err))
		return -1;
	return 0;
}

/* What useradd leaves as it is and shadow holds. */
static void change_new(struct state_call *call, struct users *users, struct user_wanted *wanted,
		       struct outcome *outcome)
{
	const struct user_args *args = call->args;
	autoerr struct err err = {0};
	struct dict *changes;

	if (user_changes(call->world, call->heap, users, wanted, &changes, &err))
		return;
	user_change(users, wanted, changes);
	outcome->changes = user_value(call, users);
	if (!args->createhome)
		outcome_change_text(call->heap, outcome, "home", "");
	if (wanted->password && !args->empty_password)
		outcome_change_text(call->heap, outcome, "password", REDACTED);
	if (args->empty_password && !wanted->password)
		outcome_change_text(call->heap, outcome, "password", "");
	user_tell_shadow(call->heap, users, wanted, outcome);
}

static void create_user(struct state_call *call, struct users *users, struct user_wanted *wanted,
			struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (call->is_test) {
		outcome_pending(outcome, "User %s set to be added", call->name);
		return;
	}
	if (add_user(call, users, wanted, &err)) {
		outcome_fail(outcome, "Failed to create new user %s: %s", call->name,
			     err_text(&err));
		return;
	}
	change_new(call, users, wanted, outcome);
	if (users_save(users, &err)) {
		outcome->changes = (struct value){0};
		outcome_fail_err(outcome, &err);
		return;
	}
	if (outcome->result == RESULT_TRUE)
		outcome_say(outcome, "New user %s created", call->name);
}

static void user_present(struct state_call *call, struct outcome *outcome)
{
	autousers struct users users = {0};
	cleanup(user_wanted_done) struct user_wanted wanted = {0};
	autoerr struct err err = {0};
	struct user_entry user;
	struct dict *changes;

	if (users_open(call->world, !call->is_test, &users, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (!fill_wanted(call, &users, &wanted, outcome))
		return;
	if (!user_find(&users, str_of(call->name), &user)) {
		create_user(call, &users, &wanted, outcome);
		return;
	}
	if (user_changes(call->world, call->heap, &users, &wanted, &changes, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (!changes->n)
		outcome_say(outcome, "User %s is present and up to date", call->name);
	else if (call->is_test)
		list_changes(call, changes, outcome);
	else
		change_user(call, &users, &wanted, changes, outcome);
}

/* ---- user.absent ---- */

struct absent_args {
	bool purge, force;
};

static const struct state_arg absent_args[] = {
	{"purge", ARG_BOOL, offsetof(struct absent_args, purge)},
	{"force", ARG_BOOL, offsetof(struct absent_args, force)},
	{0},
};

/* A process of the user: userdel(8) refuses then. Below another root nothing runs. */
static bool is_in_use(const struct world *world, uint32_t uid)
{
	autoclose int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_used = false;
	struct stat st;

	if (world->chroot || fd < 0 || !uid)
		return false;
	DIR *dir = dir_stream(&fd);
	for (struct dirent *entry; dir && !is_used && (entry = readdir(dir));)
		is_used = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
			  !fstatat(dirfd(dir), entry->d_name, &st, 0) && st.st_uid == uid;
	if (dir)
		closedir(dir);
	return is_used;
}

/* As userdel -r: a home that belongs to somebody else stays. */
static int purge_home(struct world *world, const char *home, uint32_t uid, const char *name,
		      struct err *err)
{
	autofree char *mail = xasprintf("/var/mail/%s", name);
	const char *const paths[] = {home, mail};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		autoclose int parent = -1;
		const char *base;
		struct stat st;
		if (paths[i][0] != '/' ||
		    beneath_parent(world->rootfd, paths[i], &parent, &base, err)) {
			err_clear(err);
			continue;
		}
		if (fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW) || st.st_uid != uid)
			continue;
		if (tree_remove_at(parent, base, err))
			return -1;
	}
	return 0;
}

static void tell_removed(struct state_call *call, const struct users *users,
			 const struct strlist *groups, struct outcome *outcome)
{
	struct group_entry group;

	for (size_t i = 0; i < groups->n; i++) {
		autofree char *key = xasprintf("%s group", groups->items[i]);
		if (!group_find(users, str_of(groups->items[i]), &group))
			outcome_change_text(call->heap, outcome, key, "removed");
	}
	outcome_change_text(call->heap, outcome, call->name, "removed");
	outcome_say(outcome, "Removed user %s", call->name);
}

static void user_absent(struct state_call *call, struct outcome *outcome)
{
	const struct absent_args *args = call->args;
	autousers struct users users = {0};
	autostrlist struct strlist groups = {0};
	autoerr struct err err = {0};
	struct user_entry user;

	if (users_open(call->world, !call->is_test, &users, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (!user_find(&users, str_of(call->name), &user)) {
		outcome_say(outcome, "User %s is not present", call->name);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "User %s set for removal", call->name);
		return;
	}
	if (!args->force && is_in_use(call->world, user.uid)) {
		outcome_fail(outcome, "Failed to remove user %s: it has running processes",
			     call->name);
		return;
	}
	uint32_t uid = user.uid;
	autofree char *home = str_dup(user.home);
	user_groups(&users, &user, &groups);
	user_remove(&users, call->name);
	if (users_save(&users, &err) ||
	    (args->purge && purge_home(call->world, home, uid, call->name, &err))) {
		outcome_fail(outcome, "Failed to remove user %s: %s", call->name, err_text(&err));
		return;
	}
	tell_removed(call, &users, &groups, outcome);
}

static const struct state_def user_present_def = {
	.name = "user.present",
	.args = present_args,
	.args_size = sizeof(struct user_args),
	.apply = user_present,
};
static const struct state_def user_absent_def = {
	.name = "user.absent",
	.args = absent_args,
	.args_size = sizeof(struct absent_args),
	.apply = user_absent,
};

static const struct state_def *const rows[] = {
	&user_present_def, &user_absent_def, &group_present_def, &group_absent_def, NULL,
};

const struct state_table states_user = {rows};
