/* fs_dirs.c - making and removing directories while others do the same, durably.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Making and pruning race without a lock: a directory that vanished before something was put into
 * it is made anew. */
#include "registry/storage_fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"
#include "registry/limits.h"

#include "base/banned.h"

static int dir_open(const struct fs *fs, const char *path)
{
	return fs_open_below(fs->treefd, *path ? path : ".", O_RDONLY | O_DIRECTORY);
}

/* Cuts the last component off; false: there is none above but the tree itself. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
	else
		*path = '\0';
	return slash != NULL;
}

static void add_made(struct fs_dirs *dirs, const char *path, uint64_t number, int abovefd)
{
	vec_push(&dirs->fds, abovefd);
	vec_push(&dirs->made, (struct fs_made){xstrdup(path), number});
}

/* For each component that somebody made and nobody has synced yet: the directory above. -1 with
 * errno: something vanished, look again. */
static int add_young(struct fs *fs, const char *path, struct fs_dirs *dirs)
{
	struct fs_path at = fs_path_of("%s", path);

	if (fs->flights.n_made == 0)
		return 0;
	for (bool more = true; more;) {
		struct fs_path young = at;
		uint64_t number = fs_made_number(fs, young.text);
		more = go_up(at.text);
		if (!number)
			continue;
		int fd = dir_open(fs, at.text);
		if (fd < 0)
			return -1;
		add_made(dirs, young.text, number, fd);
	}
	return 0;
}

/* Sessions are not promised to outlive the machine: nobody would ever settle theirs. */
static bool is_for_session(const char *path)
{
	return strstr(path, "/_uploads") != NULL;
}

/* Makes the topmost component of `path` that is missing. -1 with errno. */
static int make_topmost_missing(struct fs *fs, const char *path)
{
	struct fs_path above = fs_path_of("%s", path), missing;
	autoclose int fd = -1;

	for (;;) {
		missing = above;
		bool is_below = go_up(above.text);
		fd = dir_open(fs, above.text);
		if (fd >= 0 || errno != ENOENT || !is_below)
			break;
	}
	if (fd < 0)
		return -1;
	if (!is_for_session(missing.text))
		fs_made_note(fs, missing.text);
	int result = mkdirat(fd, path_base(missing.text), 0755);
	return result && errno == EEXIST ? 0 : result;
}

int fs_dirs_make(struct fs *fs, const char *path, struct fs_dirs *dirs, int *ret_fd,
		 struct err *err)
{
	for (int i = 0; i < LIMIT_FS_RACE_TRIES; i++) {
		autoclose int fd = dir_open(fs, path);
		if (fd >= 0 && add_young(fs, path, dirs) == 0) {
			*ret_fd = steal_fd(&fd);
			return 0;
		}
		if (fd < 0 && errno == ENOENT && make_topmost_missing(fs, path) == 0)
			continue;
		if (errno != ENOENT)
			return file_err(err, "making", path);
	}
	return err_set(err, ERR_SYSTEM, "making '%s': it vanishes again and again", path);
}

int fs_dirs_sync(struct fs *fs, struct fs_dirs *dirs, struct err *err)
{
	if (fs_sync(fs, FS_SYNC_DIR, dirs->fds.items, dirs->fds.n, err))
		return -1;
	vec_foreach(made, &dirs->made)
		fs_made_settle(fs, made->path, made->number);
	return 0;
}

void fs_dirs_done(struct fs_dirs *dirs)
{
	vec_foreach(fd, &dirs->fds)
		close(*fd);
	vec_done(&dirs->fds);
	vec_foreach(made, &dirs->made)
		free(made->path);
	vec_done(&dirs->made);
}

void fs_dirs_prune(struct fs *fs, const char *path, unsigned levels, struct fs_dirs *dirs)
{
	struct fs_path at = fs_path_of("%s", path);
	autoclose int lowest = -1;

	for (bool more = true; more && levels--;) {
		struct fs_path gone = at;
		uint64_t number = fs_made_number(fs, gone.text);
		more = go_up(at.text);
		autoclose int above = dir_open(fs, at.text);
		if (above < 0 || unlinkat(above, path_base(gone.text), AT_REMOVEDIR))
			break;
		if (number) /* of one whose making failed: nobody else would */
			fs_made_settle(fs, gone.text, number);
		mem_close_at(&lowest);
		lowest = steal_fd(&above);
	}
	if (lowest >= 0)
		vec_push(&dirs->fds, steal_fd(&lowest));
}
