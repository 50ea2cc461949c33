/* auth_keys.c - authorized_keys files of users.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/auth_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/system_limits.h"
#include "states/text_file.h"
#include "states/users.h"

#include "base/banned.h"

/* ---- lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Quotes protect blanks: sshd(8), AUTHORIZED_KEYS FILE FORMAT. */
static struct str cut_word(struct str *rest)
{
	bool quoted = false;
	size_t n = 0;

	for (; n < rest->len && (quoted || !is_blank(rest->ptr[n])); n++) {
		if (rest->ptr[n] == '\\' && n + 1 < rest->len && rest->ptr[n + 1] == '"')
			n++;
		else if (rest->ptr[n] == '"')
			quoted = !quoted;
	}
	struct str word = {rest->ptr, n};
	*rest = str_trim_blanks((struct str){rest->ptr + n, rest->len - n});
	return word;
}

static bool is_type(struct str word)
{
	static const char *const prefixes[] = {"ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-",
					       "rsa-sha2-"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (str_starts(word, str_of(prefixes[i])))
			return true;
	return false;
}

bool auth_key_parse(struct str line, struct auth_key *ret_key)
{
	struct str rest = str_trim(line);
	struct auth_key key = {0};
	struct str first;

	if (!rest.len || rest.ptr[0] == '#')
		return false;
	first = cut_word(&rest);
	bool has_options = !is_type(first);
	if (has_options)
		key.options = first;
	key.type = has_options ? cut_word(&rest) : first;
	key.blob = cut_word(&rest);
	key.comment = rest;
	if (!is_type(key.type) || !key.blob.len)
		return false;
	*ret_key = key;
	return true;
}

void auth_key_write(const struct auth_key *key, struct buf *buf)
{
	if (key->options.len)
		buf_printf(buf, "%.*s ", STR_ARG(key->options));
	buf_printf(buf, "%.*s %.*s", STR_ARG(key->type), STR_ARG(key->blob));
	if (key->comment.len)
		buf_printf(buf, " %.*s", STR_ARG(key->comment));
	buf_putc(buf, '\n');
}

bool auth_key_is_blob(struct str text)
{
	size_t padding = 0;

	for (; text.len && text.ptr[text.len - 1] == '='; padding++)
		text.len--;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool is_digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
				(c >= '0' && c <= '9') || c == '+' || c == '/';
		if (!is_digit)
			return false;
	}
	return text.len > 1 && text.len % 4 != 1 && (-text.len % 4) <= padding;
}

/* ---- the file ---- */

struct place {
	const char *user;
	char *home; /* owned */
	uint32_t uid, gid;
};

static void place_done(struct place *place)
{
	free(place->home);
}

static int find_place(struct world *world, const char *user, struct place *ret_place,
		      struct err *err)
{
	autousers struct users users = {0};
	struct user_entry entry;

	if (users_open(world, false, &users, err))
		return -1;
	if (user_find(&users, str_of(user), &entry))
		*ret_place = (struct place){user, str_dup(entry.home), entry.uid, entry.gid};
	else if (text_eq(user, "root")) /* an image without passwd */
		*ret_place = (struct place){user, xstrdup("/root"), 0, 0};
	else
		return err_set(err, ERR_MISSING, "user '%s' is not available", user);
	return 0;
}

static char *expand(struct str config, const struct place *place)
{
	autobuf struct buf path = {0};

	for (size_t i = 0; i < config.len; i++) {
		bool is_last = i + 1 == config.len;
		if (config.ptr[i] != '%' || is_last) {
			buf_putc(&path, config.ptr[i]);
			continue;
		}
		char next = config.ptr[++i];
		if (next == 'h')
			buf_puts(&path, place->home);
		else if (next == 'u')
			buf_puts(&path, place->user);
		else
			buf_putc(&path, next);
	}
	if (path.len && path.ptr[0] == '/')
		return buf_steal(&path);
	return path_join(place->home, buf_text(&path));
}

/* One directory further down, without following a link; made when it is missing and wanted. */
static int step(int dirfd, const char *name, const struct place *place, bool make, int *ret_fd,
		struct err *err)
{
	bool is_new = make && !mkdirat(dirfd, name, 0700);

	if (make && !is_new && errno != EEXIST)
		return file_err(err, "making directory", name);
	autoclose int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return file_err(err, "opening directory", name);
	struct ownership owner = {place->uid, place->gid, 0700};
	bool refused;
	if (is_new && ownership_set(fd, &owner, &refused, err))
		return -1;
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* The directory that holds `path`; from the home on, each step is our own. */
static int open_directory(struct world *world, const char *path, const struct place *place,
			  bool make, int *ret_fd, struct err *err)
{
	size_t home_len = strlen(place->home);
	bool in_home =
		home_len > 1 && !strncmp(path, place->home, home_len) && path[home_len] == '/';
	autoclose int fd = -1;
	const char *base;

	if (!in_home)
		return make ? beneath_make_parent(world->rootfd, path, ret_fd, &base, err)
			    : beneath_parent(world->rootfd, path, ret_fd, &base, err);
	if (beneath_open(world->rootfd, place->home, O_RDONLY | O_DIRECTORY, 0, &fd, err))
		return -1;
	struct str rest = str_of(path + home_len + 1);
	for (;;) {
		struct str part = str_cut(&rest, '/');
		if (!rest.ptr)
			break;
		autofree char *name = str_dup(part);
		int next = -1;
		if (!*name || text_eq(name, "."))
			continue;
		if (step(fd, name, place, make, &next, err))
			return -1;
		mem_close_at(&fd);
		fd = next;
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int read_file(struct auth_file *file, struct err *err)
{
	autoclose int fd = openat(file->dirfd, file->name,
				  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st))
		return file_err(err, "opening", file->name);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s' is not a regular file", file->name);
	file->text.max = LIMIT_TEXT_FILE;
	if (io_read_all(fd, &file->text, err))
		return err_wrap(err, "reading '%s'", file->name);
	/* What belongs to somebody else keeps its owner: it may be another name of a secret. */
	file->owner = (struct ownership){st.st_uid, st.st_gid, (int)(st.st_mode & 07777)};
	file->exists = true;
	return 0;
}

int auth_file_open(struct world *world, const char *user, struct str config, bool make,
		   struct auth_file *ret_file, struct err *err)
{
	cleanup(auth_file_done) struct auth_file file = {.is_open = true, .dirfd = -1};
	cleanup(place_done) struct place place = {0};

	if (find_place(world, user, &place, err))
		return -1;
	autofree char *path = expand(config.len ? config : STR(".ssh/authorized_keys"), &place);
	file.owner = (struct ownership){place.uid, place.gid, 0600};
	file.name = heap_strdup(world->heap, str_of(path_base(path)));
	if (open_directory(world, path, &place, make, &file.dirfd, err) || read_file(&file, err))
		return err_wrap(err, "keys of '%s'", user);
	*ret_file = file;
	file = (struct auth_file){0};
	return 0;
}

int auth_file_save(struct world *world, struct auth_file *file, struct str text, struct err *err)
{
	return text_file_replace_at(world, file->dirfd, file->name, text, &file->owner, err);
}

void auth_file_done(struct auth_file *file)
{
	if (!file->is_open)
		return;
	mem_close_at(&file->dirfd);
	buf_done(&file->text);
	*file = (struct auth_file){0};
}
