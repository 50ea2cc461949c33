/* place.c - the list of places, and binding there without trusting what is found.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/place.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

#include "base/banned.h"

#define PLACE_BACKLOG 64

bool place_get(size_t i, uid_t uid, char out[PLACE_MAX])
{
	static const struct {
		const char *variable, *fixed, *rest;
		bool with_uid;
	} places[] = {
		{NULL, "/run", "/hull-init", false},
		{"XDG_RUNTIME_DIR", NULL, "/hull-init", false},
		{"TMPDIR", NULL, "/hull-init-", true},
		{NULL, "/tmp", "/hull-init-", true},
	};
	char number[16] = "";

	out[0] = '\0';
	if (i >= ARRAY_LEN(places))
		return false;
	const char *top = places[i].fixed ? places[i].fixed : getenv(places[i].variable);
	if (places[i].with_uid)
		snprintf(number, sizeof(number), "%u", (unsigned)uid);
	int len = top && top[0] == '/' ? snprintf(out, PLACE_MAX, "%s%s%s/control.sock", top,
						  places[i].rest, number)
				       : 0;
	if (len >= (int)PLACE_MAX)
		out[0] = '\0';
	return true;
}

int place_address(const char *path, struct sockaddr_un *ret_address, socklen_t *ret_len)
{
	size_t len = strlen(path);
	if (len == 0 || len >= PLACE_MAX)
		return -ENAMETOOLONG;
	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(ret_address->sun_path, path, len);
	*ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	if (path[0] == '@') {
		ret_address->sun_path[0] = '\0';
		(*ret_len)--; /* abstract names have a length, not an end */
	}
	return 0;
}

/* Others may not put another socket there: ours, and writable for us alone. */
static int make_private_dir(const char *path)
{
	char dir[PLACE_MAX];
	struct stat st;
	const char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return 0;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	mode_t before = umask(022);
	int error = mkdir(dir, 0755) && errno != EEXIST ? errno : 0;
	umask(before);
	if (error)
		return -error;
	if (lstat(dir, &st))
		return -errno;
	return S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 022) ? 0 : -EPERM;
}

/* A socket without a listener was left behind by an init that was killed. */
static int remove_stale(const char *path, const struct sockaddr_un *address, socklen_t len)
{
	struct stat st;
	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int error = connect(fd, (const struct sockaddr *)address, len) ? errno : EADDRINUSE;
	close(fd);
	if (error == EAGAIN) /* it listens, and is busy */
		return -EADDRINUSE;
	if (error != ECONNREFUSED)
		return -error;
	return unlink(path) ? -errno : 0;
}

int place_bind(const char *path, bool make_dir, mode_t mode, int *ret_fd)
{
	struct sockaddr_un address;
	socklen_t len;
	bool is_path = path[0] != '@';
	int result = place_address(path, &address, &len);
	if (!result && is_path && make_dir)
		result = make_private_dir(path);
	if (!result && is_path)
		result = remove_stale(path, &address, len);
	if (result)
		return result;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mode_t before = umask(~mode & 0777);
	int error = bind(fd, (const struct sockaddr *)&address, len) ? errno : 0;
	umask(before);
	if (!error && listen(fd, PLACE_BACKLOG)) {
		error = errno;
		if (is_path)
			unlink(path);
	}
	if (error) {
		close(fd);
		return -error;
	}
	*ret_fd = fd;
	return 0;
}
