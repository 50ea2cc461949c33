/* functions_account.c - salt['user.*'], group.*, and names for numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/functions_system.h"
#include "states/users.h"
#include "value/list.h"

#include "base/banned.h"

static int open_tables(struct call *call, struct users *users, struct err *err)
{
	return users_open(call_system(call), false, users, err);
}

static struct value empty_dict(struct heap *heap)
{
	return value_of_dict(dict_new(heap));
}

int fn_user_info(struct call *call, struct value *ret_value, struct err *err)
{
	autousers struct users users = {0};
	struct user_entry user;
	const char *name;

	if (call_need_text(call, "user.info", 0, "name", &name, err) ||
	    open_tables(call, &users, err))
		return -1;
	*ret_value = user_find(&users, str_of(name), &user)
			     ? user_to_value(call->heap, &users, &user)
			     : empty_dict(call->heap);
	return 0;
}

int fn_group_info(struct call *call, struct value *ret_value, struct err *err)
{
	autousers struct users users = {0};
	struct group_entry group;
	const char *name;

	if (call_need_text(call, "group.info", 0, "name", &name, err) ||
	    open_tables(call, &users, err))
		return -1;
	*ret_value = group_find(&users, str_of(name), &group) ? group_to_value(call->heap, &group)
							      : empty_dict(call->heap);
	return 0;
}

int fn_user_getent(struct call *call, struct value *ret_value, struct err *err)
{
	autousers struct users users = {0};
	struct list *list = list_new(call->heap, 0);
	struct user_walk walk = {0};
	struct user_entry user;

	if (open_tables(call, &users, err))
		return -1;
	while (user_next(&users, &walk, &user))
		list_push(call->heap, list, user_to_value(call->heap, &users, &user));
	*ret_value = value_of_list(list);
	return 0;
}

int fn_group_getent(struct call *call, struct value *ret_value, struct err *err)
{
	autousers struct users users = {0};
	struct list *list = list_new(call->heap, 0);
	struct user_walk walk = {0};
	struct group_entry group;

	if (open_tables(call, &users, err))
		return -1;
	while (group_next(&users, &walk, &group))
		list_push(call->heap, list, group_to_value(call->heap, &group));
	*ret_value = value_of_list(list);
	return 0;
}

static struct value names_value(struct heap *heap, struct strlist *names)
{
	struct list *list = list_new(heap, names->n);

	strlist_sort(names);
	for (size_t i = 0; i < names->n; i++)
		list_push(heap, list, value_cstr(heap, names->items[i]));
	return value_of_list(list);
}

int fn_user_list_users(struct call *call, struct value *ret_value, struct err *err)
{
	autousers struct users users = {0};
	autostrlist struct strlist names = {0};
	struct user_walk walk = {0};
	struct user_entry user;

	if (open_tables(call, &users, err))
		return -1;
	while (user_next(&users, &walk, &user))
		strlist_add_str(&names, user.name);
	*ret_value = names_value(call->heap, &names);
	return 0;
}

int fn_user_list_groups(struct call *call, struct value *ret_value, struct err *err)
{
	autousers struct users users = {0};
	autostrlist struct strlist names = {0};
	struct user_entry user;
	const char *name;

	if (call_need_text(call, "user.list_groups", 0, "name", &name, err) ||
	    open_tables(call, &users, err))
		return -1;
	if (user_find(&users, str_of(name), &user))
		user_groups(&users, &user, &names);
	*ret_value = names_value(call->heap, &names);
	return 0;
}

/* ---- names and numbers: a number stays one, what is unknown is "" (or the number itself) ---- */

static struct value number_or(struct value otherwise, bool is_found, uint32_t id, const char *name)
{
	int64_t number;

	if (is_found)
		return value_int(id);
	return str_to_i64(str_of(name), &number) ? value_int(number) : otherwise;
}

int fn_file_user_to_uid(struct call *call, struct value *ret_value, struct err *err)
{
	autousers struct users users = {0};
	struct user_entry user = {0};
	const char *name;

	if (call_need_text(call, "file.user_to_uid", 0, "user", &name, err) ||
	    open_tables(call, &users, err))
		return -1;
	bool is_found = user_find(&users, str_of(name), &user);
	*ret_value = number_or(value_literal(""), is_found, user.uid, name);
	return 0;
}

int fn_file_group_to_gid(struct call *call, struct value *ret_value, struct err *err)
{
	autousers struct users users = {0};
	struct group_entry group = {0};
	const char *name;

	if (call_need_text(call, "file.group_to_gid", 0, "group", &name, err) ||
	    open_tables(call, &users, err))
		return -1;
	bool is_found = group_find(&users, str_of(name), &group);
	*ret_value = number_or(value_literal(""), is_found, group.gid, name);
	return 0;
}

int fn_file_uid_to_user(struct call *call, struct value *ret_value, struct err *err)
{
	autousers struct users users = {0};
	struct user_entry user;
	const char *text;
	uint64_t uid;

	if (call_need_text(call, "file.uid_to_user", 0, "uid", &text, err) ||
	    open_tables(call, &users, err))
		return -1;
	bool is_number = str_to_u64(str_of(text), &uid) && uid < UINT32_MAX;
	*ret_value = is_number && user_find_id(&users, (uint32_t)uid, &user)
			     ? value_text(call->heap, user.name)
		     : is_number ? value_int((int64_t)uid)
				 : value_cstr(call->heap, text);
	return 0;
}

int fn_file_gid_to_group(struct call *call, struct value *ret_value, struct err *err)
{
	autousers struct users users = {0};
	struct group_entry group;
	const char *text;
	uint64_t gid;

	if (call_need_text(call, "file.gid_to_group", 0, "gid", &text, err) ||
	    open_tables(call, &users, err))
		return -1;
	bool is_number = str_to_u64(str_of(text), &gid) && gid < UINT32_MAX;
	*ret_value = is_number && group_find_id(&users, (uint32_t)gid, &group)
			     ? value_text(call->heap, group.name)
		     : is_number ? value_int((int64_t)gid)
				 : value_cstr(call->heap, text);
	return 0;
}
