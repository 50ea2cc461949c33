/* cmd_launch.c - hull-init launch, and called as PROJECT/bin/launch.sh: prepare, then manage.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The steps are blocking and run commands: a child does them, while we wait as a PID 1 has to: a
 * stop is passed on and orphans are reaped. Only then the services' files are read for good,
 * because to write them is what reconfiguring is for. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "init/restart.h"
#include "prepare.h"
#include "runner/environment.h"
#include "runner/launch.h"

#include "base/banned.h"

#define CIRCUS_FILE "/etc/circus/circusd.ini"

enum { GRACE_SECONDS = 8 }; /* of a reconfiguration that is to stop: docker gives us ten */

struct launch_opts {
	struct launch_options options;
	const char *file;
};
#define AT(field) offsetof(struct launch_opts, field)
static const struct opt launch_opts[] = {
	{0, "ssh-config", OPT_FLAG, AT(options.ssh_config), NULL,
	 "Import the volume's ssh/*.pub into root's authorized_keys"},
	{0, "re-configure", OPT_FLAG, AT(options.re_configure), NULL,
	 "Deploy the project's 050_conf again; implies --ssh-config"},
	{0, "project", OPT_STRING, AT(options.project), "DIR", "The project's code"},
	{0, "name", OPT_STRING, AT(options.name), "NAME", "The project's name"},
	{0, "launcher", OPT_STRING, AT(options.launcher), "PATH",
	 "Find the project by its bin/launch.sh, PATH"},
	{'f', "file", OPT_STRING, AT(file), "FILE", "Read FILE instead of " INIT_FILE},
	{0},
};
#undef AT

/* Images made for circus have its file and none of ours. */
static const char *file_of(const struct init_context *context, const struct launch_opts *opts)
{
	const char *file =
		opts->file ? opts->file : environment_get(context->env, STR("HULL_INIT_FILE"));
	return file || !access(INIT_FILE, F_OK) || access(CIRCUS_FILE, F_OK) ? file : CIRCUS_FILE;
}

/* ---- the child ---- */

static int prepare(const struct model *model, const struct launch_options *options)
{
	autoerr struct err err = {0};
	int status;
	launch_first_start(model);
	if (!launch_prepare(model, options, &status, &err))
		return status;
	tell(&err);
	return err.kind == ERR_INPUT ? EXIT_WRONG : 1;
}

/* ---- ourselves ---- */

static void stop_group(pid_t pid, int *n_stops)
{
	kill(-pid, ++*n_stops == 1 ? SIGTERM : SIGKILL);
	kill(-pid, SIGCONT);
}

/* Everything that ended; true: the child as well. */
static bool reap(pid_t pid, int *ret_status)
{
	int status;
	bool ended = false;
	for (pid_t got; (got = waitpid(-1, &status, WNOHANG)) > 0;)
		if (got == pid) {
			*ret_status = exit_status_of(status);
			ended = true;
		}
	return ended;
}

/* Its exit status, or 128 + N when signal N asked for a stop meanwhile. */
static int await(pid_t pid)
{
	sigset_t all;
	sigfillset(&all);
	int status = 0, n_stops = 0, stopped_by = 0;
	while (!reap(pid, &status)) {
		struct timespec grace = {.tv_sec = GRACE_SECONDS};
		int signal = n_stops ? sigtimedwait(&all, NULL, &grace) : sigwaitinfo(&all, NULL);
		bool is_stop = signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
		if (is_stop && !stopped_by)
			stopped_by = signal;
		if (is_stop || (signal < 0 && errno == EAGAIN))
			stop_group(pid, &n_stops);
	}
	return stopped_by ? 128 + stopped_by : status;
}

static int run_steps(const struct init_context *context, const struct model *model,
		     const struct launch_options *options, int *ret_status, struct err *err)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return err_sys(err, "starting the steps of the launch");
	if (!pid) {
		setsid();
		entry_leave(&context->entry);
		int status = prepare(model, options);
		fflush(NULL);
		_exit(status);
	}
	*ret_status = await(pid);
	return 0;
}

static int launch_run(void *context, void *given, int argc, char **argv, struct err *err)
{
	struct launch_opts *opts = given;
	automodel struct model *model = NULL;
	int status;
	for (int i = 0; i < argc; i++)
		if (launch_word(argv[i], &opts->options, err))
			return -1;
	const char *file = file_of(context, opts);
	if (prepare_model(context, file, &model, err) ||
	    run_steps(context, model, &opts->options, &status, err))
		return -1;
	if (status)
		return status;
	autofree void *manage_opts = xcalloc(1, cmd_manage.opts_size);
	char *words[] = {(char *)file, NULL};
	return cmd_manage.run(context, manage_opts, file ? 1 : 0, words, err);
}

const struct command cmd_launch = {
	.name = "launch",
	.args = "[WORD=VALUE...]",
	.summary = "Start a project: pillar, ssh keys, reconfigure, then its services",
	.details =
		"The project is the directory above bin/ of the launcher. The words are those of\n"
		"the original: ssh_config=True, re_configure=True, name=NAME, project=DIR. Each step\n"
		"may be a command of your own in [launch]. A failed step is the end of the launch.\n",
	.opts = launch_opts,
	.opts_size = sizeof(struct launch_opts),
	.needs = COMMAND_IS_INIT,
	.max_args = -1,
	.error_status = EXIT_SYSTEM,
	.run = launch_run,
};
