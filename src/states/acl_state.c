/* acl_state.c - one entry of an ACL, given or taken, with the mask made anew as setfacl(1) does.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/acl_state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/acl.h"
#include "base/beneath.h"
#include "base/io.h"
#include "base/ownership.h"
#include "base/strlist.h"
#include "states/system_limits.h"
#include "states/users.h"

#include "base/banned.h"

struct acl_args {
	struct str acl_type, acl_name, perms;
	bool recurse, force;
};

static const struct state_arg acl_arg_rows[] = {
	{"acl_type", ARG_STR, offsetof(struct acl_args, acl_type), .is_required = true},
	{"acl_name", ARG_STR, offsetof(struct acl_args, acl_name)},
	{"perms", ARG_STR, offsetof(struct acl_args, perms)},
	{"recurse", ARG_BOOL, offsetof(struct acl_args, recurse)},
	{"force", ARG_BOOL, offsetof(struct acl_args, force)},
	{0},
};

enum { CAN_EXECUTE = 1, CAN_WRITE = 2, CAN_READ = 4 };

struct acl_edit {
	const char *entry; /* "user:1000:", "group::", "mask::", "other::" */
	bool is_default, is_removal, wipes;
	unsigned perms;
	bool execute_where_some; /* X: directories, and what somebody may execute */
	bool is_dry;
	bool differs;          /* something was, or would be, changed */
	const char *old_perms; /* of the first path that differs: "r-x"; NULL: had no such entry */
	bool has_first;
	struct heap *heap;
};

/* ---- what is asked for ---- */

static bool parse_perms(struct str text, struct acl_edit *edit)
{
	for (size_t i = 0; i < text.len; i++) {
		switch (text.ptr[i]) {
		case 'r': edit->perms |= CAN_READ; break;
		case 'w': edit->perms |= CAN_WRITE; break;
		case 'x': edit->perms |= CAN_EXECUTE; break;
		case 'X': edit->execute_where_some = true; break;
		case '-': break;
		default: return false;
		}
	}
	return true;
}

static bool is_account_type(struct str type)
{
	return str_is(type, "user") || str_is(type, "u") || str_is(type, "group") ||
	       str_is(type, "g");
}

static const char *entry_of(struct heap *heap, const struct users *users, struct str type,
			    struct str name)
{
	struct user_entry user;
	struct group_entry group;
	uint64_t id;

	if (str_is(type, "mask") || str_is(type, "m"))
		return "mask::";
	if (str_is(type, "other") || str_is(type, "o"))
		return "other::";
	bool is_user = str_starts(type, STR("u"));
	if (!is_account_type(type))
		return NULL;
	const char *tag = is_user ? "user" : "group";
	if (!name.len)
		return heap_printf(heap, "%s::", tag);
	if (is_user && user_find(users, name, &user))
		return heap_printf(heap, "user:%u:", (unsigned)user.uid);
	if (!is_user && group_find(users, name, &group))
		return heap_printf(heap, "group:%u:", (unsigned)group.gid);
	if (str_to_u64(name, &id) && id < UINT32_MAX)
		return heap_printf(heap, "%s:%u:", tag, (unsigned)id);
	return NULL;
}

static bool fill_edit(struct state_call *call, bool is_removal, struct acl_edit *edit,
		      struct outcome *outcome)
{
	const struct acl_args *args = call->args;
	autousers struct users users = {0};
	autoerr struct err err = {0};
	struct str type = args->acl_type;

	*edit = (struct acl_edit){.is_removal = is_removal,
				  .wipes = args->force && !is_removal,
				  .is_dry = true,
				  .heap = call->heap};
	if (str_starts(type, STR("d:")) || str_starts(type, STR("default:"))) {
		edit->is_default = true;
		str_cut(&type, ':');
	}
	if (users_open(call->world, false, &users, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	edit->entry = entry_of(call->heap, &users, type, args->acl_name);
	if (!edit->entry) {
		if (!is_account_type(type))
			outcome_fail(outcome, "ACL Type does not exist");
		else if (is_removal)
			outcome_say(outcome, "Permissions are in the desired state");
		else
			outcome_fail(outcome,
				     "Error updating permissions for %.*s: there is no such user "
				     "or group",
				     STR_ARG(args->acl_name));
		return false;
	}
	if (parse_perms(args->perms, edit))
		return true;
	outcome_fail(outcome, "'%.*s' are no permissions: r, w, x, X, -", STR_ARG(args->perms));
	return false;
}

/* ---- one file ---- */

static int read_acl(int fd, const char *attribute, const struct stat *st, bool is_default,
		    struct buf *ret_text, struct err *err)
{
	autofree char *bytes = xmalloc(LIMIT_ACL_TEXT);
	ssize_t len = fgetxattr(fd, attribute, bytes, LIMIT_ACL_TEXT);

	if (len >= 0)
		return acl_to_text(bytes, (size_t)len, "", ret_text, err);
	if (errno != ENODATA)
		return err_sys(err, "reading the ACL");
	if (is_default)
		return 0;
	autobuf struct buf plain = {0};
	acl_of_mode(st->st_mode, &plain);
	return acl_to_text(plain.ptr, plain.len, "", ret_text, err);
}

static unsigned perms_of(struct str line)
{
	unsigned perms = 0;
	struct str letters = {line.ptr + line.len - 3, 3};

	perms |= letters.ptr[0] == 'r' ? CAN_READ : 0;
	perms |= letters.ptr[1] == 'w' ? CAN_WRITE : 0;
	perms |= letters.ptr[2] == 'x' ? CAN_EXECUTE : 0;
	return perms;
}

static void write_entry(const char *entry, unsigned perms, struct buf *buf)
{
	buf_printf(buf, "%s%c%c%c\n", entry, perms & CAN_READ ? 'r' : '-',
		   perms & CAN_WRITE ? 'w' : '-', perms & CAN_EXECUTE ? 'x' : '-');
}

static bool is_named(struct str line)
{
	return (str_starts(line, STR("user:")) && !str_starts(line, STR("user::"))) ||
	       (str_starts(line, STR("group:")) && !str_starts(line, STR("group::")));
}

/* The entries with the edit in them and a mask that lets all of them through. Where a mask was, it
 * stays when the last named entry goes, as setfacl(1) has it. */
static void edit_text(struct str text, const struct acl_edit *edit, unsigned perms, struct buf *buf)
{
	bool is_done = edit->is_removal, sets_mask = str_starts(str_of(edit->entry), STR("mask"));
	bool has_named = false, had_mask = false;
	unsigned mask = 0;

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		bool is_it = str_starts(line, str_of(edit->entry));
		bool is_mask = str_starts(line, STR("mask::"));
		had_mask |= is_mask;
		if ((is_it && edit->is_removal) || (is_mask && !sets_mask) ||
		    (edit->wipes && !is_it && is_named(line)))
			continue;
		unsigned each = is_it ? perms : perms_of(line);
		if (is_named(line) || str_starts(line, STR("group::")))
			mask |= each;
		has_named |= is_named(line);
		if (is_it)
			write_entry(edit->entry, each, buf);
		else
			buf_printf(buf, "%.*s\n", STR_ARG(line));
		is_done |= is_it;
	}
	if (!is_done) {
		write_entry(edit->entry, perms, buf);
		mask |= perms;
		has_named |= is_named(str_of(edit->entry));
	}
	if ((has_named || (had_mask && edit->is_removal)) && !sets_mask)
		write_entry("mask::", mask, buf);
}

static struct str find_entry(struct str text, const char *entry)
{
	while (text.len) {
		struct str line = str_cut(&text, '\n');
		if (str_starts(line, str_of(entry)))
			return line;
	}
	return (struct str){0};
}

static void note_difference(struct acl_edit *edit, struct str line)
{
	if (!edit->has_first && line.len)
		edit->old_perms = heap_strdup(edit->heap, (struct str){line.ptr + line.len - 3, 3});
	edit->has_first = true;
	edit->differs = true;
}

static int store_acl(int fd, const char *attribute, struct str text, struct err *err)
{
	autobuf struct buf bytes = {0};

	if (acl_from_text(text, &bytes, err))
		return -1;
	return fsetxattr(fd, attribute, bytes.ptr, bytes.len, 0) ? err_sys(err, "setting the ACL")
								 : 0;
}

static int edit_file(int fd, const struct stat *st, struct acl_edit *edit, struct err *err)
{
	const char *attribute = edit->is_default ? XATTR_ACL_DEFAULT : XATTR_ACL_ACCESS;
	autobuf struct buf text = {0};
	autobuf struct buf after = {0};
	unsigned perms = edit->perms;

	if (edit->is_default && !S_ISDIR(st->st_mode))
		return 0;
	if (edit->execute_where_some && (S_ISDIR(st->st_mode) || (st->st_mode & 0111)))
		perms |= CAN_EXECUTE;
	if (read_acl(fd, attribute, st, edit->is_default, &text, err))
		return -1;
	struct str line = find_entry(buf_str(&text), edit->entry);
	if (edit->is_removal ? !line.len : line.len && perms_of(line) == perms)
		return 0;
	note_difference(edit, line);
	if (edit->is_dry)
		return 0;
	if (!text.len) { /* a default ACL begins with what the mode says */
		autobuf struct buf plain = {0};
		acl_of_mode(st->st_mode, &plain);
		if (acl_to_text(plain.ptr, plain.len, "", &text, err))
			return -1;
	}
	edit_text(buf_str(&text), edit, perms, &after);
	return store_acl(fd, attribute, buf_str(&after), err);
}

/* ---- a tree ---- */

static int edit_tree(int fd, struct acl_edit *edit, bool recurse, int depth, struct err *err)
{
	autostrlist struct strlist names = {0};
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(err, "examining");
	if (edit_file(fd, &st, edit, err))
		return -1;
	if (!recurse || !S_ISDIR(st.st_mode))
		return 0;
	if (depth >= LIMIT_ACL_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %d directories deep", LIMIT_ACL_DEPTH);
	if (dir_list(fd, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		/* Links have no ACL of their own; what else is special is left alone. */
		autoclose int each =
			openat(fd, names.items[i],
			       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (each < 0 && (errno == ELOOP || errno == ENXIO || errno == ENOENT))
			continue;
		if (each < 0)
			return file_err(err, "opening", names.items[i]);
		if (edit_tree(each, edit, true, depth + 1, err))
			return err_wrap(err, "'%s'", names.items[i]);
	}
	return 0;
}

/* ---- states ---- */

/* A look first, so that what is in order is not touched. False: told. */
static bool examine(struct state_call *call, int *fd, struct acl_edit *edit,
		    struct outcome *outcome)
{
	const struct acl_args *args = call->args;
	autoerr struct err err = {0};

	if (beneath_open(call->world->rootfd, call->name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, fd,
			 &err)) {
		outcome_fail(outcome, "%s does not exist", call->name);
		return false;
	}
	if (!edit_tree(*fd, edit, args->recurse, 0, &err))
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

static bool apply(struct state_call *call, int fd, struct acl_edit *edit, struct outcome *outcome)
{
	const struct acl_args *args = call->args;
	autoerr struct err err = {0};

	edit->is_dry = false;
	if (!edit_tree(fd, edit, args->recurse, 0, &err))
		return true;
	outcome_fail(outcome, "Error updating permissions for %.*s: %s", STR_ARG(args->acl_name),
		     err_text(&err));
	return false;
}

static struct value side(struct state_call *call, struct str perms)
{
	const struct acl_args *args = call->args;
	struct dict *dict = dict_new(call->heap);

	dict_set(call->heap, dict, "acl_name", value_text(call->heap, args->acl_name));
	dict_set(call->heap, dict, "acl_type", value_text(call->heap, args->acl_type));
	dict_set(call->heap, dict, "perms", value_text(call->heap, perms));
	return value_of_dict(dict);
}

static void acl_present(struct state_call *call, struct outcome *outcome)
{
	const struct acl_args *args = call->args;
	autoclose int fd = -1;
	struct acl_edit edit;

	if (!fill_edit(call, false, &edit, outcome) || !examine(call, &fd, &edit, outcome))
		return;
	if (!edit.differs) {
		outcome_say(outcome, "Permissions are in the desired state");
		return;
	}
	const char *old = edit.old_perms;
	outcome_change(call->heap, outcome, "new", side(call, args->perms));
	if (old)
		outcome_change(call->heap, outcome, "old", side(call, str_of(old)));
	if (call->is_test && old)
		outcome_pending(outcome, "Updated permissions will be applied for %.*s: %s -> %.*s",
				STR_ARG(args->acl_name), old, STR_ARG(args->perms));
	else if (call->is_test)
		outcome_pending(outcome, "New permissions will be applied for %.*s: %.*s",
				STR_ARG(args->acl_name), STR_ARG(args->perms));
	else if (!apply(call, fd, &edit, outcome))
		outcome->changes = (struct value){0};
	else
		outcome_say(outcome, "%s permissions for %.*s", old ? "Updated" : "Applied new",
			    STR_ARG(args->acl_name));
}

static void acl_absent(struct state_call *call, struct outcome *outcome)
{
	autoclose int fd = -1;
	struct acl_edit edit;

	if (!fill_edit(call, true, &edit, outcome))
		return;
	if (strstr(edit.entry, "::")) {
		outcome_fail(outcome, "the owner's, group's and others' entries cannot be removed");
		return;
	}
	if (!examine(call, &fd, &edit, outcome))
		return;
	if (!edit.differs) {
		outcome_say(outcome, "Permissions are in the desired state");
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Removing permissions");
		return;
	}
	if (!apply(call, fd, &edit, outcome))
		return;
	outcome_change(call->heap, outcome, "old",
		       side(call, str_of(edit.old_perms ? edit.old_perms : "")));
	outcome_say(outcome, "Removing permissions");
}

const struct state_def acl_present_def = {
	.name = "acl.present",
	.args = acl_arg_rows,
	.args_size = sizeof(struct acl_args),
	.apply = acl_present,
};
const struct state_def acl_absent_def = {
	.name = "acl.absent",
	.args = acl_arg_rows,
	.args_size = sizeof(struct acl_args),
	.apply = acl_absent,
};
