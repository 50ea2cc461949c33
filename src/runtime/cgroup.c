/* cgroup.c - which cgroups this host has, a directory for an init to rule, and its end.
 * SPDX-License-Identifier: Apache-2.0
 * Source: cgroups(7); the kernel's admin-guide/cgroup-v2. On a hybrid host the controllers are v1
 * hierarchies and cgroup2 without them stands in "unified", as systemd mounts it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "runtime/limits.h"
#include "runtime/spec_private.h"

#include "base/banned.h"

#define CGROUP_ROOT    "/sys/fs/cgroup"
#define CGROUP_UNIFIED CGROUP_ROOT "/unified"
#define CGROUP_SYSTEMD CGROUP_ROOT "/systemd"
#define LIMIT_PROCS    (1u << 20) /* bytes of one cgroup.procs */

static bool is_cgroup2(const char *path)
{
	struct statfs fs;
	return !statfs(path, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC;
}

enum cgroup_layout cgroup_layout(void)
{
	if (is_cgroup2(CGROUP_ROOT))
		return CGROUP_V2;
	return is_cgroup2(CGROUP_UNIFIED) ? CGROUP_HYBRID : CGROUP_V1;
}

static bool file_has_word(const char *path, const char *word)
{
	autobuf struct buf text = {0};
	autoerr struct err ignored = {0};
	if (file_read_at(AT_FDCWD, path, LIMIT_RUNTIME_LOG, &text, &ignored))
		return false;
	for (struct str rest = str_trim(buf_str(&text)); rest.ptr;)
		if (str_is(str_cut(&rest, ' '), word))
			return true;
	return false;
}

bool cgroup_has_controller(const char *name)
{
	if (cgroup_layout() == CGROUP_V2)
		return file_has_word(CGROUP_ROOT "/cgroup.controllers", name);
	autofree char *path = path_join(CGROUP_ROOT, name);
	struct statfs fs;
	return !statfs(path, &fs) && fs.f_type == CGROUP_SUPER_MAGIC;
}

/* v2: the root has no such file, so look at any group below it. */
static bool has_swap_file_below(const char *root)
{
	autostrlist struct strlist names = {0};
	autoerr struct err ignored = {0};
	if (dir_list(AT_FDCWD, root, &names, &ignored))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		autofree char *path = xasprintf("%s/%s/memory.swap.max", root, names.items[i]);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

bool cgroup_limits_swap(void)
{
	if (cgroup_layout() == CGROUP_V2)
		return has_swap_file_below(CGROUP_ROOT);
	return !access(CGROUP_ROOT "/memory/memory.memsw.limit_in_bytes", F_OK);
}

char *cgroup_delegated_path(const char *cgroup_path)
{
	static const char *const roots[] = {[CGROUP_V2] = CGROUP_ROOT,
					    [CGROUP_HYBRID] = CGROUP_UNIFIED,
					    [CGROUP_V1] = CGROUP_SYSTEMD};
	const char *root = roots[cgroup_layout()];
	struct statfs fs;
	if (statfs(root, &fs) ||
	    (fs.f_type != CGROUP2_SUPER_MAGIC && fs.f_type != CGROUP_SUPER_MAGIC))
		return NULL;
	return xasprintf("%s%s", root, cgroup_path);
}

/* A path of ours: below the root, and without a way out of it. */
static int path_check(const char *cgroup_path, struct err *err)
{
	bool is_fine = cgroup_path[0] == '/' && cgroup_path[1];
	for (struct str rest = str_of(cgroup_path); is_fine && rest.ptr;) {
		struct str word = str_cut(&rest, '/');
		is_fine = !str_is(word, "..") && !str_is(word, ".");
	}
	return is_fine ? 0
		       : err_set(err, ERR_INPUT, "'%s' is not a cgroup of a container",
				 cgroup_path);
}

int cgroup_delegate(const char *cgroup_path, char **ret_host_path, struct err *err)
{
	if (path_check(cgroup_path, err))
		return -1;
	autofree char *path = cgroup_delegated_path(cgroup_path);
	if (path && dir_make_all(AT_FDCWD, path, 0755, err))
		return err_wrap(err, "making the container's cgroup");
	*ret_host_path = steal(&path);
	return 0;
}

static void file_put(const char *dir, const char *name, const char *text)
{
	autofree char *path = path_join(dir, name);
	autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		log_debug("writing %s: %s", path, strerror(errno));
}

static void processes_kill(const char *dir)
{
	autofree char *path = path_join(dir, "cgroup.procs");
	autobuf struct buf text = {.max = LIMIT_PROCS};
	autoerr struct err ignored = {0};
	if (file_read_at(AT_FDCWD, path, LIMIT_PROCS, &text, &ignored))
		return;
	for (struct str rest = buf_str(&text); rest.ptr;) {
		uint64_t pid = 0;
		if (str_to_u64(str_cut(&rest, '\n'), &pid) && pid > 1 && pid <= INT32_MAX)
			kill((pid_t)pid, SIGKILL);
	}
}

/* Groups below first. A group with processes is EBUSY: they are killed, and the caller tries again.
 */
static int group_remove(const char *dir, int depth)
{
	autostrlist struct strlist names = {0};
	autoerr struct err ignored = {0};
	if (!rmdir(dir) || errno == ENOENT)
		return 0;
	if (depth < LIMIT_CGROUP_DEPTH && !dir_list(AT_FDCWD, dir, &names, &ignored)) {
		for (size_t i = 0; i < names.n; i++) {
			autofree char *path = path_join(dir, names.items[i]);
			struct stat st;
			if (!lstat(path, &st) && S_ISDIR(st.st_mode))
				group_remove(path, depth + 1);
		}
	}
	processes_kill(dir);
	file_put(dir, "freezer.state", "THAWED"); /* a frozen process cannot die */
	file_put(dir, "cgroup.freeze", "0");
	return !rmdir(dir) || errno == ENOENT ? 0 : -1;
}

static int hierarchy_remove(const char *root, const char *cgroup_path, struct err *err)
{
	const struct timespec pause = {.tv_nsec = CGROUP_REMOVE_INTERVAL_MS * 1000000L};
	autofree char *dir = xasprintf("%s%s", root, cgroup_path);
	int64_t until = clock_monotonic_ns() + CGROUP_REMOVE_TIMEOUT_MS * (int64_t)1000000;
	while (group_remove(dir, 0)) {
		if (errno != EBUSY && errno != ENOTEMPTY)
			return err_sys(err, "removing cgroup '%s'", dir);
		if (clock_monotonic_ns() > until)
			return err_set(err, ERR_SYSTEM,
				       "removing cgroup '%s': its processes do not end", dir);
		nanosleep(&pause, NULL);
	}
	return 0;
}

int cgroup_remove(const char *cgroup_path, struct err *err)
{
	autostrlist struct strlist names = {0};
	if (path_check(cgroup_path, err))
		return -1;
	if (cgroup_layout() == CGROUP_V2)
		return hierarchy_remove(CGROUP_ROOT, cgroup_path, err);
	if (dir_list(AT_FDCWD, CGROUP_ROOT, &names, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err); /* a host without cgroups: nothing was made */
		return 0;
	}
	for (size_t i = 0; i < names.n; i++) {
		autofree char *root = path_join(CGROUP_ROOT, names.items[i]);
		struct stat st; /* "cpu" may be a link to "cpu,cpuacct" */
		if (!lstat(root, &st) && S_ISDIR(st.st_mode) &&
		    hierarchy_remove(root, cgroup_path, err))
			return -1;
	}
	return 0;
}
