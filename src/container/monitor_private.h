/* monitor_private.h - the monitor's own state, shared by its files.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/loop.h"
#include "container/channel.h"
#include "container/container_private.h"
#include "container/log_line.h"
#include "container/relay.h"
#include "container/terminal.h"

struct monitor_output { /* standard output or error of the container */
	struct monitor *monitor;
	enum log_stream stream;
	struct relay *relay;
	bool has_ended;
};

struct monitor {
	struct container *container;
	struct engine engine; /* opened anew when needed: the caller's descriptors are closed */
	bool engine_is_open;
	struct loop *loop;
	int exit_fd; /* the locked file */
	int channel;
	struct loop_source *channel_source;
	int owner_fd;
	bool owner_is_gone;
	/* streams */
	bool attach_stdin;
	int attached[3];        /* the client's, descriptors of our own; -1: none */
	struct log_writer *log; /* NULL: no_log */
	struct detach_keys detach_keys;
	struct relay *input;
	struct monitor_output outputs[N_LOG_STREAMS];
	struct console console;
	int terminal;   /* the pty's master; -1: none */
	int idle_stdin; /* -i without a client: kept open, so that the container waits */
	int given[3];   /* what the container gets; closed here once it runs */
	/* the run */
	pid_t pid;
	int pidfd;
	int exit_code;
	bool has_ended;
	struct loop_source *timer; /* of the drain or the back-off */
	int64_t began_ms, delay_ms;
	bool told; /* the client heard STARTED or FAILED */
};

/* What the container's first process gets, and what stays here. */
int streams_open(struct monitor *monitor, struct runtime_stdio *ret_stdio,
		 struct err *err) must_check;
/* After it runs: begins to copy. */
int streams_begin(struct monitor *monitor, struct err *err) must_check;
bool streams_have_ended(const struct monitor *monitor); /* all output came */
bool streams_are_blocked(
	const struct monitor *monitor);       /* the client does not take what there is */
void streams_detach(struct monitor *monitor); /* the client is gone */
void streams_close(struct monitor *monitor);  /* the run is over */

/* Keeps the client's streams that will be copied, closes everything else, leaves session,
 * directory, umask and signal settings behind, and becomes the parent of orphans. */
int monitor_leave_caller(struct monitor *monitor, const struct start_options *start,
			 struct err *err) must_check;
