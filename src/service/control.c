/* control.c - the socket over which the operator's commands reach the running server.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "service/limits.h"
#include "service/maintenance.h"

#include "base/banned.h"

struct control {
	int fd, stop_fd;
	struct registry *registry;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended; /* a visit */
	unsigned n_visits;
};
struct visit {
	struct control *control;
	int fd;
	bool is_deaf; /* it does not listen any more: the task goes on without waiting for it */
};

/* false: who asked has gone, or has stopped reading. */
static bool send_line(int fd, char kind, const char *text)
{
	autobuf struct buf line = {0};

	buf_printf(&line, "%c%s", kind, text);
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] == '\n')
			line.ptr[i] = ' ';
	buf_putc(&line, '\n');
	for (size_t at = 0; at < line.len;) {
		ssize_t n = send(fd, line.ptr + at, line.len - at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static void say(const char *line, void *arg)
{
	struct visit *visit = arg;

	visit->is_deaf = visit->is_deaf || !send_line(visit->fd, '|', line);
}

static int hear_task(int fd, struct task *ret_task, struct err *err)
{
	char line[TASK_LINE_MAX];
	size_t len = 0;

	while (len < sizeof(line)) {
		ssize_t n = read(fd, line + len, sizeof(line) - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "hearing the task");
		if (n == 0)
			break;
		len += (size_t)n;
		const char *end = memchr(line, '\n', len);
		if (end)
			return task_decode((struct str){line, (size_t)(end - line)}, ret_task, err);
	}
	return err_set(err, ERR_INPUT, "no task in %zu bytes", len);
}

static void *serve_visit(void *arg)
{
	struct visit *visit = arg;
	struct control *control = visit->control;
	autoerr struct err err = {0};
	struct task task;

	if (hear_task(visit->fd, &task, &err) ||
	    task_run(control->registry, &task, say, visit, &err))
		send_line(visit->fd, '=', err_text(&err)[0] ? err_text(&err) : "failed");
	else
		send_line(visit->fd, '=', "");
	close(visit->fd);
	free(visit);
	pthread_mutex_lock(&control->lock);
	control->n_visits--;
	pthread_cond_signal(&control->ended);
	pthread_mutex_unlock(&control->lock);
	return NULL;
}

/* A silent visitor must not keep a thread. */
static void set_patience(int fd)
{
	struct timeval patience = {.tv_sec = LIMIT_SERVICE_CONTROL_WAIT_S};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

static void begin_visit(struct control *control, int fd)
{
	pthread_attr_t detached;
	pthread_t thread;

	pthread_mutex_lock(&control->lock);
	bool is_full = control->n_visits >= LIMIT_SERVICE_CONTROLS;
	control->n_visits += !is_full;
	pthread_mutex_unlock(&control->lock);
	if (is_full) {
		send_line(fd, '=', "too many commands run already");
		close(fd);
		return;
	}
	set_patience(fd);
	struct visit *visit = xmalloc(sizeof(*visit));
	*visit = (struct visit){.control = control, .fd = fd};
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &detached, serve_visit, visit)) {
		close(fd);
		free(visit);
		pthread_mutex_lock(&control->lock);
		control->n_visits--;
		pthread_mutex_unlock(&control->lock);
	}
	pthread_attr_destroy(&detached);
}

static void *listen_for_visits(void *arg)
{
	struct control *control = arg;
	struct pollfd fds[] = {{control->fd, POLLIN, 0}, {control->stop_fd, POLLIN, 0}};

	for (;;) {
		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		/* cppcheck-suppress nullPointer ; accept(2): nobody has to ask for the address */
		int fd = fds[0].revents ? accept4(control->fd, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (fd >= 0)
			begin_visit(control, fd);
	}
}

/* Only its owner (and root) may connect: the mode is set before anybody can. */
static int open_socket(int own_dirfd, int *ret_fd, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" CONTROL_SOCKET,
		 own_dirfd);
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(err, "making the control socket");
	if (unlinkat(own_dirfd, CONTROL_SOCKET, 0) && errno != ENOENT)
		return err_sys(err, "removing the old '" CONTROL_SOCKET "'");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    fchmodat(own_dirfd, CONTROL_SOCKET, 0600, 0) || listen(fd, LIMIT_SERVICE_CONTROLS))
		return err_sys(err, "listening on 'hull/" CONTROL_SOCKET "'");
	*ret_fd = steal_fd(&fd);
	return 0;
}

int control_start(int own_dirfd, struct registry *registry, struct control **ret_control,
		  struct err *err)
{
	autoclose int fd = -1;
	autoclose int stop_fd = eventfd(0, EFD_CLOEXEC);

	if (stop_fd < 0)
		return err_sys(err, "making an eventfd");
	if (open_socket(own_dirfd, &fd, err))
		return -1;
	struct control *control = xcalloc(1, sizeof(*control));
	*control = (struct control){.fd = fd, .stop_fd = stop_fd, .registry = registry};
	pthread_mutex_init(&control->lock, NULL);
	pthread_cond_init(&control->ended, NULL);
	int failed = pthread_create(&control->thread, NULL, listen_for_visits, control);
	if (failed) {
		free(control);
		errno = failed;
		return err_sys(err, "starting the control thread");
	}
	steal_fd(&fd);
	steal_fd(&stop_fd);
	*ret_control = control;
	return 0;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	eventfd_write(control->stop_fd, 1);
	pthread_join(control->thread, NULL);
	pthread_mutex_lock(&control->lock);
	while (control->n_visits)
		pthread_cond_wait(&control->ended, &control->lock);
	pthread_mutex_unlock(&control->lock);
	close(control->fd);
	close(control->stop_fd);
	pthread_cond_destroy(&control->ended);
	pthread_mutex_destroy(&control->lock);
	free(control);
}
