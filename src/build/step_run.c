/* step_run.c - RUN: a command in a container over the layers so far, and what it changed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "build/build_private.h"
#include "snap/snap.h"

#include "base/banned.h"

#define SCRIPT_DIR "/dev/pipes" /* where docker shows scripts given as heredocs, too */

struct running {
	struct strlist argv, env;
	struct strlist args;          /* of ARGs: "KEY=VALUE" */
	const struct heredoc *script; /* begins with "#!": run as a program; NULL: none */
	char *network;
	struct container *container;
	struct workdir *workdir; /* of the script */
	int owner[2];            /* when we die, the container goes */
	struct strlist volumes, mounts;
};

static void running_done(struct running *running)
{
	container_close(running->container);
	workdir_free(running->workdir);
	mem_close_at(&running->owner[0]);
	mem_close_at(&running->owner[1]);
	strlist_done(&running->argv);
	strlist_done(&running->env);
	strlist_done(&running->args);
	strlist_done(&running->volumes);
	strlist_done(&running->mounts);
	free(running->network);
}

/* ---- what is run ---- */

static void set_command(struct running *running, const struct step *step)
{
	const struct instruction *instruction = step->instruction;
	const struct run_config *config = &step->stage->tip.config.config;

	if (instruction->is_json) {
		strlist_copy(&running->argv, &instruction->words);
		return;
	}
	if (instruction->is_script && text_starts(instruction->heredocs[0].body, "#!")) {
		running->script = &instruction->heredocs[0];
		strlist_addf(&running->argv, SCRIPT_DIR "/%s", running->script->name);
		return;
	}
	if (config->shell.n) {
		strlist_copy(&running->argv, &config->shell);
	} else {
		strlist_add(&running->argv, "/bin/sh");
		strlist_add(&running->argv, "-c");
	}
	if (instruction->is_script)
		strlist_add(&running->argv, instruction->heredocs[0].body);
	else
		strlist_take(&running->argv,
			     instruction_join_heredocs(instruction, instruction->words.items[0]));
}

/* ENV, and the ARGs that it does not hide. */
static void set_env(struct running *running, const struct step *step)
{
	const struct tip *tip = &step->stage->tip;

	strlist_copy(&running->env, &tip->config.config.env);
	for (size_t i = 0; i < tip->args.n; i++) {
		struct str rest = str_of(tip->args.items[i]);
		autofree char *name = str_dup(str_cut(&rest, '='));
		if (strlist_env_get(&running->env, name))
			continue;
		strlist_add(&running->args, tip->args.items[i]);
	}
	for (size_t i = 0; i < running->args.n; i++)
		strlist_env_set(&running->env, running->args.items[i]);
}

/* Flag over option over the bridge. */
static void set_network(struct running *running, const struct step *step)
{
	const char *flag = instruction_flag(step->instruction, "network");
	const char *option = step->build->options->network;

	if (flag && !text_eq(flag, "default"))
		running->network = xstrdup(flag);
	else
		running->network = xstrdup(option ? option : "bridge");
}

static void plan(struct running *running, const struct step *step)
{
	set_command(running, step);
	set_env(running, step);
	set_network(running, step);
	strlist_copy(&running->volumes, &step->build->options->volumes);
}

/* "RUN |1 A=b /bin/sh -c make", as docker tells it. */
static char *history_text(const struct running *running)
{
	struct buf text = {0};
	autofree char *command = strlist_join(&running->argv, " ");
	autofree char *args = strlist_join(&running->args, " ");

	buf_puts(&text, "RUN ");
	if (running->args.n)
		buf_printf(&text, "|%zu %s ", running->args.n, args);
	buf_puts(&text, command);
	return buf_steal(&text);
}

static void make_key(struct key *key, const struct running *running, const struct step *step)
{
	const struct run_config *config = &step->stage->tip.config.config;

	key_begin(key, step->build, &step->stage->tip, "run");
	key_add_list(key, "argv", &running->argv);
	key_add(key, "script", running->script ? running->script->body : NULL);
	key_add_list(key, "env", &running->env);
	key_add(key, "directory", config->working_dir);
	key_add(key, "user", config->user);
	key_add(key, "network", running->network);
	key_add_list(key, "volumes", &running->volumes);
}

/* ---- the container ---- */

static int mount_script(struct running *running, const struct step *step, struct err *err)
{
	const struct heredoc *script = running->script;

	if (!script)
		return 0;
	if (strchr(script->name, '/') || strchr(script->name, ',') || strchr(script->name, '"'))
		return err_set(err, ERR_INPUT, "the heredoc's name '%s' cannot be that of a script",
			       script->name);
	if (workdir_new(step->build->engine->store, &running->workdir, err) ||
	    file_write_at(workdir_fd(running->workdir), "script", script->body,
			  strlen(script->body), 0755, FILE_NO_SYNC, err))
		return -1;
	strlist_addf(&running->mounts,
		     "type=bind,source=%s/script,target=" SCRIPT_DIR "/%s,readonly",
		     workdir_path(running->workdir), script->name);
	return 0;
}

static int create(struct running *running, const struct step *step, struct err *err)
{
	const struct tip *tip = &step->stage->tip;
	const struct run_config *config = &tip->config.config;

	if (pipe2(running->owner, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	autostrlist struct strlist env = {0};
	strlist_copy(&env, &running->env);
	scope_add_proxies(step->build, &env);
	const struct container_options options = {
		.workdir = config->working_dir ? config->working_dir : "/",
		.user = config->user ? config->user : "",
		.entrypoint = "",
		.entrypoint_given = true,
		.hostname = "build",
		.network = running->network,
		.systemd = "false",
		.volumes = running->volumes,
		.mounts = running->mounts,
		.env = env,
		.is_volatile = true,
		.no_log = true,
		.owner_fd = running->owner[0],
		.label_owner = "build",
		.layers = tip_chain(tip),
	};
	return container_create(step->build->engine, &options, NULL, strlist_argv(&running->argv),
				&running->container, err);
}

struct pump { /* a thread that reads what the command says */
	const struct progress *progress;
	int fd;
};

static void *pump_run(void *arg)
{
	const struct pump *pump = arg;
	char block[4096];
	ssize_t n;

	while ((n = read(pump->fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			progress_tell(pump->progress, &(struct progress_event){.kind = PROGRESS_LOG,
									       .text = block,
									       .len = (size_t)n});
	}
	return NULL;
}

static int start(struct running *running, const struct step *step, int *ret_status, struct err *err)
{
	autoclose int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	autoclose int read_end = -1;
	int fds[2];
	pthread_t thread;

	if (null_fd < 0 || pipe2(fds, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	read_end = fds[0];
	struct pump pump = {step->build->options->progress, read_end};
	if (pthread_create(&thread, NULL, pump_run, &pump)) {
		close(fds[1]);
		return err_set(err, ERR_SYSTEM, "starting a thread");
	}
	/* Ctrl-C is meant for the build: the container goes with us. */
	struct start_options options = {
		.attach = true, .no_signals = true, .fds = {null_fd, fds[1], fds[1]}};
	int failed = container_start(running->container, &options, ret_status, err);
	close(fds[1]);
	pthread_join(thread, NULL);
	return failed;
}

static int err_status(struct err *err, const struct running *running, int status)
{
	autofree char *command = strlist_join(&running->argv, " ");
	return err_set(err, ERR_SYSTEM, "'%s' ended with status %d", command, status);
}

/* ---- what it changed ---- */

static int commit(struct running *running, const struct step *step, struct layer_meta *ret_layer,
		  struct err *err)
{
	struct build *build = step->build;
	cleanup(snap_closep) struct snapshot *snapshot = NULL;
	const struct snap_commit_options options = {
		.pack = {.compression = build->options->compression,
			 .clamp_mtime_ns = build->clamp_ns},
		.consume = true,
		.exclude = container_exclude,
		.exclude_arg = running->container,
	};

	if (container_open_snapshot(running->container, &snapshot, err))
		return -1;
	return snap_commit(snapshot, build->lease, &options, ret_layer, err);
}

static int make(struct step *step, void *arg, struct layer_meta *ret_layer, struct err *err)
{
	struct running *running = arg;
	autoerr struct err late = {0};
	int status = 0;

	progress_tell(step->build->options->progress,
		      &(struct progress_event){.kind = PROGRESS_COMMAND,
					       .text = step->instruction->original,
					       .len = strlen(step->instruction->original)});
	if (mount_script(running, step, err) || create(running, step, err))
		return -1;
	int failed = start(running, step, &status, err);
	if (!failed && status)
		failed = err_status(err, running, status);
	if (!failed)
		failed = commit(running, step, ret_layer, err);
	if (container_remove(running->container, true, true, &late) && !failed) {
		err_move(err, &late);
		return -1;
	}
	return failed ? -1 : 0;
}

int step_run(struct step *step, struct err *err)
{
	cleanup(running_done) struct running running = {.owner = {-1, -1}};
	struct key key;

	plan(&running, step);
	make_key(&key, &running, step);
	autofree char *created_by = history_text(&running);
	return cache_answer(step, &key, created_by, make, &running, err);
}
