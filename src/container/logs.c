/* logs.c - reading the log: from where, until when, and on as it grows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/io.h"
#include "container/log_line.h"

#include "base/banned.h"

#define LOOK_AGAIN_MS 500 /* a monitor that was killed tells nobody */
#define READ_CHUNK    (64u << 10)

struct log_reader {
	const struct logs_options *options;
	int fd;                      /* of the log */
	int fds[N_LOG_STREAMS];      /* where to */
	struct buf records;          /* read and not shown yet; the last may be unfinished */
	struct log_line line;        /* reused */
	bool in_line[N_LOG_STREAMS]; /* what was shown last had no newline: no time in front of the
					rest */
	bool is_past;                /* beyond `until` */
};

/* To the n-th record from the end: each ends with the only newline byte in it. */
static int seek_tail(const struct log_reader *reader, int64_t n, struct err *err)
{
	char block[READ_CHUNK];
	off_t at = lseek(reader->fd, 0, SEEK_END), start = 0;

	while (at > 0 && n >= 0) {
		size_t len = (size_t)at < sizeof(block) ? (size_t)at : sizeof(block);
		at -= (off_t)len;
		if (pread(reader->fd, block, len, at) != (ssize_t)len)
			return err_sys(err, "reading the log");
		for (size_t i = len; i-- > 0 && n >= 0;)
			if (block[i] == '\n' && n-- == 0)
				start = at + (off_t)i + 1;
	}
	return lseek(reader->fd, start, SEEK_SET) < 0 ? err_sys(err, "reading the log") : 0;
}

static int show(struct log_reader *reader, struct err *err)
{
	const struct log_line *line = &reader->line;
	char time[CLOCK_TEXT_MAX];

	if (reader->options->since_ns && line->time_ns < reader->options->since_ns)
		return 0;
	if (reader->options->until_ns && line->time_ns > reader->options->until_ns) {
		reader->is_past = true;
		return 0;
	}
	int fd = reader->fds[line->stream];
	if (reader->options->timestamps && !reader->in_line[line->stream]) {
		clock_format_rfc3339(line->time_ns, time);
		if (io_write_all(fd, time, strlen(time), err) || io_write_all(fd, " ", 1, err))
			return -1;
	}
	struct str text = buf_str(&line->text);
	reader->in_line[line->stream] = text.len && text.ptr[text.len - 1] != '\n';
	return io_write_all(fd, text.ptr, text.len, err);
}

/* All that is in the file by now. A record that is none (torn by a crash) is passed over. */
static int show_all(struct log_reader *reader, struct err *err)
{
	while (!reader->is_past) {
		char *space = buf_reserve(&reader->records, READ_CHUNK);
		if (!space)
			return err_set(err, ERR_CORRUPT, "the log has a record without an end");
		ssize_t n = read(reader->fd, space, READ_CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "reading the log");
		if (n == 0)
			return 0;
		buf_added(&reader->records, (size_t)n);
		struct str rest = buf_str(&reader->records);
		const char *end;
		while (!reader->is_past && (end = memchr(rest.ptr, '\n', rest.len))) {
			struct str record = {rest.ptr, (size_t)(end - rest.ptr)};
			rest = (struct str){end + 1, rest.len - record.len - 1};
			if (log_line_parse(record, &reader->line) && show(reader, err))
				return -1;
		}
		buf_consume(&reader->records, reader->records.len - rest.len);
	}
	return 0;
}

static bool may_grow(struct container *container)
{
	enum container_state state = container_state(container, NULL);

	return state == CONTAINER_RUNNING || state == CONTAINER_PAUSED ||
	       state == CONTAINER_RESTARTING;
}

static int await_more(int watch, struct err *err)
{
	char events[4096];
	struct pollfd item = {.fd = watch, .events = POLLIN};

	int n = poll(&item, 1, LOOK_AGAIN_MS);
	if (n < 0 && errno != EINTR)
		return err_sys(err, "waiting for the log to grow");
	if (n > 0 && read(watch, events, sizeof(events)) < 0 && errno != EAGAIN && errno != EINTR)
		return err_sys(err, "waiting for the log to grow");
	return 0;
}

static int follow(struct log_reader *reader, struct container *container, struct err *err)
{
	autofree char *path = path_join(container->dir, FILE_LOG);
	autoclose int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	/* The directory tells of the end: the state is renamed into it, or it goes altogether. */
	if (watch < 0 || (inotify_add_watch(watch, path, IN_MODIFY) < 0 && errno != ENOENT) ||
	    (inotify_add_watch(watch, container->dir, IN_MOVED_TO | IN_DELETE_SELF) < 0 &&
	     errno != ENOENT))
		return err_sys(err, "watching the log");
	for (;;) {
		bool goes_on =
			may_grow(container); /* asked first: what comes until then is shown below */
		if (show_all(reader, err))
			return -1;
		if (!goes_on || reader->is_past)
			return 0;
		if (await_more(watch, err))
			return -1;
	}
}

int container_logs(struct container *container, const struct logs_options *options, int fd_out,
		   int fd_err, struct err *err)
{
	struct log_reader reader = {.options = options,
				    .fds = {[LOG_STDOUT] = fd_out, [LOG_STDERR] = fd_err},
				    .records.max = LIMIT_LOG_RECORD + READ_CHUNK};

	if (container->record.no_log)
		return err_set(err, ERR_MISSING, "container '%s' keeps no log",
			       container->record.name);
	reader.fd = openat(container->dirfd, FILE_LOG, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	if (reader.fd < 0)
		return err_sys(err, "opening the log of container '%s'", container->record.name);
	int failed = options->tail >= 0 ? seek_tail(&reader, options->tail, err) : 0;
	if (!failed)
		failed = options->follow ? follow(&reader, container, err) : show_all(&reader, err);
	close(reader.fd);
	buf_done(&reader.records);
	log_line_done(&reader.line);
	return failed;
}
