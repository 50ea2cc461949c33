/* cmd_stage.c - hull stage: the staged build of a full-system image.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Three processes: the build; we, who wait for it; and a watch in a session of its own that hears
 * when the build ends without having tidied up (Ctrl-C, kill -9 of either) and takes away what it
 * left. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/log.h"
#include "container/options.h"
#include "stage/args.h"
#include "stage/stage.h"
#include "stage/step.h"
#include "store/check.h"

#include "commands.h"
#include "draw.h"
#include "output.h"

#include "base/banned.h"

#define LIMIT_SESSIONS 8 /* of scripts on the host; a build has one */

struct stage_opts {
	struct container_options container;
	bool keep, shell, dry_run, no_cache, plain, json, quiet;
	const char *config, *report, *compression;
};

static const struct opt stage_opts[] = {
	{0, "keep", OPT_FLAG, offsetof(struct stage_opts, keep), NULL,
	 "Leave the container of a failed build"},
	{0, "shell", OPT_FLAG, offsetof(struct stage_opts, shell), NULL,
	 "Open a shell where the build failed"},
	{0, "dry-run", OPT_FLAG, offsetof(struct stage_opts, dry_run), NULL,
	 "Print the plan and change nothing"},
	{0, "no-cache", OPT_FLAG, offsetof(struct stage_opts, no_cache), NULL,
	 "Do everything anew"},
	{0, "plain", OPT_FLAG, offsetof(struct stage_opts, plain), NULL, "Progress as plain lines"},
	{0, "json", OPT_FLAG, offsetof(struct stage_opts, json), NULL,
	 "Progress as JSON events on standard output"},
	{'q', "quiet", OPT_FLAG, offsetof(struct stage_opts, quiet), NULL,
	 "Print the digest of the candidate only"},
	{0, "config", OPT_STRING, offsetof(struct stage_opts, config), "FILE",
	 "NAME=VALUE lines, weaker than the environment"},
	{0, "report", OPT_STRING, offsetof(struct stage_opts, report), "FILE",
	 "Write an HTML page about the build"},
	{0, "compression", OPT_STRING, offsetof(struct stage_opts, compression), "NAME",
	 "Layer: gzip (default), zstd or none"},
	CONTAINER_OPTION_ROWS(struct stage_opts, container),
	{0},
};

static enum draw_mode draw_mode_of(const struct stage_opts *opts)
{
	if (opts->json)
		return DRAW_JSON;
	if (opts->quiet)
		return DRAW_QUIET;
	return opts->plain ? DRAW_PLAIN : DRAW_AUTO;
}

static int run_build(struct hull *hull, struct stage_opts *opts, int watch_fd, struct err *err)
{
	cleanup(draw_freep) struct draw *draw = draw_new(draw_mode_of(opts));
	struct stage_options options = {
		.run = opts->container,
		.keep = opts->keep,
		.shell = opts->shell,
		.dry_run = opts->dry_run,
		.no_cache = opts->no_cache,
		.config = opts->config,
		.report = opts->report,
		.session_fd = watch_fd,
		.progress = draw_progress(draw),
		.compression = COMPRESSION_GZIP,
	};

	if (opts->compression && compression_parse(opts->compression, &options.compression, err))
		return err_wrap(err, "--compression");
	int failed = stage_run(&hull->engine, &options, err);
	draw_table(draw);
	return failed ? -1 : 0;
}

/* The child's errors are printed by the child; its status is ours. */
static int build_main(struct hull *hull, struct stage_opts *opts, pid_t parent, int watch_fd)
{
	static const pid_t all_is_well;
	autoerr struct err err = {0};
	int status = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return 1;
	if (run_build(hull, opts, watch_fd, &err) || output_flush(&err)) {
		log_error("%s", err_text(&err));
		status = err.kind == ERR_INPUT ? 2 : 1;
	}
	if (write(watch_fd, &all_is_well, sizeof(all_is_well)) < 0)
		return 1;
	return status;
}

/* ---- the one that outlives the build and takes away what it left ---- */

static void end_session(pid_t leader)
{
	static const struct timespec moment = {.tv_nsec = 20000000};

	kill(-leader, SIGKILL);
	/* Until they are gone they hold their locks. */
	for (int tries = 0; tries < 100 && kill(-leader, 0) == 0; tries++)
		nanosleep(&moment, NULL);
}

/* Its containers, mounts, networks, work directories. */
static int take_away(struct hull *hull, struct err *err)
{
	struct sweep_result swept = {0};
	uint64_t n_containers = 0;

	if (container_sweep(&hull->engine, false, &n_containers, err))
		return -1;
	return store_sweep(hull->engine.store, false, &swept, err);
}

/* Hears the sessions that the build begins on the host, and 0 when it tidied up by itself. */
static int watch_main(struct hull *hull, int watch_fd)
{
	pid_t sessions[LIMIT_SESSIONS], heard = 0;
	size_t n = 0;
	autoerr struct err err = {0};

	/* Neither Ctrl-C nor a terminal that goes away ends this one. */
	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	while (io_read_full(watch_fd, &heard, sizeof(heard), &err) == sizeof(heard)) {
		if (!heard)
			return 0;
		if (n < LIMIT_SESSIONS)
			sessions[n++] = heard;
	}
	for (size_t i = 0; i < n; i++)
		end_session(sessions[i]);
	return err_is_set(&err) || take_away(hull, &err) ? 1 : 0;
}

static int wait_for(pid_t child)
{
	int status = 0;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int start_watch(struct hull *hull, int fds[2], pid_t *ret_pid, struct err *err)
{
	if (pipe2(fds, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	fflush(NULL);
	*ret_pid = fork();
	if (*ret_pid == 0) {
		close(fds[1]);
		_exit(watch_main(hull, fds[0]));
	}
	close(fds[0]);
	if (*ret_pid < 0) {
		close(fds[1]);
		return err_sys(err, "starting the watch over the build");
	}
	return 0;
}

static int run_and_tidy(struct hull *hull, struct stage_opts *opts, struct err *err)
{
	pid_t parent = getpid(), watch = 0;
	int fds[2];

	if (hull_need_engine(hull, err) || start_watch(hull, fds, &watch, err))
		return -1;
	pid_t child = fork();
	if (child == 0)
		_exit(build_main(hull, opts, parent, fds[1]));
	close(fds[1]);
	if (child < 0) {
		wait_for(watch);
		return err_sys(err, "starting the build");
	}
	/* Ctrl-C goes to the build as well: it ends by it, we stay until all is tidy. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	int status = wait_for(child);
	if (wait_for(watch))
		return err_set(err, ERR_SYSTEM,
			       "not all that the build left could be taken away: "
			       "`hull system prune` tells why");
	return status;
}

/* The row of an option that is about the build and not about its containers; NULL: none such. */
static const struct opt *find_own_option(const char *word)
{
	for (const struct opt *row = stage_opts; row->name; row++) {
		size_t len = strlen(row->name);
		if (row->offset < sizeof(struct container_options))
			continue;
		if (row->letter && word[0] == '-' && word[1] == row->letter && !word[2])
			return row;
		if (text_starts(word, "--") && strncmp(word + 2, row->name, len) == 0 &&
		    (!word[2 + len] || word[2 + len] == '='))
			return row;
	}
	return NULL;
}

static void join_run_options(const struct strlist *words, struct buf *ret_joined)
{
	for (size_t i = 0; i < words->n; i++) {
		const struct opt *own = find_own_option(words->items[i]);
		if (own) {
			i += own->type != OPT_FLAG && !strchr(words->items[i], '=');
			continue;
		}
		buf_puts(ret_joined, ret_joined->len ? " " : "");
		shell_quote(ret_joined, words->items[i]);
	}
}

/* MS_DOCKER_ARGS stands in front of the words of the command line, which therefore win. What
 * is about containers becomes the new MS_DOCKER_ARGS, for the scripts. `ret_words` must outlive the
 * options. */
static int merge_docker_args(struct hull *hull, const struct stage_opts *given,
			     struct strlist *ret_words, struct stage_opts *ret_opts,
			     struct err *err)
{
	const char *args = strlist_env_get(&given->container.env, "MS_DOCKER_ARGS");
	autobuf struct buf joined = {0};
	int n_used = 0;

	if (!args)
		args = getenv("MS_DOCKER_ARGS");
	if (args && args_split(args, "MS_DOCKER_ARGS", ret_words, err))
		return -1;
	strlist_add_all(ret_words, &hull->words);
	join_run_options(ret_words, &joined);
	if (opt_parse(stage_opts, 0, (int)ret_words->n, ret_words->items, ret_opts, &n_used, err))
		return err_wrap(err, "MS_DOCKER_ARGS");
	if (n_used < (int)ret_words->n)
		return err_set(err, ERR_INPUT, "MS_DOCKER_ARGS: '%s' is not an option",
			       ret_words->items[n_used]);
	strlist_env_setf(&ret_opts->container.env, "MS_DOCKER_ARGS", buf_text(&joined));
	return 0;
}

static int stage_cmd_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	struct stage_opts opts = {0};
	autostrlist struct strlist words = {0};

	int status = merge_docker_args(hull, opts_ptr, &words, &opts, err);
	if (!status)
		status = opts.dry_run ? run_build(hull, &opts, 0, err)
				      : run_and_tidy(hull, &opts, err);
	opt_done(stage_opts, &opts);
	return status;
}

const struct command cmd_stage = {
	.name = "stage",
	.args = "",
	.summary =
		"Build a full-system image in stages: base, injected files, boot, self-test, candidate",
	.details =
		"Settings are MS_* variables, from the environment or -e (which wins). Options of `hull run` reach the\n"
		"build's containers. See hull-stage(1).",
	.opts = stage_opts,
	.opts_size = sizeof(struct stage_opts),
	.max_args = 0,
	.needs = CMD_NEEDS_NOTHING, /* --dry-run opens no store */
	.run = stage_cmd_run,
};

/* ---- hull step: what the stage scripts call ---- */

static int step_with_progress(struct hull *hull,
			      int (*step)(struct engine *, const struct progress *, struct err *),
			      struct err *err)
{
	cleanup(draw_freep) struct draw *draw = draw_new(DRAW_PLAIN);
	return step(&hull->engine, draw_progress(draw), err);
}

static int enter(struct hull *hull, char *const *command, struct err *err)
{
	struct stage_opts opts = {0};
	autostrlist struct strlist words = {0};
	const char *args = getenv("MS_DOCKER_ARGS");
	int n_used = 0, status = -1;

	if (args && args_split(args, "MS_DOCKER_ARGS", &words, err))
		return -1;
	if (opt_parse(stage_opts, 0, (int)words.n, words.items, &opts, &n_used, err))
		return err_wrap(err, "MS_DOCKER_ARGS");
	int failed = step_enter(&hull->engine, &opts.container, command, &status, err);
	opt_done(stage_opts, &opts);
	return failed ? -1 : status;
}

static int step_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	if (text_eq(argv[0], "builder"))
		return step_with_progress(hull, step_builder, err);
	if (text_eq(argv[0], "base"))
		return step_with_progress(hull, step_base, err);
	if (!text_eq(argv[0], "enter"))
		return err_set(err, ERR_INPUT, "unknown step '%s' (builder, enter, base)", argv[0]);
	if (argc < 2)
		return err_set(err, ERR_INPUT,
			       "'hull step enter' needs the command to run in the builder");
	return enter(hull, argv + 1, err);
}

const struct command cmd_step = {
	.name = "step",
	.args = "builder | enter COMMAND [ARG...] | base",
	.summary = "Do a part of a staged build (for stage scripts)",
	.opt_flags = OPT_STOP_AT_ARG,
	.is_hidden = true,
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = step_run,
};
