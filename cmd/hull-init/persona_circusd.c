/* persona_circusd.c - called as circusd: its options around the same supervisor.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "ini/load.h"
#include "init/supervisor.h"

#include "cmd.h"

#include "base/banned.h"

#define CIRCUSD_USAGE                                                                    \
	"usage: circusd [--help] [--log-level LEVEL] [--log-output LOGOUTPUT]\n"         \
	"               [--logger-config LOGGERCONFIG] [--daemon] [--pidfile PIDFILE]\n" \
	"               [--version]\n"                                                   \
	"               [config]\n"
#define EXIT_FAILED 1
#define EXIT_USAGE  2

struct circusd_opts {
	const char *log_level, *log_output, *logger_config, *pidfile;
	bool daemonize, help, version;
};

static const struct opt circusd_opts[] = {
	{0, "daemon", OPT_FLAG, offsetof(struct circusd_opts, daemonize), NULL,
	 "Start circusd in the background"},
	{'h', "help", OPT_FLAG, offsetof(struct circusd_opts, help), NULL, "Show help and exit"},
	{0, "log-level", OPT_STRING, offsetof(struct circusd_opts, log_level), "LEVEL",
	 "debug, info, warning, error or critical"},
	{0, "log-output", OPT_STRING, offsetof(struct circusd_opts, log_output), "LOGOUTPUT",
	 "The file where the logs are written, or - for stderr"},
	{0, "logger-config", OPT_STRING, offsetof(struct circusd_opts, logger_config),
	 "LOGGERCONFIG", "A configuration of Python's logger: ignored"},
	{0, "pidfile", OPT_STRING, offsetof(struct circusd_opts, pidfile), "PIDFILE",
	 "Where our process number is written"},
	{0, "version", OPT_FLAG, offsetof(struct circusd_opts, version), NULL,
	 "Displays the version and exits"},
	{0},
};

static int level_of(const char *name)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {
		{"debug", LOG_DEBUG}, {"info", LOG_INFO},      {"warning", LOG_WARN},
		{"error", LOG_ERROR}, {"critical", LOG_ERROR},
	};
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (str_is_nocase(str_of(name), levels[i].name))
			return levels[i].level;
	return -1;
}

/* Nobody's child, of no terminal, with the standard descriptors on /dev/null. */
static int leave_terminal(struct init_context *context, struct err *err)
{
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();
		if (pid < 0)
			return err_sys(err, "going to the background");
		if (pid > 0)
			_exit(0);
		if (i == 0)
			setsid();
	}
	autoclose int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "opening '/dev/null'");
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	context->entry.is_init = false;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	return 0;
}

static void adjust(struct model *model, const void *arg)
{
	const struct circusd_opts *opts = arg;
	if (opts->log_level)
		model->init.log_level = level_of(opts->log_level);
	if (opts->log_output)
		model->init.log_output = opts->log_output;
	if (opts->pidfile)
		model->init.pidfile = opts->pidfile;
}

static int run_model(struct init_context *context, const struct circusd_opts *opts,
		     struct model *model, struct err *err)
{
	struct supervise_options options = {
		.entry = &context->entry,
		.file = model->file,
		.is_circus = true,
		.with_control = true,
		.adjust = adjust,
		.adjust_arg = opts,
	};
	for (size_t i = 0; i < model->warnings.n; i++)
		log_warn("%s", model->warnings.items[i]);
	if (opts->logger_config)
		log_warn("--logger-config %s: Python's loggers are not here, ignoring",
			 opts->logger_config);
	if (opts->daemonize && leave_terminal(context, err))
		return -1;
	entry_protect(&context->entry);
	return supervise(model, &options);
}

static int run_file(struct init_context *context, const struct circusd_opts *opts, const char *file,
		    struct err *err)
{
	struct load_options load = {.file = file, .env = context->env};
	struct model *model;
	if (model_load(&load, &model, err))
		return -1;
	int status = run_model(context, opts, model, err);
	model_free(model);
	return status;
}

static void tell_help(void)
{
	autobuf struct buf text = {0};
	buf_puts(&text, CIRCUSD_USAGE "\nRun some watchers.\n\n");
	opt_usage(circusd_opts, &text);
	fputs(buf_text(&text), stdout);
}

int persona_circusd(struct init_context *context, int argc, char **argv)
{
	struct circusd_opts opts = {0};
	autoerr struct err err = {0};
	int n_used = 0;
	int result = opt_parse(circusd_opts, 0, argc - 1, argv + 1, &opts, &n_used, &err);
	if (!result && opts.log_level && level_of(opts.log_level) < 0)
		result = err_set(&err, ERR_INPUT,
				 "argument --log-level: invalid choice: '%s' (choose from "
				 "'critical', 'error', 'warning', 'info', 'debug')",
				 opts.log_level);
	if (result) {
		fprintf(stderr, CIRCUSD_USAGE "circusd: error: %s\n", err_text(&err));
		return EXIT_USAGE;
	}
	argc -= n_used + 1;
	argv += n_used + 1;
	if (opts.help) {
		tell_help();
		return 0;
	}
	if (opts.version) {
		puts(HULL_VERSION);
		return 0;
	}
	if (argc > 1) {
		fprintf(stderr, CIRCUSD_USAGE "circusd: error: unrecognized arguments: %s\n",
			argv[1]);
		return EXIT_USAGE;
	}
	if (argc == 0) { /* as the original */
		fputs(CIRCUSD_USAGE, stdout);
		return 0;
	}
	int status = run_file(context, &opts, argv[0], &err);
	if (status < 0) {
		fprintf(stderr, "circusd: %s\n", err_text(&err));
		status = EXIT_FAILED;
	}
	return status;
}
