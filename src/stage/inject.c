/* inject.c - injected_volumes and image_rootfs as one tree, laid over a root file system.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The user's directories are only read. What is injected keeps everything that a file has; the root
 * and the top directories that the image has already keep their own mode, owner and ACL. A top
 * directory that is a link in the image (/bin) receives the files where it leads. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/reader.h"
#include "layer/apply.h"
#include "layer/attributes.h"
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

/* What a layer cannot hold is refused now, not after the whole build. */
static int remember(const struct tree_visit *visit, void *arg, struct err *err)
{
	struct map *injected = arg;
	map_set(injected, visit->entry->path, injected);
	return tree_check_name(visit->entry, visit->name, err);
}

/* Whatever copy of a script is used, it must be one that can be run. */
static int make_scripts_executable(int injectfd, struct err *err)
{
	autoclose int fd = -1;

	if (dir_open_at(injectfd, BOOTSTRAP, &fd, err))
		return -1;
	for (enum stage_file which = 0; which < N_STAGE_FILES; which++)
		if (fchmodat(fd, stage_file_name(which), stage_file_mode(which), 0))
			return file_err(err, "changing the mode of", stage_file_name(which));
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
	if (copy_over(s->injected_dir, fd, err) || copy_over(s->image_rootfs, fd, err) ||
	    make_scripts_executable(fd, err))
		return -1;
	return tree_walk(fd, &names_only, remember, &build->injected, err);
}

/* The assembled tree on its way into the image: what must not be copied as it stands waits aside.
 */
struct injection {
	int injectfd, rootfd, asidefd;
	struct strlist aside;
};

static void injection_done(struct injection *injection)
{
	mem_close_at(&injection->injectfd);
	mem_close_at(&injection->rootfd);
	mem_close_at(&injection->asidefd);
	strlist_done(&injection->aside);
}

static int set_aside(struct injection *injection, const char *name, struct err *err)
{
	if (renameat(injection->injectfd, name, injection->asidefd, name))
		return err_sys(err, "setting '%s' aside", name);
	strlist_add(&injection->aside, name);
	return 0;
}

static int put_back(struct injection *injection, struct err *err)
{
	for (size_t i = 0; i < injection->aside.n; i++) {
		const char *name = injection->aside.items[i];
		if (renameat(injection->asidefd, name, injection->injectfd, name))
			return err_sys(err, "putting '%s' back", name);
	}
	return 0;
}

/* The injected directory takes the attributes of the image's own, so that copying it over that one
 * changes nothing but what it holds. */
static int adopt_attributes(int own, int injected, const char *name, struct err *err)
{
	struct entry entry = {0};
	struct stat own_st, st;

	if (fstat(own, &own_st) || fstat(injected, &st))
		return err_sys(err, "looking at '%s'", name);
	const struct made made = {
		.fd = injected,
		.dirfd = -1,
		.name = name,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.mode = st.st_mode & 07777,
		.was_there = true,
	};
	int failed = attributes_read(own, ".", &own_st, &entry, err) < 0 ||
		     xattrs_read_fd(own, &entry.xattrs, err) ||
		     attributes_write(&made, &entry, err) ||
		     attributes_set_time(injected, -1, name, stat_mtime_ns(&own_st), err);
	entry_clear(&entry);
	return failed ? -1 : 0;
}

/* One name at the top. A directory that the image has keeps its own attributes; where the image has
 * a link to one (/bin), the files go where it leads, later. */
static int prepare_entry(struct injection *injection, const char *name, struct err *err)
{
	autoclose int from =
		openat(injection->injectfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autoclose int own =
		openat(injection->rootfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autoclose int target = -1;
	autoerr struct err none = {0};

	if (text_eq(name, BOOTSTRAP)) /* mounted, not injected */
		return set_aside(injection, name, err);
	if (from < 0)
		return 0;
	if (own >= 0)
		return adopt_attributes(own, from, name, err);
	if (beneath_open(injection->rootfd, name, O_RDONLY | O_DIRECTORY, 0, &target, &none))
		return 0;
	return set_aside(injection, name, err);
}

static int copy_linked(struct injection *injection, const char *name, struct err *err)
{
	static const struct tree_copy_options options = {.merge_attributes = true};
	autoclose int from = -1, to = -1;

	if (text_eq(name, BOOTSTRAP))
		return 0;
	if (dir_open_at(injection->asidefd, name, &from, err) ||
	    beneath_open(injection->rootfd, name, O_RDONLY | O_DIRECTORY, 0, &to, err))
		return -1;
	return tree_copy(from, to, &options, err);
}

/* One copy of everything at once keeps hard links between any two directories. */
static int inject_tree(struct injection *injection, struct err *err)
{
	static const struct tree_copy_options options = {.merge_attributes = true};
	autostrlist struct strlist names = {0};

	if (dir_list(injection->injectfd, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (prepare_entry(injection, names.items[i], err))
			return err_wrap(err, "injecting '/%s'", names.items[i]);
	if (tree_copy(injection->injectfd, injection->rootfd, &options, err))
		return err_wrap(err, "injecting files");
	for (size_t i = 0; i < injection->aside.n; i++)
		if (copy_linked(injection, injection->aside.items[i], err))
			return err_wrap(err, "injecting '/%s'", injection->aside.items[i]);
	return put_back(injection, err);
}

int stage_corpus_head(const struct stage_settings *settings, char **ret_commit, struct err *err)
{
	autofree char *git = path_join(settings->image_dir, ".git");
	autofree char *salt = path_join(settings->image_dir, ".salt");
	autobuf struct buf out = {0}, errors = {0};
	const char *const argv[] = {"git",
				    "-c",
				    "safe.directory=*",
				    "-C",
				    settings->image_dir,
				    "rev-parse",
				    "--verify",
				    "HEAD",
				    NULL};
	const struct proc_options options = {.argv = (char *const *)argv, .fd_stdin = -1};
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

static int remember_below(const struct tree_visit *visit, void *arg, struct err *err)
{
	autofree char *path = path_join(CORPUS_TARGET, visit->entry->path);
	map_set(arg, path, arg);
	return 0;
}

/* With all its parents, as the scrub wants them. */
static int remember_corpus(struct map *injected, int projectfd, struct err *err)
{
	static const struct tree_options names_only = {.no_xattrs = true};

	for (const char *c = CORPUS_TARGET; *c; c++)
		if (*c == '/') {
			autofree char *parent =
				xstrndup(CORPUS_TARGET, (size_t)(c - CORPUS_TARGET));
			map_set(injected, parent, injected);
		}
	map_set(injected, CORPUS_TARGET, injected);
	return tree_walk(projectfd, &names_only, remember_below, injected, err);
}

/* The committed tree and nothing else: no changes that were not committed, no history, no remote
 * with a password. */
static int deploy_corpus(struct stage_build *build, int rootfd, struct err *err)
{
	const char *const argv[] = {
		"git",
		"-c",
		"safe.directory=*",
		"-c",
		"tar.umask=0022",
		"-C",
		build->settings.image_dir,
		"archive",
		"--format=tar",
		build->corpus,
		NULL,
	};
	autoclose int projectfd = -1;
	int pipe_fds[2], status = 0;
	pid_t pid = 0;

	if (beneath_make_dirs(rootfd, CORPUS_TARGET, 0755, &projectfd, err))
		return -1;
	if (pipe2(pipe_fds, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	autoreader struct reader *tar = reader_of_fd(pipe_fds[0]);
	const struct proc_options options = {.argv = (char *const *)argv,
					     .fd_stdin = -1,
					     .fd_stdout = pipe_fds[1],
					     .fd_stderr = 2};
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
	return remember_corpus(&build->injected, projectfd, err);
}

int stage_inject_apply(struct stage_build *build, struct err *err)
{
	cleanup(injection_done) struct injection injection = {
		.injectfd = -1, .rootfd = -1, .asidefd = -1};
	autofree char *aside = path_join(workdir_path(build->work), "aside");

	if (dir_open_at(AT_FDCWD, build->inject_dir, &injection.injectfd, err) ||
	    dir_open_at(AT_FDCWD, container_rootfs(build->container), &injection.rootfd, err) ||
	    dir_make_all(AT_FDCWD, aside, 0700, err) ||
	    dir_open_at(AT_FDCWD, aside, &injection.asidefd, err) || inject_tree(&injection, err))
		return -1;
	return build->corpus ? deploy_corpus(build, injection.rootfd, err) : 0;
}
