/* program.c - the objects that this process is made of, copied once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage/program.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"

#include "base/banned.h"

/* Its path as the loader opened it: the last part is what others ask for. */
static int note_object(struct dl_phdr_info *object, size_t size, void *arg)
{
	struct strlist *paths = arg;
	if (object->dlpi_name && object->dlpi_name[0] == '/') /* not the program, not the vdso */
		strlist_add(paths, object->dlpi_name);
	return 0;
}

static int copy_file(const char *from, int dirfd, const char *name, struct err *err)
{
	autoclose int in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return file_err(err, "opening", from);
	autoclose int out = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (out < 0)
		return file_err(err, "making", name);
	return io_copy(in, out, UINT64_MAX, err);
}

static bool is_loader(const char *base)
{
	return text_starts(base, "ld-") || text_starts(base, "ld.so");
}

static int write_launcher(int dirfd, const char *loader, struct err *err)
{
	autobuf struct buf text = {0};
	buf_printf(&text,
		   "#!/bin/sh\n"
		   "exec " PROGRAM_MOUNT "/lib/%s --library-path " PROGRAM_MOUNT
		   "/lib " PROGRAM_MOUNT "/lib/hull \"$@\"\n",
		   loader);
	return file_write_at(dirfd, "bin/hull", buf_text(&text), text.len, 0755, FILE_NO_SYNC, err);
}

static int fill(int dirfd, struct err *err)
{
	autostrlist struct strlist paths = {0};
	autoclose int lib = -1;
	const char *loader = NULL;

	dl_iterate_phdr(note_object, &paths);
	if (dir_make_all(dirfd, "bin", 0755, err) || dir_make_all(dirfd, "lib", 0755, err) ||
	    dir_open_at(dirfd, "lib", &lib, err) || copy_file("/proc/self/exe", lib, "hull", err))
		return -1;
	for (size_t i = 0; i < paths.n; i++) {
		const char *base = path_base(paths.items[i]);
		if (copy_file(paths.items[i], lib, base, err))
			return -1;
		if (is_loader(base))
			loader = base;
	}
	if (!loader)
		return err_set(err, ERR_SYSTEM,
			       "this program was started without a dynamic loader");
	return write_launcher(dirfd, loader, err);
}

int stage_program_install(struct store *store, char **ret_dir, struct err *err)
{
	cleanup(workdir_freep) struct workdir *work = NULL;
	struct stat st;

	if (stat("/proc/self/exe", &st))
		return err_sys(err, "looking at this program");
	autofree char *name =
		xasprintf("program-%llx-%llx-%llx", (unsigned long long)st.st_ino,
			  (unsigned long long)st.st_size, (unsigned long long)st.st_mtim.tv_sec);
	autofree char *relative = path_join("stage0", name);
	char *dir = path_join(store_root(store), relative);
	if (access(dir, F_OK) == 0) {
		*ret_dir = dir;
		return 0;
	}
	autofree char *unused = dir;
	autoclose int fd = -1;
	if (dir_make_all(store_dirfd(store), "stage0", 0755, err) ||
	    workdir_new(store, &work, err) ||
	    dir_make_all(workdir_fd(work), "program", 0755, err) ||
	    dir_open_at(workdir_fd(work), "program", &fd, err) || fill(fd, err))
		return err_wrap(err, "putting this program into a directory for containers");
	if (renameat(workdir_fd(work), "program", store_dirfd(store), relative) &&
	    errno != EEXIST && errno != ENOTEMPTY)
		return err_sys(err, "publishing '%s'", dir);
	*ret_dir = steal(&unused);
	return 0;
}
