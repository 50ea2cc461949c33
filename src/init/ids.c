/* ids.c - users and groups from /etc/passwd and /etc/group, read in passing, no memory.
 * SPDX-License-Identifier: Apache-2.0
 *
 * No NSS: a static program cannot load its modules. The files are read byte by byte through a small
 * buffer, because the line of a group may have any length. */
#include "init/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#include "base/banned.h"

#define READ_BYTES 1024

struct accounts { /* one of the two files */
	int fd;
	size_t pos, len;
	char buf[READ_BYTES];
};

/* A field that does not fit is cut: it can equal nothing that was asked for. */
struct field {
	char text[IDS_TEXT_MAX];
	size_t len; /* of what stood there */
	char end;   /* what ended it: ':', ',', '\n' or 0 at the end of the file */
};

static int accounts_open(struct accounts *accounts, int etc, const char *name)
{
	*accounts = (struct accounts){.fd = openat(etc, name, O_RDONLY | O_CLOEXEC)};
	return accounts->fd < 0 ? -errno : 0;
}

static void accounts_close(struct accounts *accounts)
{
	if (accounts->fd >= 0)
		close(accounts->fd);
}

static char next_byte(struct accounts *accounts)
{
	if (accounts->pos == accounts->len) {
		ssize_t n = 0;

		do
			n = read(accounts->fd, accounts->buf, sizeof(accounts->buf));
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return '\0';
		accounts->pos = 0;
		accounts->len = (size_t)n;
	}
	return accounts->buf[accounts->pos++];
}

static void next_field(struct accounts *accounts, bool in_list, struct field *ret_field)
{
	char c;

	ret_field->len = 0;
	while ((c = next_byte(accounts)) && c != ':' && c != '\n' && (!in_list || c != ',')) {
		if (ret_field->len < sizeof(ret_field->text) - 1)
			ret_field->text[ret_field->len] = c;
		ret_field->len++;
	}
	ret_field->end = c;
	if (ret_field->len < sizeof(ret_field->text))
		ret_field->text[ret_field->len] = '\0';
	else
		ret_field->text[0] = '\0';
}

static void skip_line(struct accounts *accounts, char end)
{
	while (end && end != '\n')
		end = next_byte(accounts);
}

static bool to_id(const char *text, uint32_t *ret_id)
{
	uint64_t value;

	/* -1 means "no change" to the kernel. */
	if (!str_to_u64(str_of(text), &value) || value >= UINT32_MAX)
		return false;
	*ret_id = (uint32_t)value;
	return true;
}

static void copy_text(char *out, const char *from)
{
	size_t len = strnlen(from, IDS_TEXT_MAX - 1);

	memcpy(out, from, len);
	out[len] = '\0';
}

enum { PASSWD_NAME, PASSWD_WORD, PASSWD_UID, PASSWD_GID, PASSWD_GECOS, PASSWD_HOME, PASSWD_SHELL };

/* One line; false: it is none of passwd(5), or not of this user. name or uid decides. */
static bool read_user(struct accounts *accounts, const char *name, const uint32_t *uid,
		      struct ids *ret_ids, bool *ret_more)
{
	struct field field;
	uint32_t line_uid = 0, line_gid = 0;
	bool fits = false;

	for (int i = PASSWD_NAME; i <= PASSWD_SHELL; i++) {
		next_field(accounts, false, &field);
		*ret_more = field.end != '\0';
		if (i == PASSWD_NAME) {
			fits = field.text[0] && (!name || text_eq(field.text, name));
			copy_text(ret_ids->name, field.text);
		} else if (i == PASSWD_UID) {
			fits = fits && to_id(field.text, &line_uid) && (!uid || *uid == line_uid);
		} else if (i == PASSWD_GID) {
			fits = fits && to_id(field.text, &line_gid);
		} else if (i == PASSWD_HOME) {
			copy_text(ret_ids->home, field.text);
		} else if (i == PASSWD_SHELL) {
			copy_text(ret_ids->shell, field.text);
		}
		if (field.end != ':' && i < PASSWD_SHELL)
			return false;
		if (!fits && i >= PASSWD_GID)
			break;
	}
	skip_line(accounts, field.end);
	if (!ret_ids->home[0])
		copy_text(ret_ids->home, "/");
	if (!ret_ids->shell[0])
		copy_text(ret_ids->shell, "/bin/sh"); /* passwd(5) */
	ret_ids->uid = line_uid;
	ret_ids->gid = line_gid;
	return fits;
}

static int find_user(int etc, const char *name, const uint32_t *uid, struct ids *ret_ids)
{
	struct accounts accounts;
	bool more = true, found = false;
	int result = accounts_open(&accounts, etc, "passwd");

	if (result)
		return -ENOENT;
	while (more && !found)
		found = read_user(&accounts, name, uid, ret_ids, &more);
	accounts_close(&accounts);
	return found ? 0 : -ENOENT;
}

static void add_group(struct ids *ids, gid_t gid)
{
	for (size_t i = 0; i < ids->n_groups; i++)
		if (ids->groups[i] == gid)
			return;
	if (ids->n_groups < IDS_GROUPS_MAX)
		ids->groups[ids->n_groups++] = gid;
}

/* A group's line: its number when it has this name; added to `member` when the user is in it. */
static bool read_group(struct accounts *accounts, const char *name, struct ids *member,
		       gid_t *ret_gid, bool *ret_more)
{
	struct field field;
	uint32_t gid = 0;
	bool is_it = false, is_good = false;

	next_field(accounts, false, &field);
	is_it = name && text_eq(field.text, name);
	for (int i = 0; i < 2 && field.end == ':'; i++)
		next_field(accounts, false, &field);
	is_good = to_id(field.text, &gid);
	while (field.end == ':' || field.end == ',') {
		next_field(accounts, true, &field);
		if (is_good && member && field.text[0] && text_eq(field.text, member->name))
			add_group(member, gid);
	}
	*ret_more = field.end != '\0';
	if (is_it && is_good)
		*ret_gid = gid;
	return is_it && is_good;
}

static int find_group(int etc, const char *group, gid_t *ret_gid)
{
	struct accounts accounts;
	bool more = true, found = false;
	uint32_t number;

	if (accounts_open(&accounts, etc, "group") == 0) {
		while (more && !found)
			found = read_group(&accounts, group, NULL, ret_gid, &more);
		accounts_close(&accounts);
	}
	if (found)
		return 0;
	if (!to_id(group, &number))
		return -ENOENT;
	*ret_gid = number;
	return 0;
}

static void add_memberships(int etc, struct ids *ids)
{
	struct accounts accounts;
	bool more = true;
	gid_t ignored;

	if (accounts_open(&accounts, etc, "group"))
		return;
	while (more)
		read_group(&accounts, NULL, ids, &ignored, &more);
	accounts_close(&accounts);
}

/* A number that nobody has written down is a user as well. Its group is itself: not ours, which
 * may be root's. */
static int find_user_or_number(int etc, const char *user, struct ids *ret_ids)
{
	uint32_t number;

	if (find_user(etc, user, NULL, ret_ids) == 0)
		return 0;
	if (!to_id(user, &number))
		return -ENOENT;
	if (find_user(etc, NULL, &number, ret_ids) == 0)
		return 0;
	ret_ids->uid = number;
	ret_ids->gid = number;
	copy_text(ret_ids->name, user);
	copy_text(ret_ids->home, "/");
	copy_text(ret_ids->shell, "/bin/sh");
	return 0;
}

int ids_find_at(int etc, const char *user, const char *group, const char *const *more,
		struct ids *ret_ids, const char **ret_missing)
{
	struct ids ids = {0};
	gid_t gid;

	*ret_missing = user;
	if (find_user_or_number(etc, user, &ids))
		return -ENOENT;
	if (group) {
		*ret_missing = group;
		if (find_group(etc, group, &ids.gid))
			return -ENOENT;
	}
	add_group(&ids, ids.gid);
	add_memberships(etc, &ids);
	for (; more && *more; more++) {
		*ret_missing = *more;
		if (find_group(etc, *more, &gid))
			return -ENOENT;
		add_group(&ids, gid);
	}
	*ret_missing = NULL;
	*ret_ids = ids;
	return 0;
}

/* Without one, numbers are still to be had. */
static int open_etc(void)
{
	return open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void close_etc(int etc)
{
	if (etc >= 0)
		close(etc);
}

int ids_find(const char *user, const char *group, const char *const *more, struct ids *ret_ids,
	     const char **ret_missing)
{
	int etc = open_etc();
	int result = ids_find_at(etc, user, group, more, ret_ids, ret_missing);

	close_etc(etc);
	return result;
}

int ids_find_group(const char *group, gid_t *ret_gid)
{
	int etc = open_etc();
	int result = find_group(etc, group, ret_gid);

	close_etc(etc);
	return result;
}
