/* stored.c - generated passwords, kept outside the image's layers.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/random.h"
#include "project/limits.h"
#include "project/project.h"
#include "states/password_hash.h"
#include "value/yaml.h"

#include "base/banned.h"

#define STORE     "stored.yml"
#define LOCK      "stored.lock"
#define DIR_MODE  0700
#define FILE_MODE 0600
#define SALT_KEY  "unix_crypt.salt"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
#define N_LETTERS (sizeof(letters) - 1)

/* Nothing may be written, or it would end in a layer that all containers share. */
static bool keeps(const struct world *world)
{
	return !world->is_check && !world->is_test && !world->is_build;
}

static int lost(struct world *world, const char *key, struct err *err)
{
	return err_wrap(err, "'%s' is generated once and cannot be kept in '%s'", key,
			world->state_dir);
}

/* ---- the file ---- */

static int read_file(struct world *world, int dirfd, struct dict **ret_stored, struct err *err)
{
	autobuf struct buf text = {0};
	struct value v;

	if (file_read_at(dirfd, STORE, LIMIT_STORED, &text, err)) {
		if (err->kind != ERR_MISSING)
			return err_wrap(err, "in '%s'", world->state_dir);
		err_clear(err);
		*ret_stored = dict_new(world->heap);
		return 0;
	}
	const char *name = heap_printf(world->heap, "%s/" STORE, world->state_dir);
	if (value_from_yaml(world->heap, buf_str(&text), name, &v, err))
		return -1;
	if (v.kind != VALUE_DICT && v.kind != VALUE_NONE)
		return err_set(err, ERR_INPUT, "%s: not a mapping, but '%s'", name,
			       value_type_name(v));
	*ret_stored = v.kind == VALUE_DICT ? v.dict : dict_new(world->heap);
	return 0;
}

static int write_file(struct world *world, int dirfd, struct dict *stored, struct err *err)
{
	autobuf struct buf text = {0};
	enum file_sync sync = world->no_fsync ? FILE_NO_SYNC : FILE_SYNC;

	if (value_to_yaml(world->heap, value_of_dict(stored), YAML_AS_IS, &text, err))
		return -1;
	buf_putc(&text, '\n');
	return file_write_at(dirfd, STORE, text.ptr, text.len, FILE_MODE, sync, err);
}

/* What is stored, or nothing when the directory is not there. */
static int read_stored(struct world *world, struct dict **ret_stored, struct err *err)
{
	autoclose int fd = -1;

	if (beneath_open(world->rootfd, world->state_dir, O_RDONLY | O_DIRECTORY, 0, &fd, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		*ret_stored = dict_new(world->heap);
		return 0;
	}
	return read_file(world, fd, ret_stored, err);
}

static const struct value *find_stored(const struct world *world, const struct dict *stored,
				       const char *key)
{
	const struct value *v = dict_get(stored, key);

	if (!v && world->unkept)
		v = dict_get(world->unkept, key);
	return v && v->kind == VALUE_STRING ? v : NULL;
}

static struct str tell(struct world *world, const struct value *v)
{
	secrets_add(&world->secrets, value_bytes(*v));
	return value_bytes(*v);
}

int stored_get(struct world *world, const char *key, struct str *ret_text, struct err *err)
{
	struct dict *stored = NULL;

	if (read_stored(world, &stored, err))
		return -1;
	const struct value *v = find_stored(world, stored, key);
	if (!v)
		return err_set(err, ERR_MISSING, "no '%s' is stored", key);
	*ret_text = tell(world, v);
	return 0;
}

/* Under the lock: whoever was faster has won, unless `replaces`. */
static int keep(struct world *world, const char *key, struct str text, bool replaces,
		struct str *ret_text, struct err *err)
{
	autoclose int parent = -1, dirfd = -1, lockfd = -1;
	struct dict *stored = NULL;
	const char *name;

	/* What lies above is no secret: it may be the volume that is not there yet. */
	if (beneath_make_parent(world->rootfd, world->state_dir, &parent, &name, err) ||
	    beneath_make_dirs(world->rootfd, world->state_dir, DIR_MODE, &dirfd, err) ||
	    lock_file_at(dirfd, LOCK, LOCK_EXCLUSIVE, true, &lockfd, NULL, err))
		return lost(world, key, err);
	if (read_file(world, dirfd, &stored, err))
		return -1;
	const struct value *before = dict_get(stored, key);
	if (before && before->kind == VALUE_STRING && !replaces) {
		*ret_text = tell(world, before);
		return 0;
	}
	struct value v = value_text(world->heap, text);
	dict_set(world->heap, stored, key, v);
	if (write_file(world, dirfd, stored, err))
		return lost(world, key, err);
	*ret_text = tell(world, &v);
	return 0;
}

static int keep_or_remember(struct world *world, const char *key, struct str text, bool replaces,
			    struct str *ret_text, struct err *err)
{
	if (keeps(world))
		return keep(world, key, text, replaces, ret_text, err);
	if (!world->unkept)
		world->unkept = dict_new(world->heap);
	struct value v = value_text(world->heap, text);
	dict_set(world->heap, world->unkept, key, v);
	*ret_text = tell(world, &v);
	return 0;
}

int stored_set(struct world *world, const char *key, struct str text, struct err *err)
{
	struct str kept;

	return keep_or_remember(world, key, text, true, &kept, err);
}

/* ---- passwords ---- */

/* Each letter as likely as any other: bytes beyond a multiple of their number are thrown away. */
static void fill_letters(char *out, size_t n)
{
	for (size_t i = 0; i < n;) {
		unsigned char bytes[64];
		random_bytes(bytes, sizeof(bytes));
		for (size_t k = 0; k < sizeof(bytes) && i < n; k++)
			if (bytes[k] < 256 / N_LETTERS * N_LETTERS)
				out[i++] = letters[bytes[k] % N_LETTERS];
		explicit_bzero(bytes, sizeof(bytes));
	}
}

int password_generate(struct heap *heap, size_t length, struct str *ret_password, struct err *err)
{
	if (!length || length > LIMIT_PASSWORD)
		return err_set(err, ERR_LIMIT, "a password has 1 to %d characters, not %zu",
			       LIMIT_PASSWORD, length);
	char *password = heap_alloc(heap, length + 1);
	fill_letters(password, length);
	*ret_password = (struct str){password, length};
	return 0;
}

int stored_password(struct world *world, const char *key, size_t length, struct str *ret_password,
		    struct err *err)
{
	struct str password;

	if (!stored_get(world, key, ret_password, err))
		return 0;
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	return password_generate(world->heap, length, &password, err) ||
			       keep_or_remember(world, key, password, false, ret_password, err)
		       ? -1
		       : 0;
}

/* "$6$salt$" of a hash. */
static struct str setting_of(const char *hash)
{
	const char *end = strrchr(hash, '$');

	return (struct str){hash, end ? (size_t)(end - hash) + 1 : 0};
}

int stored_crypt(struct world *world, const char *password, struct str *ret_hash, struct err *err)
{
	autofree char *hash = NULL;
	struct str salt = {0}, kept;

	if (!stored_get(world, SALT_KEY, &salt, err)) {
		const char *like = heap_strdup(world->heap, salt);
		if (password_hash(password, like, &hash, err))
			return -1;
	} else {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		if (password_hash(password, NULL, &hash, err) ||
		    keep_or_remember(world, SALT_KEY, setting_of(hash), false, &kept, err))
			return -1;
		if (!str_eq(kept, setting_of(hash))) /* somebody else stored one meanwhile */
			return stored_crypt(world, password, ret_hash, err);
	}
	*ret_hash = (struct str){heap_strdup(world->heap, str_of(hash)), strlen(hash)};
	secrets_add(&world->secrets, *ret_hash);
	return 0;
}
