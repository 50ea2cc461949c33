/* inject.c - injected_volumes with image_rootfs over it, as one tree, and that tree laid over a
 * root file system. SPDX-License-Identifier: Apache-2.0
 *
 * The user's directories are only read. What is injected keeps everything that a file has; the root
 * and the top directories that the image has already keep their own mode, owner and ACL. A top
 * directory that is a link in the image (/bin) receives the files where it leads. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/reader.h"
#include "layer/apply.h"
#include "layer/tree.h"
#include "stage/stage_private.h"

#include "base/banned.h"

#define BOOTSTRAP     "bootstrap_scripts"
#define CORPUS_TARGET "srv/projects/app/project"

static int copy_over(const char *from, int to, struct err *err)
{
	static const struct tree_copy_options options = {.merge_attributes = true};
	autoclose int fd = -1;
	autoerr struct err why = {0};

	if (dir_open_at(AT_FDCWD, from, &fd, &why)) {
		if (why.kind == ERR_MISSING)
			return 0;
		err_move(err, &why);
		return -1;
	}
	if (tree_copy(fd, to, &options, err))
		return err_wrap(err, "overlaying '%s'", from);
	return 0;
}

static int remember(const struct tree_visit *visit, void *arg, struct err *err)
{
	struct map *injected = arg;
	map_set(injected, visit->entry->path, injected);
	return 0;
}

int stage_inject_assemble(struct stage_build *build, struct err *err)
{
	static const struct tree_options names_only = {.no_xattrs = true};
	const struct stage_settings *s = &build->settings;
	autoclose int fd = -1;

	build->inject_dir = path_join(workdir_path(build->work), "inject");
	if (dir_make_all(AT_FDCWD, build->inject_dir, 0755, err) ||
	    dir_open_at(AT_FDCWD, build->inject_dir, &fd, err))
		return -1;
	if (copy_over(s->injected_dir, fd, err) || copy_over(s->image_rootfs, fd, err))
		return -1;
	return tree_walk(fd, &names_only, remember, &build->injected, err);
}

/* The attributes of a directory of the image that a copy over it would change. */
struct kept_directory {
	int fd;
	struct stat st;
	struct xattrs xattrs;
};

static int keep_attributes(int fd, struct kept_directory *kept, struct err *err)
{
	kept->fd = fd;
	if (fstat(fd, &kept->st))
		return err_sys(err, "looking at a directory of the image");
	return xattrs_read_fd(fd, &kept->xattrs, err);
}

static int restore_attributes(const struct kept_directory *kept, struct err *err)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, kept->st.st_mtim};

	if (fchown(kept->fd, kept->st.st_uid, kept->st.st_gid) ||
	    fchmod(kept->fd, kept->st.st_mode & 07777))
		return err_sys(err, "restoring a directory of the image");
	for (size_t i = 0; i < kept->xattrs.n; i++) {
		const struct xattr *x = &kept->xattrs.items[i];
		if (fsetxattr(kept->fd, x->name, x->value, x->len, 0))
			return err_sys(err, "restoring attribute '%s'", x->name);
	}
	if (futimens(kept->fd, times))
		return err_sys(err, "restoring the time of a directory of the image");
	return 0;
}

/* Below a top directory that the image has, wherever it leads. */
static int merge_directory(int from, int to, struct err *err)
{
	static const struct tree_copy_options options = {.merge_attributes = true};
	struct kept_directory kept = {0};

	int failed = keep_attributes(to, &kept, err) || tree_copy(from, to, &options, err) ||
		     restore_attributes(&kept, err);
	xattrs_done(&kept.xattrs);
	return failed ? -1 : 0;
}

/* Moves a top entry that the image does not have, or has as something else, out of the assembled
 * tree's way: a directory of that one entry is copied whole. */
static int copy_new_entry(struct stage_build *build, int injectfd, const char *name, int rootfd,
			  struct err *err)
{
	static const struct tree_copy_options options = {.merge_attributes = true};
	autoclose int single = -1;

	if (mkdirat(workdir_fd(build->work), "single", 0755))
		return err_sys(err, "making a work directory");
	if (dir_open_at(workdir_fd(build->work), "single", &single, err))
		return -1;
	if (renameat(injectfd, name, single, name))
		return err_sys(err, "setting '%s' aside", name);
	struct kept_directory kept = {0};
	int failed = keep_attributes(rootfd, &kept, err) ||
		     tree_copy(single, rootfd, &options, err) || restore_attributes(&kept, err);
	xattrs_done(&kept.xattrs);
	if (renameat(single, name, injectfd, name) && !failed)
		failed = err_sys(err, "putting '%s' back", name);
	if (unlinkat(workdir_fd(build->work), "single", AT_REMOVEDIR) && !failed)
		failed = err_sys(err, "removing a work directory");
	return failed ? -1 : 0;
}

static int inject_entry(struct stage_build *build, int injectfd, const char *name, int rootfd,
			struct err *err)
{
	autoclose int from =
		openat(injectfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autoclose int to = -1;
	autoerr struct err none = {0};

	if (from >= 0 && !beneath_open(rootfd, name, O_RDONLY | O_DIRECTORY, 0, &to, &none))
		return merge_directory(from, to, err);
	return copy_new_entry(build, injectfd, name, rootfd, err);
}

int stage_corpus_head(const struct stage_settings *settings, char **ret_commit, struct err *err)
{
	autofree char *git = path_join(settings->image_dir, ".git");
	autofree char *salt = path_join(settings->image_dir, ".salt");
	autobuf struct buf out = {0}, errors = {0};
	char *argv[] = {"git",
			"-c",
			"safe.directory=*",
			"-C",
			settings->image_dir,
			"rev-parse",
			"--verify",
			"HEAD",
			NULL};
	const struct proc_options options = {.argv = argv, .fd_stdin = -1};
	int status = 0;

	*ret_commit = NULL;
	if (access(git, F_OK) || access(salt, F_OK))
		return 0;
	if (proc_run(&options, (struct str){0}, &out, &errors, -1, &status, err))
		return -1;
	if (status)
		return err_set(err, ERR_INPUT, "the project in '%s' has no commit to deploy: %.*s",
			       settings->image_dir, STR_ARG(str_trim(buf_str(&errors))));
	*ret_commit = str_dup(str_trim(buf_str(&out)));
	return 0;
}

/* The committed tree and nothing else: no changes that were not committed, no history, no remote
 * with a password. */
static int deploy_corpus(struct stage_build *build, int rootfd, struct err *err)
{
	char *argv[] = {
		"git",     "-c",           "safe.directory=*", "-C", build->settings.image_dir,
		"archive", "--format=tar", build->corpus,      NULL};
	autoclose int projectfd = -1;
	int pipe_fds[2], status = 0;
	pid_t pid = 0;

	if (beneath_make_dirs(rootfd, CORPUS_TARGET, 0755, &projectfd, err))
		return -1;
	if (pipe2(pipe_fds, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	autoreader struct reader *tar = reader_of_fd(pipe_fds[0]);
	const struct proc_options options = {
		.argv = argv, .fd_stdin = -1, .fd_stdout = pipe_fds[1], .fd_stderr = 2};
	int failed = proc_start(&options, &pid, err);
	close(pipe_fds[1]);
	if (failed)
		return -1;
	const struct apply_options apply = {.form = APPLY_MERGED, .no_whiteouts = true};
	struct apply_result result = {0};
	autoerr struct err wait_err = {0};
	failed = layer_apply(tar, projectfd, &apply, &result, err);
	int waited = proc_wait(pid, &status, &wait_err);
	if (failed)
		return err_wrap(err, "deploying the project's commit");
	if (waited || status)
		return err_set(err, ERR_SYSTEM, "git archive of '%s' failed with status %d",
			       build->corpus, status);
	stage_log(build, "project app: commit %s, %llu files\n", build->corpus,
		  (unsigned long long)result.n_entries);
	map_set(&build->injected, CORPUS_TARGET, build);
	return 0;
}

int stage_inject_apply(struct stage_build *build, struct err *err)
{
	autoclose int injectfd = -1, rootfd = -1;
	autostrlist struct strlist names = {0};

	if (dir_open_at(AT_FDCWD, build->inject_dir, &injectfd, err) ||
	    dir_open_at(AT_FDCWD, container_rootfs(build->container), &rootfd, err) ||
	    dir_list(injectfd, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (text_eq(names.items[i], BOOTSTRAP)) /* mounted, not injected */
			continue;
		if (inject_entry(build, injectfd, names.items[i], rootfd, err))
			return err_wrap(err, "injecting '/%s'", names.items[i]);
	}
	return build->corpus ? deploy_corpus(build, rootfd, err) : 0;
}
