/* semaphore.c - a file that says to others "this service runs": made, and gone when it does not.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/machine.h"

#include "base/banned.h"

static void make_parents(const char *path)
{
	char text[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(text))
		return;
	memcpy(text, path, len + 1);
	for (char *slash = strchr(text + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(text, 0755);
		*slash = '/';
	}
}

static int create(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
}

void semaphore_make(struct service *service)
{
	const char *path = service->spec->semaphore;

	if (!path || service->has_semaphore)
		return;
	int fd = create(path);
	if (fd < 0 && errno == ENOENT) {
		make_parents(path);
		fd = create(path);
	}
	service->has_semaphore = true; /* tried: once a start is enough */
	if (fd < 0) {
		say(LOG_WARN, service->spec->name, "semaphore '%s' cannot be made: %s", path,
		    strerror(errno));
		return;
	}
	close(fd);
}

void semaphore_remove(struct service *service)
{
	const char *path = service->spec->semaphore;

	service->has_semaphore = false;
	if (path && unlink(path) && errno != ENOENT)
		say(LOG_WARN, service->spec->name, "semaphore '%s' cannot be removed: %s", path,
		    strerror(errno));
}
