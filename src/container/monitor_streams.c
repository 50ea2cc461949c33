/* monitor_streams.c - the container's standard streams: pipes or terminal, log, client.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/io.h"
#include "container/monitor_private.h"

#include "base/banned.h"

#define CONSOLE_SOCKET "tty"

static void close_at(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* An anonymous pipe or a socket is given as it is. Anything else has an owner who would be
 * surprised: runtimes chown(2) the standard streams to the container's user. */
static bool is_givable(int fd)
{
	struct statfs fs;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || fstatfs(fd, &fs))
		return false;
	return S_ISSOCK(st.st_mode) || (S_ISFIFO(st.st_mode) && fs.f_type == PIPEFS_MAGIC);
}

static int input_open(struct monitor *monitor, struct err *err)
{
	int ends[2];

	if (!monitor->container->record.interactive)
		return 0;
	if (is_givable(monitor->attached[0])) {
		monitor->given[0] = steal_fd(&monitor->attached[0]);
		return 0;
	}
	if (pipe2(ends, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	monitor->given[0] = ends[0];
	monitor->idle_stdin = ends[1];
	return fd_set_nonblock(ends[1], true, err);
}

/* The reading end goes into the relay at once; it is told of nothing before the loop runs. */
static size_t on_output(char *data, size_t len, void *arg)
{
	struct monitor_output *output = arg;

	if (output->monitor->log)
		log_writer_add(output->monitor->log, output->stream, data, len);
	return len;
}

static void on_output_end(void *arg)
{
	struct monitor_output *output = arg;

	output->has_ended = true;
	if (output->monitor->has_ended && streams_have_ended(output->monitor))
		loop_stop(output->monitor->loop);
}

static int output_relay(struct monitor *monitor, enum log_stream stream, int from, struct err *err)
{
	struct monitor_output *output = &monitor->outputs[stream];
	struct relay_options options = {
		.loop = monitor->loop,
		.from = from,
		.to = steal_fd(&monitor->attached[stream == LOG_STDOUT ? 1 : 2]),
		.tap = on_output,
		.ended = on_output_end,
		.arg = output,
	};

	*output = (struct monitor_output){.monitor = monitor, .stream = stream};
	return relay_new(&options, &output->relay, err);
}

static int output_open(struct monitor *monitor, enum log_stream stream, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(err, "making a pipe");
	monitor->given[stream == LOG_STDOUT ? 1 : 2] = ends[1];
	if (fd_set_nonblock(ends[0], true, err)) {
		close(ends[0]);
		return -1;
	}
	return output_relay(monitor, stream, ends[0], err);
}

int streams_open(struct monitor *monitor, struct runtime_stdio *ret_stdio, struct err *err)
{
	struct runtime_stdio stdio = {.fds = {-1, -1, -1}};

	if (monitor->container->record.tty) {
		if (console_listen(monitor->container->run_dir, CONSOLE_SOCKET, &monitor->console,
				   err))
			return -1;
		stdio.console_path = monitor->console.path;
	} else {
		if (input_open(monitor, err) || output_open(monitor, LOG_STDOUT, err) ||
		    output_open(monitor, LOG_STDERR, err))
			return -1;
		memcpy(stdio.fds, monitor->given, sizeof(stdio.fds));
	}
	*ret_stdio = stdio;
	return 0;
}

/* ---- once it runs ---- */

static int on_detach(struct loop_source *source, void *arg, struct err *err)
{
	struct monitor *monitor = arg;

	loop_remove(source);
	channel_send(monitor->channel, &(struct channel_message){.type = CHANNEL_DETACHED});
	streams_detach(monitor);
	return 0;
}

static size_t on_typed(char *data, size_t len, void *arg)
{
	struct monitor *monitor = arg;
	autoerr struct err ignored = {0};
	struct loop_source *timer;
	bool detach;

	len = detach_keys_filter(&monitor->detach_keys, data, len, &detach);
	/* Not from here: the relay that calls us would be freed under its own feet. */
	if (detach && loop_add_timer(monitor->loop, 0, on_detach, monitor, &timer, &ignored))
		detach = false;
	return len;
}

static int terminal_begin(struct monitor *monitor, struct err *err)
{
	int from;

	if (console_accept(&monitor->console, &monitor->terminal, err))
		return -1;
	console_done(&monitor->console);
	terminal_resize(monitor->terminal, monitor->container->rows, monitor->container->columns);
	from = fcntl(monitor->terminal, F_DUPFD_CLOEXEC, 3);
	monitor->outputs[LOG_STDERR].has_ended = true; /* a terminal has one stream */
	if (from < 0)
		return err_sys(err, "keeping the container's terminal");
	return output_relay(monitor, LOG_STDOUT, from, err);
}

static int input_begin(struct monitor *monitor, struct err *err)
{
	bool tty = monitor->terminal >= 0;
	int to =
		tty ? fcntl(monitor->terminal, F_DUPFD_CLOEXEC, 3) : steal_fd(&monitor->idle_stdin);
	struct relay_options options = {
		.loop = monitor->loop,
		.from = steal_fd(&monitor->attached[0]),
		.to = to,
		.tap = tty ? on_typed : NULL,
		.arg = monitor,
	};

	if (to < 0)
		return err_sys(err, "keeping the container's terminal");
	return relay_new(&options, &monitor->input, err);
}

int streams_begin(struct monitor *monitor, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(monitor->given); i++)
		close_at(&monitor->given[i]);
	if (monitor->container->record.tty && terminal_begin(monitor, err))
		return -1;
	if (monitor->attached[0] >= 0 && (monitor->terminal >= 0 || monitor->idle_stdin >= 0))
		return input_begin(monitor, err);
	return 0;
}

bool streams_have_ended(const struct monitor *monitor)
{
	return monitor->outputs[LOG_STDOUT].has_ended && monitor->outputs[LOG_STDERR].has_ended;
}

bool streams_are_blocked(const struct monitor *monitor)
{
	return relay_is_blocked(monitor->outputs[LOG_STDOUT].relay) ||
	       relay_is_blocked(monitor->outputs[LOG_STDERR].relay);
}

void streams_detach(struct monitor *monitor)
{
	loop_remove(monitor->channel_source);
	monitor->channel_source = NULL;
	close_at(&monitor->channel);
	relay_free(monitor->input); /* without a terminal the container's input ends here */
	monitor->input = NULL;
	for (int stream = 0; stream < N_LOG_STREAMS; stream++)
		relay_drop_receiver(monitor->outputs[stream].relay);
	for (size_t i = 0; i < ARRAY_LEN(monitor->attached); i++)
		close_at(&monitor->attached[i]);
}

void streams_close(struct monitor *monitor)
{
	relay_free(monitor->input);
	monitor->input = NULL;
	for (int stream = 0; stream < N_LOG_STREAMS; stream++) {
		relay_free(monitor->outputs[stream].relay);
		monitor->outputs[stream] = (struct monitor_output){.monitor = monitor};
	}
	for (size_t i = 0; i < ARRAY_LEN(monitor->given); i++)
		close_at(&monitor->given[i]);
	console_done(&monitor->console);
	close_at(&monitor->terminal);
	close_at(&monitor->idle_stdin);
}
