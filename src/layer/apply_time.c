/* apply_time.c - directory times: remembered while files are made, set when all is done.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/apply_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"

#include "base/banned.h"

void times_set(struct dir_times *times, const char *path, int64_t mtime_ns)
{
	size_t known = (size_t)(uintptr_t)map_get(&times->index, path);

	if (known) {
		times->items[known - 1].mtime_ns = mtime_ns;
		return;
	}
	vec_push(times, {.path = xstrdup(path), .mtime_ns = mtime_ns});
	map_set(&times->index, path, (void *)(uintptr_t)times->n);
}

void times_keep(struct dir_times *times, const char *path, int64_t mtime_ns)
{
	if (!map_has(&times->index, path))
		times_set(times, path, mtime_ns);
}

void times_done(struct dir_times *times)
{
	vec_foreach(item, times)
		free(item->path);
	vec_done(times);
	map_done(&times->index);
}

/* 1 when we stand in the directory that holds `path`; 0 when it is gone since. */
static int stand_above(struct apply *apply, const char *path, struct err *err)
{
	struct place *place = &apply->place;
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	while (place->n > 1 && (place_top(place)->path_len > len ||
				memcmp(place->path, path, place_top(place)->path_len) != 0 ||
				(path[place_top(place)->path_len] != '/')))
		close(place->steps[--place->n].fd);
	while (place_top(place)->path_len < len) {
		size_t at = place_top(place)->path_len;
		const char *name = path + at + (at > 0);
		autofree char *one = xstrndup(name, strcspn(name, "/"));
		int fd = openat(place_top(place)->fd, one,
				O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
			return 0;
		if (fd < 0)
			return err_sys(err, "opening directory '%s'", one);
		if (place_push(apply, one, fd, (struct birth){0}, err))
			return -1;
	}
	return 1;
}

static int time_write(struct apply *apply, const struct dir_time *item, struct err *err)
{
	struct stat st;

	if (!item->path[0])
		return attributes_set_time(apply->place.steps[0].fd, -1, "the root", item->mtime_ns,
					   err);
	int is_there = stand_above(apply, item->path, err);
	if (is_there <= 0)
		return is_there;
	int fd = place_top(&apply->place)->fd;
	const char *name = path_base(item->path);
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
		return 0; /* replaced or removed by a later entry */
	return attributes_set_time(-1, fd, name, item->mtime_ns, err);
}

int times_write(struct apply *apply, struct err *err)
{
	for (size_t i = 0; i < apply->times.n; i++) {
		if (time_write(apply, &apply->times.items[i], err))
			return -1;
	}
	return 0;
}
