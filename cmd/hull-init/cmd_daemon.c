/* cmd_daemon.c - hull-init daemon: wait, prepare, start, tell by a file, stop; one program.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "ini/parse.h"
#include "init/supervisor.h"
#include "prepare.h"
#include "runner/run.h"
#include "runner/wait.h"

#include "base/banned.h"

struct daemon_opts {
	const char *user, *group, *cwd, *signal, *semaphore, *semaphore_when, *ready;
	const char *output, *errors; /* files */
	struct strlist waits, inits;
	int64_t wait_timeout, stop_timeout;
	bool wait_timeout_given, stop_timeout_given;
};
#define AT(field) offsetof(struct daemon_opts, field)
static const struct opt daemon_opts[] = {
	{'u', "user", OPT_STRING, AT(user), "USER", "Run as USER, with all of its groups"},
	{'g', "group", OPT_STRING, AT(group), "GROUP", "Run with GROUP as the first one"},
	{0, "cwd", OPT_STRING, AT(cwd), "DIR", "Run in DIR"},
	{'w', "wait", OPT_LIST, AT(waits), "TARGET",
	 "First wait for TARGET (see 'hull-init wait'; several: in this order)"},
	{0, "wait-timeout", OPT_DURATION, AT(wait_timeout), "TIME",
	 "Give up a wait after TIME (0: never)", AT(wait_timeout_given)},
	{0, "init", OPT_LIST, AT(inits), "COMMAND",
	 "Then run COMMAND to its end; a failure ends all (several: in this order)"},
	{'s', "signal", OPT_STRING, AT(signal), "SIGNAL", "Stop it by SIGNAL when TERM comes"},
	{0, "stop-timeout", OPT_DURATION, AT(stop_timeout), "TIME",
	 "KILL what has not stopped after TIME (8s)", AT(stop_timeout_given)},
	{0, "semaphore", OPT_STRING, AT(semaphore), "PATH",
	 "A file that is there while the program runs"},
	{0, "semaphore-when", OPT_STRING, AT(semaphore_when), "ready|started",
	 "When the file is made (started; with --ready: ready)"},
	{0, "ready", OPT_STRING, AT(ready), "TARGET",
	 "It is ready when TARGET answers; 'notify': when it says so (sd_notify)"},
	{0, "stdout", OPT_STRING, AT(output), "FILE", "Append its output to FILE"},
	{0, "stderr", OPT_STRING, AT(errors), "FILE", "Append its error output to FILE"},
	{0},
};
#undef AT

/* What happens before the start, in a child of PID 1. */
struct before {
	struct wait_spec *waits;
	size_t n_waits;
	struct text_list *inits;
	size_t n_inits;
};

static int run_init(const struct text_list *words, const char *const *env)
{
	struct spawn_failure failure = {0};
	int status = 0;

	if (run_to_end(words->items, env, 0, &status, &failure)) {
		fprintf(stderr, "hull-init: %s: %s: %s\n", words->items[0], failure.step,
			strerror(failure.error));
		return spawn_exit_status(&failure);
	}
	if (status)
		fprintf(stderr, "hull-init: %s ended with status %d\n", words->items[0], status);
	return status;
}

static int boot(const struct model *model, void *arg)
{
	const struct before *before = arg;
	const char *const *env = (const char *const *)model->env;

	for (size_t i = 0; i < before->n_waits; i++) {
		autoerr struct err err = {0};
		int signal = 0;
		if (!wait_for(&before->waits[i], env, &signal, &err))
			continue;
		if (signal)
			return 128 + signal;
		tell(&err);
		return err.kind == ERR_LIMIT ? 1 : EXIT_SYSTEM;
	}
	for (size_t i = 0; i < before->n_inits; i++) {
		int status = run_init(&before->inits[i], env);
		if (status)
			return status;
	}
	return 0;
}

static int read_before(struct model *model, const struct daemon_opts *given,
		       struct before *ret_before, struct err *err)
{
	struct before before = {.n_waits = given->waits.n, .n_inits = given->inits.n};

	before.waits = arena_alloc(&model->arena, (before.n_waits + 1) * sizeof(*before.waits));
	before.inits = arena_alloc(&model->arena, (before.n_inits + 1) * sizeof(*before.inits));
	for (size_t i = 0; i < before.n_waits; i++) {
		before.waits[i].timeout = given->wait_timeout;
		if (parse_probe(&model->arena, given->waits.items[i], &before.waits[i].probe, err))
			return err_wrap(err, "--wait '%s'", given->waits.items[i]);
	}
	for (size_t i = 0; i < before.n_inits; i++) {
		if (parse_words(&model->arena, given->inits.items[i], &before.inits[i], err))
			return err_wrap(err, "--init '%s'", given->inits.items[i]);
		if (!before.inits[i].n)
			return err_set(err, ERR_INPUT, "--init: no command");
	}
	*ret_before = before;
	return 0;
}

static int read_ready(struct model *model, const struct daemon_opts *given,
		      struct service_spec *spec, struct err *err)
{
	spec->semaphore = given->semaphore;
	spec->semaphore_on_ready = given->ready && !text_eq(given->semaphore_when, "started");
	if (given->semaphore_when && !text_eq(given->semaphore_when, "ready") &&
	    !text_eq(given->semaphore_when, "started"))
		return err_set(err, ERR_INPUT, "--semaphore-when: '%s' is not 'ready' or 'started'",
			       given->semaphore_when);
	if (text_eq(given->semaphore_when, "ready") && !given->ready)
		return err_set(err, ERR_INPUT, "--semaphore-when ready: --ready tells when");
	if (given->semaphore && given->semaphore[0] != '/')
		return err_set(err, ERR_INPUT, "--semaphore: '%s' is not an absolute path",
			       given->semaphore);
	if (!given->ready)
		return 0;
	spec->ready = text_eq(given->ready, "notify") ? READY_NOTIFY : READY_PROBE;
	if (spec->ready == READY_PROBE &&
	    parse_probe(&model->arena, given->ready, &spec->ready_probe, err))
		return err_wrap(err, "--ready '%s'", given->ready);
	return 0;
}

static void log_to(struct log_spec *log, const char *path)
{
	log->format = LOG_RAW;
	log->target = path ? LOG_TO_FILE : LOG_INHERIT;
	log->path = path;
}

static int read_service(struct model *model, const struct daemon_opts *given, int argc, char **argv,
			struct err *err)
{
	struct service_spec *spec = model_add_service(model, path_base(argv[0]));

	for (int i = 0; i < argc; i++)
		text_list_add(&model->arena, &spec->words, argv[i]);
	spec->command_text = argv[0];
	spec->main = true;
	spec->restart = RESTART_NEVER;
	spec->stdin_kind = STDIN_INHERIT;
	spec->user = given->user;
	spec->group = given->group;
	spec->login_env = given->user != NULL;
	spec->cwd = given->cwd;
	log_to(&spec->out, given->output);
	log_to(&spec->errors, given->errors);
	if (given->stop_timeout_given) {
		spec->stop_timeout = given->stop_timeout;
		model->init.stop_timeout = given->stop_timeout + NS_PER_SEC;
	}
	if (given->signal && parse_signal(given->signal, &spec->stop_signal, err))
		return err_wrap(err, "--signal");
	return read_ready(model, given, spec, err);
}

/* One that a killed run left would tell others that we are there. */
static void clear_semaphore(const char *path)
{
	autofree char *dir = xstrndup(path, (size_t)(path_base(path) - path));
	autoerr struct err err = {0};

	if (dir_make_all(AT_FDCWD, dir, 0755, &err) ||
	    (unlink(path) && errno != ENOENT && file_err(&err, "removing", path)))
		fprintf(stderr, "hull-init: semaphore: %s\n", err_text(&err));
}

static int daemon_run(void *opaque, void *opts, int argc, char **argv, struct err *err)
{
	struct init_context *context = opaque;
	const struct daemon_opts *given = opts;
	automodel struct model *model = model_new(context->env);
	struct before before;

	if (read_service(model, given, argc, argv, err) || read_before(model, given, &before, err))
		return -1;
	if (given->semaphore)
		clear_semaphore(given->semaphore);
	struct supervise_options options = {
		.entry = &context->entry,
		.boot = before.n_waits || before.n_inits ? boot : NULL,
		.boot_arg = &before,
		.stopped_early_is_well = true,
	};
	return supervise(model, &options);
}

const struct command cmd_daemon = {
	.name = "daemon",
	.args = "COMMAND [ARG...]",
	.summary = "Wait, prepare, run one program, tell by a file that it runs",
	.details = "In this order: --wait, --init, the start, the semaphore made, the end, the "
		   "semaphore removed.\nA stale semaphore is removed first. TERM before the start: "
		   "nothing is started, exit status 0;\nlater the status is the program's, 128+N "
		   "when signal N ended it.",
	.opts = daemon_opts,
	.opts_size = sizeof(struct daemon_opts),
	.opt_flags = OPT_STOP_AT_ARG,
	.needs = COMMAND_IS_INIT,
	.min_args = 1,
	.max_args = -1,
	.run = daemon_run,
};
