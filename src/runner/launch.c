/* launch.c - a project's start: pillar, ssh keys, reconfigure.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/strlist.h"
#include "init/say.h"
#include "runner/environment.h"
#include "runner/keys.h"
#include "runner/limits.h"
#include "runner/place.h"

#include "base/banned.h"

#define VOLUME_PILLAR "configuration/pillar.sls"

struct project {
	const struct model *model;
	char *root; /* PROJECT, absolute and free of links */
	char *top, *volume;
	char *name;
};

static void project_done(struct project *project)
{
	free(project->root);
	free(project->top);
	free(project->volume);
	free(project->name);
}

/* ---- where it is ---- */

/* Without the last component; "/" stays. */
static char *parent_of(const char *path)
{
	size_t len = (size_t)(path_base(path) - path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	return xstrndup(path, len);
}

static bool is_launcher_name(const char *name)
{
	return text_eq(name, "launch.sh") || text_eq(name, "launch");
}

/* Its directory resolved, the last component as it is. NULL: it is not there. */
static char *resolve_parent(const char *path)
{
	autofree char *dir = strchr(path, '/') ? parent_of(path) : xstrdup(".");
	autofree char *real = realpath(dir, NULL);
	return real ? path_join(real, path_base(path)) : NULL;
}

char *launch_project_of(const char *launcher)
{
	autofree char *path = resolve_parent(launcher);
	/* A link to a launcher is followed; one from a launcher to this program is the launcher. */
	for (int i = 0; path && i < LIMIT_LAUNCHER_LINKS; i++) {
		char target[PATH_MAX];
		ssize_t len = readlink(path, target, sizeof(target) - 1);
		if (len <= 0)
			break;
		target[len] = '\0';
		if (!is_launcher_name(path_base(target)))
			break;
		autofree char *dir = parent_of(path);
		autofree char *next = *target == '/' ? xstrdup(target) : path_join(dir, target);
		free(path);
		path = resolve_parent(next);
	}
	if (!path || !is_launcher_name(path_base(path)))
		return NULL;
	autofree char *bin = parent_of(path);
	return text_eq(path_base(bin), "bin") ? parent_of(bin) : NULL;
}

static int project_find(const struct model *model, const struct launch_options *options,
			struct project *ret_project, struct err *err)
{
	autofree char *called = options->launcher ? launch_project_of(options->launcher) : NULL;
	const char *root = options->project        ? options->project
			   : model->launch.project ? model->launch.project
						   : called;
	const char *name = options->name ? options->name : model->launch.name;
	if (!root)
		return err_set(err, ERR_INPUT,
			       "no project is known: call PROJECT/bin/launch.sh, or give --project "
			       "or 'project' in [launch]");
	struct project project = {.model = model};
	if (path_real(root, &project.root, err))
		return err_wrap(err, "project");
	project.top = parent_of(project.root);
	project.volume = path_join(project.top, "data");
	if (!name)
		name = text_eq(path_base(project.root), "project") ? path_base(project.top)
								   : path_base(project.root);
	project.name = xstrdup(name);
	*ret_project = project;
	return 0;
}

/* ---- commands ---- */

/* Its output is ours; it finds PROJECT, VOLUME and PROJECT_NAME. */
static int run_command(const struct project *project, const char *const *words, const char *what,
		       int *ret_status, struct err *err)
{
	autostrlist struct strlist env = {0};
	for (const char **at = project->model->env; at && *at; at++)
		strlist_add(&env, *at);
	strlist_env_setf(&env, "PROJECT", project->root);
	strlist_env_setf(&env, "PROJECT_NAME", project->name);
	strlist_env_setf(&env, "VOLUME", project->volume);
	struct proc_options options = {
		.argv = (char *const *)words,
		.env = strlist_argv(&env),
		.cwd = project->root,
		.fd_stdin = -1,
		.fd_stdout = STDOUT_FILENO,
		.fd_stderr = STDERR_FILENO,
	};
	pid_t pid;
	int status;
	say(LOG_INFO, "launch", "%s: %s", what, words[0]);
	if (proc_start(&options, &pid, err) || proc_wait(pid, &status, err))
		return err_wrap(err, "%s", what);
	if (status)
		say(LOG_ERROR, "launch", "%s failed with status %d", what, status);
	*ret_status = status;
	return 0;
}

/* ---- the pillar ---- */

static int read_regular(int fd, const char *path, struct buf *ret_text, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st))
		return err_sys(err, "examining '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s' is not a regular file", path);
	ret_text->max = LIMIT_TEMPLATE;
	return io_read_all(fd, ret_text, err);
}

/* A path that was given is the operator's; the volume's own may hold links that lead nowhere but
 * into the volume. False: there is none. */
static int read_pillar(const struct project *project, struct buf *ret_text, bool *ret_found,
		       struct err *err)
{
	const char *given =
		environment_get((const char *const *)project->model->env, STR("pillar"));
	const char *path = given && *given ? given : project->model->launch.pillar_source;
	autoclose int fd = -1;
	*ret_found = false;
	if (path) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0 && errno == ENOENT) {
			say(LOG_WARN, "launch", "no pillar at '%s', ignoring", path);
			return 0;
		}
		if (fd < 0)
			return file_err(err, "opening", path);
	} else {
		autoclose int volume = open(project->volume, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (volume < 0 && errno == ENOENT)
			return 0;
		if (volume < 0)
			return file_err(err, "opening", project->volume);
		autoerr struct err missing = {0};
		path = VOLUME_PILLAR;
		if (beneath_open(volume, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, &missing))
			return missing.kind == ERR_MISSING
				       ? 0
				       : err_set(err, missing.kind, "%s", err_text(&missing));
	}
	*ret_found = true;
	return read_regular(fd, path, ret_text, err);
}

/* It may hold secrets: what is new is for root and its group; what was there keeps owner and mode.
 */
static int place_pillar(const char *dest, const struct buf *text, struct err *err)
{
	struct stat st;
	bool has_old = !lstat(dest, &st) && S_ISREG(st.st_mode);
	autobuf struct buf old = {0};
	autoerr struct err unread = {0};
	if (has_old && !file_read_at(AT_FDCWD, dest, LIMIT_TEMPLATE, &old, &unread) &&
	    str_eq(buf_str(&old), buf_str(text))) {
		say(LOG_DEBUG, "launch", "the pillar is the same as before");
		return 0;
	}
	autoplacement struct placement placement = {0};
	if (place_begin(dest, &placement, err))
		return -1;
	if (has_old && fchown(placement.fd, st.st_uid, st.st_gid))
		return err_sys(err, "giving '%s' to its owner", dest);
	if (fchmod(placement.fd, has_old ? st.st_mode & 07777 : 0640))
		return err_sys(err, "changing the mode of '%s'", dest);
	if (io_write_all(placement.fd, text->ptr, text->len, err) || place_commit(&placement, err))
		return -1;
	say(LOG_INFO, "launch", "the volume's pillar is '%s' now", dest);
	return 0;
}

static int copy_pillar(const struct project *project, struct err *err)
{
	autobuf struct buf text = {0};
	autofree char *dest = path_join(project->top, "pillar/init.sls");
	bool found;
	if (read_pillar(project, &text, &found, err))
		return err_wrap(err, "pillar");
	if (!found) {
		say(LOG_DEBUG, "launch", "no pillar in the volume");
		return 0;
	}
	if (place_pillar(dest, &text, err))
		return err_wrap(err, "pillar");
	return 0;
}

/* ---- keys ---- */

static int import_keys(const struct project *project, struct err *err)
{
	autoclose int rootfd = -1;
	autobuf struct buf report = {0};
	autofree char *first = path_join(project->volume, "ssh");
	autofree char *second = path_join(project->volume, "ms_ssh");
	const char *dirs[] = {first, second, "/ms_ssh", NULL};
	struct keys_spec keys = {.user = "root", .dirs = {dirs, ARRAY_LEN(dirs) - 1}};
	if (project->model->launch.key_dirs.n)
		keys.dirs = project->model->launch.key_dirs;
	if (dir_open_at(AT_FDCWD, "/", &rootfd, err) || keys_import(rootfd, &keys, &report, err))
		return -1;
	for (struct str rest = buf_str(&report); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		say(str_starts(line, STR("fail")) ? LOG_WARN : LOG_INFO, "keys", "%.*s",
		    STR_ARG(line));
	}
	return 0;
}

/* ---- reconfigure ---- */

/* In PATH, else beside this program. */
static int find_hull_state(char **ret_path, struct err *err)
{
	autoerr struct err missing = {0};
	if (!proc_find("hull-state", ret_path, &missing))
		return 0;
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len > 0) {
		self[len] = '\0';
		autofree char *dir = parent_of(self);
		autofree char *path = path_join(dir, "hull-state");
		if (!access(path, X_OK)) {
			*ret_path = steal(&path);
			return 0;
		}
	}
	return err_set(err, ERR_MISSING,
		       "reconfigure: 'hull-state' is neither in PATH nor beside hull-init; give "
		       "'reconfigure' in [launch] a command of yours");
}

static int reconfigure(const struct project *project, int *ret_status, struct err *err)
{
	autofree char *program = NULL;
	if (find_hull_state(&program, err))
		return -1;
	const char *words[] = {program,   "deploy",  project->name, "--only",
			       "install", "--steps", "050_conf",    NULL};
	return run_command(project, words, "reconfigure", ret_status, err);
}

/* ---- all of it ---- */

static int steps(const struct project *project, const struct launch_options *options,
		 int *ret_status, struct err *err)
{
	const struct launch_spec *spec = &project->model->launch;
	int status = 0;
	if (spec->pillar.n ? run_command(project, spec->pillar.items, "pillar", &status, err)
			   : copy_pillar(project, err))
		return -1;
	if (!status && (options->ssh_config || options->re_configure) &&
	    (spec->sshconfig.n
		     ? run_command(project, spec->sshconfig.items, "sshconfig", &status, err)
		     : import_keys(project, err)))
		return -1;
	if (!status && options->re_configure &&
	    (spec->reconfigure.n
		     ? run_command(project, spec->reconfigure.items, "reconfigure", &status, err)
		     : reconfigure(project, &status, err)))
		return -1;
	*ret_status = status;
	return 0;
}

int launch_prepare(const struct model *model, const struct launch_options *options, int *ret_status,
		   struct err *err)
{
	cleanup(project_done) struct project project = {0};
	if (project_find(model, options, &project, err))
		return -1;
	return steps(&project, options, ret_status, err);
}

/* ---- the words of salt ---- */

/* YAML 1.1's scalars for a truth value, and numbers as the original's callers wrote them. */
static bool parse_truth(const char *text, bool *ret_value)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {{"true", true},   {"yes", true}, {"on", true},   {"y", true},  {"1", true},
		     {"false", false}, {"no", false}, {"off", false}, {"n", false}, {"0", false}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is_nocase(str_of(text), words[i].text)) {
			*ret_value = words[i].value;
			return true;
		}
	return false;
}

int launch_word(const char *word, struct launch_options *options, struct err *err)
{
	static const char *const names[] = {"ssh_config", "re_configure", "name", "project", NULL};
	struct str rest = str_of(word);
	struct str name = str_cut(&rest, '=');
	if (!rest.ptr || str_starts(name, STR("-")))
		return err_set(err, ERR_INPUT, "'%s' is no word of launch: NAME=VALUE", word);
	bool is_ssh = str_is(name, "ssh_config");
	if (is_ssh || str_is(name, "re_configure")) {
		if (!parse_truth(rest.ptr, is_ssh ? &options->ssh_config : &options->re_configure))
			return err_set(err, ERR_INPUT, "'%s' is neither True nor False", word);
		return 0;
	}
	if (str_is(name, "name")) {
		options->name = rest.ptr;
		return 0;
	}
	if (str_is(name, "project")) {
		options->project = rest.ptr;
		return 0;
	}
	autofree char *text = str_dup(name);
	const char *nearest = str_nearest(text, names);
	return err_set(err, ERR_INPUT, "unknown word '%s'%s%s%s", text,
		       nearest ? " (did you mean '" : "", nearest ? nearest : "",
		       nearest ? "'?)" : "");
}
