/* relay.c - a buffer between two descriptors, and who waits for whom.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/str.h"
#include "container/limits.h"

#include "base/banned.h"

struct relay {
	struct relay_options options;
	int from, to;                 /* -1: ended */
	struct loop_source *in, *out; /* NULL: not watched */
	bool waits_in;                /* false: a file, always ready */
	bool is_socket;               /* `to` */
	size_t pos, len;              /* what is left of data */
	bool has_ended;
	char data[LIMIT_RELAY_BYTES + RELAY_SPARE];
};

static void close_fd(int *fd, struct loop_source **source)
{
	loop_remove(*source);
	*source = NULL;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void relay_end(struct relay *relay)
{
	close_fd(&relay->from, &relay->in);
	close_fd(&relay->to, &relay->out);
	relay->pos = relay->len = 0;
	if (!relay->has_ended && relay->options.ended)
		relay->options.ended(relay->options.arg);
	relay->has_ended = true;
}

static int on_event(struct loop_source *source, int fd, uint32_t events, void *arg,
		    struct err *err);

/* While the receiver is full only it is watched: a sender that hung up would be told again and
 * again. */
static int watch(struct relay *relay, bool is_full, struct err *err)
{
	if (is_full) {
		loop_remove(relay->in);
		relay->in = NULL;
	} else if (relay->waits_in && !relay->in && relay->from >= 0 &&
		   loop_add_fd(relay->options.loop, relay->from, EPOLLIN, on_event, relay,
			       &relay->in, err)) {
		return -1;
	}
	if (relay->out &&
	    loop_set_events(relay->out, is_full || !relay->waits_in ? EPOLLOUT : 0, err))
		return -1;
	return 0;
}

void relay_drop_receiver(struct relay *relay)
{
	autoerr struct err ignored = {0};

	if (!relay || relay->to < 0)
		return;
	close_fd(&relay->to, &relay->out);
	relay->pos = relay->len = 0;
	if (!relay->options.tap || watch(relay, false, &ignored))
		relay_end(relay);
}

bool relay_is_blocked(const struct relay *relay)
{
	return relay && relay->pos < relay->len;
}

/* Writes what is there; true when it all went, or nobody takes it. */
static bool flush(struct relay *relay)
{
	while (relay->to >= 0 && relay->pos < relay->len) {
		size_t left = relay->len - relay->pos;
		const char *next = relay->data + relay->pos;
		ssize_t n = relay->is_socket
				    ? send(relay->to, next, left, MSG_DONTWAIT | MSG_NOSIGNAL)
				    : write(relay->to, next, left);
		if (n > 0)
			relay->pos += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			return false;
		else if (n < 0 && errno != EINTR)
			relay_drop_receiver(relay); /* EPIPE: who wanted it is gone */
	}
	relay->pos = relay->len = 0;
	return true;
}

/* Returns false at the end. */
static bool fill(struct relay *relay)
{
	ssize_t n = read(relay->from, relay->data, LIMIT_RELAY_BYTES);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	relay->pos = 0;
	relay->len = relay->options.tap
			     ? relay->options.tap(relay->data, (size_t)n, relay->options.arg)
			     : (size_t)n;
	return true;
}

static int relay_turn(struct relay *relay, struct err *err)
{
	if (relay->from < 0)
		return 0;
	if (!flush(relay))
		return watch(relay, true, err);
	if (relay->from < 0)
		return 0;
	if (!fill(relay)) {
		relay_end(relay);
		return 0;
	}
	bool is_full = !flush(relay);
	if (relay->from < 0)
		return 0;
	return watch(relay, is_full, err);
}

static int on_event(struct loop_source *source, int fd, uint32_t events, void *arg, struct err *err)
{
	struct relay *relay = arg;

	/* The reader of `to` went away while we had nothing for it. */
	if (source == relay->out && (events & (EPOLLERR | EPOLLHUP)) && !relay_is_blocked(relay)) {
		relay_drop_receiver(relay);
		return 0;
	}
	return relay_turn(relay, err);
}

static int watch_fd(struct relay *relay, int fd, uint32_t events, struct loop_source **ret_source,
		    struct err *err)
{
	if (!loop_add_fd(relay->options.loop, fd, events, on_event, relay, ret_source, err))
		return 0;
	if (err->sys_errno != EPERM)
		return -1;
	err_clear(err); /* a file or /dev/null: always ready */
	return 0;
}

int relay_new(const struct relay_options *options, struct relay **ret_relay, struct err *err)
{
	struct relay *relay = xcalloc(1, sizeof(*relay));

	struct stat st;

	relay->options = *options;
	relay->is_socket = options->to >= 0 && !fstat(options->to, &st) && S_ISSOCK(st.st_mode);
	relay->from = options->from;
	relay->to = options->to;
	if ((relay->to >= 0 && watch_fd(relay, relay->to, 0, &relay->out, err)) ||
	    watch_fd(relay, relay->from, EPOLLIN, &relay->in, err)) {
		relay->has_ended = true;
		relay_free(relay);
		return -1;
	}
	relay->waits_in = relay->in != NULL;
	/* A file as the source: its receiver's readiness drives us. */
	if (!relay->in && (!relay->out || loop_set_events(relay->out, EPOLLOUT, err))) {
		if (!err_is_set(err))
			err_set(err, ERR_SYSTEM, "neither end of a stream can be waited for");
		relay->has_ended = true;
		relay_free(relay);
		return -1;
	}
	*ret_relay = relay;
	return 0;
}

void relay_free(struct relay *relay)
{
	if (!relay)
		return;
	relay->has_ended = true;
	relay_end(relay);
	free(relay);
}

int relay_own_fd(int fd, bool writing, int *ret_fd, struct err *err)
{
	char path[64];
	struct stat st;
	int own = -1;

	if (fstat(fd, &st))
		return err_sys(err, "looking at descriptor %d", fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	/* A description of our own: O_NONBLOCK on the caller's would be seen by its other users. */
	if (S_ISFIFO(st.st_mode) || isatty(fd))
		own = open(path,
			   (writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0)
		own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (own < 0)
		return err_sys(err, "keeping descriptor %d", fd);
	*ret_fd = own;
	return 0;
}
