/* webutil.c - webutil.user_exists and user_absent: the password files of web servers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * htpasswd(1) of the Apache HTTP server: "name:hash" a line. apr1 is MD5-crypt with a prefix of its
 * own (apr_md5.c describes the same rounds as crypt(5)'s "$1$"); {SHA} is base64 of SHA-1. */
#include "states/webutil.h"

#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <stdio.h>

#include "base/encode.h"
#include "base/random.h"
#include "states/file_put.h"
#include "states/file_text.h"
#include "states/password_hash.h"

#include "base/banned.h"

#define APR1_PREFIX "$apr1$"
#define APR1_ROUNDS 1000
#define APR1_SALT   8 /* characters */

static const char crypt_letters[] =
	"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* ---- hashes ---- */

static void md5_add(struct md5_ctx *md5, const void *bytes, size_t len)
{
	md5_update(md5, len, bytes);
}

static void put_letters(struct buf *buf, uint32_t bits, int n)
{
	for (int i = 0; i < n; i++, bits >>= 6)
		buf_putc(buf, crypt_letters[bits & 63]);
}

static void apr1_first(const char *password, size_t len, struct str salt, uint8_t digest[16])
{
	struct md5_ctx md5, inner;

	md5_init(&inner);
	md5_add(&inner, password, len);
	md5_add(&inner, salt.ptr, salt.len);
	md5_add(&inner, password, len);
	md5_digest(&inner, 16, digest);
	md5_init(&md5);
	md5_add(&md5, password, len);
	md5_add(&md5, APR1_PREFIX, strlen(APR1_PREFIX));
	md5_add(&md5, salt.ptr, salt.len);
	for (size_t left = len; left > 0; left -= left < 16 ? left : 16)
		md5_add(&md5, digest, left < 16 ? left : 16);
	for (size_t bits = len; bits; bits >>= 1)
		md5_add(&md5, bits & 1 ? "" : password, 1);
	md5_digest(&md5, 16, digest);
}

void apr1_hash(const char *password, struct str salt, struct buf *buf)
{
	/* Which three bytes of the digest make four letters. */
	static const uint8_t order[5][3] = {
		{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}};
	size_t len = strlen(password);
	uint8_t digest[16];

	if (salt.len > APR1_SALT)
		salt.len = APR1_SALT;
	apr1_first(password, len, salt, digest);
	for (int i = 0; i < APR1_ROUNDS; i++) {
		struct md5_ctx md5;
		md5_init(&md5);
		md5_add(&md5, i & 1 ? (const void *)password : digest, i & 1 ? len : 16);
		if (i % 3)
			md5_add(&md5, salt.ptr, salt.len);
		if (i % 7)
			md5_add(&md5, password, len);
		md5_add(&md5, i & 1 ? digest : (const void *)password, i & 1 ? 16 : len);
		md5_digest(&md5, 16, digest);
	}
	buf_printf(buf, APR1_PREFIX "%.*s$", STR_ARG(salt));
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		put_letters(buf,
			    (uint32_t)digest[order[i][0]] << 16 |
				    (uint32_t)digest[order[i][1]] << 8 | digest[order[i][2]],
			    4);
	put_letters(buf, digest[11], 2);
}

static void sha1_hash(const char *password, struct buf *buf)
{
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha1;

	sha1_init(&sha1);
	sha1_update(&sha1, strlen(password), (const uint8_t *)password);
	sha1_digest(&sha1, sizeof(digest), digest);
	buf_puts(buf, "{SHA}");
	base64_encode(buf, digest, sizeof(digest));
}

static void make_salt(char *salt, size_t n)
{
	uint8_t bytes[32];

	random_bytes(bytes, n);
	for (size_t i = 0; i < n; i++)
		salt[i] = crypt_letters[bytes[i] & 63];
}

/* crypt(3), by the method of `like`, which may end behind its salt. */
static int crypt_like(const char *password, const char *like, struct buf *buf, struct err *err)
{
	autofree char *hash = NULL;

	if (password_crypt(password, like, &hash, err))
		return -1;
	buf_puts(buf, hash);
	return 0;
}

static int new_hash(const char *password, char method, struct buf *buf, struct err *err)
{
	char salt[32];

	switch (method) {
	case 'p': buf_puts(buf, password); return 0;
	case 's': sha1_hash(password, buf); return 0;
	case 'B': {
		/* Cost 5 is htpasswd's own. The last letter of 22 holds four bits alone. */
		char like[64];
		make_salt(salt, 21);
		snprintf(like, sizeof(like), "$2y$05$%.21s.", salt);
		return crypt_like(password, like, buf, err);
	}
	case 'd':
		make_salt(salt, 2);
		return crypt_like(password, (const char[]){salt[0], salt[1], '\0'}, buf, err);
	default:
		make_salt(salt, APR1_SALT);
		apr1_hash(password, (struct str){salt, APR1_SALT}, buf);
		return 0;
	}
}

bool htpasswd_matches(const char *password, struct str hash)
{
	autobuf struct buf again = {0};
	autoerr struct err err = {0};

	if (str_starts(hash, STR(APR1_PREFIX))) {
		struct str salt = {hash.ptr + strlen(APR1_PREFIX), hash.len - strlen(APR1_PREFIX)};
		apr1_hash(password, str_cut(&salt, '$'), &again);
	} else if (str_starts(hash, STR("{SHA}"))) {
		sha1_hash(password, &again);
	} else {
		autofree char *like = str_dup(hash);
		if (str_is(hash, password)) /* plain */
			return true;
		if (*like && crypt_like(password, like, &again, &err))
			return false;
	}
	return again.len && str_eq(buf_str(&again), hash);
}

/* ---- the file ---- */

struct user_args {
	struct str password, htpasswd_file, options;
	bool force, update;
};

#define A(field) offsetof(struct user_args, field)
static const struct state_arg exists_args[] = {
	{"password", ARG_STR, A(password), .is_required = true},
	{"htpasswd_file", ARG_STR, A(htpasswd_file), .is_required = true},
	{"options", ARG_STR, A(options), "m"},
	{"force", ARG_BOOL, A(force)},
	{"update", ARG_BOOL, A(update)},
	{"runas", ARG_IGNORED},
	{0},
};
static const struct state_arg absent_args[] = {
	{"htpasswd_file", ARG_STR, A(htpasswd_file), .is_required = true},
	{"runas", ARG_IGNORED},
	{0},
};
#undef A

/* The user's hash; ptr NULL: there is no such user. */
static struct str find_user(struct str text, const char *name)
{
	struct str line;

	while (line_next(&text, &line)) {
		struct str rest = line_without_end(line);
		if (str_is(str_cut(&rest, ':'), name))
			return rest.ptr ? rest : STR("");
	}
	return (struct str){0};
}

/* The file with that user's line made, replaced, or (hash NULL) left out. */
static void write_user(struct str old, const char *name, const char *hash, struct buf *new)
{
	bool is_done = hash == NULL;
	struct str line;

	while (line_next(&old, &line)) {
		struct str rest = line_without_end(line);
		if (!str_is(str_cut(&rest, ':'), name)) {
			buf_append_str(new, line);
			if (line.ptr[line.len - 1] != '\n')
				buf_putc(new, '\n');
			continue;
		}
		if (!is_done)
			buf_printf(new, "%s:%s\n", name, hash);
		is_done = true;
	}
	if (!is_done)
		buf_printf(new, "%s:%s\n", name, hash);
}

/* The method that is asked for by an option's letter; MD5 without one, as htpasswd(1). */
static char method_of(struct str options)
{
	for (size_t i = 0; i < options.len; i++)
		if (strchr("psBd", options.ptr[i]))
			return options.ptr[i];
	return 'm';
}

static bool read_users(struct state_call *call, const char *path, bool may_miss, struct buf *text,
		       struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (place_read(call->world, path, text, NULL, &err) == 0 ||
	    (may_miss && err.kind == ERR_MISSING))
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

static bool save_users(struct state_call *call, const char *path, struct str text,
		       struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct look kept = {LOOK_KEPT, LOOK_KEPT, false, 0};

	if (place_write(call->world, path, LINKS_FOLLOWED, text, &kept, &err) == 0)
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

static bool name_is_good(const char *name, struct outcome *outcome)
{
	if (*name && !strpbrk(name, ":\n\r"))
		return true;
	outcome_fail(outcome, "'%s' cannot be a user's name", name);
	return false;
}

static void exists_apply(struct state_call *call, struct outcome *outcome)
{
	const struct user_args *args = call->args;
	const char *path = place_name(call->world, heap_strdup(call->heap, args->htpasswd_file));
	const char *password = heap_strdup(call->heap, args->password);
	autobuf struct buf old = {0}, new = {0}, hash = {0};
	autoerr struct err err = {0};

	secrets_add(&call->world->secrets, args->password);
	if (!name_is_good(call->name, outcome) || !read_users(call, path, true, &old, outcome))
		return;
	struct str known = find_user(buf_str(&old), call->name);
	if (known.ptr && !args->force && htpasswd_matches(password, known)) {
		outcome_say(outcome, "User already known");
		return;
	}
	if (strpbrk(password, "\r\n")) {
		outcome_fail(outcome, "the password holds a line's end");
		return;
	}
	outcome_change(call->heap, outcome, call->name, value_bool(true));
	if (call->is_test) {
		outcome_pending(outcome, "User '%s' is set to be added to htpasswd file",
				call->name);
		return;
	}
	if (new_hash(password, method_of(args->options), &hash, &err)) {
		outcome->changes = (struct value){0};
		outcome_fail_err(outcome, &err);
		return;
	}
	write_user(buf_str(&old), call->name, buf_text(&hash), &new);
	if (!save_users(call, path, buf_str(&new), outcome))
		outcome->changes = (struct value){0};
	else
		outcome_say(outcome, "%s password for user %s", known.ptr ? "Updating" : "Adding",
			    call->name);
}

const struct state_def state_webutil_user_exists = {.name = "webutil.user_exists",
						    .args = exists_args,
						    .args_size = sizeof(struct user_args),
						    .apply = exists_apply};

static void absent_apply(struct state_call *call, struct outcome *outcome)
{
	const struct user_args *args = call->args;
	const char *path = place_name(call->world, heap_strdup(call->heap, args->htpasswd_file));
	autobuf struct buf old = {0}, new = {0};

	if (!read_users(call, path, true, &old, outcome))
		return;
	if (!find_user(buf_str(&old), call->name).ptr) {
		outcome_say(outcome, "User already not in file");
		return;
	}
	outcome_change(call->heap, outcome, call->name, value_bool(true));
	if (call->is_test) {
		outcome_pending(outcome, "User '%s' is set to be removed from htpasswd file",
				call->name);
		return;
	}
	write_user(buf_str(&old), call->name, NULL, &new);
	if (!save_users(call, path, buf_str(&new), outcome))
		outcome->changes = (struct value){0};
	else
		outcome_say(outcome, "Deleting password for user %s", call->name);
}

const struct state_def state_webutil_user_absent = {.name = "webutil.user_absent",
						    .args = absent_args,
						    .args_size = sizeof(struct user_args),
						    .apply = absent_apply};
