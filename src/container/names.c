/* names.c - names of containers: one link a name, taken under one lock.
 * SPDX-License-Identifier: Apache-2.0
 *
 * STORE/containers/names/<name> is a symbolic link whose text is the ID. A link is in force when
 * that container exists and its record bears the name; any other link is what a crash left, and is
 * taken over. */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/random.h"
#include "container/limits.h"

#include "base/banned.h"

#define NAMES_DIR  "names"
#define NAMES_LOCK "names.lock"

int containers_dirfd(struct engine *engine, int *ret_fd, struct err *err)
{
	int store = store_dirfd(engine->store);

	if (!dir_open_at(store, "containers", ret_fd, err))
		return 0;
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	if (dir_make_all(store, "containers", 0700, err))
		return -1;
	return dir_open_at(store, "containers", ret_fd, err);
}

int names_lock(struct engine *engine, int *ret_fd, struct err *err)
{
	autoclose int dir = -1;

	if (containers_dirfd(engine, &dir, err))
		return -1;
	return lock_file_at(dir, NAMES_LOCK, LOCK_EXCLUSIVE, true, ret_fd, NULL, err);
}

/* docker's rule: [a-zA-Z0-9][a-zA-Z0-9_.-]+ */
static bool is_name_byte(char byte, bool first)
{
	bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		      (byte >= '0' && byte <= '9');
	return letter || (!first && (byte == '_' || byte == '.' || byte == '-'));
}

int name_check(const char *name, struct err *err)
{
	size_t len = strlen(name);
	bool ok = len >= 2 && len <= 128;

	for (size_t i = 0; ok && i < len; i++)
		ok = is_name_byte(name[i], i == 0);
	if (!ok)
		return err_set(
			err, ERR_INPUT,
			"'%s' cannot be the name of a container: two or more of a-z, A-Z, 0-9, "
			"'_', '.' and '-', the first a letter or digit",
			name);
	return 0;
}

static bool is_hex_id(const char *text, size_t len)
{
	return strlen(text) == len && strspn(text, "0123456789abcdef") == len;
}

bool id_is_whole(const char *text)
{
	return is_hex_id(text, ID_LEN);
}

/* The ID that holds the name, or false. */
static bool link_read(int dir, const char *name, char ret_id[ID_LEN + 1])
{
	autofree char *path = path_join(NAMES_DIR, name);
	ssize_t len = readlinkat(dir, path, ret_id, ID_LEN + 1);

	if (len != ID_LEN)
		return false;
	ret_id[ID_LEN] = '\0';
	return id_is_whole(ret_id);
}

static bool link_is_in_force(int dir, const char *name, const char *id)
{
	autoclose int container = openat(dir, id, O_PATH | O_DIRECTORY | O_CLOEXEC);
	autoerr struct err ignored = {0};
	struct record record = {0};

	if (container < 0)
		return false;
	if (container_record_read(container, &record, &ignored))
		return ignored.kind == ERR_MISSING; /* being created: it has its name already */
	bool same = text_eq(record.name, name);
	container_record_done(&record);
	return same;
}

int name_take(struct engine *engine, const char *name, const char *id, struct err *err)
{
	autoclose int dir = -1;
	autofree char *path = path_join(NAMES_DIR, name);
	char holder[ID_LEN + 1];

	if (containers_dirfd(engine, &dir, err))
		return -1;
	if (mkdirat(dir, NAMES_DIR, 0700) && errno != EEXIST)
		return err_sys(err, "making the directory of container names");
	if (link_read(dir, name, holder)) {
		if (link_is_in_force(dir, name, holder))
			return err_set(
				err, ERR_EXISTS,
				"the name '%s' is in use by container %.*s: remove or rename "
				"that one",
				name, SHORT_ID_LEN, holder);
		unlinkat(dir, path, 0);
	}
	if (symlinkat(id, dir, path))
		return err_sys(err, "taking the name '%s'", name);
	return 0;
}

void name_release(struct engine *engine, const char *name, const char *id)
{
	autoclose int dir = -1;
	autoerr struct err ignored = {0};
	autofree char *path = path_join(NAMES_DIR, name);
	char holder[ID_LEN + 1];

	if (!containers_dirfd(engine, &dir, &ignored) && link_read(dir, name, holder) &&
	    text_eq(holder, id))
		unlinkat(dir, path, 0);
}

int names_sweep(struct engine *engine, bool dry, uint64_t *n, struct err *err)
{
	autoclose int dir = -1;
	autostrlist struct strlist names = {0};
	char holder[ID_LEN + 1];

	if (containers_dirfd(engine, &dir, err))
		return -1;
	if (dir_list(dir, NAMES_DIR, &names, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	for (size_t i = 0; i < names.n; i++) {
		autofree char *path = path_join(NAMES_DIR, names.items[i]);
		if (link_read(dir, names.items[i], holder) &&
		    link_is_in_force(dir, names.items[i], holder))
			continue;
		++*n;
		if (!dry && unlinkat(dir, path, 0))
			return err_sys(err, "removing the name '%s' of no container",
				       names.items[i]);
	}
	return 0;
}

int name_invent(struct engine *engine, const char *id, char **ret_name, struct err *err)
{
	static const char *const manners[] = {
		"able",  "blithe", "bold",   "brisk",   "calm",   "clear",  "crisp",  "deft",
		"eager", "fair",   "fleet",  "gentle",  "hardy",  "keen",   "lively", "mellow",
		"merry", "neat",   "nimble", "patient", "placid", "proud",  "quick",  "quiet",
		"ready", "salty",  "sleek",  "sober",   "steady", "sturdy", "swift",  "tidy"};
	static const char *const ships[] = {
		"anchor",  "barge",   "beacon",  "bosun",  "brig",    "buoy",     "capstan",
		"clipper", "compass", "cutter",  "dinghy", "ferry",   "frigate",  "galley",
		"harbour", "jetty",   "keel",    "ketch",  "lantern", "lugger",   "mast",
		"mooring", "oar",     "pilot",   "rudder", "sail",    "schooner", "sextant",
		"sloop",   "tiller",  "trawler", "yawl"};

	for (int i = 0; i < LIMIT_NAME_TRIES; i++) {
		unsigned char dice[3];
		random_bytes(dice, sizeof(dice));
		const char *manner = manners[dice[0] % ARRAY_LEN(manners)];
		const char *ship = ships[dice[1] % ARRAY_LEN(ships)];
		autofree char *name = i < LIMIT_NAME_TRIES / 4
					      ? xasprintf("%s_%s", manner, ship)
					      : xasprintf("%s_%s%d", manner, ship, dice[2]);
		if (!name_take(engine, name, id, err)) {
			*ret_name = steal(&name);
			return 0;
		}
		if (err->kind != ERR_EXISTS)
			return -1;
		err_clear(err);
	}
	return err_set(err, ERR_LIMIT, "no free name for the container: give one with --name");
}

/* Container directories whose name begins with `prefix`. */
static int find_prefix(int dir, const char *prefix, char **ret_id, struct err *err)
{
	autostrlist struct strlist names = {0};
	const char *found = NULL;

	if (dir_list(dir, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (!id_is_whole(names.items[i]) || !text_starts(names.items[i], prefix))
			continue;
		if (found)
			return err_set(err, ERR_INPUT,
				       "'%s' fits several containers (%.*s and %.*s)", prefix,
				       SHORT_ID_LEN, found, SHORT_ID_LEN, names.items[i]);
		found = names.items[i];
	}
	if (!found)
		return err_set(err, ERR_MISSING, "no such container: %s", prefix);
	*ret_id = xstrdup(found);
	return 0;
}

int name_resolve(struct engine *engine, const char *text, char **ret_id, struct err *err)
{
	autoclose int dir = -1;
	char holder[ID_LEN + 1];
	struct stat st;

	if (text[0] == '/') /* as inspect shows it */
		text++;
	if (containers_dirfd(engine, &dir, err))
		return -1;
	if (id_is_whole(text) && !fstatat(dir, text, &st, AT_SYMLINK_NOFOLLOW)) {
		*ret_id = xstrdup(text);
		return 0;
	}
	if (text[0] && !strchr(text, '/') && link_read(dir, text, holder) &&
	    link_is_in_force(dir, text, holder)) {
		*ret_id = xstrdup(holder);
		return 0;
	}
	if (!text[0] || strspn(text, "0123456789abcdef") != strlen(text))
		return err_set(err, ERR_MISSING, "no such container: %s", text);
	return find_prefix(dir, text, ret_id, err);
}
