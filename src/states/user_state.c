/* user_state.c - comparing a user with what is wanted of it, and changing it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/user_state.h"

#include <fcntl.h>

#include "base/beneath.h"
#include "states/user_add.h"
#include "value/list.h"

#include "base/banned.h"

static bool is_given(struct value v)
{
	return v.kind != VALUE_UNDEFINED && v.kind != VALUE_NONE;
}

static struct value text_value(struct heap *heap, struct value v)
{
	struct value text;
	autoerr struct err err = {0};

	if (value_str(heap, v, &text, &err))
		return value_literal("");
	return text;
}

void user_wanted_done(struct user_wanted *wanted)
{
	strlist_done(&wanted->groups);
}

/* ---- tables of what can differ ---- */

static const struct gecos_part {
	const char *key;
	size_t offset; /* in struct user_args */
} gecos_parts[] = {
	{"fullname", offsetof(struct user_args, fullname)},
	{"roomnumber", offsetof(struct user_args, roomnumber)},
	{"workphone", offsetof(struct user_args, workphone)},
	{"homephone", offsetof(struct user_args, homephone)},
	{"other", offsetof(struct user_args, other)},
};

static const struct shadow_part {
	const char *key, *shadow_key, *words;
	size_t offset;
	int field;
} shadow_parts[] = {
	{"date", "lstchg", "last change date", offsetof(struct user_args, date), SHADOW_CHANGED},
	{"mindays", "min", "minimum days", offsetof(struct user_args, mindays), SHADOW_MIN},
	{"maxdays", "max", "maximum days", offsetof(struct user_args, maxdays), SHADOW_MAX},
	{"inactdays", "inact", "inactive days", offsetof(struct user_args, inactdays),
	 SHADOW_INACTIVE},
	{"warndays", "warn", "warn days", offsetof(struct user_args, warndays), SHADOW_WARN},
	{"expire", "expire", "expire days", offsetof(struct user_args, expire), SHADOW_EXPIRE},
};

static struct value argument(const struct user_args *args, size_t offset)
{
	return *(const struct value *)((const char *)args + offset);
}

static struct str gecos_part(struct str gecos, size_t n)
{
	struct str part = {0};

	for (size_t i = 0; i <= n; i++)
		part = i + 1 == ARRAY_LEN(gecos_parts) ? gecos : str_cut(&gecos, ',');
	return part;
}

char *user_gecos(struct heap *heap, struct str old, const struct user_args *args)
{
	autobuf struct buf text = {0};

	for (size_t i = 0; i < ARRAY_LEN(gecos_parts); i++) {
		struct value wanted = argument(args, gecos_parts[i].offset);
		struct str part = is_given(wanted) ? value_bytes(text_value(heap, wanted))
						   : gecos_part(old, i);
		buf_printf(&text, "%s%.*s", i ? "," : "", STR_ARG(part));
	}
	while (text.len && text.ptr[text.len - 1] == ',')
		buf_truncate(&text, text.len - 1);
	return heap_strdup(heap, buf_str(&text));
}

/* ---- shadow ---- */

struct str user_password(const struct users *users, const char *name)
{
	struct str password = shadow_field(users, str_of(name), SHADOW_PASSWORD);
	struct user_entry user;

	if (!password.ptr && user_find(users, str_of(name), &user))
		return user.password;
	return password;
}

void user_set_password(struct users *users, const char *name, const char *hash)
{
	autofree char *today = xasprintf("%lld", (long long)shadow_today());

	if (!shadow_set(users, str_of(name), SHADOW_PASSWORD, hash)) {
		user_set(users, str_of(name), PASSWD_PASSWORD, hash);
		return;
	}
	shadow_set(users, str_of(name), SHADOW_CHANGED, today);
	user_set(users, str_of(name), PASSWD_PASSWORD, "x");
}

static int64_t shadow_number(const struct users *users, const char *name, int field)
{
	int64_t number;

	return str_to_i64(shadow_field(users, str_of(name), field), &number) ? number : -1;
}

struct value user_shadow_value(struct heap *heap, const struct users *users, const char *name)
{
	struct dict *dict = dict_new(heap);

	dict_set(heap, dict, "passwd", value_text(heap, user_password(users, name)));
	for (size_t i = 0; i < ARRAY_LEN(shadow_parts); i++)
		dict_set(heap, dict, shadow_parts[i].shadow_key,
			 value_int(shadow_number(users, name, shadow_parts[i].field)));
	return value_of_dict(dict);
}

/* ---- what differs ---- */

struct user_comparison {
	struct world *world;
	struct heap *heap;
	const struct users *users;
	const struct user_wanted *wanted;
	struct user_entry user;
	struct dict *changes;
};

/* A group by name or number; false: there is none. */
static bool find_group(const struct users *users, const char *group, struct group_entry *ret_group)
{
	uint64_t gid;

	return group_find(users, str_of(group), ret_group) ||
	       (str_to_u64(str_of(group), &gid) && gid < UINT32_MAX &&
		group_find_id(users, (uint32_t)gid, ret_group));
}

static void compare_ids(struct user_comparison *compare)
{
	const struct user_wanted *wanted = compare->wanted;
	struct group_entry group;
	int64_t gid;

	if (wanted->uid > 0 && wanted->uid != compare->user.uid)
		dict_set(compare->heap, compare->changes, "uid", value_int(wanted->uid));
	if (!wanted->group)
		return;
	if (find_group(compare->users, wanted->group, &group) && group.gid == compare->user.gid)
		return;
	struct value v = str_to_i64(str_of(wanted->group), &gid)
				 ? value_int(gid)
				 : value_cstr(compare->heap, wanted->group);
	dict_set(compare->heap, compare->changes, "gid", v);
}

static void remove_name(struct strlist *list, struct str name)
{
	for (size_t i = list->n; i-- > 0;)
		if (str_is(name, list->items[i]))
			strlist_remove_at(list, i);
}

static bool same_names(const struct strlist *a, const struct strlist *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!strlist_has(b, a->items[i]))
			return false;
	return true;
}

static bool has_all(const struct strlist *all, const struct strlist *some)
{
	for (size_t i = 0; i < some->n; i++)
		if (!strlist_has(all, some->items[i]))
			return false;
	return true;
}

static void sort_once(struct strlist *list)
{
	strlist_sort(list);
	for (size_t i = list->n; i-- > 1;)
		if (text_eq(list->items[i], list->items[i - 1]))
			strlist_remove_at(list, i);
}

/* The primary group is none of those that are listed; a group called like the user is left alone.
 */
static void compare_groups(struct user_comparison *compare)
{
	const struct user_wanted *wanted = compare->wanted;
	bool removes = wanted->args->remove_groups;
	autostrlist struct strlist has = {0};
	autostrlist struct strlist wants = {0};
	struct group_entry primary, before;

	user_groups(compare->users, &compare->user, &has);
	strlist_copy(&wants, &wanted->groups);
	if (!removes || !wanted->has_groups)
		strlist_add_all(&wants, &has);
	sort_once(&wants);
	if (group_find_id(compare->users, compare->user.gid, &before))
		remove_name(&has, before.name);
	if (wanted->group ? find_group(compare->users, wanted->group, &primary)
			  : group_find_id(compare->users, compare->user.gid, &primary)) {
		remove_name(&has, primary.name);
		remove_name(&wants, primary.name);
	}
	if (strlist_has(&has, wanted->name) && !strlist_has(&wants, wanted->name))
		remove_name(&has, str_of(wanted->name));
	if (removes ? same_names(&has, &wants) : has_all(&has, &wants))
		return;
	struct list *list = list_new(compare->heap, wants.n);
	for (size_t i = 0; i < wants.n; i++)
		list_push(compare->heap, list, value_cstr(compare->heap, wants.items[i]));
	dict_set(compare->heap, compare->changes, "groups", value_of_list(list));
}

static bool is_directory(struct world *world, const char *path)
{
	autoclose int fd = -1;
	autoerr struct err err = {0};

	return !beneath_open(world->rootfd, path, O_PATH | O_DIRECTORY, 0, &fd, &err);
}

static void compare_home(struct user_comparison *compare)
{
	const struct user_wanted *wanted = compare->wanted;
	struct heap *heap = compare->heap;
	bool differs = wanted->home && !str_is(compare->user.home, wanted->home);

	if (differs)
		dict_set(heap, compare->changes, "home", value_cstr(heap, wanted->home));
	const char *home = wanted->home ? wanted->home : heap_strdup(heap, compare->user.home);
	if (wanted->args->createhome && *home && !is_directory(compare->world, home))
		dict_set(heap, compare->changes, "homeDoesNotExist", value_cstr(heap, home));
	if (wanted->shell && !str_is(compare->user.shell, wanted->shell))
		dict_set(heap, compare->changes, "shell", value_cstr(heap, wanted->shell));
}

/* A number also when it stands in quotes; what is none can be wished, and is told as not done. */
static struct value shadow_wish(struct heap *heap, const struct user_args *args, size_t i)
{
	struct value v = argument(args, shadow_parts[i].offset);
	int64_t number;

	if (!is_given(v))
		return v;
	struct str text = value_bytes(text_value(heap, v));
	if (!text.len)
		return (struct value){.kind = VALUE_NONE};
	return str_to_i64(text, &number) ? value_int(number) : v;
}

void user_tell_shadow(struct heap *heap, const struct users *users,
		      const struct user_wanted *wanted, struct outcome *outcome)
{
	for (size_t i = 0; i < ARRAY_LEN(shadow_parts); i++) {
		const struct shadow_part *part = &shadow_parts[i];
		struct value v = shadow_wish(heap, wanted->args, i);
		bool is_zero = v.kind == VALUE_INT && !v.integer;
		if (!is_given(v) || (is_zero && part->field != SHADOW_CHANGED))
			continue;
		outcome_change(heap, outcome, part->key, v);
		if (v.kind == VALUE_INT &&
		    v.integer == shadow_number(users, wanted->name, part->field))
			continue;
		buf_truncate(&outcome->comment, 0);
		struct value text = text_value(heap, v);
		outcome_fail(outcome, "User %s created but failed to set %s to %.*s", wanted->name,
			     part->words, STR_ARG(value_bytes(text)));
	}
}

static void compare_shadow(struct user_comparison *compare)
{
	const struct user_wanted *wanted = compare->wanted;
	const struct user_args *args = wanted->args;
	struct str password = user_password(compare->users, wanted->name);
	bool is_locked = password.len && password.ptr[0] == '!';

	if (wanted->password && !args->empty_password && !str_is(password, wanted->password) &&
	    (str_is(password, "!") || args->enforce_password))
		dict_set(compare->heap, compare->changes, "passwd",
			 value_cstr(compare->heap, wanted->password));
	if (args->empty_password && password.len)
		dict_set(compare->heap, compare->changes, "empty_password", value_bool(true));
	for (size_t i = 0; i < ARRAY_LEN(shadow_parts); i++) {
		struct value v = shadow_wish(compare->heap, args, i);
		int64_t has = shadow_number(compare->users, wanted->name, shadow_parts[i].field);
		if (is_given(v) && (v.kind != VALUE_INT || v.integer != has))
			dict_set(compare->heap, compare->changes, shadow_parts[i].key, v);
	}
	if (args->password_lock.kind == VALUE_BOOL && args->password_lock.boolean != is_locked)
		dict_set(compare->heap, compare->changes, "password_lock", args->password_lock);
}

static void compare_gecos(struct user_comparison *compare)
{
	for (size_t i = 0; i < ARRAY_LEN(gecos_parts); i++) {
		struct value v = argument(compare->wanted->args, gecos_parts[i].offset);
		if (!is_given(v))
			continue;
		struct value text = text_value(compare->heap, v);
		if (!str_eq(value_bytes(text), gecos_part(compare->user.gecos, i)))
			dict_set(compare->heap, compare->changes, gecos_parts[i].key, text);
	}
}

static int refuse_ids(const struct user_comparison *compare, struct err *err)
{
	static const char *const names[] = {"uid", "gid"};
	const struct user_args *args = compare->wanted->args;
	const bool may[] = {args->allow_uid_change, args->allow_gid_change};
	const uint32_t has[] = {compare->user.uid, compare->user.gid};
	autobuf struct buf text = {0};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct value *to = dict_get(compare->changes, names[i]);
		autoerr struct err ignored = {0};
		autobuf struct buf wanted = {0};
		if (may[i] || !to || value_print(compare->heap, *to, &wanted, &ignored))
			continue;
		buf_printf(&text,
			   "\n- Changing %s (%u -> %s) not permitted, set allow_%s_change to True "
			   "to force this change. Note that this will not change file ownership.",
			   names[i], (unsigned)has[i], buf_text(&wanted), names[i]);
	}
	if (!text.len)
		return 0;
	return err_set(
		err, ERR_DENIED,
		"Encountered error checking for needed changes. Additional info follows:\n%s",
		buf_text(&text));
}

int user_changes(struct world *world, struct heap *heap, const struct users *users,
		 const struct user_wanted *wanted, struct dict **ret_changes, struct err *err)
{
	struct user_comparison compare = {
		.world = world,
		.heap = heap,
		.users = users,
		.wanted = wanted,
		.changes = dict_new(heap),
	};

	if (!user_find(users, str_of(wanted->name), &compare.user))
		return err_set(err, ERR_MISSING, "no user '%s'", wanted->name);
	compare_ids(&compare);
	compare_groups(&compare);
	compare_home(&compare);
	compare_shadow(&compare);
	compare_gecos(&compare);
	if (refuse_ids(&compare, err))
		return -1;
	*ret_changes = compare.changes;
	return 0;
}

/* ---- changing ---- */

static void set_groups(struct users *users, const struct user_wanted *wanted,
		       const struct list *groups)
{
	autostrlist struct strlist has = {0};
	autostrlist struct strlist wants = {0};
	struct user_walk walk = {0};
	struct group_entry group;

	for (size_t i = 0; i < groups->n; i++)
		strlist_add_str(&wants, value_bytes(groups->items[i]));
	while (group_next(users, &walk, &group))
		strlist_add_str(&has, group.name);
	for (size_t i = 0; i < has.n; i++) {
		bool is_wanted = strlist_has(&wants, has.items[i]);
		if (is_wanted)
			group_add_member(users, str_of(has.items[i]), str_of(wanted->name));
		else if (wanted->args->remove_groups)
			group_remove_member(users, str_of(has.items[i]), str_of(wanted->name));
	}
}

static void set_ids(struct users *users, const struct user_wanted *wanted, struct dict *changes)
{
	struct value *uid = dict_get(changes, "uid");
	struct group_entry group;
	struct user_entry other;

	/* Two users with one number are made by nobody's mistake only. */
	if (uid && !user_find_id(users, (uint32_t)uid->integer, &other)) {
		autofree char *text = xasprintf("%lld", (long long)uid->integer);
		user_set(users, str_of(wanted->name), PASSWD_UID, text);
	}
	if (dict_get(changes, "gid") && find_group(users, wanted->group, &group)) {
		autofree char *text = xasprintf("%u", (unsigned)group.gid);
		user_set(users, str_of(wanted->name), PASSWD_GID, text);
	}
}

static void set_shadow(struct users *users, const struct user_wanted *wanted, struct dict *changes)
{
	struct str name = str_of(wanted->name);
	struct value *lock = dict_get(changes, "password_lock");

	if (dict_get(changes, "passwd"))
		user_set_password(users, wanted->name, wanted->password);
	if (dict_get(changes, "empty_password") && !shadow_set(users, name, SHADOW_PASSWORD, ""))
		user_set(users, name, PASSWD_PASSWORD, "");
	if (lock) {
		autofree char *old = str_dup(user_password(users, wanted->name));
		autofree char *locked = xasprintf("!%s", old);
		shadow_set(users, name, SHADOW_PASSWORD,
			   lock->boolean ? locked : old + (*old == '!'));
	}
	for (size_t i = 0; i < ARRAY_LEN(shadow_parts); i++) {
		struct value *v = dict_get(changes, shadow_parts[i].key);
		if (!v || v->kind != VALUE_INT)
			continue;
		autofree char *text =
			v->integer < 0 ? xstrdup("") : xasprintf("%lld", (long long)v->integer);
		shadow_set(users, name, shadow_parts[i].field, text);
	}
}

static bool has_gecos(struct dict *changes)
{
	for (size_t i = 0; i < ARRAY_LEN(gecos_parts); i++)
		if (dict_get(changes, gecos_parts[i].key))
			return true;
	return false;
}

void user_change(struct users *users, const struct user_wanted *wanted, struct dict *changes)
{
	struct str name = str_of(wanted->name);
	struct value *groups = dict_get(changes, "groups");
	struct user_entry user;

	set_ids(users, wanted, changes);
	set_shadow(users, wanted, changes);
	if (dict_get(changes, "home"))
		user_set(users, name, PASSWD_HOME, wanted->home);
	if (dict_get(changes, "shell"))
		user_set(users, name, PASSWD_SHELL, wanted->shell);
	if (groups)
		set_groups(users, wanted, groups->list);
	if (!has_gecos(changes) || !user_find(users, name, &user))
		return;
	autoheap struct heap heap = {0};
	user_set(users, name, PASSWD_GECOS, user_gecos(&heap, user.gecos, wanted->args));
}
