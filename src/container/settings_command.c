/* settings_command.c - what runs: ENTRYPOINT and CMD, environment, user, directory, stop signal.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's rules for merging a container's options with its image's config. */
#include "container/container_private.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/proc.h"
#include "container/limits.h"
#include "container/settings.h"

#include "base/banned.h"

/* "KEY=VALUE", or "KEY": our own value, dropped when we have none. */
static int env_add(struct strlist *env, const char *text, const char *option, struct err *err)
{
	if (text[0] == '=' || !text[0])
		return err_set(err, ERR_INPUT, "%s: '%s' has no name in front of '='", option,
			       text);
	if (strchr(text, '=')) {
		strlist_env_set(env, text);
		return 0;
	}
	const char *value = getenv(text);
	if (value)
		strlist_env_setf(env, text, value);
	else
		strlist_env_unset(env, text);
	return 0;
}

/* docker's env file: KEY=VALUE lines taken as they are, "#" comments, empty lines, KEY alone. */
static int env_file_add(struct strlist *env, const char *file, struct err *err)
{
	autobuf struct buf text = {0};
	struct src_pos pos = {.file = file};

	if (file_read_at(AT_FDCWD, file, LIMIT_ENV_FILE_BYTES, &text, err))
		return err_wrap(err, "--env-file");
	struct str rest = buf_str(&text);
	while (rest.ptr && rest.len) {
		struct str line = str_cut(&rest, '\n');
		if (++pos.line > LIMIT_ENV_FILE_LINES)
			return err_set(err, ERR_LIMIT, "--env-file: '%s' has more than %u lines",
				       file, LIMIT_ENV_FILE_LINES);
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		while (line.len && isspace((unsigned char)line.ptr[0]))
			line = (struct str){line.ptr + 1, line.len - 1};
		if (!line.len || line.ptr[0] == '#')
			continue;
		struct str name = {line.ptr, 0};
		while (name.len < line.len && name.ptr[name.len] != '=')
			name.len++;
		if (!name.len || memchr(line.ptr, '\0', line.len) ||
		    memchr(name.ptr, ' ', name.len) || memchr(name.ptr, '\t', name.len))
			return err_at(err, pos, "'%.*s' is no name of a variable", STR_ARG(name));
		autofree char *assignment = str_dup(line);
		if (env_add(env, assignment, "--env-file", err))
			return -1;
	}
	return 0;
}

int container_env(const struct strlist *files, const struct strlist *env, struct strlist *ret_env,
		  struct err *err)
{
	struct strlist result = {0};
	bool failed = false;

	for (size_t i = 0; !failed && i < files->n; i++)
		failed = env_file_add(&result, files->items[i], err) != 0;
	for (size_t i = 0; !failed && i < env->n; i++)
		failed = env_add(&result, env->items[i], "--env", err) != 0;
	if (failed) {
		strlist_done(&result);
		return -1;
	}
	strlist_done(ret_env);
	*ret_env = result;
	return 0;
}

static int resolve_env(const struct container_options *options, const struct run_config *image,
		       struct record *record, struct err *err)
{
	if (container_env(&options->env_files, &options->env, &record->env, err))
		return -1;
	for (size_t i = 0; !options->env_clear && i < image->env.n; i++) {
		struct str rest = str_of(image->env.items[i]);
		autofree char *key = str_dup(str_cut(&rest, '='));
		/* -e KEY without a value of ours takes the image's away: docker does so, too. */
		if (!strlist_env_get(&record->env, key) && !strlist_has(&options->env, key))
			strlist_env_set(&record->env, image->env.items[i]);
	}
	return 0;
}

/* docker, container config "Merge": --entrypoint drops the image's CMD as well. */
static void resolve_args(const struct container_options *options, const struct run_config *image,
			 char *const *command, struct record *record)
{
	for (; command && *command; command++)
		strlist_add(&record->cmd, *command);
	if (options->entrypoint_given) {
		if (options->entrypoint[0])
			strlist_add(&record->entrypoint, options->entrypoint);
	} else {
		strlist_copy(&record->entrypoint, &image->entrypoint);
		if (!record->cmd.n)
			strlist_copy(&record->cmd, &image->cmd);
	}
	strlist_add_all(&record->args, &record->entrypoint);
	strlist_add_all(&record->args, &record->cmd);
}

/* podman's rule for --systemd=true: these commands are an init. */
static bool is_init_command(const char *command)
{
	static const char *const inits[] = {
		"/sbin/init",           "/usr/sbin/init",           "/usr/local/sbin/init",
		"/lib/systemd/systemd", "/usr/lib/systemd/systemd", "/bin/systemd",
		"/usr/bin/systemd"};
	if (text_eq(path_base(command), "systemd"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(inits); i++)
		if (text_eq(command, inits[i]))
			return true;
	return false;
}

static int resolve_systemd(const char *mode, struct record *record, struct err *err)
{
	static const char *const modes[] = {"true", "false", "always", NULL};

	if (!mode || text_eq(mode, "true"))
		record->is_systemd = is_init_command(record->args.items[0]);
	else if (text_eq(mode, "always"))
		record->is_systemd = true;
	else if (!text_eq(mode, "false"))
		return settings_refuse_word("--systemd", mode, modes, err);
	return 0;
}

static const struct {
	const char *name;
	int number;
} signals[] = {
	{"HUP", SIGHUP},       {"INT", SIGINT},     {"QUIT", SIGQUIT}, {"ILL", SIGILL},
	{"TRAP", SIGTRAP},     {"ABRT", SIGABRT},   {"IOT", SIGIOT},   {"BUS", SIGBUS},
	{"FPE", SIGFPE},       {"KILL", SIGKILL},   {"USR1", SIGUSR1}, {"SEGV", SIGSEGV},
	{"USR2", SIGUSR2},     {"PIPE", SIGPIPE},   {"ALRM", SIGALRM}, {"TERM", SIGTERM},
	{"STKFLT", SIGSTKFLT}, {"CHLD", SIGCHLD},   {"CLD", SIGCHLD},  {"CONT", SIGCONT},
	{"STOP", SIGSTOP},     {"TSTP", SIGTSTP},   {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},
	{"URG", SIGURG},       {"XCPU", SIGXCPU},   {"XFSZ", SIGXFSZ}, {"VTALRM", SIGVTALRM},
	{"PROF", SIGPROF},     {"WINCH", SIGWINCH}, {"IO", SIGIO},     {"POLL", SIGPOLL},
	{"PWR", SIGPWR},       {"SYS", SIGSYS},
};

/* RTMIN+n and RTMAX-n as the kernel numbers them (34 is glibc's first; 32 and 33 are its own). */
static bool realtime_parse(const char *name, int *ret_signal)
{
	uint64_t offset = 0;
	bool is_min = text_starts(name, "RTMIN");

	if (!is_min && !text_starts(name, "RTMAX"))
		return false;
	const char *rest = name + strlen("RTMIN");
	if (rest[0] && (rest[0] != (is_min ? '+' : '-') || !str_to_u64(str_of(rest + 1), &offset)))
		return false;
	if (offset > (uint64_t)(SIGRTMAX - SIGRTMIN))
		return false;
	*ret_signal = is_min ? SIGRTMIN + (int)offset : SIGRTMAX - (int)offset;
	return true;
}

static bool name_parse(const char *name, int *ret_signal)
{
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		if (!text_eq(name, signals[i].name))
			continue;
		*ret_signal = signals[i].number;
		return true;
	}
	return realtime_parse(name, ret_signal);
}

static int refuse_signal(const char *text, const char *name, struct err *err)
{
	const char *names[ARRAY_LEN(signals) + 1] = {0};

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		names[i] = signals[i].name;
	const char *nearest = str_nearest(name, names);
	return err_set(err, ERR_INPUT, "there is no signal '%s'%s%s%s", text,
		       nearest ? " (did you mean 'SIG" : "", nearest ? nearest : "",
		       nearest ? "'?)" : "");
}

int signal_parse(const char *text, int *ret_signal, struct err *err)
{
	autofree char *name = xstrdup(text);
	uint64_t number;

	if (str_to_u64(str_of(text), &number)) {
		if (number < 1 || number > (uint64_t)SIGRTMAX)
			return err_set(err, ERR_INPUT, "there is no signal %s", text);
		*ret_signal = (int)number;
		return 0;
	}
	for (char *at = name; *at; at++)
		*at = (char)toupper((unsigned char)*at);
	const char *bare = text_starts(name, "SIG") ? name + 3 : name;
	return name_parse(bare, ret_signal) ? 0 : refuse_signal(text, bare, err);
}

static int resolve_stop(const struct container_options *options, const struct run_config *image,
			struct record *record, struct err *err)
{
	const char *signal = options->stop_signal ? options->stop_signal : image->stop_signal;
	int number;

	if (!signal || !signal[0])
		signal = record->is_systemd ? "SIGRTMIN+3" : "SIGTERM";
	if (signal_parse(signal, &number, err))
		return err_wrap(err, "%s",
				options->stop_signal ? "--stop-signal" : "the image's STOPSIGNAL");
	record->stop_signal = xstrdup(signal);
	record->stop_timeout_given = options->stop_timeout_given;
	record->stop_timeout_ns = options->stop_timeout_ns;
	return 0;
}

int container_find_program(const char *name, char **ret_path, struct err *err)
{
	autoerr struct err ignored = {0};
	autofree char *self = NULL;

	if (!path_real("/proc/self/exe", &self, &ignored)) {
		autofree char *dir = xstrndup(self, (size_t)(path_base(self) - self));
		autofree char *path = path_join(dir, name);
		if (!access(path, X_OK)) {
			*ret_path = steal(&path);
			return 0;
		}
	}
	err_clear(&ignored);
	if (!proc_find(name, ret_path, &ignored))
		return 0;
	return err_set(err, ERR_MISSING, "'%s' is neither beside hull nor in PATH: install it%s",
		       name, text_eq(name, "hull-init") ? ", or give the --init-path" : "");
}

static int resolve_init(const struct container_options *options, struct record *record,
			struct err *err)
{
	autofree char *found = NULL;
	const char *path = options->init_path;
	struct stat st;

	if (!options->init && !path)
		return 0;
	if (record->is_systemd)
		return err_set(err, ERR_INPUT,
			       "--init: the command is an init itself (if not: --systemd=false)");
	if (!path && container_find_program("hull-init", &found, err))
		return err_wrap(err, "--init");
	path = path ? path : found;
	if (path_real(path, &record->init, err))
		return err_wrap(err, "--init");
	if (stat(record->init, &st) || !S_ISREG(st.st_mode) || access(record->init, X_OK))
		return err_set(err, ERR_INPUT, "--init-path: '%s' is not a program", path);
	return 0;
}

int settings_command(const struct container_options *options, const struct run_config *image,
		     char *const *command, struct record *record, struct err *err)
{
	const char *workdir = options->workdir ? options->workdir : image->working_dir;

	resolve_args(options, image, command, record);
	if (!record->args.n || !record->args.items[0][0])
		return err_set(err, ERR_INPUT,
			       "no command specified: the image has none, name one behind it");
	if (resolve_env(options, image, record, err) ||
	    resolve_systemd(options->systemd, record, err) || resolve_init(options, record, err) ||
	    resolve_stop(options, image, record, err))
		return -1;
	if (options->workdir && options->workdir[0] != '/')
		return err_set(err, ERR_INPUT, "--workdir: '%s' is not an absolute path",
			       options->workdir);
	record->workdir = workdir && workdir[0] ? path_clean(workdir) : xstrdup("/");
	record->user = xstrdup(options->user ? options->user : image->user ? image->user : "");
	record->interactive = options->interactive;
	record->tty = options->tty;
	return 0;
}
