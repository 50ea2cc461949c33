/* cmd_stage.c - hull stage: the staged build of a full-system image.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The build runs in a child of its own. Whatever ends it (an error, Ctrl-C, kill -9), the parent is
 * there to take away what it left. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/log.h"
#include "container/options.h"
#include "stage/stage.h"
#include "stage/step.h"
#include "store/check.h"

#include "commands.h"
#include "draw.h"
#include "output.h"

#include "base/banned.h"

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

static int run_build(struct hull *hull, struct stage_opts *opts, struct err *err)
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
static int child_main(struct hull *hull, struct stage_opts *opts, pid_t parent)
{
	autoerr struct err err = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return 1;
	if (!run_build(hull, opts, &err) && !output_flush(&err))
		return 0;
	log_error("%s", err_text(&err));
	return err.kind == ERR_INPUT ? 2 : 1;
}

static int wait_for(pid_t child)
{
	int status = 0;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* What a build that was killed left: its container, its work directories. */
static int take_away(struct hull *hull, struct err *err)
{
	struct sweep_result swept = {0};
	uint64_t n_containers = 0;

	if (container_sweep(&hull->engine, false, &n_containers, err))
		return -1;
	return store_sweep(hull->engine.store, false, &swept, err);
}

/* MS_DOCKER_ARGS stands in front of the words of the command line, which therefore win. All of them
 * become the new MS_DOCKER_ARGS, for the scripts. `ret_words` must outlive the options. */
static int merge_docker_args(struct hull *hull, const struct stage_opts *given,
			     struct strlist *ret_words, struct stage_opts *ret_opts,
			     struct err *err)
{
	const char *args = strlist_env_get(&given->container.env, "MS_DOCKER_ARGS");
	autobuf struct buf joined = {0};
	int n_used = 0;

	if (!args)
		args = getenv("MS_DOCKER_ARGS");
	if (args && step_split_args(args, ret_words, err))
		return -1;
	strlist_add_all(ret_words, &hull->words);
	for (size_t i = 0; i < ret_words->n; i++) {
		buf_puts(&joined, i ? " " : "");
		shell_quote(&joined, ret_words->items[i]);
	}
	if (opt_parse(stage_opts, 0, (int)ret_words->n, ret_words->items, ret_opts, &n_used, err))
		return err_wrap(err, "MS_DOCKER_ARGS");
	if (n_used < (int)ret_words->n)
		return err_set(err, ERR_INPUT, "MS_DOCKER_ARGS: '%s' is not an option",
			       ret_words->items[n_used]);
	strlist_env_setf(&ret_opts->container.env, "MS_DOCKER_ARGS", buf_text(&joined));
	return 0;
}

static int run_and_tidy(struct hull *hull, struct stage_opts *opts, struct err *err)
{
	pid_t parent = getpid();

	fflush(stdout);
	pid_t child = fork();
	if (child < 0)
		return err_sys(err, "starting the build");
	if (child == 0)
		_exit(child_main(hull, opts, parent));
	/* Ctrl-C goes to both: the build ends by it, we stay to tidy up. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	int status = wait_for(child);
	if (status > 128 && take_away(hull, err))
		return -1;
	return status;
}

static int stage_cmd_run(struct hull *hull, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct stage_opts opts = {0};
	autostrlist struct strlist words = {0};

	int status = merge_docker_args(hull, opts_ptr, &words, &opts, err)
			     ? -1
			     : run_and_tidy(hull, &opts, err);
	opt_done(stage_opts, &opts);
	return status;
}

const struct cmd cmd_stage = {
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
	.needs = CMD_NEEDS_ENGINE,
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

	if (args && step_split_args(args, &words, err))
		return -1;
	if (opt_parse(stage_opts, 0, (int)words.n, words.items, &opts, &n_used, err))
		return err_wrap(err, "MS_DOCKER_ARGS");
	int failed = step_enter(&hull->engine, &opts.container, command, &status, err);
	opt_done(stage_opts, &opts);
	return failed ? -1 : status;
}

static int step_run(struct hull *hull, void *opts, int argc, char **argv, struct err *err)
{
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

const struct cmd cmd_step = {
	.name = "step",
	.args = "builder | enter COMMAND [ARG...] | base",
	.summary = "Do a part of a staged build (for stage scripts)",
	.opt_flags = OPT_STOP_AT_ARG,
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = step_run,
};
