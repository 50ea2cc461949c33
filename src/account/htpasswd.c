/* htpasswd.c - Apache's password files, of which only bcrypt lines are good enough.
 * SPDX-License-Identifier: Apache-2.0
 * Source: htpasswd(1); distribution, registry/auth/htpasswd. */
#include "account/auth_file.h"
#include "account/guard.h"
#include "account/limits.h"
#include "account/rule_private.h"
#include "base/io.h"
#include "base/map.h"

#include "base/banned.h"

static const struct {
	const char *start, *name;
} weak_kinds[] = {
	{"$apr1$", "Apache's MD5"}, {"{SHA}", "SHA-1"},       {"$1$", "MD5"},
	{"$5$", "SHA-256 crypt"},   {"$6$", "SHA-512 crypt"}, {"$y$", "yescrypt"},
};

static const char *kind_of(const char *hash)
{
	for (size_t i = 0; i < ARRAY_LEN(weak_kinds); i++)
		if (text_starts(hash, weak_kinds[i].start))
			return weak_kinds[i].name;
	return "no hash, or an old one";
}

static int line_read(struct arena *arena, struct str line, struct src_pos pos, struct map *seen,
		     struct node *users, struct err *err)
{
	struct str rest = line;
	struct str name = str_cut(&rest, ':');

	if (!rest.ptr || name.len == 0)
		return err_at(err, pos, "the line is not NAME:HASH");
	const char *fault = account_name_fault(name);
	if (fault)
		return err_at(err, pos, "the name of the user %s", fault);
	const char *key = arena_str(arena, name);
	const char *hash = arena_str(arena, rest);
	if (!password_hash_is_valid(hash))
		return err_at(err, pos,
			      "the password of '%s' is %s, not bcrypt: make it with htpasswd -B",
			      key, kind_of(hash));
	if (map_has(seen, key))
		return err_at(err, pos, "the user '%s' is there twice", key);
	map_set(seen, key, users);

	struct node *user = node_new(arena, NODE_MAP);
	struct node *password = node_new_text(arena, hash);
	user->key = (struct str){key, name.len};
	user->pos = user->key_pos = password->pos = password->key_pos = pos;
	password->key = STR("password");
	node_append(user, password);
	node_append(users, user);
	return 0;
}

int htpasswd_read(struct arena *arena, int dirfd, const char *path, struct node **ret_users,
		  struct err *err)
{
	autobuf struct buf text = {0};
	automap struct map seen = {0};
	struct node *users = node_new(arena, NODE_MAP);
	struct src_pos pos = {.file = arena_strdup(arena, path), .column = 1};

	if (file_read_at(dirfd, path, LIMIT_ACCOUNT_FILE, &text, err))
		return -1;
	users->pos = (struct src_pos){pos.file, 1, 1};
	for (struct str rest = buf_str(&text); rest.ptr;) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		pos.line++;
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (memchr(line.ptr, 0, line.len))
			return err_at(err, pos, "the line holds a NUL byte");
		if (users->children.n == LIMIT_USERS)
			return err_at(err, pos, "more than %u users", LIMIT_USERS);
		if (line_read(arena, line, pos, &seen, users, err))
			return -1;
	}
	*ret_users = users;
	return 0;
}
