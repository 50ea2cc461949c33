/* slot_spawn.c - from a spec to a process: its words, its environment, its descriptors.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Words and environment are put together in one scratch that was made at the start: a spawn
 * borrows the address space until the exec, so the next spawn may use it again. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/random.h"
#include "base/str.h"
#include "ini/expand.h"
#include "init/control.h"
#include "init/ids.h"
#include "init/limits.h"
#include "init/machine.h"
#include "init/ready.h"

#include "base/banned.h"

#define FIRST_PASSED 3 /* sd_listen_fds(3) */
#define PID_ROOM     "0000000000"

struct scratch {
	const char *argv[LIMIT_SPAWN_WORDS + 1];
	const char *env[LIMIT_SPAWN_WORDS + 1];
	char text[LIMIT_SPAWN_TEXT];
	size_t n_env, n_text;
};

struct scratch *scratch_new(void)
{
	return calloc(1, sizeof(struct scratch)); /* untouched pages cost nothing */
}

void scratch_free(struct scratch *scratch)
{
	free(scratch);
}

/* ---- the environment ---- */

static size_t name_length(const char *variable)
{
	return strcspn(variable, "=");
}

/* Where the variable of that name stands; n_env: nowhere. */
static size_t env_find(const struct scratch *scratch, const char *variable)
{
	size_t len = name_length(variable);
	size_t at = 0;

	while (at < scratch->n_env &&
	       (strncmp(scratch->env[at], variable, len) != 0 || scratch->env[at][len] != '='))
		at++;
	return at;
}

static int env_put(struct scratch *scratch, const char *variable)
{
	size_t at = env_find(scratch, variable);

	if (at == LIMIT_SPAWN_WORDS)
		return -E2BIG;
	scratch->env[at] = variable;
	scratch->n_env += at == scratch->n_env;
	return 0;
}

static int env_add(struct scratch *scratch, char **ret_value, const char *fmt, ...)
	printf_like(3, 4);

static int env_add(struct scratch *scratch, char **ret_value, const char *fmt, ...)
{
	char *text = scratch->text + scratch->n_text;
	size_t room = sizeof(scratch->text) - scratch->n_text;
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(text, room, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		return -E2BIG;
	scratch->n_text += (size_t)n + 1;
	if (ret_value)
		*ret_value = text + name_length(text) + 1;
	return env_put(scratch, text);
}

static int env_begin(struct scratch *scratch, const char *const *env)
{
	size_t n = 0;

	scratch->n_text = 0;
	for (; env && env[n]; n++) {
		if (n == LIMIT_SPAWN_WORDS)
			return -E2BIG;
		scratch->env[n] = env[n];
	}
	scratch->n_env = n;
	return 0;
}

const char *const *scratch_env(struct scratch *scratch, const char *const *env,
			       const char *const *more)
{
	env_begin(scratch, env);
	for (; *more; more++)
		env_put(scratch, *more);
	scratch->env[scratch->n_env] = NULL;
	return scratch->env;
}

/* What the user's login would set, unless the file gave another value than the one we have. */
static int env_add_login(struct scratch *scratch, const char *name, const char *value)
{
	size_t at = env_find(scratch, name);
	const char *ours = getenv(name);
	size_t len = strlen(name);

	if (!*value)
		return 0;
	if (at < scratch->n_env && (!ours || strcmp(scratch->env[at] + len + 1, ours) != 0))
		return 0;
	return env_add(scratch, NULL, "%s=%s", name, value);
}

static int env_add_logins(struct scratch *scratch, const struct ids *ids)
{
	int error = env_add_login(scratch, "HOME", ids->home);

	error = error ? error : env_add_login(scratch, "USER", ids->name);
	error = error ? error : env_add_login(scratch, "LOGNAME", ids->name);
	return error ? error : env_add_login(scratch, "SHELL", ids->shell);
}

/* ---- descriptors ---- */

struct passing {
	int fds[LIMIT_PASSED_FDS], as[LIMIT_PASSED_FDS];
	size_t n;
	int own[LIMIT_PASSED_FDS]; /* bound for this copy alone: closed behind the spawn */
	size_t n_own;
	int n_listen;
	int child_ends[3]; /* of pipes; closed behind the spawn */
	size_t n_ends;
};

static int pass(struct passing *passing, int fd, int as)
{
	if (passing->n == LIMIT_PASSED_FDS)
		return -E2BIG;
	passing->fds[passing->n] = fd;
	passing->as[passing->n++] = as;
	return 0;
}

/* The descriptor of a socket for this copy; with reuse_port one of its own. */
static int socket_for(struct passing *passing, struct listener *listener)
{
	int fd = listener->fd;

	if (fd >= 0)
		return fd;
	int error = listener_bind(listener->spec, &fd);
	if (error)
		return error;
	if (passing->n_own == LIMIT_PASSED_FDS) {
		close(fd);
		return -E2BIG;
	}
	passing->own[passing->n_own++] = fd;
	return fd;
}

struct socket_numbers {
	struct slot *slot;
	struct passing *passing;
};

/* $(circus.sockets.NAME): the number that it has here is the one that it has there. */
static int number_of_socket(void *arg, const char *name)
{
	struct socket_numbers *numbers = arg;
	struct supervisor *supervisor = numbers->slot->service->supervisor;
	struct listener *listener = listeners_find(&supervisor->listeners, name);

	if (!listener)
		return -1;
	int fd = socket_for(numbers->passing, listener);
	for (size_t i = 0; fd >= 0 && i < numbers->passing->n; i++)
		if (numbers->passing->fds[i] == fd)
			return fd;
	return fd < 0 || pass(numbers->passing, fd, fd) ? -1 : fd;
}

static int pass_sockets(struct slot *slot, struct scratch *scratch, struct passing *passing,
			struct spawn *spawn)
{
	const struct service_spec *spec = slot->service->spec;
	struct listeners *listeners = &slot->service->supervisor->listeners;
	char names[1024];
	size_t n_names = 0;

	for (size_t i = 0; i < spec->sockets.n; i++) {
		struct listener *listener = listeners_find(listeners, spec->sockets.items[i]);
		int fd = listener ? socket_for(passing, listener) : -ENOENT;
		if (fd < 0)
			return fd;
		int error = pass(passing, fd, FIRST_PASSED + (int)i);
		if (error)
			return error;
		int n = snprintf(names + n_names, sizeof(names) - n_names, "%s%s", i ? ":" : "",
				 spec->sockets.items[i]);
		n_names += (size_t)n;
		if (n_names >= sizeof(names))
			return -E2BIG;
	}
	if (spec->use_sockets) { /* as circus does: all, each by the number that it has here */
		for (size_t i = 0; i < listeners->n; i++) {
			int fd = listeners->items[i].fd;
			int error = fd >= 0 ? pass(passing, fd, fd) : 0;
			if (error)
				return error;
		}
	}
	if (!spec->sockets.n)
		return 0;
	int error = env_add(scratch, NULL, "LISTEN_FDS=%zu", spec->sockets.n);
	error = error ? error : env_add(scratch, NULL, "LISTEN_FDNAMES=%s", names);
	return error ? error : env_add(scratch, &spawn->pid_texts[0], "LISTEN_PID=%s", PID_ROOM);
}

static int open_stream(struct slot *slot, struct log_stream *stream, const struct log_spec *log,
		       struct passing *passing, struct spawn *spawn)
{
	const struct service *service = slot->service;
	int number = stream == &slot->out ? STDOUT_FILENO : STDERR_FILENO;
	int fd;
	int error = log_stream_open(stream, service->supervisor->logs, log, service->spec->name,
				    number == STDOUT_FILENO ? "stdout" : "stderr", &fd);

	if (error)
		return error;
	spawn->stdio[number] = fd;
	if (fd >= 0)
		passing->child_ends[passing->n_ends++] = fd;
	/* /dev/stdout and /dev/stderr are opened anew by name: that is for the owner of the pipe.
	 * What has no pipe of ours is not ours to give. */
	if (spawn->set_ids && stream->logs && fchown(fd, spawn->uid, (gid_t)-1))
		say(LOG_DEBUG, service->spec->name, "its output cannot be opened by name: %s",
		    strerror(errno));
	return 0;
}

static int open_output(struct slot *slot, struct passing *passing, struct spawn *spawn)
{
	const struct service_spec *spec = slot->service->spec;
	int error = 0;

	if (!spec->close_stdout)
		error = open_stream(slot, &slot->out, &spec->out, passing, spawn);
	if (error || spec->close_stderr)
		return error;
	if (spec->errors_with_out) {
		spawn->stdio[STDERR_FILENO] = spawn->stdio[STDOUT_FILENO];
		return 0;
	}
	return open_stream(slot, &slot->errors, &spec->errors, passing, spawn);
}

static int open_input(struct slot *slot, struct passing *passing, struct spawn *spawn)
{
	const struct service_spec *spec = slot->service->spec;
	struct supervisor *supervisor = slot->service->supervisor;

	if (spec->stdin_kind == STDIN_INHERIT) {
		spawn->stdio[STDIN_FILENO] = STDIN_FILENO;
		/* circus: the descriptor alone, every process has a session of its own */
		if (supervisor->model->vocabulary == VOCABULARY_CIRCUS)
			return 0;
		spawn->group = SPAWN_GROUP;
		spawn->foreground = isatty(STDIN_FILENO);
	} else if (spec->stdin_kind == STDIN_SOCKET) {
		struct listener *listener =
			listeners_find(&supervisor->listeners, spec->stdin_socket);
		int fd = listener ? socket_for(passing, listener) : -ENOENT;
		if (fd < 0)
			return fd;
		spawn->stdio[STDIN_FILENO] = fd;
	}
	return 0;
}

/* ---- the whole ---- */

static int build_words(struct slot *slot, struct scratch *scratch, struct passing *passing)
{
	const struct service_spec *spec = slot->service->spec;
	struct socket_numbers numbers = {slot, passing};
	struct expand_values values = {slot->wid, number_of_socket, &numbers};

	if (!spec->words.n)
		return -EINVAL;
	if (spec->words.n > LIMIT_SPAWN_WORDS)
		return -E2BIG;
	for (size_t i = 0; i < spec->words.n; i++) {
		char *text = scratch->text + scratch->n_text;
		scratch->argv[i] = spec->words.items[i];
		if (!spec->has_placeholders)
			continue;
		int n = expand_word(spec->words.items[i], &values, text,
				    sizeof(scratch->text) - scratch->n_text);
		if (n < 0)
			return -E2BIG;
		scratch->argv[i] = text;
		scratch->n_text += (size_t)n + 1;
	}
	scratch->argv[spec->words.n] = NULL;
	return 0;
}

static int find_ids(const struct service_spec *spec, struct ids *ids, struct spawn *spawn,
		    struct spawn_failure *failure)
{
	const char *missing = NULL;

	if (!spec->user && !spec->group && !spec->groups.n)
		return 0;
	failure->step = "user or group";
	int error = ids_find(spec->user, spec->group,
			     spec->groups.n ? (const char *const *)spec->groups.items : NULL, ids,
			     &missing);
	if (error) {
		say(LOG_ERROR, spec->name, "'%s' is no user or group here",
		    missing ? missing : "?");
		return error;
	}
	spawn->set_ids = true;
	spawn->uid = ids->uid;
	spawn->gid = ids->gid;
	spawn->groups = ids->groups;
	spawn->n_groups = ids->n_groups;
	return 0;
}

/* A reload may have brought the first service that speaks. */
static bool has_notify(const struct service *service)
{
	int error = readiness_listen(service->supervisor);

	if (error)
		say(LOG_WARN, service->spec->name,
		    "no socket for sd_notify: %s, taken as ready when it runs", strerror(-error));
	return !error;
}

static int build_env(struct slot *slot, struct scratch *scratch, const struct ids *ids,
		     struct spawn *spawn)
{
	const struct service_spec *spec = slot->service->spec;
	const struct supervisor *supervisor = slot->service->supervisor;
	uint64_t watchdog_us = 0;
	int error = 0;

	if (ids && spec->login_env)
		error = env_add_logins(scratch, ids);
	if (!error && readiness_wants_notify(slot->readiness, &watchdog_us) &&
	    has_notify(slot->service))
		error = env_add(scratch, NULL, "NOTIFY_SOCKET=%s",
				notify_address(supervisor->notify));
	if (!error && control_hint(supervisor->control))
		error = env_add(scratch, NULL, "HULL_INIT_CONTROL=%s",
				control_hint(supervisor->control));
	if (!error && spec->kill == KILL_TREE) {
		random_bytes(&slot->mark, sizeof(slot->mark));
		error = env_add(scratch, NULL, SCOPE_MARK "=%016llx",
				(unsigned long long)slot->mark);
	}
	if (!error && watchdog_us)
		error = env_add(scratch, NULL, "WATCHDOG_USEC=%llu",
				(unsigned long long)watchdog_us);
	if (!error && watchdog_us)
		error = env_add(scratch, &spawn->pid_texts[1], "WATCHDOG_PID=%s", PID_ROOM);
	return error;
}

/* Everything that may fail before there is a child. */
static int prepare_spawn(struct slot *slot, struct passing *passing, struct ids *ids,
			 struct spawn *spawn, struct spawn_failure *failure)
{
	const struct service_spec *spec = slot->service->spec;
	struct scratch *scratch = slot->service->supervisor->scratch;
	int ready_fd = -1;
	int error = find_ids(spec, ids, spawn, failure);

	if (error)
		return error;
	failure->step = "environment";
	error = env_begin(scratch, (const char *const *)spec->env);
	error = error ? error
		      : build_env(slot, scratch, spawn->set_ids && spec->user ? ids : NULL, spawn);
	if (error)
		return error;
	failure->step = "sockets";
	error = pass_sockets(slot, scratch, passing, spawn);
	error = error ? error : open_input(slot, passing, spawn);
	if (error)
		return error;
	failure->step = "command";
	error = build_words(slot, scratch, passing);
	if (error)
		return error;
	failure->step = "pipes";
	error = readiness_prepare(slot->readiness, &ready_fd);
	if (!error && ready_fd >= 0) {
		passing->child_ends[passing->n_ends++] = ready_fd;
		error = pass(passing, ready_fd, spec->ready_fd);
	}
	error = error ? error : open_output(slot, passing, spawn);
	scratch->env[scratch->n_env] = NULL;
	return error;
}

static void close_passed(struct passing *passing)
{
	for (size_t i = 0; i < passing->n_own; i++)
		close(passing->own[i]);
	for (size_t i = 0; i < passing->n_ends; i++)
		close(passing->child_ends[i]);
}

int slot_spawn(struct slot *slot, struct spawn_failure *ret_failure)
{
	struct supervisor *supervisor = slot->service->supervisor;
	const struct service_spec *spec = slot->service->spec;
	struct passing passing = {.n = 0};
	struct ids ids;
	pid_t pid;
	struct spawn spawn = {
		.argv = supervisor->scratch->argv,
		.env = supervisor->scratch->env,
		.file = spec->executable,
		.cwd = spec->cwd,
		.group = SPAWN_SESSION,
		.umask = spec->umask,
		.nice = spec->nice,
		.oom_score = spec->oom_score,
		.rlimits = spec->rlimits,
		.n_rlimits = spec->n_rlimits,
		.no_new_privileges = spec->no_new_privileges,
		.keep_capabilities = spec->capabilities.kept,
		.ambient_capabilities = spec->capabilities.ambient,
		.stdio = {-1, -1, -1},
		.pass_fds = passing.fds,
		.pass_as = passing.as,
		.entry = supervisor->entry,
	};
	int error = prepare_spawn(slot, &passing, &ids, &spawn, ret_failure);

	spawn.n_pass_fds = passing.n;
	error = error ? error : spawn_start(&spawn, &pid, ret_failure);
	close_passed(&passing);
	if (error)
		return error;
	child_register(supervisor->events, &slot->child, pid);
	slot->out.pid = slot->errors.pid = pid;
	return 0;
}
